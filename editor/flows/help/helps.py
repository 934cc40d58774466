"""Help: the command palette, the list of keys, the log folder, About."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox, QWidget

import core
from editor.log import log_folder
from editor.qactions import Actions
from editor.shortcuts import Shortcuts


class Helps(QObject):
    """What the Help menu opens."""

    def __init__(
        self,
        actions: Actions,
        shortcuts: Shortcuts,
        panels: Callable[[], list[QWidget]],
        preferences: Callable[[QWidget], QDialog],
        window: QMainWindow,
    ) -> None:
        """panels: those whose controls the palette finds; preferences: makes the dialog of that name."""
        super().__init__(window)
        self._preferences = preferences
        self._actions, self._shortcuts, self._panels, self._window = actions, shortcuts, panels, window

    def palette(self) -> None:
        from editor.flows.help.controls import controls
        from editor.flows.help.palette import Palette

        found = [control for panel in self._panels() for control in controls(panel)]
        Palette(self._actions, self._shortcuts, found, self._window).open()

    def keys(self) -> None:
        from editor.flows.help.keys_dialog import KeysDialog

        KeysDialog(self._shortcuts, self._window).open()

    def preferences(self) -> None:
        self._preferences(self._window).open()

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
