"""One model on its way from the hub: how far it is, how fast, and stopping it."""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.edit.progress import Cancel
from core.errors import Cancelled, CoreError
from editor.tasks import Tasks

SPAN = 5.0  # seconds over which the speed is measured
Work = Callable[[Callable[[int, int], object], Callable[[], object]], Path]


class Fetch(QObject):
    """moved: bytes that are here, bytes in all;  got: the model;  stopped: what has come stays."""

    moved = Signal(object, object)  # Qt's own int has 32 bits
    got = Signal(object)
    stopped = Signal()
    failed = Signal(CoreError)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = Tasks(self)  # its own thread: a long transfer holds up nothing else
        self._cancel: Cancel | None = None
        self._past: list[tuple[float, int]] = []  # (second, bytes here), of the last SPAN seconds

    @property
    def running(self) -> bool:
        return self._cancel is not None

    @property
    def speed(self) -> float:
        """Bytes in a second, lately; 0 while that isn't known."""
        if len(self._past) < 2:
            return 0.0
        (then, before), (now, here) = self._past[0], self._past[-1]
        return max(0.0, (here - before) / (now - then)) if now > then else 0.0

    def start(self, work: Work) -> None:
        """Begin, or go on with, what `work` fetches."""
        cancel = self._cancel = Cancel()
        self._past = []

        def fetch() -> Path | None:
            try:
                return work(lambda here, whole: self._tell(cancel, here, whole), cancel.check)
            except Cancelled:
                return None

        self._tasks.start(fetch, self._finish, self._fail)

    def stop(self) -> None:
        """Between two blocks; it is told by `stopped`."""
        if self._cancel is not None:
            self._cancel.ask()

    def close(self) -> bool:
        """Stop for good; whether the thread has ended within a moment."""
        self.stop()
        return self._tasks.close()

    def _tell(self, cancel: Cancel, here: int, whole: int) -> None:
        """In the transfer's thread."""
        now = time.monotonic()
        self._past = [*(one for one in self._past if now - one[0] < SPAN), (now, here)]
        if not cancel.asked:
            self.moved.emit(here, whole)

    def _finish(self, model: Path | None) -> None:
        self._cancel = None
        if model is None:
            self.stopped.emit()
        else:
            self.got.emit(model)

    def _fail(self, error: CoreError) -> None:
        self._cancel = None
        self.failed.emit(error)
