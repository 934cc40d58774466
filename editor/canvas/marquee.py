"""Rectangle and ellipse, drawn from corner to corner or from their middle."""

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF

from core.document.shapes import Ellipse, Rectangle
from editor.canvas.selection import SelectionTool
from editor.canvas.tool import Host, Pointer
from editor.selecting import Selecting

FLAT = 0.25  # device pixels that the line may run inside of an ellipse


class RectangleTool(SelectionTool):
    """By mouse or pen: drag. Shift and Alt at the press say the mode; pressed later, or let go and pressed
    again, Shift makes it as wide as high, and Alt draws it from its middle. Its corners lie between pixels.

    By keys: Return sets one corner, and the other one after the arrows have moved.
    """

    def __init__(self, host: Host, selecting: Selecting) -> None:
        super().__init__(host, selecting)
        self._start, self._from, self._to = QPointF(), QPointF(), QPointF()
        self._free = [True, True]  # Shift and Alt: let go since the press, so that they mean the shape

    def press(self, pointer: Pointer) -> None:
        self._begin(pointer)
        self._begin_at(pointer.at)
        self._free = [not pointer.straight, not pointer.alt]

    def move(self, pointer: Pointer) -> None:
        if self.pending:
            held = pointer.straight, pointer.alt
            self._free = [free or not key for free, key in zip(self._free, held, strict=True)]
            square, middle = (free and key for free, key in zip(self._free, held, strict=True))
            self._reach(pointer.at, square=square, middle=middle)

    def release(self, pointer: Pointer) -> None:
        if self.pending:
            self.move(pointer)
            self._end()
            self.hover(pointer)

    def _shape(self) -> Rectangle | Ellipse:
        return Rectangle(*self._from.toTuple(), *self._to.toTuple())

    def _text(self) -> str:
        return QCoreApplication.translate("RectangleTool", "Rectangle")

    def _outline(self) -> np.ndarray:
        outline = self._shape().outline(FLAT / self._host.viewport.zoom)
        return np.concatenate([outline, outline[:1]])

    def _walked(self, at: QPointF) -> None:
        if self.pending:
            self._reach(at)

    def _confirmed(self, at: QPointF) -> None:
        if self.pending:
            self._end()
        else:
            self._begin_at(at)
            self._mode = self._selecting.mode

    def _begin_at(self, at: QPointF) -> None:
        self._start = self._from = self._to = _between_pixels(at)

    def _reach(self, at: QPointF, *, square: bool = False, middle: bool = False) -> None:
        """The other corner lies here."""
        way = _between_pixels(at) - self._start
        if square:
            side = max(abs(way.x()), abs(way.y()))
            way = QPointF(math.copysign(side, way.x()), math.copysign(side, way.y()))
        self._from, self._to = self._start - way if middle else self._start, self._start + way
        self._redraw()

    def _end(self) -> None:
        shape, size = self._shape(), self._host.viewport.size
        self._finish(lambda: shape.plane(size), self._text())


class EllipseTool(RectangleTool):
    """As the rectangle, within it."""

    def _shape(self) -> Rectangle | Ellipse:
        return Ellipse(*self._from.toTuple(), *self._to.toTuple())

    def _text(self) -> str:
        return QCoreApplication.translate("EllipseTool", "Ellipse")


def _between_pixels(at: QPointF) -> QPointF:
    return QPointF(round(at.x()), round(at.y()))
