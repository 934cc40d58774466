"""What a tool is: it is told where the pointer goes, and changes the document or the view."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QRegion

from editor.canvas.viewport import Viewport
from editor.document.document import Document


@dataclass(frozen=True)
class Pointer:
    """One place of the mouse or pen.

    at        photo pixels; `on_widget` logical pixels of the canvas
    pressure  0…1, 1 for a mouse
    swap      right button or Alt: a brush erases, an eraser paints
    eraser    the eraser end of a pen
    straight  Shift: a line from the last point
    """

    at: QPointF
    on_widget: QPointF
    pressure: float = 1.0
    swap: bool = False
    eraser: bool = False
    straight: bool = False


class Host(Protocol):
    """What a tool may use of the canvas."""

    document: Document
    viewport: Viewport

    def moved(self, *, keep_fit: bool = False) -> None:
        """The view shows another part of the photo. With `keep_fit` a fitted view stays fitted."""

    def repaint_cursor(self, region: QRegion) -> None:
        """Repaint where the tool's own cursor was or will be."""


class Tool(Protocol):
    """A tool in use. From `press` to `release` or `cancel` it is at work; `hover` comes between."""

    cursor: Qt.CursorShape

    def press(self, pointer: Pointer) -> None: ...

    def move(self, pointer: Pointer) -> None: ...

    def release(self, pointer: Pointer) -> None: ...

    def cancel(self) -> None:
        """Take back what the press began."""

    def hover(self, pointer: Pointer | None) -> None:
        """The pointer is here, or has left the canvas."""

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Work by keyboard. True when the key was this tool's."""
        ...

    def paint_cursor(self, painter: QPainter) -> None:
        """Draw the tool's own cursor, in widget coordinates."""
