"""Plays frames that may still be arriving: picture, play button, slider."""

from bisect import insort
from operator import itemgetter

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QVBoxLayout, QWidget

from editor.widgets.image import of_rgb


class PictureView(QWidget):
    """One picture, as large as it fits, in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(QSize(320, 240))
        self._pixmap = QPixmap()

    def show_pixmap(self, pixmap: QPixmap) -> None:
        self._pixmap = pixmap
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.palette().window())
        if self._pixmap.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawPixmap(
            (self.width() - size.width()) // 2,
            (self.height() - size.height()) // 2,
            size.width(),
            size.height(),
            self._pixmap,
        )


class Player(QWidget):
    """Frames in the order of their places, whatever order they come in."""

    def __init__(self) -> None:
        super().__init__()
        self._frames: list[tuple[float, QPixmap]] = []
        self._timer = QTimer(self)
        self.picture = PictureView()
        self.picture.setAccessibleName(self.tr("Frame"))
        self.play = QPushButton(self.tr("Play"))
        self.play.setCheckable(True)
        self.play.setToolTip(self.tr("Play the frames that are there, over and over"))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Frame"))
        self.slider.setToolTip(self.tr("Choose a frame"))
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.play)
        below.addWidget(self.slider, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.picture, 1)
        column.addLayout(below)
        self.play.toggled.connect(self._toggle)
        self.slider.valueChanged.connect(self._show)
        self._timer.timeout.connect(self._next)
        self.clear()

    @property
    def count(self) -> int:
        return len(self._frames)

    def clear(self, fps: int = 12) -> None:
        """Forget all frames; the next ones play at `fps`."""
        self.play.setChecked(False)
        self._frames = []
        self._timer.setInterval(round(1000 / fps))
        self.slider.setRange(0, 0)
        self._enable()

    def add(self, place: float, pixels: np.ndarray) -> None:
        """One more frame, uint8 (h, w, 3). Unless the movie plays, it is shown."""
        image = of_rgb(pixels)
        insort(self._frames, (place, QPixmap.fromImage(image)), key=itemgetter(0))
        self.slider.setRange(0, self.count - 1)
        if not self.play.isChecked():
            self.slider.setValue([at for at, _ in self._frames].index(place))
            self._show(self.slider.value())
        self._enable()

    def preview(self, pixels: np.ndarray) -> None:
        """A picture that is no frame: what the one under way looks like so far."""
        if not self.play.isChecked():
            image = of_rgb(pixels)
            self.picture.show_pixmap(QPixmap.fromImage(image))

    def _enable(self) -> None:
        self.play.setEnabled(self.count > 1)
        self.slider.setEnabled(self.count > 1)

    def _toggle(self, playing: bool) -> None:
        self.play.setText(self.tr("Pause") if playing else self.tr("Play"))
        if playing:
            self._timer.start()
        else:
            self._timer.stop()

    def _next(self) -> None:
        self.slider.setValue((self.slider.value() + 1) % max(1, self.count))

    def _show(self, index: int) -> None:
        if index < self.count:
            self.picture.show_pixmap(self._frames[index][1])
