"""The area: the part of a large photo that the model works on, the mask's box with context.

It is quantised, in size and in place, so that it stays put while a mask is corrected and between edits: what
was encoded for it is then known already.
"""

import math

import numpy as np
from PIL import Image

from core.errors import InputError
from core.photo import bands
from core.photo import rect as rects
from core.photo.masks.boxed import BoxedMask
from core.photo.rect import Rect, Size
from core.photo.region import MAX_ASPECT, MIN_SIDE

CONTEXT = 0.25  # of the mask's box, added on every side: the model has to see what the thing stands in
LEAST = 0.1  # what must be left of it for an earlier area to stay
ASPECT = 2.0  # longer side to shorter at most: models are trained on nearly square pictures
STEPS = 2  # sizes per octave
PLACES = 8  # places per side: the area moves by an eighth of itself
WHOLE = 0.7  # share of the photo from which the area is the whole of it
FRAME = 1024  # longest side of a preview, and of a map of an area set into the photo


def for_mask(mask: BoxedMask, feather: float, pixels: int) -> Rect | None:
    """The area for a mask: `for_box` of all above 0; None for the whole photo."""
    mask = mask.trimmed()
    return None if mask.is_empty else for_box(mask.box, mask.size, feather, pixels)


def for_box(box: Rect, size: Size, feather: float, pixels: int, earlier: Rect | None = None) -> Rect | None:
    """The area for a mask whose values above 0 fill `box` of a photo of `size`; None for the whole photo.

    feather  photo pixels by which the mask will be feathered: it stays within the area
    pixels   the model's own resolution, as the side of a square: the area is never smaller, so that nothing
             is drawn larger than the photo holds it
    earlier  the area of an edit before. It stays while the mask lies well inside it and it is at most one
             size too large or too small: at the limit of two places or sizes a dab would move it otherwise
    """
    (width, height), reach = size, rects.expand(box, feather, feather, size)
    wanted = [max(side * (1 + 2 * CONTEXT), needs) for side, needs in zip(box[2:], reach[2:], strict=True)]
    wanted = [max(side, max(wanted) / ASPECT, pixels) for side in wanted]
    sides = [min(_step(side), full) for side, full in zip(wanted, size, strict=True)]
    if earlier is not None and _fits(earlier, size, sides, pixels):
        spread = rects.expand(box, LEAST * box[2], LEAST * box[3], size)
        if rects.holds(earlier, reach) and rects.holds(earlier, spread):
            return earlier
    if sides[0] * sides[1] >= WHOLE * width * height or max(sides) > MAX_ASPECT * min(sides):
        return None
    x, y = (_begin(*axis) for axis in zip(reach[:2], reach[2:], sides, size, strict=True))
    return x, y, sides[0], sides[1]


def _fits(area: Rect, size: Size, sides: list[int], pixels: int) -> bool:
    """Whether an area lies in the photo and is of the size wanted, give or take one."""
    next_up = 2 ** (1 / STEPS)  # and a pixel, for sizes are rounded
    return rects.holds(rects.whole(size), area) and all(
        side >= min(pixels, full) and max(side, wanted) <= min(side, wanted) * next_up + 1
        for side, wanted, full in zip(area[2:], sides, size, strict=True)
    )


def _step(side: float) -> int:
    """The next size up: two to an octave."""
    return math.ceil(2 ** (math.ceil(STEPS * math.log2(side) - 1e-9) / STEPS))


