"""Space pans wherever the focus is, and still presses the button that has it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton

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
