"""What the wand would take where the pointer hovers: of a sample of the picture, the newest place alone."""

import numpy as np
import pytest
from PySide6.QtCore import QObject

from core.photo.masks.similar import similar
from core.photo.photo import Photo
from core.photo.rect import slices
from editor.document.document import Document
from editor.flows.masks import wand_look
from editor.flows.masks.wand_look import WandLook
from editor.selecting import Selecting
from editor.settings import Settings
from tests.core.stacks import arrived, result

SIZE = (96, 64)


@pytest.fixture
def document(qtbot):
    document = Document()
    pixels = np.full((64, 96, 3), 40, np.uint8)
    pixels[:, 48:] = 90
    pixels[10:20, 60:70] = 45
    pixels[33, 33] = 200  # one pixel, which a coarse sample lacks
    document.open(Photo(pixels))
    return document


@pytest.fixture
def selecting(qapp):
    selecting = Selecting(Settings())
    selecting.tolerance = 10
    return selecting


@pytest.fixture
def parent(qapp):
    return QObject()


@pytest.fixture
def look(document, selecting, parent):
    look = WandLook(document, selecting, pytest.fail, parent)
    look.masks = []
    look.seen.connect(look.masks.append)
    yield look
    assert look.close()


def test_of_a_small_picture_it_is_what_a_press_takes(qtbot, document, selecting, look):
    look.at((20, 30))
    qtbot.waitUntil(lambda: len(look.masks) == 1)
    pixels = document.state.photo.pixels
    taken = similar(lambda box: pixels[slices(box)], SIZE, (20, 30), 10)
    assert (look.masks[0][slices(taken.box)] == taken.values).all()
    assert not look.masks[0][10:20, 60:70].any()
    selecting.contiguous = False
    qtbot.waitUntil(lambda: len(look.masks) == 2)  # anew, where the pointer is
    assert (look.masks[1][10:20, 60:70] == 255).all()


def test_a_large_picture_is_looked_at_in_part_but_for_the_very_pixel(qtbot, look, monkeypatch):
    monkeypatch.setattr(wand_look, "SIDE", 24)
    look.at((33, 33))
    qtbot.waitUntil(lambda: len(look.masks) == 1)
    assert look.masks[0].shape == (16, 24)
    assert look.masks[0][8, 8] == 255
    assert (look.masks[0] == 255).sum() == 1


def test_the_newest_place_alone_is_looked_at(qtbot, look):
    for x in (5, 10, 20, 80):
        look.at((x, 30))
    qtbot.waitUntil(lambda: len(look.masks) == 1)
    assert look.masks[0][30, 80] == 255
    assert look.masks[0][30, 20] == 0
    look.at((20, 30))
    look.at(None)
    qtbot.wait(50)
    assert len(look.masks) == 1


def test_it_looks_at_what_is_shown_or_at_the_photo(qtbot, document, selecting, look):
    document.apply(arrived(result((10, 10, 30, 20), SIZE)), "Repaint")
    selecting.as_shown = False
    look.at((15, 15))
    qtbot.waitUntil(lambda: len(look.masks) == 1)
    assert look.masks[0][30, 5] == 255  # the photo's own colour, all over the left half
    selecting.as_shown = True
    qtbot.waitUntil(lambda: len(look.masks) == 2)
    assert look.masks[1][30, 5] == 0
