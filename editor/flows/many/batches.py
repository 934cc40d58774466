"""Tools → Batch: the same edit to many pictures, by processes of their own, watched by a thread."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from editor.document.changes import What
from editor.document.document import Document
from editor.flows.many.many import Many

if TYPE_CHECKING:
    from editor.flows.many.batch_dialog import BatchDialog

GRACE = 10_000  # milliseconds: its workers are ended at once, its reports written


class Batches(Many["BatchDialog"]):
    """With the settings of the window, which the next batch follows."""

    FOLLOWED = What.DRAFT

    def __init__(
        self, document: Document, window: QWidget | None, folder: Callable[[], Path] = Path.home
    ) -> None:
        super().__init__(document, window, folder)
        self._typed: tuple[tuple[str, ...], tuple[int, ...]] | None = None  # into the dialog before

    def close(self) -> bool:
        """Stop a batch that runs, and wait for it: what is done is written down. Whether it has ended.

        It is given up where it looks for pictures on a disk that doesn't answer.
        """
        return self._dialog is None or self._dialog.end(GRACE)

    def _make(self) -> "BatchDialog":
        from editor.flows.many.batch_dialog import BatchDialog

        dialog = BatchDialog(self._document.request, self._window, folder=self._folder)
        if self._typed is not None:
            dialog.form.recall(self._typed)
        return dialog

    def _stops(self) -> str:
        return self.tr(
            "A batch is at its pictures. Quitting stops it; started again, it goes on with what is left."
        )

    def _follow(self, dialog: "BatchDialog") -> None:
        dialog.judge()

    def _keep(self, dialog: "BatchDialog") -> None:
        self._typed = dialog.form.typed()
