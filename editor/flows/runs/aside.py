"""The mask's tint steps aside for a new edit, which it would hide, and comes back with what changes it."""

from PySide6.QtCore import QObject

from core.edit.request import EditRequest
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.tint import Tint


class TintAside(QObject):
    """Away with the tint once an edit is accepted, or redone, until it is undone or mask or words change.

    A tint that was hidden by hand comes back once the mask changes or another picture is opened: nobody works
    on a mask unseen. A layer's own mask doesn't bring it back: there the edge in the picture is what is seen.
    """

    def __init__(self, document: Document, tint: Tint) -> None:
        super().__init__(document)
        self._document, self._tint = document, tint
        self._shown: EditRequest | None = None  # the edit that the tint was taken away to show
        self._layers: object = None  # as they were with it
        self._undone: object = None  # likewise, of one that was undone
        self._looked = False  # at one that may be accepted
        self._revision = document.revision
        document.changed.connect(self._step_back)

    def step(self) -> None:
        """An edit was accepted: it has to be seen."""
        self._undone = None
        if self._tint.visible:
            self._tint.visible = False
            self._shown, self._layers = self._document.request(), self._document.state.layers

    def show(self, aside: bool) -> None:
        """An edit is looked at that may be accepted, or no longer."""
        self._looked = aside
        if aside:
            self.step()
        else:
            self.back()

    def back(self) -> None:
        """No edit has to be seen any more."""
        if self._shown is not None:
            self._shown = None
            self._tint.visible = True

    def _step_back(self, change: Changed) -> None:
        """Other words want another edit: what the mask holds for it has to be seen before Repaint."""
        now, then, layers = self._document.request(), self._shown, self._document.state.layers
        undone = self._document.can_redo and layers is not self._layers
        same, self._revision = self._document.revision == self._revision, self._document.revision
        if change.what & What.PHOTO:
            self._shown = self._undone = None
            self._tint.visible = True
            if self._looked:  # it was opened with the picture
                self.step()
        elif then is not None and (
            change.what & What.MASK or undone or (now.reference, now.query) != (then.reference, then.query)
        ):
            self._undone = self._layers if undone else None
            self.back()
        elif then is None and self._undone is not None and layers is self._undone:  # redone
            self.step()
        elif change.what & What.MASK and not same:  # by words alone it falls asleep, or wakes
            self._tint.visible = True
