"""What a stopped run had reached: seen in the picture's place until it is kept or dropped."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.document.layer_commands import variant_of
from core.document.order import Order
from core.edit.result import EditResult
from core.errors import CoreError
from editor.banner import Bar
from editor.document.pending import Pending
from editor.flows.runs.sentences import Sentences
from editor.flows.runs.variants import Variants
from editor.jobs import Jobs


class Halfway(QObject):
    """The question after Stop. Asked for at once, what Keep would give is what is seen.

    awaited  Keep was said before it was there: it is on its way
    kept     an EditResult: it is wanted;  dropped: it isn't;  failed: there is none
    """

    awaited = Signal(Order)
    kept = Signal(EditResult)
    dropped = Signal()
    failed = Signal(CoreError)

    def __init__(self, pending: Pending, jobs: Jobs, says: Sentences, variants: Variants) -> None:
        super().__init__(says)
        self._pending, self._jobs, self._says, self._variants = pending, jobs, says, variants
        self._order: Order | None = None  # that is asked about, or awaited
        self._result: EditResult | None = None
        self._question: Bar | None = None
        self._wanted = False
        self._then: list[Callable[[], object]] = []  # what waits for it
        jobs.reached.connect(self._arrive)
        jobs.keepFailed.connect(self._fail)

    @property
    def asks(self) -> bool:
        """Nobody has said yet what shall become of it."""
        return self._question is not None

    def ask(self, order: Order, i: int, n: int, *, found: bool) -> None:
        """It was stopped after i of n steps. found: its mask was, and stays."""
        self._order, self._result, self._wanted = order, None, False
        self._variants.halt(order)
        self._question = self._says.stopped(i, n, self._want, found=found)
        self._question.closed.connect(self._settle)
        self._pending.halt(True)
        self._jobs.keep()

    def when_kept(self, go: Callable[[], object]) -> None:
        """Keep it, if that is still a question, and then `go`: at once where nothing is asked or awaited, and
        not at all where there is none.
        """
        if self._order is None:
            go()
            return
        self._then.append(go)
        if self._question is not None:
            self._want()
            self._question.close()

    def forget(self) -> None:
        """What waits for it to be kept is not to be done any more."""
        self._then = []

    def drop(self) -> None:
        """It isn't wanted, if that is still a question."""
        if self._question is not None:
            self._question.close()

    def _want(self) -> None:
        self._wanted = True

    def _settle(self) -> None:
        """The question was answered or closed."""
        self._question = None
        self._pending.halt(False)
        if not self._wanted:
            self._end()
            self.dropped.emit()
        elif self._result is not None:
            self._hand_on(self._result)
        elif self._order is not None:
            self.awaited.emit(self._order)

    def _arrive(self, result: EditResult) -> None:
        if self._order is None:  # dropped meanwhile
            return
        if self._wanted and self._question is None:
            self._hand_on(result)
            return
        self._result, order = result, self._order
        size = order.picture.original.size
        self._variants.show_halted(variant_of(result, size, order.over, order.mask, order.made_with))

    def _hand_on(self, result: EditResult) -> None:
        """It goes where the edit would have gone, and what waits for it goes on."""
        then = self._then
        self._end()
        self.kept.emit(result)
        for go in then:
            go()

    def _fail(self, error: CoreError) -> None:
        asked = self._order is not None
        self._end()
        self._wanted = True  # nothing is dropped that isn't there
        self.drop()
        (self.failed if asked else self._jobs.disturbed).emit(error)

    def _end(self) -> None:
        self._order = self._result = None
        self._then = []
        self._variants.halt(None)
