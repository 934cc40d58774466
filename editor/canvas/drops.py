"""Files and pictures dropped on the canvas: a frame says that it takes them."""

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from editor.canvas.offer import offers

INSET, ROUND = 8, 8  # logical pixels: of the frame from the border, and of its corners
TINT = 40  # of 255: how much of the accent lies over the picture


class Drops(QObject):
    """Watches a canvas. dropped: gone when the slot returns."""

    dropped = Signal(QMimeData)

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._held = False  # something to open is held over it
        canvas.setAcceptDrops(True)
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002 - Qt's signature
        """Qt's: True keeps the event from the canvas."""
        kind = event.type()
        if kind == QEvent.Type.DragEnter and isinstance(event, QDragEnterEvent):
            if offers(event.mimeData()):
                event.acceptProposedAction()
                self._hold(held=True)
        elif kind == QEvent.Type.DragLeave:
            self._hold(held=False)
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._hold(held=False)
            event.acceptProposedAction()
            self.dropped.emit(event.mimeData())
        else:
            return False
        return True

    def paint(self, painter: QPainter, accent: QColor) -> None:
        """The frame, while something is held over the canvas."""
        if self._held:
            painter.setPen(QPen(accent, 3))
            ground = QColor(accent)
            ground.setAlpha(TINT)
            painter.setBrush(ground)
            inside = QRectF(self._canvas.rect()).adjusted(INSET, INSET, -INSET, -INSET)
            painter.drawRoundedRect(inside, ROUND, ROUND)

    def _hold(self, *, held: bool) -> None:
        self._held = held
        self._canvas.update()
