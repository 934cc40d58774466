"""What comes of a run: into the document where it belongs, or a sentence over the canvas."""

from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from core.document.commands import Command, select_found, set_heat
from core.document.mask import Mask
from core.document.order import Order
from core.document.state import State
from core.document.strokes import Mode
from core.edit.removing import not_found, title
from core.edit.result import EditResult, HeatMap
from core.edit.words.notices import is_of_a_prompt
from core.errors import CoreError, InputError, LostError
from editor.banner import Banner
from editor.document.combined import lacking
from editor.document.document import Document
from editor.flows.runs.run_state import RunState
from editor.flows.runs.sentences import Sentences
from editor.flows.runs.variants import Variants


class NextSteps(Protocol):
    """What can be done next."""

    def find_by(self, mode: Mode) -> None: ...
    def repaint_whole(self) -> None: ...
    def edit_whole(self, accepted: int = -1) -> None: ...

    def look_closer(self) -> None: ...


class Arrivals(QObject):
    """The document may have moved on, and nothing of what was done meanwhile is undone by it.

    accepted  an edit is in the document
    """

    accepted = Signal()

    def __init__(
        self, document: Document, banner: Banner, says: Sentences, variants: Variants, ways: NextSteps
    ) -> None:
        super().__init__(says)
        self._document, self._banner = document, banner
        self._says, self._variants, self._ways = says, variants, ways
        variants.kept.connect(lambda one: self._tell(one.order, one.notices, is_global=one.is_global))

    def take_found(self, order: Order, heat: HeatMap) -> Mask:
        """What was found becomes the document's mask, or is put into it by the order's mode, unless the hand
        has made another of it meanwhile: what was painted on the one that was to be replaced stays, over what
        is found. The order's own mask, with the strokes that it was asked for with.
        """
        find, request = order.request.find, order.request
        mask, then = self._document.state.mask, order.start.mask
        under, selected = set_heat(heat, request), select_found(heat, request, order.mode)
        seen = mask.awake(self._document.state.draft)
        if order.searches and order.mode.needs_mask and seen.is_empty:
            alone = select_found(heat, request, Mode.REPLACE)
            self._says.found_late(lambda: self._take(order, alone), lacking(order.mode))
        elif order.searches and (order.leaves_mask(mask) or order.mode is not Mode.REPLACE):
            self._take(order, selected)
        elif order.leaves_mask(mask) or (order.searches and mask.inverted is then.inverted):
            self._take(order, under)
        elif order.searches:
            self._says.found_late(lambda: self._take(order, selected))
        return then.with_heat(heat, find.threshold, find.grow, find.snap, clicks=find.clicks)

    @staticmethod
    def prepare(order: Order, heat: HeatMap, state: State) -> None:
        """On any thread: what `take_found` needs of a large picture. Masks keep what they have worked out."""
        if not (order.mode.needs_mask and state.mask.awake(state.draft).is_empty):
            select_found(heat, order.request, order.mode)(state)

    def leaves_found(self, order: Order, run: RunState) -> bool:
        """What was found for an edit is the document's mask, or becomes it, if nothing else is kept of it."""
        searched = run.found or (order.seeks and run.heat is not None)
        return searched and order.leaves_mask(self._document.state.mask)

    def _take(self, order: Order, command: Command) -> None:
        """One undo entry, of what was found and of the setting that found it, where that was another."""
        draft = self._document.state.draft
        closer = draft.closer if order.looks_closer else None
        if closer is None:
            self._document.receive(command, self.tr("Find mask"))
            return

        def both(state: State) -> State:
            return command(state.with_(draft=state.draft.closer or state.draft))

        self._document.receive(both, self.tr("Find mask"), drafts=(draft, closer))

    def tell_found(self, order: Order, heat: HeatMap) -> None:
        """What is wrong with what a search has found."""
        now = self._document.state.mask
        find = order.request.find
        cut = now.size, find.threshold, find.grow, find.snap, find.clicks
        empty = not heat.small(*cut).any() if order.searches else now.is_empty
        if order.request.remove:
            self._banner.error(not_found(order.request))
        elif not self._is_meant(order):
            if heat.same or (empty and not heat.is_global):
                self._says.failed(title(order.request), heat.nothing(order.request.find))
        elif heat.same:
            self._says.same()
        elif heat.is_global and order.request.query.strip():  # else it is no edit
            self.tell_global()
        elif empty:
            self._says.unclear()
        elif order.searches and now.heat is heat and now.is_empty:
            self._says.gone(order.mode)

    def accept(self, order: Order, result: EditResult, *, is_global: bool) -> None:
        """Keep an edit, or what is to be chosen from. is_global: no region stood out in what was found."""
        again = order.home(self._document.state.layers) is not None
        text = self.tr("Run again: {query}") if again else self.tr("Repaint: {query}")
        if order.request.remove and not again:
            text = "{query}"
        try:
            if order.group:
                self._variants.take(order, result, is_global=is_global)
                return
            moved = self._variants.seeds.moved(order)
            self._document.accept(order, result, text.format(query=title(result.request)), moved)
        except CoreError as error:
            self._banner.error(error)
            return
        self._tell(order, result.notices, is_global=is_global)

    def _tell(self, order: Order, notices: tuple[str, ...], *, is_global: bool) -> None:
        """It is in the document."""
        self.accepted.emit()
        if is_global and self._is_meant(order) and not order.request.remove:
            self.tell_global(self._document.revision)
        shown = self._is_meant(order)  # what is to be said of the prompts stands under them
        told = self._document.model.told
        fresh = (one for one in notices if one not in told and not (shown and is_of_a_prompt(one)))
        self._says.noticed(tuple(fresh))

    def tell_failed(self, order: Order, heat: HeatMap | None, error: CoreError) -> None:
        """An order came to nothing. heat: what was found for it before that."""
        searched = order.seeks and not order.searches and heat is not None and isinstance(error, InputError)
        if not self._is_meant(order) and not isinstance(error, LostError):
            self._says.failed(title(order.request), error)
        elif not searched or order.again is not None or order.request.remove:
            self._banner.error(error)
        elif heat is not None and heat.is_global:
            self.tell_global()
        else:
            # the search ended, and what it found holds no region
            find = partial(self._ways.find_by, Mode.REPLACE)
            self._says.empty(error.message, find, self._ways.repaint_whole)

    def tell_global(self, accepted: int = -1) -> None:
        """No mask will hold this edit. accepted: as for `Asks.edit_whole`."""
        closer = self._ways.look_closer if accepted < 0 and self._document.model.closer() else None
        self._says.everywhere(lambda: self._ways.edit_whole(accepted), closer)

    def _is_meant(self, order: Order) -> bool:
        """Its words are those of now."""
        then, now = order.start.draft, self._document.state.draft
        return (then.reference, then.query) == (now.reference, now.query)
