"""The pyramid, against means of the pixels themselves."""

import gc

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from core.photo.space import Space
from editor.canvas.picture import Pyramid
from tests.core import profiles


def built(pixels, alpha=None) -> Pyramid:
    pyramid = Pyramid(pixels, alpha)
    while not pyramid.complete:
        pyramid.step()
    return pyramid


def array(image: QImage) -> np.ndarray:
    """RGBA, straight alpha, uint8 (h, w, 4)."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


@pytest.fixture
def pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (1301, 1003, 3), np.uint8)  # odd, and rows unpadded
    pixels.setflags(write=False)
    return pixels


def test_the_picture_itself_is_shown_and_not_copied(pixels):
    image, factor = Pyramid(pixels).best(1.0)
    assert factor == 1
    assert np.array_equal(array(image)[..., :3], pixels)
    assert image.constBits()[:30] == pixels.tobytes()[:30]
    assert np.shares_memory(np.frombuffer(image.constBits(), np.uint8), pixels)


def test_the_image_outlives_whoever_made_the_pixels():
    image, _ = Pyramid(np.full((40, 30, 3), 77, np.uint8)).best(1.0)
    gc.collect()
    rubbish = [np.zeros((40, 30, 3), np.uint8) for _ in range(50)]
    assert array(image)[..., :3].min() == 77
    assert rubbish


def test_each_level_is_the_mean_of_four(pixels):
    pyramid = built(pixels)
    image, factor = pyramid.best(0.5)
    assert factor == 2
    assert (image.width(), image.height()) == (502, 651)
    means = pixels[:1300, :1002].reshape(650, 2, 501, 2, 3).mean(axis=(1, 3))
    assert np.abs(array(image)[:650, :501, :3] - means).max() <= 1
    assert pyramid.best(0.02)[1] == 8  # 1301 → 651 → 326 → 163


@pytest.mark.parametrize(("zoom", "factor"), [(4, 1), (1, 1), (0.51, 1), (0.5, 2), (0.3, 2), (0.25, 4)])
def test_the_image_to_draw_is_never_enlarged(pixels, zoom, factor):
    assert built(pixels).best(zoom)[1] == factor


def test_what_is_not_built_yet_is_drawn_from_what_is(pixels):
    pyramid = Pyramid(pixels)
    assert pyramid.best(0.1)[1] == 1
    pyramid.step()
    assert pyramid.best(0.1)[1] == 1  # half a level is none


def test_alpha_is_premultiplied_and_averaged_without_fringes():
    pixels = np.zeros((600, 400, 3), np.uint8)
    pixels[:, ::2] = (200, 100, 50)
    alpha = np.zeros((600, 400), np.uint8)
    alpha[:, ::2] = 255  # the black columns are invisible
    image, factor = built(pixels, alpha).best(0.5)
    assert factor == 2
    colour = array(image)
    assert np.abs(colour[..., 3].astype(int) - 128).max() <= 1
    assert np.abs(colour[..., :3].astype(int) - (200, 100, 50)).max() <= 3


def test_an_opaque_alpha_is_none(pixels):
    assert not Pyramid(pixels, np.full(pixels.shape[:2], 255, np.uint8)).has_alpha


# ---------------------------------------------------------------- of another space than sRGB

EVERYWHERE = QRect(-9, -9, 9999, 9999)


@pytest.fixture
def space():
    return Space.of(profiles.DISPLAY_P3)


def drawn(pyramid, zoom, part=EVERYWHERE) -> tuple[np.ndarray, int]:
    """What is drawn at `zoom` where `part` of the picture is seen: RGBA, and its factor."""
    image, factor = pyramid.seen(part, zoom)
    return array(image), factor


def test_factor_1_is_converted_where_it_is_looked_at(pixels, space):
    pyramid = Pyramid(pixels, None, space)
    part = QRect(300, 500, 200, 40)
    image, factor = drawn(pyramid, 1.0, part)
    assert factor == 1
    wanted = space.to_srgb(pixels)
    assert np.array_equal(image[500:540, 300:500, :3], wanted[500:540, 300:500])
    assert len(pyramid._converted) == 2  # of 30 tiles
    assert np.array_equal(drawn(pyramid, 1.0)[0][..., :3], wanted)
    assert not np.array_equal(wanted, pixels)


def test_no_level_shows_the_numbers_of_another_space(space):
    y, x = np.mgrid[0:1301, 0:1003]
    smooth = np.stack([x * 255 // 1003, y * 255 // 1301, (x + y) * 255 // 2304], axis=-1).astype(np.uint8)
    pyramid, wanted = Pyramid(smooth, None, space), space.to_srgb(smooth).astype(int)
    image, factor = drawn(pyramid, 0.5)
    assert factor == 4  # every fourth pixel, until the picture is made small
    assert np.array_equal(image[..., :3], wanted[::4, ::4])
    while not pyramid.complete:
        pyramid.step()
    for zoom in (0.5, 0.25):
        image, factor = drawn(pyramid, zoom)
        assert factor == 1 / zoom
        assert np.abs(image[..., :3] - wanted[::factor, ::factor]).mean() < 1
        assert np.abs(image[..., :3] - smooth[::factor, ::factor].astype(int)).mean() > 3
    assert not pyramid._converted


def test_a_transparent_picture_of_another_space_is_converted_before_it_is_premultiplied(space):
    pixels, alpha = np.full((600, 400, 3), (200, 100, 50), np.uint8), np.full((600, 400), 128, np.uint8)
    pyramid = Pyramid(pixels, alpha, space)
    assert np.array_equal(drawn(pyramid, 1.0)[0][..., :3], space.to_srgb(pixels))  # opaque, at first
    while not pyramid.complete:
        pyramid.step()
    wanted = space.to_srgb(pixels[:1, :1])[0, 0].astype(int)
    for zoom in (1.0, 0.5):
        colour, _ = drawn(pyramid, zoom)
        assert np.abs(colour[..., 3].astype(int) - 128).max() <= 1
        assert np.abs(colour[..., :3] - wanted).max() <= 2


def test_what_is_too_much_for_one_paint_is_converted_in_steps(space):
    large = np.random.default_rng(3).integers(0, 256, (1800, 2100, 3), np.uint8)
    pyramid, wanted = Pyramid(large, None, space), space.to_srgb(large)
    image, factor = drawn(pyramid, 1.0)
    assert factor == 2
    assert np.array_equal(image[..., :3], wanted[::2, ::2])
    assert not pyramid.complete
    while not pyramid.complete:
        pyramid.step()
    image, factor = drawn(pyramid, 1.0)
    assert factor == 1
    assert np.array_equal(image[..., :3], wanted)
    assert pyramid.complete
