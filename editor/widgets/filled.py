"""The button for what is to be done next."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QPushButton

Role = QPalette.ColorRole


class FilledButton(QPushButton):
    """A button filled with the accent, while `filled`: what is to be done next."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.filled = True
        self.setMinimumHeight(36)
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.filled:
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
