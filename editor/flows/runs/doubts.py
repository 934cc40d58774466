"""Before a run: the question whether an edit is wanted whose words the model doesn't know."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.edit.request import EditRequest
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.runs.tokens import Tokens


class Doubts(QObject):
    """`othersWanted`: the user will say it in other words."""

    othersWanted = Signal()

    def __init__(self, document: Document, words: Tokens, banner: Banner) -> None:
        super().__init__()
        self._document, self._words, self._banner = document, words, banner
        self._meant = ""  # strange words that shall be painted anyway

    def when_clear(
        self,
        request: EditRequest,
        go: Callable[[], None],
        doubted: Callable[[], None],
        anyway: Callable[[], None],
    ) -> None:
        """`go`, once it is clear that the model knows what it is to draw, or the user meant it before.

        Else `doubted`, and the user is asked; `anyway`, if it is wanted nevertheless.
        """

        def decide(strange: tuple[str, ...]) -> None:
            if not strange or request.query == self._meant:
                go()
            else:
                self._ask(request.query, strange, anyway)
                doubted()

        self._words.when_known(request, decide)

    def _ask(self, query: str, strange: tuple[str, ...], go: Callable[[], None]) -> None:
        def anyway() -> None:
            self._meant = query
            go()

        text = self.tr("The model knows no word of what it should be: {words}.")
        hint = self.tr("It would paint something, but not that. It knows {knows}.")
        bar = self._banner.ask(
            text.format(words=", ".join(strange)),
            (self.tr("Repaint Anyway"), anyway),
            (self.tr("Other words"), self.othersWanted.emit),
            hint=hint.format(knows=(self._words.knows or "").rstrip(".")),
        )
        if self._document.request().query == query:
            bar.until(self._document.changed, lambda _: self._document.request().query != query)
        bar.until(self._words.learned)
