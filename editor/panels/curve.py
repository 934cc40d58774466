"""The guidance curve: the weight over the decode steps, with points to drag.

Mouse: drag a point, or the line, which adds one, as a double-click does; right-click removes one. Keys: Tab
goes from point to point, the arrows move it (Shift: a tenth as far), Insert adds one behind it, Delete
removes it.
"""

import numpy as np
import pyqtgraph
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPen,
)

from core.diffusion.weight import Points, Weight
from editor.panels.guidance_weight import added, handles, moved, removed
from editor.panels.plots import Plot, Role, faint

REACH = 11.0  # pixels round a point that grab it
ALONG = 7.0  # pixels above and below the line that grab it
DRAG = 3.0  # pixels that it is pulled before it gets a point
TOPS = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # heights of the plot
BELOW = 0.16  # room under 0 for its name, as a share of the height
SAMPLES = np.linspace(0, 1, 241)
ARROWS = {
    Qt.Key.Key_Left: (-1, 0.0),
    Qt.Key.Key_Right: (1, 0.0),
    Qt.Key.Key_Up: (0, 0.5),
    Qt.Key.Key_Down: (0, -0.5),
}


class CurveEditor(Plot):
    """`pointsChanged`: the user made it a free curve through these points. `selected`: index, −1 for none.
    `gestureStarted`: a new drag began, or a point is added or removed.
    """

    gestureStarted = Signal()
    pointsChanged = Signal(tuple)
    selected = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._weight = Weight()
        self._points: Points = handles(self._weight)
        self._at = -1
        self._dragged = False
        self._pulled: QPointF | None = None  # where the line was pressed
        self._top = 0.0
        self._build()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Guidance curve"))
        self.setToolTip(
            self.tr(
                "How strongly the prompt pulls at each step: the guidance weight w. Drag a point, or the "
                "line, which adds one, as a double-click does; right-click or Delete removes one; Tab and "
                "arrow keys do the same."
            )
        )
        self.dress()

    @property
    def points(self) -> Points:
        """The points that can be grabbed: of the free curve, or those it would begin with."""
        return self._points

    @property
    def selection(self) -> int:
        return self._at

    def show_weight(self, weight: Weight, steps: int) -> None:
        """Draw a weight over K decode steps."""
        if (weight, steps) == (self._weight, self.steps):
            return
        self.set_steps(steps)
        self._weight = weight
        self._points = handles(weight)
        self._at = min(self._at, len(self._points) - 1)
        self._draw()

    def select(self, i: int) -> None:
        """Mark point i, −1 for none."""
        if i != self._at:
            self._at = i
            self._draw_points()
            self.selected.emit(i)
        if i >= 0:
            self._announce()

    def move_point(self, p: float, w: float) -> None:
        """Take the marked point to progress p and weight w, as far as its neighbours let it."""
        self._change(moved(self._points, self._at, p, w))

    def insert_point(self) -> None:
        """A point halfway behind the marked one (before it, if it is the last)."""
        i = min(max(0, self._at), len(self._points) - 2)
        p = 0.5 if i < 0 else (self._points[i][0] + self._points[i + 1][0]) / 2
        self._add(p, self._weight.at(p))

    def remove_point(self) -> None:
        """Take the marked point away; the last one stays."""
        if self._at >= 0 and len(self._points) > 1:
            self.gestureStarted.emit()
            points = removed(self._points, self._at)
            self.select(min(self._at, len(points) - 1))
            self._change(points)

    def describe(self) -> str:
        """The marked point in words."""
        p, w = self._points[self._at]
        step = 1 + p * max(0, self.steps - 1)
        return self.tr("Point {i} of {n} at step {step:.3g} of {steps}, weight {weight:.3g}").format(
            i=self._at + 1, n=len(self._points), step=step, steps=self.steps, weight=w
        )

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        i = self._near(ev.position())
        if ev.button() is Qt.MouseButton.LeftButton and i >= 0:
            self._dragged = True
            self.gestureStarted.emit()
            self.select(i)
        elif ev.button() is Qt.MouseButton.LeftButton and self._on_line(ev.position()):
            self._pulled = ev.position()
        elif ev.button() is Qt.MouseButton.RightButton and i >= 0:
            self.select(i)
            self.remove_point()

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        if self._pulled is not None and (ev.position() - self._pulled).manhattanLength() >= DRAG:
            p, _ = self.at(self._pulled)
            self._pulled, self._dragged = None, True
            self._add(p, self._weight.at(p))
        if self._dragged:
            p, w = self.at(ev.position())
            self.move_point(p, min(w, self._top))
        else:
            over = self._near(ev.position()) >= 0 or self._on_line(ev.position())
            self.viewport().setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        self._pulled = None
        if ev.button() is Qt.MouseButton.LeftButton and self._dragged:
            self._dragged = False
            self._draw()  # the height waits for the release, or the point would run away from the pointer

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._near(event.position()) < 0:
            p, w = self.at(event.position())
            self._dragged = True
            self._add(p, min(w, self._top))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()  # a right click removes a point

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        key = Qt.Key(ev.key())
        if key in ARROWS and self._at >= 0:
            self._nudge(*ARROWS[key], fine=bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_point()
        elif key in (Qt.Key.Key_Insert, Qt.Key.Key_Plus):
            self.insert_point()
        else:
            ev.ignore()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes through the points before it leaves."""
        i = self._at + (1 if forward else -1)
        if 0 <= i < len(self._points):
            self.select(i)
            return True
        return super().focusNextPrevChild(forward)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        ends = {Qt.FocusReason.TabFocusReason: 0, Qt.FocusReason.BacktabFocusReason: len(self._points) - 1}
        if event.reason() in ends:
            self.select(ends[event.reason()])

    def dress(self) -> None:
        super().dress()
        colors = self.palette()
        accent = colors.color(Role.Highlight)
        self._line.setPen(QPen(accent, 0))
        self._line.setPen(pyqtgraph.mkPen(accent, width=2))
        self._dots.setBrush(accent)
        self._handles.setPen(pyqtgraph.mkPen(accent, width=2))
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        for line in self._marks:
            line.setPen(pyqtgraph.mkPen(faint(colors, 70), style=Qt.PenStyle.DashLine))
            line.label.setColor(colors.color(Role.PlaceholderText))
            line.label.setFont(font)
        self._draw_points()

    def _build(self) -> None:
        names = {1: self.tr("1: the prompt alone"), 0: self.tr("0: prompt ignored")}
        self._marks = [
            pyqtgraph.InfiniteLine(
                pos=w, angle=0, label=text, labelOpts={"position": 0.01, "anchors": [(0, 1 - w)] * 2}
            )
            for w, text in names.items()
        ]
        for line, w in zip(self._marks, names, strict=True):
            line.label.anchors = [(0, w)] * 2  # above the line at 1, below the line at 0
        self._line = pyqtgraph.PlotCurveItem(antialias=True)
        self._dots = pyqtgraph.ScatterPlotItem(size=5, pen=None, antialias=True)
        self._handles = pyqtgraph.ScatterPlotItem(size=11, antialias=True)
        for item in (*self._marks, self._line, self._dots, self._handles):
            self.view.addItem(item)
        self.left.setLabel(self.tr("weight"))

    def _draw(self) -> None:
        weights = self._weight.over(self.steps)
        self._line.setData(SAMPLES, np.array([self._weight.at(p) for p in SAMPLES]))
        self._dots.setData([self.progress(i) for i in range(self.steps)], list(weights))
        self._draw_points()
        if not self._dragged:
            highest = max(*weights, *(w for _, w in self._points))
            self._top = next((top for top in TOPS if top >= 1.08 * highest), 110.0)
            self.view.setYRange(-BELOW * self._top, self._top)

    def _draw_points(self) -> None:
        colors = self.palette()
        marked = [i == self._at for i in range(len(self._points))]
        self._handles.setData(
            [p for p, _ in self._points],
            [w for _, w in self._points],
            brush=[pyqtgraph.mkBrush(colors.color(Role.Highlight if on else Role.Base)) for on in marked],
        )

    def _near(self, position: QPointF) -> int:
        """The point within reach of a position, −1 if there is none."""
        distances = [(self.spot(*point) - position).manhattanLength() for point in self._points]
        i = int(np.argmin(distances))
        return i if distances[i] <= REACH else -1

    def _on_line(self, position: QPointF) -> bool:
        """Whether the line passes close above or below."""
        p, _ = self.at(position)
        return 0 < p < 1 and abs(self.spot(p, self._weight.at(p)).y() - position.y()) <= ALONG

    def _add(self, p: float, w: float) -> None:
        self.gestureStarted.emit()
        points, i = added(self._points, p, w)
        self._change(points)
        self.select(i)

    def _nudge(self, steps: int, weight: float, *, fine: bool) -> None:
        p, w = self._points[self._at]
        share = 0.1 if fine else 1.0
        self.move_point(p + share * steps * self.progress(1), w + share * weight)
        self._announce()

    def _change(self, points: Points) -> None:
        if points != self._points or self._weight.curve is None:
            self.pointsChanged.emit(points)

    def _announce(self) -> None:
        """Tell a screen reader where the point is."""
        text = self.describe()
        self.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
