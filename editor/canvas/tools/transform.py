"""The mask moved, scaled and turned by a box with handles; it changes when that is confirmed."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion, QTransform

from core.document.mask import Mask
from core.photo.masks.placed import Transform
from core.photo.rect import Rect
from editor.canvas.tools import trace
from editor.canvas.tools.pan import ARROWS
from editor.canvas.tools.tool import Host, Pointer
from editor.keys import RETURNS

REACH = 9  # logical pixels from a handle within which it is taken hold of
THIRD = 3  # of a side, at most, belongs to a handle
HANDLE = 7  # logical pixels: a handle's side
STEP = 8  # logical pixels by an arrow key; one photo pixel with Shift
TURN, SNAP = 1.0, 15.0  # degrees by a key, and in steps of which Shift turns
LEAST = 1.0  # photo pixels that the box keeps of its sides
DARK, LIGHT = QColor(0, 0, 0), QColor(255, 255, 255)
TURNS = {Qt.Key.Key_PageUp: -TURN, Qt.Key.Key_PageDown: TURN}

Handle = tuple[int, int]  # −1, 0, 1 across and down; (0, 0) is the inside
INSIDE: Handle = 0, 0
HANDLES = tuple((across, down) for down in (-1, 0, 1) for across in (-1, 0, 1) if (across, down) != INSIDE)


class TransformTool:
    """Drag inside the box: the mask moves; a handle: it is scaled, with Shift in proportion; beside the box:
    it turns, with Shift in steps. Return, or another tool, makes it so; Escape takes it back.

    By keys: arrows move it, with Alt its right and lower side, Page Up and Down turn it; Shift goes by one
    photo pixel.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._placement: Transform | None = None  # None while nothing is under way
        self._grip: Handle | None = None  # what is dragged; None beside the box, which turns
        self._dragged: tuple[QPointF, Transform] | None = None  # where a drag began, and with what
        self._of: tuple[object, Mask] | None = None  # the mask that the box is round, and what it was made of
        self._drawn = QRegion()
        self.cursor = Qt.CursorShape.SizeAllCursor

    @property
    def pending(self) -> bool:
        return self._placement is not None

    def press(self, pointer: Pointer) -> None:
        now = self._now()
        if now is None:
            self._host.tell(QCoreApplication.translate("TransformTool", "There is no mask yet to move."))
        else:
            self._grip = self._grip_at(pointer.at, now)
            self._dragged = pointer.at, now
            self._placement = now

    def move(self, pointer: Pointer) -> None:
        if self._dragged is None:
            return
        start, before = self._dragged
        if self._grip is None:
            placement = _turned(before, start, pointer.at, steps=pointer.straight)
        elif self._grip == INSIDE:
            way = pointer.at - start
            placement = _moved(before, round(way.x()), round(way.y()))
        else:
            box = self._box()
            assert box is not None
            placement = _scaled(before, box, self._grip, pointer.at, alike=pointer.straight)
        self._show(placement)

    def release(self, pointer: Pointer) -> None:
        self.move(pointer)
        self._dragged = None
        if self._placement is not None and _is_nothing(self._placement):
            self.cancel()
        self.hover(pointer)

    def cancel(self) -> None:
        self._placement = self._dragged = None
        self._host.lift(None)
        self._redraw()

    def finish(self) -> None:
        """Make it so: the mask is where the box is."""
        self._box()  # of another mask by now, it is dropped
        placement, self._placement = self._placement, None
        if placement is None or _is_nothing(placement):
            self._host.lift(None)
        else:
            self._host.place(placement)
        self._dragged = self._of = None
        self._redraw()

    def hover(self, pointer: Pointer | None) -> None:
        now = None if pointer is None else self._now()
        if pointer is not None and now is not None:
            self.cursor = _cursor(self._grip_at(pointer.at, now))
        self._redraw()

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        now, box = self._now(), self._box()
        if now is None or box is None:
            return False
        slowly = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if key in RETURNS and self.pending:
            self.finish()
        elif key in TURNS:
            self._show(replace(now, angle=now.angle + TURNS[Qt.Key(key)]))
        elif key in ARROWS:
            viewport = self._host.viewport
            step = 1 if slowly else max(1, round(STEP * viewport.ratio / viewport.zoom))
            dx, dy = (-step * part for part in ARROWS[Qt.Key(key)])
            if modifiers & Qt.KeyboardModifier.AltModifier:
                at = _corner(now, box, (1, 1)) + _turned_way(now, dx, dy)
                self._show(_scaled(now, box, (1, 1), at, alike=False))
            else:
                self._show(_moved(now, dx, dy))
        else:
            return False
        return True

    def paint_cursor(self, painter: QPainter) -> None:
        """The box and its handles."""
        line, self._drawn = self._line(), self._covered()  # where a zoom since has brought them, too
        if not len(line):
            return
        trace.paint(painter, line)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(DARK, 0))
        painter.setBrush(LIGHT)
        for handle in self._handles():
            painter.drawRect(handle)

    def _box(self) -> Rect | None:
        """Of the mask that is worked on; None for nothing."""
        document = self._host.document
        layer = document.chosen.masked
        made_of = document.state.mask if layer is None else layer.variant
        if self._of is None or self._of[0] is not made_of:
            self._of = made_of, document.chosen.mask()
            self._placement = self._dragged = None  # it was of another mask
        return self._of[1].box

    def _now(self) -> Transform | None:
        """What is under way, or where the mask lies; None for no mask."""
        box = self._box()
        if box is None:
            return None
        x, y, width, height = box
        return self._placement or Transform((x + width / 2, y + height / 2))

    def _grip_at(self, at: QPointF, now: Transform) -> Handle | None:
        box, viewport = self._box(), self._host.viewport
        assert box is not None
        near = REACH * viewport.ratio / viewport.zoom
        far = {handle: _far(_corner(now, box, handle), at) for handle in HANDLES}
        nearest = min(far, key=lambda handle: far[handle])
        local, wide, high = _local(now, at), box[2] * abs(now.across), box[3] * abs(now.down)
        inside = abs(local.x()) <= wide / 2 and abs(local.y()) <= high / 2
        if inside:  # of a small box the middle still moves it
            near = min(near, wide / THIRD, high / THIRD)
        if far[nearest] <= near:
            return nearest
        return INSIDE if inside else None

    def _show(self, placement: Transform) -> None:
        self._placement = placement
        forth = placement.matrix()
        self._host.lift(QTransform(*forth[:, 0], *forth[:, 1], *forth[:, 2]))
        self._redraw()

    def _line(self) -> np.ndarray:
        """The box in widget coordinates, (5, 2), closed; (0, 2) for none."""
        now, box = self._now(), self._box()
        if now is None or box is None:
            return np.empty((0, 2))
        corners = now.corners(box)
        return trace.seen(np.concatenate([corners, corners[:1]]), self._host.viewport.transform())

    def _handles(self) -> list[QRectF]:
        now, box = self._now(), self._box()
        if now is None or box is None:
            return []
        half = QPointF(HANDLE / 2, HANDLE / 2)
        seen = (self._host.viewport.to_widget(_corner(now, box, handle)) for handle in HANDLES)
        return [QRectF(spot - half, spot + half) for spot in seen]

    def _covered(self) -> QRegion:
        """What box and handles are painted on."""
        region = trace.covered(self._line())
        for handle in self._handles():
            region += QRect(handle.toAlignedRect().adjusted(-1, -1, 1, 1))
        return region

    def _redraw(self) -> None:
        now = self._covered()
        self._host.repaint_cursor(self._drawn | now)
        self._drawn = now


