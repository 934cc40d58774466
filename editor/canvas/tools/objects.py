"""Objects by pointing at them: what a click would take lies lightly over the picture, a click takes it."""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPalette, QRegion

from core.edit.pointed import Pointed
from core.photo import rect as rects
from core.photo.masks.click import Click
from core.photo.masks.mask import enlarged_box
from core.photo.rect import Rect
from editor.canvas.overlay import ramp, rim
from editor.canvas.tools.selection import NOTHING, SAME, SelectionTool
from editor.canvas.tools.tool import Host, Pointer, Pointing, apart
from editor.selecting import Selecting

LIGHT = 0.45  # how much of the preview's colour is seen


class ObjectTool(SelectionTool):
    """By mouse or pen: what a click takes is seen before; a drag draws a box round what is meant. By keys:
    arrows move the cross, Return clicks. Whoever hears what is pointed at finds what is meant.
    """

    def __init__(self, host: Host, selecting: Selecting) -> None:
        super().__init__(host, selecting)
        self._start, self._to = QPointF(), QPointF()
        self._boxed = False
        self._asked: Click | None = None  # what the pointer hovers over
        self._image: QImage | None = None  # what a click there would take, over all of the photo
        self._tinted: Rect = (0, 0, 0, 0)  # the photo pixels that it tints

    def press(self, pointer: Pointer) -> None:
        self._begin(pointer)
        self._start = self._to = pointer.at
        self._boxed = False

    def move(self, pointer: Pointer) -> None:
        if not self.pending:
            return
        way = apart(self._host.viewport.to_widget(self._start), pointer.on_widget)
        self._boxed = self._boxed or way > SAME
        self._to = pointer.at
        self._redraw()

    def release(self, pointer: Pointer) -> None:
        if not self.pending:
            return
        self.move(pointer)
        mode, box, at = self._mode, self._box() if self._boxed else None, self._start
        self.cancel()
        if box is not None:
            self._asked = self._click(pointer.at)  # what a click there takes is no news before it goes on
            self._host.point(Pointing(Pointed(box=box), mode))
        elif not self._boxed and (click := self._click(at)) is not None:
            self._host.point(Pointing(Pointed((click,)), mode))
        self.hover(pointer)

    def hover(self, pointer: Pointer | None) -> None:
        super().hover(pointer)
        self._look(None if pointer is None else pointer.at)

    def show(self, mask: np.ndarray | None) -> None:
        """What a click would take: a small mask that covers the photo, uint8 (h, w), or nothing."""
        self._host.repaint_cursor(self._covered())
        self._image = None
        box = None if mask is None else rects.bounding_box(mask)
        if mask is not None and box is not None:
            self._image = _light(mask)
            self._tinted = enlarged_box(box, mask.shape, self._host.viewport.size)
        self._host.repaint_cursor(self._covered())

    def paint_cursor(self, painter: QPainter) -> None:
        if self._image is not None:
            painter.save()
            painter.setTransform(self._host.viewport.transform(), combine=True)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(0, 0, *self._host.viewport.size), self._image)
            painter.restore()
        super().paint_cursor(painter)

    def _outline(self) -> np.ndarray:
        if not self._boxed:
            return NOTHING
        (left, top), (right, bottom) = self._start.toTuple(), self._to.toTuple()
        return np.array(((left, top), (right, top), (right, bottom), (left, bottom), (left, top)))

    def _walked(self, at: QPointF) -> None:
        self._look(at)

    def _confirmed(self, at: QPointF) -> None:
        click = self._click(at)
        if click is not None:
            self._host.point(Pointing(Pointed((click,)), self._chosen()))

    def _look(self, at: QPointF | None) -> None:
        """Ask what a click there would take, once for each pixel."""
        click = None if at is None else self._click(at)
        if click != self._asked:
            self._asked = click
            self._host.point(None if click is None else Pointing(Pointed((click,))))

    def _click(self, at: QPointF) -> Click | None:
        """In the photo; None beside it."""
        x, y = math.floor(at.x()), math.floor(at.y())
        width, height = self._host.viewport.size
        return Click(x, y) if 0 <= x < width and 0 <= y < height else None

    def _box(self) -> Rect | None:
        """What of the photo lies in the box, in whole pixels; None for nothing."""
        xs, ys = zip(self._start.toTuple(), self._to.toTuple(), strict=True)
        box = rects.from_corners(*map(math.floor, (min(xs), min(ys))), *map(math.ceil, (max(xs), max(ys))))
        box = rects.common(box, rects.whole(self._host.viewport.size))
        return None if rects.is_empty(box) else box

    def _covered(self) -> QRegion:
        return QRegion() if self._image is None else QRegion(self._host.viewport.covering(self._tinted))


def _light(mask: np.ndarray) -> QImage:
    """A small mask, uint8 (h, w), in the accent's colour, its edge in full."""
    color = QGuiApplication.palette().color(QPalette.ColorRole.Highlight)
    pixels = ramp(color, LIGHT)[mask]
    height, width = mask.shape
    pixels[rim(mask, slice(0, height), slice(0, width))] = color.rgba()
    return QImage(
        pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
    ).copy()  # with pixels of its own
