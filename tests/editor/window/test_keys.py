"""Space pans wherever the focus is, and still presses the button that has it; fields give the keys back."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QToolButton

from tests.editor.window.conftest import TIMEOUT

SPACE, LEFT, NONE = Qt.Key.Key_Space, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def brush(opened):
    """Brush in hand, the picture large, the pointer over it."""
    opened.activateWindow()
    opened.actions_["brush"].trigger()
    opened.canvas.zoom = 20.0
    opened.canvas.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    return opened


def drag(qtbot, canvas):
    """A press in the middle, dragged by 40 pixels; how far the picture went with it."""
    middle, before = canvas.rect().center(), canvas.viewport.centre.x()
    qtbot.mousePress(canvas, LEFT, NONE, middle)
    canvas.setFocus(Qt.FocusReason.MouseFocusReason)  # as the window system does it
    qtbot.mouseMove(canvas, middle - QPoint(40, 0))
    qtbot.mouseRelease(canvas, LEFT, NONE, middle - QPoint(40, 0))
    return canvas.viewport.centre.x() - before


@pytest.mark.parametrize("over", [True, False])
def test_space_and_drag_pan_with_the_focus_in_a_panel(qtbot, brush, over):
    brush.canvas.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, over)
    panel = brush.panels.mask_panel
    threshold, snap = panel.controls["threshold"], panel.shape["snap"]
    for widget in (snap, threshold.slider, threshold.entry, panel.find_button, brush.panels.prompts.swap):
        for enabled in (threshold, snap):
            enabled.setEnabled(True)
        before = brush.document.state
        widget.setFocus()
        assert widget.hasFocus()
        qtbot.keyPress(widget, SPACE)
        assert drag(qtbot, brush.canvas) == pytest.approx(2.0, abs=0.1), widget
        qtbot.keyRelease(brush.focusWidget(), SPACE)
        assert brush.document.state is before, widget  # nothing was painted, pressed or typed
        assert drag(qtbot, brush.canvas) == 0  # and now the brush paints again
        assert not brush.document.state.mask.is_empty
        brush.document.undo()


def test_a_tick_in_the_list_of_edits_stays(qtbot, brush, make_result, ordered):
    document = brush.document
    document.accept(ordered(document), make_result(document, (4, 4, 8, 8)), "a zebra")
    brush.panels.layers.list.setFocus()
    qtbot.keyPress(brush.panels.layers.list, SPACE)
    assert drag(qtbot, brush.canvas) == pytest.approx(2.0, abs=0.1)
    qtbot.keyRelease(brush.focusWidget(), SPACE)
    assert document.state.layers[0].visible


def test_a_tap_still_presses_what_has_the_focus(qtbot, brush, make_result, ordered):
    document = brush.document
    document.accept(ordered(document), make_result(document, (4, 4, 8, 8)), "a zebra")
    brush.panels.layers.list.setFocus()
    qtbot.keyClick(brush.panels.layers.list, SPACE)
    assert not document.state.layers[0].visible
    brush.options.findChild(QToolButton, "invert").setFocus()
    qtbot.keyClick(brush.options.findChild(QToolButton, "invert"), SPACE)
    assert document.state.mask.inverted


def test_in_a_prompt_space_types(qtbot, brush):
    field = brush.panels.prompts.query
    field.setFocus()
    qtbot.keyClicks(field, "a b")
    assert field.toPlainText() == "a b"
    qtbot.keyPress(field, SPACE)
    drag(qtbot, brush.canvas)
    qtbot.keyRelease(brush.focusWidget(), SPACE)
    assert brush.document.state.mask.is_empty


def test_space_is_let_go_with_the_focus_of_the_window(qtbot, brush):
    brush.canvas.setFocus()
    qtbot.keyPress(brush.canvas, SPACE)
    assert brush.canvas.cursor().shape() is Qt.CursorShape.OpenHandCursor
    brush.canvas.clearFocus()
    assert brush.canvas.cursor().shape() is not Qt.CursorShape.OpenHandCursor


def test_the_keyboard_comes_to_the_picture_that_is_opened_and_stays_where_it_is_taken_meanwhile(
    qtbot, opened, picture
):
    words = opened.panels.prompts.query
    for taken in (False, True):
        words.setFocus()
        with qtbot.waitSignal(opened.files.opened, timeout=TIMEOUT):
            opened.files.open_path(picture)
            if taken:
                words.setFocus()
        assert opened.focusWidget() is (words if taken else opened.canvas)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_a_number_is_taken_and_the_keyboard_goes_back_to_the_picture(qtbot, opened, key):
    opened.activateWindow()
    run, draft = opened.panels.run, lambda: opened.document.state.draft
    steps = opened.panels.advanced.controls["steps"].entry
    for field, typed, read, wanted in (
        (run.count, "3", run.count.value, 3),
        (run.seed.entry, "47", lambda: draft().seed, 47),
        (steps, "99999", lambda: draft().steps, int(steps.maximum())),  # too large: the nearest
    ):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, key)
        assert read() == wanted
        assert opened.focusWidget() is opened.canvas
        for letter, tool in ((Qt.Key.Key_B, "brush"), (Qt.Key.Key_W, "wand")):
            qtbot.keyClick(opened.focusWidget(), letter)
            assert opened.canvas.tool == tool


def test_escape_leaves_a_prompt_as_it_stands(qtbot, opened):
    opened.activateWindow()
    field = opened.panels.prompts.query
    field.setFocus()
    qtbot.keyClicks(field, "a zebra")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert opened.focusWidget() is opened.canvas
    assert field.text() == "a zebra"


def test_escape_with_something_said_takes_that_away_and_leaves_a_number_but_no_words(qtbot, opened):
    opened.activateWindow()
    for field, leaves in ((opened.panels.run.count, True), (opened.panels.prompts.query, False)):
        opened.banner.notice("a sentence")
        field.setFocus()
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert not opened.banner.bars
        assert (opened.focusWidget() is opened.canvas) == leaves


def test_the_return_that_left_a_field_sets_no_frame_while_it_is_held(qtbot, opened):
    opened.activateWindow()
    opened.actions_["area"].trigger()
    opened.panels.run.count.setFocus()
    qtbot.keyPress(opened.panels.run.count, Qt.Key.Key_Return)
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, NONE, "\r", autorep=True)
    QCoreApplication.sendEvent(opened.canvas, held)
    assert isinstance(opened.document.state.draft.area, str)
    qtbot.keyClick(opened.canvas, Qt.Key.Key_Return)
    assert not isinstance(opened.document.state.draft.area, str)


def test_the_fields_of_a_dialog_keep_their_keys(qtbot, opened):
    opened.activateWindow()
    opened.actions_["whole"].trigger()
    opened.actions_["shrink-by"].trigger()
    dialog = QApplication.activeModalWidget()
    dialog.pixels.entry.setFocus()
    qtbot.keyClick(dialog.pixels.entry, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
