"""Tools → Movie: frames in the worker, shown and played back in a dialog, the movie in a file."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from editor.banner import Banner
from editor.document.document import Document
from editor.jobs import Jobs

if TYPE_CHECKING:
    from editor.flows.many.movie_dialog import MovieDialog
    from editor.flows.many.movie_form import Typed


class Movies(QObject):
    """Opens the dialog: on the picture as shown, or for a movie from the model alone."""

    def __init__(self, document: Document, jobs: Jobs, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._jobs, self._banner, self._window = document, jobs, banner, window
        self._typed: Typed | None = None  # into the dialog before

    def open(self) -> "MovieDialog | None":
        """The dialog, shown; None while something runs."""
        if self._jobs.busy:
            bar = self._banner.notice(
                self.tr("Something is still running."), self.tr("Wait for it, or stop it.")
            )
            bar.until(self._jobs.busyChanged)
            return None
        from editor.flows.many.movie_dialog import MovieDialog

        document = self._document
        dialog = MovieDialog(
            document.request(), document.composite, document.mask(), self._jobs, self._window
        )
        if self._typed is not None:
            dialog.form.recall(self._typed)
        dialog.finished.connect(lambda: self._remember(dialog))
        dialog.open()
        return dialog

    def _remember(self, dialog: "MovieDialog") -> None:
        self._typed = dialog.form.typed()
