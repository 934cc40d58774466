"""The pyramid, against means of the pixels themselves."""

import gc

import numpy as np
import pytest
from PySide6.QtGui import QImage

from editor.canvas.picture import Pyramid


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
