"""Keys that mean the same wherever the focus is: Space holds the hand, Escape lets go of a picked frame and
leaves a field.
"""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Hand(Protocol):
    """What Space is for, and where the keyboard belongs between two entries: the canvas."""

    def hold_hand(self, held: bool) -> None:
        """Space is down or up: a press pans, with any tool."""
        ...

    def underMouse(self) -> bool: ...

    def setFocus(self) -> None: ...


class Keys(QObject):
    """Watches the widget of `window` that has the focus, whichever it is.

    Space  always tells the canvas. Over the canvas it is the canvas's alone while it is held; a tap that
           panned nothing reaches the widget after all, so that Space still presses a focused button. Fields
           for text get it at once.
    Escape `let_go` has the first try: True when it was of use. Else it leaves a prompt as it stands, and the
           canvas has the keyboard. A field for numbers it leaves in any case.
    Return leaves a field for numbers likewise.
    """

    def __init__(self, window: QWidget, canvas: Hand, let_go: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window, self._canvas, self._let_go = window, canvas, let_go
        self._watched: QObject | None = None
        self._used = False  # Escape, on its way to the widget
        self._left = False  # a field, by a Return that may be down still: it means nothing to the canvas
        self._tapped: QKeyEvent | None = None  # Space, kept from the widget until it is clear what it is for
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)
        self._follow(None, app.focusWidget())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's: True keeps the event from the widget."""
        if not isinstance(event, QKeyEvent):
            return False
        kind, key = event.type(), event.key()
        if key == Qt.Key.Key_Escape and kind == QEvent.Type.ShortcutOverride:
            self._used = self._let_go()  # before any shortcut sees it
            event.setAccepted(self._used)
            return self._used
        if key == Qt.Key.Key_Escape and kind == QEvent.Type.KeyPress:
            used, self._used = self._used, False
            leaves = (takes_numbers(watched) or not used) and self._leave(watched, event)
            return used or leaves
        if key in RETURNS and kind == QEvent.Type.KeyPress:
            self._left = self._leave(watched, event) or (self._left and event.isAutoRepeat())
            return self._left
        if key == Qt.Key.Key_Space and kind == QEvent.Type.KeyPress:
            return self._press(watched, event)
        if key == Qt.Key.Key_Space and kind == QEvent.Type.KeyRelease and not event.isAutoRepeat():
            return self._release(watched, event)
        return False

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched, self._tapped = None, None
        if new is not None and new.window() is self._window:
            new.installEventFilter(self)
            self._watched = new
        else:
            self._canvas.hold_hand(False)  # the release goes to another window

    def _leave(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether that ended an entry, which the field takes as it loses the keyboard."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        prompt = isinstance(watched, QPlainTextEdit) and event.key() == Qt.Key.Key_Escape
        leaves = plain and (prompt or takes_numbers(watched))
        if leaves:
            self._canvas.setFocus()
        return leaves

    def _press(self, watched: QObject, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return self._tapped is not None
        self._canvas.hold_hand(True)
        if watched is self._canvas or takes_text(watched) or not self._canvas.underMouse():
            return False
        self._tapped = event.clone()
        return True

    def _release(self, watched: QObject, event: QKeyEvent) -> bool:
        self._canvas.hold_hand(False)
        if self._tapped is None:
            return False
        press, self._tapped = self._tapped, None
        watched.event(press)
        watched.event(event)
        return True


def takes_text(widget: QObject | None) -> bool:
    """Space writes a blank there; fields for numbers refuse it."""
    if isinstance(widget, QLineEdit):
        return widget.validator() is None and not widget.isReadOnly()
    return isinstance(widget, QPlainTextEdit | QTextEdit) and not widget.isReadOnly()


def takes_numbers(widget: QObject | None) -> bool:
    """A number is typed there."""
    return isinstance(widget, QAbstractSpinBox) or (isinstance(widget, QLineEdit) and not takes_text(widget))
