"""The tool options over the canvas: the tool's own, and what the mask is handled with."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QToolButton

from core.document import commands
from core.document.strokes import Mode
from core.errors import CoreError
from editor.actions import TOOLS
from editor.flows.masks import line, operations
from editor.hints import ToolHint
from editor.pointing import Standing

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def options(opened):
    return opened.options


def button(options, name):
    return options.findChild(QToolButton, name)


def press(qtbot, opened, name):
    qtbot.mouseClick(button(opened.options, name), LEFT)


def test_each_tool_has_its_own(qtbot, opened, options):
    assert not options.diameter.isVisible()
    assert button(options, "fit").isVisible()
    qtbot.keyClick(opened.canvas, Qt.Key.Key_E)
    assert options.diameter.isVisible()
    assert options.mode.currentData() == "eraser"
    assert not button(options, "fit").isVisible()
    assert opened.actions_["fit"].isVisible()  # in the menu


def test_a_wide_window_leaves_them_together(qtbot, opened, options):
    qtbot.keyClick(opened.canvas, Qt.Key.Key_B)
    opened.resize(2000, 700)
    options.resize(2000, options.height())
    qtbot.waitUntil(lambda: options.diameter.width() > 0)
    assert options.hardness.x() - options.diameter.geometry().right() <= 20
    assert options.diameter.x() <= 20


def test_the_bar_keeps_its_height_and_tells_the_gestures_whatever_the_tool(opened, options):
    heights, told = set(), []
    for name in filter(None, TOOLS):
        opened.actions_[name].trigger()
        heights.add(options.height())
        assert options.sizeHint().width() <= 1024, name
        (hint,) = (one for one in options.findChildren(ToolHint) if one.isVisible())
        told.append(hint.text())
    assert len(heights) == 1
    assert all(told)
    assert len(set(told)) == len(told) - 1  # rectangle and ellipse are drawn alike
    hint = ToolHint()
    for name in ("rectangle", "ellipse", "lasso", "wand", "object", "gradient"):
        hint.show_tool(name)
        assert all(word in hint.text() for word in ("Shift adds", "Alt or the right button", "overlap"))
    hint.show_tool("object")
    assert "drag a box" in hint.text()


def test_where_a_hint_has_no_room_what_the_keys_do_is_said_alone(qtbot, monkeypatch):
    hint = ToolHint()
    qtbot.addWidget(hint)
    for name in ("rectangle", "lasso", "wand", "object", "gradient"):
        hint.show_tool(name)
        hint.resize(4000, 20)
        assert hint.shown == hint.text()
        hint.resize(hint.fontMetrics().horizontalAdvance(hint.text()) // 2, 20)
        assert hint.shown.startswith("Shift adds, Alt takes away, both")
    monkeypatch.setattr("PySide6.QtGui.QGuiApplication.platformName", lambda: "xcb")
    hint.show_tool("wand")  # a desktop there may take Alt and a drag for itself
    assert hint.shown.startswith("Shift adds, right button takes away")
    assert "If Alt moves the window" in hint.text()


def test_without_a_model_for_selecting_the_way_to_one_is_there(opened, options):
    selects = options.selects
    opened.actions_["object"].trigger()
    opened.stand.stage = Standing.LACKING
    assert selects.get.isVisibleTo(selects)
    opened.stand.stage = Standing.READY
    assert not selects.get.isVisibleTo(selects)


def test_size_and_hardness_are_the_brush_s_whoever_sets_them(opened, options):
    opened.actions_["brush"].trigger()
    options.diameter.setValue(100)
    options.hardness.setValue(0.25)
    assert (opened.brush.size, opened.brush.hardness) == (100, 0.25)
    opened.brush.size, opened.brush.hardness = 12, 0.5
    assert (options.diameter.value(), options.hardness.value()) == (12, 0.5)


def test_the_tolerance_of_edges_is_the_wand_s_and_there_while_they_are_followed(opened, options):
    opened.actions_["brush"].trigger()
    assert not options.tolerance.isVisible()
    options.edges.click()
    assert options.tolerance.isVisible()
    assert options.sizeHint().width() <= 1024
    options.tolerance.setValue(7)
    assert opened.selecting.tolerance == options.selects.tolerance.value() == 7
    options.selects.tolerance.setValue(12)
    assert options.tolerance.value() == 12
    options.edges.click()
    assert not options.tolerance.isVisible()


def test_the_mode_turns_the_brush_into_the_eraser_and_back(opened, options):
    opened.actions_["brush"].trigger()
    options.mode.setCurrentIndex(options.mode.findData("eraser"))
    options.mode.activated.emit(options.mode.currentIndex())
    assert opened.canvas.tool == "eraser"
    assert opened.actions_["eraser"].isChecked()
    opened.actions_["brush"].trigger()
    assert options.mode.currentData() == "brush"


def test_what_a_selection_does_is_chosen_by_buttons(qtbot, opened, options):
    qtbot.keyClick(opened.canvas, Qt.Key.Key_R)
    assert opened.canvas.tool == "rectangle"
    assert options.selects.isVisible()
    assert button(options, "mode-replace").isChecked()
    for mode in Mode:
        press(qtbot, opened, f"mode-{mode}")
        assert opened.selecting.mode is mode
    opened.selecting.mode = Mode.ADD
    assert [mode for mode, one in options.selects.modes.items() if one.isChecked()] == [Mode.ADD]
    assert options.selects.feather.isVisible()
    options.selects.feather.setValue(9)
    assert opened.selecting.feather == 9
    opened.selecting.feather = 12
    assert options.selects.feather.value() == 12


def test_what_the_wand_takes_is_set_in_the_bar_and_remembered(qtbot, opened, options):
    assert not options.selects.tolerance.isVisible()
    qtbot.keyClick(opened.canvas, Qt.Key.Key_W)
    assert options.selects.tolerance.isVisible()
    options.selects.tolerance.setValue(7)
    for box in (options.selects.contiguous, options.selects.as_shown):
        qtbot.mouseClick(box, LEFT, pos=box.rect().center() - QPoint(box.width() // 2 - 8, 0))
    kept = {"wand_tolerance": 7, "wand_contiguous": False, "wand_as_shown": False}
    assert opened.selecting.remember().items() >= kept.items()
    opened.selecting.tolerance = 12
    assert options.selects.tolerance.value() == 12
    qtbot.keyClick(opened.canvas, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert options.selects.course.isVisible()
    assert not options.selects.tolerance.isVisible()
    qtbot.keyClick(options.selects.course, Qt.Key.Key_Down)
    options.selects.course.activated.emit(1)
    assert opened.selecting.radial
    opened.keep()
    assert opened._store.settings.gradient_radial
    assert (opened._store.settings.wand_tolerance, opened._store.settings.wand_contiguous) == (12, False)


def test_the_right_button_is_announced(options):
    assert "right mouse button" in options.mode.toolTip()


def test_invert_fill_and_clear_can_be_undone(qtbot, opened):
    document, (width, height) = opened.document, opened.document.state.mask.size
    ring = np.full((height // 2, width // 2), 255, np.uint8)
    ring[8:16, 8:16] = 0
    document.apply(commands.paint((0, 0, width // 2, height // 2), ring), "Brush")
    ringed = document.state.mask.array()
    shares = []
    for name in ("fill", "invert", "clear"):
        press(qtbot, opened, name)
        shares.append(float((document.state.mask.array() > 127).mean()))
    assert shares == [0.25, 0.75, 0]
    for _ in range(3):
        document.undo()
    assert (document.state.mask.array() == ringed).all()


def test_the_swatch_is_the_tint_s(opened, options):
    opened.tint.color = QColor("#00ff00")
    swatch = opened.actions_["overlay-color"].icon().pixmap(8, 8).toImage()
    assert swatch.pixelColor(4, 4) == QColor("#00ff00")


@pytest.mark.parametrize("tool", ["brush", "wand"])
def test_each_control_has_a_name_a_tip_and_a_tab_stop(qtbot, opened, options, tool):
    opened.resize(1024, 640)
    opened.actions_[tool].trigger()

    def buttons():
        return [
            one
            for one in options.findChildren(QAbstractButton)
            if one.isVisible() and not one.objectName().startswith("qt_")
        ]

    qtbot.waitUntil(lambda: len(buttons()) >= 5)
    assert options.sizeHint().width() <= 1024
    sliders = [options.diameter, options.hardness] if tool == "brush" else []
    for slider in sliders:
        assert slider.width() >= slider.minimumSizeHint().width()
    for one in (*buttons(), *(one.slider for one in sliders), *(one.entry for one in sliders), options.mode):
        assert one.toolTip()
        assert one.accessibleName()
        assert one.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize("at_once", [0, line.AT_ONCE])  # beside the window, or where it stands
def test_a_mask_that_does_not_come_to_its_new_place_is_shown_where_it_is(qtbot, opened, monkeypatch, at_once):
    def fails(mask, placement):
        if not at_once:
            raise CoreError("It can't be placed.", "Try again.")
        return mask  # as where a square is turned by a quarter

    monkeypatch.setattr(line, "AT_ONCE", at_once)
    monkeypatch.setattr(operations, "placed", fails)
    opened.masks.whole()
    opened.actions_["transform"].trigger()
    qtbot.keyClick(opened.canvas, Qt.Key.Key_Right)
    assert opened.canvas.scene.lifted is not None
    qtbot.keyClick(opened.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.canvas.scene.lifted is None)
    assert bool(opened.banner.bars) == (at_once == 0)


def test_a_mask_that_is_moved_again_meanwhile_stays_in_the_hand(opened):
    opened.masks.whole()
    opened.actions_["transform"].trigger()
    opened.canvas._tool.key(Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier)
    opened.line.settled.emit()
    assert opened.canvas.scene.lifted is not None
