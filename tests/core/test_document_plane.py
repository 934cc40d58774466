"""The sparse plane against a plain array."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.plane import TILE, Plane

SIZE = (600, 530)  # three tiles across, three down, the last ones cut off


@st.composite
def strokes(draw):
    width, height = draw(st.integers(1, SIZE[0])), draw(st.integers(1, SIZE[1]))
    x, y = draw(st.integers(0, SIZE[0] - width)), draw(st.integers(0, SIZE[1] - height))
    patch = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (height, width), np.uint8)
    if draw(st.booleans()):
        patch[:] = 255
    return (x, y, width, height), patch, draw(st.booleans())


@settings(max_examples=40, deadline=None)
@given(st.lists(strokes(), max_size=5), strokes())
def test_a_plane_is_an_array(history, window):
    plane, plain = Plane(), np.zeros((SIZE[1], SIZE[0]), np.uint8)
    for (x, y, width, height), patch, raises in history:
        part = plain[y : y + height, x : x + width]
        if raises:
            plane = plane.with_max((x, y, width, height), patch)
            np.maximum(part, patch, out=part)
        else:
            plane = plane.without((x, y, width, height), 255 - patch)
            np.minimum(part, patch, out=part)
    assert np.array_equal(plane.array(SIZE), plain)
    x, y, width, height = window[0]
    assert np.array_equal(plane.crop(window[0]), plain[y : y + height, x : x + width])


def test_from_array_keeps_every_pixel_and_no_empty_tile():
    plain = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    plain[300:520, 10:40] = 77
    plane = Plane.from_array(plain)
    assert np.array_equal(plane.array(SIZE), plain)
    assert set(plane.tiles) == {(0, 1), (0, 2)}
    assert plane.nbytes == 2 * TILE * TILE


def test_a_change_copies_only_the_tiles_it_alters():
    one = Plane.from_array(np.full((SIZE[1], SIZE[0]), 100, np.uint8))
    two = one.with_max((0, 0, 300, 10), np.full((10, 300), 50, np.uint8))  # raises nothing
    assert all(two.tiles[key] is one.tiles[key] for key in one.tiles)
    three = one.with_max((0, 0, 10, 10), np.full((10, 10), 200, np.uint8))
    changed = [key for key in one.tiles if three.tiles[key] is not one.tiles[key]]
    assert changed == [(0, 0)]
    assert one.crop((0, 0, 10, 10)).max() == 100


@settings(max_examples=25, deadline=None)
@given(st.lists(strokes(), min_size=1, max_size=4))
def test_reduced_follows_every_change_whoever_was_reduced_before(history):
    planes, plain = [Plane()], [np.zeros((SIZE[1], SIZE[0]), np.uint8)]
    for (x, y, width, height), patch, raises in history:
        change = planes[-1].with_max if raises else planes[-1].without
        planes.append(change((x, y, width, height), patch))
        plain.append(planes[-1].array(SIZE))
        for plane, array in zip(planes, plain, strict=True):
            reduced = plane.reduced((0, 0, 512, 512), 8)
            means = array[:512, :512].reshape(64, 8, 64, 8).mean(axis=(1, 3))
            assert np.abs(reduced - means).max() <= 1


def test_what_a_large_brush_covers_is_one_tile_for_all():
    plane = Plane.from_array(np.full((SIZE[1], SIZE[0]), 255, np.uint8))
    covered = [plane.tiles[key] for key in ((0, 0), (1, 0), (0, 1), (1, 1))]
    assert all(tile is covered[0] for tile in covered)
    assert plane.without((0, 0, 1, 1), np.full((1, 1), 255, np.uint8)).tiles[1, 1] is covered[0]


def test_tiles_are_read_only_and_vanish_when_erased():
    plane = Plane().with_max((5, 5, 3, 3), np.full((3, 3), 9, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        plane.tiles[0, 0][0, 0] = 1
    assert plane.without((0, 0, 300, 300), np.full((300, 300), 255, np.uint8)).is_empty


@pytest.mark.parametrize("factor", [1, 2, 8, 64])
def test_reduced_is_the_mean_of_the_pixels(factor):
    plain = np.random.default_rng(0).integers(0, 256, (512, 768), np.uint8)
    x, y, width, height = 128, 64, 384, 256
    cells = plain[y : y + height, x : x + width].reshape(height // factor, factor, width // factor, factor)
    reduced = Plane.from_array(plain).reduced((x, y, width, height), factor)
    assert np.abs(reduced - cells.mean(axis=(1, 3))).max() <= 1
