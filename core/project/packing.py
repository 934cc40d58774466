"""State ↔ what is stored of it. Arrays go to whoever keeps them, under the name of their content."""

import weakref
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from core.document.history import UndoEntry
from core.document.kept_mask import KeptMask
from core.document.layer import Layer, Variant
from core.document.mask import Mask
from core.document.plane import TILE, Plane
from core.document.state import State
from core.document.strokes import Strokes
from core.edit.request import EditRequest, request_from
from core.edit.result import HeatMap
from core.errors import InputError
from core.photo import rect as rects
from core.photo.masks import clicks
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo, digest
from core.photo.rect import Rect
from core.project.stored import (
    ArrayRef,
    Drafts,
    Recipe,
    StoredEntry,
    StoredHeat,
    StoredKept,
    StoredLayer,
    StoredMask,
    StoredRegion,
    StoredState,
    StoredStrokes,
    StoredTile,
    StoredVariant,
)
from core.text import from_json, to_json

Put = Callable[[ArrayRef, np.ndarray], object]
Get = Callable[[ArrayRef], np.ndarray]


class Packer:
    """Packs states for one keeper, which is handed each array once, however many states share it.

    put  keeps an array under its reference; only arrays that nobody changes are handed to it
    """

    def __init__(self, put: Put) -> None:
        self._put = put
        self._known: dict[int, tuple[weakref.ref[np.ndarray], ArrayRef]] = {}

    def entry(self, entry: UndoEntry) -> StoredEntry:
        """A step of the history."""
        return StoredEntry(entry.text, self.state(entry.state), recipes(entry.drafts))

    def nearest(
        self, entries: Sequence[UndoEntry], index: int, full: Callable[[int], bool]
    ) -> tuple[int, tuple[StoredEntry, ...]]:
        """The steps from the one at `index` outwards, which is always there, and which of them is the first.

        full  whether no more are wanted, after so many bytes of JSON; their arrays have been put by then
        """
        low = high = index
        stored = [self.entry(entries[index])]
        size = len(to_json(stored[0]))
        while (low > 0 or high < len(entries) - 1) and not full(size):
            if low > 0:
                low -= 1
                stored.insert(0, self.entry(entries[low]))
                size += len(to_json(stored[0]))
            if high < len(entries) - 1:
                high += 1
                stored.append(self.entry(entries[high]))
                size += len(to_json(stored[-1]))
        return low, tuple(stored)

    def state(self, state: State) -> StoredState:
        """Everything of a state but its photo."""
        mask = state.mask
        stored = StoredMask(
            heat=None if mask.heat is None else self.heat(mask.heat),
            auto=None if mask.auto is None else self._array(mask.auto),
            strokes=self._strokes(mask.strokes),
            inverted=mask.inverted,
            search=mask.search,
        )
        kept = tuple(StoredKept(one.id, one.name, self._plane(one.plane)) for one in state.kept)
        return StoredState(recipe(state.draft), tuple(map(self._layer, state.layers)), stored, kept)

    def _layer(self, layer: Layer) -> StoredLayer:
        others = tuple(map(self.variant, layer.others))
        return StoredLayer(
            layer.id, layer.name, self.variant(layer.variant), others, layer.visible, layer.opacity
        )

    def variant(self, variant: Variant) -> StoredVariant:
        """What one run drew."""
        region = variant.region
        return StoredVariant(
            variant.id,
            variant.box,
            self._array(variant.drawn),
            self._array(variant.mask),
            None if variant.request is None else recipe(variant.request),
            variant.area,
            variant.beneath,
            None if variant.made_with is None else self._strokes(variant.made_with),
            self._strokes(variant.retouch),
            None if region is None else self.region(region),
        )

    def region(self, mask: BoxedMask) -> StoredRegion:
        """A mask in its box."""
        return StoredRegion(mask.box, self._array(mask.values))

    def heat(self, heat: HeatMap) -> StoredHeat:
        """Where two prompts disagree."""
        maps = heat.snapped, heat.unsure, heat.guide
        snapped, unsure, guide = (None if one is None else self._array(one) for one in maps)
        values = self._array(heat.values)
        told = heat.even, heat.area, guide, heat.reach
        return StoredHeat(values, heat.same, snapped, heat.clamp, unsure, *told)

    def _strokes(self, strokes: Strokes) -> StoredStrokes:
        return StoredStrokes(self._plane(strokes.added), self._plane(strokes.erased))

    def _plane(self, plane: Plane) -> tuple[StoredTile, ...]:
        return tuple(StoredTile(*key, self._array(plane.tiles[key])) for key in sorted(plane.tiles))

    def _array(self, array: np.ndarray) -> ArrayRef:
        known = self._known.get(id(array))
        if known is not None and known[0]() is array:
            return known[1]
        ref = ArrayRef(digest(array), array.dtype.str[1:], array.shape)  # type: ignore[arg-type]
        self._put(ref, array)
        self._forget_the_dead()
        self._known[id(array)] = weakref.ref(array), ref
        return ref

    def _forget_the_dead(self) -> None:
        """Another array may have the place in memory, and the number, of one that is gone."""
        if len(self._known) % 1024 == 0:
            self._known = {key: pair for key, pair in self._known.items() if pair[0]() is not None}


