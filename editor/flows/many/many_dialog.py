"""What the dialogs that make many pictures share: buttons, bar, and how they begin, stop and end."""

from abc import abstractmethod
from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.errors import CoreError
from editor.jobs import Jobs
from editor.mailbox import Mailbox
from editor.worker import EngineJob, Work


class ManyDialog(QDialog):
    """start, stop, closing: the buttons;  bar, says: how far it is, and how it stands.

    A subclass builds the rest, calls `_lay_out`, and says what is started and stopped.
    """

    def __init__(self, title: str, size: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(size)
        self.running = self._stopped = False
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedHeight(4)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.says = QLabel(wordWrap=True)
        self.start, self.stop, self.closing = QPushButton(), QPushButton(), QPushButton()
        self.start.setDefault(True)
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self._stop)
        self.closing.clicked.connect(self.reject)

    @property
    def goes_on(self) -> bool:
        """It is at its pictures, and nobody has stopped it."""
        return self.running and not self._stopped

    @abstractmethod
    def begin(self) -> None:
        """What the start button does."""

    @abstractmethod
    def _halt(self) -> None:
        """Ask what runs to stop."""

    @abstractmethod
    def _show_buttons(self) -> None:
        """What can be pressed now."""

    def _name_buttons(self, start: tuple[str, str], stop: str, close: str) -> None:
        """start: text and tip; the tips of the other two."""
        for button, text, tip in (
            (self.start, *start),
            (self.stop, self.tr("Stop"), stop),
            (self.closing, self.tr("Close"), close),
        ):
            button.setText(text)
            button.setToolTip(tip)

    def _lay_out(self, *parts: tuple[QWidget | QLayout, int], left: QWidget | None = None) -> None:
        """The parts from top to bottom, each with its stretch, then bar, line and buttons; left: of these."""
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        if left is not None:
            buttons.addWidget(left)
        buttons.addStretch(1)
        for button in (self.closing, self.stop, self.start):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for part, stretch in (*parts, (self.bar, 0), (self.says, 0), (buttons, 0)):
            if isinstance(part, QWidget):
                column.addWidget(part, stretch)
            else:
                column.addLayout(part, stretch)

    def _begin(self, total: int) -> None:
        """It runs: `total` pictures to make, 0 while that is unknown."""
        self.running, self._stopped = True, False
        self.bar.setRange(0, total)
        self.bar.setValue(0)
        self.says.setText(self.tr("Starting…"))
        self._show_buttons()

    def _stop(self) -> None:
        self._stopped = True
        self._halt()
        self.says.setText(self.tr("Stopping…"))
        self._show_buttons()

    def reject(self) -> None:
        """The first Escape stops what runs, as in the window; the next one closes."""
        if self.goes_on:
            self._stop()
        else:
            super().reject()


class SeriesDialog(ManyDialog):
    """One whose pictures are made by the window's own engine, as a series of `editor.jobs`."""

    def __init__(self, title: str, size: QSize, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(title, size, parent)
        self._jobs = jobs
        self._news = Mailbox[object]()
        self._series: EngineJob | None = None
        jobs.told.connect(self._told)
        jobs.ended.connect(self._ended)

    @abstractmethod
    def _take(self, news: object) -> None:
        """One piece of news of what runs."""

    @abstractmethod
    def _finish(self, error: CoreError | None) -> None:
        """It has ended; say how."""

    def _run(self, work: Callable[[Mailbox[object]], Work]) -> None:
        """Hand a series to the worker; `work` is told where to put its news."""
        self._news = Mailbox[object]()
        if self._jobs.busy:
            self.says.setText(self.tr("It begins after what runs now."))
        self._series = self._jobs.series(work(self._news), self.windowTitle())

    def _halt(self) -> None:
        if self._series is not None:
            self._jobs.give_up(self._series)

    def _told(self, ringing: object) -> None:
        if ringing is self._news:
            for news in self._news.take():
                self._take(news)

    def _ended(self, error: CoreError | None, series: EngineJob) -> None:
        if series is self._series:
            self.running, self._series = False, None
            self._finish(error)
            self._show_buttons()
            QApplication.alert(self)  # it may lie behind the window that is worked in

    def done(self, result: int) -> None:
        """However it ends: nothing the worker still says belongs to it."""
        self._jobs.told.disconnect(self._told)
        self._jobs.ended.disconnect(self._ended)
        super().done(result)
