"""The command palette: everything that can be done, chosen or set, found by a part of its name."""

import re

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QStandardItem
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from editor.actions import ENTRIES, Action, plain, translated
from editor.flows.help.controls import Control
from editor.flows.help.table import ALSO, Table
from editor.qactions import Actions
from editor.shortcuts import Shortcuts, shown

NAME = Qt.ItemDataRole.UserRole
CONTROL = ""  # stands where an action has its id


class Palette(QDialog):
    """Type a part of a name, Enter does it."""

    def __init__(
        self, actions: Actions, shortcuts: Shortcuts, controls: list[Control], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Command Palette"))
        self.resize(520, 400)
        self._actions, self._shortcuts = actions, shortcuts
        self._controls = controls
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("What do you want to do?"))
        self.search.setAccessibleName(self.tr("Search the commands"))
        self.search.setToolTip(
            self.tr("Parts of a command's name, here or elsewhere; ↑ ↓ choose, Enter does it")
        )
        rows = [row for entry in ENTRIES if entry.id != "palette" for row in self._rows(entry)]
        rows += [self._of_control(i, control) for i, control in enumerate(controls)]
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
                self._walk(step)
                return True
        return super().eventFilter(watched, event)

    def _walk(self, step: int) -> None:
        """To the next row, up or down, of what makes sense now."""
        rows = self.table.rows
        row = self.table.currentIndex().row() + step
        while 0 <= row < rows.rowCount():
            if rows.flags(rows.index(row, 0)) & Qt.ItemFlag.ItemIsEnabled:
                self.table.setCurrentIndex(rows.index(row, 0))
                return
            row += step

    def _rows(self, entry: Action) -> list[list[QStandardItem]]:
        """One row for an action; of a menu that is made at run time one for each of its lines."""
        called = f"{plain(entry.menu)}: {plain(entry.text)}"  # pictures and masks are both exported
        if not entry.submenu:
            keys = ", ".join(shown(key) for key in self._shortcuts.keys(entry)[:1])
            keys = self._actions.idle(entry.id) or keys
            row = self._row(self._actions[entry.id], called, keys, (entry.id, "", None))
            row[0].setData(translated(entry.also), ALSO)
            return [row]
        menu = self._actions.submenus[entry.submenu]
        menu.aboutToShow.emit()
        lines = [(action, action.text()) for action in menu.actions() if not action.isSeparator()]
        return [
            self._row(action, f"{called}: {_unmarked(text)}", "", (entry.submenu, text, action.data()))
            for action, text in lines
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

    def _of_control(self, i: int, control: Control) -> list[QStandardItem]:
        name, key = QStandardItem(control.name), QStandardItem("")
        name.setData((CONTROL, "", i), NAME)
        name.setData(control.also, ALSO)
        name.setToolTip(control.widget.toolTip())
        for item in (name, key):
            item.setEnabled(control.widget.isEnabled())
        return [name, key]

    def _filter(self, text: str) -> None:
        self.table.rows.find(text)
        self.table.setCurrentIndex(self.table.rows.index(0, 0))

    def _run(self) -> None:
        index = self.table.currentIndex()
        if not index.isValid():
            return
        name, line, what = index.siblingAtColumn(0).data(NAME)
        self.accept()
        if name == CONTROL:
            self._controls[what].reveal()
            return
        if not line:
            self._actions[name].trigger()
            return
        for action in self._actions.submenus[name].actions():  # the menu may have been made anew
            if action.data() == what and (what is not None or action.text() == line):
                action.trigger()
                return


def _unmarked(text: str) -> str:
    """Without the marks of mnemonics."""
    return re.sub("&(.)", r"\1", text)
