"""What of a picture has the colour of one pixel, or nearly: everywhere, or as far as it hangs together."""

from collections.abc import Callable, Iterator

import numpy as np

from core.photo import rect as rects
from core.photo.lazy import ndimage
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.mask import spread
from core.photo.rect import Rect, Size

TILE = 256  # pixels a side that are looked at together: no more are than what hangs together touches
BAND = 256  # rows of a mask that is finished together

Crop = Callable[[Rect], np.ndarray]
Key = tuple[int, int]  # column and row of a tile


def similar(
    crop: Crop, size: Size, at: tuple[int, int], tolerance: int, *, contiguous: bool = True
) -> BoxedMask:
    """The pixels whose three values each differ by `tolerance`, 0…255, at most from those at `at`, (x, y).

    crop        the picture inside a box, uint8 (h, w, 3)
    size        (W, H) of the picture
    contiguous  those alone that hang together with that pixel, side by side

    Its edge is soft: a pixel beside them counts the less the farther off its colour is, nothing at twice the
    tolerance.
    """
    colour = crop((*at, 1, 1))[0, 0]
    if contiguous:
        inside, box = _together(crop, size, at, colour, tolerance)
    else:
        inside, box = _everywhere(crop, size, colour, tolerance), rects.whole(size)
    return _softened(inside, box, crop, size, colour, tolerance)


def _everywhere(crop: Crop, size: Size, colour: np.ndarray, tolerance: int) -> np.ndarray:
    inside = np.empty(size[::-1], bool)
    for band in rects.strips(rects.whole(size), BAND):
        inside[rects.slices(band)] = _away(crop(band), colour) <= tolerance
    return inside


def _together(
    crop: Crop, size: Size, at: tuple[int, int], colour: np.ndarray, tolerance: int
) -> tuple[np.ndarray, Rect]:
    """bool (h, w), and the box of the picture that it is of: all tiles that were reached."""
    first = at[0] // TILE, at[1] // TILE
    islands: dict[Key, np.ndarray] = {}  # of each tile looked at, counted from 1, uint16; 0 between them
    reached: dict[Key, set[int]] = {}

    def found(key: Key) -> np.ndarray:
        if key not in islands:
            near = _away(crop(_place(key, size)), colour) <= tolerance
            islands[key] = ndimage().label(near, output=np.uint16)[0]
            reached[key] = set()
        return islands[key]

    waiting = {first: {int(found(first)[at[1] % TILE, at[0] % TILE])}}
    while waiting:
        key, new = waiting.popitem()
        reached[key] |= new
        for other, edge, beyond in _sides(key, size):
            touched = np.unique(found(other)[beyond][_chosen(islands[key][edge], new)])
            more = set(touched[touched > 0].tolist()) - reached[other]
            if more:
                waiting[other] = waiting.get(other, set[int]()) | more
    places = {key: _place(key, size) for key, some in reached.items() if some}
    box = next(iter(places.values()))
    for place in places.values():
        box = rects.union(box, place)
    inside = np.zeros((box[3], box[2]), bool)
    for key, place in places.items():
        inside[rects.slices(place, box)] = _chosen(islands[key], reached[key])
    return inside, box


def _softened(
    inside: np.ndarray, box: Rect, crop: Crop, size: Size, colour: np.ndarray, tolerance: int
) -> BoxedMask:
    """`inside`, bool, of a box of the picture, with the pixels beside it by their colours."""
    tight = rects.bounding_box(inside) or (0, 0, 0, 0)
    there = rects.moved(tight, box[:2])
    grown = rects.expand(there, 1, 1, size)
    region = np.zeros((grown[3], grown[2]), bool)
    region[rects.slices(there, grown)] = inside[rects.slices(tight)]
    values = region * np.uint8(255)
    for strip in rects.strips(grown, BAND):
        around = rects.common(rects.expand(strip, 0, 1, size), grown)
        near = spread(region[rects.slices(around, grown)])[rects.slices(strip, around)]
        rim = near & ~region[rects.slices(strip, grown)]
        over = _away(crop(strip)[rim][None], colour)[0].astype(np.float32) - tolerance
        soft = 1 - np.clip(over, 1, tolerance + 1) / (tolerance + 1)  # at a corner it may be as near as any
        values[rects.slices(strip, grown)][rim] = (soft * 255 + 0.5).astype(np.uint8)
    return BoxedMask(values, grown, size)


def _away(pixels: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """By how much the farthest of three values differs, uint8 (h, w)."""
    away = np.zeros(pixels.shape[:2], np.uint8)
    for channel, value in enumerate(colour):
        one = pixels[..., channel]
        np.maximum(away, np.maximum(one, value) - np.minimum(one, value), out=away)
    return away


def _place(key: Key, size: Size) -> Rect:
    return rects.common(rects.cell(*key, TILE), rects.whole(size))


def _sides(key: Key, size: Size) -> Iterator[tuple[Key, tuple[slice | int, ...], tuple[slice | int, ...]]]:
    """The tiles beside one, with the line of this one and the line of that one that touch."""
    column, row = key
    all_ = slice(None)
    if column:
        yield (column - 1, row), (all_, 0), (all_, -1)
    if row:
        yield (column, row - 1), (0, all_), (-1, all_)
    if (column + 1) * TILE < size[0]:
        yield (column + 1, row), (all_, -1), (all_, 0)
    if (row + 1) * TILE < size[1]:
        yield (column, row + 1), (-1, all_), (0, all_)


def _chosen(islands: np.ndarray, some: set[int]) -> np.ndarray:
    """Where some of the islands are, bool of the same shape."""
    flags = np.zeros(TILE * TILE + 1, bool)
    flags[list(some)] = True
    return flags[islands]
