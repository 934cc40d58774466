"""Short jobs beside the engine: reading and writing of files, off the window's thread."""

import logging
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from core.errors import CoreError
from editor.log import fault

GRACE = 2.0  # seconds that what only reads is waited for on closing

T = TypeVar("T")
log = logging.getLogger(__name__)


class Tasks(QObject):
    """Runs functions in the background and hands their results back in the window's thread.

    What only reads goes one after the other on one thread, and is given up on closing: a disk or a server
    that is gone never answers. What writes goes in order on another, so that an export never overtakes the
    one before it nor waits for a look-up, and is finished before the program ends.
    """

    busyChanged = Signal(bool)
    written = Signal()  # the last thing to write is finished, or has failed, and that was told
    _finished = Signal(object, object)  # a function and its one argument

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reads, self._writes = _Lane("reads"), _Lane("writes")
        self._open = self._writing = 0
        self._settled: threading.Event | None = None  # the last thing to write is over
        self._closed = False
        self._finished.connect(self._finish)

    @property
    def busy(self) -> bool:
        return self._open > 0

    @property
    def writing(self) -> bool:
        """Something is on its way to the disk."""
        return self._writing > 0

    def start(
        self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[CoreError], object]
    ) -> None:
        """Run `work`, which only reads, then `done(result)` or `failed(error)` here.

        It sees what was written before it was asked for.
        """
        before = self._settled

        def read() -> None:
            if before is not None:
                before.wait()
            self._run(work, done, failed)

        self._count(1)
        self._reads.put(read)

    def write(
        self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[CoreError], object]
    ) -> None:
        """The same for `work` that writes a file: it is waited for."""
        settled = self._settled = threading.Event()

        def finish(tell: Callable[[], object]) -> None:
            self._writing -= 1
            tell()
            if not self._writing:
                self.written.emit()

        def put_down() -> None:
            try:
                self._run(
                    work,
                    lambda value: finish(partial(done, value)),
                    lambda error: finish(partial(failed, error)),
                )
            finally:
                settled.set()

        self._writing += 1
        self._count(1)
        self._writes.put(put_down)

    def close(self) -> bool:
        """Wait until what writes is finished, and a moment for the rest; whether all has ended.

        Nothing is told any more.
        """
        self._closed = True
        self._finished.disconnect(self._finish)
        self._writes.end(None)
        return self._reads.end(GRACE)

    def _run(
        self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[CoreError], object]
    ) -> None:
        try:
            result = work()
        except CoreError as error:
            self._tell(failed, error)
        except Exception as error:
            log.exception("a background task failed")
            self._tell(failed, fault(error))
        else:
            self._tell(done, result)

    def _tell(self, function: Callable[[T], object], value: T) -> None:
        if not self._closed:
            self._finished.emit(function, value)

    def _finish(self, function: Callable[[object], None], value: object) -> None:
        if self._closed:  # it was on its way already
            return
        self._count(-1)
        function(value)

    def _count(self, change: int) -> None:
        self._open += change
        self.busyChanged.emit(self.busy)


class _Lane:
    """A thread that does jobs in order, from the first one to `end`; Python's exit doesn't wait for it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._given_up = threading.Event()

    def put(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()

    def end(self, patience: float | None) -> bool:
        """Wait for all jobs, or so many seconds for the one under way; whether the thread has ended."""
        if patience is not None:
            self._given_up.set()
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(patience)
        return self._thread is None or not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not self._given_up.is_set():
                job()
            del job  # and what it holds: the next one may be long in coming
