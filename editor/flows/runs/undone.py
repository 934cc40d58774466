"""The steps of an edit go from the filmstrip when it is undone, and come back with it."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from core.document.state import State
from core.edit.result import HeatMap
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.runs.steps import Steps


class Undone(QObject):
    """Follows the document for what came of the last run."""

    def __init__(self, document: Document, steps: Steps) -> None:
        super().__init__(document)
        self._document, self._steps = document, steps
        self._stands: Callable[[State], bool] | None = None
        document.changed.connect(self._follow)

    def forget(self) -> None:
        """Another run begins: its steps are shown whatever becomes of the document."""
        self._stands = None

    def follow_found(self, heat: HeatMap) -> None:
        """A search has come to this."""
        self._begin(lambda state: state.mask.heat is heat)

    def follow_drawn(self, before: State) -> None:
        """An edit has come to what is in the document since `before`."""
        new = _drawn(self._document.state) - _drawn(before)
        self._begin(lambda state: bool(new & _drawn(state)))

    def _begin(self, stands: Callable[[State], bool]) -> None:
        self._stands = stands if stands(self._document.state) else None

    def _follow(self, change: Changed) -> None:
        if self._stands is None or not change.what & (What.LAYERS | What.MASK | What.HISTORY):
            return
        stands = self._stands(self._document.state)
        if stands or self._document.can_redo:  # else it went otherwise, or something else was done since
            self._steps.put_away(not stands)


def _drawn(state: State) -> frozenset[str]:
    """All that was drawn and is kept, by id."""
    return frozenset(one.id for layer in state.layers for one in (layer.variant, *layer.others))
