"""The exact box of what is set in a plane too large to be looked at whole: read from its rim inwards."""

from collections.abc import Callable

import numpy as np

from core.photo import rect as rects
from core.photo.rect import Rect

STRIP = 32  # pixels looked at together: an edge is mostly found in the first or the second strip


def extent(rough: Rect, crop: Callable[[Rect], np.ndarray]) -> Rect | None:
    """(x, y, w, h) of everything above 0 inside `rough`; None when there is nothing.

    crop  the values inside a box, uint8 (h, w). Asked for strips along the four sides of `rough`, as deep as
          they are empty: the closer `rough` is, the less is read.
    """
    x, y, right, bottom = rects.corners(rough)

    def rows(start: int, stop: int) -> np.ndarray:
        return crop(rects.from_corners(x, start, right, stop)).max(axis=1) > 0

    def columns(start: int, stop: int) -> np.ndarray:
        return crop(rects.from_corners(start, y, stop, bottom)).max(axis=0) > 0

    top = _first(rows, y, bottom)
    if top is None:
        return None
    y, bottom = top, _last(rows, top, bottom)
    left = _first(columns, x, right)
    assert left is not None
    x, right = left, _last(columns, left, right)
    return rects.from_corners(x, y, right, bottom)


def _first(hits: Callable[[int, int], np.ndarray], begin: int, end: int) -> int | None:
    for start in range(begin, end, STRIP):
        found = hits(start, min(end, start + STRIP))
        if found.any():
            return start + int(found.argmax())
    return None


def _last(hits: Callable[[int, int], np.ndarray], begin: int, end: int) -> int:
    """One past the last line that holds something; `begin` does."""
    for stop in range(end, begin, -STRIP):
        found = hits(max(begin, stop - STRIP), stop)
        if found.any():
            return stop - int(found[::-1].argmax())
    return begin
