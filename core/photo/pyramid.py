"""Windows over a photo, from large to small: where a thing of any size may stand. Pure numbers, no pixels."""

import math

from core.photo.rect import Rect, Size, whole

STEPS = 2  # sizes per octave
SMALLEST = 4  # of the shorter side: what is smaller takes a frame by hand
OVERLAP = 0.5  # of neighbours: a thing of up to half a window lies whole in one of them


def windows(size: Size, pixels: int) -> tuple[Rect, ...]:
    """All of a photo of `size`, and squares that cover it, size by size; () where there is but the whole.

    pixels: the model's own resolution, as the side of a square. No window is smaller: it would be drawn
    larger than the photo holds it.
    """
    short = min(size)
    sides: list[int] = []
    for step in range(STEPS * int(math.log2(SMALLEST)) + 1):
        side = round(short * 2 ** (-step / STEPS))
        if side >= pixels and (side, side) != size:
            sides.append(side)
    squares = [
        (x, y, side, side) for side in sides for y in _begins(size[1], side) for x in _begins(size[0], side)
    ]
    return (whole(size), *squares) if squares else ()


def _begins(full: int, side: int) -> list[int]:
    """Where windows of a side begin, from one end to the other, evenly."""
    gaps = math.ceil((full - side) / (side * (1 - OVERLAP)))
    return [0] if gaps == 0 else [round(i * (full - side) / gaps) for i in range(gaps + 1)]
