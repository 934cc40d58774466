"""What the user can do to photo, mask and settings. Each function returns a command, State → State."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from core.document.mask import Mask
from core.document.plane import Plane
from core.document.search import Search
from core.document.state import State
from core.document.strokes import Mode
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest, unclicked
from core.edit.result import HeatMap
from core.edit.saved_preset import SavedPreset
from core.edit.together import put
from core.errors import InputError
from core.photo.masks.click import Click
from core.photo.masks.patch import Patch
from core.photo.photo import Photo
from core.photo.rect import Rect

Command = Callable[[State], State]


def open_photo(photo: Photo) -> Command:
    """A photo in an emptied document; prompts and settings stay, but for what means a place."""

    return lambda state: State(photo, mask=Mask(photo.size), draft=_placeless(state.draft))


def close_photo() -> Command:
    """An emptied document without a photo; prompts and settings stay, but for what means a place."""
    return lambda state: State(draft=_placeless(state.draft))


def paint(rect: Rect, patch: Patch) -> Command:
    """Raise the mask to `patch`, uint8 (h, w), at `rect`, which may stick out of the photo."""
    return _to_mask(lambda mask: mask.painted(rect, patch))


def erase(rect: Rect, patch: Patch) -> Command:
    """Lower the mask to 255 − `patch`, uint8 (h, w), at `rect`, which may stick out of the photo."""
    return _to_mask(lambda mask: mask.erased_by(rect, patch))


def select(plane: Plane, mode: Mode) -> Command:
    """Put a selection into the mask, as `mode` says."""
    return _to_mask(lambda mask: mask.selected(plane, mode))


def put_mask(mask: Mask) -> Command:
    """A mask that was made of the one that is there."""
    return _to_mask(lambda _: mask)


def clear_mask() -> Command:
    """No mask: neither found nor painted."""
    return _to_mask(Mask.cleared)


def invert_mask() -> Command:
    """Masked becomes kept, kept becomes masked."""
    return _to_mask(Mask.toggled)


def import_mask(array: np.ndarray) -> Command:
    """A mask from elsewhere, uint8 (H, W). InputError if it is not of the photo's size."""

    def command(state: State) -> State:
        height, width = array.shape
        if (width, height) != state.mask.size:
            of_photo = "{} × {}".format(*state.mask.size)
            raise InputError(
                f"This mask has {width} × {height} pixels, the photo {of_photo}.", "Scale the mask first."
            )
        return _to_mask(lambda mask: mask.replaced(array))(state)

    return command


def set_heat(heat: HeatMap, request: EditRequest | None = None) -> Command:
    """A region found for `request` (None: for the draft as it is), cut at the draft's threshold; under the
    hand's corrections.

    Clicks are those that it was asked for with: others were made on what was found before.
    What was found for words that say what is there, and not what it should be, is a selection: it stays
    whatever the words become.
    """

    def command(state: State) -> State:
        draft, asked = _clicked(state.draft, request), request or state.draft
        find = draft.find
        cut = find.threshold, find.grow, find.snap
        mask = state.mask.with_heat(heat, *cut, _search(asked), find.clicks)
        return state.with_(mask=mask, draft=draft)

    return command


def select_found(heat: HeatMap, request: EditRequest, mode: Mode) -> Command:
    """A region found for `request`, put into the mask as any selection, by `mode`; clicks as of `set_heat`.

    Added to a mask that is empty it replaces it: there is nothing else that it could belong to. One that
    sleeps is there.
    """

    def command(state: State) -> State:
        draft = _clicked(state.draft, request)
        mask = state.mask if mode is Mode.REPLACE else state.mask.awake(state.draft)
        way = Mode.REPLACE if mode is Mode.ADD and mask.is_empty else mode
        return state.with_(mask=mask.with_search(heat, draft, _search(request), way), draft=draft)

    return command


def own_mask() -> Command:
    """What was found stays as it is from now on, whatever the words become."""
    return lambda state: state.with_(mask=state.mask.own(state.draft))


def set_threshold(threshold: float) -> Command:
    """Cut the heat map at another value, in (0, 1)."""
    return _recut(threshold=threshold)


def set_grow(grow: float) -> Command:
    """Grow the automatic part by `grow` photo pixels (negative: shrink), undone by 0."""
    return _recut(grow=grow)


def set_snap(snap: bool) -> Command:
    """Cut along the picture's edges, or the heat map as it is."""
    return _recut(snap=snap)


def click(place: Click) -> Command:
    """What was found is kept or dropped by one click more on the mask as it is seen."""

    def command(state: State) -> State:
        meant = replace(place, keep=place.keep is not state.mask.inverted)
        return _recut(clicks=(*state.draft.find.clicks, meant))(state)

    return command


def update_draft(**changes: object) -> Command:
    """Prompts and settings of the next edit: fields of EditRequest. ValueError when out of range."""
    return lambda state: state.with_(draft=state.draft.with_(**changes))


def take_preset(preset: SavedPreset) -> Command:
    """The settings of a preset, the cut of the heat map among them."""

    def command(state: State) -> State:
        draft = preset.on(state.draft)
        find = draft.find
        mask = state.mask.recut(find.threshold, find.grow, find.snap, find.clicks)
        return state.with_(draft=draft, mask=mask)

    return command


def put_settings(values: Mapping[str, object]) -> Command:
    """Settings by their fields ("guidance.scale"); a found region is cut as they say. ValueError as `put`."""

    def command(state: State) -> State:
        draft = put(state.draft, values)
        find, mask = draft.find, state.mask
        if find != state.draft.find:
            mask = mask.recut(find.threshold, find.grow, find.snap, find.clicks)
        return state.with_(draft=draft, mask=mask)

    return command


def _placeless(draft: EditRequest) -> EditRequest:
    """Without what means a place in one photo."""
    draft = unclicked(draft)
    if draft.find.look_in is LookIn.PLACE:  # of what is small there: it costs everywhere
        draft = draft.with_(find=replace(draft.find, look_in=MaskRequest().look_in))
    return draft if isinstance(draft.area, str) else draft.with_(area="whole")


def _search(asked: EditRequest) -> Search | None:
    return Search.of(asked) if asked.query.strip() else None


def _clicked(draft: EditRequest, asked: EditRequest | None) -> EditRequest:
    """The draft with the clicks of what was asked for; as it is where that is the draft itself."""
    if asked is None or asked.find.clicks == draft.find.clicks:
        return draft
    return draft.with_(find=replace(draft.find, clicks=asked.find.clicks))


def _to_mask(change: Callable[[Mask], Mask]) -> Command:
    """Another mask, by hand: what sleeps wakes. Clicks go with the found part that they were made on."""

    def command(state: State) -> State:
        mask, draft = change(state.mask).meant_by(state.draft), state.draft
        if mask.heat is None and state.mask.heat is not None:
            draft = unclicked(draft)
        return state.with_(mask=mask, draft=draft)

    return command


def _recut(**changes: object) -> Command:
    def command(state: State) -> State:
        find = replace(state.draft.find, **changes)  # type: ignore[arg-type]
        mask = state.mask.recut(find.threshold, find.grow, find.snap, find.clicks)
        return state.with_(mask=mask, draft=state.draft.with_(find=find))

    return command
