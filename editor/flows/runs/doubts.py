"""Before a run: the question whether it is wanted by words of which the model knows none."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.document.order import Order
from core.edit.words.notices import doubted, guesses, named, strange
from core.edit.words.token_count import TokenCount
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.runs.tokens import Tokens


class Doubts(QObject):
    """`othersWanted`: the user will say a prompt (by its name) in others than these words of it."""

    othersWanted = Signal(str, tuple)

    def __init__(self, document: Document, words: Tokens, banner: Banner) -> None:
        super().__init__(banner)
        self._document, self._words, self._banner = document, words, banner
        self._meant: set[str] = set()  # prompts that shall be taken at their word

    def when_clear(
        self,
        order: Order,
        go: Callable[[], None],
        doubtful: Callable[[], None],
        anyway: Callable[[], None],
    ) -> None:
        """`go`, once it is clear that the model knows what it is to find or to draw, or the user meant it.

        Else `doubtful`, and the user is asked; `anyway`, if it is wanted nevertheless.
        """

        def decide(counts: dict[str, TokenCount]) -> None:
            prompts = named(order.request)
            found = doubted(counts, seeks=order.searches or order.seeks)
            found = {name: count for name, count in found.items() if prompts[name] not in self._meant}
            if found:
                self._ask(order, found, anyway)
                doubtful()
            else:
                go()

        self._words.when_known(order.request, decide)

    def _ask(self, order: Order, found: dict[str, TokenCount], go: Callable[[], None]) -> None:
        asked = {name: named(order.request)[name] for name in found}

        def anyway() -> None:
            self._meant.update(asked.values())
            go()

        def now() -> dict[str, str]:
            prompts = named(self._document.request())
            return {name: prompts[name] for name in asked}

        first, count = next(iter(found.items()))
        bar = self._banner.ask(
            " ".join(strange(name, one) for name, one in found.items()),
            (self._anyway(order), anyway),
            (self.tr("Other Words"), lambda: self.othersWanted.emit(first, count.unknown)),
            hint=guesses(self._words.knows or ""),
        )
        if now() == asked:
            bar.until(self._document.changed, lambda _: now() != asked)
        bar.until(self._words.learned)

    def _anyway(self, order: Order) -> str:
        if order.searches:
            return self.tr("Find Anyway")
        return self.tr("Remove Anyway") if order.request.remove else self.tr("Repaint Anyway")
