"""Where on the way the frames lie: places from 0 (the first prompt) to the number of ways (the last)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image

FINER = 8  # a change that stays sharp is divided up to this many times finer than equal steps
SMALL = 256  # pixels a side at which two pictures are compared


def even(ways: int, frames_a_way: int) -> list[float]:
    """Equal steps of the text; every prompt has a frame of its own."""
    return [way + i / frames_a_way for way in range(ways) for i in range(frames_a_way)] + [float(ways)]


def next_place(places: Sequence[float], changes: Sequence[float], frames_a_way: int) -> float:
    """Bisect where neighbours differ most. places: sorted; changes[i]: between places[i] and places[i + 1].

    Of equal changes the first. Gaps FINER times smaller than an equal step are left alone, or a jump that no
    bisecting removes would eat all frames. Deterministic.
    """
    finest = 1 / (FINER * frames_a_way)
    gaps = [later - earlier for earlier, later in pairwise(places)]
    wide = [i for i, gap in enumerate(gaps) if gap / 2 >= finest]
    widest = max(wide, key=lambda i: changes[i])
    return (places[widest] + places[widest + 1]) / 2


def small(pixels: np.ndarray) -> np.ndarray:
    """A picture as it is compared: float32 (h, w, 3), at most SMALL a side."""
    image = Image.fromarray(pixels)
    image.thumbnail((SMALL, SMALL), Image.Resampling.BOX, reducing_gap=None)
    return np.asarray(image, np.float32)


def change(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of two `small` pictures of one size, in levels of 255."""
    return float(np.abs(a - b).mean())
