"""A sentence on one line, however long it is: nothing moves for it."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget


class OneLine(QLabel):
    """Cut off where there is no room; all of it is in its tip, before what the tip says otherwise."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._tip = ""

    def set_tip(self, tip: str) -> None:
        """What is to be said of it besides."""
        self._tip = tip

    @property
    def is_cut(self) -> bool:
        """There is no room for all of it."""
        return self.fontMetrics().horizontalAdvance(self._shown) > self.contentsRect().width()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            said = (self.text() if self.is_cut or "\n" in self.text() else "", self._tip)
            self.setToolTip("\n".join(filter(None, said)))
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._shown), self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter, room = QPainter(self), self.contentsRect()
        text = self.fontMetrics().elidedText(self._shown, Qt.TextElideMode.ElideRight, room.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    @property
    def _shown(self) -> str:
        return " · ".join(self.text().split("\n"))
