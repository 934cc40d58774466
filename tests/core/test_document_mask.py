"""The mask: what is found and what is painted, kept apart."""

import numpy as np
import pytest

from core.document.mask import Mask
from core.photo.masks import mask as cutting

SIZE = (640, 400)
DAB = np.full((20, 30), 255, np.uint8)
HERE = (400, 200, 30, 20)


@pytest.fixture
def found(heat) -> Mask:
    return Mask(SIZE).with_heat(heat, 0.5, 0.0)


def test_a_found_mask_is_the_cut_that_the_engine_makes(found, heat):
    small = cutting.cut(heat.values, SIZE, 0.5, 0.0)
    assert np.array_equal(found.array(), cutting.enlarge(small, SIZE))
    assert found.array().any()


def test_a_crop_is_a_piece_of_the_whole(found):
    mask = found.painted(HERE, DAB).erased_by((180, 190, 40, 40), np.full((40, 40), 128, np.uint8))
    x, y, width, height = rect = 150, 150, 300, 100
    piece = mask.array()[y : y + height, x : x + width]
    assert np.array_equal(mask.crop(rect), piece)


def test_hand_strokes_survive_a_new_threshold_and_a_new_region(found, heat):
    mask = found.painted(HERE, DAB).erased_by((200, 200, 30, 20), DAB)
    for later in (mask.recut(0.9, 0.0), mask.recut(0.5, 12.0), mask.with_heat(heat, 0.2, 0.0)):
        assert later.crop(HERE).min() == 255
        assert later.crop((200, 200, 30, 20)).max() == 0
    assert mask.recut(0.9, 0.0).array().sum() < mask.array().sum()


@pytest.mark.parametrize("inverted", [False, True])
def test_the_brush_raises_and_the_eraser_lowers_what_is_seen(found, inverted):
    mask = found.toggled() if inverted else found
    for rect in (HERE, (190, 190, 30, 20)):  # outside and inside of the found region
        painted = mask.painted(rect, DAB)
        assert painted.crop(rect).min() == 255
        assert painted.erased_by(rect, DAB).crop(rect).max() == 0
        assert painted.erased_by(rect, DAB).painted(rect, DAB).crop(rect).min() == 255


@pytest.mark.parametrize("inverted", [False, True])
def test_a_soft_dab_is_soft(inverted):
    mask = Mask(SIZE, inverted=inverted).erased_by(HERE, DAB).painted(HERE, np.full((20, 30), 100, np.uint8))
    assert (mask.crop(HERE) == 100).all()
    for dab, left in ((155, 100), (200, 55)):  # at most as much as it leaves
        assert (mask.erased_by(HERE, np.full((20, 30), dab, np.uint8)).crop(HERE) == left).all()


def test_a_dab_may_stick_out_of_the_photo():
    mask = Mask(SIZE).painted((-10, -5, 30, 20), DAB).painted((630, 390, 30, 20), DAB)
    assert mask.crop((0, 0, 20, 15)).min() == 255
    assert np.count_nonzero(mask.array()) == 20 * 15 + 10 * 10
    assert Mask(SIZE).painted((-50, 0, 30, 20), DAB).is_empty


def test_empty_is_empty_to_the_last_pixel(found):
    assert Mask(SIZE).is_empty
    assert not Mask(SIZE).toggled().is_empty
    assert not found.is_empty
    assert not Mask(SIZE).painted((639, 399, 1, 1), np.full((1, 1), 1, np.uint8)).is_empty
    everything = np.full((400, 640), 255, np.uint8)
    assert found.erased_by((0, 0, *SIZE), everything).is_empty
    assert Mask(SIZE).replaced(everything).toggled().is_empty


def test_clear_removes_everything(found):
    cleared = found.painted(HERE, DAB).toggled().cleared()
    assert cleared.is_empty
    assert cleared.heat is None
    assert not cleared.is_touched
    assert found.is_touched


def test_an_imported_mask_no_threshold_moves(found):
    array = np.random.default_rng(1).integers(0, 256, (400, 640), np.uint8)
    assert np.array_equal(found.replaced(array).recut(0.1, 5.0).array(), array)


def test_a_new_region_in_an_inverted_mask_starts_afresh(found, heat):
    mask = found.painted(HERE, DAB).toggled().with_heat(heat, 0.5, 0.0)
    assert np.array_equal(mask.array(), found.array())


@pytest.mark.parametrize("inverted", [False, True])
def test_reduced_looks_like_the_mask_from_afar(found, inverted):
    mask = found.painted(HERE, DAB).erased_by((200, 200, 30, 20), DAB)
    mask = mask.toggled() if inverted else mask
    near = mask.array().reshape(50, 8, 80, 8).mean(axis=(1, 3))
    assert np.abs(mask.reduced((0, 0, *SIZE), 8) - near).mean() < 3
