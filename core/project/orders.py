"""Edits that wait for their turn ↔ what is stored of them, each with its start."""

from core.document.composite import Composite
from core.document.order import Order, Orders
from core.document.state import State
from core.edit.request import request_from
from core.errors import InputError
from core.photo.photo import Photo
from core.project.packing import Get, Packer, recipe, unpack, unpack_region
from core.project.stored import StoredOrder, StoredOrders


def pack_orders(packer: Packer, orders: Orders) -> StoredOrders:
    """Their arrays go where those of the states go, each once; so does a start that they share."""
    starts: list[State] = []
    for order in orders:
        if all(order.start is not start for start in starts):
            starts.append(order.start)
    stored = tuple(
        StoredOrder(
            order.id,
            recipe(order.request),
            next(n for n, start in enumerate(starts) if start is order.start),
            None if order.mask is None else packer.region(order.mask),
            order.made_with is not None,
            order.again,
            order.searches,
            order.group,
        )
        for order in orders
    )
    return StoredOrders(tuple(map(packer.state, starts)), stored)


def unpack_orders(stored: StoredOrders, photo: Photo, get: Get) -> Orders:
    """The orders again, over their photo; those of one start share it. Errors as for `packing.unpack`."""
    starts = [unpack(start, photo, get) for start in stored.starts]
    pictures = [Composite(photo, start.layers) for start in starts]
    found: list[Order] = []
    for one in stored.orders:
        if not one.start < len(starts):
            raise InputError("This work can't be opened: an edit waits that begins with nothing.")
        start, picture = starts[one.start], pictures[one.start]
        mask = None if one.mask is None else unpack_region(one.mask, photo, get)
        strokes = start.mask.strokes if one.corrected else None
        request = request_from(one.request)
        order = Order(request, start, picture, mask, strokes, None, one.searches, one.group, one.id)
        if one.again is not None:
            if all(layer.id != one.again for layer in start.layers):
                raise InputError("This work can't be opened: an edit waits for a layer that isn't there.")
            order = order.with_(again=one.again)
            order = order.with_(picture=picture.under(order.over))
        found.append(order)
    return tuple(found)
