"""State: all that the user has made, frozen. Every command is a function State → State."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from core.document.kept_mask import KeptMask
from core.document.layer import Layer
from core.document.mask import Mask
from core.edit.request import EditRequest
from core.photo import area as areas
from core.photo.photo import Photo
from core.photo.rect import Rect


@dataclass(frozen=True, eq=False)
class State:
    """photo: as opened, or None; layers: bottom to top; mask: of the next edit; draft: its settings;
    kept: masks by name, the oldest first.

    `draft.photo` and `draft.mask` stay empty: the engine names both by digest, in its own thread.
    """

    photo: Photo | None = None
    layers: tuple[Layer, ...] = ()
    mask: Mask = field(default_factory=Mask)
    draft: EditRequest = field(default_factory=lambda: EditRequest(photo="", query=""))
    kept: tuple[KeptMask, ...] = ()

    def with_(self, **changes: object) -> "State":
        return replace(self, **changes)  # type: ignore[arg-type]

    def index(self, layer: str) -> int:
        """Where the layer of that id lies, 0 at the bottom. KeyError when there is none."""
        for index, one in enumerate(self.layers):
            if one.id == layer:
                return index
        raise KeyError(layer)


def area(state: State, pixels: int) -> Rect | None:
    """What of the photo a model that was trained on `pixels` squared will see; None for all of it.

    A box is itself. Of "auto" the area of the topmost layer stays while it serves: what was encoded for it is
    known already.
    """
    draft = state.draft
    if not draft.method.masked or draft.area == "whole":
        return None
    if not isinstance(draft.area, str):
        return draft.area
    box = state.mask.box
    if box is None or state.mask.sleeps:
        return None
    earlier = state.layers[-1].variant.area if state.layers else None
    return areas.for_box(box, state.mask.size, draft.feather, pixels, earlier)


def now_shown(state: State) -> str:
    """What it should be, where the picture shows that already and what is there is another's name still.

    "" where the topmost layer in sight was drawn with other words, or nothing is said to be there.
    """
    layer = next((one for one in reversed(state.layers) if one.shows), None)
    made, draft = None if layer is None else layer.variant.request, state.draft
    if made is None or made.remove or not draft.reference.strip() or not draft.query.strip():
        return ""
    return draft.query.strip() if (made.reference, made.query) == (draft.reference, draft.query) else ""


def closer(state: State) -> EditRequest | None:
    """The search that looks for the place first, where the mask is what was found without that, in all of the
    photo or closer by itself, and no hand has had a part in it; else None.
    """
    mask, draft = state.mask, state.draft
    if mask.heat is None or mask.heat.same or not draft.method.masked:
        return None
    if mask.heat.area is not None and not draft.zooms_in:
        return None
    kept = mask.search is None and bool(draft.query.strip())  # else a selection, which has no other words
    return None if kept or mask.sleeps or mask.is_corrected or mask.inverted else draft.closer


def arrays(state: State) -> Iterator[np.ndarray]:
    """Every array that the state keeps alive; one that several parts share may come more than once."""
    if state.photo is not None:
        yield state.photo.pixels
        if state.photo.alpha is not None:
            yield state.photo.alpha
        if state.photo.deep is not None:
            yield from state.photo.deep.arrays()
    for layer in state.layers:
        yield from layer.arrays()
    if state.mask.heat is not None:
        yield from state.mask.heat.arrays()
    if state.mask.auto is not None:
        yield state.mask.auto
    yield from state.mask.strokes.arrays()
    for kept in state.kept:
        yield from kept.plane.tiles.values()
