"""Says when a found mask becomes the hand's own, and so stays whatever the words become."""

from PySide6.QtCore import QObject, Signal

from editor.document.changes import Changed, What
from editor.document.document import Document


class Owned(QObject):
    """told: a sentence, once for each mask"""

    told = Signal(str)

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._before = document, document.state.mask
        document.changed.connect(self._follow)

    def say(self) -> None:
        """It has."""
        self.told.emit(self.tr("The mask is kept; it no longer follows the words."))

    def _follow(self, change: Changed) -> None:
        """A stroke is over when it is in the history; what replaces a mask keeps nothing of it."""
        if change.what & What.HISTORY:
            before, self._before = self._before, self._document.state.mask
            if before.follows and not self._before.follows and self._before.heat is before.heat:
                self.say()
