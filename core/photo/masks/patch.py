"""Values for a part of a mask, read tile by tile."""

from typing import Protocol

import numpy as np

Part = tuple[slice, slice]  # rows and columns, with a start and a stop


class Patch(Protocol):
    """Values, uint8 (h, w), that are read tile by tile: an array, or what makes each part when it is read."""

    def __getitem__(self, part: Part, /) -> np.ndarray: ...
