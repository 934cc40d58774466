"""The edit itself: method, change, steps, seed, and the one filled button."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.diffusion.solver import Solver
from core.document.commands import update_draft
from core.edit.request import Evaluations
from editor.document.document import Changed, Document, What
from editor.panels.controls import Controls
from editor.widgets.filled import FilledButton
from editor.widgets.icons import small
from editor.widgets.section import Section
from editor.widgets.seed import SeedField

PAUSE = 50  # ms without a change before the cost is counted: never in the way of a brush stroke
REROLLED = 0.3  # variation that another seed needs to be seen


class RunBar(QWidget):
    """Repaint, and Stop while it runs, with what it costs. The shell may pin it where it stays in sight."""

    repaintRequested = Signal()
    stopRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._running = False
        self.button = FilledButton()
        self.cost = QLabel()
        self.cost.setWordWrap(True)
        self.cost.setToolTip(
            self.tr(
                "How often the model is asked, with nothing remembered from before: an evaluation is "
                "one sample through the UNet."
            )
        )
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        self.warning.hide()
        small(self.cost)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.warning)
        column.addWidget(self.button)
        column.addWidget(self.cost)
        self.button.clicked.connect(self._press)
        self.set_running(False)

    @property
    def running(self) -> bool:
        return self._running

    def set_running(self, running: bool) -> None:
        """Repaint becomes Stop, and back."""
        self._running = running
        self.button.filled = not running
        self.button.setText(self.tr("Stop") if running else self.tr("Repaint"))
        self.button.setToolTip(
            self.tr("Stop after the evaluation under way; what was reached can be kept.")
            if running
            else self.tr("Repaint the masked region. Without a mask it is found first.")
        )
        self.button.update()

    def warn(self, text: str) -> None:
        """What should be known before Repaint is pressed; "" for nothing."""
        self.warning.setText(text)
        self.warning.setVisible(bool(text))

    def show_cost(self, cost: Evaluations, *, at_most: bool) -> None:
        """Write down the evaluations by stage."""
        parts = [self.tr("mask {n}").format(n=cost.mask)] if cost.mask else []
        parts += [self.tr("encode {n}").format(n=cost.encode)] if cost.encode else []
        parts += [self.tr("decode {n}").format(n=cost.decode)]
        text = self.tr("At most {n} evaluations: {parts}") if at_most else self.tr("{n} evaluations: {parts}")
        self.cost.setText(text.format(n=cost.total, parts=" · ".join(parts)))

    def _press(self) -> None:
        (self.stopRequested if self._running else self.repaintRequested).emit()


class EditPanel(Section):
    """`repaintRequested` comes after the seed was rolled, when it isn't locked."""

    repaintRequested = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__("edit")
        self.set_title(self.tr("Edit"))
        self._document = document
        self._strange: tuple[str, ...] = ()
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self.run_bar = RunBar()
        self.seed = SeedField()
        self.controls = Controls(document, "edit", own={"seed": self.seed}, parent=self)
        for widget in (*self.controls.holders(), self.run_bar):
            self.rows.addWidget(widget)
        self._bind()
        self._show()
        self._show_cost()

    def ask(self) -> None:
        """What a press on Repaint does, for a shortcut: roll the seed unless it is locked, then wish."""
        if not self.seed.locked:
            self.seed.roll()
        self.repaintRequested.emit()

    def set_running(self, running: bool) -> None:
        """Repaint becomes Stop, and back."""
        self.run_bar.set_running(running)
        self._show()

    def set_strange(self, words: tuple[str, ...]) -> None:
        """The words of what it should be that the model doesn't know."""
        self._strange = words
        self._show()

    def _bind(self) -> None:
        self.seed.rolled.connect(self._vary)
        self.run_bar.repaintRequested.connect(self.ask)
        self._pause.timeout.connect(self._show_cost)
        self._document.changed.connect(self._hear)

    def _vary(self) -> None:
        """Most inversions don't depend on the seed: without variation another would change nothing."""
        draft = self._document.state.draft
        if draft.variation == 0 and draft.solver is not Solver.EDIT_FRIENDLY:
            self._document.adjust(update_draft(variation=REROLLED), source=self)

    def _hear(self, change: Changed) -> None:
        if change.what & (What.PHOTO | What.DRAFT):
            self._show()
        if change.what & (What.PHOTO | What.DRAFT | What.MASK):
            self._pause.start()

    def _show(self) -> None:
        state = self._document.state
        self.run_bar.button.setEnabled(self.run_bar.running or state.photo is not None)
        self.run_bar.warn(self._warning())

    def _warning(self) -> str:
        state = self._document.state
        if state.photo is None:
            return ""
        if not state.draft.query.strip():
            return self.tr("It is not said yet what it should be.")
        if self._strange:
            return self.tr("The model doesn't know: {words}.").format(words=", ".join(self._strange))
        return ""

    def _show_cost(self) -> None:
        cost = self._document.cost()
        self.run_bar.show_cost(cost, at_most=self._document.may_cost_less)
