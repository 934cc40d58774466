"""What a change of the mask would come to, shown while its number is turned."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from core.document.mask import Mask
from core.document.plane import Plane
from core.document.strokes import Strokes
from core.errors import CoreError
from core.photo import rect as rects
from core.photo.rect import Rect
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.masks.line import MaskLine
from editor.tasks import Tasks

EXACT = 1 << 26  # pixels that are changed as they are, times by how far: a fraction of a second
PATIENT = 1 << 30  # likewise, once the number rests: some seconds
SHRUNK = 1 << 20  # values that a larger photo's mask is shrunk to before
REST = 300  # milliseconds without another number after which a rough look is made exactly
REACH = 2  # times the number: how far from what is masked a change can be seen, with room to spare

ByPixels = Callable[[np.ndarray, float], np.ndarray]  # a mask, uint8 (h, w), and a length in its pixels


class Trial(QObject):
    """One change at a time, beside the window. While one look is made the newest amount waits, and no other.
    What was a rough look is made exactly once the number rests, while a newer one doesn't wait for that.
    Nothing is looked at while the mask is on its way to become another one.

    shown  a Mask to be seen in place of the one that is worked on; None: that one
    """

    shown = Signal(object)

    def __init__(
        self, document: Document, line: MaskLine, failed: Callable[[CoreError], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._line, self._failed = document, line, failed
        self._tasks = Tasks(self)  # a look waits for no file, and nothing says that the window is busy
        self._slow = Tasks(self)  # looks that take long
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._refine)
        self._change: ByPixels | None = None  # on trial
        self._pixels = 0.0
        self._number = 0  # of trials so far
        self._asked = 0  # of looks so far
        self._busy = self._stale = False
        document.changed.connect(self._follow)
        document.chosen.changed.connect(self._again)
        line.settled.connect(self._again)

    def begin(self, change: ByPixels, pixels: float) -> int:
        """Show what `change` by so many pixels of the photo comes to, until the `end` of this number."""
        self._change, self._number = change, self._number + 1
        self.turn(pixels)
        return self._number

    def turn(self, pixels: float) -> None:
        """By so many instead."""
        self._pixels = pixels
        self._again()

    def end(self, number: int) -> None:
        """The mask that is worked on is seen again, unless another trial has begun."""
        if self._change is not None and number == self._number:
            self._change = None
            self._rest.stop()
            self.shown.emit(None)

    def close(self) -> bool:
        """Whether what runs has ended; nothing is shown any more."""
        self._change = None
        self._rest.stop()
        return all([self._tasks.close(), self._slow.close()])

    def _again(self) -> None:
        self._asked += 1
        if self._busy or self._change is None or self._line.busy:
            self._stale = True
            return
        self._busy, self._stale = True, False
        work = partial(tried, self._document.chosen.mask(), self._change, self._pixels)
        self._tasks.start(work, partial(self._come, self._number), self._fail)

    def _come(self, number: int, mask: Mask) -> None:
        """An older amount's look is shown too: a drag is followed. That of the newest is made then."""
        self._busy = False
        self._show(number, mask)
        if self._stale:
            self._again()
        else:
            self._rest.start()

    def _show(self, number: int, mask: Mask) -> None:
        same = mask.size == self._document.state.mask.size
        if same and self._change is not None and number == self._number:
            self.shown.emit(mask)

    def _refine(self) -> None:
        """The number rests. One at a time: another waits for its turn."""
        if self._change is None or self._busy or self._line.busy:
            return
        if self._slow.busy:
            self._rest.start()
            return
        work = partial(refined, self._document.chosen.mask(), self._change, self._pixels)
        self._slow.start(work, partial(self._take, self._number, self._asked), self._give_up)

    def _take(self, number: int, asked: int, mask: Mask | None) -> None:
        """Of a number that has been turned since it is nothing any more."""
        if mask is not None and asked == self._asked:
            self._show(number, mask)

    def _fail(self, error: CoreError) -> None:
        self._busy = False
        self._give_up(error)

    def _give_up(self, error: CoreError) -> None:
        self.end(self._number)
        self._failed(error)

    def _follow(self, change: Changed) -> None:
        if change.what & (What.MASK | What.LAYERS):
            self._again()


def tried(mask: Mask, change: ByPixels, pixels: float) -> Mask:
    """The mask after `change` by so many pixels of the photo: exactly, where what it reaches is small; else
    as it is on a mask that is smaller by a power of two, on which lengths are at least 1.
    """
    if _cost(mask, pixels) <= EXACT:
        return _changed(mask, change, pixels)
    width, height = mask.size
    factor = 2
    while width * height > SHRUNK * factor**2:
        factor *= 2
    small = mask.reduced(rects.whole(mask.size), factor)
    return Mask(mask.size, auto=change(small, max(1.0, pixels / factor)))


def refined(mask: Mask, change: ByPixels, pixels: float) -> Mask | None:
    """Exactly what `tried` made on a smaller mask; None where it was exact, or nobody would wait for it."""
    return _changed(mask, change, pixels) if EXACT < _cost(mask, pixels) <= PATIENT else None


def _changed(mask: Mask, change: ByPixels, pixels: float) -> Mask:
    box = _reached(mask, pixels)
    if rects.is_empty(box):
        return mask
    return Mask(mask.size, strokes=Strokes(Plane().with_max(box, change(mask.crop(box), pixels))))


def _cost(mask: Mask, pixels: float) -> float:
    _, _, width, height = _reached(mask, pixels)
    return width * height * max(1.0, pixels)


def _reached(mask: Mask, pixels: float) -> Rect:
    """All that a change by so many pixels can be seen in; an empty box for none."""
    if mask.box is None:
        return 0, 0, 0, 0
    reach = math.ceil(REACH * pixels) + 1
    return rects.expand(mask.box, reach, reach, mask.size)
