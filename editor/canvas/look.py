"""The first look at a picture that is still being read: over the canvas, where the picture will be."""

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.photo.rect import Size
from editor.canvas.surface import DARK, LIGHT, Surface
from editor.canvas.viewport import Viewport
from editor.widgets.image import of_rgb


class LookCover(QWidget):
    """Covers the canvas, and keeps pointer and keys from the picture that was there before."""

    def __init__(self, canvas: Surface) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._image = QImage()
        self._viewport = Viewport()
        self.setAccessibleName(self.tr("Preview of the picture that is being opened"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        canvas.installEventFilter(self)
        self.hide()

    def cover(self, pixels: np.ndarray, size: Size) -> None:
        """Show a small picture, uint8 (h, w, 3) in sRGB, as the whole one of `size` will be shown."""
        self._image = of_rgb(np.ascontiguousarray(pixels)).copy()
        self._viewport.size = size
        self.setGeometry(self._canvas.rect())
        self.show()
        self.raise_()
        self.update()
        if self._canvas.hasFocus():
            self.setFocus()

    def uncover(self) -> None:
        """The picture is there, or isn't coming."""
        if self.hasFocus():
            self._canvas.setFocus()
        self.hide()
        self._image = QImage()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._canvas and event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._canvas.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        dark = self.palette().color(QPalette.ColorRole.Window).lightness() < 128
        painter.fillRect(event.rect(), DARK if dark else LIGHT)
        self._viewport.area, self._viewport.ratio = QSizeF(self.size()), self.devicePixelRatioF()
        seen = self._canvas.viewport
        self._viewport.above, self._viewport.below = seen.above, seen.below
        self._viewport.fit()
        painter.setTransform(self._viewport.transform())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, 0, *self._viewport.size), self._image)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def tabletEvent(self, event: QTabletEvent) -> None:
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()
