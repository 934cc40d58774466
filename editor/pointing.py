"""How the tool that selects objects stands, as its options say it."""

from enum import Enum

from editor.observed import Observable, Observed


class Standing(Enum):
    """What the tool is at."""

    READY = "ready"
    READING = "reading"  # the segmentation model reads the picture, once
    WAITING = "waiting"  # an edit is under way, which comes first
    LACKING = "lacking"  # there is no segmentation model on this machine


class Stand(Observable):
    """changed: by whoever found out."""

    stage = Observed(Standing.READY)
