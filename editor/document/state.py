"""State: all that the user has made, frozen. Every command is a function State → State."""

from dataclasses import dataclass, field, replace

import numpy as np

from core.edit.request import EditRequest
from core.photo.photo import Photo
from editor.document.mask import Mask

Rect = tuple[int, int, int, int]  # x, y, width, height in photo pixels


@dataclass(frozen=True, eq=False)
class Edit:
    """An accepted edit: its pixels and its paste mask inside `box`, and the recipe that made it."""

    box: Rect
    pixels: np.ndarray  # uint8 (h, w, 3): the picture inside the box after this edit, already pasted
    request: EditRequest
    visible: bool = True


@dataclass(frozen=True, eq=False)
class State:
    """photo: as opened (None: empty window); edits: bottom to top; mask: of the next edit; draft: its settings.

    `draft.photo` and `draft.mask` stay empty here; `Document.request` fills them in.
    """

    photo: Photo | None = None
    edits: tuple[Edit, ...] = ()
    mask: Mask = field(default_factory=Mask)
    draft: EditRequest = field(default_factory=lambda: EditRequest(photo="", query=""))

    def with_(self, **changes: object) -> "State":
        return replace(self, **changes)  # type: ignore[arg-type]


def picture(state: State) -> np.ndarray:
    """The picture as shown: the photo with every visible edit pasted, uint8 (H, W, 3). A copy only if edited."""
    assert state.photo is not None
    pixels = state.photo.pixels
    shown = [edit for edit in state.edits if edit.visible]
    if not shown:
        return pixels
    pixels = pixels.copy()
    for edit in shown:
        x, y, w, h = edit.box
        pixels[y : y + h, x : x + w] = edit.pixels
    pixels.setflags(write=False)
    return pixels
