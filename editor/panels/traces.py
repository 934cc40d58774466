"""The measured norms of the guided steps, under the guidance curve."""

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QWidget

from core.diffusion.trace import StepTrace
from editor.panels.plots import Plot
from editor.widgets.icons import small

Traces = tuple[StepTrace, ...]


@dataclass(frozen=True)
class TraceLine:
    """One line: a field of StepTrace, its sign, where its hue lies from the accent's, how it is stroked."""

    field: str
    sign: str
    turn: float
    stroke: Qt.PenStyle = Qt.PenStyle.SolidLine


SERIES = (
    TraceLine("p", "‖p‖", 0.0),
    TraceLine("t", "‖t‖", 0.42),
    TraceLine("u", "‖u‖", 0.2, Qt.PenStyle.DashLine),
    TraceLine("update", "‖t−u‖", 0.75),
    TraceLine("cosine", "cos", 0.58, Qt.PenStyle.DotLine),
)


def color(series: TraceLine, palette: QPalette) -> QColor:
    """The accent's hue turned, light on dark and dark on light."""
    hue = (palette.color(QPalette.ColorRole.Highlight).hueF() + series.turn) % 1
    dark = palette.color(QPalette.ColorRole.Base).lightnessF() < 0.5
    return QColor.fromHslF(hue, 0.7, 0.66 if dark else 0.4)


def pen(series: TraceLine, palette: QPalette) -> QPen:
    return pyqtgraph.mkPen(color(series, palette), width=1.5, style=series.stroke)


def values(traces: Traces, series: TraceLine) -> np.ndarray:
    """float (n,), NaN where nothing was computed."""
    found = [getattr(trace, series.field) for trace in traces]
    return np.array([math.nan if value is None else value for value in found], float)


