"""What of a dab lies on this side of the picture's edges."""

from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageChops
from scipy import ndimage

from core.photo import rect as rects
from core.photo.masks import edged as module

SIDE = 120
ROWS, COLUMNS = np.mgrid[0:SIDE, 0:SIDE]
BOX = 20, 20, 80, 80


def picture(times: int = 1, noise: int = 0) -> np.ndarray:
    """Dark at the left of a slanted edge, light at its right, with a dark island there."""
    light = COLUMNS + ROWS // 4 > 75
    light &= np.hypot(COLUMNS - 88, ROWS - 60) > 6
    pixels = np.where(light[..., None], (200, 190, 180), (60, 70, 90)).astype(np.int16)
    pixels += np.random.default_rng(0).integers(-noise, noise + 1, pixels.shape, np.int16)
    return pixels.astype(np.uint8).repeat(times, 0).repeat(times, 1)


def edged(pixels: np.ndarray, rect, patch: np.ndarray, along, tolerance: int, side: int = 64) -> np.ndarray:
    """Of a picture in one array, over all of `rect`, read in parts of `side` pixels."""
    size = pixels.shape[1], pixels.shape[0]
    kept = module.edged(lambda *at: pixels[np.ix_(*at)], size, rect, patch, along, tolerance)
    values = np.zeros_like(patch)
    if kept is not None:
        x, y, width, height = rects.moved(kept.box, (-rect[0], -rect[1]))
        for top, left in product(range(0, height, side), range(0, width, side)):
            part = slice(top, min(top + side, height)), slice(left, min(left + side, width))
            read = kept[part]
            assert (read.shape, read.dtype) == (patch[part].shape, np.uint8)
            values[y:, x:][part] = read
    return values


def dab(side: int, level: int = 255) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side] + 0.5 - side / 2
    return (np.hypot(x, y) <= side / 2).astype(np.uint8) * np.uint8(level)


@pytest.mark.parametrize("noise", [0, 15])
@pytest.mark.parametrize("level", [255, 100])
def test_it_spreads_to_the_edge_and_no_farther(noise, level) -> None:
    patch = edged(picture(noise=noise), BOX, dab(80, level), [(45, 60)], 40)
    light = ((COLUMNS + ROWS // 4) > 75)[20:100, 20:100]
    full = dab(80, level) > 0
    deep = ndimage.binary_erosion(~light, iterations=2) & full
    assert (patch[deep] == level).all()
    beyond = ndimage.binary_erosion(light, iterations=2)
    assert not patch[beyond].any()  # the island has the colour and doesn't hang together with it
    assert not patch[~full].any()


def test_each_colour_that_the_stroke_goes_through_is_taken() -> None:
    patch = edged(picture(), BOX, dab(80), [(45, 60), (70, 60), (78, 60)], 40)
    island = (np.hypot(COLUMNS - 88, ROWS - 60) < 3)[20:100, 20:100]
    assert (patch[38:42, 5:59] == 255).all()  # no seam where the two meet
    assert not patch[island].any()
    assert (edged(picture(), BOX, dab(80), [(45, 60)], 255) == dab(80)).all()


@pytest.mark.parametrize("times", [2, 5])
def test_a_picture_that_is_enlarged_gives_the_same_within_a_pixel(times) -> None:
    small = edged(picture(), BOX, np.full((80, 80), 255, np.uint8), [(45, 60)], 40)
    box, full = tuple(part * times for part in BOX), np.full((80 * times,) * 2, 255, np.uint8)
    large = edged(picture(times), box, full, [(45 * times, 60 * times)], 40)
    unlike = (small.repeat(times, 0).repeat(times, 1) > 127) ^ (large > 127)
    edge = ndimage.binary_dilation(ndimage.morphological_gradient(small, 3) > 0)
    assert not (unlike & ~edge.repeat(times, 0).repeat(times, 1)).any()


@pytest.mark.parametrize("points", [[(45, 60)], [(45, 60), (88, 60)]])
@pytest.mark.parametrize("side", [61, 1000])
def test_its_parts_are_those_of_the_whole_weighed_at_once(points, side) -> None:
    box, along = (100, 90, 437, 411), [(5 * x, 5 * y) for x, y in points]
    patch = np.random.default_rng(1).integers(0, 256, (411, 437), np.uint8)
    pixels = picture(5, 10)
    read = edged(pixels, box, patch, along, 40, side)
    kept = module.edged(lambda *at: pixels[np.ix_(*at)], (600, 600), box, patch, along, 40)
    assert kept is not None
    step = kept._step
    share = Image.fromarray(kept._weight).resize(
        (437, 411), Image.Resampling.BILINEAR, (0, 0, 437 / step, 411 / step)
    )
    whole = np.asarray(ImageChops.multiply(Image.fromarray(patch), share))
    assert np.abs(read.astype(int) - whole).max() <= 1  # the sides of a part are told in 32 bits
    assert 0 < (whole > 0).mean() < 0.9


def test_what_stays_is_read_alone() -> None:
    """A dab is made where it is read, which takes time where it is large."""

    class Counted:
        read = 0

        def __getitem__(self, part):
            values = dab(80)[part]
            self.read += values.size
            return values

    pixels, patch = picture(), Counted()
    kept = module.edged(lambda *at: pixels[np.ix_(*at)], (SIDE, SIDE), BOX, patch, [(88, 60)], 40)
    assert kept is not None
    assert kept.box[2] * kept.box[3] < 24**2  # the island
    large = module.edged(lambda *at: pixels[np.ix_(*at)], (SIDE, SIDE), BOX, patch, [(45, 60)], 40)
    assert large is not None
    beyond = slice(large.box[3] - 10, large.box[3]), slice(large.box[2] - 4, large.box[2])  # of the edge
    assert not large[beyond].any()
    assert patch.read == 0
    within = slice(30, 40), slice(0, 10)
    assert large[within].tobytes() == dab(80)[30:40, 0:10].tobytes()
    assert patch.read == 100


def test_beside_the_picture_there_is_nothing() -> None:
    patch = edged(picture(), (-40, -40, 80, 80), dab(80), [(2, 2)], 40)
    assert not patch[:40].any()
    assert not patch[:, :40].any()
    assert (patch[40:60, 40:60] == 255).all()
    assert not edged(picture(), (500, 500, 10, 10), dab(10), [(505, 505)], 40).any()
