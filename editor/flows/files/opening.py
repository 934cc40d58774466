"""Reading a picture in the background: a first look as soon as there is one, then all of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from core.errors import CoreError
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.photo.files.open import FirstLook

T = TypeVar("T")


class Opening(QObject):
    """One picture at a time: another one that is asked for takes the place of the one that is being read.

    begun   a picture of this name ("" for one without) is being read
    looked  the first look at it, a FirstLook
    ended   it is there, or can't be read, and that was told
    """

    begun = Signal(str)
    looked = Signal(object)
    ended = Signal()

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._turn: object | None = None  # of the picture asked for last, while it is being read

    @property
    def under_way(self) -> bool:
        """A picture is being read."""
        return self._turn is not None

    def start(
        self,
        read: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[CoreError], object],
        path: Path | None = None,
    ) -> None:
        """Read a picture, then `done(picture)` or `failed(error)`; neither once another is asked for.

        path: of its file, for a first look.
        """
        turn = self._turn = object()
        self.begun.emit("" if path is None else path.name)
        if path is not None:
            self._tasks.start(partial(self._look, turn, path), partial(self._show, turn), _ignore)

        def still_wanted() -> T | None:
            return read() if self._turn is turn else None

        def tell(found: T | None) -> None:
            if self._turn is turn and found is not None:
                self._end(partial(done, found))

        def refuse(error: CoreError) -> None:
            if self._turn is turn:
                self._end(partial(failed, error))

        self._tasks.start(still_wanted, tell, refuse)

    def _look(self, turn: object, path: Path) -> "FirstLook | None":
        """In the reading thread."""
        from core.photo.files.open import first_look

        return first_look(path) if self._turn is turn else None

    def _show(self, turn: object, look: "FirstLook | None") -> None:
        if look is not None and self._turn is turn:
            self.looked.emit(look)

    def _end(self, tell: Callable[[], object]) -> None:
        self._turn = None
        try:
            tell()
        finally:
            self.ended.emit()


def _ignore(error: CoreError) -> None:
    """What is wrong is told when all of it is read."""
