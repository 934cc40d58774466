"""Everything the user can do to a document. Each function returns a command, State → State."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from core.document.mask import Mask
from core.document.search import Search
from core.document.state import Edit, State, deep, picture
from core.edit.parameters import put
from core.edit.request import EditRequest
from core.edit.result import EditResult, HeatMap
from core.edit.saved_preset import SavedPreset
from core.errors import InputError
from core.photo import deep as sixteen
from core.photo import morphology, region
from core.photo import rect as rects
from core.photo.photo import Photo
from core.photo.rect import Rect

Command = Callable[[State], State]


def open_photo(photo: Photo) -> Command:
    """A photo in an emptied document; prompts and settings stay."""
    return lambda state: State(photo, mask=Mask(photo.size), draft=state.draft)


def paint(rect: Rect, patch: np.ndarray) -> Command:
    """Raise the mask to `patch`, uint8 (h, w), at `rect`, which may stick out of the photo."""
    return _to_mask(lambda mask: mask.painted(rect, patch))


def erase(rect: Rect, patch: np.ndarray) -> Command:
    """Lower the mask to 255 − `patch`, uint8 (h, w), at `rect`, which may stick out of the photo."""
    return _to_mask(lambda mask: mask.erased_by(rect, patch))


def clear_mask() -> Command:
    """No mask: neither found nor painted."""
    return _to_mask(Mask.cleared)


def invert_mask() -> Command:
    """Masked becomes kept, kept becomes masked."""
    return _to_mask(Mask.toggled)


def grow_mask(radius: float) -> Command:
    """The whole mask grown by `radius` photo pixels (negative: shrunk), for good."""
    return _to_mask(lambda mask: mask.baked(partial(morphology.grow, pixels=radius)))


def fill_mask_holes() -> Command:
    """Every part that the mask encloses becomes masked."""
    return _to_mask(lambda mask: mask.baked(morphology.fill_holes))


def import_mask(array: np.ndarray) -> Command:
    """A mask from elsewhere, uint8 (H, W). InputError if it is not of the photo's size."""

    def command(state: State) -> State:
        height, width = array.shape
        if (width, height) != state.mask.size:
            of_photo = "{} × {}".format(*state.mask.size)
            raise InputError(
                f"This mask has {width} × {height} pixels, the photo {of_photo}.", "Scale the mask first."
            )
        return state.with_(mask=state.mask.replaced(array))

    return command


def set_heat(heat: HeatMap, request: EditRequest | None = None) -> Command:
    """A region found for `request` (None: for the draft as it is), cut at the draft's threshold."""

    def command(state: State) -> State:
        find = state.draft.find
        search = Search.of(request or state.draft)
        return state.with_(mask=state.mask.with_heat(heat, find.threshold, find.grow, find.snap, search))

    return command


def set_threshold(threshold: float) -> Command:
    """Cut the heat map at another value, in (0, 1)."""
    return _recut(threshold=threshold)


def set_grow(grow: float) -> Command:
    """Grow the automatic part by `grow` photo pixels (negative: shrink), undone by 0."""
    return _recut(grow=grow)


def set_snap(snap: bool) -> Command:
    """Cut along the picture's edges, or the heat map as it is."""
    return _recut(snap=snap)


def update_draft(**changes: object) -> Command:
    """Prompts and settings of the next edit: fields of EditRequest. ValueError when out of range."""
    return lambda state: state.with_(draft=state.draft.with_(**changes))


def take_preset(preset: SavedPreset) -> Command:
    """The settings of a preset, the cut of the heat map among them."""

    def command(state: State) -> State:
        draft = preset.on(state.draft)
        find = draft.find
        return state.with_(draft=draft, mask=state.mask.recut(find.threshold, find.grow, find.snap))

    return command


def put_settings(values: Mapping[str, object]) -> Command:
    """Settings by their fields ("guidance.scale"); a found region is cut as they say. ValueError as `put`."""

    def command(state: State) -> State:
        draft = put(state.draft, values)
        find, mask = draft.find, state.mask
        if find != state.draft.find:
            mask = mask.recut(find.threshold, find.grow, find.snap)
        return state.with_(draft=draft, mask=mask)

    return command


def accept_edit(result: EditResult, *, repaste: bool = False, asked: EditRequest | None = None) -> Command:
    """Keep an edit, inside the box of its mask. The mask stays; a region found on the way becomes the mask.

    `repaste`: the picture has changed since the run began, so what was drawn is pasted into it as it is now.
    `asked`: the request as the document has it, whose LoRAs may still stand in its prompts; the region was
    found for those words. InputError when the result is of another size than the photo.
    """

    def command(state: State) -> State:
        if result.mask.size != state.mask.size:
            raise InputError("This edit was made for a picture of another size.", "Repaint to make it anew.")
        pixels = _pasted(state, result) if repaste else result.pixels
        pixels.setflags(write=False)
        below = deep(state)
        finer = None
        if state.photo is not None and below is not None:
            finer = sixteen.paste(below, result.drawn, result.mask.values, result.box, state.photo.space)
        used = state.mask.strokes if result.request.method.masked and not repaste else None
        edit = Edit(result.box, pixels, result.request, deep=finer, area=result.area, strokes=used)
        state = state.with_(edits=(*state.edits, edit))
        if result.heat is not None and state.mask.is_empty:
            state = set_heat(result.heat, asked or result.request)(state)
        return state

    return command


def toggle_edit(index: int) -> Command:
    """Show or hide an edit; 0 is the first made."""

    def command(state: State) -> State:
        edits = list(state.edits)
        edits[index] = replace(edits[index], visible=not edits[index].visible)
        return state.with_(edits=tuple(edits))

    return command


def delete_edit(index: int) -> Command:
    """Remove an edit; 0 is the first made."""
    return lambda state: state.with_(edits=state.edits[:index] + state.edits[index + 1 :])


def _to_mask(change: Callable[[Mask], Mask]) -> Command:
    return lambda state: state.with_(mask=change(state.mask))


def _recut(**changes: float | bool) -> Command:
    def command(state: State) -> State:
        find = replace(state.draft.find, **changes)  # type: ignore[arg-type]
        mask = state.mask.recut(find.threshold, find.grow, find.snap)
        return state.with_(mask=mask, draft=state.draft.with_(find=find))

    return command


def _pasted(state: State, result: EditResult) -> np.ndarray:
    """What was drawn, through the result's mask, over the picture as shown, inside its box."""
    assert state.photo is not None
    here = picture(state)[rects.slices(result.box)]
    return region.paste(here, result.drawn, result.mask.values, state.photo.space)
