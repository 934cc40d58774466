"""The box of a mask, read from its rim: as exact as a look at every pixel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.extent import extent
from core.document.mask import Mask
from core.edit.result import HeatMap
from core.photo.rect import bounding_box

SIZE = (700, 430)


def dabs():
    side = st.integers(1, 300)
    return st.tuples(st.integers(-20, 690), st.integers(-20, 420), side, side, st.booleans())


@settings(deadline=None, max_examples=40)
@given(st.lists(dabs(), max_size=4), st.booleans(), st.booleans())
def test_the_box_of_a_mask_is_that_of_all_its_pixels(strokes, found, inverted):
    mask = Mask(SIZE)
    if found:
        y, x = np.mgrid[0:27, 0:44].astype(np.float32)
        mask = mask.with_heat(HeatMap(np.exp(-((x - 20) ** 2 + (y - 12) ** 2) / 60)), 0.5, 0.0)
    if inverted:
        mask = mask.toggled()
    for x, y, w, h, paints in strokes:
        patch = np.full((h, w), 255, np.uint8)
        mask = (mask.painted if paints else mask.erased_by)((x, y, w, h), patch)
    assert mask.box == bounding_box(mask.array())
    assert mask.is_empty == (mask.box is None)


def test_only_the_rim_is_read():
    values = np.zeros((4000, 6000), np.uint8)
    values[1000:3000, 2000:5000] = 255
    read = 0

    def crop(rect):
        nonlocal read
        x, y, w, h = rect
        read += w * h
        return values[y : y + h, x : x + w]

    assert extent((1990, 990, 3020, 2020), crop) == (2000, 1000, 3000, 2000)
    assert read < 0.08 * 3000 * 2000


@pytest.mark.parametrize("inverted", [False, True])
def test_a_look_for_anything_reads_next_to_nothing_of_a_large_mask(monkeypatch, inverted):
    size = 6000, 4000
    y, x = np.mgrid[0:40, 0:60].astype(np.float32)
    apart = (x - 55) ** 2 + (y - 20) ** 2, (x - 5) ** 2 + (y - 35) ** 2  # and nothing in the first corner
    heat = HeatMap(np.exp(-np.minimum(*apart) / 20))
    mask = Mask(size).with_heat(heat, 0.5, 0.0)
    mask = mask.toggled() if inverted else mask
    read = []
    crop = Mask.crop
    monkeypatch.setattr(Mask, "crop", lambda self, rect: read.append(rect) or crop(self, rect))
    assert not mask.is_empty
    assert sum(width * height for _, _, width, height in read) < 0.01 * size[0] * size[1]
