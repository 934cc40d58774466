"""Short jobs beside the engine: reading and writing of files, off the window's thread, one at a time."""

import logging
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QThreadPool, Signal

from core.errors import CoreError
from editor.log import fault

T = TypeVar("T")
log = logging.getLogger(__name__)


class Tasks(QObject):
    """Runs functions on one background thread and hands their results back in the window's thread."""

    busyChanged = Signal(bool)  # noqa: N815 - Qt's own spelling
    _finished = Signal(object, object)  # a function and its one argument

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # in order: an export never overtakes the one before it
        self._open = 0
        self._finished.connect(self._finish)

    @property
    def busy(self) -> bool:
        return self._open > 0

    def start(
        self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[CoreError], object]
    ) -> None:
        """Run `work` in the background, then `done(result)` or `failed(error)` here."""
        self._count(1)
        self._pool.start(lambda: self._run(work, done, failed))

    def close(self) -> None:
        """Wait until everything begun is finished, or an export would be lost; results are dropped."""
        self._finished.disconnect(self._finish)
        self._pool.waitForDone()

    def _run(
        self, work: Callable[[], T], done: Callable[[T], object], failed: Callable[[CoreError], object]
    ) -> None:
        try:
            result = work()
        except CoreError as error:
            self._finished.emit(failed, error)
        except Exception as error:
            log.exception("a background task failed")
            self._finished.emit(failed, fault(error))
        else:
            self._finished.emit(done, result)

    def _finish(self, function: Callable[[object], None], value: object) -> None:
        self._count(-1)
        function(value)

    def _count(self, change: int) -> None:
        self._open += change
        self.busyChanged.emit(self.busy)
