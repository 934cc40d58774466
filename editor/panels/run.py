"""Repaint, and what stands beside it: the one filled button, the seed, what an edit costs."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.document.commands import update_draft
from core.edit.request import EditRequest
from core.edit.variants import MOST, reseeded
from core.edit.words.instruction import taken_apart
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.panels.controls import Controls
from editor.widgets.count import CountField
from editor.widgets.dotted import dotted
from editor.widgets.filled import FilledButton
from editor.widgets.icons import small
from editor.widgets.one_line import OneLine
from editor.widgets.seed import SeedField, roll

PAUSE = 50  # ms without a change before the cost is counted: never in the way of a brush stroke


class RunPanel(QWidget):
    """Always in sight, under the prompts. `repaintRequested` comes after the seed was rolled, if it shall be,
    and `rolled` between the two, with the settings before.

    fresh  every repaint has a seed of its own
    """

    rolled = Signal(EditRequest)
    repaintRequested = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._running = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self.fresh = False
        self.button = FilledButton(self.tr("Repaint"))
        self.seed = SeedField()
        self.count = CountField(
            self.tr("Variants"),
            self.tr(
                "Variants: how many to draw, each from a seed of its own, beginning with this one. They "
                "appear over the picture, to choose from."
            ),
            MOST,
        )
        self.controls = Controls(document, "run", own={"seed": self.seed}, parent=self)
        self.cost = OneLine()
        self.cost.set_tip(
            self.tr(
                "How often the model is asked, with nothing remembered from before: an evaluation is "
                "one sample through the UNet."
            )
        )
        self.warning = OneLine()  # in the place of the cost: nothing moves for it
        self.warning.hide()
        self._arrange()
        self._bind()
        self.set_running(False)
        self._show()
        self._show_cost()

    def ask(self) -> None:
        """What a press on Repaint does, for a shortcut: roll the seed if it shall be, then wish."""
        if self.fresh:
            then = self._document.request()
            self._document.adjust(update_draft(**self._rolled()), source=self)
            self.rolled.emit(then)
        self.repaintRequested.emit()

    def set_fresh(self, fresh: bool) -> None:
        """Whether every repaint has a seed of its own."""
        self.fresh = fresh

    @property
    def running(self) -> bool:
        return self._running

    def set_running(self, running: bool) -> None:
        """Repaint lines up another edit meanwhile."""
        self._running = running
        does = (
            self.tr("Repaint the masked region after what runs, from the picture as it is now.")
            if running
            else self.tr("Repaint the masked region. Without a mask it is found first.")
        )
        again = self.tr("Again with nothing changed, it draws the next seed, as a variant.")
        self.button.setToolTip(f"{does} {again}")

    def _arrange(self) -> None:
        small(self.cost)
        small(self.warning)
        self.warning.setForegroundRole(QPalette.ColorRole.WindowText)  # it does ask for something
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.button, 1)
        row.addWidget(self.count)
        for widget in self.controls.holders():
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(4)
        column.addLayout(row)
        for line in (self.warning, self.cost):
            column.addWidget(line)

    def _bind(self) -> None:
        self.button.clicked.connect(self.ask)
        self.seed.rollRequested.connect(self._roll)
        self.count.valueChanged.connect(self._pause.start)
        self._pause.timeout.connect(self._show_cost)
        self._document.changed.connect(self._hear)

    def _roll(self) -> None:
        self._document.apply(
            update_draft(**self._rolled()), self.tr("Roll the seed"), settings=True, source=self
        )

    def _rolled(self) -> dict[str, object]:
        """Another seed, and what of the settings makes it be seen."""
        rolled = reseeded(self._document.state.draft, roll())
        return {"seed": rolled.seed, "variation": rolled.variation}

    def _hear(self, change: Changed) -> None:
        if change.what & (What.PHOTO | What.DRAFT):
            self._show()
        if change.what & (What.PHOTO | What.DRAFT | What.MASK):
            self._pause.start()

    def _show(self) -> None:
        self.button.setEnabled(self._document.state.photo is not None)
        text = self._warning()
        self.warning.setText(text)
        self.warning.setVisible(bool(text))
        self.cost.setVisible(not text)

    def _warning(self) -> str:
        """What should be known before Repaint is pressed; "" for nothing."""
        state = self._document.state
        if state.photo is None:
            return ""
        if not state.draft.query.strip() and taken_apart(state.draft.reference) is None:
            return self.tr("It is not said yet what it should be.")
        return ""

    def _show_cost(self) -> None:
        """Write down the evaluations by stage: those that every variant needs, and those that serve all."""
        n = self.count.value()
        cost, one = self._document.model.cost(n), self._document.model.cost()
        parts = [self.tr("mask {n}").format(n=cost.mask)] if cost.mask else []
        flows = self._document.state.draft.method.flows
        there = self.tr("source {n}") if flows else self.tr("encode {n}")
        parts += [there.format(n=_times(cost.encode, one.encode))] if cost.encode else []
        wanted = self.tr("target {n}") if flows else self.tr("decode {n}")
        parts += [wanted.format(n=_times(cost.decode, one.decode))]
        at_most = self._document.model.may_cost_less
        text = self.tr("≤ {n} evaluations: {parts}") if at_most else self.tr("{n} evaluations: {parts}")
        said = self.tr("At most {n} evaluations: {parts}") if at_most else text
        self.cost.setText(text.format(n=cost.total, parts=dotted(parts)))
        shorter = self.tr("≤ {n}: {parts}") if at_most else self.tr("{n}: {parts}")
        self.cost.set_shorter(shorter.format(n=cost.total, parts=dotted(parts)))
        self.cost.setAccessibleName(said.format(n=cost.total, parts=", ".join(parts)))


def _times(all_: int, one: int) -> str:
    """“4 × 15”, where all are more than one."""
    return str(all_) if all_ == one else f"{all_ // one} × {one}"
