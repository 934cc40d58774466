"""One variant among others, as it is painted: what was drawn, how far it is, whether it is marked."""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPalette, QPen
from PySide6.QtWidgets import QListWidget, QStyle, QStyledItemDelegate, QStyleOptionViewItem

GAP = 6  # round a picture
CHECK = 18  # of the mark in its corner
BAR = 4  # of the progress of the one that is being drawn
SHADE, FAINT = QColor(0, 0, 0, 170), QColor(0, 0, 0, 90)
CELL = Qt.ItemDataRole.UserRole

Role = QPalette.ColorRole
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class VariantCell:
    """What is shown of one.

    name   as it is read out
    image  what was drawn, or what there is of it by now; None for nothing yet
    share  of its drawing that is done, while it is being drawn
    drawn  it is finished; marked: it is to be kept as a layer of its own
    """

    name: str
    image: QImage | None = None
    share: float | None = None
    drawn: bool = False
    marked: bool = False


class VariantDelegate(QStyledItemDelegate):
    """A picture; round the one that is shown a frame of the accent. room: of each picture, logical."""

    def __init__(self, parent: QListWidget, room: QSize) -> None:
        super().__init__(parent)
        self.room = room
        self._scaled: dict[tuple[int, int, int], QImage] = {}

    @property
    def cell(self) -> QSize:
        """The room of one, with what lies round it."""
        return self.room + QSize(2 * GAP, 2 * GAP)

    @property
    def corner(self) -> QRect:
        """Where in a cell its mark is."""
        return QRect(self.cell.width() - GAP - CHECK - 4, GAP + 4, CHECK, CHECK).adjusted(-4, -4, 4, 4)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return self.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell: VariantCell = index.data(CELL)
        palette, shown = option.palette, bool(option.state & QStyle.StateFlag.State_Selected)
        frame = QRect(option.rect.topLeft() + QPoint(GAP, GAP), self.room)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(frame, palette.color(Role.Window))
        if cell.image is not None:
            picture = self._picture(cell.image, painter.device().devicePixelRatioF())
            inside = QRect(QPoint(), picture.deviceIndependentSize().toSize())
            inside.moveCenter(frame.center())
            painter.setOpacity(1.0 if cell.drawn else 0.6)
            painter.drawImage(inside.topLeft(), picture)
            painter.setOpacity(1.0)
        self._number(painter, frame, index.data(), palette, filled=cell.image is not None)
        if cell.share is not None:
            done = QRect(frame.left(), frame.bottom() - BAR + 1, round(frame.width() * cell.share), BAR)
            painter.fillRect(done, palette.color(Role.Highlight))
        if cell.drawn and (cell.marked or shown or option.state & QStyle.StateFlag.State_MouseOver):
            corner = self.corner.adjusted(4, 4, -4, -4).translated(option.rect.topLeft())
            _mark(painter, corner, palette, marked=cell.marked)
        if shown:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.color(Role.Highlight), 3))
            painter.drawRect(frame.adjusted(-2, -2, 1, 1))
        painter.restore()

    def _number(self, painter: QPainter, frame: QRect, text: str, palette: QPalette, *, filled: bool) -> None:
        """In the middle of what is empty; in a corner of a picture, on a shade."""
        font = QFont(painter.font())
        if not filled:
            painter.setPen(palette.color(Role.PlaceholderText))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, text)
            return
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        pill = QRect(frame.left() + 4, frame.top() + 4, max(width, 16), painter.fontMetrics().height() + 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(pill, 4, 4)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _picture(self, image: QImage, ratio: float) -> QImage:
        """Scaled once for each size that it is shown in."""
        room = self.room * ratio
        key = image.cacheKey(), room.width(), room.height()
        if key not in self._scaled:
            if len(self._scaled) > 64:
                self._scaled.clear()
            aspect, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            picture = self._scaled[key] = image.scaled(room, aspect, smooth)
            picture.setDevicePixelRatio(ratio)
        return self._scaled[key]


def _mark(painter: QPainter, circle: QRect, palette: QPalette, *, marked: bool) -> None:
    painter.setPen(QPen(Qt.GlobalColor.white, 1.5))
    painter.setBrush(palette.color(Role.Highlight) if marked else FAINT)
    painter.drawEllipse(circle)
    if marked:
        x, y, w, h = circle.x(), circle.y(), circle.width(), circle.height()
        points = [QPoint(x + w * a // 100, y + h * b // 100) for a, b in ((27, 52), (44, 70), (75, 34))]
        painter.setPen(QPen(palette.color(Role.HighlightedText), 2))
        painter.drawPolyline(points)
