"""Several drawings of one edit, over the picture until one of them is kept."""

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from core.document.drawn import Drawn, Undecided
from core.document.layer import Variant, new_id
from core.document.layer_commands import take_drawn, variant_of
from core.document.order import Order, Orders
from core.document.twin import only_reseeded, seeds, twin
from core.edit.progress import Progress
from core.edit.removing import seeded_title, title
from core.edit.request import EditRequest
from core.edit.result import EditResult, HeatMap
from core.photo.masks.boxed import BoxedMask
from editor.banner import Banner
from editor.canvas.view import Canvas
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.runs.drawings import Drawings
from editor.flows.runs.queue import Queue
from editor.flows.runs.seeds import Seeds
from editor.flows.runs.variant_view import VariantView


class Variants(QObject):
    """They are orders of one group, of one start and through one mask. None is in the picture before it is
    kept, though the document holds them, to be saved with it (`Document.choice`); what else it does meanwhile
    is no matter to them.

    changed       some came or went, or another is shown
    covering      `VariantView.covering`
    stopWanted    nothing more is to be drawn;  restUnwanted: of a group, by its name, and no question asked
    kept          what came of an order is in the picture
    """

    changed = Signal()
    stopWanted = Signal()
    restUnwanted = Signal(str)
    kept = Signal(Drawn)

    def __init__(self, document: Document, queue: Queue, canvas: Canvas, banner: Banner) -> None:
        super().__init__(canvas)
        self._document, self._queue, self._banner = document, queue, banner
        self._view = VariantView(document, canvas)
        self.strip, self.covering = self._view.strip, self._view.covering
        self.seeds = Seeds(document)
        self._drawings = Drawings()
        self._halted: Order | None = None  # stopped, and asked about
        self._reached: Variant | None = None  # by that
        self._seen: Orders = ()  # those that were decided about last, kept or not: not to be drawn once more
        self._look = QTimer(self, singleShot=True, interval=0)
        self._bind()

    def _bind(self) -> None:
        wishes = self.strip.list
        wishes.walked.connect(self._walk)
        wishes.markWanted.connect(self._mark)
        wishes.dropWanted.connect(self._drop)
        wishes.keepWanted.connect(self.keep)
        wishes.noneWanted.connect(self.keep_none)
        self._banner.placed.connect(self.strip.leave_above)
        self._look.timeout.connect(self._look_at_queue)
        self._queue.changed.connect(self._look.start)
        self._document.changed.connect(self._hear)
        self._document.pending.offered.connect(self._offer)
        self._document.pending.decided.connect(self._decide_again)

    @property
    def is_open(self) -> bool:
        """There are some that nobody has decided about."""
        return len(self._drawings) > 0

    # -- what is asked for

    def more(self, request: EditRequest, mask: BoxedMask | None, n: int) -> Orders:
        """`n` more from the start of those that are there, if that is what `request` draws through their
        mask, else none.
        """
        for one in reversed(self._drawings.all):
            order = self._first(one.order.group) or one.order
            if self._is_of(order, request, mask):
                group = self._drawings.group(order.group)
                waiting = (other.request for other in self._queue.waiting if other.group == order.group)
                seen = (other.request for other in self._seen if other.group == order.group)
                asked = (*(other.order.request for other in group), *waiting, *seen)
                drawn = {other.seed for other in asked if only_reseeded(other, request)}
                if request.area == "auto":
                    request = request.with_(area=order.request.area)
                return self._orders(order, request, n, drawn, order.group)
        return ()

    def _is_of(self, first: Order, request: EditRequest, mask: BoxedMask | None) -> bool:
        """`request` is one more of the group of which this is the first, with its mask, if that is known."""
        hand = self._document.state.mask
        if mask is None and first.found is not None:
            same = first.leaves_mask(hand)  # it isn't the document's yet
        else:
            same = first.keeps_mask(mask, hand)
        return same and first.draws_as(request, mask, hand)

    def _first(self, group: str) -> Order | None:
        """One of a group with the mask that all of it are drawn through, once that is known."""
        known = (*(one.order for one in self._drawings.group(group)), *self._queue.all)
        return next((one for one in known if one.group == group and one.mask is not None), None)

    def spread(self, order: Order, n: int) -> Orders:
        """The edit from `n` seeds, in the place of the layer that it would draw once more, if it is there or
        will be.
        """
        state, chosen = order.start, self._document.chosen.layer
        edits = (one for one in reversed(self._queue.all) if not one.searches)
        ahead = [one for one in edits if one.draws_as(order.request, order.mask, state.mask)]
        layer = twin(state, order.request, order.mask, None if chosen is None else chosen.id)
        if layer is not None:
            order = order.with_(again=layer.id)
            order = order.with_(picture=order.picture.under(order.over))
        else:
            order = next((order.beside(one) for one in ahead if one.is_over(state.layers)), order)
        home = next((one for one in state.layers if one.id == order.home(state.layers)), None)
        drawn = set() if home is None else seeds(home, order.request, order.mask)
        alike = [one for one in (*ahead, *self._seen) if one.keeps_mask(order.mask, state.mask)]
        drawn |= {one.request.seed for one in alike if only_reseeded(one.request, order.request)}
        return self._orders(order, order.request, n, drawn, new_id())

    def _orders(self, order: Order, request: EditRequest, n: int, drawn: set[int], group: str) -> Orders:
        """Of one start; the seed that the first is drawn from is seen in the panel."""
        then = self._document.request()
        requests = self.seeds.series(request, n, drawn)
        group = group if n > 1 or self._drawings.group(group) else ""  # one by itself is no choice
        drafts = self.seeds.pressed(then)
        return tuple(order.with_(request=one, group=group, drafts=drafts, id=new_id()) for one in requests)

    def frozen(self, order: Order) -> Order:
        """With the mask of the first one of its group, once that is known."""
        first = self._first(order.group) if order.group and order.seeks else None
        if first is None:
            return order
        request = order.request.with_(area=first.request.area)
        return order.with_(request=request, mask=first.mask, made_with=first.made_with, found=first.found)

    # -- what comes of it

    def begin(self, order: Order) -> None:
        """It is being drawn, and so will be those of its group that wait."""
        if not order.group:
            return
        self._drawings.begin(order)
        self._drawings.add(*(other for other in self._queue.waiting if other.group == order.group))
        self._show()

    def follow(self, order: Order, step: Progress) -> None:
        """What it looks like on the way."""
        one = self._drawings.of(order)
        if one is not None and not one.halted:
            one.share = step.share
            one.preview = one.preview if step.preview is None else step.preview
            self._view.show_cells(self._drawings)

    def halt(self, order: Order | None) -> None:
        """It was stopped, and whether what it had reached is wanted is asked; None: it is asked no more."""
        self._halted, self._reached = order, None
        for one in self._drawings.all:
            one.halted = order is not None and one.order.id == order.id
            one.share = None if one.halted else one.share
        self._look.start()
        self._show()

    def show_halted(self, reached: Variant) -> None:
        """This it had reached, and is seen in the picture's place."""
        self._reached = reached
        self._show()

    def take(self, order: Order, result: EditResult, *, is_global: bool) -> None:
        """It is finished. InputError when it is of another size than the photo."""
        size = self._document.state.mask.size
        variant = variant_of(result, size, order.over, order.mask, order.made_with)
        if result.heat is not None:
            order = order.with_(mask=variant.region, found=(result.heat, order.request))
        self._drawings.finish(Drawn(order, variant, is_global, result.notices))
        self._show()

    def _look_at_queue(self) -> None:
        """What waits no longer and is not being drawn will not be."""
        known = {order.id for order in self._queue.all}
        if self._halted is not None:
            known.add(self._halted.id)
        self._drawings.drop(lambda one: one.drawn is None and one.order.id not in known)
        self._show()

    # -- what is decided

    def keep(self) -> None:
        """What is shown becomes the layer, and those that are marked hidden ones over it; the others go."""
        self._keep(beside=False)

    def settle(self) -> None:
        """What is shown is meant, for it is gone on from: kept, with the others beside it in its layer."""
        self._keep(beside=True)

    def keep_none(self) -> None:
        """The picture is as it was. While some are being drawn it stops that, and what is finished stays.

        Undo offers them again, and so does the sentence that says so.
        """
        running = self._queue.running
        if running is not None and self._drawings.group(running.group):
            self.stopWanted.emit()
            return
        left, self._drawings = self._drawings, Drawings()
        self._queue.drop(lambda order: bool(left.group(order.group)))  # held, or they would be under way
        left.drop(lambda one: one.drawn is None)
        self._show()
        if not left.all:
            return
        self._seen = tuple(one.order for one in left.all)
        text = self.tr("Keep none of the variants")
        self._document.decide(left.choice, text)
        bar = self._banner.notice(self.tr("None of the variants was kept."))
        tip = self.tr("Back to the strip of variants (as Undo does)")
        bar.add(self.tr("Show Them Again"), tip, self._document.undo)
        bar.until(self._document.changed, lambda _: self._document.undo_text != text)

    def _keep(self, *, beside: bool) -> None:
        one = self._drawings.shown
        if one is None or one.drawn is None:
            return
        order, group = one.order, self._drawings.group(one.order.group)
        self.restUnwanted.emit(order.group)
        finished = [other for other in group if other.drawn is not None]
        rest = [(n.marked, n.order, n.drawn.variant) for n in finished if n is not one and n.drawn]
        aside = [(seeded_title(of.request), variant) for marked, of, variant in rest if marked]
        others = [variant for marked, _, variant in rest if beside and not marked]
        decided = self._drawings.choice_of(finished)
        self._drawings.drop(lambda other: other.order.group == order.group)
        self._view.show(self._drawings)  # the document has them until the layer is there
        query = title(one.drawn.variant.request or order.request)
        layers = self._document.state.layers
        home = order.home(layers)
        command = take_drawn(
            one.drawn.variant,
            aside,
            name=query,
            place=home,
            at=order.place(layers),
            others=tuple(others),
            found=self._mask_found(order),
        )
        moved = self.seeds.moved(order)
        text = self.tr("Repaint: {query}") if home is None else self.tr("Run again: {query}")
        self._document.apply(command, text.format(query=query), drafts=moved, decided=decided)
        self._seen = tuple(of.order for of in finished)
        self.kept.emit(one.drawn)

    def _mask_found(self, order: Order) -> tuple[HeatMap, EditRequest] | None:
        """The heat map that the group was drawn through, where the document may take it up."""
        return order.found if order.leaves_mask(self._document.state.mask) else None

    # -- what is shown, and what the document does

    def _walk(self, at: int) -> None:
        self._drawings.select(at)
        self._show()

    def _mark(self, at: int) -> None:
        self._drawings.mark(at)
        self._view.show_cells(self._drawings)
        self._document.pending.keep_choice(self._drawings.choice)

    def _drop(self, at: int) -> None:
        """One that waits is not drawn; one that is being drawn stays until it is stopped."""
        if not 0 <= at < len(self._drawings):
            return
        one = self._drawings.all[at]
        if one.drawn is not None:
            decided = replace(self._drawings.choice_of([one]), shown=one.order.id)
            self._drawings.drop(lambda other: other is one)
            self._seen = (*self._seen, one.order)
            self._show()
            self._document.decide(decided, self.tr("Drop a variant"))
        else:
            self._queue.drop(lambda order: order.id == one.order.id)

    def _hear(self, change: Changed) -> None:
        if change.what & What.PHOTO:
            choice, unfinished = self._document.pending.choice, self._document.pending.orders
            self._drawings = Drawings.of_choice(choice, unfinished)
            self._seen, self._halted = (), None
        elif not change.what & (What.LAYERS | What.PICTURE):
            return
        self._show()

    def _offer(self, choice: Undecided) -> None:
        """What was decided about them is undone."""
        self._drawings.offer(choice)
        self._show()

    def _decide_again(self, choice: Undecided) -> None:
        """It is redone."""
        self._drawings.drop(lambda one: one.order.id in choice.ids)
        self._show()

    def _show(self) -> None:
        halted, reached = self._halted, self._reached
        self._view.show(self._drawings, (halted, reached) if halted and reached else None)
        self._document.pending.keep_choice(self._drawings.choice)
        self.changed.emit()
