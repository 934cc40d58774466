"""A few words at the canvas's edge: that another picture is shown, or another mask worked on."""

import math

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

SHADE, INK = QColor(0, 0, 0, 170), QColor(255, 255, 255)
PADDING = 10  # logical pixels, as is
INSET = 10


class Caption:
    """`text`, "" for none."""

    def __init__(self) -> None:
        self.text = ""

    def paint(
        self, painter: QPainter, room: QRect, font: QFont, ground: QColor = SHADE, *, low: bool = False
    ) -> QRect:
        """Draw it in widget coordinates, in the middle of the upper edge of `room`, or of its lower one. What
        of `room` is left for another beside it.
        """
        if not self.text:
            return room
        metrics = QFontMetricsF(font)
        longest = room.width() - 2 * (INSET + PADDING)
        text = metrics.elidedText(self.text, Qt.TextElideMode.ElideMiddle, longest)
        width, height = metrics.horizontalAdvance(text) + 2 * PADDING, metrics.height() + PADDING
        top = room.bottom() - INSET - height if low else room.top() + INSET
        pill = QRectF(room.center().x() - width / 2, top, width, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(INK)
        painter.setFont(font)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()
        taken = math.ceil(height) + INSET
        return room.adjusted(0, 0, 0, -taken) if low else room.adjusted(0, taken, 0, 0)
