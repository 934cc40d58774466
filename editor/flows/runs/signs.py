"""What is told of the work as a whole: that there is something to stop, and whether a mask is looked for."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from editor.flows.models.photographs import Photographs
from editor.flows.runs.queue import Queue
from editor.flows.runs.run_state import RunState
from editor.jobs import Jobs
from editor.statusbar import StatusBar


class Signs(QObject):
    """The status bar shows its middle part for as long as there is something to stop.

    changed  `stoppable` may have become another
    seeks    whether a mask is looked for, or was found and waits for its edit
    """

    changed = Signal()
    seeks = Signal(bool, bool)

    def __init__(
        self,
        queue: Queue,
        jobs: Jobs,
        photographs: Photographs,
        status: StatusBar,
        busy: Callable[[], bool],
        run: Callable[[], RunState],
    ) -> None:
        """busy: a search or an edit is under way;  run: the one under way, or the last that was"""
        super().__init__(queue)
        self._queue, self._jobs, self._photographs, self._status = queue, jobs, photographs, status
        self._busy, self._run = busy, run
        queue.changed.connect(self.tell_search)
        for news in (jobs.busyChanged, queue.changed, photographs.waitsChanged):
            news.connect(self._show)

    @property
    def stoppable(self) -> bool:
        """A search or an edit, under way or waiting for the model."""
        return self._busy() or self._photographs.waits

    def tell_search(self) -> None:
        """Something may have been found."""
        running, run = self._queue.running, self._run()
        seeks = running is not None and running.seeks
        found = seeks and run.order is running and run.heat is not None
        self.seeks.emit(seeks and not found, found)

    def _show(self) -> None:
        if self._photographs.waits and not self._busy():
            self._status.begin()
        self._status.set_busy(self._jobs.busy or self.stoppable)
        self.changed.emit()
