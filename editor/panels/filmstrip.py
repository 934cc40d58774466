"""The filmstrip: what the model saw at every step, to be run through with mouse or arrow keys."""

import numpy as np
from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from core.photo.masks.colormap import inferno
from editor.widgets.image import of_rgb

THUMB = QSize(88, 64)  # room of a thumbnail
GAP = 10
LONGEST = 512  # of what a thumbnail is scaled from, smoothly

Role = QPalette.ColorRole
Index = QModelIndex | QPersistentModelIndex


class FrameDelegate(QStyledItemDelegate):
    """A thumbnail over its label; the picked one in a frame of the accent, its picture untouched."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return cell(option.fontMetrics)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        picked = bool(option.state & QStyle.StateFlag.State_Selected)
        pixmap: QPixmap = index.data(Qt.ItemDataRole.DecorationRole)
        picture = QRect(QPoint(), pixmap.deviceIndependentSize().toSize())
        top = QRect(option.rect.left(), option.rect.top() + GAP, option.rect.width(), THUMB.height())
        picture.moveCenter(top.center())
        painter.drawPixmap(picture.topLeft(), pixmap)
        if picked:
            painter.setPen(QPen(option.palette.color(Role.Highlight), 3))
            painter.drawRect(picture.adjusted(-2, -2, 1, 1))
        painter.setPen(option.palette.color(Role.Text if picked else Role.PlaceholderText))
        label = QRect(top.bottomLeft(), QSize(top.width(), option.fontMetrics.height() + GAP))
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, index.data())


class Filmstrip(QListWidget):
    """`framePicked`: show this frame on the canvas; `frameReleased`: show the picture again."""

    framePicked = Signal(int)
    frameReleased = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setItemDelegate(FrameDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(self.Shape.NoFrame)
        self.setFixedHeight(
            cell(self.fontMetrics()).height() + self.horizontalScrollBar().sizeHint().height() + 4
        )
        self.setAccessibleName(self.tr("Filmstrip"))
        self.setToolTip(
            self.tr(
                "What the model saw: heat map, encoding, every denoising step (x̂0). Drag "
                "across or use ← → to "
                "show a step on the picture; Esc, a click on the picture or any change shows it again."
            )
        )
        self.currentRowChanged.connect(self._pick)

    def add_frame(self, label: str, pixels: np.ndarray) -> None:
        """One more frame at the end: uint8 (h, w, 3), or a heat map, float (h, w) in [0, 1]."""
        small = _reduced(pixels)
        follows = self.currentRow() < 0  # while nobody looks at a frame
        item = QListWidgetItem(label)
        small = inferno(small) if small.ndim == 2 else np.ascontiguousarray(small)
        item.setData(Qt.ItemDataRole.DecorationRole, _thumbnail(small, self.devicePixelRatio()))
        item.setToolTip(label)
        self.addItem(item)
        if follows:
            self.scrollToItem(item)

    def clear(self) -> None:
        """Empty, for another run; a picked frame is released."""
        self.release()
        super().clear()

    def release(self) -> None:
        """No frame is picked any more."""
        if self.currentRow() >= 0:
            self.setCurrentRow(-1)
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.currentRow() >= 0:
            self.release()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is None or item is self.currentItem():
            self.release()  # the frame that is shown, or beside them all
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if event.buttons() & Qt.MouseButton.LeftButton and item is not None:
            self.setCurrentItem(item)

    def focusInEvent(self, event: QFocusEvent) -> None:
        row = self.currentRow()
        with QSignalBlocker(self):
            super().focusInEvent(event)
            if row < 0:  # Qt marks the first one; but arriving is not picking
                self.setCurrentRow(-1)
                self.clearSelection()

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar, delta = self.horizontalScrollBar(), event.angleDelta()
        bar.setValue(bar.value() - (delta.x() or delta.y()))
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            area = QRect(self.viewport().rect()).adjusted(16, 0, -16, 0)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, flags, self.tr("Every step of a run appears here, to be looked at again."))

    def _pick(self, i: int) -> None:
        if i >= 0:
            self.framePicked.emit(i)
        else:
            self.frameReleased.emit()


def cell(metrics: QFontMetrics) -> QSize:
    """The room of one frame."""
    return QSize(THUMB.width() + GAP, THUMB.height() + GAP + metrics.height() + 6)


def _reduced(array: np.ndarray) -> np.ndarray:
    """At most LONGEST on the longer side, by leaving pixels out."""
    stride = -(-max(array.shape[:2]) // LONGEST)
    return array[::stride, ::stride] if stride > 1 else array


def _thumbnail(pixels: np.ndarray, ratio: float) -> QPixmap:
    scaled = of_rgb(pixels).scaled(
        THUMB * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    pixmap = QPixmap.fromImage(scaled)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
