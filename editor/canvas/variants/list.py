"""Variants side by side, in a row or as a grid: pictures to walk through, to mark, and one that is shown."""

import math
from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QPoint,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QToolTip,
)

from editor.canvas.variants.cell import CELL, GAP, VariantCell, VariantDelegate

HEIGHT = 64  # logical pixels of a picture in the row, where there is room
LEAST = 44  # of its width, and of a picture's sides in the grid
SHAPE = 4 / 3  # width by height, until a picture is there;  FLATTEST: as far as the room follows them
FLATTEST = 2


class VariantList(QListWidget):
    """Every change is told, none is made here.

    walked      this one is wanted on the picture
    keepWanted  what is shown is wanted;  markWanted: this one, as a layer of its own, or no longer
    dropWanted  this one is not;  noneWanted: nor any other
    """

    walked = Signal(int)
    keepWanted = Signal()
    markWanted = Signal(int)
    dropWanted = Signal(int)
    noneWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._grid = False
        self._shape, self._width = SHAPE, 0
        self._columns = 1  # of the grid
        self._delegate = VariantDelegate(self, QSize(round(HEIGHT * SHAPE), HEIGHT))
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for set_policy in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            set_policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # what is shown is always in sight
        self.setAccessibleName(self.tr("Variants"))
        self.setToolTip(
            self.tr(
                "Arrow keys show another one on the picture, Enter keeps it, Escape keeps none. Space or "
                "Ctrl+click marks one to be kept as a hidden layer, too; Delete drops one."
            )
        )
        self.currentRowChanged.connect(lambda row: row >= 0 and self.walked.emit(row))
        self.itemDoubleClicked.connect(lambda _: self.keepWanted.emit())
        self.set_grid(False)

    @property
    def grid(self) -> bool:
        """Shown as a grid, else in a row."""
        return self._grid

    def set_grid(self, grid: bool) -> None:
        self._grid = grid
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(grid)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self._fit()

    def set_room(self, width: int) -> None:
        """So wide a row may become: its pictures shrink before it scrolls."""
        self._width = width
        self._fit()

    def show_cells(self, cells: Sequence[VariantCell], at: int) -> None:
        """These, with the one at `at` shown on the picture."""
        with QSignalBlocker(self):
            while self.count() > len(cells):
                self.takeItem(self.count() - 1)
            while self.count() < len(cells):
                self.addItem(QListWidgetItem())
            for row, cell in enumerate(cells):
                item = self.item(row)
                item.setData(CELL, cell)
                item.setText(str(row + 1))
                item.setData(Qt.ItemDataRole.AccessibleTextRole, cell.name)
                item.setToolTip(cell.name)
            if at != self.currentRow():
                self.setCurrentRow(at)
        self._shape = next((_shape(cell.image) for cell in cells if cell.drawn and cell.image), SHAPE)
        self._fit()
        if self.sizeHint().width() <= self._width:
            self.horizontalScrollBar().setValue(0)  # from when there was less room
        elif self.currentItem() is not None:
            self.scrollToItem(self.currentItem())

    @property
    def least(self) -> int:
        """Logical pixels across that a row of all of them takes at least."""
        return max(1, self.count()) * (LEAST + 2 * GAP)

    def sizeHint(self) -> QSize:
        """Of the row: as wide as all of them, as far as there is room."""
        cell = self._delegate.cell
        return QSize(cell.width() * max(1, self.count()), cell.height())

    def minimumSizeHint(self) -> QSize:
        return self._delegate.cell

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key means here, wherever it was pressed; True if it means something."""
        key, row = Qt.Key(event.key()), self.currentRow()
        ways = self._ways(row)
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers != Qt.KeyboardModifier.NoModifier:
            return False
        if key in ways:
            self.setCurrentRow(min(max(0, ways[key]), self.count() - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.keepWanted.emit()
        elif key == Qt.Key.Key_Escape:
            self.noneWanted.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.dropWanted.emit(row)
        else:
            return False
        return True

    def _ways(self, row: int) -> dict[Qt.Key, int]:
        """Where keys lead from a picture; up and down in the grid alone: beside a row they pan the canvas."""
        key, last, across = Qt.Key, self.count() - 1, self._columns
        ways = {key.Key_Left: row - 1, key.Key_Right: row + 1, key.Key_Home: 0, key.Key_End: last}
        if self._grid:
            ways[key.Key_Up] = row - across if row >= across else row
            ways[key.Key_Down] = row + across if row // across < last // across else row
        return ways

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.markWanted.emit(self.currentRow())
        elif not self.key(event):
            if event.text() in "+-=" or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.ignore()  # the picture's
            else:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if item is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position().toPoint() - self.visualItemRect(item).topLeft()
        marks = event.modifiers() & Qt.KeyboardModifier.ControlModifier or self._delegate.corner.contains(at)
        if marks:
            self.markWanted.emit(self.row(item))
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        at = event.position().toPoint()
        if item is not None and self._delegate.corner.contains(at - self.visualItemRect(item).topLeft()):
            self.markWanted.emit(self.row(item))  # a mark is set and taken away as fast as one likes
        else:
            super().mouseDoubleClickEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        with QSignalBlocker(self):  # arriving is not walking
            row = self.currentRow()
            super().focusInEvent(event)
            self.setCurrentRow(row)
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        """Qt's: the mark of a picture says what it is for."""
        if not isinstance(event, QHelpEvent) or event.type() != QEvent.Type.ToolTip:
            return super().viewportEvent(event)
        item = self.itemAt(event.pos())
        tip = "" if item is None else self.tip_at(item, event.pos())
        if not tip:
            return super().viewportEvent(event)
        QToolTip.showText(event.globalPos(), tip, self.viewport())
        return True

    def tip_at(self, item: QListWidgetItem, at: QPoint) -> str:
        """What is said of the mark of `item` at a place of the list; "" where the mark isn't."""
        cell: VariantCell = item.data(CELL)
        if not cell.drawn or not self._delegate.corner.contains(at - self.visualItemRect(item).topLeft()):
            return ""
        if cell.marked:
            return self.tr("Kept as well, as a hidden layer (Space takes the mark away)")
        return self.tr("Keep this one as well, as a hidden layer (Space)")

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar, delta = self.horizontalScrollBar(), event.angleDelta()
        bar.setValue(bar.value() - (delta.x() or delta.y()))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Pictures as large as all of them have room; in the row no higher than that is."""
        n, beside = max(1, self.count()), 0
        if self._grid:
            self._columns, room = _largest(self.size(), n, self._shape)
            beside = (self.width() - self._columns * (room.width() + 2 * GAP)) // 2 - 1
        else:
            width = min(HEIGHT * self._shape, max(LEAST, self._width // n - 2 * GAP))
            room = QSize(round(width), round(width / self._shape))
        if self._delegate.room != room or self.viewportMargins().left() != max(0, beside):
            self._delegate.room = room
            self.setViewportMargins(max(0, beside), 0, max(0, beside), 0)
            self.doItemsLayout()
            self.updateGeometry()


def _shape(image: QImage) -> float:
    """Width by height, within what a room follows."""
    return min(FLATTEST, max(1 / FLATTEST, image.width() / max(1, image.height())))


def _largest(room: QSize, n: int, shape: float) -> tuple[int, QSize]:
    """How many of `n` pictures of one shape lie side by side, and how large, so that all have room."""

    def width(columns: int) -> float:
        across = room.width() // columns - 2 * GAP - 1
        return min(across, shape * (room.height() // math.ceil(n / columns) - 2 * GAP - 1))

    columns = max(range(1, n + 1), key=width)
    best = max(LEAST, width(columns))
    return columns, QSize(int(best), int(best / shape))
