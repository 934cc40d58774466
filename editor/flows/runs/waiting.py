"""The queue as a list that can be worked on: rows with pictures, and what can be done to them."""

from collections.abc import Callable
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.document.composite import Composite
from core.document.order import Order, Orders
from core.document.recipe import named
from core.edit.removing import title
from core.photo.photo import Photo
from core.photo.rect import Size
from editor.banner import Banner
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.models.photographs import Photographs
from editor.flows.runs.runs import Runs
from editor.jobs import Jobs
from editor.panels.queue import QueuePanel, QueueRow
from editor.tasks import Tasks
from editor.widgets.image import of_rgb
from editor.widgets.rows import PICTURE
from editor.worker import EngineJob, Series

ASKED = "asked"  # the row of what waits for the model


class Waiting(QObject):
    """What waits for a model that is being loaded has no turn yet: it is shown after the others.

    changed: other rows, or another one is chosen;  counted: how many wait, and whether they are held.
    """

    changed = Signal()
    counted = Signal(int, bool)

    def __init__(
        self,
        document: Document,
        runs: Runs,
        photographs: Photographs,
        jobs: Jobs,
        tasks: Tasks,
        banner: Banner,
    ) -> None:
        super().__init__(runs)
        self._photographs = photographs
        self._document, self._runs, self._queue = document, runs, runs.queue
        self._jobs, self._tasks, self._banner = jobs, tasks, banner
        self._panel: QueuePanel | None = None
        self._chosen = ""
        self._images: WeakKeyDictionary[object, QImage | None] = WeakKeyDictionary()
        self._queue.changed.connect(self._show)
        runs.signs.changed.connect(self._tell)
        photographs.waitsChanged.connect(self._show)
        document.changed.connect(self._hear)
        jobs.seriesChanged.connect(self._show)

    def furnish(self, panel: QueuePanel) -> None:
        """The list is there."""
        self._panel = panel
        panel.list.chosen.connect(self._choose)
        panel.list.moved.connect(self._queue.move)
        self._show()

    @property
    def possible(self) -> dict[str, bool]:
        """What can be done now, by the names of the actions."""
        place, last = self._place, len(self._queue.waiting) - 1
        return {
            "queue-sooner": place > 0,
            "queue-later": 0 <= place < last,
            "queue-hold": bool(self._queue.waiting),
            "queue-drop": place >= 0 or self._series is not None or self._chosen == ASKED,
            "queue-clear": bool(self._queue.waiting) or self._photographs.waits,
            "stop": self._runs.signs.stoppable,
        }

    @property
    def held(self) -> bool:
        """What waits doesn't begin by itself."""
        return self._queue.held

    @property
    def many(self) -> str:
        """What is called that makes many pictures now, "" for nothing."""
        what = next((job.what for job in self._jobs.all_series), None)
        return what.title if isinstance(what, Series) else ""

    def sooner(self) -> None:
        """The chosen one has its turn before the one before it."""
        if self._place > 0:
            self._queue.move(self._chosen, self._place - 1)

    def later(self) -> None:
        """The chosen one has its turn after the one after it."""
        if self._place >= 0:
            self._queue.move(self._chosen, self._place + 1)

    def drop(self) -> None:
        """The chosen one is not wanted any more; a series of pictures ends with those that are there."""
        if self._series is not None:
            self._jobs.give_up(self._series)
        elif self._chosen == ASKED:
            self._photographs.give_up()
        else:
            self._queue.drop(lambda order: order.id == self._chosen)

    def clear(self) -> None:
        """Nothing waits any more; it can be put back for as long as the picture is open."""
        dropped = self._queue.drop(lambda _: True)
        ask_again = self._photographs.give_up()
        n = len(dropped) + (ask_again is not None)
        if not n:
            return
        text = self.tr("{n} edits were dropped from the queue.")
        bar = self._banner.notice(
            self.tr("An edit was dropped from the queue.") if n == 1 else text.format(n=n)
        )
        tip = self.tr("Line them up again as they were")
        bar.add(self.tr("Put Back"), tip, partial(self._put_back, dropped, ask_again))
        photo = self._document.state.photo
        bar.until(self._document.changed, lambda _: self._document.state.photo is not photo)

    def _put_back(self, orders: Orders, ask_again: Callable[[], None] | None) -> None:
        self._runs.line_up(*orders)
        if ask_again is not None:
            ask_again()

    @property
    def _place(self) -> int:
        """The turn of the chosen one, 0 is next; −1 for one that doesn't wait."""
        return next((n for n, order in enumerate(self._queue.waiting) if order.id == self._chosen), -1)

    @property
    def _series(self) -> EngineJob | None:
        """The chosen row, if it stands for many pictures."""
        return next((job for job in self._jobs.all_series if str(id(job)) == self._chosen), None)

    def _choose(self, chosen: str) -> None:
        self._chosen = chosen
        self._tell()

    def _show(self) -> None:
        queue, asked = self._queue, self._photographs.waits
        behind = asked and self._runs.busy  # by itself it stands in the status bar's middle
        self.counted.emit(len(queue.waiting) + behind, queue.held)
        if self._panel is not None:
            running = () if queue.running is None else (queue.running,)
            rows = [self._row(order) for order in (*running, *queue.waiting)]
            if asked:
                rows.append(self._asked_row())
            self._panel.show_rows([*rows, *map(self._series_row, self._jobs.all_series)])
        self._tell()

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT and self._photographs.waits:
            self._show()

    def _tell(self) -> None:
        if self._panel is not None:
            self._panel.show_possible(self.possible, held=self.held)
        self.changed.emit()

    def _row(self, order: Order) -> QueueRow:
        request = order.request
        waits = order is not self._queue.running
        state = self.tr("on hold") if self._queue.is_held(order) else self.tr("waits")
        said = [state if waits else self.tr("under way")]
        if order.searches:
            said.append(self.tr("finds the mask"))
        else:
            said.append(self.tr("seed {n}").format(n=request.seed))
        if order.again is not None:
            said.append(self.tr("again"))
        image = self._image(order.picture, order.start.photo)
        words = named(request) if request.reference else title(request)
        return QueueRow(order.id, title(request), " · ".join(said), words, waits, image)

    def _asked_row(self) -> QueueRow:
        picture, says = self._document.composite, self.tr("waits for the model")
        image = None if picture is None else self._image(picture, self._document.state.photo)
        tip = self.tr("It is asked for with the words and settings that are there once the model is loaded.")
        return QueueRow(ASKED, self._photographs.name, says, tip, waits=False, image=image)

    def _series_row(self, job: EngineJob) -> QueueRow:
        assert isinstance(job.what, Series)
        tip = self.tr("Between two of its pictures the edits that wait are drawn.")
        first = job is self._jobs.all_series[0]
        detail = self.tr("goes on between edits") if first else self.tr("waits")
        return QueueRow(str(id(job)), job.what.title, detail, tip, waits=False)

    def _image(self, picture: Composite, photo: Photo | None) -> QImage | None:
        """Made small in the background, once for each picture."""
        if picture not in self._images and photo is not None:
            self._images[picture] = None

            def small() -> QImage:
                return of_rgb(photo.space.to_srgb(picture.sampled(*_grid(photo.size)))).copy()

            def show(image: QImage) -> None:
                self._images[picture] = image
                self._show()

            self._tasks.start(small, show, lambda _: None)
        return self._images.get(picture)


def _grid(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns of a picture that fill a row's picture on a screen of double density."""
    width, height = size
    step = max(height / (2 * PICTURE.height()), width / (2 * PICTURE.width()), 1)
    rows, columns = (
        np.linspace(0, side - 1, max(1, round(side / step))).astype(int) for side in (height, width)
    )
    return rows, columns
