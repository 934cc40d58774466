"""The user's own presets: taken from a menu, kept from the settings of now, looked after in a dialog."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from core.document.commands import take_preset
from core.edit.saved_preset import GUIDANCE, SETTINGS, Presets, SavedPreset
from core.errors import CoreError
from editor.banner import Banner
from editor.document.document import Document


class OwnPresets(QObject):
    """What the menu of presets does. Taking one is undone like everything else."""

    def __init__(self, document: Document, presets: Presets, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._presets = document, presets
        self._banner, self._window = banner, window

    def fill(self, menu: QMenu) -> None:
        """Every preset, and what can be done with them; other windows may have changed them."""
        menu.clear()
        for preset in self._presets.all():
            self._add(menu, preset)
        menu.addSeparator()
        menu.addAction(self.tr("Save All &Settings…"), partial(self._keep, SETTINGS)).setToolTip(
            self.tr("Everything but prompts, seed, area and model, under a name")
        )
        self._add_keep(menu)
        menu.addAction(self.tr("&Manage…"), self.manage).setToolTip(
            self.tr("Rename, delete, import, export and copy presets")
        )

    def add_guidance(self, menu: QMenu) -> None:
        """Those of the guidance alone, and keeping another."""
        menu.addSeparator()
        for preset in self._presets.all():
            if preset.is_guidance:
                self._add(menu, preset)
        menu.addSeparator()
        self._add_keep(menu)

    def take(self, preset: SavedPreset) -> None:
        """Set what the preset says; one undo entry."""
        self._document.apply(
            take_preset(preset), self.tr("preset “{name}”").format(name=preset.name), settings=True
        )

    def manage(self) -> None:
        """Open the dialog that looks after them."""
        from editor.flows.presets.presets_dialog import PresetsDialog

        PresetsDialog(self._presets, self._window).open()

    def _add(self, menu: QMenu, preset: SavedPreset) -> None:
        action = menu.addAction(preset.name.replace("&", "&&"), partial(self.take, preset))
        action.setToolTip(self.tr("Guidance alone") if preset.is_guidance else self.tr("All settings"))

    def _add_keep(self, menu: QMenu) -> None:
        menu.addAction(self.tr("Save the &Guidance…"), partial(self._keep, GUIDANCE)).setToolTip(
            self.tr("The weight over the steps and how it is combined, under a name")
        )

    def _keep(self, fields: tuple[str, ...]) -> None:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Save Preset"))
        dialog.setLabelText(self.tr("Name (a preset that has it already is replaced)"))
        meant = dialog.exec() == QInputDialog.DialogCode.Accepted
        dialog.deleteLater()
        if meant and dialog.textValue().strip():
            self.keep(dialog.textValue(), fields)

    def keep(self, name: str, fields: tuple[str, ...]) -> None:
        """Save the draft's `fields` under a name that isn't blank."""
        try:
            self._presets.save(SavedPreset.of(name, self._document.state.draft, fields))
        except CoreError as error:
            self._banner.error(error)
