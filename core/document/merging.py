"""Two layers made one that pastes what both pasted."""

import numpy as np

from core.document.layer import Layer, Variant
from core.photo import bands
from core.photo import rect as rects
from core.photo.rect import Rect
from core.photo.space import Space


def merged(lower: Layer, upper: Layer, space: Space) -> Layer:
    """What two visible layers show, as one with the lower's name and identity and the upper's recipe.

    space  of the photo: there the layers are mixed. With shares a below and b above, the new one has the
           share 1 − (1 − a)(1 − b) of (a·(1 − b)·lower + b·upper) / share (Porter & Duff's over, 1984).

    Shown it differs from the two by rounding alone: nowhere where one of them covers fully or not at all,
    elsewhere by two of 255 levels at most in sRGB.
    """
    box = rects.union(lower.box, upper.box)
    drawn = np.zeros((box[3], box[2], 3), np.uint8)
    mask = np.zeros((box[3], box[2]), np.uint8)
    for strip in rects.strips(box, bands.BAND):
        here = rects.slices(strip, box)
        drawn[here], mask[here] = _mixed(lower, upper, strip, space)
    below, above = lower.variant, upper.variant
    request = above.request or below.request
    whole = Variant(
        box, drawn, mask, request, above.area, below.beneath, above.made_with, region=above.region
    )
    return lower.with_(variant=whole, others=(), opacity=1.0)


def _mixed(lower: Layer, upper: Layer, strip: Rect, space: Space) -> tuple[np.ndarray, np.ndarray]:
    """The two inside `strip`: drawn, uint8 (h, w, 3) in sRGB, and mask, uint8 (h, w)."""
    (below, a), (above, b) = (_part(layer, strip) for layer in (lower, upper))
    under = a.astype(np.uint32) * (255 - b)  # of 255²
    over = b.astype(np.uint32) * 255
    share = under + over
    weights = under[..., None], over[..., None]
    colours = space.from_srgb(below) * weights[0] + space.from_srgb(above) * weights[1]
    mixed = (colours + share[..., None] // 2) // np.maximum(share, 1)[..., None]
    drawn = space.to_srgb(mixed.astype(np.uint8))
    for part, alone in ((below, over == 0), (above, under == 0)):
        drawn = np.where(alone[..., None], part, drawn)  # to another space and back isn't always the same
    return drawn, ((share + 127) // 255).astype(np.uint8)


def _part(layer: Layer, strip: Rect) -> tuple[np.ndarray, np.ndarray]:
    """What a layer draws inside `strip`, and its share: uint8 (h, w, 3) and (h, w), 0 outside its box."""
    drawn = np.zeros((strip[3], strip[2], 3), np.uint8)
    share = np.zeros((strip[3], strip[2]), np.uint8)
    both = rects.common(layer.box, strip)
    if not rects.is_empty(both):
        here = rects.slices(both, strip)
        drawn[here] = layer.variant.drawn[rects.slices(both, layer.box)]
        share[here] = layer.share(both)
    return drawn, share
