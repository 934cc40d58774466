"""The frame of the area, by hand: drawn, dragged about, taken by its edges and corners."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from core.document.commands import update_draft
from core.photo import area as areas
from core.photo import rect as rects
from core.photo.rect import Rect
from editor.canvas.tools import trace
from editor.canvas.tools.pan import ARROWS
from editor.canvas.tools.tool import Host, Pointer
from editor.keys import RETURNS

REACH = 8  # logical pixels from an edge within which it is taken hold of
INSIDE = 3  # of a frame's side, a third at most is its edge: what is left in the middle moves it
HANDLE = 7  # logical pixels: a handle's side
ROOM = 4 * HANDLE  # logical pixels of a side that has a handle in its middle
STEP = 8  # logical pixels by an arrow key; one photo pixel with Shift
DARK, LIGHT = QColor(0, 0, 0), QColor(255, 255, 255)
TAKES_AWAY = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
HALF = 2  # by keys a frame begins with half of the photo's sides


@dataclass(frozen=True)
class Grip:
    """Which of left, top, right and bottom go along with the pointer; none of them: a new frame is drawn."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False

    @property
    def cursor(self) -> Qt.CursorShape:
        shapes = Qt.CursorShape
        across, down = self.left or self.right, self.top or self.bottom
        if across and down:
            if self == WHOLE:
                return shapes.SizeAllCursor
            return shapes.SizeFDiagCursor if self.left == self.top else shapes.SizeBDiagCursor
        return shapes.SizeHorCursor if across else shapes.SizeVerCursor if down else shapes.CrossCursor


NEW, WHOLE = Grip(), Grip(left=True, top=True, right=True, bottom=True)


