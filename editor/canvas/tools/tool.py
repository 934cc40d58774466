"""What a tool is: it is told where the pointer goes, and changes the document or the view."""

import math
from dataclasses import dataclass, replace
from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPointingDevice, QRegion, QTabletEvent, QTransform

from core.document.shapes import Selection
from core.document.strokes import Mode
from core.edit.pointed import Pointed
from core.photo.masks.placed import Transform
from core.photo.rect import Size
from editor.canvas.viewport import Viewport
from editor.document.document import Document


@dataclass(frozen=True)
class Pointer:
    """One place of the mouse or pen.

    at        photo pixels; `on_widget` logical pixels of the canvas
    pressure  0…1, 1 for a mouse
    swap      right button or Alt: a brush erases, an eraser paints, a selection is taken away
    eraser    the eraser end of a pen
    straight  Shift: a line from the last point, a selection is added
    alt       Alt: a shape is drawn from its middle
    """

    at: QPointF
    on_widget: QPointF
    pressure: float = 1.0
    swap: bool = False
    eraser: bool = False
    straight: bool = False
    alt: bool = False

    @staticmethod
    def of(event: QMouseEvent | QTabletEvent, viewport: Viewport) -> "Pointer":
        """Where an event of the canvas lies, and what is held down."""
        keys, buttons = event.modifiers(), event.buttons()
        right = bool((buttons | event.button()) & Qt.MouseButton.RightButton)
        alt = bool(keys & Qt.KeyboardModifier.AltModifier)
        return Pointer(
            at=viewport.to_photo(event.position()),
            on_widget=QPointF(event.position()),
            pressure=event.pressure() if isinstance(event, QTabletEvent) and buttons else 1.0,
            swap=right or alt,
            eraser=event.pointerType() == QPointingDevice.PointerType.Eraser,
            straight=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            alt=alt,
        )

    def with_key(self, key: int, *, held: bool) -> "Pointer":
        """The same place with Shift or Alt down or up."""
        if key == Qt.Key.Key_Shift:
            return replace(self, straight=held)
        return replace(self, alt=held, swap=held or (self.swap and not self.alt))


def apart(one: QPointF, other: QPointF) -> float:
    """How far from each other."""
    return math.hypot(one.x() - other.x(), one.y() - other.y())


@dataclass(frozen=True)
class DrawnShape:
    """A shape that was drawn on a picture of `size` (W, H) shown at 1 : `factor`, what it is to do to the
    mask, and what undo calls that.
    """

    shape: Selection
    size: Size
    factor: int
    mode: Mode
    text: str


@dataclass(frozen=True)
class Pointing:
    """What is pointed at. mode: what the selection is to do; None while the pointer only hovers."""

    pointed: Pointed
    mode: Mode | None = None


class Host(Protocol):
    """What a tool may use of the canvas."""

    document: Document
    viewport: Viewport

    @property
    def shows_mask(self) -> bool:
        """The mask is seen over the picture."""
        ...

    def moved(self, *, keep_fit: bool = False) -> None:
        """The view shows another part of the photo. With `keep_fit` a fitted view stays fitted."""

    def repaint_cursor(self, region: QRegion) -> None:
        """Repaint where the tool's own cursor was or will be."""

    def pick(self, at: tuple[int, int], mode: Mode) -> None:
        """What has the colour of that pixel of the photo is wanted as a selection."""

    def select(self, drawn: DrawnShape) -> None:
        """What was drawn is wanted as a selection. The tool's `set_down` says when that is over."""

    def point(self, pointing: Pointing | None) -> None:
        """What is meant there is wanted, to be shown or to be selected; None: nothing any more."""

    def lift(self, way: QTransform | None) -> None:
        """Show the mask where `way` takes each point of the photo, or where it is."""

    def place(self, placement: Transform) -> None:
        """The mask is wanted there."""

    def tell(self, text: str) -> None:
        """Say over the picture, until something else is done, why a press has come to nothing."""


class Tool(Protocol):
    """A tool in use. From `press` to `release` or `cancel` it is at work; `hover` comes between.

    cursor   the system's cursor over the canvas
    pending  something is under way that isn't finished by the next release alone: `cancel` takes it back
    """

    cursor: Qt.CursorShape

    @property
    def pending(self) -> bool: ...

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
