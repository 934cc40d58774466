"""A sentence on one line, however long it is: nothing moves for it."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget


class OneLine(QLabel):
    """Said in fewer words where there is no room, if there are such, and else cut off; all of it is in its
    tip, before what the tip says otherwise.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._tip = self._shorter = ""

    def set_tip(self, tip: str) -> None:
        """What is to be said of it besides."""
        self._tip = tip

    def set_shorter(self, text: str) -> None:
        """What is shown where all of it has no room."""
        if text != self._shorter:
            self._shorter = text
            self.update()

    @property
    def is_cut(self) -> bool:
        """There is no room for all of it."""
        return self.fontMetrics().horizontalAdvance(self._all) > self.contentsRect().width()

    @property
    def shown(self) -> str:
        """What of it is to be read."""
        text = self._shorter if self._shorter and self.is_cut else self._all
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            said = (self.text() if self.is_cut or "\n" in self.text() else "", self._tip)
            self.setToolTip("\n".join(filter(None, said)))
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._all), self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.contentsRect(), left, self.shown)

    @property
    def _all(self) -> str:
        return " · ".join(self.text().split("\n"))
