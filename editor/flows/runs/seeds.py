"""The seed that a press on Repaint draws: the field's, or the next one for a press with nothing changed."""

from collections.abc import Collection

from core.document.commands import update_draft
from core.document.order import Order
from core.edit.request import EditRequest
from core.edit.variants import series
from editor.document.changes import Changed, What
from editor.document.document import Document


class Seeds:
    """It is gone on from none but one that stands in the field as the last press left it: a seed that was
    typed, rolled or come back to by undo is meant.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left: int | None = document.state.draft.seed  # None: another has been there since
        self._rolled_from: EditRequest | None = None  # the settings before a roll that is part of a press
        document.changed.connect(self._hear)

    def series(self, request: EditRequest, n: int, drawn: Collection[int]) -> tuple[EditRequest, ...]:
        """`n` edits from the field's seed on, or from the next one; the field shows which.

        drawn: seeds of which this very edit has been drawn, or will be
        """
        if self._left is None:
            drawn = set(drawn) - {request.seed}
        requests = series(request, n, drawn)
        self._left = requests[0].seed
        if requests[0].seed != request.seed:
            changes = {"seed": requests[0].seed, "variation": requests[0].variation}
            self._document.adjust(update_draft(**changes))
        return requests

    def rolled(self, then: EditRequest) -> None:
        """The next press has rolled the field's seed: the settings before."""
        self._rolled_from = then

    def pressed(self, then: EditRequest) -> tuple[EditRequest, EditRequest] | None:
        """The settings before a press and after it, if it changed the seed. then: before, but for a roll."""
        then, now = self._rolled_from or then, self._document.state.draft
        self._rolled_from = None
        return None if then.seed == now.seed else (then, now)

    def moved(self, order: Order) -> tuple[EditRequest, EditRequest] | None:
        """What undo and redo of an order move of the settings: nothing if another seed was meant since."""
        return None if self._left is None else order.drafts

    def _hear(self, change: Changed) -> None:
        seed = self._document.state.draft.seed
        if change.what & What.PHOTO:
            self._left = seed
        elif change.what & What.DRAFT and seed != self._left:
            self._left = self._rolled_from = None
