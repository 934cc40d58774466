"""The frame round the area: what of the photo the model will see, and at what size."""

import math

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from core.document.state import State, area
from core.photo import region
from core.photo.rect import Rect
from editor.canvas.viewport import Viewport

DASHES = [4.0, 4.0]  # device pixels
GAPS = QColor(255, 255, 255, 200)  # between the dashes: seen on any picture
SHADE = QColor(0, 0, 0, 150)  # behind the label
INK = QColor("white")
SMALL = 0.85  # of the window's font
PADDING = 4  # logical pixels round the label
INSET = 4  # logical pixels that the label keeps from the widget's border


class AreaFrame:
    """Follows a document; `rect` in photo pixels, None where the model sees all of it, or would see what is
    round a mask that isn't there yet.

    pixels  the model's own resolution, as the side of a square; None while no model is loaded
    """

    def __init__(self) -> None:
        self.pixels: int | None = None
        self.rect: Rect | None = None

    def follow(self, state: State) -> bool:
        """Place it anew, where the next edit will have it. True if it has moved."""
        drawn = not isinstance(state.draft.area, str)
        rect = None if self.pixels is None and not drawn else area(state, self.pixels or 0)
        moved, self.rect = rect != self.rect, rect
        return moved

    @property
    def label(self) -> str:
        """What the part of the photo measures and what the model works on: "768 × 512 → 627 × 418"."""
        if self.rect is None:
            return ""
        w, h = self.rect[2:]
        if self.pixels is None:
            return f"{w} × {h}"
        return "{} × {} → {} × {}".format(w, h, *region.view((w, h), self.pixels, 1).working)

    def paint(self, painter: QPainter, viewport: Viewport, accent: QColor, font: QFont) -> None:
        """Draw it in widget coordinates: a dashed line one device pixel wide, and the label at its corner."""
        if self.rect is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, viewport.angle % 90 != 0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        outline = viewport.transform().map(QRectF(*self.rect))
        dashes = QPen(accent, 0)  # 0: one device pixel at any zoom
        dashes.setDashPattern(DASHES)
        dashes.setCapStyle(Qt.PenCapStyle.FlatCap)
        for pen in (QPen(GAPS, 0), dashes):
            painter.setPen(pen)
            painter.drawPolygon(outline)
        self._paint_label(painter, outline.boundingRect(), viewport, font)
        painter.restore()

    def _paint_label(self, painter: QPainter, box: QRectF, viewport: Viewport, font: QFont) -> None:
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * SMALL)
        metrics = QFontMetricsF(small)
        width = math.ceil(metrics.horizontalAdvance(self.label)) + 2 * PADDING
        size = QSizeF(width, math.ceil(metrics.height()) + PADDING)
        pill = QRectF(_beside(box, size, viewport), size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(pill, 3, 3)
        painter.setFont(small)
        painter.setPen(INK)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self.label)


def _beside(box: QRectF, size: QSizeF, viewport: Viewport) -> QPointF:
    """Above the frame's upper left corner; under that edge where the widget ends, and always in sight."""
    y = box.top() - size.height() - 2
    if y < INSET:
        y = max(box.top() + 3, INSET)
    right, bottom = viewport.area.width() - size.width(), viewport.area.height() - size.height()
    return QPointF(round(min(max(box.left(), INSET), right - INSET)), round(min(y, bottom - INSET)))
