"""Rectangles against the sets of pixels that they stand for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.photo import rect as rects
from core.photo.rect import Rect

SIZE = (12, 9)
RECTS = st.tuples(st.integers(-6, 14), st.integers(-6, 11), st.integers(0, 8), st.integers(0, 8))


def pixels(rect: Rect) -> set[tuple[int, int]]:
    x, y, w, h = rect
    return {(column, row) for column in range(x, x + w) for row in range(y, y + h)}


@given(RECTS, RECTS)
def test_common_is_the_intersection(one: Rect, other: Rect) -> None:
    both = rects.common(one, other)
    assert pixels(both) == pixels(one) & pixels(other)
    assert rects.is_empty(both) == (not pixels(both))
    assert min(both[2:]) >= 0


@given(RECTS, RECTS)
def test_around_is_the_smallest_that_holds_both(one: Rect, other: Rect) -> None:
    box = rects.union(one, other)
    assert rects.holds(box, one)
    assert rects.holds(box, other)
    edges = zip(*(rects.corners(rect) for rect in (one, other)), strict=True)
    lefts, tops, rights, bottoms = edges
    assert rects.corners(box) == (min(lefts), min(tops), max(rights), max(bottoms))


@given(RECTS, RECTS)
def test_holds_is_the_subset(outer: Rect, inner: Rect) -> None:
    if pixels(inner):
        assert rects.holds(outer, inner) == (pixels(inner) <= pixels(outer))


@given(RECTS)
def test_corners_and_back(rect: Rect) -> None:
    assert rects.from_corners(*rects.corners(rect)) == rect


def test_corners_the_wrong_way_round_hold_nothing() -> None:
    assert rects.from_corners(5, 6, 3, 9) == (5, 6, 0, 3)


@given(RECTS, st.floats(0, 3), st.floats(0, 3))
def test_expand_adds_whole_pixels_within_the_picture(rect: Rect, across: float, down: float) -> None:
    near = {
        (x + dx, y + dy)
        for x, y in pixels(rect)
        for dx in range(-int(np.ceil(across)), int(np.ceil(across)) + 1)
        for dy in range(-int(np.ceil(down)), int(np.ceil(down)) + 1)
    }
    if near:
        assert pixels(rects.expand(rect, across, down, SIZE)) == near & pixels(rects.whole(SIZE))


def test_expand_rounds_up_and_stays_in_the_picture() -> None:
    assert rects.expand((7, 4, 10, 10), 2.5, 1, (40, 30)) == (4, 3, 16, 12)
    assert rects.expand((7, 4, 10, 10), 100, 100, (40, 30)) == (0, 0, 40, 30)


@given(RECTS, st.integers(1, 5))
def test_cells_are_all_squares_that_it_touches(rect: Rect, step: int) -> None:
    touched = {(x // step, y // step) for x, y in pixels(rect)}
    if touched:
        assert pixels(rects.cells(rect, step)) == touched
        assert set.union(*(pixels(rects.cell(*at, step)) for at in touched)) >= pixels(rect)


@given(RECTS, st.integers(1, 5))
def test_strips_are_all_of_it_in_bands(rect: Rect, band: int) -> None:
    strips = [pixels(strip) for strip in rects.strips(rect, band)] if rect[2] else []
    assert set().union(*strips) == pixels(rect)
    assert sum(map(len, strips)) == len(pixels(rect))
    assert all(strip[3] <= band for strip in rects.strips(rect, band))


@given(RECTS, RECTS)
def test_slices_are_its_pixels_in_an_array(one: Rect, other: Rect) -> None:
    both = rects.common(one, other)
    rows, columns = np.mgrid[other[1] : other[1] + other[3], other[0] : other[0] + other[2]]
    here = rects.slices(both, other)
    assert set(zip(columns[here].flat, rows[here].flat, strict=True)) == pixels(both)


def test_bounding_box() -> None:
    mask = np.zeros((30, 40), np.uint8)
    assert rects.bounding_box(mask) is None
    mask[4, 7] = 1
    assert rects.bounding_box(mask) == (7, 4, 1, 1)
    mask[20, 39] = 255
    assert rects.bounding_box(mask) == (7, 4, 33, 17)
