"""The mask changed as it stands: at once or beside the window, one entry each, and nothing lost."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.document import commands
from core.document.mask import Mask
from core.document.shapes import Rectangle
from core.document.strokes import Mode
from core.errors import CoreError
from core.photo.masks import morphology
from core.photo.photo import Photo
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.masks import line, trial
from editor.flows.masks.amount import AmountDialog
from editor.flows.masks.kept import KeptMasks
from editor.flows.masks.line import MaskLine
from editor.flows.masks.masks import Masks
from editor.flows.masks.operations import Operations
from editor.flows.masks.trial import Trial
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tasks import Tasks
from tests.core.stacks import arrived, result
from tests.editor.conftest import canvas_with, settle

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
    return MaskLine(photographed, tasks, Banner(), photographed)


@pytest.fixture
def slow(monkeypatch):
    """Every picture is a large one, whose changes wait until they are let."""
    monkeypatch.setattr(line, "AT_ONCE", 0)
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


def test_each_is_of_what_those_before_it_leave_whatever_they_are(qtbot, photographed, reshapes, slow):
    kept, left = [], Rectangle(0, 0, 10, 10).plane(SIZE)
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    reshapes.make(lambda: left, Mode.ADD, "Corner")
    reshapes.after(lambda: kept.append(covered(photographed)))
    reshapes.change(below, "Below again")
    assert reshapes.busy
    slow.set()
    qtbot.waitUntil(lambda: not reshapes.busy)
    assert kept == [20 * 30 + 100]
    assert covered(photographed) == 20 * 40 + 200
    for text in ("Below again", "Corner", "Below"):
        assert photographed.undo_text == text
        photographed.undo()
    reshapes.after(lambda: kept.append("at once"))
    assert kept[-1] == "at once"


def test_what_was_asked_for_last_is_taken_back_with_what_waits_for_it(qtbot, photographed, reshapes, slow):
    done, moved = [], []
    reshapes.moved.connect(lambda: moved.append(reshapes.busy))
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    reshapes.after(lambda: done.append("of the first"))
    reshapes.change(below, "Below again")
    reshapes.after(lambda: done.append("of the second"))
    assert reshapes.take_back()
    slow.set()
    qtbot.waitUntil(lambda: not reshapes.busy)
    assert done == ["of the first"]
    assert photographed.undo_text == "Below"
    assert not reshapes.take_back()
    assert moved[0]
    assert not moved[-1]


def test_nothing_is_made_after_one_that_fails(qtbot, photographed, reshapes, slow):
    def fails(array):
        raise CoreError("It can't be made.", "Try again.")

    settled, done = [], []
    reshapes.settled.connect(lambda: settled.append(True))
    reshapes.change(lambda array: [slow.wait(), fails(array)][1], "Fails")
    reshapes.change(below, "Below")
    reshapes.after(lambda: done.append(True))
    slow.set()
    qtbot.waitUntil(lambda: bool(settled))
    assert not reshapes.busy
    assert not done
    assert photographed.undo_text == "Rectangle"


def test_what_waits_for_the_mask_is_given_up_with_its_photo(qtbot, photographed, tasks, reshapes, slow):
    done = []
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    reshapes.after(lambda: done.append(True))
    photographed.open(Photo(np.zeros((64, 96, 3), np.uint8)))
    slow.set()
    qtbot.waitUntil(lambda: not reshapes.busy)
    assert not done


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


@pytest.fixture
def canvas(qtbot, photographed, brush):
    canvas = canvas_with(qtbot, photographed, brush, "pan")
    canvas.grab()  # looked at
    return canvas


@pytest.fixture
def operations(qtbot, photographed, reshapes, canvas):
    operations = Operations(photographed, reshapes, Banner(), canvas, canvas)
    operations.shown.connect(canvas.try_mask)
    yield operations
    assert operations.close()


@pytest.fixture
def looks(operations):
    """What the canvas is told to show: masks as arrays, and None where it is to show the document's again."""
    seen = []
    operations.shown.connect(lambda mask: seen.append(None if mask is None else mask.array()))
    return seen


def asked(operation) -> AmountDialog:
    operation()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, AmountDialog)
    return dialog


BY_PIXELS = {
    "grow_by": morphology.grow,
    "shrink_by": lambda mask, pixels: morphology.grow(mask, -pixels),
    "smooth": morphology.smooth,
    "border": morphology.border,
    "feather": morphology.soften,
    "islands": morphology.remove_islands,
}


