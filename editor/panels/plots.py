"""What the plots of the guidance panel share: quiet axes over the decode steps, colours of the palette.

Imports pyqtgraph, which takes a third of a second: import this module after the first paint.
"""

import pyqtgraph
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QColor, QPalette, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

LEFT = 44  # pixels of the left axis, so that plots stand in line
EDGE = 0.04  # room beyond the first and the last step
LABELS = 5  # at most so many step numbers

Role = QPalette.ColorRole


class Plot(pyqtgraph.GraphicsView):
    """Progress 0…1 across, labelled with the steps; it neither pans nor zooms: the wheel is the panel's.

    Of a view and two axes: pyqtgraph's own PlotItem makes a menu of forty controls as well, which takes
    longer than everything else in the panel.
    """

    def __init__(self) -> None:
        self._dressed = False  # Qt changes the widget's style while it is still being made
        super().__init__()
        self.steps = 0
        self.view = pyqtgraph.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.view.disableAutoRange()
        self.view.setXRange(-EDGE, 1 + EDGE)
        self.left, self.bottom = pyqtgraph.AxisItem("left"), pyqtgraph.AxisItem("bottom")
        self.left.setWidth(LEFT)
        self.left.setStyle(tickLength=-3, maxTickLevel=0)
        self.bottom.setStyle(tickLength=-3, hideOverlappingLabels=False)
        self._lay_out()

    def _lay_out(self) -> None:
        grid = self.centralLayout
        grid.setContentsMargins(1, 5, 5, 1)
        grid.setSpacing(0)
        grid.addItem(self.view, 0, 1)
        for axis, row, column in ((self.left, 0, 0), (self.bottom, 1, 1)):
            axis.linkToView(self.view)
            axis.setZValue(0.5)  # over the view
            grid.addItem(axis, row, column)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_steps(self, steps: int) -> None:
        """Label the axis with K decode steps."""
        if steps == self.steps:
            return
        self.steps = steps
        last = steps - 1
        numbers = sorted({round(i * last / (LABELS - 1)) for i in range(LABELS)})
        ticks = [(i / max(1, last), str(i + 1)) for i in numbers]
        ticks[0] = (0.0, self.tr("step 1"))
        self.bottom.setTicks([ticks])

    def progress(self, i: int) -> float:
        """Progress of step i, counted from 0."""
        return i / max(1, self.steps - 1)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._dressed and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.dress()

    def wheelEvent(self, ev: QWheelEvent) -> None:
        ev.ignore()  # the panel scrolls instead

    def dress(self) -> None:
        """Take colours and font from palette and widget."""
        self._dressed = True
        colors = self.palette()
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        self.setBackground(colors.color(Role.Base))
        for axis in (self.left, self.bottom):
            axis.setPen(colors.color(Role.PlaceholderText))
            axis.setTextPen(colors.color(Role.PlaceholderText))
            axis.setTickFont(font)
            assert axis.label is not None  # until the plot is closed
            axis.label.setFont(font)

    def at(self, position: QPointF) -> tuple[float, float]:
        """The data coordinates under a position in the viewport."""
        point = self.view.mapSceneToView(self.mapToScene(position.toPoint()))
        return point.x(), point.y()

    def spot(self, x: float, y: float) -> QPointF:
        """Where in the viewport data coordinates lie."""
        return QPointF(self.mapFromScene(self.view.mapViewToScene(QPointF(x, y))))


def faint(palette: QPalette, alpha: int) -> QColor:
    """The text colour, see-through: for lines that belong to the ground."""
    color = palette.color(Role.Text)
    color.setAlpha(alpha)
    return color
