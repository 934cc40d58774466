"""The original, shown as long as a key is held: `\\`, or whichever that action has."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from editor.actions import ENTRIES
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.shortcuts import Shortcuts

ORIGINAL = next(entry for entry in ENTRIES if entry.held)


class Glance(QObject):
    def __init__(
        self, document: Document, shortcuts: Shortcuts, action: QAction, canvas: Canvas, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._shortcuts, self._action, self._canvas = document, shortcuts, action, canvas

    def uses(self, event: QKeyEvent, *, pressed: bool) -> bool:
        """It is that key, and was of use."""
        pressed_keys = QKeySequence(event.keyCombination()), QKeySequence(event.key())  # AltGr may be in it
        own = self._shortcuts.keys(ORIGINAL)
        if self._document.state.photo is None or not any(key in own for key in pressed_keys):
            return False
        if not event.isAutoRepeat():
            self._action.setChecked(pressed)
            self._canvas.show_original(pressed)
        return True

    def end(self) -> None:
        """Another picture is there."""
        self._action.setChecked(False)
