"""A hole filled with what the picture shows elsewhere: what goes on through it, and where it can't."""

import numpy as np
import pytest

from core.errors import InputError
from core.photo.fill import harmonic
from core.photo.fill.completion import fill

GREEN, BLUE, WHITE = (60, 140, 50), (120, 170, 230), (240, 240, 240)


def hole_in(size: tuple[int, int], left: int, top: int, width: int, height: int) -> np.ndarray:
    hole = np.zeros(size[::-1], bool)
    hole[top : top + height, left : left + width] = True
    return hole


def place(size: tuple[int, int], *, tile: int) -> np.ndarray:
    """Sky over a meadow, and a fence of squares before it."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    pixels = np.where((rows < size[1] // 2)[..., None], BLUE, GREEN).astype(np.uint8)
    pixels[((rows // tile + columns // tile) % 2 == 1) & (rows > 3 * size[1] // 4)] = WHITE
    return pixels


@pytest.mark.parametrize(("size", "tile"), [((96, 96), 6), ((300, 300), 18), ((130, 97), 6)])
def test_horizons_and_patterns_go_on_through_it(size, tile):
    pixels = place(size, tile=tile)
    hole = hole_in(size, size[0] // 3, size[1] // 3, size[0] // 3, size[1] // 2 + 4)
    held = np.where(hole[..., None], 0, pixels).astype(np.uint8)
    filled = fill(held, hole)
    assert np.array_equal(filled[~hole], pixels[~hole])
    wrong = np.abs(filled.astype(int) - pixels).max(axis=2) > 40
    assert wrong[hole].mean() < 0.12
    smooth = np.abs(harmonic.fill(held, hole).astype(int) - pixels).max(axis=2) > 40
    assert smooth[hole].mean() > 0.3


def test_what_is_finer_than_the_grid_goes_on_too():
    pixels = np.full((256, 512, 3), 90, np.uint8)  # of four pixels for one
    pixels[:, ::4] = 200
    hole = hole_in((512, 256), 201, 83, 90, 90)
    held = np.where(hole[..., None], 0, pixels).astype(np.uint8)
    assert np.abs(fill(held, hole).astype(int) - pixels).max() < 3
    assert harmonic.fill(held, hole)[hole].std() < 0.6 * pixels.std()


@pytest.mark.parametrize("size", [(6, 200), (40, 40), (200, 6)])
def test_where_little_is_known_it_is_filled_from_its_border(size):
    pixels = np.random.default_rng(3).integers(0, 255, (*size[::-1], 3), np.uint8)
    hole = hole_in(size, 2, 2, size[0] - 4, size[1] - 4)
    assert np.array_equal(fill(pixels, hole), harmonic.fill(pixels, hole))


def test_without_a_hole_nothing_is_done_and_from_nothing_nothing_is_made():
    pixels = place((40, 30), tile=4)
    assert np.array_equal(fill(pixels, np.zeros((30, 40), bool)), pixels)
    with pytest.raises(InputError, match="covers the whole picture"):
        fill(pixels, np.ones((30, 40), bool))
