"""Every key of the window, to look up and to change."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QStandardItem
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from editor.actions import EDIT, ENTRIES, Action, plain, translated
from editor.flows.help.table import ALSO, Table
from editor.settings import Keymap
from editor.shortcuts import Shortcuts, shown, takeable, typed
from editor.widgets.button import button_box, push_button

ENTRY = Qt.ItemDataRole.UserRole
EDITABLE = tuple(entry for entry in ENTRIES if not entry.submenu)


class KeysDialog(QDialog):
    """A set of keys to begin with; a command, and the keys that it shall have. Each change holds at once."""

    def __init__(self, shortcuts: Shortcuts, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard Shortcuts"))
        self.resize(600, 560)
        self._shortcuts = shortcuts
        self.keymap = self._keymaps()
        self.search = self._search()
        self.table = Table(
            [self._row(entry) for entry in EDITABLE] + [self._space()],
            [self.tr("Command"), self.tr("Menu"), self.tr("Keys")],
        )
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.key.setClearButtonEnabled(True)
        self.key.setAccessibleName(self.tr("New key"))
        self.key.setToolTip(self.tr("Press the key that the chosen command shall have"))
        self.warning = QLabel()
        self.warning.setWordWrap(True)
        self.change = push_button(self.tr("&Set"), self.tr("This key instead of those it has"))
        self.add = push_button(self.tr("&Add"), self.tr("This key beside those it has"))
        self.remove = push_button(self.tr("&Remove"), self.tr("No key for the chosen command"))
        self.back = push_button(self.tr("Rese&t"), self.tr("The keys that the set gives the chosen command"))
        self._arrange()
        self._bind()
        self.table.setCurrentIndex(self.table.rows.index(0, 0))
        self._show()

    def choose(self, entry: Action) -> None:
        """Make `entry` the command whose keys are changed."""
        for i in range(self.table.rows.rowCount()):
            if self.table.rows.index(i, 0).data(ENTRY) == entry.id:
                self.table.setCurrentIndex(self.table.rows.index(i, 0))

    @property
    def chosen(self) -> Action | None:
        """The command whose keys are changed; None if there is none, or its key is fixed."""
        named = self.table.currentIndex().siblingAtColumn(0).data(ENTRY)
        return next((entry for entry in EDITABLE if entry.id == named), None)

    def _keymaps(self) -> QComboBox:
        names = {
            Keymap.PALIMPSEST: self.tr("Palimpsest"),
            Keymap.KRITA: self.tr("Krita"),
            Keymap.PHOTOSHOP: self.tr("Photoshop"),
        }
        box = QComboBox()
        for keymap, name in names.items():
            box.addItem(name, keymap)
        box.setCurrentIndex(box.findData(self._shortcuts.keymap))
        box.setAccessibleName(self.tr("Keys as in"))
        box.setToolTip(self.tr("Whose habits the keys follow; what you changed yourself stays changed"))
        return box

    def _search(self) -> QLineEdit:
        search = QLineEdit()
        search.setPlaceholderText(self.tr("Search"))
        search.setAccessibleName(self.tr("Search the keys"))
        search.setToolTip(self.tr("Parts of a command's name, or of its keys"))
        search.setClearButtonEnabled(True)
        return search

    def _arrange(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        label = QLabel(self.tr("&Keys as in"))
        label.setBuddy(self.keymap)
        for widget in (label, self.keymap):
            head.addWidget(widget)
        head.addWidget(self.search, 1)
        label = QLabel(self.tr("&New key"))
        label.setBuddy(self.key)
        for widget in (label, self.key, self.change, self.add, self.remove, self.back):
            foot.addWidget(widget)
        buttons = button_box(QDialogButtonBox.StandardButton.Close)
        self.all_back = buttons.addButton(self.tr("Reset All"), QDialogButtonBox.ButtonRole.ResetRole)
        self.all_back.setToolTip(self.tr("Every command has the keys of the set again"))
        for button in buttons.buttons():
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)  # Enter in the field for a key is no wish to close
        buttons.rejected.connect(self.reject)
        self.all_back.clicked.connect(self._shortcuts.reset_all)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.table)
        column.addLayout(foot)
        column.addWidget(self.warning)
        column.addWidget(buttons)

    def _bind(self) -> None:
        self.search.textChanged.connect(self.table.rows.find)
        self.keymap.activated.connect(lambda: self._shortcuts.choose(Keymap(self.keymap.currentData())))
        self.table.selectionModel().currentChanged.connect(self._begin)
        self.key.keySequenceChanged.connect(self._show)
        self.change.clicked.connect(lambda: self._give((self.key.keySequence(),)))
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(lambda: self._give(()))
        self.back.clicked.connect(lambda: self.chosen and self._shortcuts.reset(self.chosen))
        self._shortcuts.changed.connect(self._refresh)

    def _add(self) -> None:
        if self.chosen is not None:
            self._give((*self._shortcuts.keys(self.chosen), self.key.keySequence()))

    def _give(self, keys: tuple[QKeySequence, ...]) -> None:
        if self.chosen is not None:
            self._shortcuts.give(self.chosen, keys)
            self.key.clear()

    def _begin(self) -> None:
        self.key.clear()
        self._show()

    def _show(self) -> None:
        """What can be done with the key that was pressed, and whose it is."""
        entry, key = self.chosen, self.key.keySequence()
        pressed = entry is not None and not key.isEmpty()
        able = pressed and takeable(key)
        self.change.setEnabled(able)
        self.add.setEnabled(able)
        self.remove.setEnabled(entry is not None and bool(self._shortcuts.keys(entry)))
        self.back.setEnabled(entry is not None and self._shortcuts.is_own(entry))
        others = [other for other in self._shortcuts.owners(key) if other is not entry] if pressed else []
        if pressed and not able:
            said = self.tr("{key} moves, confirms or pans everywhere: it can't be the key of a command.")
        elif others:
            said = self.tr("{key} is the key of “{other}”, which loses it.")
        else:
            said = ""
        other = plain(others[0].text) if others else ""
        self.warning.setText(said.format(key=shown(key), other=other))

    def _refresh(self) -> None:
        model = self.table.rows.sourceModel()
        for row, entry in enumerate(EDITABLE):
            model.setData(model.index(row, 2), self._keys(entry))
            font = self.font()
            font.setBold(self._shortcuts.is_own(entry))
            model.setData(model.index(row, 2), font, Qt.ItemDataRole.FontRole)
        self.keymap.setCurrentIndex(self.keymap.findData(self._shortcuts.keymap))
        self._show()

    def _keys(self, entry: Action) -> str:
        return " · ".join(dict.fromkeys(shown(key) for key in self._shortcuts.keys(entry) if typed(key)))

    def _row(self, entry: Action) -> list[QStandardItem]:
        texts = plain(entry.text), plain(entry.menu), self._keys(entry)
        row = [QStandardItem(text) for text in texts]
        row[0].setData(entry.id, ENTRY)
        row[0].setData(translated(entry.also), ALSO)
        font = self.font()
        font.setBold(self._shortcuts.is_own(entry))
        row[2].setFont(font)
        return row

    def _space(self) -> list[QStandardItem]:
        texts = self.tr("Pan, while held"), plain(EDIT), self.tr("Space")
        return [QStandardItem(text) for text in texts]
