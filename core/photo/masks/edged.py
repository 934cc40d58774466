"""What of a dab lies on this side of the picture's edges: it spreads from where it is painted as far as the
colours are alike.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageChops

from core.photo import rect as rects
from core.photo.lazy import ndimage
from core.photo.masks.mask import spread
from core.photo.rect import Rect, Size

BLOCK = 8  # cells a side that are brought to the dab's size together
MARGIN = 2  # cells round a block that smooth its sides
CELLS = 96  # a side at most: of a larger dab a cell is more than a pixel, so that a stroke stays fluid
SMOOTH = 3  # pixels across which colours are averaged where a cell is one: a speckle is no edge


Sampled = Callable[[np.ndarray, np.ndarray], np.ndarray]


def edged(
    sampled: Sampled,
    size: Size,
    rect: Rect,
    patch: np.ndarray,
    along: Sequence[tuple[float, float]],
    tolerance: int,
) -> np.ndarray:
    """A dab, or some, without what lies beyond an edge: uint8 (h, w), a new array.

    sampled    the picture at some rows and columns, both ascending: uint8 (rows, columns, 3)
    size       (W, H) of the picture
    rect       of the patch, which may stick out of the picture;  patch: uint8 (h, w)
    along      points of the picture that the stroke goes through: what has the colour of one of them, and
               hangs together with it inside the patch, stays
    tolerance  by how much each of three values may differ; beside that, it fades with the difference, to
               nothing at twice as much
    """
    inside = rects.common(rect, rects.whole(size))
    result = np.zeros_like(patch)
    if rects.is_empty(inside):
        return result
    guide, step = _guide(sampled, inside)
    seeds = _cells(along, inside, step, guide.shape)
    weight = _weights(guide, seeds, tolerance)
    here = rects.slices(inside, rect)
    if step == 1:
        result[here] = _times(patch[here], Image.fromarray(weight))
    else:
        _weigh(result[here], patch[here], weight, step)
    return result


def _weigh(result: np.ndarray, patch: np.ndarray, weight: np.ndarray, step: int) -> None:
    """result ← patch by the weight of its cells, `step` pixels a side, smoothly from one to the next. Made
    block by block: most of them are all in or all out.
    """
    (height, width), size = patch.shape, (weight.shape[1], weight.shape[0])
    near = 2 * MARGIN + 1
    least = _blocks(ndimage().minimum_filter(weight, near, mode="nearest"), np.minimum)
    most = _blocks(ndimage().maximum_filter(weight, near, mode="nearest"), np.maximum)
    for row, column in np.argwhere(most).tolist():
        block = rects.common(rects.cell(column, row, BLOCK * step), (0, 0, width, height))
        around = rects.expand(rects.cell(column, row, BLOCK), MARGIN, MARGIN, size)
        at = rects.slices(block)
        if least[row, column] == 255:
            result[at] = patch[at]
        else:
            x, y = column * BLOCK - around[0], row * BLOCK - around[1]
            box = x, y, x + block[2] / step, y + block[3] / step
            share = Image.fromarray(weight[rects.slices(around)]).resize(
                block[2:], Image.Resampling.BILINEAR, box
            )
            result[at] = _times(patch[at], share)


def _blocks(cells: np.ndarray, by: np.ufunc) -> np.ndarray:
    """The least or the most of the cells of each block, uint8 (rows, columns of blocks)."""
    rows, columns = (list(range(0, int(side), BLOCK)) for side in cells.shape)
    return by.reduceat(by.reduceat(cells, rows, axis=0), columns, axis=1)


def _times(patch: np.ndarray, share: Image.Image) -> np.ndarray:
    return np.asarray(ImageChops.multiply(Image.fromarray(np.ascontiguousarray(patch)), share))


def _guide(sampled: Sampled, inside: Rect) -> tuple[np.ndarray, int]:
    """The colours of the cells, float32 (h, w, 3), and how many pixels a cell's side has."""
    fine = max(inside[2:]) <= CELLS
    half = 1 if fine else math.ceil(max(inside[2:]) / CELLS / 2)
    left, top, right, bottom = rects.corners(inside)
    seen = sampled(np.arange(top, bottom, half), np.arange(left, right, half))
    if fine:
        near = seen.astype(np.float32)
        return ndimage().uniform_filter(near, (SMOOTH, SMOOTH, 1), mode="nearest"), 1
    return np.asarray(Image.fromarray(np.ascontiguousarray(seen)).reduce(2), np.float32), 2 * half


def _cells(
    along: Sequence[tuple[float, float]], inside: Rect, step: int, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """The cells that the points lie in, or next to: rows and columns, (n,)."""
    x, y = np.array(along, np.float64).T
    columns = ((np.floor(x) - inside[0]) // step).clip(0, shape[1] - 1).astype(np.intp)
    return ((np.floor(y) - inside[1]) // step).clip(0, shape[0] - 1).astype(np.intp), columns


def _closed(region: np.ndarray) -> np.ndarray:
    """With the seams filled that averaged colours leave between two parts, bool (h, w)."""
    padded = np.pad(region, SMOOTH, mode="edge")
    inner = slice(SMOOTH, -SMOOTH)
    for _ in range(SMOOTH - 1):
        padded = _beside(padded)
    for _ in range(SMOOTH - 1):
        padded = ~_beside(~padded)
    return padded[inner, inner]


def _beside(region: np.ndarray) -> np.ndarray:
    """With the cells next to it on four sides, bool (h, w): a closing's steps, where scipy's take many times
    as long for so few cells.
    """
    grown = region.copy()
    grown[1:] |= region[:-1]
    grown[:-1] |= region[1:]
    grown[:, 1:] |= region[:, :-1]
    grown[:, :-1] |= region[:, 1:]
    return grown


def _weights(guide: np.ndarray, seeds: tuple[np.ndarray, np.ndarray], tolerance: int) -> np.ndarray:
    """How much of each cell stays, uint8 (h, w). guide: float32 (h, w, 3)"""
    away = np.full(guide.shape[:2], np.inf, np.float32)
    values = np.ascontiguousarray(guide.transpose(2, 0, 1))  # one after the other, which is soon compared
    for colour in dict.fromkeys((float(r), float(g), float(b)) for r, g, b in guide[seeds]):
        other = np.array(colour, np.float32)[:, None, None]
        np.minimum(away, np.abs(values - other).max(axis=0), out=away)
    labels, count = ndimage().label(away <= tolerance)
    kept = np.zeros(count + 1, bool)
    kept[labels[seeds]] = True
    kept[0] = False
    region = _closed(kept[labels])
    rim = spread(region) & ~region
    soft = 1 - np.clip(away - tolerance, 1, tolerance + 1) / (tolerance + 1)
    return np.where(rim, soft * 255 + 0.5, region * np.float32(255)).astype(np.uint8)
