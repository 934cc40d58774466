"""The news of what changed in a document."""

from dataclasses import dataclass
from enum import Flag, auto

from core.document.layer import same_layers, same_look
from core.document.state import State
from core.photo.rect import Rect


class What(Flag):
    """What kind of thing changed: a view refreshes only what its flags name."""

    PHOTO = auto()  # another photo was opened: everything changed
    PICTURE = auto()  # the pixels as shown
    MASK = auto()
    DRAFT = auto()  # prompts and settings of the next edit
    LAYERS = auto()  # anything of them, their names too
    HISTORY = auto()  # undo and redo availability, the modified mark
    KEPT = auto()  # masks by name
    ALL = PHOTO | PICTURE | MASK | DRAFT | LAYERS | HISTORY | KEPT


@dataclass(frozen=True)
class Changed:
    """`rect`: the photo pixels that a mask or picture change stays within (None: anywhere); `source`: who"""

    what: What
    rect: Rect | None = None
    source: object = None


def difference(old: State, new: State) -> What:
    """By identity: states share what a command leaves alone."""
    if new.photo is not old.photo:
        return What.ALL
    what = What(0)
    if new.mask is not old.mask:
        what |= What.MASK
    if new.draft != old.draft:
        what |= What.DRAFT
    if new.kept is not old.kept:
        what |= What.KEPT
    if not same_layers(new.layers, old.layers):
        what |= What.LAYERS
        if not same_look(new.layers, old.layers):
            what |= What.PICTURE
    return what