@pytest.mark.parametrize("name", BY_PIXELS)
def test_what_a_number_does_is_seen_while_it_is_turned(qtbot, photographed, operations, canvas, looks, name):
    photographed.adjust(commands.update_draft(feather=6))  # the preview has it too
    before = photographed.state
    dialog = asked(getattr(operations, name))
    for pixels in (4, 30, 7):
        dialog.pixels.entry.setValue(pixels)
    would = BY_PIXELS[name](before.mask.array(), 7)
    qtbot.waitUntil(lambda: bool(looks) and np.array_equal(looks[-1], would))
    assert photographed.state is before
    seen = canvas.scene.overlay._values.copy()
    dialog.reject()
    assert looks[-1] is None
    assert photographed.state is before
    dialog = asked(getattr(operations, name))
    dialog.pixels.entry.setValue(7)
    dialog.accept()
    assert np.array_equal(photographed.state.mask.array(), would)
    assert looks[-1] is None
    settle(qtbot, canvas)
    assert np.array_equal(canvas.scene.overlay._values, seen)
    if not np.array_equal(before.mask.array(), would):
        photographed.undo()
    assert photographed.undo_text == "Rectangle"


def test_the_dialog_leaves_the_mask_to_be_seen(operations, canvas):
    dialog = asked(operations.grow_by)
    place = QRect(dialog.pos(), dialog.size())
    canvas_at = canvas.rect().translated(canvas.mapToGlobal(QPoint(0, 0)))
    mask = canvas.viewport.covering((10, 10, 20, 20)).translated(canvas_at.topLeft())
    assert not place.intersects(mask)
    assert canvas_at.contains(place)
    assert place.center().x() > canvas_at.center().x()
    assert place.center().y() < canvas_at.center().y()
    dialog.reject()


def test_a_rough_look_is_made_exactly_once_the_number_rests(
    qtbot, photographed, operations, looks, monkeypatch
):
    monkeypatch.setattr(trial, "EXACT", 0)
    operations._trial._rest.setInterval(0)
    would = morphology.grow(photographed.state.mask.array(), 5)
    dialog = asked(operations.grow_by)
    dialog.pixels.entry.setValue(5)
    qtbot.waitUntil(lambda: bool(looks) and np.array_equal(looks[-1], would))
    assert not np.array_equal(looks[0], would)
    dialog.reject()


def test_while_one_look_is_made_the_newest_number_alone_waits(qtbot, photographed, reshapes):
    looks = Trial(photographed, reshapes, Banner().error, photographed)
    shown, goes_on, made = [], threading.Event(), []
    looks.shown.connect(shown.append)

    def change(mask: np.ndarray, pixels: float) -> np.ndarray:
        made.append(pixels)
        goes_on.wait()
        return np.full_like(mask, pixels)

    number = looks.begin(change, 1)
    for pixels in (2, 3, 4):
        looks.turn(pixels)
    goes_on.set()
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert made == [1, 4]
    photographed.apply(commands.paint((80, 50, 4, 4), np.full((4, 4), 255, np.uint8)), "Brush")
    qtbot.waitUntil(lambda: len(shown) == 3)  # of the mask as it is now
    assert shown[-1].array()[52, 82] == 4
    looks.end(number - 1)  # the one before it comes to its end late
    assert shown[-1] is not None
    looks.end(number)
    assert shown[-1] is None
    assert looks.close()


def test_until_a_large_change_is_there_its_look_stays(qtbot, photographed, operations, looks, slow):
    dialog = asked(operations.grow_by)
    qtbot.waitUntil(lambda: bool(looks))
    dialog.accept()
    assert all(look is not None for look in looks)
    qtbot.waitUntil(lambda: photographed.undo_text == "Grow mask")
    qtbot.waitUntil(lambda: looks[-1] is None)


def test_the_next_change_is_tried_of_what_the_one_before_it_leaves(
    qtbot, photographed, operations, reshapes, looks, slow
):
    before = photographed.state.mask.array()
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    dialog = asked(operations.grow_by)
    dialog.pixels.entry.setValue(4)
    qtbot.wait(50)
    assert not looks
    slow.set()
    qtbot.waitUntil(lambda: bool(looks))
    assert np.array_equal(looks[-1], morphology.grow(below(before), 4))
    dialog.reject()
    assert looks[-1] is None


