"""The sparse plane against a plain array."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.plane import TILE, Plane

SIZE = (600, 530)  # three tiles across, three down, the last ones cut off


@st.composite
def strokes(draw):
    width, height = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    x, y = draw(st.integers(0, SIZE[0] - width)), draw(st.integers(0, SIZE[1] - height))
    patch = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (height, width), np.uint8)
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
            plane = plane.with_min((x, y, width, height), patch)
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


def test_tiles_are_read_only_and_vanish_when_erased():
    plane = Plane().with_max((5, 5, 3, 3), np.full((3, 3), 9, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        plane.tiles[0, 0][0, 0] = 1
    assert plane.with_min((0, 0, 300, 300), np.zeros((300, 300), np.uint8)).is_empty


@pytest.mark.parametrize("factor", [1, 2, 8, 64])
def test_reduced_is_the_mean_of_the_pixels(factor):
    plain = np.random.default_rng(0).integers(0, 256, (512, 768), np.uint8)
    x, y, width, height = 128, 64, 384, 256
    cells = plain[y : y + height, x : x + width].reshape(height // factor, factor, width // factor, factor)
    reduced = Plane.from_array(plain).reduced((x, y, width, height), factor)
    assert np.abs(reduced - cells.mean(axis=(1, 3))).max() <= 1
