"""The picture as edited on the canvas, against the pyramid of a plain whole composition."""

from unittest import mock

import numpy as np
import pytest
from PySide6.QtCore import QRect

from core.document.composite import Composite
from core.photo.photo import Photo
from core.photo.space import SRGB, Space
from editor.canvas import edited as module
from editor.canvas.edited import Edited
from editor.canvas.picture import Pyramid, array_of
from tests.core import profiles
from tests.core.stacks import layer, noise, noisy_photo

SIZE = (1303, 1101)  # odd, and no whole number of tiles
EVERYWHERE = QRect(-9, -9, 9999, 9999)
BOXES = ((100, 60, 420, 300), (301, 205, 333, 417), (900, 700, 403, 401))
LAYERS = tuple(layer(box, 3 * n) for n, box in enumerate(BOXES))


@pytest.fixture
def photo() -> Photo:
    return noisy_photo(SIZE)


def built(pixels, alpha=None, space: Space = SRGB) -> Pyramid:
    pyramid = Pyramid(pixels, alpha, space)
    while not pyramid.complete:
        pyramid.step()
    return pyramid


def settled(edited: Edited, zoom: float, part: QRect = EVERYWHERE) -> tuple[np.ndarray, int]:
    """What is drawn once everything in sight has been composed, and at which factor."""
    edited.seen(part, zoom)
    while not edited.complete:
        edited.step()
    image, factor = edited.seen(part, zoom)
    return array_of(image).copy(), factor


@pytest.fixture
def composed():
    """How many pixels of the picture were composed."""
    count, crop = [0], Composite.crop

    def counted(self, rect):
        count[0] += rect[2] * rect[3]
        return crop(self, rect)

    def taken() -> int:
        count[0], found = 0, count[0]
        return found

    with mock.patch.object(Composite, "crop", counted):
        yield taken


@pytest.mark.parametrize("zoom", [1.0, 0.25])
@pytest.mark.parametrize("kind", ["opaque", "Display P3", "transparent P3"])
def test_every_change_ends_in_the_bytes_of_a_whole_composition(photo, zoom, kind):
    alpha = noise(7, *SIZE[::-1]) if kind == "transparent P3" else None
    icc = profiles.DISPLAY_P3 if kind != "opaque" else None
    photo = Photo(photo.pixels, alpha=alpha, icc=icc)
    dim = (LAYERS[0], LAYERS[1].with_(opacity=0.4), LAYERS[2])
    stacks = LAYERS[:1], LAYERS, dim, dim[1:], (), dim[::-1]
    edited = Edited(built(photo.pixels, alpha, photo.space), composite := Composite(photo))
    for stack in stacks:
        composite = composite.under(stack)
        edited.follow(composite)
        plain = built(Composite(photo, stack).whole(), alpha, photo.space)
        found, factor = settled(edited, zoom)
        plain.seen(EVERYWHERE, zoom)
        while not plain.complete:
            plain.step()
        image, wanted = plain.seen(EVERYWHERE, zoom)
        assert factor == wanted
        assert np.array_equal(found, array_of(image))


def test_a_change_composes_its_box_where_that_is_looked_at(photo, composed):
    edited = Edited(built(photo.pixels), composite := Composite(photo))
    edited.seen(EVERYWHERE, 0.25)
    assert composed() == 0
    composite = composite.under(LAYERS[:1])
    assert edited.follow(composite) == BOXES[0]
    tiles = 1024 * 512  # two, that nothing was composed of before
    settled(edited, 0.25)
    assert composed() == tiles
    w, h = BOXES[0][2:]
    dimmed = LAYERS[0].with_(opacity=0.5)
    for stack in ((dimmed,), (dimmed.with_(opacity=0.6),)):
        composite = composite.under(stack)
        assert edited.follow(composite) == BOXES[0]
        settled(edited, 0.25)
        assert w * h <= composed() < (w + 16) * (h + 8)  # whole pixels of the screen's
    edited.seen(QRect(0, 0, 90, 50), 1.0)
    edited.follow(composite.under((dimmed,)))
    edited.seen(QRect(700, 500, 90, 50), 1.0)
    assert composed() <= 2 * 512 * 512
    edited.follow(Composite(photo))
    settled(edited, 0.25)
    assert composed() == 0


def test_a_frame_composes_so_much_and_the_rest_follows_in_steps(photo, composed):
    whole = layer((0, 0, *SIZE), 5)
    with mock.patch.multiple(module, AT_ONCE=300_000, STEP=200_000):
        edited = Edited(built(photo.pixels), Composite(photo, (whole,)))
        edited.seen(EVERYWHERE, 0.25)
        assert 300_000 <= composed() < 300_000 + 512**2
        assert not edited.complete
        painted = []
        while not edited.complete:
            painted.append(edited.step())
            assert 0 < composed() < 200_000 + 512**2
        assert all(w * h for _, _, w, h in painted)
        image, _ = edited.seen(EVERYWHERE, 0.25)
        assert composed() == 0
        plain = built(Composite(photo, (whole,)).whole()).best(0.25)[0]
        assert np.array_equal(array_of(image), array_of(plain))
        assert edited.seen(EVERYWHERE, 1.0)[1] == 4  # the finest that is there, and not the photo
        assert settled(edited, 1.0)[1] == 1


def test_what_is_not_edited_is_the_photos_own_image(photo):
    opened = built(photo.pixels)
    edited = Edited(opened, Composite(photo, LAYERS[:1]))
    part = QRect(1100, 600, 100, 100)
    assert edited.seen(part, 1.0)[0] is opened.seen(part, 1.0)[0]
    assert edited.seen(EVERYWHERE, 1.0)[0] is not opened.seen(EVERYWHERE, 1.0)[0]


def test_an_edit_is_in_sight_before_the_photo_is_made_small(photo):
    opened, stack = Pyramid(photo.pixels), LAYERS[:1]
    edited = Edited(opened, Composite(photo, stack))
    found, factor = settled(edited, 0.25)
    assert factor == 1
    assert np.array_equal(found, Composite(photo, stack).whole())
    while not opened.complete:
        opened.step()
    plain = built(Composite(photo, stack).whole())
    found, factor = settled(edited, 0.25)
    assert factor == 4
    assert np.array_equal(found, array_of(plain.best(0.25)[0]))
