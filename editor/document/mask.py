"""The mask being made: an automatic part cut from the heat map, and hand corrections kept apart from it."""

from dataclasses import dataclass, field

import numpy as np

from core.edit.progress import HeatMap
from editor.document.plane import Plane

Rect = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Mask:
    """mask = (max(auto, added) · (1 − erased)), or 255 minus that when inverted. All 8-bit soft.

    size    (W, H) of the photo, (0, 0) without one
    heat    the heat map, None before it was found; `auto` is it cut (core.photo.mask.cut), uint8, small
    added, erased   sparse full-size planes of the hand corrections
    """

    size: tuple[int, int] = (0, 0)
    heat: HeatMap | None = None
    auto: np.ndarray | None = None
    added: Plane = field(default_factory=Plane)
    erased: Plane = field(default_factory=Plane)
    inverted: bool = False
