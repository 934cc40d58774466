"""What is asked of a picture by pointing at it, and what is meant."""

from dataclasses import dataclass

import numpy as np

from core.photo.masks.click import Click
from core.photo.rect import Rect


@dataclass(frozen=True)
class Pointed:
    """What is asked of a picture: clicks and a box (x, y, w, h), in its pixels; at least one of them."""

    clicks: tuple[Click, ...] = ()
    box: Rect | None = None


@dataclass(frozen=True, eq=False)
class Taken:
    """What is meant, a small mask that covers the picture, uint8 (h, w) (`masks.mask.enlarge_box`).

    notices: what was done for want of memory
    """

    mask: np.ndarray
    notices: tuple[str, ...] = ()
