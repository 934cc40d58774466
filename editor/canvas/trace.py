"""The line of what is being selected: in two colours, seen on any picture, and repainted where it runs."""

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QRegion

DARK, LIGHT = QColor(0, 0, 0), QColor(255, 255, 255)
DASHES = [4.0, 4.0]  # device pixels
PIECE = 64.0  # logical pixels of a line that are repainted together
REACH = 2.0  # logical pixels beside it that it may touch


def paint(painter: QPainter, line: QPolygonF) -> None:
    """Draw a line of widget points: dark dashes on light, one device pixel wide."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    dashes = QPen(DARK, 0)  # 0: one device pixel
    dashes.setDashPattern(DASHES)
    dashes.setCapStyle(Qt.PenCapStyle.FlatCap)
    for pen in (QPen(LIGHT, 0), dashes):
        painter.setPen(pen)
        painter.drawPolyline(line)


def covered(line: QPolygonF) -> QRegion:
    """What a line of widget points is painted on: boxes along it, never the box of all of it."""
    region, box = QRegion(), QRectF()
    for one, other in pairwise(line.toList()):
        for piece in _pieces(one, other):
            both = box.united(piece) if box.isValid() else piece
            if box.isValid() and both.width() > PIECE and both.height() > PIECE:
                region |= _around(box)
                both = piece
            box = both
    return region | _around(box) if box.isValid() else region


def _pieces(start: QPointF, end: QPointF) -> list[QRectF]:
    """Boxes along a straight line, each as narrow or as low as `PIECE`."""
    way = end - start
    count = 1 + int(min(abs(way.x()), abs(way.y())) / PIECE)
    points = [start + way * (i / count) for i in range(count + 1)]
    return [_box(one, other) for one, other in pairwise(points)]


def _box(one: QPointF, other: QPointF) -> QRectF:
    return QRectF(one, other).normalized().adjusted(-REACH, -REACH, REACH, REACH)


def _around(box: QRectF) -> QRegion:
    return QRegion(box.toAlignedRect())
