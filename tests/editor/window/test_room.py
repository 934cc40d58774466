"""Everything has room on 1024 × 640 logical pixels, and nothing is beside the screen."""

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QDialog, QDialogButtonBox, QInputDialog

from editor.fits import beside, within
from tests.editor.conftest import edit_result, order_now
from tests.editor.window.conftest import TIMEOUT

WIDTH, HEIGHT = 1024, 640
FRAME = 40  # logical pixels that a window manager's title takes
DIALOGS = [
    *("movie", "grid", "batch", "get-model", "loras", "export", "preferences"),
    *("palette", "keys", "about", "ways", "own-presets", "recipe"),
]

NEAREST = QAbstractSpinBox.CorrectionMode.CorrectToNearestValue
OTHERS = {"own-presets": lambda window: window.presets.manage(), "recipe": lambda window: show_recipe(window)}


def show_recipe(window):
    document = window.document
    document.accept(order_now(document), edit_result(document, (10, 10, 20, 20)), "edit")
    window.actions_["layer-recipe"].trigger()


def open_dialogs():
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def test_the_window_has_room(opened):
    least = opened.minimumSizeHint()
    assert least.width() <= WIDTH
    assert least.height() <= HEIGHT - FRAME


def test_every_dialog_has_room(qtbot, opened):
    iconic, reverting = [], []
    for name in DIALOGS:
        seen = []

        def measure(seen=seen):
            if not open_dialogs():
                QTimer.singleShot(20, measure)
                return
            (dialog,) = open_dialogs()
            seen.extend((dialog.minimumSizeHint(), dialog.minimumSize()))
            buttons = [one for box in dialog.findChildren(QDialogButtonBox) for one in box.buttons()]
            iconic.extend(one.text() for one in buttons if not one.icon().isNull())
            numbers = dialog.findChildren(QAbstractSpinBox)
            reverting.extend(one for one in numbers if one.correctionMode() is not NEAREST)
            dialog.reject()

        QTimer.singleShot(20, measure)
        OTHERS.get(name, lambda window, name=name: window.actions_[name].trigger())(opened)
        qtbot.waitUntil(lambda seen=seen: bool(seen) and not open_dialogs(), timeout=TIMEOUT)
        for least in seen:
            assert least.width() <= WIDTH, name
            assert least.height() <= HEIGHT - FRAME, name
    assert not iconic  # as some desktops would have it
    assert not reverting  # what was typed, if it was out of range


def test_a_dialog_that_is_larger_than_the_screen_is_made_to_fit(qtbot, opened):
    room = opened.screen().availableGeometry()
    dialog = QDialog(opened)
    dialog.setGeometry(room.width() - 50, room.height() - 50, 3 * room.width(), 3 * room.height())
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: room.contains(dialog.frameGeometry()))
    dialog.close()


@pytest.mark.parametrize(("size", "rows"), [((1264, 752), 3), ((1904, 1032), 5)])
def test_the_layers_have_room_for_some_beside_prompts_and_mask(qtbot, opened, size, rows):
    opened.setWindowState(Qt.WindowState.WindowNoState)
    opened.resize(*size)
    qtbot.wait(1)
    opened.actions_["reset-layout"].trigger()
    qtbot.wait(1)
    layers, threshold = opened.panels.layers.list, opened.panels.mask_panel.controls["threshold"]
    assert layers.viewport().height() >= rows * layers.visualItemRect(layers.item(0)).height()
    assert threshold.visibleRegion().boundingRect() == threshold.rect()


def test_the_first_time_panels_are_as_large_as_they_were_designed(qtbot, window):
    height = window.docks.layers.height()
    window.actions_["reset-layout"].trigger()
    qtbot.wait(1)
    assert window.docks.layers.height() == pytest.approx(height, abs=1)


def test_within_moves_before_it_shrinks():
    room = QRect(0, 20, 1000, 600)
    assert within(QRect(900, 500, 200, 200), room) == QRect(800, 420, 200, 200)
    assert within(QRect(-50, -50, 2000, 100), room) == QRect(0, 20, 1000, 100)
    assert within(QRect(10, 30, 50, 50), room) == QRect(10, 30, 50, 50)


def test_a_dialog_lies_in_the_corner_that_hides_least():
    room, size = QRect(100, 50, 1000, 600), QSize(400, 200)
    for seen, corner in (
        (QRect(), (688, 62)),
        (QRect(500, 300, 100, 100), (688, 62)),
        (QRect(900, 100, 100, 100), (112, 62)),
        (QRect(100, 50, 1000, 300), (688, 438)),
        (QRect(600, 50, 500, 600), (112, 62)),
    ):
        assert beside(size, room, seen).toTuple() == corner
    assert beside(QSize(2000, 900), room, QRect()) == QPoint(112, 62)


def test_the_first_window_has_the_whole_screen_and_the_next_one_where_it_was(
    qtbot, window, store, make_window
):
    assert window.isMaximized()
    window.actions_["full"].trigger()
    window.actions_["full"].trigger()
    assert window.isMaximized()  # again
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.setGeometry(20, 50, 770, 560)
    window.docks.layers.setFloating(True)
    window.docks.strip.hide()
    window.keep()
    again = make_window(type(window.jobs)())
    with qtbot.waitSignal(again.furnished, timeout=TIMEOUT):
        again.show()
    assert not again.isMaximized()
    assert (again.x(), again.width()) == (window.x(), window.width())
    assert again.docks.layers.isFloating()
    assert again.docks.strip.isHidden()
    assert not again.actions_["filmstrip"].isChecked()
    again.actions_["reset-layout"].trigger()
    hidden = [dock for dock in again.docks.all if dock.isHidden()]
    assert hidden == [again.docks.queue]  # which comes when it is wanted
    assert not any(dock.isFloating() for dock in again.docks.all)
    assert again.actions_["filmstrip"].isChecked()


@pytest.mark.parametrize("width", [900, 1000, 1024])
def test_no_tool_makes_the_window_grow(qtbot, window, width):
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(width, 620)
    QCoreApplication.processEvents()
    assert window.size() == QSize(width, 620)
    for tool in ("brush", "eraser", "pan", "brush"):
        window.actions_[tool].trigger()
        QCoreApplication.processEvents()
        assert window.size() == QSize(width, 620), tool


def test_a_dialog_is_wide_enough_for_its_title(qtbot, opened):
    dialog = QInputDialog(opened)
    dialog.setWindowTitle("A title of some length, longer than what is asked")
    dialog.show()
    dialog.activateWindow()
    words = dialog.fontMetrics().horizontalAdvance(f"{dialog.windowTitle()} — Palimpsest")
    qtbot.waitUntil(lambda: dialog.width() > words + 60)
    dialog.close()


def test_the_settings_have_room_in_a_low_window(window):
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(WIDTH, HEIGHT)
    QCoreApplication.processEvents()
    window.actions_["reset-layout"].trigger()
    QCoreApplication.processEvents()
    assert window.panels.above.verticalScrollBar().maximum() == 0  # all three prompts are seen
    assert window.panels.below.height() >= 140
