"""What a press of the colour wand would take, while the pointer hovers: nearly, and at once."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.document.composite import Composite
from core.errors import CoreError
from core.photo import rect as rects
from core.photo.masks.similar import similar
from core.photo.photo import Photo
from editor.document.document import Document
from editor.selecting import Selecting
from editor.tasks import Tasks

SIDE = 768  # pixels a side at most that are looked at

Sample = tuple[np.ndarray, int]  # uint8 (h, w, 3): every n-th pixel of a picture; and n
Asked = tuple[object, tuple[int, int] | None, int, bool]  # of which picture, where, how


class WandLook(QObject):
    """Of every n-th pixel of a large picture. One place is looked at after the other, and of those that wait
    the newest alone.

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
        self._sample: tuple[object, Sample] | None = None  # and of which picture
        selecting.changed.connect(self._next)

    def at(self, place: tuple[int, int] | None) -> None:
        """The pointer is over that pixel, (x, y) of the photo; None: nothing is to be seen any more."""
        self._at = place
        self._next()

    def close(self) -> bool:
        """Whether what runs has ended; nothing is seen any more."""
        self._at = None
        return self._tasks.close()

    def _next(self) -> None:
        photo, picture = self._document.state.photo, self._document.composite
        if self._busy or self._at is None or photo is None or picture is None:
            return
        self._busy, asked = True, self._asked()
        kept = self._sample[1] if self._sample is not None and self._sample[0] is asked[0] else None
        work = partial(_looked, picture if asked[0] is picture else photo, kept, self._at, *asked[2:])
        self._tasks.start(work, partial(self._come, asked), self._fail)

    def _come(self, asked: Asked, answer: tuple[Sample, np.ndarray]) -> None:
        self._busy = False
        sample, mask = answer
        self._sample = asked[0], sample
        if asked == self._asked():
            self.seen.emit(mask)
        else:
            self._next()

    def _fail(self, error: CoreError) -> None:
        self._busy, self._at = False, None
        self._failed(error)

    def _asked(self) -> Asked:
        selecting, state = self._selecting, self._document.state
        of = self._document.composite if selecting.as_shown else state.photo
        return of, self._at, selecting.tolerance, selecting.contiguous


def _looked(
    picture: Composite | Photo, kept: Sample | None, at: tuple[int, int], tolerance: int, contiguous: bool
) -> tuple[Sample, np.ndarray]:
    """What of a picture has the colour of a pixel, uint8 (h, w), and the sample that it was looked for in."""
    whole = picture if isinstance(picture, Composite) else Composite(picture)
    pixels, step = kept or _sampled(whole)
    here = at[0] // step, at[1] // step
    near = pixels.copy()
    near[here[1], here[0]] = whole.crop((*at, 1, 1))[0, 0]  # the very pixel, which the sample may lack
    size = near.shape[1], near.shape[0]
    found = similar(lambda box: near[rects.slices(box)], size, here, tolerance, contiguous=contiguous)
    mask = np.zeros(near.shape[:2], np.uint8)
    mask[rects.slices(found.box)] = found.values
    return (pixels, step), mask


def _sampled(whole: Composite) -> Sample:
    width, height = whole.original.size
    step = -(-max(width, height) // SIDE)
    return whole.sampled(np.arange(0, height, step), np.arange(0, width, step)), step
