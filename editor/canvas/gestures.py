"""Wheel, touchpad and pinch, as zoom and pan."""

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QNativeGestureEvent, QWheelEvent

from editor.canvas.viewport import Viewport

NOTCH = 120  # eighths of a degree: one click of a wheel
REACH = 200  # touchpad pixels that zoom by e


class Gestures:
    """A wheel zooms in round steps; a touchpad pans with two fingers and zooms with Ctrl or by a pinch."""

    def __init__(self, viewport: Viewport) -> None:
        self._viewport = viewport
        self._owed = 0  # of a notch: fine wheels send parts of one

    def roll(self, event: QWheelEvent) -> None:
        """A turn of the wheel, or two fingers on a touchpad: only the latter come with phases."""
        pixels = event.pixelDelta()
        if pixels.isNull() or event.phase() == Qt.ScrollPhase.NoScrollPhase:
            turned = event.angleDelta()
            self._turn(turned.y() or turned.x(), event)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            factor = math.exp(pixels.y() / REACH)
            self._viewport.zoom_at(self._viewport.zoom * factor, event.position())
        else:
            self._viewport.pan(pixels.x(), pixels.y())

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """True when it was a pinch."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._viewport.zoom_at(self._viewport.zoom * (1 + event.value()), event.position())
        return True

    def _turn(self, eighths: int, event: QWheelEvent) -> None:
        if eighths * self._owed < 0:
            self._owed = 0
        self._owed += eighths
        while abs(self._owed) >= NOTCH:
            direction = 1 if self._owed > 0 else -1
            self._owed -= direction * NOTCH
            self._viewport.zoom_at(self._viewport.step(direction), event.position())
