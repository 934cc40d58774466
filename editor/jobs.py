"""The one worker thread round the engine: queued signals in, queued signals out."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from core.child.engine import ChildEngine
from core.document.composite import Composite
from core.edit.progress import Cancel, Progress
from core.edit.protocol import Apart, Edits
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, ModelInfo
from core.edit.weighted import PromptStyle
from core.errors import Cancelled, CoreError, LostError
from core.photo.boxed import BoxedMask
from editor.log import fault
from editor.mailbox import Mailbox

log = logging.getLogger(__name__)
GRACE = 3000  # milliseconds that the thread is waited for on closing
LOOKS = 1000  # milliseconds between two looks whether an idle engine is still there
Work = Callable[[Edits, Callable[[object], None], Cancel], None]  # of a series: engine, tell, cancel


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


@dataclass(frozen=True)
class Check:
    """See whether an engine that is at nothing is still there."""


@dataclass(frozen=True)
class Series:
    """Many runs for a dialog; what they tell goes to `told` alone."""

    work: Work


What = Load | Find | Run | Keep | Drop | Count | Check | Series


@dataclass(frozen=True)
class EngineJob:
    """One order to the worker, with the flag that stops it."""

    what: What
    cancel: Cancel = field(default_factory=Cancel)


QUIET = (Load, Drop, Count, Check)  # the window isn't busy with these, and Stop doesn't stop them


class EngineWorker(QObject):
    """Lives in the worker thread and does one job at a time. Never asks the window anything."""

    ready = Signal(ModelInfo, tuple)  # and the devices of this machine, best first
    found = Signal(FindResult)
    edited = Signal(EditResult)
    stopped = Signal(bool)  # something was reached that can be kept
    failed = Signal(CoreError, bool)  # True: a model failed to load
    counted = Signal(tuple, tuple)  # texts; what was counted of each
    told = Signal(object)  # by a series
    ended = Signal(object)  # a series: None, or the CoreError that ended it
    lost = Signal()  # the engine has ended by itself, which was told, and no model is loaded any more
    rang = Signal()  # the mailbox has news
    finished = Signal(EngineJob)

    def __init__(self, build: Callable[[], Edits], mailbox: Mailbox[Progress]) -> None:
        super().__init__()
        self._build = build
        self._mailbox = mailbox
        self._engine: Edits | None = None
        self._partial: object | None = None

    @Slot(EngineJob)
    def do(self, job: EngineJob) -> None:
        try:
            if isinstance(job.what, Series):
                self._series(job.what, job.cancel)
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
            loading = isinstance(job.what, Load)
            self.failed.emit(error, loading)
            if isinstance(error, LostError) and not loading:
                self.lost.emit()
        except Exception as error:
            log.exception("%s failed", type(job.what).__name__)
            self.failed.emit(fault(error), isinstance(job.what, Load))
        finally:
            self.finished.emit(job)

    def _series(self, series: Series, cancel: Cancel) -> None:
        error: CoreError | None = None
        try:
            cancel.check()
            series.work(self._ready(), self.told.emit, cancel)
        except Cancelled:
            log.info("a series was stopped")
        except CoreError as reason:
            error = reason
        except Exception as reason:
            log.exception("a series failed")
            error = fault(reason)
        self.ended.emit(error)
        if isinstance(error, LostError):
            self.lost.emit()

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

    def _do(self, what: Load | Find | Run | Keep | Drop | Count, cancel: Cancel) -> None:
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
                if self._partial is not None:
                    partial, self._partial = self._partial, None
                    self.edited.emit(engine.keep(partial))
            case Drop():
                self._partial = None
            case Count(texts, style):
                self.counted.emit(texts, engine.tokens(texts, style))

    def _step(self, step: Progress) -> None:
        self._mailbox.put(step, lambda _: self.rang.emit())


class Jobs(QObject):
    """The window's side: orders in, news out. Everything here runs in the window's thread."""

    modelLoading = Signal(str)
    modelReady = Signal(ModelInfo, tuple)
    modelFailed = Signal(CoreError)
    found = Signal(FindResult)
    edited = Signal(EditResult)
    stopped = Signal(bool)
    failed = Signal(CoreError)
    progressed = Signal(tuple)  # of Progress: all since the last time, newest last
    counted = Signal(tuple, tuple)  # texts; what was counted of each
    told = Signal(object)  # by a series, as it goes on
    ended = Signal(object)  # a series: None, or the CoreError that ended it
    lost = Signal()  # the engine has ended by itself, which was told, and no model is loaded any more
    busyChanged = Signal(bool)
    _order = Signal(EngineJob)

    def __init__(self, build: Callable[[], Edits] = ChildEngine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = Mailbox[Progress]()
        self._open: list[EngineJob] = []
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker = EngineWorker(build, self._mailbox)
        self._worker.moveToThread(self._thread)
        self._looks = QTimer(self, interval=LOOKS)
        self._bind()
        self._thread.start()
        self._looks.start()

    def _bind(self) -> None:
        worker = self._worker
        self._order.connect(worker.do)
        worker.ready.connect(self.modelReady)
        worker.found.connect(self.found)
        worker.counted.connect(self.counted)
        worker.edited.connect(self.edited)
        worker.stopped.connect(self.stopped)
        worker.failed.connect(self._fail)
        worker.told.connect(self.told)
        worker.ended.connect(self.ended)
        worker.lost.connect(self.lost)
        worker.rang.connect(self._deliver)
        worker.finished.connect(self._finish)
        self._looks.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """A search, an edit or a keeping is under way or waits."""
        return any(not isinstance(job.what, QUIET) for job in self._open)

    def load(self, model: str, device: str) -> None:
        """Make `model` the one that runs from now on."""
        self.modelLoading.emit(model)
        self._submit(Load(model, device))

    def find(self, request: EditRequest, picture: Composite) -> None:
        self._submit(Find(request, picture))

    def run(self, request: EditRequest, picture: Composite, mask: BoxedMask | None) -> None:
        self._submit(Run(request, picture, mask))

    def series(self, work: Work) -> None:
        """Many runs, told of by `told` and `ended` alone."""
        self._submit(Series(work))

    def count(self, texts: tuple[str, ...], style: PromptStyle) -> None:
        """Count tokens by the loaded model, as it reads in this style; they arrive as `counted`."""
        self._submit(Count(texts, style))

    def keep(self) -> None:
        """Ask for what the stopped run had reached; it arrives as `edited`."""
        self._submit(Keep())

    def drop(self) -> None:
        """What the stopped run had reached is not wanted."""
        self._submit(Drop())

    def stop(self) -> None:
        """Stop every search and edit within one evaluation."""
        for job in self._open:
            if not isinstance(job.what, QUIET):
                job.cancel.ask()

    def close(self) -> bool:
        """Stop everything; whether the thread has ended within a moment. No signal arrives any more.

        A model that is being loaded, or one long evaluation, is not waited for: neither writes anything.
        """
        self._looks.stop()
        for job in self._open:
            job.cancel.ask()
        self._worker.disconnect(self)
        self._worker.end()
        thread, worker = self._thread, self._worker
        thread.quit()
        if thread.wait(GRACE):
            return True
        thread.setParent(None)  # or it would be destroyed while it runs
        thread.finished.connect(lambda: (thread, worker))
        return False

    def _look(self) -> None:
        if not self._open:
            self._submit(Check())

    def _submit(self, what: What) -> None:
        was = self.busy
        job = EngineJob(what)
        self._open.append(job)
        if self.busy != was:
            self.busyChanged.emit(True)
        self._order.emit(job)

    @Slot(CoreError, bool)
    def _fail(self, error: CoreError, loading: bool) -> None:
        (self.modelFailed if loading else self.failed).emit(error)

    @Slot()
    def _deliver(self) -> None:
        steps = self._mailbox.take()
        if steps:
            self.progressed.emit(steps)

    @Slot(EngineJob)
    def _finish(self, job: EngineJob) -> None:
        was = self.busy
        self._open = [other for other in self._open if other is not job]
        if was and not self.busy:
            self.busyChanged.emit(False)
