"""The bar below: which model, on what, how far the work is, and the zoom."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QStatusBar,
    QToolButton,
    QWidget,
)

from core.edit.progress import Progress, Stage

FINE = 1000  # parts of the bar
NAME = 240  # logical pixels that a file's or a model's name has
MOMENT = 300  # milliseconds of which nothing is said
ZOOMS = (0.25, 0.5, 1.0, 2.0, 4.0)


def clock(seconds: float) -> str:
    """Minutes and seconds, rounded up to a whole second: 0:04."""
    whole = max(0, -int(-seconds // 1))
    return f"{whole // 60}:{whole % 60:02}"


class StatusBar(QStatusBar):
    """Model ▾ · device ▾ · state | stage, progress, time left, Stop | zoom ▾."""

    stopRequested = Signal()
    queueRequested = Signal()
    zoomRequested = Signal(float)
    fitRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 2, 8, 2)
        self.model = self._button(self.tr("Model"), self.tr("The diffusion model that finds and repaints"))
        self.device = self._button(self.tr("Device"), self.tr("Where the model runs: processor or graphics"))
        self.state = QLabel()
        self.state.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.state.setAccessibleName(self.tr("State of the model"))
        self._loading = self._stopping = False
        self._begins = False  # nothing came of it yet
        self.work = self._work()
        self.opening, self._opened = _endless(self.tr("A picture is being opened"))
        self.masking, said = _endless(self.tr("The mask is being changed"))
        said.setText(self.tr("changing the mask…"))
        self._moment = QTimer(self, singleShot=True, interval=MOMENT)
        self._moment.timeout.connect(self.masking.show)
        self.waiting = self._button("", self.tr("The edits that wait: change their order, drop some"))
        self.waiting.clicked.connect(self.queueRequested)
        self.zoom = self._button("100 %", self.tr("Zoom of the picture"))
        self.zoom.setMenu(self._zoom_menu())
        for widget in (self.work, self.opening, self.masking, self.waiting):
            widget.hide()  # before they are laid out, or the window would be made wide enough for them
        for widget in (self.model, self.device, self.state):
            self.addWidget(widget)
        self.addPermanentWidget(self.masking)
        self.addPermanentWidget(self.opening)
        self.addPermanentWidget(self.work)
        self.addPermanentWidget(self.waiting)
        self.addPermanentWidget(self.zoom)
        self.show_zoom(None)

    def show_model(self, name: str) -> None:
        """The model that is chosen."""
        self.model.setText(f"{self._elided(name, NAME)} ▾")

    def show_step(self, step: Progress, seed: int | None = None, *, flows: bool = False) -> None:
        """How far the running job is: one bar for all of its stages, by evaluations.

        seed: of the edit, if it has to be said;  flows: it is FlowEdit, which neither encodes nor decodes
        """
        if self._stopping:
            return
        names = {
            Stage.LOADING: self.tr("loading"),
            Stage.FINDING: self._of_finding(step),
            Stage.ENCODING: self.tr("source") if flows else self.tr("encoding"),
            Stage.DECODING: self.tr("target") if flows else self.tr("decoding"),
            Stage.PASTING: self.tr("pasting"),
        }
        pasting = step.stage is Stage.PASTING  # which has no steps, and is at its end soon
        text = names[step.stage] if pasting else f"{names[step.stage]} {step.i}/{step.n}"
        if step.seconds_left is not None and not pasting:
            text += self.tr(" · {time} left").format(time=clock(step.seconds_left))
        self._begins = False
        self._stage.setText(text if seed is None else self.tr("seed {n}: ").format(n=seed) + text)
        self._bar.setRange(0, FINE)
        self._bar.setValue(round(FINE * step.share))

    def _of_finding(self, step: Progress) -> str:
        if step.heat is None and step.found is None:
            return self.tr("looking for its place")
        return self.tr("looking closer") if step.closer else self.tr("finding the mask")

    def show_many(self, title: str) -> None:
        """Many pictures are under way, and no single one that somebody waits for; "": they aren't."""
        if title and not self._stopping:
            self._begins = False
            self._stage.setText(title)
            self._bar.setRange(0, 0)

    def set_busy(self, busy: bool) -> None:
        """Show or hide the middle part, as for something that begins.

        The model's state makes room for it: "ready" is no word for a model at work.
        """
        if busy == self.work.isHidden():
            self.state.setVisible(not busy)
            self.begin()
            self.work.setVisible(busy)

    def begin(self) -> None:
        """Before its first step the bar only says that something runs, or what it waits for."""
        self._begins = True
        self._stage.setText(self.tr("waiting for the model…") if self._loading else self.tr("starting…"))
        self._bar.setRange(0, 0)
        self.set_stopping(False)

    def show_state(self, text: str, *, loading: bool = False) -> None:
        """How the model is. loading: what is begun meanwhile waits for it."""
        self.state.setText(text)
        if loading != self._loading:
            self._loading = loading
            if self._begins and not self._stopping:
                self.begin()

    def set_waiting(self, waiting: int, held: bool) -> None:
        """So many edits wait for their turn. held: they don't begin by themselves."""
        text = self.tr("{n} on hold") if held else self.tr("{n} waiting")
        self.waiting.setText(text.format(n=waiting))
        self.waiting.setVisible(waiting > 0)

    def set_opening(self, name: str | None) -> None:
        """A picture of this name ("": without one) is being read; None: no longer."""
        if name is not None:
            text = self.tr("opening {name}…")
            room = NAME - self.fontMetrics().horizontalAdvance(text.format(name=""))
            self._opened.setText(text.format(name=self._elided(name, room) or self.tr("the picture")))
            self._opened.setToolTip(name)
        self.opening.setVisible(name is not None)

    def set_masking(self, masking: bool) -> None:
        """The mask is on its way to become another one, which is said of what takes longer than a moment."""
        if not masking:
            self._moment.stop()
            self.masking.hide()
        elif self.masking.isHidden() and not self._moment.isActive():
            self._moment.start()

    def set_stopping(self, stopping: bool) -> None:
        """Stop was pressed: it is honoured between two evaluations, and nothing else is said until then."""
        self._stopping = stopping
        self._stop.setEnabled(not stopping)
        if stopping:
            self._stage.setText(self.tr("stopping…"))
            self._bar.setRange(0, 0)

    def show_zoom(self, zoom: float | None) -> None:
        """The zoom as screen pixels per picture pixel; None without a picture."""
        self.zoom.setEnabled(zoom is not None)
        self.zoom.setText(
            "–" if zoom is None else f"{100 * zoom:.0f} %" if zoom >= 0.1 else f"{100 * zoom:.1f} %"
        )

    def _elided(self, name: str, room: int) -> str:
        """A name in so many pixels: nothing else of the bar, nor the window, makes way for a long one."""
        return self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, room)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _work(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(12)
        self._stage = QLabel()
        self._stage.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._stage.setMinimumWidth(230)  # the text changes by the second: nothing beside it may move
        self._bar = _slim_bar(self.tr("Progress"))
        self._stop = QPushButton(self.tr("Stop"))
        self._stop.setToolTip(self.tr("Stop after this evaluation of the model (Esc)"))
        self._stop.setFixedWidth(88)
        self._stop.clicked.connect(self.stopRequested)
        for widget in (self._stage, self._bar, self._stop):
            row.addWidget(widget)
        return box

    def _zoom_menu(self) -> QMenu:
        menu = QMenu(self.zoom)
        menu.addAction(self.tr("Fit in Window"), self.fitRequested.emit)
        menu.addSeparator()
        for zoom in ZOOMS:
            menu.addAction(f"{100 * zoom:.0f} %", lambda zoom=zoom: self.zoomRequested.emit(zoom))
        return menu


def _endless(name: str) -> tuple[QWidget, QLabel]:
    """What something runs by of which nobody knows how far it is, and the label that says what."""
    box, label, bar = QWidget(), QLabel(), _slim_bar(name)
    row = QHBoxLayout(box)
    row.setContentsMargins(8, 0, 8, 0)
    row.setSpacing(12)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    bar.setRange(0, 0)
    row.addWidget(label)
    row.addWidget(bar)
    return box, label


def _slim_bar(name: str) -> QProgressBar:
    bar = QProgressBar()
    bar.setTextVisible(False)
    bar.setFixedSize(160, 4)
    bar.setAccessibleName(name)
    return bar
