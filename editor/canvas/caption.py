"""A few words at the canvas's upper edge: that what is shown is not the picture, but a step on the way."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

SHADE, INK = QColor(0, 0, 0, 170), QColor(255, 255, 255)
PADDING = 10  # logical pixels, as is
INSET = 10


class Caption:
    """`text`, "" for none."""

    def __init__(self) -> None:
        self.text = ""

    def paint(self, painter: QPainter, room: QRect, font: QFont) -> None:
        """Draw it in widget coordinates, in the middle of the upper edge of `room`."""
        if not self.text:
            return
        metrics = QFontMetricsF(font)
        width, height = metrics.horizontalAdvance(self.text) + 2 * PADDING, metrics.height() + PADDING
        pill = QRectF(room.center().x() - width / 2, room.top() + INSET, width, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(INK)
        painter.setFont(font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self.text)
        painter.restore()
