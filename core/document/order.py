"""An edit that was asked for, frozen with its start: drawn from this alone, however the document moves on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from core.document.commands import Command, set_heat
from core.document.composite import Composite
from core.document.layer import Layer, Variant, beneath, new_id, same_layers
from core.document.layer_commands import show_variant, variant_of
from core.document.mask import Mask
from core.document.state import State
from core.document.strokes import Mode, Strokes
from core.document.twin import draws_again, same_mask
from core.edit.removing import title
from core.edit.request import EditRequest
from core.edit.result import EditResult, HeatMap
from core.photo.masks.boxed import BoxedMask


@dataclass(frozen=True, eq=False)
class Order:
    """One search or edit as it was asked for.

    request    prompts and settings
    start      the document as it was: photo, layers, the hand's mask
    picture    what is drawn over: its photo under `over`
    mask       what may change; None: it is found first, or the method has none
    made_with  the strokes of `mask`, if it is the document's own
    again      the id of the layer in whose place it draws, over what lies below
    searches   nothing is drawn: the mask alone is wanted;  mode: what becomes of the one that is there
    group      shared by orders that belong together, "" by itself
    found      the heat map that `mask` was cut from for the group, and what that was found for; None if the
               mask is the document's
    drafts     the settings before it was asked for and after, where that changed the seed
    """

    request: EditRequest
    start: State
    picture: Composite
    mask: BoxedMask | None = None
    made_with: Strokes | None = None
    again: str | None = None
    searches: bool = False
    group: str = ""
    found: tuple[HeatMap, EditRequest] | None = None
    drafts: tuple[EditRequest, EditRequest] | None = None
    mode: Mode = Mode.REPLACE
    id: str = field(default_factory=new_id)

    @staticmethod
    def of(
        state: State,
        picture: Composite,
        request: EditRequest,
        mask: BoxedMask | None = None,
        *,
        searches: bool = False,
    ) -> "Order":
        """An edit of the picture as `state` shows it, through this mask of it."""
        strokes = state.mask.strokes if request.method.masked else None
        return Order(request, state, picture, mask, strokes, searches=searches)

    def with_(self, **changes: object) -> "Order":
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def over(self) -> tuple[Layer, ...]:
        """The layers that it is drawn over, bottom to top."""
        layers = self.start.layers
        return layers if self.again is None else layers[: self.start.index(self.again)]

    @property
    def seeks(self) -> bool:
        """Its mask is found before anything is drawn."""
        return self.request.method.masked and self.mask is None

    @property
    def goes_on(self) -> bool:
        """A search of its own comes first, for the hand's strokes apply to what is found."""
        return self.seeks and not self.searches and self.start.mask.is_corrected

    @property
    def looks_closer(self) -> bool:
        """A search for the place first, which isn't what the settings said: they will, by what it finds."""
        return self.searches and self.request.seeks_place and self.start.draft.closer is not None

    def repeats(self, other: "Order") -> bool:
        """It would come to the very same: nothing has changed between the two."""
        one, two = self.start, other.start
        there = one.photo is two.photo and one.mask is two.mask and same_layers(one.layers, two.layers)
        asked, others = (
            (order.request.method, order.request.find.look_in, order.again, order.searches, order.mode)
            for order in (self, other)
        )
        return there and one.draft == two.draft and asked == others

    def beside(self, ahead: "Order") -> "Order":
        """The same edit from the start of another that isn't finished, so that both become one layer's."""
        start = self.start.with_(layers=ahead.start.layers)
        return self.with_(start=start, picture=ahead.picture, again=ahead.again)

    def is_over(self, layers: Sequence[Layer]) -> bool:
        """What it is drawn over is there and seen as it was, whatever has been finished since."""
        over = [(one.id, one.visible, one.opacity) for one in self.over]
        ids = {id_ for id_, *_ in over}
        return over == [(one.id, one.visible, one.opacity) for one in layers if one.id in ids]

    def draws_as(self, request: EditRequest, mask: BoxedMask | None, hand: Mask) -> bool:
        """`request`, through what `mask` is of the document's `hand`, is this edit: the same words, the same
        place. The seed and other settings may differ.
        """
        place = None if self.seeks and self.leaves_mask(hand) else mask
        return draws_again(request, place, self.request, self.mask)

    def keeps_mask(self, mask: BoxedMask | None, hand: Mask) -> bool:
        """That mask is the very one that it draws through, though it may have to be found for it yet."""
        if not self.request.method.masked:
            return True
        return self.leaves_mask(hand) if self.mask is None else same_mask(mask, self.mask)

    def through(self, mask: Mask, request: EditRequest) -> "Order":
        """The same edit through a mask that was found for it; request: with what depends on it."""
        return self.with_(request=request, mask=mask.boxed(), made_with=mask.strokes)

    def place(self, layers: Sequence[Layer]) -> int:
        """Where its layer comes to lie among those of now, 0 at the bottom: over all that it was drawn over,
        and over what has come since; under what lay above it from the start.
        """
        under, known = ({one.id for one in some} for some in (self.over, self.start.layers))
        first = 1 + max((n for n, one in enumerate(layers) if one.id in under), default=-1)
        above = known - under - {self.again}
        return next((n for n in range(first, len(layers)) if layers[n].id in above), len(layers))

    def leaves_mask(self, mask: Mask) -> bool:
        """The hand's part of the document's mask is what it was: what is found may become the rest of it."""
        strokes = self.start.mask.strokes
        alike = mask.strokes.same(strokes) or mask.strokes.digest == strokes.digest
        return alike and mask.inverted is self.start.mask.inverted

    def home(self, layers: Sequence[Layer]) -> str | None:
        """The layer, by its id, that it draws once more: the one that it was asked for, if that is still
        there, or one that was asked for before it, from the same start by the same words. None: its own.
        """
        if any(layer.id == self.again for layer in layers):
            return self.again
        known = {layer.id for layer in self.start.layers}
        came = (layer for layer in reversed(layers) if layer.id not in known and layer.shows)
        drawn = ((layer, (layer.variant, *layer.others)) for layer in came)
        return next((layer.id for layer, those in drawn if any(map(self._draws_again, those))), None)

    def _draws_again(self, drawn: Variant) -> bool:
        same_start = drawn.beneath == beneath(self.over, drawn.area)
        return (
            same_start
            and drawn.request is not None
            and draws_again(self.request, self.mask, drawn.request, drawn.region)
        )

    def arrives(self, result: EditResult) -> Command:
        """Put what was drawn where it belongs: in its layer's place (`home`), or as a layer by `place`.

        It is the same layer whatever state it is put into. InputError when it is of another size than the
        photo.
        """
        variant = variant_of(result, self.start.mask.size, self.over, self.mask, self.made_with)
        layer = Layer(title(result.request), variant)

        def command(state: State) -> State:
            home = self.home(state.layers)
            if home is not None:
                before = state.layers[state.index(home)].variant
                return show_variant(home, variant.retouched_as(before))(state)
            at = self.place(state.layers)
            state = state.with_(layers=(*state.layers[:at], layer, *state.layers[at:]))
            if self.request.remove:  # what was found is gone: the next thing has a mask of its own
                return state
            if result.heat is None or not (state.mask.is_empty and self.leaves_mask(state.mask)):
                return state
            return set_heat(result.heat, self.request)(state)

        return command


Orders = tuple[Order, ...]


def without(orders: Orders, drop: Callable[[Order], bool]) -> Orders:
    """All but some, in their order."""
    return tuple(order for order in orders if not drop(order))


def moved(orders: Orders, order: str, place: int) -> Orders:
    """One of them, by its id, at another place: 0 is next, beyond the last is last. KeyError without it."""
    rest = without(orders, lambda one: one.id == order)
    if len(rest) == len(orders):
        raise KeyError(order)
    place = max(0, place)
    (one,) = without(orders, lambda other: other.id != order)
    return (*rest[:place], one, *rest[place:])
