"""What a change of the mask would come to, shown while its number is turned."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.document.mask import Mask
from core.document.plane import Plane
from core.document.strokes import Strokes
from core.errors import CoreError
from core.photo import rect as rects
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.tasks import Tasks

EXACT = 1 << 26  # pixels that are changed as they are, times by how far: a fraction of a second
SHRUNK = 1 << 20  # values that a larger photo's mask is shrunk to before
REACH = 2  # times the number: how far from what is masked a change can be seen, with room to spare

ByPixels = Callable[[np.ndarray, float], np.ndarray]  # a mask, uint8 (h, w), and a length in its pixels


class Trial(QObject):
    """One change at a time, beside the window. While one look is made the newest amount waits, and no other.

    shown  a Mask to be seen in place of the one that is worked on; None: that one
    """

    shown = Signal(object)

    def __init__(self, document: Document, failed: Callable[[CoreError], object], parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._failed = document, failed
        self._tasks = Tasks(self)  # a look waits for no file, and nothing says that the window is busy
        self._change: ByPixels | None = None  # on trial
        self._pixels = 0.0
        self._number = 0  # of trials so far
        self._busy = self._stale = False
        document.changed.connect(self._follow)
        document.chosen.changed.connect(self._again)

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
            self.shown.emit(None)

    def close(self) -> bool:
        """Whether what runs has ended; nothing is shown any more."""
        self._change = None
        return self._tasks.close()

    def _again(self) -> None:
        if self._busy or self._change is None:
            self._stale = True
            return
        self._busy, self._stale = True, False
        work = partial(tried, self._document.chosen.mask(), self._change, self._pixels)
        self._tasks.start(work, partial(self._come, self._number), self._fail)

    def _come(self, number: int, mask: Mask) -> None:
        """An older amount's look is shown too: a drag is followed. That of the newest is made then."""
        self._busy = False
        same = mask.size == self._document.state.mask.size
        if same and self._change is not None and number == self._number:
            self.shown.emit(mask)
        if self._stale:
            self._again()

    def _fail(self, error: CoreError) -> None:
        self._busy = False
        self.end(self._number)
        self._failed(error)

    def _follow(self, change: Changed) -> None:
        if change.what & (What.MASK | What.LAYERS):
            self._again()


def tried(mask: Mask, change: ByPixels, pixels: float) -> Mask:
    """The mask after `change` by so many pixels of the photo: exactly, where what it reaches is small; else
    as it is on a mask that is smaller by a power of two, on which lengths are at least 1.
    """
    if mask.box is None:
        return mask
    reach = math.ceil(REACH * pixels) + 1
    box = rects.expand(mask.box, reach, reach, mask.size)
    if box[2] * box[3] * max(1.0, pixels) <= EXACT:
        return Mask(mask.size, strokes=Strokes(Plane().with_max(box, change(mask.crop(box), pixels))))
    width, height = mask.size
    factor = 2
    while width * height > SHRUNK * factor**2:
        factor *= 2
    small = mask.reduced(rects.whole(mask.size), factor)
    return Mask(mask.size, auto=change(small, max(1.0, pixels / factor)))
