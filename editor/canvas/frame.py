"""The frame round the area: what of the photo the model will see, and at what size."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from core.document.state import State, area
from core.photo import region
from core.photo.rect import Rect
from editor.canvas.label import paint_label
from editor.canvas.viewport import Viewport

DASHES = [4.0, 4.0]  # device pixels
GAPS = QColor(255, 255, 255, 200)  # between the dashes: seen on any picture


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
        paint_label(painter, self.label, outline.boundingRect(), viewport, font)
        painter.restore()
