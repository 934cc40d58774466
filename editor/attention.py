"""Where the keyboard is and what waits, while a picture is opened and while edits are asked for."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from editor.canvas.look import LookCover
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.flows.files.files import Files
from editor.flows.runs.runs import Runs
from editor.keys import takes_text
from editor.statusbar import StatusBar


class Attention(QObject):
    def __init__(
        self,
        document: Document,
        files: Files,
        runs: Runs,
        canvas: Canvas,
        cover: LookCover,
        status: StatusBar,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._runs, self._window = document, runs, window
        self._canvas, self._cover, self._status = canvas, cover, status
        runs.taken.connect(self._leave_words)
        for news in (files.opened, files.closed):
            news.connect(self._opened)
        files.opening.begun.connect(self._begin_opening)
        files.opening.looked.connect(lambda look: cover.cover(look.pixels, look.size))
        files.opening.ended.connect(self._end_opening)

    def _begin_opening(self, name: str) -> None:
        """What works on a picture waits for the next one. The keyboard comes to it, and is left where the
        user takes it meanwhile: the rest of a word would be keys of tools.
        """
        self._canvas.setFocus()
        self._runs.wait(True)
        self._status.set_opening(name)
        self._cover.uncover()  # of the one asked for before

    def _end_opening(self) -> None:
        self._runs.wait(False)
        self._status.set_opening(None)
        self._cover.uncover()

    def _opened(self) -> None:
        """Another picture is there, or none is any more."""
        orders = self._document.pending.orders  # of the project, or of what is restored
        self._runs.forget()
        self._runs.bring_back(orders)
        if not takes_text(self._window.focusWidget()):
            self._canvas.setFocus()

    def _leave_words(self, at_once: bool) -> None:
        """The keyboard comes to the picture, so that undo means the edit, not the typing. It stays in the
        words while one edit after the other is lined up: the next words would be keys of tools.
        """
        if not at_once:
            return
        strip = self._runs.variants.strip
        (self._canvas if strip.isHidden() else strip.list).setFocus()
