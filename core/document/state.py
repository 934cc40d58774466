"""State: all that the user has made, frozen. Every command is a function State → State."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from core.document.mask import Mask
from core.document.plane import Plane
from core.edit.request import EditRequest
from core.photo import area as areas
from core.photo import rect as rects
from core.photo.deep import Deep
from core.photo.photo import Photo
from core.photo.rect import Rect

Strokes = tuple[Plane, Plane]  # added and erased by hand


@dataclass(frozen=True, eq=False)
class Edit:
    """An accepted edit: its pixels inside `box`, and the recipe that made it."""

    box: Rect
    pixels: np.ndarray  # uint8 (h, w, 3): the picture inside the box after this edit, already pasted
    request: EditRequest
    visible: bool = True
    deep: np.ndarray | None = None  # the same in 16 bits, uint16 (h, w, 3), over a photo that has them
    area: Rect | None = None  # what of the photo the model worked on; None for all of it
    strokes: Strokes | None = None  # of the mask that it was made with


@dataclass(frozen=True, eq=False)
class State:
    """photo: as opened, or None; edits: bottom to top; mask: of the next edit; draft: its settings.

    `draft.photo` and `draft.mask` stay empty: the engine names both by digest, in its own thread.
    """

    photo: Photo | None = None
    edits: tuple[Edit, ...] = ()
    mask: Mask = field(default_factory=Mask)
    draft: EditRequest = field(default_factory=lambda: EditRequest(photo="", query=""))

    def with_(self, **changes: object) -> "State":
        return replace(self, **changes)  # type: ignore[arg-type]


def shown(state: State) -> tuple[Edit, ...]:
    """The visible edits, bottom to top."""
    return tuple(edit for edit in state.edits if edit.visible)


def picture(state: State) -> np.ndarray:
    """The picture as shown: the photo with every visible edit pasted, uint8 (H, W, 3). A copy if edited."""
    assert state.photo is not None
    pixels = state.photo.pixels
    edits = shown(state)
    if not edits:
        return pixels
    pixels = pixels.copy()
    for edit in edits:
        pixels[rects.slices(edit.box)] = edit.pixels
    pixels.setflags(write=False)
    return pixels


def deep(state: State) -> Deep | None:
    """The picture as shown in 16 bits per channel; None if the photo has 8."""
    if state.photo is None or state.photo.deep is None:
        return None
    patches = tuple((edit.box, edit.deep) for edit in shown(state) if edit.deep is not None)
    return replace(state.photo.deep, patches=patches)


def area(state: State, pixels: int) -> Rect | None:
    """What of the photo a model that was trained on `pixels` squared will see; None for all of it.

    The area of the last edit stays while it serves: what was encoded for it is known already.
    """
    draft, box = state.draft, state.mask.box
    if draft.area != "auto" or not draft.method.masked or box is None or state.mask.sleeps:
        return None
    earlier = state.edits[-1].area if state.edits else None
    return areas.for_box(box, state.mask.size, draft.feather, pixels, earlier)


def arrays(state: State) -> Iterator[np.ndarray]:
    """Every array that the state keeps alive; one that several parts share may come more than once."""
    if state.photo is not None:
        yield state.photo.pixels
        if state.photo.alpha is not None:
            yield state.photo.alpha
        if state.photo.deep is not None:
            yield from state.photo.deep.arrays()
    for edit in state.edits:
        yield edit.pixels
        if edit.deep is not None:
            yield edit.deep
        for plane in edit.strokes or ():
            yield from plane.tiles.values()
    if state.mask.heat is not None:
        yield state.mask.heat.values
        if state.mask.heat.snapped is not None:
            yield state.mask.heat.snapped
    if state.mask.auto is not None:
        yield state.mask.auto
    yield from state.mask.added.tiles.values()
    yield from state.mask.erased.tiles.values()
