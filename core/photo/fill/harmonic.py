"""A hole filled from its border: Laplace's equation with the picture round it as boundary values.

Each pixel of the hole is the mean of its neighbours: the smoothest picture that meets its border, which adds
nothing of its own. At the picture's edge, where there is nothing to meet, it goes on level.
"""

from typing import Any

import numpy as np

from core.errors import InputError
from core.photo.lazy import ndimage, sparse, sparse_linalg

DIRECT = 4096  # unknowns up to which the equations are solved at once; more begin from the half-sized picture
STEPS = 40  # of conjugate gradients from there: what is left of the error is below a level of 255
NEIGHBOURS = ((0, 1), (1, 0), (0, -1), (-1, 0))


def fill(pixels: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """A picture without what is in the hole: a new uint8 (H, W, 3), outside it bit for bit.

    pixels uint8 (H, W, 3), hole bool (H, W). InputError where the hole leaves nothing to fill it from.
    """
    if hole.all():
        raise InputError(
            "The mask covers the whole picture: nothing is left round it to fill it from.",
            "Make it smaller, so that it holds what shall go and no more.",
        )
    filled = pixels.copy()
    if hole.any():
        filled[hole] = np.clip(np.rint(harmonic(pixels, hole)), 0, 255).astype(np.uint8)
    return filled


def harmonic(values: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """What belongs into the hole, float64 (n, C) in the order of `values[hole]`; some of it is outside.

    values (H, W, C), hole bool (H, W).
    """
    matrix, known = _equations(values, hole)
    if len(known) <= DIRECT:
        return np.asarray(sparse_linalg().spsolve(matrix, known)).reshape(known.shape)
    start = _from_half(values, hole)
    columns = (
        sparse_linalg().cg(matrix, known[:, i], x0=start[:, i], rtol=1e-6, maxiter=STEPS)[0]
        for i in range(known.shape[1])
    )
    return np.stack(list(columns), axis=1)


def _equations(values: np.ndarray, hole: np.ndarray) -> tuple[Any, np.ndarray]:
    """A (n, n) and b (n, C) of A·x = b: neighbours · x − the sum of those in the hole = that of the known."""
    n = int(hole.sum())
    number = np.full(np.add(hole.shape, 2), -1)
    number[1:-1, 1:-1][hole] = np.arange(n)
    inside = np.pad(np.ones(hole.shape, bool), 1)
    framed = np.pad(np.asarray(values, float), ((1, 1), (1, 1), (0, 0)))
    rows, columns = np.nonzero(number >= 0)
    degree, known = np.zeros(n), np.zeros((n, values.shape[2]))
    pairs: list[np.ndarray] = []
    for down, across in NEIGHBOURS:
        there = rows + down, columns + across
        degree += inside[there]
        outside = number[there] < 0
        known += framed[there] * outside[:, None]
        pairs.append(np.stack([np.flatnonzero(~outside), number[there][~outside]]))
    at = np.concatenate(pairs, axis=1)
    beside = sparse().coo_array((np.ones(at.shape[1]), tuple(at)), shape=(n, n))
    return (sparse().diags_array(degree) - beside).tocsc(), known


def _from_half(values: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """A first guess for the hole: filled at half the size, where known pixels alone are averaged."""
    height, width = hole.shape
    odd = ((0, height % 2), (0, width % 2))
    kept = _halved(np.pad(~hole, odd)[..., None].astype(float))
    sums = _halved(np.pad(np.where(hole[..., None], 0.0, values), (*odd, (0, 0))))
    small = sums / np.maximum(kept, 1)
    empty = kept[..., 0] == 0
    if empty.any():
        small[empty] = harmonic(small, empty)
    return np.stack(
        [ndimage().zoom(one, 2, order=1, grid_mode=True, mode="nearest") for one in np.moveaxis(small, 2, 0)],
        axis=2,
    )[:height, :width][hole]


def _halved(values: np.ndarray) -> np.ndarray:
    """Sums over squares of two by two: (2h, 2w, C) → (h, w, C)."""
    height, width, channels = values.shape
    return values.reshape(height // 2, 2, width // 2, 2, channels).sum(axis=(1, 3))
