"""The chooser's list: a name, and under it whether it fits, its size, what is not allowed."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from editor.flows.models.choice import ModelChoice
from editor.flows.models.words import Words
from editor.widgets import empty

CHOICE = Qt.ItemDataRole.UserRole
PADDING = 8  # logical pixels, as is
DOT = 8
Index = QModelIndex | QPersistentModelIndex


class ChoiceList(QListWidget):
    """The choices, best first. picked: another one is selected, or None, or the same is listed anew."""

    picked = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._nothing = ""
        self.setItemDelegate(_Lines(words, self))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.currentItemChanged.connect(lambda *_: self.picked.emit(self.current()))
        self.setAccessibleName(self.tr("Models"))
        self.setToolTip(self.tr("Models that can be got; the one recommended for this machine comes first"))

    def show_choices(self, choices: tuple[ModelChoice, ...], nothing: str, repo: str = "") -> None:
        """Show these, with that of `repo` selected, else the first;  nothing: what an empty list says."""
        self._nothing = nothing
        with QSignalBlocker(self):  # half filled it means nothing
            self.clear()
            for choice in choices:
                item = QListWidgetItem()
                self._fill(item, choice)
                self.addItem(item)
            rows = [row for row, choice in enumerate(choices) if choice.repo == repo] or [0]
            self.setCurrentRow(rows[0] if choices else -1)
        self.viewport().update()
        self.picked.emit(self.current())

    def current(self) -> ModelChoice | None:
        item = self.currentItem()
        return None if item is None else item.data(CHOICE)

    def replace(self, choice: ModelChoice) -> None:
        """What has been learnt of a choice since."""
        for row in range(self.count()):
            if self.item(row).data(CHOICE).repo == choice.repo:
                self._fill(self.item(row), choice)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            empty.say(self, self._nothing)

    def _fill(self, item: QListWidgetItem, choice: ModelChoice) -> None:
        item.setData(CHOICE, choice)
        words = (choice.title, *self._words.marks(choice), self._words.short_fit(choice))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(filter(None, words)))
        item.setToolTip(choice.good_at or choice.repo)


class _Lines(QStyledItemDelegate):
    """Two lines: the name, and the marks after a coloured dot."""

    def __init__(self, words: Words, parent: ChoiceList) -> None:
        super().__init__(parent)
        self._words = words

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(200, 2 * QFontMetrics(option.font).lineSpacing() + 2 * PADDING + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        style, choice = option.widget.style(), index.data(CHOICE)
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        marked = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if marked else QPalette.ColorRole.Text
        quiet = role if marked else QPalette.ColorRole.PlaceholderText
        line = QFontMetrics(option.font).lineSpacing()
        room = option.rect.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        above = QRect(room.left(), room.top(), room.width(), line)
        below = QRect(room.left(), room.bottom() - line + 1, room.width(), line)
        painter.save()
        self._write(painter, option, above, choice.title, role, bold=True)
        color = self._words.color(choice)
        if color:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor("#ffffff") if marked else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color))
            painter.drawEllipse(below.left(), below.center().y() - DOT // 2 + 1, DOT, DOT)
            below.setLeft(below.left() + DOT + 6)
        fit = self._words.short_fit(choice)
        self._write(
            painter, option, below, " · ".join(filter(None, (fit, *self._words.marks(choice)))), quiet
        )
        painter.restore()

    @staticmethod
    def _write(
        painter: QPainter,
        option: QStyleOptionViewItem,
        room: QRect,
        text: str,
        role: QPalette.ColorRole,
        *,
        bold: bool = False,
    ) -> None:
        font = QFont(option.font)
        font.setBold(bold)
        painter.setFont(font)
        painter.setPen(option.palette.color(role))
        short = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, short)
