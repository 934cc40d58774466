"""Sizes and rectangles in whole pixels: x runs to the right, y downwards, and both may be negative."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Size = tuple[int, int]  # width, height
Rect = tuple[int, int, int, int]  # x, y, width, height; nothing lies in one of no width or no height


def whole(size: Size) -> Rect:
    """All of a picture."""
    return 0, 0, *size


def from_corners(left: int, top: int, right: int, bottom: int) -> Rect:
    """From its `corners`; empty where right or bottom lie before left or top."""
    return left, top, max(0, right - left), max(0, bottom - top)


def corners(rect: Rect) -> tuple[int, int, int, int]:
    """(left, top, right, bottom), the last two one past the rectangle."""
    x, y, width, height = rect
    return x, y, x + width, y + height


def is_empty(rect: Rect) -> bool:
    return not (rect[2] and rect[3])


def holds(outer: Rect, inner: Rect) -> bool:
    """`inner` lies in `outer`, with all four sides."""
    (left, top, right, bottom), (x, y, beyond, below) = corners(outer), corners(inner)
    return left <= x and beyond <= right and top <= y and below <= bottom


def common(one: Rect, other: Rect) -> Rect:
    """What lies in both: their intersection; an empty one where they don't meet."""
    (x, y, right, bottom), (left, top, beyond, below) = corners(one), corners(other)
    return from_corners(max(x, left), max(y, top), min(right, beyond), min(bottom, below))


def union(one: Rect, other: Rect) -> Rect:
    """The smallest that holds both: the box of their union."""
    (x, y, right, bottom), (left, top, beyond, below) = corners(one), corners(other)
    return from_corners(min(x, left), min(y, top), max(right, beyond), max(bottom, below))


def moved(rect: Rect, by: tuple[int, int]) -> Rect:
    """As large, so many pixels farther to the right and down."""
    return rect[0] + by[0], rect[1] + by[1], rect[2], rect[3]


def expand(rect: Rect, across: float, down: float, size: Size) -> Rect:
    """Grown on every side by as many pixels, rounded up, as far as a picture of `size` goes."""
    x, y, width, height = rect
    across, down = math.ceil(across), math.ceil(down)
    return common((x - across, y - down, width + 2 * across, height + 2 * down), whole(size))


def cells(rect: Rect, step: int) -> Rect:
    """What it touches, if only in part, of a grid of squares of `step`: in squares."""
    x, y, right, bottom = corners(rect)
    return from_corners(x // step, y // step, -(-right // step), -(-bottom // step))


def cell(column: int, row: int, step: int) -> Rect:
    """One square of such a grid, in pixels."""
    return column * step, row * step, step, step


def of_cells(rect: Rect, step: int) -> Rect:
    """A rectangle of such squares, in pixels."""
    x, y, width, height = rect
    return x * step, y * step, width * step, height * step


def strips(rect: Rect, band: int) -> Iterator[Rect]:
    """It from top to bottom, `band` rows at a time."""
    x, y, width, height = rect
    for top in range(y, y + height, band):
        yield x, top, width, min(band, y + height - top)


def slices(rect: Rect, at: tuple[int, ...] = (0, 0)) -> tuple[slice, slice]:
    """Its rows and columns in an array (H, W, …) whose first pixel is where `at`, a place or Rect, begins."""
    left, top, right, bottom = corners(rect)
    return slice(top - at[1], bottom - at[1]), slice(left - at[0], right - at[0])


def bounding_box(mask: "np.ndarray") -> Rect | None:
    """Of everything above 0 in an array (H, W); None where nothing is."""
    import numpy as np  # not before: what only knows rectangles starts without

    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(mask[top:bottom].any(axis=0))
    return from_corners(int(columns[0]), top, int(columns[-1]) + 1, bottom)