def test_a_change_that_is_given_up_while_another_is_made_is_never_seen(
    qtbot, photographed, operations, reshapes, looks, slow
):
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    asked(operations.grow_by).reject()
    slow.set()
    qtbot.waitUntil(lambda: photographed.undo_text == "Below")
    qtbot.wait(50)
    assert all(look is None for look in looks)


def test_what_is_kept_exported_or_inverted_is_what_was_asked_for_before(
    qtbot, tmp_path, photographed, tasks, operations, reshapes, slow
):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    masks = Masks(photographed, reshapes, tasks, Banner(), Path, window)
    kept = KeptMasks(photographed, Selecting(Settings()), reshapes, tasks, Banner(), window)
    reshapes.change(lambda array: [below(array), slow.wait()][0], "Below")
    kept.keep()
    masks.save_to(tmp_path / "mask.png")
    operations.invert()
    slow.set()
    qtbot.waitUntil(lambda: bool(photographed.state.kept) and (tmp_path / "mask.png").exists())
    qtbot.waitUntil(lambda: not tasks.busy)
    (one,) = photographed.state.kept
    assert int((one.plane.array(SIZE) == 255).sum()) == 20 * 30
    with Image.open(tmp_path / "mask.png") as written:
        assert int((np.asarray(written) == 255).sum()) == 20 * 30
    assert covered(photographed) == SIZE[0] * SIZE[1] - 20 * 30
    undone = []
    for _ in range(3):
        undone.append(photographed.undo_text)
        photographed.undo()
    assert undone == ["Keep mask", "Invert mask", "Below"]


@pytest.mark.parametrize("name", BY_PIXELS)
def test_a_large_mask_is_tried_smaller(monkeypatch, name):
    size, exact = (1024, 640), np.zeros((640, 1024), np.uint8)
    exact[100:420, 150:800] = 255
    exact[500:510, 900:910] = 255
    mask = Mask(size).replaced(exact)
    monkeypatch.setattr(trial, "EXACT", 0)
    monkeypatch.setattr(trial, "SHRUNK", 1024 * 640 // 16)
    change = BY_PIXELS[name]
    look, would = trial.tried(mask, change, 32), change(exact, 32)
    assert look.size == size
    assert look.auto is not None
    assert look.auto.shape == (160, 256)
    assert np.abs(look.array().astype(int) - would).mean() < 255 * 0.01  # a rim of a pixel or two


def test_the_mask_is_feathered_by_as_many_pixels_as_are_asked_for(qtbot, photographed, operations):
    for pixels in ("6", None):  # the same again by Enter alone
        dialog = asked(operations.feather)
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


def test_all_of_a_layer_s_own_mask_is_inverted_and_cleared(qtbot, photographed, tasks, reshapes, operations):
    window = QWidget()
    qtbot.addWidget(window)
    masks = Masks(photographed, reshapes, tasks, Banner(), Path, window)
    photographed.apply(arrived(result((10, 10, 30, 20), SIZE)), "Repaint")
    layer, before = photographed.state.layers[0], photographed.state.mask
    photographed.chosen.choose(layer.id, masked=True)
    shown = []
    for act in (operations.invert, masks.clear, masks.whole):
        act()
        shown.append(photographed.state.layers[0].variant.soft(layer.box))
    assert (shown[0] == 255 - layer.variant.mask).all()
    assert (shown[1] == 0).all()
    assert (shown[2] == 255).all()
    assert photographed.state.mask is before


def test_a_large_layer_s_own_mask_is_inverted_beside_the_window(qtbot, photographed, operations, slow):
    photographed.apply(arrived(result((10, 10, 30, 20), SIZE)), "Repaint")
    layer = photographed.state.layers[0]
    photographed.chosen.choose(layer.id, masked=True)
    operations.invert()
    assert photographed.state.layers[0] is layer
    qtbot.waitUntil(lambda: photographed.undo_text == "Invert mask")
    assert (photographed.state.layers[0].variant.soft(layer.box) == 255 - layer.variant.mask).all()


def test_the_mask_of_the_next_edit_is_inverted_at_once(photographed, operations, slow):
    operations.invert()
    assert photographed.state.mask.inverted
    assert covered(photographed) == SIZE[0] * SIZE[1] - 20 * 20
