"""How lists show a row: a picture, a name, and under it what there is to say."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

HEIGHT = 44
PICTURE = QSize(44, 34)
GAP = 8
ID, DETAIL, IMAGE = (Qt.ItemDataRole.UserRole + n for n in range(3))
Index = QModelIndex | QPersistentModelIndex


def row_color(option: QStyleOptionViewItem, *, quiet: bool = False) -> QPalette.ColorRole:
    """Of what is written into a row, which may be selected."""
    if option.state & QStyle.StateFlag.State_Selected:
        return QPalette.ColorRole.HighlightedText
    return QPalette.ColorRole.PlaceholderText if quiet else QPalette.ColorRole.Text


class PictureRow(QStyledItemDelegate):
    """Draws the roles IMAGE, display and DETAIL; what stands before the picture is a subclass's."""

    PICTURE_AT = GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return QSize(160, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        image: QImage | None = index.data(IMAGE)
        if image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.picture(option.rect, image), image)
        self._paint_words(painter, option, index)

    def picture(self, rect: QRect, image: QImage) -> QRect:
        """Where its picture lies in a row."""
        frame = QRect(QPoint(rect.left() + self.PICTURE_AT, 0), PICTURE)
        frame.moveTop(rect.center().y() - PICTURE.height() // 2)
        inside = QRect(QPoint(), image.size().scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio))
        inside.moveCenter(frame.center())
        return inside

    def words(self, rect: QRect) -> QRect:
        """Where name and detail stand in a row."""
        return rect.adjusted(self.PICTURE_AT + PICTURE.width() + GAP, 3, -GAP, -3)

    def _paint_words(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        place, detail = self.words(option.rect), index.data(DETAIL)
        metrics, half = option.fontMetrics, place.height() // 2
        lines = [(option.text, place.adjusted(0, 0, 0, -half) if detail else place, False)]
        lines += [(detail, place.adjusted(0, half, 0, 0), True)] if detail else []
        for text, room, quiet in lines:
            painter.setPen(option.palette.color(row_color(option, quiet=quiet)))
            said = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, said)
