"""Tools → Movie: frames in the worker, shown and played back in a dialog, the movie in a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from editor.document.document import Document
from editor.flows.many.many import Many
from editor.jobs import Jobs

if TYPE_CHECKING:
    from editor.flows.many.movie_dialog import MovieDialog
    from editor.flows.many.movie_form import Typed


class Movies(Many["MovieDialog"]):
    """On the picture as shown, or for a movie from the model alone.

    The window stays free to edit on: edits go between two frames.
    """

    def __init__(
        self, document: Document, jobs: Jobs, window: QWidget | None, folder: Callable[[], Path] = Path.home
    ) -> None:
        super().__init__(document, window, folder)
        self._jobs = jobs
        self._typed: Typed | None = None  # into the dialog before

    def _make(self) -> "MovieDialog":
        from editor.flows.many.movie_dialog import MovieDialog

        document = self._document
        dialog = MovieDialog(
            document.request(),
            document.composite,
            document.mask(),
            self._jobs,
            self._window,
            folder=self._folder(),
        )
        if self._typed is not None:
            dialog.form.recall(self._typed)
        return dialog

    def _stops(self) -> str:
        return self.tr(
            "A movie is being made. Quitting stops it; made again, it goes on from its finished frames."
        )

    def _follow(self, dialog: "MovieDialog") -> None:
        """The next movie is made of what is there then."""
        document = self._document
        dialog.follow(document.request(), document.composite, document.mask())

    def _keep(self, dialog: "MovieDialog") -> None:
        self._typed = dialog.form.typed()
