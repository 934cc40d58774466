"""The column beside the canvas: what comes and goes in it is seen whole."""

import pytest
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from editor.side import Column


@pytest.fixture
def column(qtbot):
    """A column of one line, and one more that is hidden, over what takes the room that is left."""
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    above, inner = Column(grows=False), QWidget()
    rows = QVBoxLayout(inner)
    above.note = QLabel("This model doesn't know: " + "a long word, " * 20, wordWrap=True)
    above.note.hide()
    for row in (QLabel("first"), above.note):
        rows.addWidget(row)
    above.add(inner)
    below = QWidget()
    below.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    layout.addWidget(above)
    layout.addWidget(below, 1)
    window.resize(300, 700)
    window.show()
    qtbot.waitExposed(window)
    above.outer = window  # or it is gone with this function
    return above


def whole(column):
    bar = column.verticalScrollBar()
    return bar.maximum() == 0 and column.note.height() >= column.note.heightForWidth(column.note.width())


def test_a_note_that_comes_makes_the_column_higher(qtbot, column):
    before = column.height()
    column.note.show()
    qtbot.waitUntil(lambda: whole(column))
    assert column.height() > before
    column.window().resize(220, 700)  # more lines
    qtbot.waitUntil(lambda: whole(column))
    column.note.hide()
    qtbot.waitUntil(lambda: column.height() == before)
