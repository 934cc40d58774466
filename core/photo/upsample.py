"""Upsampling a heat map along the picture's edges: the guided filter with a colour guide.

He, Sun & Tang, Guided Image Filtering (TPAMI 2013), §3.5: within every window the result is an affine
function of the guide's colours, so it has edges where the picture has them and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.lazy import ndimage
from core.photo.mask import cut_grid
from core.photo.rect import Size
from core.photo.space import SRGB, Space
from core.photo.windows import WINDOWS

EPSILON = 1e-4  # the variance of a channel (colours in [0, 1]) below which a window is only smoothed


@dataclass(frozen=True, eq=False)
class Edges:
    """What `snap` follows of a photo, made by `edges`: more than half of its work, the same for any heat map.

    guide  float32 (3, h, w): the photo's colours in [0, 1] on its cut grid
    fits   float32 (10, h, w) for each window: the mean colours (3), then what solves S·a = covariance for its
           matrix S of their covariances: the adjugate's upper triangle, row by row (6), and the determinant
    radii  of the windows, in pixels of the grid
    """

    guide: np.ndarray
    fits: tuple[np.ndarray, ...]
    radii: tuple[int, ...]


def radii(size: Size, windows: Sequence[float] = WINDOWS) -> tuple[int, ...]:
    """Of square windows, in pixels of the cut grid of a photo of `size`. windows: shares of its side."""
    return tuple(max(1, round(window * max(cut_grid(size)))) for window in windows)


def edges(pixels: np.ndarray, windows: Sequence[float] = WINDOWS, space: Space = SRGB) -> Edges:
    """The edges of a photo, uint8 (H, W, 3).

    windows  radii of the square windows, as shares of the grid's longest side; what they make is averaged
    space    the photo's: edges are looked for in sRGB, where `EPSILON` was measured
    """
    full = pixels.shape[1], pixels.shape[0]
    small = bands.shrink(pixels, cut_grid(full), Image.Resampling.BOX, 2.0)
    guide = np.ascontiguousarray(np.moveaxis(space.to_srgb(small).astype(np.float32) / 255, 2, 0))
    reaches = radii(full, windows)
    return Edges(guide, tuple(_fit(guide, radius) for radius in reaches), reaches)


def snap(values: np.ndarray, along: Edges) -> np.ndarray:
    """A heat map brought to the photo's cut grid along its edges: float32 (h, w) in [0, 1].

    values: float (h', w') in [0, 1] that covers the whole photo, at any resolution; h and w are those of
    `core.photo.mask.cut_grid((W, H))`.
    """
    size = along.guide.shape[2], along.guide.shape[1]
    heat = Image.fromarray(np.asarray(values, np.float32)).resize(size, Image.Resampling.BILINEAR)
    p, guide = np.asarray(heat), along.guide
    filtered = sum(_guided(p, guide, *window) for window in zip(along.radii, along.fits, strict=True))
    return np.clip(filtered / len(along.radii), 0, 1)


def _guided(p: np.ndarray, guide: np.ndarray, radius: int, fit: np.ndarray) -> np.ndarray:
    """p (h, w) filtered by the guide I (3, h, w): per window aᵀI + b, then the mean over all windows."""
    colours, level = fit[:3], _mean(p, radius)
    covariance = np.stack([_mean(channel * p, radius) for channel in guide]) - colours * level
    a = _solve(fit[3:], covariance)
    b = level - (a * colours).sum(axis=0)
    return (np.stack([_mean(share, radius) for share in a]) * guide).sum(axis=0) + _mean(b, radius)


def _mean(field: np.ndarray, radius: int) -> np.ndarray:
    return ndimage().uniform_filter(field, 2 * radius + 1, mode="nearest")


def _fit(guide: np.ndarray, radius: int) -> np.ndarray:
    """`Edges.fits` of one window."""
    colours = np.stack([_mean(channel, radius) for channel in guide])
    s = {
        (i, j): _mean(guide[i] * guide[j], radius) - colours[i] * colours[j]
        for i in range(3)
        for j in range(i, 3)
    }
    for i in range(3):
        s[i, i] += np.float32(EPSILON)
    m00 = s[1, 1] * s[2, 2] - s[1, 2] * s[1, 2]
    m01 = s[0, 2] * s[1, 2] - s[0, 1] * s[2, 2]
    m02 = s[0, 1] * s[1, 2] - s[0, 2] * s[1, 1]
    m11 = s[0, 0] * s[2, 2] - s[0, 2] * s[0, 2]
    m12 = s[0, 1] * s[0, 2] - s[0, 0] * s[1, 2]
    m22 = s[0, 0] * s[1, 1] - s[0, 1] * s[0, 1]
    determinant = s[0, 0] * m00 + s[0, 1] * m01 + s[0, 2] * m02
    return np.stack([*colours, m00, m01, m02, m11, m12, m22, determinant])


def _solve(fit: np.ndarray, v: np.ndarray) -> np.ndarray:
    """x (3, h, w) with S·x = v at every pixel, by Cramer's rule. fit: S's adjugate and determinant."""
    m00, m01, m02, m11, m12, m22, determinant = fit
    adjugate = ((m00, m01, m02), (m01, m11, m12), (m02, m12, m22))
    return np.stack([sum(m * c for m, c in zip(row, v, strict=True)) for row in adjugate]) / determinant
