"""The hand: drags the photo about."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from editor.canvas.tools.tool import Host, Pointer

STEP = 64  # logical pixels by an arrow key, four times that with Shift
ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class PanTool:
    cursor = Qt.CursorShape.OpenHandCursor
    pending = False

    def __init__(self, host: Host) -> None:
        self._host = host
        self._from = QPointF()

    def press(self, pointer: Pointer) -> None:
        self._from = pointer.on_widget

    def move(self, pointer: Pointer) -> None:
        way = pointer.on_widget - self._from
        self._from = pointer.on_widget
        self._host.viewport.pan(way.x(), way.y())
        self._host.moved()

    def release(self, pointer: Pointer) -> None:
        self.move(pointer)

    def cancel(self) -> None:
        """What was dragged stays: a view is no work to lose."""

    def hover(self, pointer: Pointer | None) -> None:
        """The hand has no cursor of its own."""

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Arrow keys look that way, in longer steps with Shift."""
        if key not in ARROWS:
            return False
        step = STEP * (4 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1)
        x, y = ARROWS[Qt.Key(key)]
        self._host.viewport.pan(x * step, y * step)
        self._host.moved()
        return True

    def paint_cursor(self, painter: QPainter) -> None:
        """The system's hand is enough."""
