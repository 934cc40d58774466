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
from core.photo.masks.patch import Part, Patch
from core.photo.rect import Rect, Size

MARGIN = 2  # cells round a part that smooth its sides
CELLS = 96  # a side at most: of a larger dab a cell is more than a pixel, so that a stroke stays fluid
SMOOTH = 3  # pixels across which colours are averaged where a cell is one: a speckle is no edge


Sampled = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Edged:
    """Of a dab, or some, what lies on this side of the picture's edges: a Patch, uint8 (h, w), over its
    `box`, beside which nothing stays.
    """

    def __init__(
        self, patch: Patch, at: tuple[int, int], weight: np.ndarray, inside: Rect, step: int
    ) -> None:
        """patch   the dab, whose first pixel lies `at` (x, y)
        weight  how much stays of each cell of `inside`, of `step` pixels a side: uint8
        """
        self._patch, self._at, self._weight, self._step = patch, at, weight, step
        self._origin = inside[:2]
        cells = rects.expand(rects.bounding_box(weight) or (0, 0, 0, 0), 1, 1, weight.shape[::-1])
        self.box = rects.common(rects.moved(rects.of_cells(cells, step), self._origin), inside)

    def __getitem__(self, part: Part) -> np.ndarray:
        rows, columns = part
        x, y = self.box[0] - self._origin[0] + columns.start, self.box[1] - self._origin[1] + rows.start
        here = x, y, columns.stop - columns.start, rows.stop - rows.start
        around = rects.expand(rects.cells(here, self._step), MARGIN, MARGIN, self._weight.shape[::-1])
        cells = self._weight[rects.slices(around)]
        if not cells.any():
            return np.zeros(here[:1:-1], np.uint8)
        values = self._patch[rects.slices(rects.moved(here, self._origin), self._at)]
        if cells.min() == 255:
            return values
        left, top, right, bottom = (side / self._step for side in rects.corners(here))
        box = left - around[0], top - around[1], right - around[0], bottom - around[1]
        share = Image.fromarray(cells).resize(here[2:], Image.Resampling.BILINEAR, box)
        return np.asarray(ImageChops.multiply(Image.fromarray(np.ascontiguousarray(values)), share))


def edged(
    sampled: Sampled,
    size: Size,
    rect: Rect,
    patch: Patch,
    along: Sequence[tuple[float, float]],
    tolerance: int,
) -> Edged | None:
    """A dab, or some, without what lies beyond an edge; None where none of it is in the picture.

    sampled    the picture at some rows and columns, both ascending: uint8 (rows, columns, 3)
    size       (W, H) of the picture
    rect       of the patch, which may stick out of the picture;  patch: uint8 (h, w)
    along      points of the picture that the stroke goes through: what has the colour of one of them, and
               hangs together with it inside the patch, stays
    tolerance  by how much each of three values may differ; beside that, it fades with the difference, to
               nothing at twice as much
    """
    inside = rects.common(rect, rects.whole(size))
    if rects.is_empty(inside):
        return None
    guide, step = _guide(sampled, inside)
    weight = _weights(guide, _cells(along, inside, step, guide.shape), tolerance)
    return Edged(patch, (rect[0], rect[1]), weight, inside, step)


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
