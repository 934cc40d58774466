"""What stands in a box: what is nearer to its middle than to the rim round it, by colours and their edges.

Colours that the middle has and the rim hasn't are likely meant, and near is by the cheapest way over that
likelihood: Bai & Sapiro's distance with the weight that they give it (ICCV 2007, §2), where `clicks` goes
over the picture itself. Found on a small page of the box, whatever its size.
"""

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo import rect as rects
from core.photo.lazy import ndimage
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.clicks import Ground, Places, guide
from core.photo.masks.mask import cut, cut_grid, enlarge_part, spread
from core.photo.masks.similar import Crop
from core.photo.masks.upsample import edges, snap
from core.photo.rect import Rect, Size
from core.photo.space import SRGB, Space

ROOM = 1 / 12  # of the box's width and height: how far the rim goes beyond it
MIDDLE = 0.6  # of the box's width and height: the ellipse in which most must be meant
LEAST = 0.75  # cells that it reaches at least, so that it holds one wherever it stands
BINS = 32  # of red, green and blue, in which colours are counted
ALIKE = 1.5  # bins that a colour is blurred by: noise makes no colour another
RIM = 4.0  # times as much as in the middle a colour of the rim counts: part of the middle is what lies round
UNSEEN = 1e-5  # share of a colour that neither middle nor rim has: it is no rim's
WINDOWS = 1 / 64, 1 / 32  # radii of what the edge is looked for in: it is known to a cell or two


def enclosed(crop: Crop, size: Size, box: Rect, space: Space = SRGB) -> BoxedMask:
    """What stands in a box (x, y, w, h) of a picture, at least a pixel of it; nothing outside of the box.

    crop   the picture inside a box, uint8 (h, w, 3);  space: its own
    size   (W, H) of the picture

    On a side where the box reaches the picture's border there is no rim; round a box of all of it the rim is
    the border itself.
    """
    around = rects.expand(box, ROOM * box[2], ROOM * box[3], size)
    there = rects.moved(box, (-around[0], -around[1]))
    page = _page(crop, around)
    colours = guide(page, space)
    middle, rim = _seeds(there, around[2:], colours.shape)
    heat = snap(_nearer(_likely(colours, middle, rim), middle, rim), edges(page, WINDOWS, space))
    small = cut(heat, (page.shape[1], page.shape[0]), 0.5)
    return BoxedMask(enlarge_part(small, around[2:], there), box, size)


def _page(crop: Crop, around: Rect) -> np.ndarray:
    """A part of the picture, uint8 (h, w, 3), on its cut grid."""
    x, y, width, height = around

    def read(at: slice) -> np.ndarray:
        return np.ascontiguousarray(crop((x, y + at.start, width, at.stop - at.start)))

    small = cut_grid(around[2:])
    return bands.shrink_read(read, (width, height), small, Image.Resampling.BOX, 2.0)


def _seeds(box: Rect, size: Size, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Which cells lie in the middle of the box, and which round it: bool (h, w) each.

    box    in a part of the picture of `size` (W, H), which the cells of `shape` (h, w) cover
    """
    height, width = shape[:2]
    down, across = height / size[1], width / size[0]
    y, x = np.ogrid[0.5:height, 0.5:width]
    left, top, right, bottom = rects.corners(box)
    high, wide = (max(LEAST, MIDDLE / 2 * side) for side in (box[3] * down, box[2] * across))
    middle = np.hypot((y - (top + bottom) / 2 * down) / high, (x - (left + right) / 2 * across) / wide) <= 1
    inside = (y > top * down) & (y < bottom * down) & (x > left * across) & (x < right * across)
    if inside.all():
        inside = (y > 1) & (y < height - 1) & (x > 1) & (x < width - 1)
    return middle, ~(inside | middle)


def _nearer(likely: np.ndarray, middle: np.ndarray, rim: np.ndarray) -> np.ndarray:
    """How much of each cell is nearer to what is likely in the middle than to the rim, float32 (h, w)."""
    if not rim.any():
        return np.ones(likely.shape, np.float32)
    sure = middle & (likely >= 0.5)
    ground = Ground(np.repeat((likely * 255 + 0.5).astype(np.uint8)[..., None], 3, axis=2))
    return ground.share(_places(sure if sure.any() else middle), _places(rim & spread(~rim)), ground.shape)


def _likely(page: np.ndarray, middle: np.ndarray, rim: np.ndarray) -> np.ndarray:
    """How likely each cell is meant by its colour alone, float (h, w) in [0, 1]."""
    red, green, blue = np.moveaxis(page // (256 // BINS), 2, 0).astype(np.intp)
    colours = (red * BINS + green) * BINS + blue
    of_middle, of_rim = (_shares(colours[where])[colours] for where in (middle, rim))
    return (of_middle + UNSEEN) / (of_middle + RIM * of_rim + UNSEEN)


def _shares(colours: np.ndarray) -> np.ndarray:
    """What share of some cells each colour has, with those like it: float, by the colour's number."""
    counts = np.bincount(colours, minlength=BINS**3).reshape(BINS, BINS, BINS) / max(1, colours.size)
    return ndimage().gaussian_filter(counts, ALIKE, mode="nearest").ravel()


def _places(cells: np.ndarray) -> Places:
    return tuple((int(row), int(column)) for row, column in np.argwhere(cells))
