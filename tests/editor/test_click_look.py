"""What a click would take where the pointer hovers: the newest place alone, as shown or of the photo."""

import numpy as np
import pytest
from PySide6.QtCore import QObject

from core.photo.photo import Photo
from editor.document.document import Document
from editor.flows.masks import click_look
from editor.flows.masks.click_look import ClickLook
from editor.selecting import Selecting
from editor.settings import Settings
from tests.core.stacks import arrived, result

SIZE = (96, 64)
LEFT, RIGHT = (20, 30), (80, 30)


@pytest.fixture
def document(qtbot):
    document = Document()
    pixels = np.full((64, 96, 3), 40, np.uint8)
    pixels[20:40, 10:30] = 200
    pixels[20:40, 70:90] = 120
    document.open(Photo(pixels))
    return document


@pytest.fixture
def selecting(qapp):
    return Selecting(Settings())


@pytest.fixture
def parent(qapp):
    return QObject()


@pytest.fixture
def look(document, selecting, parent):
    look = ClickLook(document, selecting, pytest.fail, parent)
    look.masks = []
    look.seen.connect(look.masks.append)
    yield look
    assert look.close()


def test_it_is_what_a_click_takes(qtbot, look):
    make = look.taken(LEFT)
    look.at(LEFT)
    qtbot.waitUntil(lambda: len(look.masks) == 1)
    assert look.masks[0][30, 20] == 255
    assert look.masks[0][30, 80] == look.masks[0][5, 50] == 0
    assert (make() == look.masks[0]).all()
    assert (look.taken(LEFT)() == look.masks[0]).all()


def test_the_picture_is_read_once(qtbot, look, monkeypatch):
    read = []
    real = click_look.look
    monkeypatch.setattr(click_look, "look", lambda *picture: read.append(picture) or real(*picture))
    for n, place in enumerate((LEFT, RIGHT, LEFT), 1):
        look.at(place)
        qtbot.waitUntil(lambda n=n: len(look.masks) == n)
    look.taken(RIGHT)()
    assert len(read) == 1


def test_the_newest_place_alone_is_looked_at(qtbot, look):
    for place in (LEFT, (50, 5), RIGHT):
        look.at(place)
    qtbot.waitUntil(lambda: len(look.masks) == 1)
    assert look.masks[0][30, 80] == 255
    assert look.masks[0][30, 20] == 0
    look.at(LEFT)
    look.at(None)
    qtbot.wait(50)
    assert len(look.masks) == 1


def test_it_looks_at_what_is_shown_or_at_the_photo(qtbot, document, selecting, look):
    document.apply(arrived(result((5, 15, 30, 30), SIZE)), "Repaint")
    selecting.as_shown = False
    look.at(LEFT)
    qtbot.waitUntil(lambda: len(look.masks) == 1)
    selecting.as_shown = True
    qtbot.waitUntil(lambda: len(look.masks) == 2)  # anew, where the pointer is
    photo, shown = look.masks
    assert photo[30, 7] == 0  # beside the photo's own square
    assert (shown != photo).any()


def test_without_a_picture_nothing_is_taken(qtbot, selecting, parent):
    look = ClickLook(Document(), selecting, pytest.fail, parent)
    look.at(LEFT)
    assert look.taken(LEFT) is None
    assert look.close()
