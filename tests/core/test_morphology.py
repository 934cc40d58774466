"""What is done to a mask as it stands: laws that hold for any mask, at any resolution."""

import math

import numpy as np
import pytest
from scipy import ndimage

from core.photo.masks.morphology import border, fill_holes, grow, remove_islands, smooth, soften

SIDE = 64


def shrink(mask: np.ndarray, pixels: float) -> np.ndarray:
    return grow(mask, -pixels)


def fill(mask: np.ndarray, _: float) -> np.ndarray:
    return fill_holes(mask)


BY_PIXELS = (grow, shrink, smooth, border, soften, remove_islands)


def round_(side: int, y: float, x: float, radius: float) -> np.ndarray:
    """A disc with a soft edge, two pixels wide, uint8 (side, side)."""
    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    away = radius - np.hypot(rows - y, columns - x)
    return (np.clip(away / 2 + 0.5, 0, 1) * 255 + 0.5).astype(np.uint8)


def blobs(seed: int) -> np.ndarray:
    """Some soft discs, one of them cut out, uint8 (64, 64)."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for y, x, radius in rng.uniform((0, 0, 2), (SIDE, SIDE, 16), (rng.integers(1, 6), 3)):
        mask = np.maximum(mask, round_(SIDE, y, x, radius))
    return np.minimum(mask, 255 - round_(SIDE, *rng.uniform(0, SIDE, 2), 5))


def beside(one: np.ndarray, other: np.ndarray, pixels: int) -> float:
    """The share of pixels where one mask has a value that the other hasn't within so many pixels, by more
    than a few levels.
    """
    around = 2 * pixels + 1
    one, other = one.astype(int), other.astype(int)
    low, high = ndimage.minimum_filter(other, around), ndimage.maximum_filter(other, around)
    return float(((one < low - 8) | (one > high + 8)).mean())


@pytest.mark.parametrize("change", [*BY_PIXELS, fill])
@pytest.mark.parametrize("seed", range(6))
def test_twice_as_large_a_picture_asks_for_twice_the_pixels(change, seed) -> None:
    mask, pixels = blobs(seed), 3 + seed // 2
    wanted = change(mask, pixels).repeat(2, 0).repeat(2, 1)
    large = change(mask.repeat(2, 0).repeat(2, 1), 2 * pixels)
    assert beside(large, wanted, 2) < 0.02  # two of these are one of the smaller ones


@pytest.mark.parametrize("change", [*BY_PIXELS, fill])
@pytest.mark.parametrize("seed", range(3))
def test_turned_it_is_the_same(change, seed) -> None:
    mask, pixels = blobs(seed), 2 + seed
    turned = change(np.rot90(mask).copy(), pixels).astype(int)
    assert abs(turned - np.rot90(change(mask, pixels))).max() <= 1


@pytest.mark.parametrize("change", BY_PIXELS)
def test_what_comes_in_is_left_alone_and_nothing_stays_nothing(change) -> None:
    mask = round_(SIDE, 30, 30, 14)
    before = mask.copy()
    change(mask, 6)
    assert (mask == before).all()
    assert not change(np.zeros((9, 7), np.uint8), 3).any()


@pytest.mark.parametrize("seed", range(6))
def test_smoothed_once_is_smoothed_for_good(seed) -> None:
    pixels = 1 + seed // 2
    middle = slice(4 * pixels, -4 * pixels)  # where the picture's border has no part in it
    once = smooth(blobs(seed), pixels)
    assert (smooth(once, pixels) == once)[middle, middle].all()


def test_smoothing_takes_a_spike_fills_a_gap_and_keeps_a_gradient() -> None:
    block = np.zeros((SIDE, SIDE), np.uint8)
    block[20:50, 10:50] = 200
    frayed = block.copy()
    frayed[4:20, 30:33] = 200
    frayed[20:40, 20:23] = 0
    smoothed = smooth(frayed, 4)
    assert not smoothed[:16].any()
    assert (smoothed[24:46, 14:46] == 200).all()
    fade = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (SIDE, 1))
    assert (smooth(fade, 5) == fade).all()


@pytest.mark.parametrize(("width", "outside", "inside"), [(1, 1, 0), (4, 2, 2), (7, 4, 3)])
def test_a_border_is_as_wide_as_it_says(width, outside, inside) -> None:
    block = np.zeros((40, 40), np.uint8)
    block[10:30, 10:30] = 180
    band = border(block, width)[20]
    edge = np.flatnonzero(band)[:width]
    assert (edge == np.arange(10 - outside, 10 + inside)).all()
    assert (band[edge] == 180).all()
    assert (border(np.full((20, 20), 255, np.uint8), 5) == 0).all()


def test_feathered_it_fades_as_far_as_it_says_to_either_side() -> None:
    half = np.zeros((SIDE, SIDE), np.uint8)
    half[:, 32:] = 255
    row = soften(half, 10)[30].astype(int)
    assert not row[:22].any()
    assert (row[42:] == 255).all()
    assert (np.diff(row[22:42]) >= 0).all()
    assert abs(row[31] + row[32] - 255) <= 1
    assert 0 < row[24] < row[31] < row[40] < 255


@pytest.mark.parametrize("seed", range(8))
def test_islands_go_by_what_they_cover(seed) -> None:
    mask, pixels = blobs(seed), 5 + 3 * seed
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    left = remove_islands(mask, pixels)
    for n in range(1, count + 1):
        here = labels == n
        stays = mask[here].sum() / 255 >= math.pi * (pixels / 2) ** 2
        assert (left[here] == (mask[here] if stays else 0)).all()
    assert not left[labels == 0].any()


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_the_same_holes_are_filled_at_any_resolution(seed, times) -> None:
    mask = blobs(seed)
    rng = np.random.default_rng(seed)
    for y, x in rng.integers(4, SIDE - 4, (6, 2)):  # and frames, some of them faint
        mask[y - 4 : y + 4, x - 4 : x + 4] = rng.integers(60, 256)
        mask[y - 2 : y + 2, x - 2 : x + 2] = 0
    filled = fill_holes(mask)
    assert (filled != mask).any()
    large = fill_holes(mask.repeat(times, 0).repeat(times, 1))
    assert np.array_equal(large, filled.repeat(times, 0).repeat(times, 1))
