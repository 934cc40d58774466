"""core.photo.seam: the drawn colours meet the photo's at the mask's edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.photo import region, seam
from core.photo.masks.boxed import BoxedMask
from tests.bench.storybook import metrics

SIZE = 96
FACTOR = 8


@pytest.fixture
def view():
    return region.view((SIZE, SIZE), SIZE, FACTOR)


def disc(radius: float = 30) -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE]
    return (np.hypot(x - SIZE / 2, y - SIZE / 2) <= radius) * np.uint8(255)


def flat(level: int) -> np.ndarray:
    return np.full((SIZE, SIZE, 3), level, np.uint8)


def textured() -> np.ndarray:
    return np.random.default_rng(3).integers(40, 200, (SIZE, SIZE, 3), np.uint8)


def test_what_was_drawn_without_error_stays_bit_for_bit(view):
    photo, mask = textured(), disc()
    drawn = photo.copy()
    drawn[mask > 0] = 77
    assert (seam.mend(drawn, photo, BoxedMask.of(mask), view) == drawn).all()


@pytest.mark.parametrize("offset", [-24, 9, 30])
def test_a_colour_that_is_off_everywhere_no_longer_steps_at_the_edge(view, offset):
    photo, mask = flat(128), disc()
    drawn = photo + np.array([offset, 0, -offset // 2]).astype(np.uint8)
    as_drawn = region.paste(photo, drawn, mask)
    mended = region.paste(photo, seam.mend(drawn, photo, BoxedMask.of(mask), view), mask)
    before, after = metrics.jump(as_drawn, mask), metrics.jump(mended, mask)
    assert before == pytest.approx(abs(offset) / 3 + abs(-offset // 2) / 3)
    assert after < 0.35 * before


def test_farther_than_two_cells_inside_nothing_changes(view):
    photo, mask = textured(), disc(40)
    drawn = 255 - photo
    mended = seam.mend(drawn, photo, BoxedMask.of(mask), view)
    deep = disc(40 - 2 * FACTOR - 1) > 0
    assert (mended[deep] == drawn[deep]).all()
    assert (mended != drawn).any()


def test_the_error_of_one_side_does_not_colour_the_other(view):
    photo, mask = flat(100), disc()
    drawn = photo.copy()
    drawn[:, : SIZE // 2 - 30] = 160  # wrong on the left of the mask only
    mended = seam.mend(drawn, photo, BoxedMask.of(mask), view).astype(int)
    inside = mask > 0
    left, right = inside[:, : SIZE // 2], inside[:, SIZE // 2 :]
    assert (mended[:, : SIZE // 2][left] < 100).any()
    assert (mended[:, SIZE // 2 :][right] == 100).all()


def test_a_mask_over_everything_leaves_what_was_drawn(view):
    drawn = textured()
    whole = np.full((SIZE, SIZE), 255, np.uint8)
    assert (seam.mend(drawn, flat(0), BoxedMask.of(whole), view) == drawn).all()


def test_it_works_at_the_models_resolution_with_its_padding():
    view = region.view((301, 200), 64, 4)
    photo = np.random.default_rng(1).integers(0, 256, (200, 301, 3), np.uint8)
    mask = np.zeros((200, 301), np.uint8)
    mask[60:140, 100:301] = 255
    seen = region.to_model(photo, view)
    assert region.mask_to_model(BoxedMask.of(mask), view).shape == seen.shape[:2]
    mended = seam.mend(np.zeros_like(seen), seen, BoxedMask.of(mask), view)
    assert mended.shape == seen.shape
    assert mended.dtype == np.uint8


@given(level=st.integers(0, 255), value=st.integers(0, 255))
def test_the_mask_beside_the_models_photo_is_the_mean_under_each_pixel(level, value):
    view = region.view((128, 128), 64, 4)
    mask = np.zeros((128, 128), np.uint8)
    mask[::2], mask[1::2] = level, value
    small = region.mask_to_model(BoxedMask.of(mask), view)
    assert np.abs(small.astype(float) - (level + value) / 2).max() <= 0.5


def test_the_jump_is_the_mean_difference_across_the_edge_alone():
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:, 3:] = (30, 60, 0)
    picture[:, 5] = 255  # a line away from the edge
    mask = np.zeros((4, 6), np.uint8)
    mask[:, 3:] = 255
    assert metrics.jump(picture, mask) == pytest.approx(30)
    assert metrics.jump(picture, np.zeros_like(mask)) == 0
