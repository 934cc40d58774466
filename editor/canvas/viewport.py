"""Where on the widget each photo pixel lies: zoom, rotation and centre, and nothing that is painted."""

import math
from bisect import bisect_left, bisect_right

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import QTransform

from core.photo import rect as rects
from core.photo.rect import Rect, Size

LEAST, MOST = 0.02, 32.0
STEPS = (
    *(0.02, 0.03, 0.04, 0.05, 0.0625, 0.0833, 0.1, 0.125, 0.1667, 0.25, 0.3333, 0.5, 0.6667),
    *(1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0),
)
MARGIN = 24  # logical pixels left free round a fitted picture, where there is room
BAR = 44  # logical pixels of the upper edge that a sentence may come to lie over
GAP = 6  # logical pixels between a fitted picture and what lies above and below it


class Viewport:
    """A photo of `size` (W, H) seen in a widget of `area` logical pixels at `ratio` device pixels each.

    above   logical pixels of the widget's upper edge that something lies over;  below: of its lower edge
    zoom    device pixels per photo pixel: at 1 the screen shows the photo's own pixels, whatever the ratio
    angle   degrees, clockwise
    centre  the photo point in the middle of the widget
    """

    def __init__(self) -> None:
        self.size: Size = (1, 1)
        self.area = QSizeF(1, 1)
        self.above = self.below = 0
        self.ratio = 1.0
        self.zoom = 1.0
        self.angle = 0.0
        self.centre = QPointF(0.5, 0.5)
        self._kept: tuple[object, QTransform] = (None, QTransform())

    def transform(self) -> QTransform:
        """Photo → widget. Upright views land on whole device pixels, so that 1:1 is sharp."""
        seen_so = self.area, self.ratio, self.zoom, self.angle, self.centre
        if self._kept[0] != seen_so:
            self._kept = seen_so, self._transform()
        return self._kept[1]

    def _transform(self) -> QTransform:
        transform = self._turn()
        shift = QPointF(self.area.width() / 2, self.area.height() / 2) - transform.map(self.centre)
        if self.angle % 90 == 0:
            shift = QPointF(round(shift.x() * self.ratio), round(shift.y() * self.ratio)) / self.ratio
        return transform * QTransform.fromTranslate(shift.x(), shift.y())

    def to_photo(self, point: QPointF) -> QPointF:
        """The photo point under a widget point."""
        return self.transform().inverted()[0].map(point)

    def to_widget(self, point: QPointF) -> QPointF:
        return self.transform().map(point)

    def seen(self, area: QRectF) -> Rect:
        """The box of photo pixels that `area` of the widget shows; empty beside the photo."""
        box = self.transform().inverted()[0].mapRect(area)
        near, far = box.topLeft(), box.bottomRight()
        touched = math.floor(near.x()), math.floor(near.y()), math.ceil(far.x()), math.ceil(far.y())
        return rects.common(rects.from_corners(*touched), rects.whole(self.size))

    def covering(self, rect: Rect | QRectF) -> QRect:
        """The widget rectangle to repaint when photo pixels in `rect` change, smoothing included."""
        box = self.transform().mapRect(rect if isinstance(rect, QRectF) else QRectF(*rect))
        reach = 2 + 2 * self.zoom / self.ratio
        return box.adjusted(-reach, -reach, reach, reach).toAlignedRect()

    def fit(self) -> None:
        """Show all of the photo, with nothing over it.

        There is always room above it for a sentence, so that it neither moves nor shrinks when one comes. It
        leaves the middle of the widget no farther than it has to.
        """
        top = max(self.above, BAR) + GAP
        bottom = self.area.height() - max(self.below + GAP, MARGIN)
        box = self._turn(1.0).mapRect(QRectF(0, 0, *self.size))
        width, height = self.area.width() - 2 * MARGIN, bottom - top
        self.zoom = _limited(min(max(1.0, width) / box.width(), max(1.0, height) / box.height()))
        half = box.height() * self.zoom / 2
        middle = max(min(self.area.height() / 2, bottom - half), top + half)
        lower = self._turn().inverted()[0].map(QPointF(0, middle - self.area.height() / 2))
        self.centre = QPointF(self.size[0] / 2, self.size[1] / 2) - lower

    def zoom_at(self, zoom: float, point: QPointF) -> None:
        """Zoom so that what lies under the widget `point` stays there."""
        away = point - QPointF(self.area.width() / 2, self.area.height() / 2)
        held = self.centre + self._turn().inverted()[0].map(away)  # not by `transform`: its rounding adds up
        self.zoom = _limited(zoom)
        self._centre_at(held - self._turn().inverted()[0].map(away))

    def turn_to(self, angle: float) -> None:
        """Turn the view about its middle to `angle` degrees."""
        self.angle = angle % 360

    def pan(self, x: float, y: float) -> None:
        """Move the photo by (x, y) logical pixels. Its edge never passes the middle of the widget."""
        moved = self._turn().inverted()[0].map(QPointF(x, y))
        self._centre_at(self.centre - moved)

    def reveal(self, point: QPointF, margin: float) -> None:
        """Pan just so far that a photo point lies at least `margin` logical pixels inside the widget."""
        at = self.to_widget(point)
        width, height = self.area.width(), self.area.height()
        self.pan(_into(at.x(), margin, width - margin), _into(at.y(), margin, height - margin))

    def step(self, direction: int) -> float:
        """The next round zoom, larger (1) or smaller (−1)."""
        if direction > 0:
            return STEPS[min(bisect_right(STEPS, self.zoom * 1.001), len(STEPS) - 1)]
        return STEPS[max(bisect_left(STEPS, self.zoom * 0.999) - 1, 0)]

    def factor(self) -> int:
        """Photo pixels (a power of two) that share one overlay pixel: about one per device pixel."""
        return 2 ** min(8, max(0, round(-math.log2(self.zoom))))

    def _turn(self, zoom: float | None = None) -> QTransform:
        scale = (self.zoom if zoom is None else zoom) / self.ratio
        return QTransform().rotate(self.angle).scale(scale, scale)

    def _centre_at(self, centre: QPointF) -> None:
        width, height = self.size
        self.centre = QPointF(min(max(centre.x(), 0.0), width), min(max(centre.y(), 0.0), height))


def _limited(zoom: float) -> float:
    return min(max(zoom, LEAST), MOST)


def _into(value: float, low: float, high: float) -> float:
    """How far `value` has to move to lie in [low, high]."""
    return max(low - value, 0.0) + min(high - value, 0.0) if low < high else (low + high) / 2 - value
