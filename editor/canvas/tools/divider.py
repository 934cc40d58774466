"""The divider between the photo as opened and the picture as edited: dragged like any tool."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from editor.canvas.scene import Scene
from editor.canvas.tools.tool import Host, Pointer

REACH = 8  # logical pixels on either side within which it is taken hold of


class Divider:
    cursor = Qt.CursorShape.SplitHCursor
    pending = False

    def __init__(self, host: Host, scene: Scene) -> None:
        self._host = host
        self._scene = scene

    def is_at(self, point: QPointF) -> bool:
        """There is a divider, and a press at this widget point takes hold of it."""
        share, width = self._scene.divider, self._host.viewport.area.width()
        return share is not None and abs(point.x() - share * width) <= REACH

    def press(self, pointer: Pointer) -> None:
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        share = pointer.on_widget.x() / self._host.viewport.area.width()
        self._scene.divider = min(max(share, 0.0), 1.0)
        self._host.moved(keep_fit=True)

    def release(self, pointer: Pointer) -> None:
        self.move(pointer)

    def cancel(self) -> None:
        """It stays where it was dragged."""

    def hover(self, pointer: Pointer | None) -> None:
        """It has no cursor of its own."""

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:  # noqa: ARG002 - it never has the keyboard
        return False

    def paint_cursor(self, painter: QPainter) -> None:
        """The scene draws it."""
