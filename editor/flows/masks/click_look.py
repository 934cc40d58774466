"""What a click would take without a segmentation model, while the pointer hovers: what stands there."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.document.composite import Composite
from core.errors import CoreError
from core.photo.masks.clicked import Clickable, look
from core.photo.photo import Photo
from editor.document.document import Document
from editor.selecting import Selecting
from editor.tasks import Tasks

Asked = tuple[Composite | Photo | None, tuple[int, int] | None]  # of which picture, where


class ClickLook(QObject):
    """One place is looked at after the other, and of those that wait the newest alone.

    seen  a small mask that covers the picture, uint8 (h, w)
    """

    seen = Signal(object)

    def __init__(
        self,
        document: Document,
        selecting: Selecting,
        failed: Callable[[CoreError], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document, self._selecting, self._failed = document, selecting, failed
        self._tasks = Tasks(self)  # a look waits for nothing else, and nothing says that the window is busy
        self._at: tuple[int, int] | None = None  # where the pointer is
        self._busy = False
        self._looked: tuple[object, Clickable] | None = None  # and at which picture
        selecting.changed.connect(self._next)

    def at(self, place: tuple[int, int] | None) -> None:
        """The pointer is over that pixel, (x, y) of the photo; None: nothing is to be seen any more."""
        self._at = place
        self._next()

    def taken(self, place: tuple[int, int]) -> Callable[[], np.ndarray] | None:
        """What makes the mask of a click there, beside the window; None without a picture."""
        picture = self._asked()[0]
        if picture is None:
            return None
        kept = self._kept(picture)
        return lambda: _taken(picture, kept, place)[1]

    def close(self) -> bool:
        """Whether what runs has ended; nothing is seen any more."""
        self._at = None
        return self._tasks.close()

    def _next(self) -> None:
        asked = picture, at = self._asked()
        if self._busy or at is None or picture is None:
            return
        self._busy = True
        work = partial(_taken, picture, self._kept(picture), at)
        self._tasks.start(work, partial(self._come, asked), self._fail)

    def _come(self, asked: Asked, answer: tuple[Clickable, np.ndarray]) -> None:
        self._busy = False
        looked, mask = answer
        self._looked = asked[0], looked
        if asked == self._asked():
            self.seen.emit(mask)
        else:
            self._next()

    def _fail(self, error: CoreError) -> None:
        self._busy, self._at = False, None
        self._failed(error)

    def _kept(self, picture: Composite | Photo) -> Clickable | None:
        return self._looked[1] if self._looked is not None and self._looked[0] is picture else None

    def _asked(self) -> Asked:
        of = self._document.composite if self._selecting.as_shown else self._document.state.photo
        return of, self._at


def _taken(
    picture: Composite | Photo, kept: Clickable | None, at: tuple[int, int]
) -> tuple[Clickable, np.ndarray]:
    """What stands there, a small mask, and the picture as it was looked at."""
    whole = picture if isinstance(picture, Composite) else Composite(picture)
    looked = kept or look(whole.crop, whole.original.size, whole.original.space)
    return looked, looked.take(at)
