"""Selections that are made beside the window: each changes the mask when it is there."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.document.layer import Variant
from core.document.mask import Mask
from core.document.plane import Plane
from core.document.strokes import Mode
from core.errors import CoreError
from core.photo import rect as rects
from core.photo.photo import Photo
from editor.banner import Banner
from editor.canvas.tools.tool import DrawnShape
from editor.document.combined import Combined, combined
from editor.document.document import Document
from editor.tasks import Tasks

Meant = tuple[Photo | None, str | None]  # the photo, and the layer, by its id, whose mask is worked on


@dataclass(frozen=True, eq=False)
class Wanted:
    """A selection that `work` makes, of what was worked on as it was asked for. factor: it is shown so many
    pixels to one; 1 where that isn't known
    """

    work: Callable[[], Plane]
    mode: Mode
    text: str
    meant: Meant
    factor: int = 1


class LateSelections(QObject):
    """One after the other, in the order in which they were asked for. Each is combined with the mask beside
    the window as well: anew, if the mask has changed meanwhile. One whose photo or mask is no longer worked
    on is dropped.

    settled  none is under way any more
    nothing  why one has come to nothing, and the way out
    """

    settled = Signal()
    nothing = Signal(str)

    def __init__(self, document: Document, tasks: Tasks, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._banner = document, tasks, banner
        self._waiting: deque[Wanted] = deque()
        self._busy = False

    def draw(self, drawn: DrawnShape) -> None:
        """Of a shape, with what of it the canvas is going to show."""
        work = partial(drawn.shape.plane, drawn.size)
        self._line_up(Wanted(work, drawn.mode, drawn.text, self._meant(), drawn.factor))

    def make(self, work: Callable[[], Plane], mode: Mode, text: str) -> None:
        """What `work` makes, beside the window, into the mask; undo calls it `text`."""
        self._line_up(Wanted(work, mode, text, self._meant()))

    def drop(self) -> bool:
        """Give up what is under way; False where nothing is."""
        under_way = bool(self._waiting)
        self._waiting.clear()
        if under_way:
            self.settled.emit()
        return under_way

    def _line_up(self, wanted: Wanted) -> None:
        self._waiting.append(wanted)
        self._next()

    def _next(self) -> None:
        if self._busy or not self._waiting:
            return
        self._busy = True
        wanted, subject = self._waiting[0], self._document.chosen.subject
        work = partial(_made, wanted, subject)
        self._tasks.start(work, partial(self._come, wanted, subject), partial(self._fail, wanted))

    def _come(self, wanted: Wanted, subject: Mask | Variant, made: tuple[Plane, Combined]) -> None:
        self._busy = False
        if wanted in self._waiting:
            plane, combination = made
            if not self._is_meant(wanted):
                self._end()
            elif subject is not self._document.chosen.subject:
                self._waiting[0] = replace(wanted, work=lambda: plane)
            else:
                self._take(wanted, combination)
                self._end()
        self._next()

    def _take(self, wanted: Wanted, combination: Combined) -> None:
        document = self._document
        if combination.after is not None:
            everywhere = rects.whole(document.state.mask.size)
            document.apply(document.chosen.becomes(combination.after), wanted.text, rect=everywhere)
        if combination.why:
            self.nothing.emit(combination.why)

    def _fail(self, wanted: Wanted, error: CoreError) -> None:
        self._busy = False
        self._banner.error(error)
        if wanted in self._waiting:
            self._end()
        self._next()

    def _end(self) -> None:
        """The first of them is over."""
        self._waiting.popleft()
        if not self._waiting:
            self.settled.emit()

    def _is_meant(self, wanted: Wanted) -> bool:
        (photo, layer), now = wanted.meant, self._meant()
        return photo is now[0] and layer == now[1]

    def _meant(self) -> Meant:
        layer = self._document.chosen.masked
        return self._document.state.photo, None if layer is None else layer.id


def _made(wanted: Wanted, subject: Mask | Variant) -> tuple[Plane, Combined]:
    plane = wanted.work()
    combination = combined(subject, plane, wanted.mode)
    if wanted.factor > 1 and isinstance(combination.after, Mask):
        strokes, size = combination.after.strokes, combination.after.size
        for one in (strokes.added, strokes.erased):
            one.reduced(rects.whole(size), wanted.factor)  # which the planes keep
    return plane, combination
