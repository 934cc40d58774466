"""A thin horizontal slider: a click sets it, the wheel moves it only while it has the focus."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

RADIUS = 6.0  # of the handle
GROOVE = 4.0

Role = QPalette.ColorRole


class Slider(QSlider):
    """`origin` is the value from which the groove is filled: 0 for a slider that runs both ways."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.origin = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def sizeHint(self) -> QSize:
        return QSize(120, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, 24)

    def x_of(self, value: float) -> float:
        """Where the handle's middle stands for a value."""
        left, span = self._track()
        return left + span * (value - self.minimum()) / max(1, self.maximum() - self.minimum())

    def groove_y(self) -> float:
        """The height of the groove's middle."""
        return self.height() / 2

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._follow(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()  # the panel scrolls instead

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        left, span = self._track()
        y = self.groove_y()
        self._bar(painter, left, left + span, y, self._faint(56))
        start, end = sorted((self.x_of(self.origin), self.x_of(self.value())))
        accent = self.palette().color(Role.Highlight if self.isEnabled() else Role.Mid)
        self._bar(painter, start, end, y, accent)
        if self.hasFocus():
            painter.setBrush(QColor(accent.red(), accent.green(), accent.blue(), 90))
            painter.drawEllipse(QPointF(self.x_of(self.value()), y), RADIUS + 3, RADIUS + 3)
        painter.setPen(QPen(self._faint(130), 1))
        painter.setBrush(self._handle_color())
        painter.drawEllipse(QPointF(self.x_of(self.value()), y), RADIUS, RADIUS)

    def _handle_color(self) -> QColor:
        """The lightest there is: paper on a light ground, ink on a dark one."""
        colors = self.palette().color(Role.Base), self.palette().color(Role.Text)
        return max(colors, key=lambda color: color.lightness())

    def _faint(self, alpha: int) -> QColor:
        color = self.palette().color(Role.Text)
        color.setAlpha(alpha)
        return color

    def _bar(self, painter: QPainter, x0: float, x1: float, y: float, color: QColor) -> None:
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(x0, y - GROOVE / 2, x1 - x0, GROOVE), GROOVE / 2, GROOVE / 2)

    def _track(self) -> tuple[float, float]:
        margin = RADIUS + 3
        return margin, self.width() - 2 * margin

    def _follow(self, event: QMouseEvent) -> None:
        left, span = self._track()
        share = min(1.0, max(0.0, (event.position().x() - left) / max(1.0, span)))
        self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))
