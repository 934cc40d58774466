"""Tools → Movie: frames in the worker, shown and played back in a dialog, the movie in a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from editor.document.document import Changed, Document, What
from editor.flows.many.many_dialog import bring
from editor.jobs import Jobs

if TYPE_CHECKING:
    from editor.flows.many.movie_dialog import MovieDialog
    from editor.flows.many.movie_form import Typed


class Movies(QObject):
    """Opens the dialog: on the picture as shown, which it follows, or for a movie from the model alone.

    It leaves the window free to edit on: edits go between two frames. folder: where its file is proposed.
    """

    def __init__(
        self, document: Document, jobs: Jobs, window: QWidget, folder: Callable[[], Path] = Path.home
    ) -> None:
        super().__init__(window)
        self._folder = folder
        self._document, self._jobs, self._window = document, jobs, window
        self._dialog: MovieDialog | None = None
        self._typed: Typed | None = None  # into the dialog before

    def open(self) -> "MovieDialog":
        """The dialog, shown, or the one that is open, brought to the front."""
        document = self._document
        if self._dialog is None:
            from editor.flows.many.movie_dialog import MovieDialog

            self._dialog = MovieDialog(
                document.request(),
                document.composite,
                document.mask(),
                self._jobs,
                self._window,
                folder=self._folder(),
            )
            if self._typed is not None:
                self._dialog.form.recall(self._typed)
            self._dialog.finished.connect(self._forget)
            document.changed.connect(self._follow)
        bring(self._dialog)
        return self._dialog

    def close(self) -> bool:
        """The window closes: what runs is stopped by then."""
        if self._dialog is not None:
            self._dialog.done(0)
        return True

    def _follow(self, change: Changed) -> None:
        """The next movie is made of what is there then."""
        document = self._document
        if self._dialog is not None and change.what & ~What.HISTORY:
            self._dialog.follow(document.request(), document.composite, document.mask())

    def _forget(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            self._typed = dialog.form.typed()
            self._document.changed.disconnect(self._follow)
