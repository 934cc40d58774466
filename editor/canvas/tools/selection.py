"""What the selection tools share: the mode by keys, the line that is drawn, one undo entry at the end."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from core.document.commands import clear_mask
from core.document.plane import Plane
from core.document.shapes import Feathered, Selection
from core.document.strokes import Mode
from core.photo import rect as rects
from editor.canvas.tools import trace
from editor.canvas.tools.pan import ARROWS
from editor.canvas.tools.tool import DrawnShape, Host, Pointer
from editor.canvas.tools.walk import walked
from editor.document.combined import combined
from editor.keys import RETURNS
from editor.selecting import Selecting

STEP = 8  # logical pixels by an arrow key; one photo pixel with Shift
SAME = 4.0  # logical pixels that a click may move
SIGN, AWAY = 4, 12  # logical pixels: half a sign's width, and its way from the pointer
NOTHING = np.empty((0, 2))
AT_ONCE = 1 << 20  # pixels of a picture whose mask the window may wait for
ROUND, INK = QColor(0, 0, 0, 160), QColor(255, 255, 255)


def mode_of(pointer: Pointer, chosen: Mode) -> Mode:
    """What a press means: Shift adds; Alt, the right button or a pen's eraser takes away; Shift with one of
    these leaves what is in both.
    """
    return chosen.but(adds=pointer.straight, takes=pointer.swap or pointer.eraser)


class Crosshair:
    """Where a selection tool is, by mouse or keys, with the sign of what it is going to do."""

    def __init__(self, host: Host, chosen: Callable[[], Mode]) -> None:
        self._host, self._chosen = host, chosen
        self.at: QPointF | None = None  # in photo pixels; None while it is elsewhere
        self.by_keys = False  # it was moved by keys: a cross shows where it is
        self.mode = Mode.REPLACE

    def place(self, pointer: Pointer | None) -> None:
        """By the pointer; None: it has left."""
        self._put(None if pointer is None else pointer.at, by_keys=False)
        if pointer is not None:
            self.mode = mode_of(pointer, self._chosen())

    def walk(self, key: int, *, slowly: bool) -> QPointF:
        """By an arrow key; where it is then."""
        viewport = self._host.viewport
        step = 1.0 if slowly else max(1.0, STEP * viewport.ratio / viewport.zoom)
        at = walked(self._host, self.at, key, round(step))
        self._put(QPointF(round(at.x()), round(at.y())), by_keys=True)
        self.mode = self._chosen()
        return at

    def paint(self, painter: QPainter) -> None:
        """Two lines for each stroke of the sign, a dark one under a light one."""
        if self.at is None:
            return
        middle = self._host.viewport.to_widget(self.at)
        lines = _SIGNS[self.mode](middle + QPointF(AWAY, AWAY))
        if self.by_keys:
            lines += plus(middle)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen in (QPen(ROUND, 3), QPen(INK, 1)):
            painter.setPen(pen)
            for one, other in lines:
                painter.drawLine(one, other)

    def _put(self, at: QPointF | None, *, by_keys: bool) -> None:
        self._host.repaint_cursor(self._covered())
        self.at, self.by_keys = at, by_keys
        self._host.repaint_cursor(self._covered())

    def _covered(self) -> QRegion:
        if self.at is None:
            return QRegion()
        x, y = self._host.viewport.to_widget(self.at).toTuple()
        near, far = SIGN + 3, AWAY + SIGN + 3
        return QRegion(int(x) - near, int(y) - near, near + far, near + far)


class SelectionTool(ABC):
    """From the first point to the last: a line over the picture, then a change of the mask, one undo entry.

    By mouse or pen as each tool says. By keys: arrows move a cross by some pixels of the screen, with Shift
    by one of the photo; Return sets a point.
    """

    cursor = Qt.CursorShape.CrossCursor
    feathers = True  # what it draws fades as far as is set

    def __init__(self, host: Host, selecting: Selecting) -> None:
        self._host, self._selecting = host, selecting
        self._cross = Crosshair(host, self._chosen)
        self._mode: Mode | None = None  # of what is under way; None while nothing is
        self._line = NOTHING  # of what is under way, in photo pixels, (n, 2)
        self._drawn = QRegion()  # what it was painted on

    @property
    def pending(self) -> bool:
        """Something is under way that a next point belongs to."""
        return self._mode is not None

    def hover(self, pointer: Pointer | None) -> None:
        self._cross.place(pointer)

    def cancel(self) -> None:
        self._mode = None
        self._redraw()

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if key in ARROWS:
            self._walked(self._cross.walk(key, slowly=shift))
        elif key in RETURNS and self._cross.at is not None:
            self._confirmed(self._cross.at)
        else:
            return False
        return True

    def paint_cursor(self, painter: QPainter) -> None:
        """The line of what is under way, and the sign beside the pointer."""
        if len(self._line):
            trace.paint(painter, trace.seen(self._line, self._host.viewport.transform()))
        if not self.pending or self._cross.by_keys:
            self._cross.paint(painter)

    def _chosen(self) -> Mode:
        """What it does to the mask unless keys say otherwise."""
        return self._selecting.mode

    def _outline(self) -> np.ndarray:
        """What is under way, a line in photo pixels, (n, 2)."""
        return NOTHING

    @abstractmethod
    def _walked(self, at: QPointF) -> None:
        """The keys have moved to a photo point."""

    @abstractmethod
    def _confirmed(self, at: QPointF) -> None:
        """Return was pressed at a photo point."""

    def _begin(self, pointer: Pointer) -> None:
        """Something is under way from a press on."""
        self._mode = mode_of(pointer, self._chosen())
        self._cross.place(pointer)

    def _redraw(self) -> None:
        """Paint the line where it runs now, and the picture where it ran."""
        self._draw(self._outline() if self.pending else NOTHING)

    def _draw(self, line: np.ndarray) -> None:
        self._line = line
        now = trace.covered(trace.seen(self._line, self._host.viewport.transform()))
        self._host.repaint_cursor(self._drawn | now)
        self._drawn = now

    def set_down(self) -> None:
        """What was drawn has become the mask, or won't: its line goes."""
        self._redraw()

    def _finish(self, shape: Selection, text: str) -> None:
        """What is under way ends: it changes the mask, unless nothing of the picture is in it. On a large
        picture it is made beside the window, and its line stays until it is there.
        """
        mode, line, viewport = self._mode, self._line, self._host.viewport
        feather = self._selecting.feather if self.feathers else 0.0
        shape = Feathered(shape, feather) if feather else shape
        self.cancel()
        if mode is None:
            return
        size = viewport.size
        if size[0] * size[1] > AT_ONCE:
            self._draw(line)
            self._host.select(DrawnShape(shape, size, viewport.factor(), mode, text))
            return
        chosen = self._host.document.chosen
        made = combined(chosen.subject, shape.plane(size), mode)
        if made.after is not None:
            self._host.document.apply(
                chosen.becomes(made.after), text, rect=rects.whole(size), source=self._host
            )
        if made.why:
            self._host.tell(made.why)

    @property
    def _deselects(self) -> bool:
        """There is something that what is under way would replace."""
        return self._mode is Mode.REPLACE and not self._host.document.chosen.mask().is_empty

    def _deselect(self) -> None:
        """A click that draws nothing, where a selection would replace the mask, takes away what is seen."""
        deselects, document = self._deselects, self._host.document
        self.cancel()
        if deselects:
            text = QCoreApplication.translate("SelectionTool", "Deselect")
            clears = document.chosen.masked is None
            command = clear_mask() if clears else document.chosen.selection(Plane(), Mode.REPLACE)
            document.apply(command, text, source=self._host)


Lines = list[tuple[QPointF, QPointF]]


def minus(at: QPointF) -> Lines:
    """The sign, in two ends for each stroke, round a point."""
    return [(at - QPointF(SIGN, 0), at + QPointF(SIGN, 0))]


def plus(at: QPointF) -> Lines:
    """Likewise."""
    return [*minus(at), (at - QPointF(0, SIGN), at + QPointF(0, SIGN))]


def _times(at: QPointF) -> Lines:
    corner, other = QPointF(SIGN, SIGN) * 0.75, QPointF(SIGN, -SIGN) * 0.75
    return [(at - corner, at + corner), (at - other, at + other)]


_SIGNS: dict[Mode, Callable[[QPointF], Lines]] = {
    Mode.REPLACE: lambda _: [],
    Mode.ADD: plus,
    Mode.SUBTRACT: minus,
    Mode.INTERSECT: _times,
}
