"""The panels as a whole: the wheel scrolls them wherever it turns, and hints are of a readable width."""

import threading

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolTip, QWidget

import editor.late
from editor.jobs import Jobs
from editor.panels.advanced import AdvancedPanel
from editor.panels.guidance import GuidancePanel
from editor.panels.mask import MaskPanel
from editor.panels.prompt import PromptPanel
from editor.panels.run import RunPanel
from editor.widgets.section import Section
from editor.widgets.tips import WIDTH, Tips, wrapped

TIMEOUT = 60_000  # ms


@pytest.fixture
def side(opened):
    """The panels, unfolded and with their plots, with room to scroll."""
    opened.resize(1000, 500)
    for section in opened.panels.findChildren(Section):
        section.folded = False
    opened.panels.guidance.build_plot()
    opened.canvas.setFocus()
    QApplication.processEvents()
    return opened.panels


def turn(widget, at):
    """One notch of the wheel over a point of a widget; whoever ignores it leaves it to its parent."""
    none, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    where = widget.mapToGlobal(QPointF(at))
    while widget is not None:
        at, button = widget.mapFromGlobal(where), Qt.MouseButton.NoButton
        event = QWheelEvent(at, where, QPoint(), QPoint(0, -120), button, none, phase, False)
        if QApplication.sendEvent(widget, event) and event.isAccepted():
            return
        widget = widget.parentWidget()


def test_the_wheel_scrolls_the_panels_over_everything_in_them(side):
    area = side.below
    bar = area.verticalScrollBar()
    assert bar.maximum() > 200
    for widget in area.widget().findChildren(QWidget):
        if widget.isVisible() and not widget.isWindow():
            room = widget.rect()
            for at in (room.center(), room.topLeft() + QPoint(8, 8), room.bottomRight() - QPoint(8, 8)):
                bar.setValue(100)
                turn(widget, at)
                assert bar.value() > 100, f"{widget} keeps the wheel at {at}"


def shown_tip(widget, at=None):
    """The hint that appears when the pointer rests over a widget."""
    QToolTip.hideText()
    at = widget.rect().center() if at is None else at
    with Tips().watching():
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
    return QToolTip.text()


def test_no_hint_of_the_window_is_wider_than_can_be_read(opened, side):
    tips = {widget.toolTip() for widget in opened.findChildren(QWidget)}
    assert max(len(line) for tip in tips for line in tip.split("\n")) > 2 * WIDTH  # there is a need
    for widget in opened.findChildren(QWidget):
        if widget.isVisible() and widget.toolTip():
            text = shown_tip(widget)
            assert text.split() == widget.toolTip().split()
            assert max(map(len, text.split("\n"))) <= WIDTH


def test_hints_of_choices_in_lists_and_of_menus_are_narrow_too(side):
    choice = side.advanced.controls["solver"]
    choice.showPopup()
    view = choice.view()
    at = view.visualRect(view.model().index(3, 0)).center()
    assert max(map(len, shown_tip(view.viewport(), at).split("\n"))) <= WIDTH
    choice.hidePopup()
    menu = side.guidance.presets.menu()
    menu.actions()[0].setToolTip("word " * 60)
    menu.popup(QPoint(0, 0))
    text = shown_tip(menu, menu.actionGeometry(menu.actions()[0]).center())
    menu.close()
    assert text
    assert max(map(len, text.split("\n"))) <= WIDTH


def test_the_pointer_at_rest_is_shown_such_a_hint(qtbot):
    button = QPushButton()
    button.setToolTip("word " * 60)
    qtbot.addWidget(button)
    button.show()
    qtbot.waitActive(button)
    QToolTip.hideText()
    for x in (4, 8):  # it has to move
        QTest.mouseMove(button.windowHandle(), QPoint(x, 8))
        QApplication.processEvents()
    qtbot.waitUntil(QToolTip.isVisible, timeout=TIMEOUT)
    assert max(map(len, QToolTip.text().split("\n"))) <= WIDTH


def test_what_is_narrow_or_marked_up_stays():
    assert wrapped("Take back (Ctrl+Z)\nonce") == "Take back (Ctrl+Z)\nonce"
    assert wrapped("<b>" + "word " * 60 + "</b>").count("\n") == 0


def test_the_panels_are_made_one_by_one_and_the_window_answers_in_between(qtbot, make_window):
    window, seen = make_window(Jobs()), set()
    kinds = PromptPanel, RunPanel, MaskPanel, GuidancePanel, AdvancedPanel
    round_ = QTimer(window, interval=0)
    round_.timeout.connect(
        lambda: seen.add(sum(panel.isVisible() for kind in kinds for panel in window.findChildren(kind)))
    )
    round_.start()
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    assert seen >= set(range(len(kinds)))


def test_a_window_that_closes_while_it_is_furnished_leaves_it_at_that(qtbot, make_window):
    window = make_window(Jobs())
    window.show()
    qtbot.waitUntil(lambda: bool(window.findChildren(PromptPanel)), timeout=TIMEOUT)
    window.close()
    qtbot.wait(50)
    assert not window.findChildren(AdvancedPanel)


def test_the_curve_s_library_is_imported_beside_the_window_and_the_curve_made_in_it(
    qtbot, monkeypatch, make_window
):
    bring, threads = editor.late._bring_plots, []
    monkeypatch.setattr(
        editor.late, "_bring_plots", lambda: threads.append(threading.current_thread()) or bring()
    )
    window = make_window(Jobs())
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    qtbot.waitUntil(lambda: window.panels.guidance.curve is not None, timeout=TIMEOUT)
    window.panels.guidance.hide()
    window.panels.guidance.show()
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()
