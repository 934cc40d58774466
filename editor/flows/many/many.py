"""What Movies, Grids and Batches share: one dialog beside the window, from its opening to its end."""

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from editor.document.changes import Changed, What
from editor.document.document import Document

if TYPE_CHECKING:
    from editor.flows.many.many_dialog import ManyDialog

D = TypeVar("D", bound="ManyDialog")


class Many(QObject, Generic[D]):
    """Opens the dialog, one at a time, which follows the document as long as it is open. What was typed into
    it stands there when it is opened again.

    A subclass makes it, says what it follows and what becomes of it by quitting, and keeps what was typed.
    """

    FOLLOWED = ~What.HISTORY

    def __init__(
        self, document: Document, window: QWidget | None, folder: Callable[[], Path] = Path.home
    ) -> None:
        """folder: where its files are proposed, and its file dialogs begin."""
        super().__init__(window)
        self._document, self._window, self._folder = document, window, folder
        self._dialog: D | None = None

    @abstractmethod
    def _make(self) -> D | None:
        """The dialog of the document as it is now; None where there can't be one, which is told."""

    @abstractmethod
    def _follow(self, dialog: D) -> None:
        """The document has changed."""

    @abstractmethod
    def _keep(self, dialog: D) -> None:
        """The dialog closes."""

    @abstractmethod
    def _stops(self) -> str:
        """A sentence: what is made, and what is left of it when that stops."""

    @property
    def stops(self) -> str:
        """What quitting would stop, as a sentence; "" while nothing is made."""
        return self._stops() if self._dialog is not None and self._dialog.goes_on else ""

    def open(self) -> D | None:
        """The dialog, shown, or the one that is open, brought to the front."""
        if self._dialog is None:
            self._dialog = self._make()
            if self._dialog is None:
                return None
            self._dialog.finished.connect(self._forget)
            self._document.changed.connect(self._hear)
        _bring(self._dialog)
        return self._dialog

    def close(self) -> bool:
        """The window closes: what runs is stopped by then. Whether it has ended."""
        if self._dialog is not None:
            self._dialog.done(0)
        return True

    def _hear(self, change: Changed) -> None:
        if self._dialog is not None and change.what & self.FOLLOWED:
            self._follow(self._dialog)

    def _forget(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            self._document.changed.disconnect(self._hear)
            self._keep(dialog)
            dialog.deleteLater()


def _bring(dialog: QDialog) -> None:
    """Show it before all others, as a window of its own: the one that is worked in lies over the other."""
    if not dialog.isVisible():
        dialog.setWindowFlags(Qt.WindowType.Window)
        dialog.winId()  # it has a handle from now on
        dialog.windowHandle().setTransientParent(None)  # type: ignore[arg-type] - Qt takes a null pointer
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
