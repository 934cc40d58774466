"""The thread beside the window that watches over a batch's processes."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtGui import QImage

from core.batch.local import local
from core.batch.pictures import gather
from core.batch.run import Batch, Tally
from core.edit.request import EditRequest
from core.errors import CoreError
from core.photo.files.formats import QUALITY
from core.photo.files.open import open_photo
from core.text import shown
from editor.flows.many.thumbs import of_photo
from editor.log import fault
from editor.mailbox import Mailbox

log = logging.getLogger(__name__)
SHOWN = 512  # pixels: the longest side of a picture in the dialog
REST = 9  # times what a thumbnail took passes before the next: a tenth of this thread's time at most


@dataclass(frozen=True)
class BatchOrder:
    """What a batch is asked to do.

    masks    a folder, None to find the regions;  recipe  the request's file, None for the window's settings
    workers  0 for as many as fit;  quality  of lossy formats, 1…100
    """

    request: EditRequest
    pictures: str
    output: Path
    masks: Path | None = None
    recipe: Path | None = None
    workers: int = 0
    quality: int = QUALITY


@dataclass(frozen=True, eq=False)
class Finished:
    """The picture that was finished last, small."""

    name: str
    image: QImage


class BatchThread(QThread):
    """told: how far it is;  noticed: a sentence about what was left out;  shown: rings when `pictures` has a
    newer Finished."""

    told = Signal(Tally)
    noticed = Signal(str)
    shown = Signal()
    failed = Signal(CoreError)

    def __init__(self, order: BatchOrder, parent: QObject) -> None:
        super().__init__(parent)
        self._order = order
        self._next = 0.0  # when the next thumbnail may be made
        self._skipped: Path | None = None  # finished while none was made
        self.pictures = Mailbox[Finished]()

    def run(self) -> None:
        try:
            self._work()
        except CoreError as error:
            self.failed.emit(error)
        except Exception as error:
            log.exception("a batch failed")
            self.failed.emit(fault(error))
        if self._skipped is not None and not self.isInterruptionRequested():
            self._show(self._skipped)

    def _work(self) -> None:
        order = self._order
        gathered = gather([order.pictures], order.output, order.masks, order.recipe)
        for sentence in gathered.notices:
            self.noticed.emit(shown(sentence))
        if order.request.mask is not None and order.masks is None:
            self.noticed.emit(
                self.tr("The recipe was made with a painted mask; here the region is found in each picture.")
            )
        batch = Batch(order.request, gathered, order.output, order.quality)
        for sentence in batch.notices:
            self.noticed.emit(shown(sentence))
        workers = local(batch.request, order.workers or None, order.quality)
        batch.run(workers, self._tell, self.isInterruptionRequested)

    def _tell(self, tally: Tally) -> None:
        self.told.emit(tally)
        if tally.last is None or tally.last.error:
            return
        path = self._order.output / tally.last.name
        if time.perf_counter() < self._next:
            self._skipped = path
        else:
            self._show(path)

    def _show(self, path: Path) -> None:
        """Hand the window a result, small. One that can't be read, or is gone already, is not shown."""
        self._skipped, began = None, time.perf_counter()
        try:
            finished = Finished(path.name, of_photo(open_photo(path), SHOWN))
        except CoreError as error:
            log.warning("no preview of %s: %s", path, error)
        else:
            self.pictures.put(finished, lambda _: self.shown.emit(), "finished")
        now = time.perf_counter()
        self._next = now + REST * (now - began)