class AreaTool:
    """Drag on the picture: a frame; in it: it moves; at an edge or a corner: that moves. A click beside it
    takes it away.

    By keys: Return sets one in the middle, arrows move it, with Alt its right and lower edge; Shift goes by
    one photo pixel. Delete takes it away.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._grip: Grip | None = None  # what is being dragged
        self._from = self._at = QPointF()
        self._drawn = QRegion()
        self.cursor = Qt.CursorShape.CrossCursor

    @property
    def pending(self) -> bool:
        return self._grip is not None

    @property
    def frame(self) -> Rect | None:
        """The frame as the document has it."""
        area = self._host.document.state.draft.area
        return None if isinstance(area, str) else area

    def press(self, pointer: Pointer) -> None:
        self._grip = self._grip_at(pointer.at)
        self._from = self._at = pointer.at
        self._redraw()

    def move(self, pointer: Pointer) -> None:
        if self.pending:
            self._at = pointer.at
            self._redraw()

    def release(self, pointer: Pointer) -> None:
        if self._grip is None:
            return
        self._at = pointer.at
        moved, outline, new = self._at != self._from, self._dragged(), self._grip == NEW
        self.cancel()
        if moved:
            self._put(outline)
        elif new and self.frame is not None:
            self._take_away()
        self.hover(pointer)

    def cancel(self) -> None:
        self._grip = None
        self._redraw()

    def hover(self, pointer: Pointer | None) -> None:
        if pointer is not None:
            self.cursor = self._grip_at(pointer.at).cursor
        self._redraw()

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        frame, (width, height) = self.frame, self._host.viewport.size
        if key in RETURNS and frame is None:
            w, h = width // HALF, height // HALF
            self._put(((width - w) // 2, (height - h) // 2, w, h))
        elif key in TAKES_AWAY and frame is not None:
            self._take_away()
        elif key in ARROWS and frame is not None:
            viewport = self._host.viewport
            slowly = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            step = 1 if slowly else max(1, round(STEP * viewport.ratio / viewport.zoom))
            dx, dy = (-step * part for part in ARROWS[Qt.Key(key)])  # there by how the photo is dragged
            x, y, w, h = frame
            sides = bool(modifiers & Qt.KeyboardModifier.AltModifier)
            self._put((x, y, w + dx, h + dy) if sides else self._within((x + dx, y + dy, w, h)))
        else:
            return False
        return True

    def paint_cursor(self, painter: QPainter) -> None:
        """What is being dragged, and the handles of what is there."""
        if self.pending:
            trace.paint(painter, trace.seen(self._outline(), self._host.viewport.transform()))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(DARK, 0))
        painter.setBrush(LIGHT)
        for handle in self._handles():
            painter.drawRect(handle)

    def _grip_at(self, at: QPointF) -> Grip:
        """What a press at a photo point takes hold of."""
        if self.frame is None:
            return NEW
        viewport = self._host.viewport
        near = REACH * viewport.ratio / viewport.zoom
        left, top, right, bottom = rects.corners(self.frame)
        x, y = at.toTuple()
        inner_x, inner_y = (min(near, side / INSIDE) for side in self.frame[2:])
        if not (left - near <= x <= right + near and top - near <= y <= bottom + near):
            return NEW
        held = [x <= left + inner_x, y <= top + inner_y, x >= right - inner_x, y >= bottom - inner_y]
        return Grip(*held) if any(held) else WHOLE

    def _dragged(self) -> Rect:
        """The frame as it would be now."""
        assert self._grip is not None
        way_x, way_y = (self._at - self._from).toTuple()
        if self._grip == NEW:
            one, other = self._from.toTuple(), self._at.toTuple()
            return areas.framed(one, other, self._host.viewport.size)
        assert self.frame is not None
        left, top, right, bottom = rects.corners(self.frame)
        if self._grip == WHOLE:
            return self._within((left + round(way_x), top + round(way_y), right - left, bottom - top))
        one = left + way_x * self._grip.left, top + way_y * self._grip.top
        other = right + way_x * self._grip.right, bottom + way_y * self._grip.bottom
        return areas.framed(one, other, self._host.viewport.size)

    def _within(self, frame: Rect) -> Rect:
        """The same size, in the photo."""
        (x, y, w, h), (width, height) = frame, self._host.viewport.size
        return max(0, min(x, width - w)), max(0, min(y, height - h)), w, h

    def _put(self, frame: Rect) -> None:
        x, y, w, h = frame
        self._take(areas.framed((x, y), (x + w, y + h), self._host.viewport.size))

    def _take_away(self) -> None:
        self._take("whole")

    def _take(self, area: str | Rect) -> None:
        text = QCoreApplication.translate("AreaTool", "Area")
        document = self._host.document
        document.apply(update_draft(area=area), text, source=self._host, settings=True)
        self._redraw()

    def _outline(self) -> np.ndarray:
        left, top, right, bottom = rects.corners(self._dragged())
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], float)

    def _handles(self) -> list[QRectF]:
        """In widget coordinates, at corners, and at middles where there is room between them."""
        if self.frame is None:
            return []
        left, top, right, bottom = rects.corners(self.frame)
        half, scale = QPointF(HANDLE / 2, HANDLE / 2), self._host.viewport.zoom / self._host.viewport.ratio
        wide, high = ((side * scale >= ROOM) for side in self.frame[2:])
        xs = (left, (left + right) / 2, right) if wide else (left, right)
        ys = (top, (top + bottom) / 2, bottom) if high else (top, bottom)
        spots = [QPointF(x, y) for x in xs for y in ys if x in (left, right) or y in (top, bottom)]
        seen = (self._host.viewport.to_widget(spot) for spot in spots)
        return [QRectF(spot - half, spot + half) for spot in seen]

    def _redraw(self) -> None:
        """Paint what is shown now, and the picture where something was."""
        now = QRegion()
        if self.pending:
            now = trace.covered(trace.seen(self._outline(), self._host.viewport.transform()))
        for handle in self._handles():
            now += QRect(handle.toAlignedRect().adjusted(-1, -1, 1, 1))
        self._host.repaint_cursor(self._drawn | now)
        self._drawn = now
