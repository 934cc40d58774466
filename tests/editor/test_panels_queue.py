"""The queue in its list: what is under way, and what waits, by mouse and by keys."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent

from editor.panels.queue import QueuePanel, QueueRow
from editor.widgets.rows import DETAIL, ID

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def row(name: str, *, waits: bool = True) -> QueueRow:
    return QueueRow(name, name, "waits" if waits else "under way", f"tip of {name}", waits)


@pytest.fixture
def panel(qtbot):
    panel = QueuePanel()
    panel.resize(300, 300)
    panel.show_rows(
        [row("now", waits=False), row("next"), row("then"), row("last"), row("grid", waits=False)]
    )
    qtbot.addWidget(panel)
    panel.show()
    return panel


def drop(panel, item: int, at: int, *, below: bool = False) -> None:
    """Take one row and let it go over another."""
    rows = panel.list
    rows.setCurrentRow(item)
    rect = rows.visualItemRect(rows.item(at))
    place = QPointF(rect.center().x(), rect.bottom() - 2 if below else rect.top() + 2)
    event = QDropEvent(place, Qt.DropAction.MoveAction, QMimeData(), LEFT, NO_KEYS)
    rows.dropEvent(event)


@pytest.mark.parametrize(
    ("item", "at", "below", "place"),
    [(3, 1, False, 0), (3, 0, False, 0), (1, 2, True, 1), (1, 3, True, 2), (2, 4, True, 2), (1, 1, False, 0)],
)
def test_a_row_let_go_elsewhere_has_another_turn(qtbot, panel, item, at, below, place):
    with qtbot.waitSignal(panel.list.moved) as moved:
        drop(panel, item, at, below=below)
    assert moved.args == [panel.list.item(item).data(ID), place]


def test_what_is_under_way_is_not_moved(qtbot, panel):
    with qtbot.assertNotEmitted(panel.list.moved):
        drop(panel, 0, 3)
        drop(panel, 4, 1)


def test_keys_drop_the_chosen_one(qtbot, panel):
    panel.list.setFocus()
    panel.list.setCurrentRow(1)
    with qtbot.waitSignal(panel.wished) as wished:
        qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert wished.args == ["queue-drop"]


def test_the_chosen_row_stays_chosen_where_it_is_now(qtbot, panel):
    panel.list.setCurrentRow(2)
    panel.show_rows([row("then", waits=False), row("last")])
    assert panel.list.currentItem().text() == "then"
    with qtbot.waitSignal(panel.list.chosen) as chosen:
        panel.show_rows([row("last", waits=False)])
    assert chosen.args == ["last"]
    with qtbot.waitSignal(panel.list.chosen) as chosen:
        panel.show_rows([])
    assert chosen.args == [""]
    assert panel.empty.isVisible()


def test_each_row_says_what_it_is(panel):
    item = panel.list.item(1)
    assert (item.text(), item.data(DETAIL), item.toolTip()) == ("next", "waits", "tip of next")
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "next, waits"
