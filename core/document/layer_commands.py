"""What the user can do to layers. Each function returns a command, State → State; KeyError where no layer or
variant has the id.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from core.document.commands import Command, set_heat
from core.document.layer import Layer, Variant, beneath, new_id
from core.document.merging import merged
from core.document.plane import Plane
from core.document.state import State
from core.document.strokes import Mode, Strokes
from core.edit.request import EditRequest
from core.edit.result import EditResult, HeatMap
from core.errors import InputError
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.patch import Patch
from core.photo.rect import Rect, Size

T = TypeVar("T")


def take_drawn(
    shown: Variant,
    aside: Sequence[tuple[str, Variant]] = (),
    *,
    name: str,
    place: str | None = None,
    at: int | None = None,
    others: tuple[Variant, ...] = (),
    found: tuple[HeatMap, EditRequest] | None = None,
) -> Command:
    """Keep some of several drawings: one that is shown, and others as hidden layers just above it.

    aside   those, by the names of their layers
    name    of the layer that the one becomes
    place   the layer in whose place it is shown instead, if that is still there: what that showed is kept
            beside it
    at      its place among the layers of now, 0 at the bottom; None: topmost
    others  to be kept beside what is shown
    found   the heat map that all were drawn through, and what it was found for: it becomes the mask, where
            there is none
    """

    def command(state: State) -> State:
        index = next((n for n, one in enumerate(state.layers) if one.id == place), None)
        if index is not None:
            before = state.layers[index]
            kept = (*others, before.variant, *before.others)
            layers = [before.showing(shown.retouched_as(before.variant), kept)]
            below, above = state.layers[:index], state.layers[index + 1 :]
        else:
            index = len(state.layers) if at is None else at
            layers = [Layer(name, shown, others)]
            below, above = state.layers[:index], state.layers[index:]
        layers += [Layer(called, variant, visible=False) for called, variant in aside]
        state = state.with_(layers=(*below, *layers, *above))
        return set_heat(*found)(state) if found is not None and state.mask.is_empty else state

    return command


def show_variant(layer: str, variant: Variant) -> Command:
    """Show a new variant in a layer's place; what was shown before is kept beside it."""
    return _to(layer, lambda one: one.showing(variant, (one.variant, *one.others)))


def next_variant(layer: str) -> Command:
    """Show the first of those kept beside it; what was shown becomes the last. ValueError for none."""

    def change(one: Layer) -> Layer:
        first, *rest = one.others
        return one.showing(first, (*rest, one.variant))

    return _to(layer, change)


def drop_shown_variant(layer: str) -> Command:
    """Forget what is shown, and show the first of the others in its place. ValueError for none."""

    def change(one: Layer) -> Layer:
        first, *rest = one.others
        return one.showing(first, tuple(rest))

    return _to(layer, change)


def drop_variant(layer: str, variant: str) -> Command:
    """Forget one of those that are kept beside what is shown."""
    return _to(layer, lambda one: one.with_(others=_without(one.others, _position(one, variant))))


def keep_variant(layer: str, variant: str, name: str) -> Command:
    """Make one of those that are kept beside what is shown a hidden layer of its own, just above."""

    def command(state: State) -> State:
        index = state.index(layer)
        one = state.layers[index]
        at = _position(one, variant)
        apart = Layer(name, one.others[at], visible=False, opacity=one.opacity)
        rest = one.with_(others=_without(one.others, at))
        return state.with_(layers=(*state.layers[:index], rest, apart, *state.layers[index + 1 :]))

    return command


def show_layer(layer: str, visible: bool) -> Command:
    """Show or hide it."""
    return _to(layer, lambda one: one.with_(visible=visible))


def set_opacity(layer: str, opacity: float) -> Command:
    """0 … 1. ValueError beyond."""
    return _to(layer, lambda one: one.with_(opacity=opacity))


def rename_layer(layer: str, name: str) -> Command:
    """Call it otherwise."""
    return _to(layer, lambda one: one.with_(name=name))


