"""Tools → Batch: the same edit to many pictures, by processes of their own, watched by a thread."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from editor.banner import Banner
from editor.document.document import Changed, Document, What
from editor.flows.many.many_dialog import bring

if TYPE_CHECKING:
    from editor.flows.many.batch_dialog import BatchDialog

GRACE = 10_000  # milliseconds: its workers are ended at once, its reports written


class Batches(QObject):
    """Opens the dialog, which follows the settings of the window; one at a time."""

    def __init__(
        self,
        document: Document,
        banner: Banner,
        window: QWidget,
        folder: Callable[[], Path] = Path.home,
    ) -> None:
        """folder: where its file dialogs begin."""
        super().__init__(window)
        self._folder = folder
        self._document, self._banner, self._window = document, banner, window
        self._dialog: BatchDialog | None = None
        self._typed: tuple[tuple[str, ...], tuple[int, ...]] | None = None  # into the dialog before

    def open(self) -> "BatchDialog":
        """The dialog, or the one that is open, brought to the front."""
        if self._dialog is None:
            from editor.flows.many.batch_dialog import BatchDialog

            self._dialog = BatchDialog(self._document.request, self._window, folder=self._folder)
            if self._typed is not None:
                self._dialog.form.recall(self._typed)
            self._document.changed.connect(self._follow)
            self._dialog.finished.connect(self._forget)
        bring(self._dialog)
        return self._dialog

    def close(self) -> bool:
        """Stop a batch that runs, and wait for it: what is done is written down. Whether it has ended.

        It is given up where it looks for pictures on a disk that doesn't answer.
        """
        return self._dialog is None or self._dialog.end(GRACE)

    def _follow(self, change: Changed) -> None:
        if self._dialog is not None and change.what & What.DRAFT:
            self._dialog.judge()

    def _forget(self) -> None:
        if self._dialog is not None:
            self._typed = self._dialog.form.typed()
            self._document.changed.disconnect(self._follow)
            self._dialog.deleteLater()
            self._dialog = None