def _begin(first: int, length: int, side: int, full: int) -> int:
    """Where an area of `side` begins, in eighths of it, so that it holds [first, first + length)."""
    step = max(1, side // PLACES)
    begin = round((first + length / 2 - side / 2) / step) * step
    return max(0, min(max(min(begin, first), first + length - side), full - side))


def check_area(area: Rect, size: Size) -> None:
    """Raises InputError for an area that leaves the photo or that the model can't see."""
    x, y, w, h = area
    if not rects.holds(rects.whole(size), area):
        raise InputError(
            f"The area {w} × {h} at {x}, {y} leaves the picture of {size[0]} × {size[1]} pixels.",
            "Choose one inside it.",
        )
    if min(w, h) < MIN_SIDE or max(w, h) > MAX_ASPECT * min(w, h):
        raise InputError(
            f"The area of {w} × {h} pixels has a shape that the model can't see.",
            f"Sides need at least {MIN_SIDE} pixels, the longer at most {MAX_ASPECT} times the shorter.",
        )


def framed(one: tuple[float, float], other: tuple[float, float], size: Size) -> Rect:
    """The area between two points of a photo of `size`, or beside it: in whole pixels, and as large as the
    model needs to see it, as far as the photo is.
    """
    spans = [
        sorted(round(min(max(at, 0), full)) for at in ends)
        for ends, full in zip(zip(one, other, strict=True), size, strict=True)
    ]
    longest = max(end - begin for begin, end in spans)
    least = max(MIN_SIDE, math.ceil(longest / MAX_ASPECT))
    (x, w), (y, h) = (
        _grown(begin, end - begin, min(least, full), full)
        for (begin, end), full in zip(spans, size, strict=True)
    )
    return x, y, w, h


def _grown(begin: int, side: int, least: int, full: int) -> tuple[int, int]:
    """Begin and side of what is made no smaller than `least`, about its middle, inside [0, full)."""
    grown = max(side, least)
    return max(0, min(begin - (grown - side) // 2, full - grown)), grown


def within(mask: BoxedMask, area: Rect, feather: float) -> BoxedMask:
    """The mask in the area, as a mask of the area: cut off so early that its feather stays inside.

    At the picture's own border it reaches the area's.
    """
    left, top, right, bottom = rects.corners(area)
    (width, height), margin = mask.size, math.ceil(feather)
    left, top = left + margin * (left > 0), top + margin * (top > 0)
    right, bottom = right - margin * (right < width), bottom - margin * (bottom < height)
    inner = rects.from_corners(left, top, right, bottom)
    return mask.within(inner).outside(rects.moved(inner, (-area[0], -area[1])), area[2:])


def crop(array: np.ndarray, area: Rect | None) -> np.ndarray:
    """The part of an array (H, W, …) in the area, a view of it; all of it for None."""
    return array if area is None else array[rects.slices(area)]


def spread(values: np.ndarray, area: Rect | None, size: Size) -> np.ndarray:
    """A map of the area, float32 (h, w), as one of the whole photo of `size`: 0 outside, (h', w') read-only.

    It stays as fine as it is, as far as the longest side of all of it is 1024 at most; None: itself.
    """
    if area is None:
        return values
    scale = min(values.shape[1] / area[2], FRAME / max(size))
    across, down = (max(1, round(side * scale)) for side in size)
    whole = np.zeros((down, across), np.float32)
    (left, top, right, bottom), (width, height) = rects.corners(area), size
    x, y = min(across - 1, round(left * across / width)), min(down - 1, round(top * down / height))
    inner = max(1, round(right * across / width) - x), max(1, round(bottom * down / height) - y)
    part = Image.fromarray(np.asarray(values, np.float32)).resize(inner, Image.Resampling.BILINEAR)
    whole[y : y + inner[1], x : x + inner[0]] = np.asarray(part)
    whole.setflags(write=False)
    return whole


def backdrop(pixels: np.ndarray, area: Rect, finest: int) -> np.ndarray:
    """The photo made small, for `frame`: uint8 (h, w, 3); the area `finest` wide, all of it 1024 at most."""
    height, width = pixels.shape[:2]
    scale = min(finest / area[2], FRAME / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return bands.shrink(pixels, size, Image.Resampling.BOX, 2.0)


def frame(part: np.ndarray, around: np.ndarray, area: Rect, size: Size) -> np.ndarray:
    """A small picture of the area, uint8 (h, w, 3), set into a `backdrop` of a photo of `size`."""
    x, y, w, h = area
    across, down = around.shape[1] / size[0], around.shape[0] / size[1]
    left, top = int(x * across), int(y * down)
    inner = max(1, round((x + w) * across) - left), max(1, round((y + h) * down) - top)
    whole = Image.fromarray(around)
    whole.paste(Image.fromarray(part).resize(inner, Image.Resampling.BILINEAR), (left, top))
    return np.asarray(whole)
