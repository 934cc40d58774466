"""The presets in a list: renamed, deleted, handed on as files and as text."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel, QListWidgetItem, QVBoxLayout, QWidget

from core.edit.saved_preset import Presets, SavedPreset, read_preset
from core.errors import CoreError
from core.photo.files.atomic import write_atomic
from editor.widgets.button import push_button
from editor.widgets.named_list import NamedList, arrange


class PresetsDialog(QDialog):
    """Each change is kept at once."""

    def __init__(self, presets: Presets, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Presets"))
        self.resize(480, 360)
        self._presets = presets
        self.list = NamedList(
            self.tr("Presets"),
            self.tr("F2 renames, Delete deletes"),
            self.tr("No presets yet: Edit ▸ Presets ▸ Save All Settings"),
        )
        self.says = QLabel(wordWrap=True)
        self.rename = push_button(self.tr("&Rename"), self.tr("Give the chosen preset another name"))
        self.delete = push_button(self.tr("&Delete"), self.tr("Forget the chosen preset"))
        self.copy = push_button(self.tr("&Copy as Text"), self.tr("The chosen preset as text, to hand on"))
        self.export = push_button(self.tr("&Export…"), self.tr("The chosen preset as a file, to hand on"))
        self.import_ = push_button(self.tr("&Import…"), self.tr("Presets from files"))
        self.paste = push_button(self.tr("&Paste Text"), self.tr("A preset that was copied as text"))
        self._arrange()
        self._bind()
        self._show()

    @property
    def chosen(self) -> SavedPreset | None:
        return self.list.chosen

    def choose(self, name: str) -> None:
        """Make the preset of this name the chosen one."""
        for item in self.list.findItems(name, Qt.MatchFlag.MatchExactly):
            self.list.setCurrentItem(item)

    def take_files(self, paths: list[Path]) -> None:
        """Keep the presets that files hold; what can't be read is said."""
        self._each([lambda path=path: self._presets.save(read_preset(path)) for path in paths])

    def export_to(self, path: Path) -> None:
        """Write the chosen preset to a file."""
        preset = self.chosen
        if preset is not None:
            data = preset.to_json()
            self._each([lambda: write_atomic(path, lambda file: file.write(data))])

    def _arrange(self) -> None:
        column = QVBoxLayout()
        for button in (self.rename, self.delete, self.copy, self.export):
            column.addWidget(button)
        column.addStretch(1)
        for button in (self.paste, self.import_):
            column.addWidget(button)
        arrange(self, self.list, column, self.says)

    def _bind(self) -> None:
        self.list.currentItemChanged.connect(self._enable)
        self.list.renamed.connect(self._renamed)
        self.rename.clicked.connect(self.list.edit_name)
        self.delete.clicked.connect(self._delete)
        self.delete.setShortcut(Qt.Key.Key_Delete)
        self.copy.clicked.connect(self._copy)
        self.paste.clicked.connect(self._paste)
        self.export.clicked.connect(self._ask_where)
        self.import_.clicked.connect(self._ask_which)

    def _show(self) -> None:
        """The presets as they are now, the one that was chosen chosen again."""
        before = self.chosen
        self.list.fill(self._presets.all(), self._item, 0)
        if before is not None:
            self.choose(before.name)
        self._enable()

    def _item(self, preset: SavedPreset) -> QListWidgetItem:
        item = QListWidgetItem(preset.name)
        item.setToolTip(self.tr("Guidance alone") if preset.is_guidance else self.tr("All settings"))
        return item

    def _enable(self) -> None:
        for button in (self.rename, self.delete, self.copy, self.export):
            button.setEnabled(self.chosen is not None)

    def _renamed(self, preset: SavedPreset, name: str) -> None:
        self._each([lambda: self._presets.rename(preset.name, name)])
        self.choose(name)

    def _delete(self) -> None:
        preset = self.chosen
        if preset is not None:
            self._each([lambda: self._presets.remove(preset.name)])

    def _copy(self) -> None:
        if self.chosen is not None:
            QGuiApplication.clipboard().setText(self.chosen.to_json().decode())

    def _paste(self) -> None:
        text = QGuiApplication.clipboard().text()
        self._each([lambda: self._presets.save(SavedPreset.from_json(text))])

    def _ask_where(self) -> None:
        if self.chosen is None:
            return
        name = self.chosen.name.replace("/", "-")
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export Preset"), f"{name}.json", self.tr("Presets (*.json)")
        )
        if path:
            self.export_to(Path(path))

    def _ask_which(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Import Presets"), "", self.tr("Presets (*.json)")
        )
        self.take_files([Path(path) for path in paths])

    def _each(self, works: list[Callable[[], object]]) -> None:
        """Do all of them; what goes wrong with one is said and keeps none of the others."""
        said: list[str] = []
        for work in works:
            try:
                work()
            except CoreError as error:
                said.append(str(error))
        self.says.setText("\n".join(said))
        self._show()