def _is_nothing(placement: Transform) -> bool:
    return placement.is_whole_move and placement.way == (0, 0)


def _moved(placement: Transform, dx: float, dy: float) -> Transform:
    return replace(placement, way=(placement.way[0] + dx, placement.way[1] + dy))


def _turned(before: Transform, start: QPointF, at: QPointF, *, steps: bool) -> Transform:
    """As far as the pointer has gone round the middle."""
    middle = _middle(before)
    one, other = start - middle, at - middle
    gone = math.degrees(math.atan2(other.y(), other.x()) - math.atan2(one.y(), one.x()))
    angle = before.angle + gone
    return replace(before, angle=round(angle / SNAP) * SNAP if steps else angle)


def _scaled(before: Transform, box: Rect, handle: Handle, at: QPointF, *, alike: bool) -> Transform:
    """With a handle at a photo point; what lies across from it stays. alike: both sides by the same."""
    local, size = _local(before, at), (box[2], box[3])
    scales, anchors = [before.across, before.down], [0.0, 0.0]
    for axis, (side, value) in enumerate(zip(handle, (local.x(), local.y()), strict=True)):
        anchors[axis] = -side * size[axis] * scales[axis] / 2
        if side:
            scales[axis] = max(LEAST, (value - anchors[axis]) * side) / size[axis]
    if alike:
        shares = scales[0] / before.across, scales[1] / before.down
        share = max(one for one, side in zip(shares, handle, strict=True) if side)
        scales = [before.across * share, before.down * share]
    shift = [anchors[axis] + handle[axis] * size[axis] * scales[axis] / 2 for axis in (0, 1)]
    way = _turned_way(before, *shift)
    return _moved(replace(before, across=scales[0], down=scales[1]), way.x(), way.y())


def _middle(placement: Transform) -> QPointF:
    return QPointF(*placement.centre) + QPointF(*placement.way)


def _local(placement: Transform, at: QPointF) -> QPointF:
    """A photo point from the middle of the box, along its sides."""
    return QTransform().rotate(-placement.angle).map(at - _middle(placement))


def _turned_way(placement: Transform, dx: float, dy: float) -> QPointF:
    """A way along the sides of the box, in the photo."""
    return QTransform().rotate(placement.angle).map(QPointF(dx, dy))


def _corner(placement: Transform, box: Rect, handle: Handle) -> QPointF:
    """Where a handle lies in the photo."""
    across, down = (side * size / 2 for side, size in zip(handle, box[2:], strict=True))
    return _middle(placement) + _turned_way(placement, across * placement.across, down * placement.down)


def _far(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())


def _cursor(grip: Handle | None) -> Qt.CursorShape:
    shapes = Qt.CursorShape
    if grip is None:
        return shapes.PointingHandCursor
    across, down = grip
    if across and down:
        return shapes.SizeFDiagCursor if across == down else shapes.SizeBDiagCursor
    return shapes.SizeHorCursor if across else shapes.SizeVerCursor if down else shapes.SizeAllCursor
