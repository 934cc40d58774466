"""Changes of the mask that is worked on as it stands: small ones at once, those of large pictures beside the
window."""

from collections import deque
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.document.layer import Variant
from core.document.mask import Mask
from core.document.plane import Plane
from core.document.strokes import Mode
from core.errors import CoreError
from core.photo import rect as rects
from editor.banner import Banner
from editor.document.document import Document
from editor.tasks import Tasks

AT_ONCE = 1 << 20  # pixels of a photo whose mask the window may wait for

Change = Callable[[np.ndarray], np.ndarray]  # of a whole mask, uint8 (H, W)


class Reshaping(QObject):
    """One change after the other, each of what the one before it left, one undo entry each.

    A mask that is painted on meanwhile loses nothing: the change is made anew, of what is there then.

    settled  nothing is under way any more: all that was asked for is made, or is given up
    owned    what was found has become the hand's own
    """

    settled = Signal()
    owned = Signal()

    def __init__(self, document: Document, tasks: Tasks, banner: Banner, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._tasks, self._banner = document, tasks, banner
        self._waiting: deque[tuple[Change, str]] = deque()
        self._busy = False

    @property
    def busy(self) -> bool:
        """Something is under way that isn't made yet."""
        return bool(self._waiting)

    def change(self, change: Change, text: str) -> None:
        """Put the mask through `change`; undo calls it `text`. There is no entry where it changes nothing."""
        self._waiting.append((change, text))
        self._next()

    def _next(self) -> None:
        while self._waiting and not self._busy:
            mask, meant = self._document.chosen.mask(), self._meant()
            work = partial(_changed, mask, self._document.chosen.subject, self._waiting[0][0])
            if mask.size[0] * mask.size[1] <= AT_ONCE:
                self._take(meant, work())
            else:
                self._busy = True
                self._tasks.start(work, partial(self._come, meant), self._fail)
        if not self._busy:
            self.settled.emit()

    def _come(self, meant: tuple[object, object], after: Mask | Variant | None) -> None:
        self._busy = False
        now = self._meant()
        if meant[0] is not now[0]:
            self._waiting.clear()
        elif meant[1] is now[1]:
            self._take(meant, after)
        self._next()

    def _fail(self, error: CoreError) -> None:
        self._busy = False
        self._waiting.clear()
        self._banner.error(error)
        self.settled.emit()

    def _take(self, meant: tuple[object, object], after: Mask | Variant | None) -> None:
        _, text = self._waiting.popleft()
        if after is not None and meant[0] is not None:
            document = self._document
            found = document.chosen.masked is None and document.state.mask.follows
            everywhere = rects.whole(document.state.mask.size)
            document.apply(document.chosen.becomes(after), text, rect=everywhere)
            if found:
                self.owned.emit()

    def _meant(self) -> tuple[object, object]:
        """The photo, and the very mask that is worked on."""
        state, layer = self._document.state, self._document.chosen.masked
        return state.photo, state.mask if layer is None else layer.variant


def _changed(mask: Mask, subject: Mask | Variant, change: Change) -> Mask | Variant | None:
    """What becomes of the mask, or of the layer with it, by `change`; None where that is the same."""
    before = mask.array()
    after = change(before)
    if np.array_equal(before, after):
        return None
    return subject.selected(Plane.from_array(after), Mode.REPLACE)
