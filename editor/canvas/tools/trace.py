"""The line of what is being selected: in two colours, seen on any picture, and repainted where it runs."""

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF, QRegion, QTransform

DARK, LIGHT = QColor(0, 0, 0), QColor(255, 255, 255)
DASHES = [4.0, 4.0]  # device pixels
PIECE = 32.0  # logical pixels of a line that are repainted together
REACH = 2  # logical pixels beside it that it may touch


def seen(line: np.ndarray, transform: QTransform) -> np.ndarray:
    """A line of photo points, (n, 2), in the widget's pixels."""
    turned = np.array(((transform.m11(), transform.m12()), (transform.m21(), transform.m22())))
    return line @ turned + (transform.dx(), transform.dy())


def paint(painter: QPainter, line: np.ndarray) -> None:
    """Draw a line of widget points, (n, 2): dark dashes on light, one device pixel wide."""
    polygon = QPolygonF([QPointF(x, y) for x, y in line.tolist()])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    dashes = QPen(DARK, 0)  # 0: one device pixel
    dashes.setDashPattern(DASHES)
    dashes.setCapStyle(Qt.PenCapStyle.FlatCap)
    for pen in (QPen(LIGHT, 0), dashes):
        painter.setPen(pen)
        painter.drawPolyline(polygon)


def covered(line: np.ndarray) -> QRegion:
    """What a line of widget points, (n, 2), is painted on: boxes along it, never the box of all of it."""
    region = QRegion()
    if len(line) < 2:
        return region
    line = _divided(line)
    one, other = line[:-1], line[1:]
    far = np.cumsum(np.hypot(*(other - one).T))
    begins = np.flatnonzero(np.diff(far // PIECE, prepend=-1))
    near = np.floor(np.minimum.reduceat(np.minimum(one, other), begins)).astype(int) - REACH
    past = np.ceil(np.maximum.reduceat(np.maximum(one, other), begins)).astype(int) + REACH
    for (x, y), (width, height) in zip(near.tolist(), (past - near).tolist(), strict=True):
        region += QRect(x, y, width, height)
    return region


def _divided(line: np.ndarray) -> np.ndarray:
    """The same line with a point wherever it would go straight on for longer than `PIECE`."""
    way = np.diff(line, axis=0)
    counts = 1 + (np.hypot(*way.T) // PIECE).astype(int)
    which = np.repeat(np.arange(len(way)), counts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.concatenate([line[which] + way[which] * (nth / counts[which])[:, None], line[-1:]])
