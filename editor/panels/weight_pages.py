"""The three ways to set a guidance weight below its scale: decay, interval, free curve."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.diffusion.weight import MAX_SCALE, Points, Weight
from core.edit.parameter import Slide
from core.edit.parameters import SHARE, by_name
from editor.document.document import Document
from editor.panels.controls import Controls, said
from editor.widgets.icons import IconButton
from editor.widgets.number import LABEL_WIDTH, NumberEntry, NumberSlider

NARROW = 52  # of an entry, where two stand in one row


class WeightPages(QStackedWidget):
    """One page for each way: decay, interval, free."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.decay = DecayPage(document)
        self.interval = IntervalPage()
        self.free = CurvePage()
        for page in (self.decay, self.interval, self.free):
            self.addWidget(page)


class DecayPage(QWidget):
    """How far the weight falls, where to, and how."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.controls = Controls(document, "decay", parent=self)
        _column(self, *self.controls.holders())


class IntervalPage(QWidget):
    """From where to where the scale holds. `changed`: the ends as the user set them, in any order."""

    changed = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        tip = said(by_name()["interval"].tip)
        self.start = NumberSlider(self.tr("From"), SHARE, tip)
        self.stop = NumberSlider(self.tr("To"), SHARE, tip)
        _column(self, self.start, self.stop)
        self.start.valueChanged.connect(self._push_stop)
        self.stop.valueChanged.connect(self._pull_start)

    def show_interval(self, interval: tuple[float, float]) -> None:
        """Show A and B without telling anyone."""
        self.blockSignals(True)
        self.start.setValue(interval[0])
        self.stop.setValue(interval[1])
        self.blockSignals(False)

    def _push_stop(self, start: float) -> None:
        self.changed.emit((start, max(self.stop.value(), start + SHARE.step)))

    def _pull_start(self, stop: float) -> None:
        self.changed.emit((min(self.start.value(), stop - SHARE.step), stop))


class CurvePage(QWidget):
    """The marked point of a free curve in numbers. `moved`: to (progress, weight)."""

    moved = Signal(float, float)
    addRequested = Signal()
    removeRequested = Signal()
    backRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._steps = 1
        self.which = QLabel()
        self.step = NumberEntry(Slide(1, 1000, 1, 1))
        self.weight = NumberEntry(Slide(0, MAX_SCALE, 0.1, 2))
        self.add = IconButton(
            "plus",
            self.tr("Add a point"),
            self.tr("A point behind the marked one (double-click on the curve; Insert)."),
        )
        self.remove = IconButton(
            "minus",
            self.tr("Remove the point"),
            self.tr("Take the marked point away (right-click on it; Delete)."),
        )
        self.back = QPushButton(self.tr("Back to the Sliders"))
        self.back.setToolTip(self.tr("Drop the free curve and take scale and decay as they were before it."))
        for entry in (self.step, self.weight):
            entry.setFixedWidth(NARROW)
        self._describe()
        self._arrange()
        self.step.valueChanged.connect(self._emit)
        self.weight.valueChanged.connect(self._emit)
        self.add.clicked.connect(self.addRequested)
        self.remove.clicked.connect(self.removeRequested)
        self.back.clicked.connect(self.backRequested)

    def show_point(self, points: Points, i: int, steps: int) -> None:
        """Show point i of a curve over K steps; −1: none is marked."""
        self._steps = steps
        for widget in (self.step, self.weight):
            widget.setEnabled(i >= 0)
        self.remove.setEnabled(i >= 0 and len(points) > 1)
        if i < 0:
            self.which.setText(self.tr("none of {n}").format(n=len(points)))
            return
        self.which.setText(self.tr("{i} of {n}").format(i=i + 1, n=len(points)))
        p, w = points[i]
        self.blockSignals(True)
        for entry, value in ((self.step, 1 + p * max(1, steps - 1)), (self.weight, w)):
            if not entry.hasFocus() or abs(entry.value() - value) > entry.singleStep() / 2:
                entry.setValue(value)
        self.blockSignals(False)

    def _describe(self) -> None:
        step = self.tr("The step at which the marked point stands, 1 is the noisiest.")
        weight = self.tr("The guidance weight w at the marked point: 1 is the prompt alone, 0 ignores it.")
        named = (
            (self.step, self.tr("Step of the point"), step),
            (self.weight, self.tr("Weight there"), weight),
        )
        for entry, name, tip in named:
            entry.setAccessibleName(name)
            entry.setToolTip(tip)

    def _arrange(self) -> None:
        point, at, weight = QLabel(self.tr("Point")), QLabel(self.tr("At step")), QLabel(self.tr("Weight"))
        point.setMinimumWidth(LABEL_WIDTH)
        at.setBuddy(self.step)
        weight.setBuddy(self.weight)
        buttons = QHBoxLayout()
        buttons.addWidget(self.which, 1)
        buttons.addWidget(self.remove)
        buttons.addWidget(self.add)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        grid.addWidget(point, 0, 0)
        grid.addLayout(buttons, 0, 1, 1, 3)
        grid.addWidget(at, 1, 0)
        grid.addWidget(self.step, 1, 1)
        grid.addWidget(weight, 1, 2)
        grid.addWidget(self.weight, 1, 3)
        grid.setColumnStretch(2, 1)
        grid.addWidget(self.back, 2, 0, 1, 4)

    def _emit(self) -> None:
        self.moved.emit((self.step.value() - 1) / max(1, self._steps - 1), self.weight.value())


def interval_of(weight: Weight) -> tuple[float, float]:
    """The weight's interval, or the middle half to begin with."""
    return weight.interval or (0.25, 0.75)


def _column(page: QWidget, *rows: QWidget) -> None:
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    for widget in rows:
        column.addWidget(widget)
    column.addStretch()
