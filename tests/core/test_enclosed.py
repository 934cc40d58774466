"""What stands in a box, on made pictures whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.enclosed import enclosed
from core.photo.rect import Rect
from core.photo.space import Space
from tests.core.profiles import PROPHOTO

SIZE = WIDTH, HEIGHT = 220, 180
BLUE, ORANGE = (60, 70, 90), (200, 140, 60)


def disc(at: tuple[float, float], radius: float, times: int = 1) -> np.ndarray:
    """Where the middle of a pixel lies in it, bool, on a picture that is so many times as large."""
    y, x = (np.mgrid[0 : HEIGHT * times, 0 : WIDTH * times] + 0.5) / times
    return np.hypot(x - at[0], y - at[1]) <= radius


def picture(where: np.ndarray, noise: float = 0) -> np.ndarray:
    """Orange there on blue, every value off by `noise` (the standard deviation)."""
    pixels = np.where(where[..., None], ORANGE, BLUE)
    off = np.random.default_rng(0).normal(0, noise, pixels.shape)
    return np.clip(pixels + off, 0, 255).astype(np.uint8)


def found(pixels: np.ndarray, box: Rect) -> BoxedMask:
    return enclosed(lambda rect: pixels[rects.slices(rect)], (pixels.shape[1], pixels.shape[0]), box)


def overlap(mask: BoxedMask, truth: np.ndarray) -> float:
    """Intersection over union."""
    meant = mask.whole() >= 128
    return float((meant & truth).sum() / (meant | truth).sum())


@pytest.mark.parametrize("noise", [0, 15, 35])
@pytest.mark.parametrize(
    "box", [(68, 48, 84, 84), (50, 30, 120, 120), (60, 45, 100, 110), (65, 47, 140, 90)], ids=str
)
def test_a_disc_on_a_plain_ground_is_taken_and_nothing_else(noise, box) -> None:
    truth = disc((110, 90), 40)
    assert overlap(found(picture(truth, noise), box), truth) > 0.95


@pytest.mark.parametrize("times", [3, 9])
def test_it_is_the_same_at_any_resolution(times) -> None:
    at, box = (110, 90), (60, 45, 100, 110)
    whole = disc(at, 40, times)
    mask = found(picture(whole), tuple(side * times for side in box))  # type: ignore[arg-type]
    assert overlap(mask, whole) > 0.95
    small = found(picture(disc(at, 40)), box).whole() >= 128
    assert overlap(mask, small.repeat(times, 0).repeat(times, 1)) > 0.95


@pytest.mark.parametrize(
    ("at", "box"),
    [
        ((10, 90), (0, 40, 62, 100)),
        ((215, 175), (160, 125, 60, 55)),
        ((110, 0), (60, 0, 100, 50)),
        ((110, 90), (0, 0, *SIZE)),  # no rim on any side but the border itself
    ],
)
def test_a_box_may_reach_the_picture_s_border(at, box) -> None:
    truth = disc(at, 40)
    assert overlap(found(picture(truth), box), truth) > 0.95


def test_what_has_two_colours_is_taken_whole_and_its_neighbour_left() -> None:
    truth, beside = disc((90, 90), 35), disc((170, 90), 35)
    pixels = picture(truth | beside)
    pixels[truth & (np.indices(SIZE[::-1])[1] < 85)] = 240
    assert overlap(found(pixels, (50, 50, 80, 80)), truth) > 0.95


def test_nothing_is_taken_outside_of_the_box() -> None:
    mask = found(picture(disc((110, 90), 70)), (80, 60, 60, 60))
    assert mask.box == (80, 60, 60, 60)
    assert mask.size == SIZE
    assert mask.values.shape == (60, 60)


def test_colours_are_told_in_srgb() -> None:
    truth = disc((110, 90), 40)
    seen = picture(truth)
    wide = Space(PROPHOTO).from_srgb(seen)
    box = (60, 45, 100, 110)
    mask = enclosed(lambda rect: wide[rects.slices(rect)], SIZE, box, Space(PROPHOTO))
    assert overlap(mask, found(seen, box).whole() >= 128) > 0.98


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_box_of_any_picture_has_an_answer(data) -> None:
    width, height = (data.draw(st.integers(1, most)) for most in (300, 40))
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    mask = found(pixels, box)
    assert mask.values.shape == (box[3], box[2])
    assert mask.values.dtype == np.uint8
