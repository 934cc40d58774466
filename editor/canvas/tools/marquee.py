"""Rectangle and ellipse, drawn from corner to corner or from their middle."""

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF

from core.document.shapes import Ellipse, Rectangle
from editor.canvas.tools.drag import DragTool

FLAT = 0.25  # device pixels that the line may run inside of an ellipse


class RectangleTool(DragTool):
    """Shift makes it as wide as high, and Alt draws it from its middle. Its corners lie between pixels. A
    click without a drag deselects, unless Shift or Alt is held or another mode chosen.
    """

    def _click(self) -> None:
        self._deselect()

    def _shape(self) -> Rectangle | Ellipse:
        return Rectangle(*self._from.toTuple(), *self._to.toTuple())

    def _text(self) -> str:
        return QCoreApplication.translate("RectangleTool", "Rectangle")

    def _outline(self) -> np.ndarray:
        outline = self._shape().outline(FLAT / self._host.viewport.zoom)
        return np.concatenate([outline, outline[:1]])

    def _near(self, at: QPointF) -> QPointF:
        return QPointF(round(at.x()), round(at.y()))

    def _reach(self, at: QPointF, *, shift: bool, alt: bool) -> None:
        way = self._near(at) - self._start
        if shift:
            side = max(abs(way.x()), abs(way.y()))
            way = QPointF(math.copysign(side, way.x()), math.copysign(side, way.y()))
        self._from, self._to = self._start - way if alt else self._start, self._start + way


class EllipseTool(RectangleTool):
    """As the rectangle, within it."""

    def _shape(self) -> Rectangle | Ellipse:
        return Ellipse(*self._from.toTuple(), *self._to.toTuple())

    def _text(self) -> str:
        return QCoreApplication.translate("EllipseTool", "Ellipse")
