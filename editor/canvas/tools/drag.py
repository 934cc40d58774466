"""What the tools share that draw from one point to another."""

from abc import abstractmethod

from PySide6.QtCore import QPointF

from core.document.shapes import Selection
from editor.canvas.tools.selection import SAME, SelectionTool
from editor.canvas.tools.tool import Host, Pointer, apart
from editor.selecting import Selecting


class DragTool(SelectionTool):
    """By mouse or pen: drag. Shift and Alt at the press say the mode; pressed later, or let go and pressed
    again, they say how it is drawn.

    By keys: Return sets one point, and the other one after the arrows have moved.
    """

    def __init__(self, host: Host, selecting: Selecting) -> None:
        super().__init__(host, selecting)
        self._start, self._from, self._to = QPointF(), QPointF(), QPointF()
        self._pressed: QPointF | None = None  # on the widget, while the pointer hasn't left the place
        self._free = [True, True]  # Shift and Alt: let go since the press, so that they say how it is drawn

    def press(self, pointer: Pointer) -> None:
        self._begin(pointer)
        self._begin_at(pointer.at)
        self._pressed = pointer.on_widget
        self._free = [not pointer.straight, not pointer.alt]

    def move(self, pointer: Pointer) -> None:
        if self._pressed is not None and apart(pointer.on_widget, self._pressed) > SAME:
            self._pressed = None
        if self.pending and self._pressed is None:
            held = pointer.straight, pointer.alt
            self._free = [free or not key for free, key in zip(self._free, held, strict=True)]
            shift, alt = (free and key for free, key in zip(self._free, held, strict=True))
            self._reach(pointer.at, shift=shift, alt=alt)
            self._redraw()

    def release(self, pointer: Pointer) -> None:
        if self.pending:
            self.move(pointer)
            (self._end if self._pressed is None else self._click)()
            self.hover(pointer)

    def cancel(self) -> None:
        self._pressed = None
        super().cancel()

    def _click(self) -> None:
        """The pointer has come and gone without a drag."""
        self.cancel()

    @abstractmethod
    def _shape(self) -> Selection:
        """What is drawn."""

    @abstractmethod
    def _text(self) -> str:
        """What undo calls it."""

    @abstractmethod
    def _reach(self, at: QPointF, *, shift: bool, alt: bool) -> None:
        """It goes on to a photo point."""

    def _near(self, at: QPointF) -> QPointF:
        """Where a point of it may lie, beside a photo point."""
        return at

    def _walked(self, at: QPointF) -> None:
        if self.pending:
            self._reach(at, shift=False, alt=False)
            self._redraw()

    def _confirmed(self, at: QPointF) -> None:
        if self.pending:
            self._end()
        else:
            self._begin_at(at)
            self._mode = self._chosen()

    def _begin_at(self, at: QPointF) -> None:
        self._start = self._from = self._to = self._near(at)

    def _end(self) -> None:
        if self._from == self._to:
            self.cancel()
        else:
            self._finish(self._shape(), self._text())
