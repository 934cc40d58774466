"""What is to become of the mask: changes that are made beside the window, and what waits for them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
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

AT_ONCE = 1 << 20  # pixels of a photo whose mask the window may wait for

Change = Callable[[np.ndarray], np.ndarray]  # of a whole mask, uint8 (H, W)
Meant = tuple[Photo | None, str | None]  # the photo, and the layer, by its id, whose mask is worked on
Make = Callable[[Mask, Mask | Variant], Combined]  # of the mask worked on, and what a selection is put into


@dataclass(frozen=True, eq=False)
class Wanted:
    """A change of what was worked on as it was asked for.

    keeps    what was found is in it still, as the hand's own
    at_once  the window waits for it
    """

    make: Make
    text: str
    meant: Meant
    keeps: bool = False
    at_once: bool = False


class MaskLine(QObject):
    """Selections and changes of the mask, one undo entry each, one after the other in the order in which they
    were asked for; and whatever needs the mask that they leave, in its turn.

    A mask that is painted on meanwhile loses nothing: what was on its way is made anew, of what is there
    then. One whose photo or mask is no longer worked on is dropped; after one that fails nothing is made.

    moved    something has come or gone:  `busy` may have become another
    settled  nothing is under way any more: all that was asked for is made, or is given up
    owned    what was found has become the hand's own
    nothing  why one has come to nothing, and the way out
    """

    moved = Signal()
    settled = Signal()
    owned = Signal()
    nothing = Signal(str)

    def __init__(self, document: Document, tasks: Tasks, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._banner = document, tasks, banner
        self._waiting: deque[Wanted | Callable[[], object]] = deque()
        self._under_way = False

    @property
    def busy(self) -> bool:
        """Something is under way that isn't made yet."""
        return bool(self._waiting)

    def change(self, change: Change, text: str) -> None:
        """Put the mask through `change`; undo calls it `text`. There is no entry where it changes nothing."""
        width, height = self._document.state.mask.size
        make, at_once = partial(_changed, change), width * height <= AT_ONCE
        self._line_up(Wanted(make, text, self._meant(), keeps=True, at_once=at_once))

    def draw(self, drawn: DrawnShape) -> None:
        """Select a shape, with what of it the canvas is going to show."""
        work = cache(partial(drawn.shape.plane, drawn.size))
        self._line_up(Wanted(partial(_selected, work, drawn.mode, drawn.factor), drawn.text, self._meant()))

    def make(self, work: Callable[[], Plane], mode: Mode, text: str) -> None:
        """Select what `work` makes, once; undo calls it `text`."""
        self._line_up(Wanted(partial(_selected, cache(work), mode, 1), text, self._meant()))

    def after(self, go: Callable[[], object]) -> None:
        """`go`, once all that was asked for before it is made; at once where nothing is. Not at all when that
        is given up, or another photo is opened.
        """
        if not self._waiting:
            go()
            return
        photo = self._document.state.photo
        self._line_up(lambda: go() if self._document.state.photo is photo else None)

    def take_back(self) -> bool:
        """Give up what was asked for last, and what waits for it; False where nothing is under way."""
        wanted = [n for n, one in enumerate(self._waiting) if isinstance(one, Wanted)]
        while wanted and len(self._waiting) > wanted[-1]:
            self._waiting.pop()
        self._tell()
        return bool(wanted)

    def _line_up(self, one: Wanted | Callable[[], object]) -> None:
        self._waiting.append(one)
        self.moved.emit()
        self._next()

    def _next(self) -> None:
        while self._waiting and not self._under_way:
            first = self._waiting[0]
            if isinstance(first, Wanted):
                self._begin(first)
            else:
                self._waiting.popleft()
                first()
                self._tell()

    def _begin(self, wanted: Wanted) -> None:
        chosen = self._document.chosen
        if wanted.meant != self._meant():
            self._end()
            return
        subject = chosen.subject
        work = partial(wanted.make, chosen.mask(), subject)
        self._under_way = True
        come, fail = partial(self._come, wanted, subject), partial(self._fail, wanted)
        if wanted.at_once:
            come(work())
        else:
            self._tasks.start(work, come, fail)

    def _come(self, wanted: Wanted, subject: Mask | Variant, made: Combined) -> None:
        self._under_way = False
        if (
            self._is_first(wanted)
            and wanted.meant == self._meant()
            and subject is self._document.chosen.subject
        ):
            self._take(wanted, made)
            self._end()
        self._next()

    def _take(self, wanted: Wanted, made: Combined) -> None:
        document = self._document
        if made.after is not None:
            found = document.chosen.masked is None and document.state.mask.follows
            everywhere = rects.whole(document.state.mask.size)
            document.apply(document.chosen.becomes(made.after), wanted.text, rect=everywhere)
            if found and wanted.keeps:
                self.owned.emit()
        if made.why:
            self.nothing.emit(made.why)

    def _fail(self, wanted: Wanted, error: CoreError) -> None:
        self._under_way = False
        self._banner.error(error)
        if self._is_first(wanted):
            self._waiting.clear()
            self._tell()
        self._next()

    def _is_first(self, wanted: Wanted) -> bool:
        """It hasn't been taken back meanwhile."""
        return bool(self._waiting) and self._waiting[0] is wanted

    def _end(self) -> None:
        """The first of them is over."""
        self._waiting.popleft()
        self._tell()

    def _tell(self) -> None:
        self.moved.emit()
        if not self._waiting:
            self.settled.emit()

    def _meant(self) -> Meant:
        layer = self._document.chosen.masked
        return self._document.state.photo, None if layer is None else layer.id


def _changed(change: Change, mask: Mask, subject: Mask | Variant) -> Combined:
    """What becomes of all of the mask by `change`."""
    before = mask.array()
    after = change(before)
    if np.array_equal(before, after):
        return Combined(None)
    return Combined(subject.selected(Plane.from_array(after), Mode.REPLACE))


def _selected(
    work: Callable[[], Plane], mode: Mode, factor: int, _mask: Mask, subject: Mask | Variant
) -> Combined:
    """What becomes of it by a selection. factor: it is shown so many pixels to one; 1: that isn't known."""
    combination = combined(subject, work(), mode)
    if factor > 1 and isinstance(combination.after, Mask):
        strokes, size = combination.after.strokes, combination.after.size
        for one in (strokes.added, strokes.erased):
            one.reduced(rects.whole(size), factor)  # which the planes keep
    return combination
