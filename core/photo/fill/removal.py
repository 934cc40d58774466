"""What goes with a thing that is taken away: the rim of its mask, and the shadow that it throws.

Measured on Storybook pages whose outcome without the thing is known (docs/decisions/062).
"""

import math

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo import rect as rects
from core.photo.fill import harmonic
from core.photo.lazy import ndimage
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.morphology import grow
from core.photo.photo import Photo
from core.photo.rect import Size

GRID = 256  # longest side of the grid on which it is looked for
# Shares of the thing's size, the side of a square as large:
RIM = 0.1  # that are taken in whatever is there
FAR = 0.4  # as far as a shadow is followed
BLUR = 0.04  # standard deviation before it is looked for: texture is no shadow
DARKER = 0.08  # than what would be there without it, at least: a shadow
TINT = 0.25  # by which red, green and blue may darken apart: more is another thing
HALF = 128


def reach(photo: Photo, mask: BoxedMask) -> BoxedMask:
    """The mask with its rim and what of its surroundings is its shadow: nowhere less than it was.

    A shadow is what hangs together with the mask, is darker than the picture filled in from farther out, and
    of the same colour. photo and mask are of one size.
    """
    small, pixels = _reduced(photo, mask)
    thing = small >= HALF
    if not thing.any():  # thinner than the grid sees
        thing = small > 0
    size = _size(thing)
    rim = grow(np.where(thing, np.uint8(255), small), RIM * size + 1)
    around = grow(thing * np.uint8(255), FAR * size) >= HALF
    if not around.all():
        rim[_shadow(pixels, thing, around | thing, rim >= HALF, size)] = 255
    return _together(mask, masks.enlarge_box(rim, mask.size))


def _reduced(photo: Photo, mask: BoxedMask) -> tuple[np.ndarray, np.ndarray]:
    """The mask, uint8 (h, w), and the photo in sRGB, uint8 (h, w, 3), on the grid."""
    scale = min(1.0, GRID / max(photo.size))
    w, h = (max(1, round(side * scale)) for side in photo.size)
    size: Size = (w, h)
    small = np.asarray(Image.fromarray(mask.whole()).resize(size, Image.Resampling.BOX))
    return small, photo.space.to_srgb(bands.shrink(photo.pixels, size, Image.Resampling.BOX, 2.0))


def _size(thing: np.ndarray) -> float:
    """Of most of it, where it is in parts: the side of a square as large as the part, in grid pixels."""
    labels, _ = ndimage().label(thing, np.ones((3, 3)))
    areas = np.bincount(labels.ravel())[1:].astype(float)
    return math.sqrt(np.square(areas).sum() / areas.sum())


def _shadow(
    pixels: np.ndarray, thing: np.ndarray, around: np.ndarray, rim: np.ndarray, size: float
) -> np.ndarray:
    """Where within `around` it is darker than filled in from beyond, and hangs together with the thing."""
    without = np.maximum(harmonic.fill(pixels, around).astype(np.float32), 1)
    sigma = BLUR * size
    blurred = ndimage().gaussian_filter(pixels.astype(np.float32), (sigma, sigma, 0))
    light = np.maximum(blurred, 1) / without
    dark = (light.mean(axis=2) < 1 - DARKER) & (np.ptp(light, axis=2) < TINT)
    found = ndimage().binary_opening((dark & around) | rim) | rim
    labels, _ = ndimage().label(found)
    own = np.unique(labels[thing])
    return np.isin(labels, own[own > 0])


def _together(one: BoxedMask, other: BoxedMask) -> BoxedMask:
    """The higher of two masks of one picture, in the box of both."""
    one, other = one.trimmed(), other.trimmed()
    box = rects.union(one.box, other.box)
    values = np.zeros(box[:1:-1], np.uint8)
    for each in (one, other):
        here = values[rects.slices(each.box, box)]
        np.maximum(here, each.values, out=here)
    return BoxedMask(values, box, one.size)
