"""Upsampling a heat map along the picture's edges: the guided filter with a colour guide.

He, Sun & Tang, Guided Image Filtering (TPAMI 2013), §3.5: within every window the result is an affine
function of the guide's colours, so it has edges where the picture has them and nowhere else. What depends on
windows is smooth, and computed on cells of pixels: He & Sun, Fast Guided Filter (arXiv 1505.00996).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.lazy import ndimage
from core.photo.masks.mask import cut_grid
from core.photo.masks.windows import WINDOWS
from core.photo.rect import Size
from core.photo.space import SRGB, Space

EPSILON = 1e-4  # the variance of a channel (colours in [0, 1]) below which a window is only smoothed
CELLS = (
    13  # a window's side, about: a heat of 1 comes out by 0.001 otherwise than pixel by pixel (decision 046)
)

Window = tuple[int, int]  # the side of its cells in pixels of the grid, and its radius in cells


@dataclass(frozen=True, eq=False)
class Edges:
    """What `snap` follows of a photo, made by `edges`: more than half of its work, the same for any heat map.

    guide    float32 (3, h, w): the photo's colours in [0, 1] on its cut grid
    fits     float32 (10, h', w') for each window, on its cells: the mean colours (3), then what solves
             S·a = covariance for its matrix S of their covariances: the adjugate's upper triangle, row by row
             (6), and the determinant
    windows  as `windows_on` says
    """

    guide: np.ndarray
    fits: tuple[np.ndarray, ...]
    windows: tuple[Window, ...]


def windows_on(size: Size, radii: Sequence[float] = WINDOWS) -> tuple[Window, ...]:
    """Square windows on the cut grid of a photo of `size`, from the widest. radii: as shares of its side."""
    side = max(cut_grid(size))
    return tuple(_window(max(1, round(radius * side))) for radius in sorted(radii, reverse=True))


def edges(pixels: np.ndarray, radii: Sequence[float] = WINDOWS, space: Space = SRGB) -> Edges:
    """The edges of a photo, uint8 (H, W, 3).

    radii  of the square windows, as shares of the grid's longest side; what they make is averaged
    space  the photo's: edges are looked for in sRGB, where `EPSILON` was measured
    """
    full = pixels.shape[1], pixels.shape[0]
    small = bands.shrink(pixels, cut_grid(full), Image.Resampling.BOX, 2.0)
    guide = np.ascontiguousarray(np.moveaxis(space.to_srgb(small).astype(np.float32) / 255, 2, 0))
    products = [guide[i] * guide[j] for i in range(3) for j in range(i, 3)]
    windows = windows_on(full, radii)
    return Edges(guide, tuple(_fit([*guide, *products], window) for window in windows), windows)


def snap(values: np.ndarray, along: Edges) -> np.ndarray:
    """A heat map brought to the photo's cut grid along its edges: float32 (h, w) in [0, 1].

    values: float (h', w') in [0, 1] that covers the whole photo, at any resolution; h and w are those of
    `core.photo.masks.mask.cut_grid((W, H))`.
    """
    shape = along.guide.shape[1:]
    heat = Image.fromarray(np.asarray(values, np.float32)).resize(shape[::-1], Image.Resampling.BILINEAR)
    p = np.asarray(heat)
    fields = [p, *(channel * p for channel in along.guide)]
    lines, before = np.zeros((4, 1, 1), np.float32), 1
    for window, fit in zip(along.windows, along.fits, strict=True):
        found = _lines(fields, window, fit)
        lines = found + _enlarge(lines, before / window[0], found.shape[1:])
        before = window[0]
    *slopes, level = _enlarge(lines, before, shape) / len(along.windows)
    return np.clip(sum(a * channel for a, channel in zip(slopes, along.guide, strict=True)) + level, 0, 1)


def _window(radius: int) -> Window:
    """The one that is as wide as one of `radius` pixels, nearly."""
    width = 2 * radius + 1
    side = max(1, round(width / CELLS))
    return side, round((width / side - 1) / 2)


def _lines(fields: Sequence[np.ndarray], window: Window, fit: np.ndarray) -> np.ndarray:
    """a and b of aᵀI + b for every cell, float32 (4, h', w'): the means over all windows that hold it.

    fields: p, and p times each channel of the guide I
    """
    level, *joint = _means(fields, window)
    a = _solve(fit[3:], np.stack(joint) - fit[:3] * level)
    b = level - (a * fit[:3]).sum(axis=0)
    return np.stack([_mean(share, window[1]) for share in (*a, b)])


def _means(fields: Sequence[np.ndarray], window: Window) -> list[np.ndarray]:
    """The mean of each field (h, w) in every cell's window, (h', w')."""
    side, radius = window
    return [_mean(np.asarray(Image.fromarray(field).reduce(side)), radius) for field in fields]


def _mean(field: np.ndarray, radius: int) -> np.ndarray:
    return ndimage().uniform_filter(field, 2 * radius + 1, mode="nearest")


def _enlarge(fields: np.ndarray, times: float, shape: tuple[int, ...]) -> np.ndarray:
    """Each of the fields (n, h', w') on cells so many times as small, as far as `shape` (h, w) goes."""
    height, width = shape
    box = 0, 0, min(fields.shape[2], width / times), min(fields.shape[1], height / times)
    enlarged = (
        Image.fromarray(field).resize((width, height), Image.Resampling.BILINEAR, box) for field in fields
    )
    return np.stack([np.asarray(image) for image in enlarged])


def _fit(fields: Sequence[np.ndarray], window: Window) -> np.ndarray:
    """`Edges.fits` of one window. fields: the guide's channels (3), and their products, row by row (6)."""
    *colours, s00, s01, s02, s11, s12, s22 = _means(fields, window)
    r, g, b = colours
    s00, s11, s22 = s00 - r * r + EPSILON, s11 - g * g + EPSILON, s22 - b * b + EPSILON
    s01, s02, s12 = s01 - r * g, s02 - r * b, s12 - g * b
    m00 = s11 * s22 - s12 * s12
    m01 = s02 * s12 - s01 * s22
    m02 = s01 * s12 - s02 * s11
    m11 = s00 * s22 - s02 * s02
    m12 = s01 * s02 - s00 * s12
    m22 = s00 * s11 - s01 * s01
    determinant = s00 * m00 + s01 * m01 + s02 * m02
    return np.stack([*colours, m00, m01, m02, m11, m12, m22, determinant])


def _solve(fit: np.ndarray, v: np.ndarray) -> np.ndarray:
    """x (3, h, w) with S·x = v at every pixel, by Cramer's rule. fit: S's adjugate and determinant."""
    m00, m01, m02, m11, m12, m22, determinant = fit
    adjugate = ((m00, m01, m02), (m01, m11, m12), (m02, m12, m22))
    return np.stack([sum(m * c for m, c in zip(row, v, strict=True)) for row in adjugate]) / determinant
