"""What is drawn now and what waits for its turn, the next one first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDropEvent, QImage, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from editor.widgets.icons import IconButton, quiet
from editor.widgets.rows import DETAIL, HEIGHT, ID, IMAGE, PictureRow

WAITS = Qt.ItemDataRole.UserRole + 3


@dataclass(frozen=True)
class QueueRow:
    """image: the picture that it is drawn from, None while that is made small;  waits: it can be moved"""

    id: str
    name: str
    detail: str
    tip: str
    waits: bool
    image: QImage | None = None


class QueueList(QListWidget):
    """Every change is told, none is made here.

    moved       one was dropped somewhere: its id, and its turn among those that wait, 0 the next
    dropWanted  Delete was pressed;  menuWanted: where;  chosen: the id of a row, "" for none
    """

    moved = Signal(str, int)
    dropWanted = Signal()
    menuWanted = Signal(QPoint)
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Queue"))
        self.setToolTip(self.tr("Drag to change the order; Delete drops the chosen one."))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setUniformItemSizes(True)
        self.setMinimumHeight(HEIGHT + 2 * self.frameWidth())
        self._delegate = PictureRow(self)
        self.setItemDelegate(self._delegate)
        self.currentItemChanged.connect(lambda item: self.chosen.emit(item.data(ID) if item else ""))

    def sizeHint(self) -> QSize:
        return QSize(200, 2 * HEIGHT + 2 * self.frameWidth())

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show these; the chosen one stays chosen, or else what is in its place."""
        held, at = self.currentItem(), max(0, self.currentRow())
        chosen = held.data(ID) if held is not None else ""
        with QSignalBlocker(self):
            while self.count() > len(rows):
                self.takeItem(self.count() - 1)
            while self.count() < len(rows):
                self.addItem(QListWidgetItem())
            for n, row in enumerate(rows):
                _fill(self.item(n), row)
            place = next((n for n, row in enumerate(rows) if row.id == chosen), min(at, len(rows) - 1))
            self.setCurrentRow(place)
        if not self.hasFocus():
            self.scrollToTop()  # where things happen
        self.chosen.emit(rows[place].id if rows else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.dropWanted.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item, at = self.currentItem(), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and item is not None:
            at = self.viewport().mapToGlobal(self.visualItemRect(item).center())
        self.menuWanted.emit(at)

    def dropEvent(self, event: QDropEvent) -> None:
        """Only told: the queue moves it, and the rows follow."""
        item, at = self.currentItem(), event.position().toPoint()
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if item is None or not item.data(WAITS):
            return
        index = self.indexAt(at)
        row = self.count()
        if index.isValid():
            row = index.row() + (at.y() > self.visualRect(index).center().y())
        before = [self.item(n) for n in range(row) if n != self.row(item)]
        self.moved.emit(item.data(ID), sum(bool(one.data(WAITS)) for one in before))


class QueuePanel(QWidget):
    """wished: an action of the table, by its id, that a button or key stands for."""

    wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.fill_menu: Callable[[QMenu], None] = lambda _: None
        self.list = QueueList()
        self.empty = QLabel(
            self.tr("What you repaint while something runs waits here, with the picture as it is then.")
        )
        self.empty.setWordWrap(True)
        quiet(self.empty)
        self.buttons = self._buttons()
        self._arrange()
        self.list.dropWanted.connect(lambda: self.wished.emit("queue-drop"))
        self.list.menuWanted.connect(self._open_menu)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.wished.emit(name))
        self.show_rows(())

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """One for each, in the order in which they are drawn."""
        self.list.show_rows(rows)
        self.empty.setVisible(not rows)

    def show_possible(self, possible: dict[str, bool], *, held: bool) -> None:
        """What can be done, by action; held: what waits doesn't begin by itself."""
        for name, button in self.buttons.items():
            button.setEnabled(possible[name])
        self.buttons["queue-hold"].setChecked(held)

    def _buttons(self) -> dict[str, IconButton]:
        table = (
            ("queue-sooner", "arrow-up", self.tr("Sooner"), self.tr("Draw the chosen one sooner"), ""),
            ("queue-later", "arrow-down", self.tr("Later"), self.tr("Draw the chosen one later"), ""),
            ("queue-hold", "pause", self.tr("Hold what waits"),
             self.tr("Let nothing that waits begin by itself, or go on"), "play"),
            ("stop", "stop", self.tr("Stop"),
             self.tr("Stop the one under way after this evaluation; what there is can be kept"), ""),
            ("queue-drop", "trash", self.tr("Drop the chosen one"),
             self.tr("Take the chosen one out of the queue (Delete)"), ""),
            ("queue-clear", "x", self.tr("Clear the queue"), self.tr("Drop everything that waits"), ""),
        )  # fmt: skip
        return {name: IconButton(icon, label, tip, checked) for name, icon, label, tip, checked in table}

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        for name, button in self.buttons.items():
            if name == "queue-drop":
                row.addStretch(1)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(4)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty)
        column.addLayout(row)

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        menu.popup(at)


def _fill(item: QListWidgetItem, row: QueueRow) -> None:
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    item.setFlags(flags | Qt.ItemFlag.ItemIsDragEnabled if row.waits else flags)
    item.setText(row.name)
    item.setToolTip(row.tip)
    values = {
        ID: row.id, DETAIL: row.detail, IMAGE: row.image, WAITS: row.waits,
        Qt.ItemDataRole.AccessibleTextRole: f"{row.name}, {row.detail}",
    }  # fmt: skip
    for role, value in values.items():
        item.setData(role, value)
