"""Help: the command palette, the list of keys, the log folder, About."""

from PySide6.QtCore import QEvent, QObject, QSortFilterProxyModel, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeyEvent, QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QMainWindow,
    QMessageBox,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

import core
from editor.actions import EDIT, ENTRIES, Action, Actions, keys_text, keys_texts, plain
from editor.log import log_folder
from editor.widgets import empty

NAME = Qt.ItemDataRole.UserRole


class Helps(QObject):
    """What the Help menu opens."""

    def __init__(self, actions: Actions, window: QMainWindow) -> None:
        super().__init__(window)
        self._actions, self._window = actions, window

    def palette(self) -> None:
        Palette(self._actions, self._window).open()

    def keys(self) -> None:
        KeysDialog(self._window).open()

    def open_log(self) -> None:
        folder = log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def about(self) -> None:
        text = self.tr(
            "<h3>Palimpsest {version}</h3>"
            "<p>Changes one thing in a picture and leaves the rest alone, after DiffEdit "
            "(Couairon et al., arXiv 2210.11427). Everything runs on this machine; nothing leaves it.</p>"
            "<p>Apache License 2.0</p>"
        )
        QMessageBox.about(self._window, self.tr("About Palimpsest"), text.format(version=core.__version__))


class Table(QTreeView):
    """Two columns, the right one for keys; filtered by a part of any name."""

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


class Palette(QDialog):
    """Type a part of a name, Enter does it."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Command Palette"))
        self.resize(520, 400)
        self._actions = actions
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("What do you want to do?"))
        self.search.setAccessibleName(self.tr("Search the commands"))
        self.search.setToolTip(self.tr("A part of a command's name; ↑ ↓ choose, Enter does it"))
        rows = [row for entry in ENTRIES if entry.id != "palette" for row in self._rows(entry)]
        self.table = Table(rows, [self.tr("Command"), self.tr("Key")])
        self.table.setHeaderHidden(True)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.search)
        column.addWidget(self.table)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._run)
        self.search.installEventFilter(self)
        self.table.clicked.connect(self._run)
        self._filter("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """↑ and ↓ in the search field move the choice."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None:
                row = min(max(0, self.table.currentIndex().row() + step), self.table.rows.rowCount() - 1)
                self.table.setCurrentIndex(self.table.rows.index(row, 0))
                return True
        return super().eventFilter(watched, event)

    def _rows(self, entry: Action) -> list[list[QStandardItem]]:
        """One row for an action; of a menu that is made at run time one for each of its lines."""
        called = f"{plain(entry.menu)}: {plain(entry.text)}"  # pictures and masks are both exported
        if not entry.submenu:
            return [self._row(self._actions[entry.id], called, keys_text(entry), (entry.id, "", None))]
        menu = self._actions.submenus[entry.submenu]
        menu.aboutToShow.emit()
        lines = [action for action in menu.actions() if not action.isSeparator()]
        return [
            self._row(action, f"{called}: {action.text()}", "", (entry.submenu, action.text(), action.data()))
            for action in lines
        ]

    @staticmethod
    def _row(action: QAction, called: str, keys: str, by: tuple[str, str, object]) -> list[QStandardItem]:
        """by: what it is found by when it is run."""
        name, key = QStandardItem(called), QStandardItem(keys)
        name.setData(by, NAME)
        name.setToolTip(action.toolTip())
        key.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for item in (name, key):
            item.setEnabled(action.isEnabled())
        return [name, key]

    def _filter(self, text: str) -> None:
        self.table.rows.setFilterFixedString(text)
        self.table.setCurrentIndex(self.table.rows.index(0, 0))

    def _run(self) -> None:
        index = self.table.currentIndex()
        if not index.isValid():
            return
        name, line, what = index.siblingAtColumn(0).data(NAME)
        self.accept()
        if not line:
            self._actions[name].trigger()
            return
        for action in self._actions.submenus[name].actions():  # by its text: the menu may have been made anew
            if (action.text(), action.data()) == (line, what):
                action.trigger()
                return


class KeysDialog(QDialog):
    """Every key of the window, by menu."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        self.resize(560, 560)
        rows = [self._row(entry) for entry in ENTRIES if entry.keys]
        space = self.tr("Pan, while held"), plain(EDIT), self.tr("Space")
        rows.append([QStandardItem(text) for text in space])
        self.table = Table(rows, [self.tr("Command"), self.tr("Menu"), self.tr("Keys")])
        search = QLineEdit()
        search.setPlaceholderText(self.tr("Search"))
        search.setAccessibleName(self.tr("Search the keys"))
        search.setToolTip(self.tr("A part of a command's name, or of its keys"))
        search.textChanged.connect(self.table.rows.setFilterFixedString)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (search, self.table, buttons):
            column.addWidget(widget)

    def _row(self, entry: Action) -> list[QStandardItem]:
        texts = plain(entry.text), plain(entry.menu), " · ".join(keys_texts(entry))
        return [QStandardItem(text) for text in texts]
