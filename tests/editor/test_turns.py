"""Work in turns: the event loop comes round between its pieces."""

import pytest
from PySide6.QtCore import QObject, QTimer

from editor.turns import Turns


@pytest.fixture
def said(qtbot):
    """What was done, and when the event loop came round."""
    said, round_ = [], QTimer(interval=0)
    round_.timeout.connect(lambda: said.append("round"))
    round_.start()
    yield said
    round_.stop()


def three(said):
    for piece in "abc":
        said.append(piece)
        yield


def test_other_events_come_between_the_pieces(qtbot, said):
    parent = QObject()
    Turns(three(said), parent)
    assert "a" not in said  # nothing before the loop
    qtbot.waitUntil(lambda: "c" in said)
    for before, after in ("ab", "bc"):
        assert "round" in said[said.index(before) : said.index(after)]


def test_what_is_ended_stays_undone(qtbot, said):
    parent = QObject()
    turns = Turns(three(said), parent)
    qtbot.waitUntil(lambda: "a" in said)
    turns.end()
    said.clear()
    qtbot.waitUntil(lambda: len(said) > 5)
    assert set(said) == {"round"}


def test_it_goes_with_its_parent(qtbot, said):
    parent = QObject()
    Turns(three(said), parent)
    parent.deleteLater()
    qtbot.waitUntil(lambda: len(said) > 5)
    assert "c" not in said


def test_a_fault_is_told_once(qtbot, said):
    def faulty():
        yield
        raise ValueError("broken")

    parent = QObject()
    with qtbot.captureExceptions() as told:
        Turns(faulty(), parent)
        qtbot.waitUntil(lambda: len(said) > 5)
    assert [str(error) for _, error, _ in told] == ["broken"]
