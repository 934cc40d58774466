"""The gradient: all of it where the drag begins, nothing where it ends."""

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF

from core.document.shapes import Ellipse, Gradient
from editor.canvas.tools.drag import DragTool
from editor.canvas.tools.marquee import FLAT

TURN = math.pi / 4  # what Shift turns it by


class GradientTool(DragTool):
    """Along a line, or round a point where that is set. Shift turns it in steps of 45°."""

    feathers = False  # it fades as far as it is drawn

    def _shape(self) -> Gradient:
        return Gradient(*self._from.toTuple(), *self._to.toTuple(), radial=self._selecting.radial)

    def _text(self) -> str:
        return QCoreApplication.translate("GradientTool", "Gradient")

    def _outline(self) -> np.ndarray:
        start, end = np.array(self._from.toTuple()), np.array(self._to.toTuple())
        if not self._selecting.radial:
            return np.array([start, end])
        far = math.hypot(*(end - start))
        circle = Ellipse(*(start - far), *(start + far)).outline(FLAT / self._host.viewport.zoom)
        return np.concatenate([circle, circle[:1], [start]])

    def _reach(self, at: QPointF, *, shift: bool, alt: bool) -> None:  # noqa: ARG002 - Alt says nothing
        way = at - self._start
        if shift:
            angle = round(math.atan2(way.y(), way.x()) / TURN) * TURN
            along = QPointF(math.cos(angle), math.sin(angle))
            way = along * QPointF.dotProduct(way, along)
        self._to = self._start + way