class TracePlot(Plot):
    """Norms on a logarithmic axis; the cosine between its own bounds over the same height."""

    def __init__(self) -> None:
        super().__init__()
        self._traces: Traces = ()
        self._before: Traces = ()
        self._before_steps = 0
        self._hidden: set[str] = set()
        self._grey = {series: pyqtgraph.PlotCurveItem(connect="finite", antialias=True) for series in SERIES}
        self._lines = {series: pyqtgraph.PlotCurveItem(connect="finite", antialias=True) for series in SERIES}
        self._dots = pyqtgraph.ScatterPlotItem(size=5, pen=None, antialias=True)
        for item in (*self._grey.values(), *self._lines.values(), self._dots):
            self.view.addItem(item)
        self.left.setLabel(self.tr("norm"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Measured norms"))
        self.setToolTip(
            self.tr(
                "What the model's predictions measured at each step, while an edit runs and after it. "
                "Gaps: not computed at that step. Grey: the run before."
            )
        )
        self.dress()

    def show_traces(self, traces: Traces, steps: int, before: Traces = (), before_steps: int = 0) -> None:
        """Draw the steps done so far, of K; behind them, in grey, those of the run before, of its own K."""
        self.set_steps(steps)
        self._traces, self._before, self._before_steps = traces, before, before_steps
        self._draw()

    def set_shown(self, series: TraceLine, shown: bool) -> None:
        """Show or hide one line."""
        (self._hidden.discard if shown else self._hidden.add)(series.field)
        self._draw()

    def dress(self) -> None:
        super().dress()
        for series in SERIES:
            self._lines[series].setPen(pen(series, self.palette()))
            grey = self.palette().color(QPalette.ColorRole.PlaceholderText)
            self._grey[series].setPen(pyqtgraph.mkPen(grey, width=1, style=series.stroke))
        self._draw()

    def _draw(self) -> None:
        low, high = self._bounds()
        for series, (x, y) in self._drawn(self._before, self._before_steps, low, high).items():
            self._grey[series].setData(x, y)
        spots: list[dict[str, object]] = []
        for series, (x, y) in self._drawn(self._traces, self.steps, low, high).items():
            self._lines[series].setData(x, y)
            brush = color(series, self.palette())
            spots.extend({"pos": (x[i], y[i]), "brush": brush} for i in np.flatnonzero(_alone(y)))
        self._dots.setData(spots)
        self.view.setYRange(low, high)
        self.left.setTicks([_ticks(low, high)])

    def _drawn(
        self, traces: Traces, steps: int, low: float, high: float
    ) -> dict[TraceLine, tuple[np.ndarray, np.ndarray]]:
        """Each line of a run over the plot: progress, and height between the bounds; NaN where hidden."""
        x = np.arange(len(traces)) / max(1, steps - 1)
        lines = {series: _log(values(traces, series)) for series in SERIES[:-1]}
        lines[SERIES[-1]] = _between(values(traces, SERIES[-1]), low, high)
        return {
            series: (x, y if series.field not in self._hidden else np.full_like(y, math.nan))
            for series, y in lines.items()
        }

    def _bounds(self) -> tuple[float, float]:
        """The decimal logarithms that the shown norms lie between, those of the run before too."""
        found = [
            _log(values(traces, series))
            for traces in (self._traces, self._before)
            for series in SERIES[:-1]
            if series.field not in self._hidden
        ]
        shown = np.concatenate([np.empty(0), *(y[np.isfinite(y)] for y in found)])
        if not shown.size:
            return 0.0, 2.0
        room = max(0.1, 0.08 * float(np.ptp(shown)))
        return float(shown.min()) - room, float(shown.max()) + room


class Legend(QWidget):
    """A button per line: its colour, its sign, its latest value; pressed means shown."""

    toggled = Signal(object, bool)  # TraceLine, shown

    def __init__(self) -> None:
        super().__init__()
        self._buttons = {series: self._button(series) for series in SERIES}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for i, button in enumerate(self._buttons.values()):
            grid.addWidget(button, i // 3, i % 3)

    def button(self, sign: str) -> "Swatch":
        """The button of a line, by its sign."""
        return next(button for series, button in self._buttons.items() if series.sign == sign)

    def show_traces(self, traces: Traces) -> None:
        """Write the latest value beside each sign."""
        for series, button in self._buttons.items():
            found = values(traces[-1:], series)
            value = f" {found[0]:.3g}" if found.size and np.isfinite(found[0]) else ""
            button.setText(series.sign + value)

    def _meanings(self) -> dict[str, str]:
        """What each line shows, by its field."""
        return {
            "p": self.tr("the guided prediction, the one that the step uses"),
            "t": self.tr("the prediction for your prompt (conditional)"),
            "u": self.tr("the prediction without your prompt (unconditional)"),
            "update": self.tr("how far the prompt moves the prediction: the guidance update"),
            "cosine": self.tr(
                "cos(t, u) of x̂0 inside the mask, 1 where both predictions point the same way; "
                "1 is the top of the plot"
            ),
        }

    def _button(self, series: TraceLine) -> "Swatch":
        button = Swatch(series)
        button.setToolTip(
            self.tr("{sign}: {meaning}. Click to hide or show it.").format(
                sign=series.sign, meaning=self._meanings()[series.field]
            )
        )
        button.setAccessibleName(self.tr("Show {sign}").format(sign=series.sign))
        button.toggled.connect(lambda on: self.toggled.emit(series, on))
        return button


def _alone(y: np.ndarray) -> np.ndarray:
    """Where a line needs a dot to be seen: at its newest value, and between two gaps."""
    there = np.isfinite(y)
    sides = np.pad(there, 1)
    alone = there & ~sides[:-2] & ~sides[2:]
    alone[-1:] = there[-1:]
    return alone


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round norms between two decimal logarithms, far enough apart to be read."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    ticks: list[tuple[float, str]] = []
    for value in (digit * 10.0**decade for decade in decades for digit in (1, 2, 5)):
        place = math.log10(value)
        apart = not ticks or place - ticks[-1][0] > (high - low) / 5
        if low <= place <= high and apart:
            ticks.append((place, f"{value:g}"))
    return ticks


def _log(y: np.ndarray) -> np.ndarray:
    return np.log10(np.where(y > 0, y, math.nan))


def _between(cosine: np.ndarray, low: float, high: float) -> np.ndarray:
    """The cosine over the plot's height: its lowest tenth at the bottom, 1 at the top."""
    finite = cosine[np.isfinite(cosine)]
    least = min(0.9, math.floor(10 * float(finite.min())) / 10) if finite.size else 0.0
    return low + (high - low) * (cosine - least) / (1 - least)


class Swatch(QAbstractButton):
    """A line of the plot as a toggle: its stroke and its text, faint while hidden."""

    def __init__(self, series: TraceLine) -> None:
        super().__init__()
        self._series = series
        self.setText(series.sign)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        small(self)
        font = self.font()
        font.setHintingPreference(QFont.HintingPreference.PreferFullHinting)  # or the bars of ‖ melt
        self.setFont(font)

    def sizeHint(self) -> QSize:
        return QSize(76, 22)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setOpacity(1.0 if self.isChecked() else 0.4)
        middle = self.height() // 2
        stroke = pen(self._series, self.palette())
        stroke.setWidth(2)
        painter.setPen(stroke)
        painter.drawLine(0, middle, 12, middle)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(self.rect().adjusted(17, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
