"""A table to search in: of commands, of keys."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QTreeView

from editor.widgets import empty

ALSO = Qt.ItemDataRole.UserRole + 1  # of a row's first cell: words that it is found by and that aren't shown
Index = QModelIndex | QPersistentModelIndex


class Rows(QSortFilterProxyModel):
    """The rows that hold every word that is looked for, or a word with it; first those that show them all."""

    def __init__(self, model: QStandardItemModel) -> None:
        super().__init__(model)
        self._words: list[str] = []
        self.setSourceModel(model)
        self.sort(0)

    def find(self, text: str) -> None:
        """Look for these words, in any order; "" finds every row."""
        self._words = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:  # noqa: ARG002 - it is no tree
        return self._found(f"{self._shown(source_row)} {self._also(source_row)}")

    def lessThan(self, source_left: Index, source_right: Index) -> bool:
        one, other = source_left.row(), source_right.row()
        return (not self._found(self._shown(one)), one) < (not self._found(self._shown(other)), other)

    def _found(self, text: str) -> bool:
        text = text.casefold()
        return all(word in text for word in self._words)

    def _shown(self, row: int) -> str:
        model = self.sourceModel()
        return " ".join(str(model.index(row, column).data()) for column in range(model.columnCount()))

    def _also(self, row: int) -> str:
        return self.sourceModel().index(row, 0).data(ALSO) or ""


class Table(QTreeView):
    """Names at the left, which take the room; `rows` are those that are looked for."""

    def __init__(self, rows: list[list[QStandardItem]], labels: list[str]) -> None:
        super().__init__()
        model = QStandardItemModel(self)
        model.setHorizontalHeaderLabels(labels)
        for row in rows:
            model.appendRow(row)
        self.rows = Rows(model)
        self.setModel(self.rows)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(labels)):
            self.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.rows.rowCount():
            empty.say(self, self.tr("Nothing is called that."))
