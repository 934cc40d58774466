"""A hole filled with what the picture shows elsewhere: each patch over it is made like one that is known.

Wexler, Shechtman & Irani, “Space-Time Completion of Video” (PAMI 2007), for a picture: from coarse to fine,
each patch that touches the hole finds the known one that is most like it, and each pixel of the hole becomes
the mean of what its patches say. One at the same height is preferred: grounds and horizons lie level.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from core.photo.fill import harmonic
from core.photo.lazy import ndimage, spatial

GRID = 128  # longest side on which patches are looked for; by what is found there larger pictures are made
COARSEST = 16  # shorter side of the grid at which it begins, at the least, from the harmonic fill
PATCH = 7  # pixels of a patch's side
ROUNDS = 3  # of finding and averaging, on each grid
FEW = 32  # known patches by which nothing is to be made
PARTS, SAMPLES = 12, 2000  # principal components by which patches are compared, and patches that they are of
# What it counts, in levels of 255 at each of its pixels, that a patch lies the grid's longest side apart:
ACROSS, DOWN = 9.0, 320.0


@dataclass(frozen=True)
class _Found:
    """Patches over the hole by their upper left corners, and the known ones that are most like them.

    over, known  int (n, 2);  weights: float32 (n,), how far they are alike, 0…1
    """

    over: np.ndarray
    known: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class _Known:
    """All patches of a grid that are known wholly, to be searched."""

    corners: np.ndarray
    mean: np.ndarray
    parts: np.ndarray
    tree: Any

    @staticmethod
    def of(grid: np.ndarray, corners: np.ndarray) -> "_Known":
        patches = _patches(grid, corners)
        mean = patches.mean(axis=0)
        some = patches[:: max(1, len(patches) // SAMPLES)] - mean
        parts = np.linalg.eigh(some.T @ some)[1][:, -PARTS:]
        looks = _looks(grid, corners, mean, parts)
        return _Known(corners, mean, parts, spatial().cKDTree(looks))

    def like(self, grid: np.ndarray, over: np.ndarray) -> _Found:
        """The one that is most like each of these."""
        apart, nearest = self.tree.query(_looks(grid, over, self.mean, self.parts))
        width = max(float(np.percentile(apart, 75)), 1.0)
        weights = np.exp(-0.5 * np.square(apart / width)).astype(np.float32)
        return _Found(over, self.corners[nearest], weights)


def fill(pixels: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """A picture without what is in the hole: a new uint8 (H, W, 3), outside it bit for bit.

    pixels uint8 (H, W, 3), hole bool (H, W). InputError where the hole leaves nothing to fill it from; where
    it leaves little it is filled harmonically.
    """
    filled = harmonic.fill(pixels, hole)
    if not hole.any():
        return filled
    side = -(-max(hole.shape) // GRID)  # pixels of the picture along one of the grid's
    cells = _cells(filled, side).astype(np.float32)
    gone = np.asarray(_cells(hole[..., None], side).any(axis=(2, 3, 4)))
    found = _completed(cells.mean(axis=(2, 3)), gone)[1]
    if found is None:
        return filled
    made = np.clip(np.rint(_together(cells, gone, found)), 0, 255).astype(np.uint8).swapaxes(1, 2)
    height, width = hole.shape
    filled[hole] = made.reshape(len(made) * side, -1, 3)[:height, :width][hole]
    return filled


def _cells(values: np.ndarray, side: int) -> np.ndarray:
    """A picture in squares of `side` pixels, its last row and column repeated to whole ones.

    (H, W, C) → (h, w, side, side, C)
    """
    height, width, channels = values.shape
    whole = np.pad(values, ((0, -height % side), (0, -width % side), (0, 0)), mode="edge")
    return whole.reshape(len(whole) // side, side, -1, side, channels).swapaxes(1, 2)


def _completed(grid: np.ndarray, hole: np.ndarray) -> tuple[np.ndarray, _Found | None]:
    """A grid (h, w, 3) that is filled somehow, filled by its own patches, and these; None: it has too few."""
    grid = grid.copy()
    if min(hole.shape) >= 2 * COARSEST:
        gone = _cells(hole[..., None], 2).mean(axis=(2, 3, 4)) > 0.5
        coarse = _completed(_cells(grid, 2).mean(axis=(2, 3)), gone)[0]
        larger = ndimage().zoom(coarse, (2, 2, 1), order=1, grid_mode=True, mode="nearest")
        grid[hole] = larger[: len(grid), : grid.shape[1]][hole]
    if min(hole.shape) < PATCH:
        return grid, None
    touches = sliding_window_view(hole, (PATCH, PATCH)).any(axis=(2, 3))
    corners, over = np.argwhere(~touches), np.argwhere(touches)
    if len(corners) < FEW or not len(over):
        return grid, None
    known, found = _Known.of(grid, corners), None
    for _ in range(ROUNDS):
        found = known.like(grid, over)
        grid[hole] = _together(grid[:, :, None, None], hole, found)[hole][:, 0, 0]
    return grid, found


def _patches(grid: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Those with their upper left corners there, (n, PATCH² · 3)."""
    return sliding_window_view(grid, (PATCH, PATCH), (0, 1))[tuple(corners.T)].reshape(len(corners), -1)


def _looks(grid: np.ndarray, corners: np.ndarray, mean: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """By what patches are compared: what is seen in them, and where they lie."""
    place = corners * np.array([DOWN, ACROSS]) * PATCH * 3**0.5 / max(grid.shape)
    return np.hstack([(_patches(grid, corners) - mean) @ parts, place])


def _together(cells: np.ndarray, hole: np.ndarray, found: _Found) -> np.ndarray:
    """Squares of pixels (h, w, side, side, 3) with the mean of what all patches say in the hole (h, w)."""
    sums, total = np.zeros_like(cells), np.zeros((*hole.shape, 1, 1, 1), np.float32)
    for step in np.ndindex(PATCH, PATCH):  # each pixel lies at most once at the same place of a patch
        inside = hole[tuple((found.over + step).T)]
        to, source = (tuple((at[inside] + step).T) for at in (found.over, found.known))
        weights = found.weights[inside, None, None, None]
        sums[to] += weights * cells[source]
        total[to] += weights
    return np.where(total > 0, sums / np.maximum(total, 1e-9), cells)
