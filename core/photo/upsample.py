"""Upsampling a heat map along the picture's edges: the guided filter with a colour guide.

He, Sun & Tang, Guided Image Filtering (TPAMI 2013), §3.5: within every window the result is an affine
function of the guide's colours, so it has edges where the picture has them and nowhere else.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.lazy import ndimage
from core.photo.mask import cut_grid
from core.photo.space import SRGB, Space

# Measured on Storybook (tests/bench/bench_boundary.py). A window has to reach across the heat map's own
# uncertainty, but what it finds alike is taken for one thing: narrow ones keep a subject from its neighbour,
# wide ones find all of it. No width suits all, and the mean of four octaves is better than any of them.
WINDOWS = (1 / 16, 1 / 8, 1 / 4, 1 / 2)  # radii, of the grid's longest side
EPSILON = 1e-4  # the variance of a channel (colours in [0, 1]) below which a window is only smoothed


def snap(
    values: np.ndarray,
    pixels: np.ndarray,
    windows: Sequence[float] = WINDOWS,
    space: Space = SRGB,
) -> np.ndarray:
    """A heat map brought to the photo's cut grid along its edges: float32 (h, w) in [0, 1], read-only.

    values   float (h', w') in [0, 1] that covers the whole photo, at any resolution
    pixels   uint8 (H, W, 3), the photo; h and w are those of `core.photo.mask.cut_grid((W, H))`
    windows  radii of the square windows, as shares of the grid's longest side; what they make is averaged
    space    the photo's: edges are looked for in sRGB, where `EPSILON` was measured
    """
    size = cut_grid((pixels.shape[1], pixels.shape[0]))
    heat = Image.fromarray(np.asarray(values, np.float32)).resize(size, Image.Resampling.BILINEAR)
    small = bands.shrink(pixels, size, Image.Resampling.BOX, 2.0)
    guide = np.moveaxis(space.to_srgb(small).astype(np.float32) / 255, 2, 0)
    radii = [max(1, round(window * max(size))) for window in windows]
    filtered = sum(_guided(np.asarray(heat), guide, radius) for radius in radii) / len(radii)
    snapped = np.clip(filtered, 0, 1)
    snapped.setflags(write=False)
    return snapped


def _guided(p: np.ndarray, guide: np.ndarray, radius: int) -> np.ndarray:
    """p (h, w) filtered by the guide I (3, h, w): per window aᵀI + b, then the mean over all windows."""

    def mean(field: np.ndarray) -> np.ndarray:
        return ndimage().uniform_filter(field, 2 * radius + 1, mode="nearest")

    colours, level = np.stack([mean(channel) for channel in guide]), mean(p)
    covariance = np.stack([mean(channel * p) for channel in guide]) - colours * level
    pairs = {
        (i, j): mean(guide[i] * guide[j]) - colours[i] * colours[j] for i in range(3) for j in range(i, 3)
    }
    for i in range(3):
        pairs[i, i] += np.float32(EPSILON)
    a = _solve(pairs, covariance)
    b = level - (a * colours).sum(axis=0)
    return (np.stack([mean(share) for share in a]) * guide).sum(axis=0) + mean(b)


def _solve(s: dict[tuple[int, int], np.ndarray], v: np.ndarray) -> np.ndarray:
    """x (3, h, w) with S·x = v at every pixel; S symmetric, its upper triangle in `s`. By Cramer's rule."""
    m00 = s[1, 1] * s[2, 2] - s[1, 2] * s[1, 2]
    m01 = s[0, 2] * s[1, 2] - s[0, 1] * s[2, 2]
    m02 = s[0, 1] * s[1, 2] - s[0, 2] * s[1, 1]
    m11 = s[0, 0] * s[2, 2] - s[0, 2] * s[0, 2]
    m12 = s[0, 1] * s[0, 2] - s[0, 0] * s[1, 2]
    m22 = s[0, 0] * s[1, 1] - s[0, 1] * s[0, 1]
    adjugate = ((m00, m01, m02), (m01, m11, m12), (m02, m12, m22))
    determinant = s[0, 0] * m00 + s[0, 1] * m01 + s[0, 2] * m02
    return np.stack([sum(m * c for m, c in zip(row, v, strict=True)) for row in adjugate]) / determinant
