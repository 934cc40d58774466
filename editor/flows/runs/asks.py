"""What is asked for: from a click on Find or Repaint to the orders that come of it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.document.commands import update_draft
from core.document.composite import Composite
from core.document.order import Order, Orders
from core.document.state import State, area
from core.document.strokes import Mode
from core.edit.removing import check_told, removal
from core.edit.request import EditRequest, unclicked
from core.edit.words.lora_tags import without_tags
from core.errors import InputError
from core.photo.masks.boxed import BoxedMask
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.flows.models.photographs import Photographs
from editor.flows.runs.queue import Queue
from editor.flows.runs.sentences import Sentences
from editor.flows.runs.variants import Variants


class Asks(QObject):
    """Prompts, settings, picture and mask as they are at the click; nothing runs by it yet.

    asked         a search or an edit is wanted: what is being typed is meant as it stands
    queryMissing  the user has to say first what it should be;  wordsMissing: or what is there
    wanted        the orders that come of it
    when_masked   does something once the mask is what was asked for before
    opening       another picture is being opened: nothing can be asked for
    """

    asked = Signal()
    queryMissing = Signal()
    wordsMissing = Signal()
    wanted = Signal(tuple)

    def __init__(
        self,
        document: Document,
        canvas: Canvas,
        says: Sentences,
        queue: Queue,
        variants: Variants,
        photographs: Photographs,
    ) -> None:
        super().__init__(says)
        self._document, self._canvas, self._says = document, canvas, says
        self._queue, self._variants, self._photographs = queue, variants, photographs
        self._n = 1  # variants of the next repaint
        self.when_masked: Callable[[Callable[[], object]], object] = lambda go: go()
        self.opening = False

    def draw_many(self, n: int) -> None:
        """So many variants are drawn by a repaint from now on."""
        self._n = n

    def find(self) -> None:
        """Find the region; prompts and picture as they are now, or when a model is there that can do it. It
        is put into the mask by the mode that is chosen over the canvas.

        What is there is enough to be said: it is found as a selection.
        """
        self.find_by(self._canvas.selecting.mode)

    def find_by(self, mode: Mode) -> None:
        """Likewise, by another mode."""
        if self._ready(searches=True) is not None:
            self.when_masked(partial(self._find_by, mode))

    def _find_by(self, mode: Mode) -> None:
        if self._lacks_mask(mode):
            bar = self._says.lacking(mode, partial(self.find_by, Mode.REPLACE))
            bar.until(self._canvas.selecting.changed)
        else:
            self._photographs.when_suited(partial(self._find, mode), self._words, searches=True)

    def look_closer(self) -> None:
        """Find the region anew, its place first, where a search of the whole picture may have missed it. With
        what is found the settings say so too, and undo takes back both.
        """
        if self._ready(searches=True) is not None:
            self._when_ready(partial(self._find, Mode.REPLACE, closer=True), self._words, searches=True)

    def _find(self, mode: Mode, *, closer: bool = False) -> None:
        picture = self._ready(searches=True)
        if picture is None:
            return
        request = self._request(searches=True)
        if closer:
            request = request.closer or request
        order = Order.of(self._document.state, picture, request, searches=True).with_(mode=mode)
        if any(map(order.repeats, self._queue.all)):  # a second search would find the same
            self._says.repeated(self._queue.changed, lambda: self._queue.running is None)
        else:
            self.wanted.emit((order,))

    def repaint(self) -> None:
        """Repaint what is masked. Without a mask it is found first; a mask made empty is asked about.

        A mask that was found for other words is found anew, unless the hand has had a part in it.
        Pressed again with nothing changed, whether the edit is finished or not, it draws the next seed.
        A photograph that the model can't edit, and words of which it knows none, are asked about before
        anything runs.
        """
        if self._ready() is not None:
            self._when_ready(self._repaint, self._words)

    def _repaint(self) -> None:
        document = self._document
        if self._ready() is None:
            return
        request, mask, made = self._request(), document.mask(), document.state.mask
        if request.method.masked and mask is None and made.is_touched and not made.sleeps:
            self._says.empty("", partial(self.find_by, Mode.REPLACE), self.repaint_whole)
        else:
            orders = self._variants.more(request, mask, self._n)
            self.wanted.emit(orders or self._orders(request, mask, self._n))

    def remove(self) -> None:
        """Take away what is masked, or without a mask what is named as being there, which is found first.

        Once, however many variants a repaint draws: there is one way for a thing to be gone.
        """
        if self._opened() is not None:
            self._when_ready(self._remove, self._removed)

    def _remove(self) -> None:
        document = self._document
        if self._opened() is None:
            return
        draft, mask = self._request(), document.usable_mask()
        what = without_tags(draft.reference).strip()
        try:
            check_told(what, masked=mask is not None)
        except InputError as error:
            self._says.told_first(error)
            self.wordsMissing.emit()
            return
        request = removal(draft, draft.reference, () if isinstance(draft.area, str) else ("area",))
        self.wanted.emit(self._variants.more(request, mask, 1) or self._orders(request, mask))

    def repaint_whole(self) -> None:
        """The same edit over the whole picture: decoded without a mask, for this once."""
        if self._ready() is not None:
            self._when_ready(self._repaint_whole, self._words)

    def _repaint_whole(self) -> None:
        if self._ready() is not None:
            request = self._document.request()
            self.wanted.emit(self._orders(request.with_(method=request.method.unmasked), None, self._n))

    def edit_whole(self, accepted: int = -1) -> None:
        """Turn to the method that edits the whole picture, and repaint with it.

        accepted: the document's revision with the edit that a mask tried to hold; it is taken back first,
        unless the user has gone on since.
        """
        if accepted == self._document.revision:
            self._document.undo(offers=False)
        self._document.adjust(update_draft(method=self._document.request().method.unmasked))
        self.repaint()

    def placed(self, request: EditRequest, state: State) -> EditRequest:
        """With the area that the canvas frames, which depends on the edit before. state: it begins with."""
        pixels = self._canvas.frame.pixels
        place = None if pixels is None else area(state, pixels)
        return request if place is None else request.with_(area=place)

    def _orders(self, request: EditRequest, mask: BoxedMask | None, n: int = 1) -> Orders:
        """What to draw for an edit of the picture as it is seen: as a variant of a layer, if it is one.

        n  of several seeds, to choose from
        """
        self._variants.settle()
        document = self._document
        assert document.composite is not None
        if not request.remove:  # the engine places what will have grown
            request = self.placed(request, document.state)
        order = Order.of(document.state, document.composite, request, mask)
        return self._variants.spread(order, n)

    def _request(self, *, searches: bool = False) -> EditRequest:
        """The settings of now; what is found anew has none of the clicks that were made on what is there."""
        request, mask = self._document.request(), self._document.state.mask
        return unclicked(request) if mask.sleeps or (searches and mask.heat is not None) else request

    def _when_ready(
        self, go: Callable[[], None], words: Callable[[], str], *, searches: bool = False
    ) -> None:
        """`go`, once the mask is there, and a model that can do it. words: what is asked for"""
        self.when_masked(partial(self._photographs.when_suited, go, words, searches=searches))

    def _words(self) -> str:
        draft = self._document.request()
        return without_tags(draft.query).strip() or without_tags(draft.reference).strip()

    def _removed(self) -> str:
        what = without_tags(self._document.request().reference).strip()
        return self.tr("Remove {what}").format(what=what).strip()

    def _lacks_mask(self, mode: Mode) -> bool:
        """Nothing could come of a search by this mode: there is no mask, nor will one be found before it."""
        if not mode.needs_mask or any(order.seeks for order in self._queue.all):
            return False
        state = self._document.state
        return state.mask.awake(state.draft).is_empty

    def _opened(self) -> Composite | None:
        """The picture to work on, once it is there."""
        self.asked.emit()
        picture = self._document.composite
        if picture is None:
            self._says.open_first()
        return None if self.opening else picture

    def _ready(self, *, searches: bool = False) -> Composite | None:
        """The picture to work on, once everything is there that a run needs, or a search alone."""
        picture = self._opened()
        if picture is None:
            return None
        request = self._document.request()
        if without_tags(request.query).strip():
            return picture
        if not searches:
            self._says.query_first()
            self.queryMissing.emit()
            return None
        if not without_tags(request.reference).strip():
            self._says.words_first()
            self.wordsMissing.emit()
            return None
        return picture
