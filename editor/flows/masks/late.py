"""Selections that are made beside the window: each changes the mask when it is there."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.document.plane import Plane
from core.document.strokes import Mode
from core.errors import CoreError
from core.photo import rect as rects
from core.photo.photo import Photo
from editor.banner import Banner
from editor.canvas.tool import DrawnShape
from editor.document.document import Document
from editor.tasks import Tasks

Meant = tuple[Photo | None, str | None]  # the photo, and the layer, by its id, whose mask is worked on


class LateSelections(QObject):
    """One after the other, in the order in which they were asked for. One whose photo or mask is no longer
    worked on is dropped.

    settled  none is under way any more
    """

    settled = Signal()

    def __init__(self, document: Document, tasks: Tasks, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._banner = document, tasks, banner
        self._number, self._dropped, self._done = 0, 0, 0

    def draw(self, drawn: DrawnShape) -> None:
        """Of a shape, with what of it the canvas is going to show."""

        def work() -> Plane:
            plane = drawn.shape.plane(drawn.size)
            plane.reduced(rects.whole(drawn.size), drawn.factor)  # which the plane keeps
            return plane

        self.make(work, drawn.mode, drawn.text)

    def make(self, work: Callable[[], Plane], mode: Mode, text: str) -> None:
        """What `work` makes, beside the window, into the mask; undo calls it `text`."""
        self._number += 1
        self._tasks.start(work, partial(self._take, self._number, self._meant(), mode, text), self._fail)

    def drop(self) -> bool:
        """Give up what is under way; False where nothing is."""
        under_way = self._number > max(self._done, self._dropped)
        self._dropped = self._number
        if under_way:
            self.settled.emit()
        return under_way

    def _meant(self) -> Meant:
        layer = self._document.chosen.masked
        return self._document.state.photo, None if layer is None else layer.id

    def _take(self, number: int, meant: Meant, mode: Mode, text: str, plane: Plane) -> None:
        document, now = self._document, self._meant()
        wanted = number > self._dropped and meant[0] is now[0] and meant[1] == now[1]
        if wanted and not plane.is_empty:
            everywhere = rects.whole(document.state.mask.size)
            document.apply(document.chosen.selection(plane, mode), text, rect=everywhere)
        self._finish(number)

    def _fail(self, error: CoreError) -> None:
        self._banner.error(error)
        self._finish(self._done + 1)

    def _finish(self, number: int) -> None:
        self._done = number
        if number == self._number:
            self.settled.emit()
