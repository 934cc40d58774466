"""Selecting by colour, against a plain walk from pixel to pixel."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.photo import rect as rects
from core.photo.masks import similar as similarity
from core.photo.masks.similar import similar

SIZE = (61, 47)


@pytest.fixture(autouse=True)
def _small_tiles(monkeypatch):
    """Many tiles and bands in a small picture."""
    monkeypatch.setattr(similarity, "TILE", 16)
    monkeypatch.setattr(similarity, "BAND", 10)


@st.composite
def pictures(draw):
    """Blotches of few colours, with some noise: winding regions over many tiles."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    few = rng.integers(0, 256, (3, 3))
    cells = few[rng.integers(0, 3, (16, 21))].repeat(3, axis=0).repeat(3, axis=1)[: SIZE[1], : SIZE[0]]
    return np.clip(cells + rng.integers(-9, 10, cells.shape), 0, 255).astype(np.uint8)


def by_crop(pixels):
    return lambda rect: pixels[rects.slices(rect)]


def away(pixels, at):
    return np.abs(pixels.astype(int) - pixels[at[1], at[0]].astype(int)).max(axis=2)


def walked(near, at):
    """What hangs together with a pixel, one step after the other."""
    seen, steps = np.zeros_like(near), deque([(at[1], at[0])])
    while steps:
        y, x = steps.popleft()
        if 0 <= y < near.shape[0] and 0 <= x < near.shape[1] and near[y, x] and not seen[y, x]:
            seen[y, x] = True
            steps.extend(((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)))
    return seen


@settings(max_examples=40, deadline=None)
@given(
    pictures(), st.integers(0, SIZE[0] - 1), st.integers(0, SIZE[1] - 1), st.integers(0, 255), st.booleans()
)
def test_it_is_what_a_walk_from_pixel_to_pixel_finds(pixels, x, y, tolerance, contiguous):
    far = away(pixels, (x, y))
    inside = walked(far <= tolerance, (x, y)) if contiguous else far <= tolerance
    found = similar(by_crop(pixels), SIZE, (x, y), tolerance, contiguous=contiguous)
    whole = found.whole()
    assert np.array_equal(whole == 255, inside)
    padded = np.pad(inside, 1)
    beside = np.max([padded[i : i + SIZE[1], j : j + SIZE[0]] for i in range(3) for j in range(3)], axis=0)
    soft = np.clip(1 - np.maximum(far - tolerance, 1) / (tolerance + 1), 0, 1) * 255
    rim = beside & ~inside
    assert np.abs(whole[rim] - soft[rim]).max(initial=0) <= 0.5 + 1e-3
    assert not whole[~beside].any()


@settings(max_examples=20, deadline=None)
@given(pictures(), st.integers(0, 100), st.integers(0, 100))
def test_more_tolerance_takes_more_and_what_hangs_together_is_a_part(pixels, one, other):
    low, high = sorted((one, other))
    at = (30, 20)
    together, more = (similar(by_crop(pixels), SIZE, at, n).whole() for n in (low, high))
    everywhere = similar(by_crop(pixels), SIZE, at, low, contiguous=False).whole()
    assert ((together == 255) <= (more == 255)).all()
    assert (together <= everywhere).all()


@settings(max_examples=20, deadline=None)
@given(
    pictures(),
    st.integers(0, SIZE[0] - 1),
    st.integers(0, SIZE[1] - 1),
    st.integers(0, 120),
    st.booleans(),
    st.sampled_from((2, 3)),
)
def test_the_same_is_taken_at_any_resolution(pixels, x, y, tolerance, contiguous, times):
    """Its soft rim alone is a pixel wide in any picture."""
    small = similar(by_crop(pixels), SIZE, (x, y), tolerance, contiguous=contiguous).whole()
    size, at = (times * SIZE[0], times * SIZE[1]), (times * x + times // 2, times * y)
    finer = pixels.repeat(times, 0).repeat(times, 1)
    large = similar(by_crop(finer), size, at, tolerance, contiguous=contiguous).whole()
    parts = large.reshape(SIZE[1], times, SIZE[0], times).swapaxes(1, 2).reshape(*small.shape, -1)
    assert np.array_equal(parts.max(axis=2), small)
    assert np.array_equal(parts.min(axis=2) == 255, small == 255)
    assert ((parts == 0) | (parts == small[..., None])).all()


def test_no_more_of_the_picture_is_looked_at_than_is_reached():
    pixels = np.zeros((*SIZE[::-1], 3), np.uint8)
    pixels[:, 20:] = 200
    looked: list[rects.Rect] = []

    def crop(rect):
        looked.append(rect)
        return pixels[rects.slices(rect)]

    found = similar(crop, SIZE, (3, 3), 10)
    assert found.box == (0, 0, 21, SIZE[1])
    assert max(rects.corners(rect)[2] for rect in looked) == 48  # of the second tile's neighbour the edge
