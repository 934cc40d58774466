"""Masks by name: kept, put back by four modes, renamed and forgotten, and what else is a mask already."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QWidget

from core.document import commands
from core.document.kept_commands import drop_kept, keep_mask, rename_kept
from core.document.shapes import Rectangle
from core.document.strokes import Mode
from core.photo.photo import Photo
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.masks.kept import KeptMasks
from editor.flows.masks.line import MaskLine
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tasks import Tasks
from tests.core.stacks import arrived, noise, result

SIZE = (96, 64)
LEFT, RIGHT = Rectangle(0, 0, 50, 64).plane(SIZE), Rectangle(40, 0, 96, 64).plane(SIZE)


@pytest.fixture
def photographed(qtbot) -> Document:
    document = Document()
    document.open(Photo(np.zeros((64, 96, 3), np.uint8), noise(1, 64, 96)))
    document.apply(commands.select(LEFT, Mode.REPLACE), "Rectangle")
    return document


@pytest.fixture
def masks(qtbot, photographed):
    tasks, window = Tasks(), QWidget()
    qtbot.addWidget(window)
    window.show()
    banner = Banner()
    line = MaskLine(photographed, tasks, banner, window)
    made = KeptMasks(photographed, Selecting(Settings()), line, tasks, banner, window)
    yield made
    tasks.close()


def named(document: Document) -> list[str]:
    return [kept.name for kept in document.state.kept]


def array(document: Document) -> np.ndarray:
    return document.state.mask.array()


def test_one_is_kept_named_put_back_and_forgotten_each_one_step(qtbot, photographed, masks):
    masks.keep()
    qtbot.waitUntil(lambda: named(photographed) == ["Mask 1"])
    dialog = masks.dialog
    field = dialog.list.findChild(QLineEdit)  # it is being named
    qtbot.keyClicks(field, "left")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: named(photographed) == ["left"])
    assert not dialog.list.item(0).icon().isNull()
    photographed.apply(commands.select(RIGHT, Mode.REPLACE), "Rectangle")
    left, right = LEFT.array(SIZE), RIGHT.array(SIZE)
    wanted = {
        Mode.REPLACE: left, Mode.ADD: left | right,
        Mode.SUBTRACT: right & ~left, Mode.INTERSECT: left & right,
    }  # fmt: skip
    for mode, mask in wanted.items():
        qtbot.mouseClick(dialog.modes[mode], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: photographed.undo_text == "Load mask “left”")
        assert (array(photographed) == mask).all()
        photographed.undo()
        assert (array(photographed) == right).all()
    qtbot.mouseClick(dialog.forget, Qt.MouseButton.LeftButton)
    assert named(photographed) == []
    assert not dialog.modes[Mode.ADD].isEnabled()
    photographed.undo()
    assert named(photographed) == ["left"]
    there = dialog.list.visualItemRect(dialog.list.item(0)).center()
    for click in (qtbot.mouseClick, qtbot.mouseDClick):
        click(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=there)
    qtbot.waitUntil(lambda: photographed.undo_text == "Load mask “left”")
    assert (array(photographed) == left).all()
    assert dialog.list.state() is not QListWidget.State.EditingState
    assert (photographed.state.kept[0].mask.array() == left).all()


def test_names_differ_and_nothing_is_not_kept(qtbot, photographed, masks):
    for name in ("Mask 2", "Mask 3"):
        photographed.apply(keep_mask(name, LEFT), "Keep")
    masks.keep()
    qtbot.waitUntil(lambda: len(named(photographed)) == 3)
    assert len(set(named(photographed))) == 3
    photographed.apply(commands.clear_mask(), "Clear")
    masks.keep()
    qtbot.waitUntil(lambda: bool(masks._banner.bars))
    assert "no mask" in masks._banner.bars[0].text


def test_commands_change_no_other(photographed):
    for name in ("one", "two", "three"):
        photographed.apply(keep_mask(name, LEFT), "Keep")
    one, two, three = photographed.state.kept
    photographed.apply(rename_kept(two.id, "zwei"), "Rename")
    assert named(photographed) == ["one", "zwei", "three"]
    assert photographed.state.kept[1].id == two.id
    photographed.apply(drop_kept(two.id), "Drop")
    assert photographed.state.kept == (one, three)
    with pytest.raises(KeyError):
        drop_kept(two.id)(photographed.state)
    photographed.open(Photo(np.zeros((64, 96, 3), np.uint8)))
    assert not photographed.state.kept


def test_a_layer_s_own_mask_and_the_photo_s_transparency_by_the_mode_over_the_canvas(
    qtbot, photographed, masks
):
    photographed.apply(arrived(result((10, 10, 30, 20), SIZE)), "Repaint")
    layer, left = photographed.state.layers[0], LEFT.array(SIZE)
    own = np.zeros_like(left)
    own[10:30, 10:40] = layer.variant.mask
    photographed.chosen.choose(layer.id)
    masks.from_layer()
    qtbot.waitUntil(lambda: photographed.undo_text == "Mask from the layer")
    assert (array(photographed) == own).all()
    photographed.undo()
    masks._selecting.mode = Mode.ADD
    masks.from_transparency()
    qtbot.waitUntil(lambda: photographed.undo_text == "Mask from transparency")
    assert (array(photographed) == np.maximum(left, 255 - photographed.state.photo.alpha)).all()
