"""What stands where a picture is clicked, on made pictures whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.photo import rect as rects
from core.photo.masks.clicked import look
from core.photo.masks.mask import enlarge_box
from core.photo.masks.similar import similar
from core.photo.space import SRGB, Space
from tests.core.profiles import PROPHOTO
from tests.core.test_enclosed import SIZE, disc, picture


def taken(pixels: np.ndarray, at: tuple[int, int], space: Space = SRGB) -> np.ndarray:
    """What a click takes, bool (H, W)."""
    size = pixels.shape[1], pixels.shape[0]
    looked = look(lambda rect: pixels[rects.slices(rect)], size, space)
    return enlarge_box(looked.take(at), size).whole() >= 128


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union."""
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize("noise", [0, 8, 15])
@pytest.mark.parametrize("at", [(110, 90), (84, 75), (138, 108)])
def test_a_disc_on_a_plain_ground_is_taken_wherever_it_is_clicked(noise, at) -> None:
    truth = disc((110, 90), 40)
    assert overlap(taken(picture(truth, noise), at), truth) > 0.9


def test_what_is_shaded_is_taken_to_its_edge_where_one_colour_s_reach_ends_before() -> None:
    truth = disc((110, 90), 40)
    pixels = picture(truth).astype(float)
    pixels += np.where(truth, np.linspace(-250, 250, SIZE[0]), 0)[..., None]  # 2.3 a pixel
    pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    assert overlap(taken(pixels, (100, 90)), truth) > 0.9
    wand = similar(lambda box: pixels[rects.slices(box)], SIZE, (100, 90), 32).whole() >= 128
    assert overlap(wand, truth) < 0.5


def test_what_it_encloses_belongs_to_it() -> None:
    truth = disc((110, 90), 40)
    pixels = picture(truth)
    pixels[disc((110, 90), 12)] = 240
    assert overlap(taken(pixels, (85, 90)), truth) > 0.93
    assert overlap(taken(pixels, (110, 90)), disc((110, 90), 12)) > 0.85


def test_one_of_two_alike_is_taken() -> None:
    truth, beside = disc((60, 90), 30), disc((160, 90), 30)
    assert overlap(taken(picture(truth | beside), (60, 90)), truth) > 0.93


@pytest.mark.parametrize("times", [3, 9])
def test_it_is_the_same_at_any_resolution(times) -> None:
    whole = disc((110, 90), 40, times)
    assert overlap(taken(picture(whole), (110 * times, 90 * times)), whole) > 0.95


def test_colours_are_told_in_srgb() -> None:
    seen = picture(disc((110, 90), 40))
    wide = Space(PROPHOTO).from_srgb(seen)
    assert overlap(taken(wide, (110, 90), Space(PROPHOTO)), taken(seen, (110, 90))) > 0.98


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_place_of_any_picture_has_an_answer(data) -> None:
    width, height = (data.draw(st.integers(1, most)) for most in (300, 40))
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    assert taken(pixels, (x, y)).shape == (height, width)


def test_a_picture_of_one_colour_is_no_error() -> None:
    assert taken(np.full((40, 60, 3), 90, np.uint8), (5, 5))[5, 5]
