"""Hints of a readable width, wherever they are written: in one place for widgets, menus and lists."""

import textwrap
from collections.abc import Generator
from contextlib import contextmanager

from PySide6 import QtGui
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QMenu, QToolTip, QWidget

WIDTH = 72  # letters in a line; Qt itself never breaks a plain one


class Tips(QObject):
    """Shows hints with their long lines broken, while it is `watching`."""

    @contextmanager
    def watching(self) -> Generator[None]:
        """While a hint may be asked for, and no longer: every event of the application passes through here,
        and making a window takes twice as long."""
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        try:
            yield
        finally:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's: True keeps the event from the widget."""
        if not isinstance(event, QHelpEvent) or event.type() != QEvent.Type.ToolTip:
            return False
        if not isinstance(watched, QWidget):
            return False
        text = _tip(watched, event)
        lines = wrapped(text)
        if lines == text:
            return False
        QToolTip.showText(event.globalPos(), lines, watched)
        return True


def wrapped(text: str) -> str:
    """The text with every line of more than WIDTH letters broken between words; marked-up text as it is."""
    if QtGui.Qt.mightBeRichText(text):
        return text
    return "\n".join(textwrap.fill(line, WIDTH, break_on_hyphens=False) for line in text.split("\n"))


def _tip(widget: QWidget, event: QHelpEvent) -> str:
    """What the widget would show there."""
    parent = widget.parent()
    if isinstance(parent, QAbstractItemView) and widget is parent.viewport():
        return str(parent.indexAt(event.pos()).data(Qt.ItemDataRole.ToolTipRole) or "")
    if isinstance(widget, QMenu):
        action = widget.actionAt(event.pos())
        return action.toolTip() if action is not None and widget.toolTipsVisible() else ""
    return widget.toolTip()
