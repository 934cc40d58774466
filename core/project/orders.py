"""What was asked for and isn't in the document ↔ what is stored of it, each edit with its start."""

from collections.abc import Iterable

from core.document.composite import Composite
from core.document.drawn import Drawn, Undecided
from core.document.order import Order, Orders
from core.document.state import State
from core.edit.request import EditRequest, request_from
from core.edit.result import HeatMap
from core.errors import InputError
from core.photo.photo import Photo
from core.project.packing import Get, Packer, Unpacker, recipe, recipes, requests, unpack
from core.project.stored import StoredChoice, StoredDrawn, StoredFound, StoredOrder, StoredOrders, StoredState


def pack_orders(packer: Packer, orders: Orders, choice: Undecided) -> StoredOrders:
    """Their arrays go where those of the states go, each once; so does a start that they share."""
    starts: list[State] = []
    for order in (*orders, *(one.order for one in choice.drawn)):
        if all(order.start is not start for start in starts):
            starts.append(order.start)
    waiting = tuple(_order(packer, order, starts) for order in orders)
    drawn = tuple(
        StoredDrawn(
            _order(packer, one.order, starts), packer.variant(one.variant), one.is_global, one.notices
        )
        for one in choice.drawn
    )
    chosen = StoredChoice(drawn, choice.places, choice.marked, choice.shown)
    return StoredOrders(tuple(map(packer.state, starts)), waiting, chosen)


def _order(packer: Packer, order: Order, starts: list[State]) -> StoredOrder:
    found = order.found
    return StoredOrder(
        order.id,
        recipe(order.request),
        next(n for n, start in enumerate(starts) if start is order.start),
        None if order.mask is None else packer.region(order.mask),
        order.made_with is not None,
        order.again,
        order.searches,
        order.group,
        None if found is None else StoredFound(packer.heat(found[0]), recipe(found[1])),
        recipes(order.drafts),
        order.mode,
    )


def unpack_orders(stored: StoredOrders, photo: Photo, get: Get) -> tuple[Orders, Undecided]:
    """What waits and what is to be chosen from, over their photo; those of one start share it again. Errors
    as for `packing.unpack`.
    """
    reader = _Reader(stored.starts, photo, get)
    choice = stored.choice
    drawn = tuple(
        Drawn(reader.order(one.order), reader.parts.variant(one.variant), one.is_global, one.notices)
        for one in choice.drawn
    )
    waiting = tuple(map(reader.order, stored.orders))
    return waiting, Undecided(drawn, choice.places, choice.marked, choice.shown)


class _Reader:
    """Reads orders that begin with some of the same documents."""

    def __init__(self, starts: Iterable[StoredState], photo: Photo, get: Get) -> None:
        self.parts = Unpacker(photo, get)
        self._starts = [unpack(start, photo, get) for start in starts]
        self._pictures = [Composite(photo, start.layers) for start in self._starts]

    def order(self, stored: StoredOrder) -> Order:
        if not stored.start < len(self._starts):
            raise InputError("This work can't be opened: an edit waits that begins with nothing.")
        start, picture = self._starts[stored.start], self._pictures[stored.start]
        order = Order(
            request_from(stored.request),
            start,
            picture,
            None if stored.mask is None else self.parts.region(stored.mask),
            start.mask.strokes if stored.corrected else None,
            None,
            stored.searches,
            stored.group,
            None if stored.found is None else self._found(stored.found),
            requests(stored.drafts),
            stored.mode,
            stored.id,
        )
        return order if stored.again is None else self._in_place(order, stored.again)

    def _found(self, stored: StoredFound) -> tuple[HeatMap, EditRequest]:
        return self.parts.heat(stored.heat), request_from(stored.request)

    def _in_place(self, order: Order, layer: str) -> Order:
        """Drawn in a layer's place, over what lies below it."""
        if all(one.id != layer for one in order.start.layers):
            raise InputError("This work can't be opened: an edit waits for a layer that isn't there.")
        order = order.with_(again=layer)
        return order.with_(picture=order.picture.under(order.over))