def duplicate_layer(layer: str, name: str) -> Command:
    """The same once more, just above, called `name`."""

    def command(state: State) -> State:
        index = state.index(layer)
        twin = replace(state.layers[index], name=name, id=new_id())
        return state.with_(layers=(*state.layers[: index + 1], twin, *state.layers[index + 1 :]))

    return command


def delete_layer(layer: str) -> Command:
    """Take it away, with all that was drawn in its place."""
    return lambda state: state.with_(layers=_without(state.layers, state.index(layer)))


def merge_down(layer: str) -> Command:
    """Make one layer of it and the one below, which keeps its name and place; see `core.document.merging`.

    InputError when nothing lies below or one of the two is hidden.
    """

    def command(state: State) -> State:
        index = state.index(layer)
        if not index:
            raise InputError("There is no layer below this one.", "Move it up first.")
        lower, upper = state.layers[index - 1 : index + 1]
        if not (lower.visible and upper.visible):
            raise InputError("A hidden layer can't be merged.", "Show both layers first.")
        assert state.photo is not None
        one = merged(lower, upper, state.photo.space)
        return state.with_(layers=(*state.layers[: index - 1], one, *state.layers[index + 1 :]))

    return command


def paint_layer(layer: str, rect: Rect, patch: Patch) -> Command:
    """Raise the layer's own mask to `patch`, uint8 (h, w), at `rect`, which may stick out of its box."""
    return _to(layer, lambda one: _showing(one, one.variant.painted(rect, patch, erases=False)))


def erase_layer(layer: str, rect: Rect, patch: Patch) -> Command:
    """Lower the layer's own mask to 255 − `patch`, uint8 (h, w), at `rect`, which may stick out as well."""
    return _to(layer, lambda one: _showing(one, one.variant.painted(rect, patch, erases=True)))


def select_layer(layer: str, plane: Plane, mode: Mode) -> Command:
    """Put a selection into the layer's own mask, as `mode` says."""
    return _to(layer, lambda one: one.with_(variant=one.variant.selected(plane, mode)))


def put_variant(layer: str, variant: Variant) -> Command:
    """What was made of what the layer shows, in its place."""
    return _to(layer, lambda one: one.with_(variant=variant))


def variant_of(
    result: EditResult,
    size: Size,
    over: tuple[Layer, ...],
    region: BoxedMask | None = None,
    made_with: Strokes | None = None,
) -> Variant:
    """What a run drew, as a layer shows it.

    size       (W, H) of the photo
    over       the layers that it was drawn over, as they were when it was asked for
    region     the mask that it was asked for with; None: found on the way, or none
    made_with  the strokes of the document's mask, if that was it

    InputError when the result is of another size.
    """
    if result.mask.size != size:
        raise InputError("This edit was made for a picture of another size.", "Repaint to make it anew.")
    request, heat = result.request, result.heat
    if not request.method.masked:
        region = None
    elif region is None and heat is not None:
        region = heat.mask(request.find, size)
    below = beneath(over, result.area)
    mask = result.mask.values
    return Variant(result.box, result.drawn, mask, request, result.area, below, made_with, region=region)


def _to(layer: str, change: Callable[[Layer], Layer]) -> Command:
    def command(state: State) -> State:
        index = state.index(layer)
        changed = change(state.layers[index])
        return state.with_(layers=(*state.layers[:index], changed, *state.layers[index + 1 :]))

    return command


def _showing(layer: Layer, variant: Variant) -> Layer:
    """The very same layer, where it shows that already."""
    return layer if variant is layer.variant else layer.with_(variant=variant)


def _position(layer: Layer, variant: str) -> int:
    for at, other in enumerate(layer.others):
        if other.id == variant:
            return at
    raise KeyError(variant)


def _without(items: tuple[T, ...], at: int) -> tuple[T, ...]:
    return items[:at] + items[at + 1 :]
