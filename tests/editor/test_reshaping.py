"""The mask changed as it stands: at once or beside the window, one entry each, and nothing lost."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.document import commands
from core.document.shapes import Rectangle
from core.document.strokes import Mode
from core.photo.photo import Photo
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.masks import reshaping
from editor.flows.masks.amount import AmountDialog
from editor.flows.masks.masks import Masks
from editor.flows.masks.operations import Operations
from editor.flows.masks.reshaping import Reshaping
from editor.tasks import Tasks
from tests.core.stacks import arrived, result

SIZE = (96, 64)


@pytest.fixture
def photographed(qtbot) -> Document:
    document = Document()
    document.open(Photo(np.zeros((64, 96, 3), np.uint8)))
    document.apply(commands.select(Rectangle(10, 10, 30, 30).plane(SIZE), Mode.REPLACE), "Rectangle")
    return document


@pytest.fixture
def tasks(qtbot):
    tasks = Tasks()
    yield tasks
    tasks.close()


@pytest.fixture
def reshapes(photographed, tasks):
    return Reshaping(photographed, tasks, Banner(), photographed)


@pytest.fixture
def slow(monkeypatch):
    """Every picture is a large one, whose changes wait until they are let."""
    monkeypatch.setattr(reshaping, "AT_ONCE", 0)
    return threading.Event()


def below(array: np.ndarray) -> np.ndarray:
    """Ten rows more."""
    return np.maximum(array, np.roll(array, 10, axis=0))


def covered(document: Document) -> int:
    return int((document.state.mask.array() == 255).sum())


def test_each_is_one_step_and_none_where_nothing_changes(photographed, reshapes):
    reshapes.change(below, "Below")
    reshapes.change(below, "Below again")
    assert covered(photographed) == 20 * 40
    reshapes.change(lambda array: array, "Nothing")
    assert photographed.undo_text == "Below again"
    for rows in (30, 20):
        photographed.undo()
        assert covered(photographed) == 20 * rows


def test_those_of_large_pictures_go_one_after_the_other(qtbot, photographed, tasks, reshapes, slow):
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    reshapes.change(below, "Below again")
    assert covered(photographed) == 20 * 20
    slow.set()
    qtbot.waitUntil(lambda: photographed.undo_text == "Below again")
    assert covered(photographed) == 20 * 40


def test_what_is_painted_meanwhile_is_changed_too(qtbot, photographed, tasks, reshapes, slow):
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    photographed.apply(commands.paint((50, 10, 20, 20), np.full((20, 20), 255, np.uint8)), "Brush")
    slow.set()
    qtbot.waitUntil(lambda: photographed.undo_text == "Below")
    assert covered(photographed) == 2 * 20 * 30
    photographed.undo()
    assert photographed.undo_text == "Brush"


def test_another_photo_is_left_alone(qtbot, photographed, tasks, reshapes, slow):
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    photographed.open(Photo(np.zeros((64, 96, 3), np.uint8)))
    photographed.apply(commands.invert_mask(), "Invert")
    slow.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert photographed.undo_text == "Invert"


def test_a_layer_s_own_mask_is_changed_where_that_is_worked_on(photographed, reshapes):
    photographed.apply(arrived(result((10, 10, 30, 20), SIZE)), "Repaint")
    layer, before = photographed.state.layers[0], photographed.state.mask
    photographed.chosen.choose(layer.id, masked=True)
    reshapes.change(lambda array: 255 - array, "Inverse")
    now = photographed.state.layers[0].variant
    assert (now.soft(now.box) == 255 - layer.variant.soft(layer.box)).all()
    assert photographed.state.mask is before


def test_the_mask_is_feathered_by_as_many_pixels_as_are_asked_for(qtbot, photographed, tasks):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    operations = Operations(photographed, tasks, Banner(), window)
    for pixels in ("6", None):  # the same again by Enter alone
        operations.feather()
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, AmountDialog)
        assert "96 × 64" in dialog.says.text()
        if pixels:
            qtbot.keyClicks(dialog.pixels.entry, pixels)
        assert dialog.pixels.value() == 6
        qtbot.keyClick(dialog.pixels.entry, Qt.Key.Key_Return)
    row = photographed.state.mask.array()[20]
    assert not row[42:].any()
    assert 0 < row[34] < row[30] < row[24]
    photographed.undo()
    photographed.undo()
    assert photographed.undo_text == "Rectangle"


def test_all_of_a_layer_s_own_mask_is_inverted_and_cleared(qtbot, photographed, tasks):
    window = QWidget()
    qtbot.addWidget(window)
    masks = Masks(photographed, tasks, Banner(), Path, window)
    photographed.apply(arrived(result((10, 10, 30, 20), SIZE)), "Repaint")
    layer, before = photographed.state.layers[0], photographed.state.mask
    photographed.chosen.choose(layer.id, masked=True)
    shown = []
    for act in (masks.invert, masks.clear, masks.whole):
        act()
        shown.append(photographed.state.layers[0].variant.soft(layer.box))
    assert (shown[0] == 255 - layer.variant.mask).all()
    assert (shown[1] == 0).all()
    assert (shown[2] == 255).all()
    assert photographed.state.mask is before
