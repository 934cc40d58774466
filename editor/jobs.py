"""The one worker thread round the engine: queued signals in, queued signals out."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot

from core.child.engine import ChildEngine
from core.document.composite import Composite
from core.edit.pointed import Pointed
from core.edit.progress import Progress
from core.edit.protocol import Edits
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, ModelInfo
from core.edit.words.weighted import PromptStyle
from core.errors import CoreError
from core.photo.masks.boxed import BoxedMask
from editor.mailbox import Mailbox
from editor.worker import (
    QUIET,
    Check,
    Count,
    Drop,
    EngineJob,
    EngineWorker,
    Find,
    Keep,
    Load,
    Point,
    Run,
    Series,
    What,
    Work,
)

GRACE = 3000  # milliseconds that the thread is waited for on closing
LOOKS = 1000  # milliseconds between two looks whether an idle engine is still there


class Jobs(QObject):
    """The window's side: orders in, news out. Everything here runs in the window's thread.

    One series at a time; between two of its pictures it gives way to everything else. What is ordered in
    answer to the end of a job follows it before the series goes on.
    """

    modelLoading = Signal(str)
    modelReady = Signal(ModelInfo, tuple)
    modelFailed = Signal(CoreError)
    found = Signal(FindResult)
    edited = Signal(EditResult)
    stopped = Signal(bool)
    reached = Signal(EditResult)  # by the run that was stopped last
    keepFailed = Signal(CoreError)
    failed = Signal(CoreError)  # a search or an edit
    disturbed = Signal(CoreError)  # something that nobody waits for
    progressed = Signal(tuple)  # of Progress: all since the last time, newest last
    counted = Signal(tuple, tuple)  # texts; what was counted of each
    taken = Signal(object, object)  # a Point; what is meant, None where the picture was only read
    pointFailed = Signal(CoreError)
    told = Signal(object)  # by a series, as it goes on
    ended = Signal(object, EngineJob)  # a series: None, or the CoreError that ended it
    lost = Signal()  # the engine has ended by itself, which was told, and no model is loaded any more
    busyChanged = Signal(bool)
    seriesChanged = Signal()
    _order = Signal(EngineJob)
    _wake = Signal()

    def __init__(self, build: Callable[[], Edits] = ChildEngine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = Mailbox[Progress]()
        self._open: list[EngineJob] = []
        self._later: list[EngineJob] = []  # series, of those that are open, that wait for the one under way
        self._others = threading.Event()
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self._worker = EngineWorker(build, self._mailbox, self._others)
        self._worker.moveToThread(self._thread)
        self._looks = QTimer(self, interval=LOOKS)
        self._bind()
        self._thread.start()
        self._looks.start()

    def _bind(self) -> None:
        worker = self._worker
        self._order.connect(worker.do)
        self._wake.connect(worker.wake)
        worker.ready.connect(self.modelReady)
        worker.found.connect(self.found)
        worker.counted.connect(self.counted)
        worker.edited.connect(self.edited)
        worker.stopped.connect(self.stopped)
        worker.reached.connect(self.reached)
        worker.failed.connect(self._fail)
        worker.taken.connect(self.taken)
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

    def series(self, work: Work, title: str) -> EngineJob:
        """Many runs, told of by `told` and `ended` alone; they begin when no other series is under way."""
        job = self._submit(Series(work, title))
        self.seriesChanged.emit()
        return job

    @property
    def all_series(self) -> tuple[EngineJob, ...]:
        """The one under way, and those that wait for its end."""
        return tuple(job for job in self._open if isinstance(job.what, Series))

    def count(self, texts: tuple[str, ...], style: PromptStyle) -> None:
        """Count tokens by the loaded model, as it reads in this style; they arrive as `counted`."""
        self._submit(Count(texts, style))

    def point(self, segmenter: str, device: str, picture: Composite, pointed: Pointed | None) -> None:
        """Ask what is meant on a picture, or have it read alone; it arrives as `taken` or `pointFailed`."""
        self._submit(Point(segmenter, device, picture, pointed))

    def keep(self) -> None:
        """Ask for what the stopped run had reached; it arrives as `reached` or `keepFailed`."""
        self._submit(Keep())

    def drop(self) -> None:
        """What the stopped run had reached is not wanted."""
        self._submit(Drop())

    def stop(self) -> None:
        """Stop the search or edit under way within one evaluation; where there is none, the series. One that
        waits, for a model or a series, is taken back at once.
        """
        edits = [job for job in self._open if isinstance(job.what, Find | Run)]
        for job in edits or self.all_series[:1]:
            if isinstance(job.what, Series) or not job.claim():
                self.give_up(job)
            else:
                self.stopped.emit(False)
                self._finish(job)

    def give_up(self, series: EngineJob) -> None:
        """Stop this one within one evaluation, or never begin it."""
        series.cancel.ask()
        self._wake.emit()

    def close(self) -> bool:
        """Stop everything; whether the thread has ended within a moment. No signal arrives any more.

        A model that is being loaded, or one long evaluation, is not waited for: neither writes anything.
        """
        self._looks.stop()
        for job in self._open:
            self.give_up(job)
        self._worker.disconnect(self)
        self.blockSignals(True)  # what was told before may be on its way
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

    def _submit(self, what: What) -> EngineJob:
        was = self.busy
        job = EngineJob(what)
        waits = isinstance(what, Series) and any(isinstance(other.what, Series) for other in self._open)
        self._open.append(job)
        self._mark_others()
        if self.busy != was:
            self.busyChanged.emit(True)
        if waits:
            self._later.append(job)
        else:
            self._order.emit(job)
        return job

    def _mark_others(self) -> None:
        """Tell the worker whether a series has to give way."""
        if any(not isinstance(job.what, Series) for job in self._open):
            self._others.set()
        elif self._others.is_set():
            self._others.clear()
            self._wake.emit()

    @Slot(CoreError, EngineJob)
    def _fail(self, error: CoreError, job: EngineJob) -> None:
        if isinstance(job.what, Load):
            self.modelFailed.emit(error)
        elif isinstance(job.what, Point):
            self.pointFailed.emit(error)
        elif isinstance(job.what, Keep):
            self.keepFailed.emit(error)
        else:
            (self.disturbed if isinstance(job.what, QUIET) else self.failed).emit(error)

    @Slot()
    def _deliver(self) -> None:
        steps = self._mailbox.take()
        if steps:
            self.progressed.emit(steps)

    @Slot(EngineJob)
    def _finish(self, job: EngineJob) -> None:
        was = self.busy
        self._open = [other for other in self._open if other is not job]
        self._mark_others()
        if isinstance(job.what, Series):
            if self._later:
                self._order.emit(self._later.pop(0))
            self.seriesChanged.emit()
        if was and not self.busy:
            self.busyChanged.emit(False)
