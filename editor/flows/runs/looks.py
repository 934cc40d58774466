"""Small pictures of variants: what was drawn, with a little of what lies round it."""

import numpy as np

from core.document.composite import Composite
from core.document.layer import Variant
from core.photo import rect as rects
from core.photo import region
from core.photo.rect import Rect, Size

AROUND = 1 / 8  # of the box, on every side
LONGEST = 640  # pixels of the longer side


def place_of(box: Rect, size: Size) -> Rect:
    """What of a photo of `size` is shown of an edit in `box`."""
    return rects.expand(box, AROUND * box[2], AROUND * box[3], size)


def of_variant(picture: Composite, variant: Variant) -> np.ndarray:
    """A variant over what it was drawn over: uint8 (h, w, 3) in sRGB, by leaving pixels out."""
    photo = picture.original
    place = place_of(variant.box, photo.size)
    step = -(-max(place[2:]) // LONGEST)
    left, top, right, bottom = rects.corners(place)
    pixels = picture.sampled(np.arange(top, bottom, step), np.arange(left, right, step))
    across, down = variant.box[0] - place[0], variant.box[1] - place[1]
    column, row = -(-across // step), -(-down // step)  # of the pixels left, the first that the box holds
    there = slice(row * step - down, None, step), slice(column * step - across, None, step)
    drawn, mask = variant.drawn[there], variant.soft(variant.box)[there]
    here = pixels[row : row + drawn.shape[0], column : column + drawn.shape[1]]
    region.paste_into(here, np.ascontiguousarray(drawn), np.ascontiguousarray(mask), photo.space)
    return photo.space.to_srgb(pixels)


def of_preview(preview: np.ndarray, box: Rect | None, size: Size) -> np.ndarray:
    """What a small picture of the whole photo, uint8 (h, w, 3), shows of an edit in `box`, None for all."""
    if box is None:
        return preview
    left, top, right, bottom = rects.corners(place_of(box, size))
    across, down = preview.shape[1] / size[0], preview.shape[0] / size[1]
    rows = slice(int(top * down), max(int(top * down) + 1, round(bottom * down)))
    return preview[rows, int(left * across) : max(int(left * across) + 1, round(right * across))]
