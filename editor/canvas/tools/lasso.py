"""The lasso: an outline drawn freely, by straight sides, or by both."""

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QRegion

from core.document.shapes import Polygon
from editor.canvas.tools import trace
from editor.canvas.tools.selection import INK, RETURNS, ROUND, SAME, SelectionTool
from editor.canvas.tools.tool import Host, Pointer, apart
from editor.selecting import Selecting

CLOSE = 8.0  # logical pixels round the first point within which the outline closes
GRAIN = 2.0  # logical pixels between two points of what is drawn freely
FEWEST = 3  # points of an outline that holds anything
RING = 4.0  # logical pixels: radius of the ring round the first point; that of `CLOSE` where a press closes


class LassoTool(SelectionTool):
    """By mouse or pen: a drag draws freely and closes where it ends, unless Alt is held then; a click sets a
    point, and the next one a straight side. What a click began goes on with clicks and drags until a double
    click, a press on the first point, or Return closes it; Backspace takes the last side back. A double click
    that begins nothing deselects, where the outline would replace the mask.

    By keys: Return sets a point once the arrows have moved, and closes the outline if they haven't.
    """

    def __init__(self, host: Host, selecting: Selecting) -> None:
        super().__init__(host, selecting)
        self._points: list[tuple[float, float]] = []  # in photo pixels
        self._sides: list[int] = []  # how many points there were before each side
        self._loose: tuple[float, float] | None = None  # where the next side would end
        self._pressed: QPointF | None = None  # on the widget, from press to release
        self._first = False  # that press began the outline
        self._free = False  # it has moved since: it draws freely
        self._walks = False  # the arrows have moved since the last point
        self._back = False  # the pointer is where a press closes the outline
        self._tail = QRegion()  # what the last side was painted on

    def press(self, pointer: Pointer) -> None:
        self._pressed, self._free, self._first = pointer.on_widget, False, not self.pending
        if self._first:
            self._begin(pointer)
            self._add(pointer.at)
        elif self._can_close and self._is_at(pointer.on_widget, 0, CLOSE):
            self._close()
        elif not self._is_at(pointer.on_widget, -1, SAME):
            self._add(pointer.at)
        elif self._can_close:
            self._close()
        elif len(self._points) == 1 and self._deselects:  # a double click by itself
            self._deselect()

    def move(self, pointer: Pointer) -> None:
        if not self.pending or self._pressed is None:
            return
        if not self._free and apart(pointer.on_widget, self._pressed) > SAME:
            self._free = True
            self._sides.append(len(self._points))
        if self._free and not self._is_at(pointer.on_widget, -1, GRAIN):
            self._points.append(pointer.at.toTuple())
            self._show_end(None)

    def release(self, pointer: Pointer) -> None:
        drawn, self._pressed, self._free = self._free, None, False
        if self.pending and drawn:
            alone = self._first and not pointer.alt
            if alone or self._is_at(pointer.on_widget, 0, CLOSE):
                self._close()
        self.hover(pointer)

    def hover(self, pointer: Pointer | None) -> None:
        super().hover(pointer)
        if self.pending and pointer is not None:
            self._back = self._is_at(pointer.on_widget, 0, CLOSE)
            self._show_end(pointer.at.toTuple())

    def cancel(self) -> None:
        self._points, self._sides, self._loose = [], [], None
        self._walks = self._back = False
        super().cancel()

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        if self.pending and key == Qt.Key.Key_Backspace:
            self._take_back()
        elif self.pending and key in RETURNS and not self._walks:
            self._close()
        else:
            return super().key(key, modifiers)
        return True

    def paint_cursor(self, painter: QPainter) -> None:
        super().paint_cursor(painter)
        if self._can_close:
            middle, radius = self._first_point(), CLOSE if self._back else RING
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for pen in (QPen(ROUND, 3), QPen(INK, 1)):
                painter.setPen(pen)
                painter.drawEllipse(middle, radius, radius)

    @property
    def _can_close(self) -> bool:
        return len(self._points) >= FEWEST

    def _outline(self) -> np.ndarray:
        return np.array([*self._points, *([] if self._loose is None else [self._loose])])

    def _walked(self, at: QPointF) -> None:
        self._walks = True
        if self.pending:
            self._show_end(at.toTuple())

    def _confirmed(self, at: QPointF) -> None:
        if not self.pending:
            self._mode = self._chosen()
        self._add(at)

    def _add(self, at: QPointF) -> None:
        """A point, and with it a straight side from the one before."""
        self._walks, self._loose = False, None
        self._sides.append(len(self._points))
        self._points.append(at.toTuple())
        self._redraw()

    def _take_back(self) -> None:
        """The last side, straight or free; without one it is given up."""
        del self._points[self._sides.pop() :]
        if self._points:
            self._redraw()
        else:
            self.cancel()

    def _close(self) -> None:
        if not self._can_close:
            self.cancel()
            return
        shape = Polygon(tuple(self._points))
        self._finish(shape, QCoreApplication.translate("LassoTool", "Lasso"))

    def _show_end(self, loose: tuple[float, float] | None) -> None:
        """The line goes on at its end: nothing but that is painted anew."""
        self._loose = loose
        self._line = self._outline()
        end = trace.seen(self._line[-FEWEST:], self._host.viewport.transform())
        before, self._tail = self._tail, trace.covered(end)
        self._drawn |= self._tail
        self._host.repaint_cursor(before | self._tail | self._ring())

    def _redraw(self) -> None:
        super()._redraw()
        self._tail = QRegion()
        self._host.repaint_cursor(self._ring())
        self._drawn |= self._ring()

    def _ring(self) -> QRegion:
        """What the ring round the first point is painted on."""
        if not self._points:
            return QRegion()
        at, reach = self._first_point(), int(CLOSE) + 3
        return QRegion(int(at.x()) - reach, int(at.y()) - reach, 2 * reach, 2 * reach)

    def _first_point(self) -> QPointF:
        """Where the outline began, on the widget."""
        return self._host.viewport.to_widget(QPointF(*self._points[0]))

    def _is_at(self, on_widget: QPointF, index: int, reach: float) -> bool:
        """A place of the widget lies within `reach` of one of the points."""
        return apart(self._host.viewport.to_widget(QPointF(*self._points[index])), on_widget) <= reach
