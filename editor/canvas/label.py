"""A few words on the picture: beside a box of it, on both sides of a line."""

import math

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from editor.canvas.viewport import Viewport

SHADE = QColor(0, 0, 0, 150)  # behind the words
INK = QColor("white")
SMALL = 0.85  # of the window's font
PADDING = 4  # logical pixels round the words
GAP = 8  # logical pixels from a line to the words on its sides
INSET = 4  # logical pixels that they keep from the widget's border


def paint_label(painter: QPainter, text: str, box: QRectF, viewport: Viewport, font: QFont) -> None:
    """Draw them in widget coordinates, on a ground that is read on any picture."""
    small = _small(font)
    text = QFontMetricsF(small).elidedText(
        text, Qt.TextElideMode.ElideMiddle, viewport.area.width() - 4 * INSET
    )
    size = _size(text, small)
    _paint(painter, text, QRectF(_beside(box, size, viewport), size), small)


def paint_sides(painter: QPainter, left: str, right: str, x: float, viewport: Viewport, font: QFont) -> None:
    """Draw what is on either side of an upright line, at its foot; a side without room for it has none."""
    small, width = _small(font), viewport.area.width()
    for text, room in ((left, (0, x)), (right, (x, width))):
        size = _size(text, small)
        at = x - GAP - size.width() if text is left else x + GAP
        if at >= room[0] + INSET and at + size.width() <= room[1] - INSET:
            foot = viewport.area.height() - size.height() - GAP
            _paint(painter, text, QRectF(QPointF(round(at), round(foot)), size), small)


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * SMALL)
    return small


def _size(text: str, font: QFont) -> QSizeF:
    metrics = QFontMetricsF(font)
    width = math.ceil(metrics.horizontalAdvance(text)) + 2 * PADDING
    return QSizeF(width, math.ceil(metrics.height()) + PADDING)


def _paint(painter: QPainter, text: str, pill: QRectF, font: QFont) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(pill, 3, 3)
    painter.setFont(font)
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
