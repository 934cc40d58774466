"""The button for what is to be done next."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QApplication, QPushButton

Role = QPalette.ColorRole


class FilledButton(QPushButton):
    """A button filled with the accent, while `filled`: what is to be done next.

    It is the only one: behind a window that has one of its own, and while it gives way to another button, it
    looks like any.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.filled = True
        self._behind = self._gives_way = False
        self.setMinimumHeight(36)
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    @property
    def stands_out(self) -> bool:
        """It is drawn filled."""
        return self.filled and not (self._behind or self._gives_way)

    def give_way(self, gives: bool) -> None:
        """Something else is to be done first, or no longer."""
        self._gives_way = gives
        self.update()

    def event(self, event: QEvent) -> bool:
        active = QApplication.activeWindow()  # None while another program is in front: then all stays
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate) and active is not None:
            self._behind = active is not self.window() and active.findChild(FilledButton) is not None
            self.update()
        return super().event(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of a double click: what is wanted is wanted once."""
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.stands_out:
            super().paintEvent(event)
            return
        accent = self.palette().color(Role.Highlight)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            accent.darker(115) if self.isDown() else accent.lighter(110 if self.underMouse() else 100)
        )
        painter.drawRoundedRect(self.rect(), 6, 6)
        painter.setPen(self.palette().color(Role.HighlightedText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(3, 3, -3, -3), 4, 4)
