"""A few words beside a box of the picture."""

import math

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from editor.canvas.viewport import Viewport

SHADE = QColor(0, 0, 0, 150)  # behind the words
INK = QColor("white")
SMALL = 0.85  # of the window's font
PADDING = 4  # logical pixels round the words
INSET = 4  # logical pixels that they keep from the widget's border


def paint_label(painter: QPainter, text: str, box: QRectF, viewport: Viewport, font: QFont) -> None:
    """Draw them in widget coordinates, on a ground that is read on any picture."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * SMALL)
    metrics = QFontMetricsF(small)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, viewport.area.width() - 4 * INSET)
    width = math.ceil(metrics.horizontalAdvance(text)) + 2 * PADDING
    size = QSizeF(width, math.ceil(metrics.height()) + PADDING)
    pill = QRectF(_beside(box, size, viewport), size)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(pill, 3, 3)
    painter.setFont(small)
    painter.setPen(INK)
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _beside(box: QRectF, size: QSizeF, viewport: Viewport) -> QPointF:
    """Above the box's upper left corner; under that edge where the widget ends, and always in sight."""
    y = box.top() - size.height() - 2
    if y < INSET:
        y = max(box.top() + 3, INSET)
    right, bottom = viewport.area.width() - size.width(), viewport.area.height() - size.height()
    return QPointF(round(min(max(box.left(), INSET), right - INSET)), round(min(y, bottom - INSET)))
