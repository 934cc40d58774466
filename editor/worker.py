"""What the thread round the engine is asked to do, and how it does it: one order at a time."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QEventLoop, QObject, Signal, Slot

from core.document.composite import Composite
from core.edit.pointed import Pointed, Taken
from core.edit.progress import Cancel, Progress
from core.edit.protocol import Apart, Edits, SeriesEngine
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, ModelInfo
from core.edit.words.weighted import PromptStyle
from core.errors import Cancelled, CoreError, LostError
from core.photo.masks.boxed import BoxedMask
from editor.giving_way import GivingWay
from editor.log import fault
from editor.mailbox import Mailbox

log = logging.getLogger(__name__)
Work = Callable[[SeriesEngine, Callable[[object], None], Cancel], None]  # of a series: engine, tell, cancel


@dataclass(frozen=True)
class Load:
    model: str
    device: str


@dataclass(frozen=True)
class Find:
    """`picture`: what it is shown as; a large one is made whole in the worker thread."""

    request: EditRequest
    picture: Composite


@dataclass(frozen=True)
class Run:
    """`picture`: as of a Find; `mask`: None: found first when the method masks."""

    request: EditRequest
    picture: Composite
    mask: BoxedMask | None


@dataclass(frozen=True)
class Keep:
    """Turn what the last stopped run had reached into a result."""


@dataclass(frozen=True)
class Drop:
    """Let go of what the last stopped run had reached."""


@dataclass(frozen=True)
class Count:
    """How the model reads each text, and how much of it."""

    texts: tuple[str, ...]
    style: PromptStyle


@dataclass(frozen=True, eq=False)
class Point:
    """Say what is meant on a picture by what is pointed at, once the segmenter has read it; None: read it.

    segmenter  the folder of a SAM 2.1
    """

    segmenter: str
    device: str
    picture: Composite
    pointed: Pointed | None


@dataclass(frozen=True)
class Check:
    """See whether an engine that is at nothing is still there."""


@dataclass(frozen=True)
class Series:
    """Many runs for a dialog; what they tell goes to `told` alone. Between two of them others go first.

    title  what they come to
    """

    work: Work
    title: str


What = Load | Find | Run | Keep | Drop | Count | Point | Check | Series


@dataclass(frozen=True, eq=False)
class EngineJob:
    """One order to the worker, with the flag that stops it."""

    what: What
    cancel: Cancel = field(default_factory=Cancel)
    _free: threading.Lock = field(default_factory=threading.Lock)

    def claim(self) -> bool:
        """Whoever is first has it: the worker, to do it, or the window, to take it back."""
        return self._free.acquire(blocking=False)


QUIET = (Load, Drop, Count, Point, Check)  # the window isn't busy with these, and Stop doesn't stop them


class EngineWorker(QObject):
    """Lives in the worker thread and does one job at a time. Never asks the window anything."""

    ready = Signal(ModelInfo, tuple)  # and the devices of this machine, best first
    found = Signal(FindResult)
    edited = Signal(EditResult)
    stopped = Signal(bool)  # something was reached that can be kept
    reached = Signal(EditResult)  # what that is
    failed = Signal(CoreError, EngineJob)
    counted = Signal(tuple, tuple)  # texts; what was counted of each
    taken = Signal(object, object)  # a Point; what is meant, None where it was only read
    told = Signal(object)  # by a series
    ended = Signal(object, EngineJob)  # a series: None, or the CoreError that ended it
    lost = Signal()  # the engine has ended by itself, which was told, and no model is loaded any more
    rang = Signal()  # the mailbox has news
    finished = Signal(EngineJob)

    def __init__(
        self, build: Callable[[], Edits], mailbox: Mailbox[Progress], others: threading.Event
    ) -> None:
        """others: set while there is more to do than a series."""
        super().__init__()
        self._build = build
        self._mailbox, self._others = mailbox, others
        self._engine: Edits | None = None
        self._partial: object | None = None

    @Slot(EngineJob)
    def do(self, job: EngineJob) -> None:
        if not job.claim():
            return
        try:
            if isinstance(job.what, Series):
                self._series(job.what, job)
                return
            job.cancel.check()
            if isinstance(job.what, Check):
                self._check()
            else:
                self._do(job.what, job.cancel)
        except Cancelled as cancelled:
            self._partial = cancelled.partial
            self.stopped.emit(self._partial is not None)
        except CoreError as error:
            log.warning("%s failed: %s", type(job.what).__name__, error)
            self.failed.emit(error, job)
            if isinstance(error, LostError) and not isinstance(job.what, Load):
                self.lost.emit()
        except Exception as error:
            log.exception("%s failed", type(job.what).__name__)
            self.failed.emit(fault(error), job)
        finally:
            self.finished.emit(job)

    @Slot()
    def wake(self) -> None:
        """Look whether there still is something to give way to."""

    def _series(self, series: Series, job: EngineJob) -> None:
        error: CoreError | None = None
        try:
            job.cancel.check()
            engine = GivingWay(self._ready(), partial(self._give_way, job.cancel))
            series.work(engine, self.told.emit, job.cancel)
        except Cancelled:
            log.info("a series was stopped")
        except CoreError as reason:
            error = reason
        except Exception as reason:
            log.exception("a series failed")
            error = fault(reason)
        self.ended.emit(error, job)
        if isinstance(error, LostError):
            self.lost.emit()

    def _give_way(self, cancel: Cancel) -> None:
        """Do what has been ordered meanwhile, and what follows from it, inside of the series."""
        loop = QEventLoop()
        loop.processEvents()
        while self._others.is_set() and not cancel.asked:
            loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def end(self) -> None:
        """The window closes: an engine in a process of its own is ended, from any thread and in mid-job."""
        if isinstance(self._engine, Apart):
            self._engine.close()

    def _ready(self) -> Edits:
        if self._engine is None:
            self._engine = self._build()
        return self._engine

    def _check(self) -> None:
        if isinstance(self._engine, Apart):
            self._engine.check()

    def _do(self, what: Load | Find | Run | Keep | Drop | Count | Point, cancel: Cancel) -> None:
        engine = self._ready()
        match what:
            case Load(model, device):
                self._partial = None  # it holds the model that it was drawn with
                self.ready.emit(engine.load(model, device), engine.devices())
            case Find(request, picture):
                photo = picture.photo()
                self.found.emit(engine.find(request, photo, on_progress=self._step, cancel=cancel))
            case Run(request, picture, mask):
                self._partial = None
                photo = picture.photo()
                result = engine.run(request, photo, mask, on_progress=self._step, cancel=cancel)
                self.edited.emit(result)
            case Keep():
                partial, self._partial = self._partial, None
                if partial is None:
                    message = "What the stopped edit had reached is gone: another model was loaded since."
                    raise CoreError(message, "Repaint to draw it anew.")
                self.reached.emit(engine.keep(partial))
            case Drop():
                self._partial = None
            case Count(texts, style):
                self.counted.emit(texts, engine.tokens(texts, style))
            case Point():
                self.taken.emit(what, self._point(engine, what))

    @staticmethod
    def _point(engine: Edits, what: Point) -> Taken | None:
        """The picture is read where it wasn't, or was forgotten since."""
        photo, pointed = what.picture.photo(), what.pointed
        taken = pointed and engine.take(what.segmenter, what.device, photo.digest, pointed)
        if taken is None:
            engine.look(what.segmenter, what.device, photo)
            taken = pointed and engine.take(what.segmenter, what.device, photo.digest, pointed)
        return taken

    def _step(self, step: Progress) -> None:
        self._mailbox.put(step, lambda _: self.rang.emit())
