"""A table to search in: of commands, of keys."""

from PySide6.QtCore import QSortFilterProxyModel, Qt
from PySide6.QtGui import QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QTreeView

from editor.widgets import empty


class Table(QTreeView):
    """Names at the left, which take the room; filtered by a part of any column."""

    def __init__(self, rows: list[list[QStandardItem]], labels: list[str]) -> None:
        super().__init__()
        model = QStandardItemModel(self)
        model.setHorizontalHeaderLabels(labels)
        for row in rows:
            model.appendRow(row)
        self.rows = QSortFilterProxyModel(self)
        self.rows.setSourceModel(model)
        self.rows.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.rows.setFilterKeyColumn(-1)
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
