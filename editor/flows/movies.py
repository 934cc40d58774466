"""Tools → Movie: frames in the worker, shown and played back in a dialog, the movie in a file."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from editor.banner import Banner
from editor.document.document import Document
from editor.flows.movie_dialog import MovieDialog
from editor.jobs import Jobs


class Movies(QObject):
    """Opens the dialog: on the picture as shown, or for a movie from the model alone."""

    def __init__(self, document: Document, jobs: Jobs, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._jobs, self._banner, self._window = document, jobs, banner, window

    def open(self) -> MovieDialog | None:
        """The dialog, shown; None while something runs."""
        if self._jobs.busy:
            self._banner.notice(self.tr("Something is still running."), self.tr("Wait for it, or stop it."))
            return None
        document = self._document
        request, picture = document.request(), document.picture
        dialog = MovieDialog(request, picture, document.mask(), self._jobs, self._window)
        dialog.open()
        return dialog
