"""The document: the one current State, its history, and the news of what changed."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, auto

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.edit.request import EditRequest
from editor.document.history import History
from editor.document.state import Rect, State, picture

Command = Callable[[State], State]


class What(Flag):
    """What kind of thing changed: a view refreshes only what its flags name."""

    PHOTO = auto()  # another photo was opened: everything changed
    PICTURE = auto()  # the pixels as shown
    MASK = auto()
    DRAFT = auto()  # prompts and settings of the next edit
    EDITS = auto()
    HISTORY = auto()  # undo and redo availability, the modified mark
    ALL = PHOTO | PICTURE | MASK | DRAFT | EDITS | HISTORY


@dataclass(frozen=True)
class Changed:
    """`rect`: the photo pixels a mask or picture change is limited to, None for anywhere. `source`: who did it."""

    what: What
    rect: Rect | None = None
    source: object = None


class Document(QObject):
    """Holds the State. `apply` makes one undo entry; `adjust` changes settings without one."""

    changed = Signal(Changed)
