"""A contact sheet to look at and choose from, by mouse or keys."""

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.grid.sheet import Sheet
from editor.widgets.image import of_rgb

MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
FRAME = 4  # pixels round a cell that the mark's line may reach
PICKS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class SheetView(QWidget):
    """The sheet, scaled to fit. picked: (row, column) of the cell that was clicked or chosen by Enter."""

    picked = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Sheet"))
        self.setToolTip(self.tr("Click a cell to take its settings; arrow keys and Enter do the same"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._sheet: Sheet | None = None
        self._pixmap = QPixmap()
        self._marked: tuple[int, int] | None = None

    def show_sheet(self, sheet: Sheet) -> None:
        """Show the sheet as it is now."""
        if sheet is not self._sheet:
            self._sheet, self._marked = sheet, None
        self._pixmap = QPixmap.fromImage(of_rgb(np.asarray(sheet.image)))
        self.update()

    def show_cell(self, row: int, column: int, pixels: np.ndarray) -> None:
        """Show uint8 (h, w, 3), as large as the cell in the sheet, in its place; nothing else is painted."""
        assert self._sheet is not None
        x, y, *_ = self._sheet.layout.box(row, column)
        painter = QPainter(self._pixmap)
        painter.drawImage(x, y, of_rgb(pixels))
        painter.end()
        self.update(self.cell_rect(row, column).toAlignedRect().adjusted(-FRAME, -FRAME, FRAME, FRAME))

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell lies in this widget."""
        assert self._sheet is not None
        x, y, w, h = self._sheet.layout.box(row, column)
        place, scale = self._place()
        return QRectF(place.x() + x * scale, place.y() + y * scale, w * scale, h * scale)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._sheet is None:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("The sheet appears here"))
            return
        painter.drawPixmap(self._place()[0], self._pixmap, QRectF(self._pixmap.rect()))
        if self._marked is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self.palette().color(QPalette.ColorRole.Accent)), 3))
            painter.drawRect(self.cell_rect(*self._marked))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mark(self._at(event))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._at(event)
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._sheet is None or key not in (*MOVES, *PICKS):
            super().keyPressEvent(event)
        elif self._marked is None:
            self._mark((0, 0))
        elif key in PICKS:
            self.picked.emit(*self._marked)
        else:
            layout, (down, right) = self._sheet.layout, MOVES[key]
            row, column = self._marked[0] + down, self._marked[1] + right
            self._mark((min(max(row, 0), layout.rows - 1), min(max(column, 0), layout.columns - 1)))

    def _mark(self, cell: tuple[int, int] | None) -> None:
        if cell != self._marked:
            self._marked = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor)
            self.update()

    def _at(self, event: QMouseEvent) -> tuple[int, int] | None:
        if self._sheet is None:
            return None
        place, scale = self._place()
        point = event.position() - place.topLeft()
        return self._sheet.layout.at(point.x() / scale, point.y() / scale)

    def _place(self) -> tuple[QRectF, float]:
        """Where the sheet lies in this widget, never enlarged, and its scale."""
        w, h = self._pixmap.width(), self._pixmap.height()
        scale = min(1.0, self.width() / max(1, w), self.height() / max(1, h))
        size = (w * scale, h * scale)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size), scale
