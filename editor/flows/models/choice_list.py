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
    """The choices, best first; what draws apart from what selects, each under its title where there is both.

    picked  another one is selected, or None, or the same is listed anew
    """

    picked = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._nothing = ""
        self.setItemDelegate(_Lines(words, self))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(lambda *_: self.picked.emit(self.current()))
        self.setAccessibleName(self.tr("Models"))
        self.setToolTip(self.tr("Models that can be got; the one recommended for this machine comes first"))

    def show_choices(
        self, choices: tuple[ModelChoice, ...], nothing: str, repo: str = "", *, selects: bool = False
    ) -> None:
        """Show these, with that of `repo` selected, else the first;  nothing: what an empty list says.

        selects: what selects comes before what draws.
        """
        self._nothing = nothing
        parts = [[choice for choice in choices if choice.selects is kind] for kind in (selects, not selects)]
        with QSignalBlocker(self):  # half filled it means nothing
            self.clear()
            for part in parts:
                if all(parts):
                    self.addItem(self._title(part[0]))
                for choice in part:
                    item = QListWidgetItem()
                    self._fill(item, choice)
                    self.addItem(item)
            self._select(repo)
        self.viewport().update()
        self.picked.emit(self.current())

    def _select(self, repo: str) -> None:
        there = {row: self.item(row).data(CHOICE) for row in range(self.count())}
        rows = [row for row, choice in there.items() if choice is not None]
        wanted = [row for row in rows if there[row].repo == repo]
        for row in (wanted or rows)[:1]:
            self.setCurrentRow(row)
            if row == rows[0]:
                self.scrollToTop()  # with the title over it

    def _title(self, first: ModelChoice) -> QListWidgetItem:
        item = QListWidgetItem(self.tr("For Select Object") if first.selects else self.tr("For Repaint"))
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        return item

    def current(self) -> ModelChoice | None:
        item = self.currentItem()
        return None if item is None else item.data(CHOICE)

    def replace(self, choice: ModelChoice) -> None:
        """What has been learnt of a choice since."""
        for row in range(self.count()):
            there = self.item(row).data(CHOICE)
            if there is not None and there.repo == choice.repo:
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

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = 1 if index.data(CHOICE) is None else 2
        return QSize(200, lines * QFontMetrics(option.font).lineSpacing() + 2 * PADDING + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        style, choice = option.widget.style(), index.data(CHOICE)
        if choice is None:
            room = option.rect.adjusted(PADDING, PADDING, -PADDING, 0)
            self._write(painter, option, room, index.data(), QPalette.ColorRole.PlaceholderText)
            return
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
