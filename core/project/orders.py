"""Edits that wait for their turn ↔ what is stored of them, each with its start."""

from collections.abc import Sequence

from core.document.composite import Composite
from core.document.order import Order, Orders
from core.document.state import State
from core.edit.request import request_from
from core.errors import InputError
from core.photo.photo import Photo
from core.project.packing import Get, Packer, recipe, unpack, unpack_region
from core.project.stored import StoredOrder, StoredState


def pack_orders(packer: Packer, orders: Orders) -> tuple[StoredOrder, ...]:
    """Their arrays go where those of the states go, each once."""
    return tuple(
        StoredOrder(
            order.id,
            recipe(order.request),
            packer.state(order.start),
            None if order.mask is None else packer.region(order.mask),
            order.made_with is not None,
            order.again,
            order.searches,
            order.group,
        )
        for order in orders
    )


def unpack_orders(stored: Sequence[StoredOrder], photo: Photo, get: Get) -> Orders:
    """The orders again, over their photo; those of one start share it. Errors as for `packing.unpack`."""
    starts: list[tuple[StoredState, State, Composite]] = []
    found: list[Order] = []
    for one in stored:
        start = next((known for known in starts if known[0] == one.start), None)
        if start is None:
            state = unpack(one.start, photo, get)
            start = one.start, state, Composite(photo, state.layers)
            starts.append(start)
        _, state, picture = start
        mask = None if one.mask is None else unpack_region(one.mask, photo, get)
        strokes = state.mask.strokes if one.corrected else None
        request = request_from(one.request)
        order = Order(request, state, picture, mask, strokes, None, one.searches, one.group, one.id)
        if one.again is not None:
            if all(layer.id != one.again for layer in state.layers):
                raise InputError("This work can't be opened: an edit waits for a layer that isn't there.")
            order = order.with_(again=one.again)
            order = order.with_(picture=picture.under(order.over))
        found.append(order)
    return tuple(found)
