"""A tool's place, moved by the arrow keys."""

import math

from PySide6.QtCore import QPointF, Qt

from editor.canvas.tools.pan import ARROWS
from editor.canvas.tools.tool import Host

MARGIN = 32  # logical pixels that the place keeps from the widget's border


def walked(host: Host, at: QPointF | None, key: int, step: float) -> QPointF:
    """A photo point moved by `step` photo pixels to where an arrow key points on the screen, and brought into
    sight; from the view's middle for None. It never leaves the photo.
    """
    viewport = host.viewport
    x, y = (-step * way for way in ARROWS[Qt.Key(key)])
    turn = math.radians(-viewport.angle)
    moved = QPointF(x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
    moved += at or viewport.centre
    width, height = viewport.size
    moved = QPointF(min(max(moved.x(), 0.0), width), min(max(moved.y(), 0.0), height))
    viewport.reveal(moved, MARGIN)
    host.moved()
    return moved
