"""What a window is furnished with after its first paint: panels, filmstrip and icons, made piece by piece."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from editor.banner import Banner
from editor.docks import Docks
from editor.document.document import Document
from editor.options import ToolOptions
from editor.qactions import Actions
from editor.settings import Store
from editor.tasks import Tasks
from editor.turns import Turns

if TYPE_CHECKING:
    from editor.side import Side


class Furnishing(QObject):
    """The window answers meanwhile: what is needed is imported in the background, and made in turns.

    made   all of it is there; the panels (a Side)
    begun  it is under way, or done
    """

    made = Signal(object)

    def __init__(
        self,
        document: Document,
        docks: Docks,
        actions: Actions,
        options: ToolOptions,
        store: Store,
        tasks: Tasks,
        banner: Banner,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._docks, self._actions, self._options = document, docks, actions, options
        self._store, self._tasks, self._banner = store, tasks, banner
        self._turns: Turns | None = None
        self.begun = False

    def begin(self) -> None:
        """Once; further calls do nothing."""
        if not self.begun:
            self.begun = True
            self._tasks.start(_bring, self._begin, self._banner.error)

    def end(self) -> None:
        """Leave the rest unmade."""
        if self._turns is not None:
            self._turns.end()

    def _begin(self, side: "type[Side]") -> None:
        self._turns = Turns(self._make(side), self)

    def _make(self, side: "type[Side]") -> Iterator[None]:
        """What takes long, with a yield wherever the window may answer in between."""
        docks = self._docks
        self._actions.tint()
        yield
        self._options.fill()
        yield
        panels = side(self._document)
        docks.hold(docks.side, panels)
        yield
        yield from panels.build(self._store)
        docks.hold(docks.layers, panels.layers)
        docks.hold(docks.queue, panels.queue)
        yield
        docks.hold(docks.strip, panels.filmstrip)
        yield
        self.made.emit(panels)


def _bring() -> "type[Side]":
    """Import what the panels need, in the background."""
    import qtawesome  # noqa: F401

    from editor.side import Side

    return Side
