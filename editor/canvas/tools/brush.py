"""The brush: soft dabs that raise the mask; one stroke is one undo entry."""

import math
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from core.document.composite import Composite
from core.photo.masks.edged import edged
from editor.brush import Tip
from editor.canvas.tools.dab import Dabs, Stroke
from editor.canvas.tools.pan import ARROWS
from editor.canvas.tools.tool import Host, Pointer
from editor.canvas.tools.walk import walked
from editor.keys import RETURNS
from editor.selecting import Selecting

DARK, LIGHT = QColor(0, 0, 0, 130), QColor(255, 255, 255, 240)
SAMPLES = 4  # parts that the way from one place of the pointer to the next is looked at in
CROSS = 5  # logical pixels: a smaller circle gets cross hairs


class BrushTool:
    """By mouse or pen: drag; Shift and a press draw a straight line from the last point; right button or Alt
    erase.

    By keyboard: arrow keys move the brush by a quarter of its size (with Shift by a pixel), Return makes a
    dab, Shift+Return draws a straight line from the last one.
    """

    cursor = Qt.CursorShape.BlankCursor
    erases = False
    pending = False

    def __init__(self, host: Host, tip: Tip, selecting: Selecting) -> None:
        self._host = host
        self._tip = tip
        self._selecting = selecting
        self._way: list[QPointF] = []  # what the stroke went through since the last dab
        self._stroke: Stroke | None = None
        self._seen: Composite | None = None  # whose edges the stroke follows
        self._erasing = False
        self._last: QPointF | None = None  # where the stroke before ended
        self._at: QPointF | None = None  # the brush, in photo pixels; None while it is elsewhere
        self._size = tip.size  # as it is drawn: a pen's pressure scales it

    def press(self, pointer: Pointer) -> None:
        self._erasing = pointer.eraser or self.erases != pointer.swap
        self._stroke, self._way, self._seen = Stroke(self._tip), [], self._followed()
        if pointer.straight and self._last is not None:
            self._way.append(self._last)
            self._show(self._stroke.to(self._last, pointer.pressure))
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        if self._stroke is not None:
            self._way.append(pointer.at)
            self._show(self._stroke.to(pointer.at, pointer.pressure))
            self._place(pointer.at, pointer.pressure)

    def release(self, pointer: Pointer) -> None:
        if self._stroke is None:
            return
        self._way.append(pointer.at)
        self._show(self._stroke.end(pointer.at, pointer.pressure or 1.0))
        self._stroke, self._last = None, pointer.at
        self._host.document.commit(self._text(), self._host)
        self._place(pointer.at)

    def cancel(self) -> None:
        if self._stroke is not None:
            self._stroke = None
            self._host.document.rollback(self._host)

    def hover(self, pointer: Pointer | None) -> None:
        self._place(None if pointer is None else pointer.at)

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if key in ARROWS:
            self._place(walked(self._host, self._at, key, 1 if shift else max(1, round(self._tip.size / 4))))
        elif key in RETURNS and self._at is not None:
            pointer = Pointer(self._at, self._host.viewport.to_widget(self._at), straight=shift)
            self.press(pointer)
            self.release(pointer)
        else:
            return False
        return True

    def paint_cursor(self, painter: QPainter) -> None:
        """A circle of the brush's true size, dark round light, and a fainter one where it is full."""
        if self._at is None:
            return
        viewport = self._host.viewport
        middle = viewport.to_widget(self._at)
        radius = self._size / 2 * viewport.zoom / viewport.ratio
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, out in ((DARK, 1.0), (DARK, -1.0), (LIGHT, 0.0)):
            painter.setPen(QPen(color, 1))  # one pixel: wider pens cost ten times as much
            painter.drawEllipse(middle, radius + out, radius + out)
            if radius < CROSS:
                _cross_hairs(painter, middle, radius)
        if self._tip.hardness < 1 and radius * self._tip.hardness > CROSS:
            self._paint_full(painter, middle, radius * self._tip.hardness)

    def _paint_full(self, painter: QPainter, middle: QPointF, radius: float) -> None:
        painter.setPen(QPen(DARK, 1))
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(QPen(LIGHT, 1, Qt.PenStyle.DotLine))
        painter.drawEllipse(middle, radius, radius)

    def _show(self, dabs: Dabs | None) -> None:
        if dabs is not None:
            patch, document = dabs, self._host.document
            if self._seen is not None:
                along, self._way = _between(self._way), self._way[-1:]
                sampled, size = self._seen.sampled, self._seen.original.size
                patch = edged(sampled, size, dabs.box, dabs, along, self._selecting.tolerance)
                if patch is None:
                    return
            rect = patch.box
            document.preview(document.chosen.stroke(rect, patch, erases=self._erasing), rect, self._host)

    def _followed(self) -> Composite | None:
        """The picture as a stroke begins, which on a layer's own mask the stroke changes; None: any edge."""
        photo, picture = self._host.document.state.photo, self._host.document.composite
        if not self._tip.edges or photo is None:
            return None
        return picture if self._selecting.as_shown else Composite(photo)

    def _place(self, at: QPointF | None, pressure: float = 1.0) -> None:
        self._host.repaint_cursor(self._circle())
        self._at, self._size = at, max(self._tip.size * pressure, 1.0)
        self._host.repaint_cursor(self._circle())

    def _circle(self) -> QRegion:
        """What the cursor covers: a square, without the square inside its inner ring."""
        if self._at is None:
            return QRegion()
        viewport = self._host.viewport
        radius = self._size / 2 * viewport.zoom / viewport.ratio
        reach, inner = max(radius, 2 * CROSS) + 3, radius * self._tip.hardness * math.sqrt(0.5) - 3
        middle = viewport.to_widget(self._at)
        region = QRegion(_square(middle, reach).toAlignedRect())
        if inner > 2 * CROSS:
            region -= QRegion(_square(middle, inner).toRect())
        return region

    def _text(self) -> str:
        if self._erasing:
            return QCoreApplication.translate("BrushTool", "Eraser stroke")
        return QCoreApplication.translate("BrushTool", "Brush stroke")


def _between(way: list[QPointF]) -> list[tuple[float, float]]:
    """Points along a line of photo points, no more than are needed to know its colours."""
    points = [(at.x(), at.y()) for at in way]
    for one, other in pairwise(way):
        between = (one + (other - one) * (share / SAMPLES) for share in range(1, SAMPLES))
        points += [(at.x(), at.y()) for at in between]
    return points


def _square(middle: QPointF, reach: float) -> QRectF:
    return QRectF(middle.x() - reach, middle.y() - reach, 2 * reach, 2 * reach)


def _cross_hairs(painter: QPainter, middle: QPointF, radius: float) -> None:
    for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        way = QPointF(x, y)
        painter.drawLine(middle + way * (radius + 2), middle + way * (radius + 2 + CROSS))