def unpack_entry(stored: StoredEntry, photo: Photo, get: Get) -> UndoEntry:
    """The step that was stored. Arguments and errors as for `unpack`."""
    return UndoEntry(stored.text, unpack(stored.state, photo, get), drafts=requests(stored.drafts))


def unpack(stored: StoredState, photo: Photo, get: Get) -> State:
    """The state that was stored, over its photo. InputError for what doesn't fit it or together.

    get  the array of a reference, of that very kind and shape; the same one for the same reference, so that
         states share it again
    """
    reader = Unpacker(photo, get)
    layers, kept = tuple(map(reader.layer, stored.layers)), tuple(map(reader.kept, stored.kept))
    return State(photo, layers, reader.mask(stored.mask), request_from(stored.draft), kept)


def recipe(request: EditRequest) -> Recipe:
    """A request in JSON's own types."""
    return from_json(request.to_json(), dict[str, object])


def recipes(drafts: tuple[EditRequest, EditRequest] | None) -> Drafts | None:
    """Settings before and after, if there are any, likewise."""
    return None if drafts is None else (recipe(drafts[0]), recipe(drafts[1]))


def requests(drafts: Drafts | None) -> tuple[EditRequest, EditRequest] | None:
    """The same again."""
    return None if drafts is None else (request_from(drafts[0]), request_from(drafts[1]))


class Unpacker:
    """Reads for one photo, and trusts nothing: whatever is wrong would be an error much later. Arguments and
    errors as for `unpack`.
    """

    def __init__(self, photo: Photo, get: Get) -> None:
        self._size, self._get = photo.size, get

    def layer(self, stored: StoredLayer) -> Layer:
        others = tuple(map(self.variant, stored.others))
        return Layer(
            stored.name, self.variant(stored.variant), others, stored.visible, stored.opacity, stored.id
        )

    def mask(self, stored: StoredMask) -> Mask:
        heat = None if stored.heat is None else self.heat(stored.heat)
        auto = None if stored.auto is None else self._array(stored.auto, "u1", dimensions=2)
        _require(auto is None or heat is not None, "a mask is cut from no heat map")
        return Mask(self._size, heat, auto, self._strokes(stored.strokes), stored.inverted, stored.search)

    def kept(self, stored: StoredKept) -> KeptMask:
        return KeptMask(stored.name, self._plane(stored.tiles), self._size, stored.id)

    def variant(self, stored: StoredVariant) -> Variant:
        self._check_within(stored.box)
        if stored.area is not None:
            self._check_within(stored.area)
        width, height = stored.box[2:]
        request = None if stored.request is None else request_from(stored.request)
        return Variant(
            stored.box,
            self._array(stored.drawn, "u1", (height, width, 3)),
            self._array(stored.mask, "u1", (height, width)),
            request,
            stored.area,
            stored.beneath,
            None if stored.made_with is None else self._strokes(stored.made_with),
            self._strokes(stored.retouch),
            stored.id,
            None if stored.region is None else self.region(stored.region),
        )

    def region(self, stored: StoredRegion) -> BoxedMask:
        self._check_within(stored.box)
        values = self._array(stored.values, "u1", stored.box[:1:-1])
        return BoxedMask(values, stored.box, self._size)

    def heat(self, stored: StoredHeat) -> HeatMap:
        values = self._array(stored.values, "f4", dimensions=2)
        snapped, unsure = (
            None if one is None else self._array(one, "f4", dimensions=2)
            for one in (stored.snapped, stored.unsure)
        )
        for map_ in (values, snapped, unsure):
            sound = map_ is None or bool(np.isfinite(map_).all())
            _require(sound, "a heat map has values that are no numbers")
        if stored.area is not None:
            self._check_within(stored.area)
        shape = clicks.flat(self._size).shape
        guide = None if stored.guide is None else self._array(stored.guide, "u1", shape)
        told = stored.even, stored.area, guide, stored.reach
        return HeatMap(values, stored.same, snapped, stored.clamp, unsure, *told)

    def _strokes(self, stored: StoredStrokes) -> Strokes:
        return Strokes(self._plane(stored.added), self._plane(stored.erased))

    def _plane(self, tiles: Iterable[StoredTile]) -> Plane:
        columns, rows = rects.cells(rects.whole(self._size), TILE)[2:]
        found: dict[tuple[int, int], np.ndarray] = {}
        for tile in tiles:
            _require(tile.column < columns and tile.row < rows, "strokes lie outside the photo")
            found[tile.column, tile.row] = self._array(tile.values, "u1", (TILE, TILE))
        return Plane(found)

    def _array(
        self, ref: ArrayRef, kind: str, shape: tuple[int, ...] | None = None, dimensions: int = 0
    ) -> np.ndarray:
        fits = ref.shape == shape if shape is not None else len(ref.shape) == dimensions and all(ref.shape)
        _require(ref.kind == kind and fits, "its parts are of another size or kind than it says")
        return self._get(ref)

    def _check_within(self, box: Rect) -> None:
        inside = rects.holds(rects.whole(self._size), box) and not rects.is_empty(box)
        _require(inside, "an edit lies outside the photo")


def _require(sound: bool, why: str) -> None:
    if not sound:
        raise InputError(f"This work can't be opened: {why}.", "It is damaged, or of another program.")
