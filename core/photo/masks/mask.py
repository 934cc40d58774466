"""Masks: from the heat map to a region, and what can be done to a region. All masks are 8-bit soft."""

import math
from functools import partial

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo import rect as rects
from core.photo.lazy import fft, ndimage
from core.photo.masks.boxed import BoxedMask
from core.photo.rect import Rect, Size

GRID = 512  # longest side of the cut grid: small enough to cut while a slider moves
FAINTEST, FULLEST = 4, 251  # levels between which a mask is neither off nor on
_LEVELS = np.arange(256, dtype=np.uint8)
_LEVELS[:FAINTEST], _LEVELS[FULLEST + 1 :] = 0, 255
SPECK = 0.001  # share of the grid below which an island or a hole counts as noise


def cut_grid(size: Size) -> Size:
    """(w, h) of the grid a heat map is cut on: the photo's aspect, longest side at most 512, never more."""
    scale = min(1.0, GRID / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def stretch(heat: np.ndarray) -> np.ndarray:
    """A heat map from its own coldest, 0, to its own hottest, 1: float32 of the same shape, read-only.

    No two predictions are ever quite the same, so that the coldest cell is what counts as no difference;
    and what was filtered or enlarged has lost its peaks, the more the smaller they are. A flat one stays.
    """
    low, high = float(heat.min()), float(heat.max())
    stretched = np.asarray((heat - low) / (high - low) if high > low else heat, np.float32)
    stretched.setflags(write=False)
    return stretched


def centring(heat: np.ndarray, threshold: float) -> float:
    """The power p > 0 that brings a heat map's own middle to a threshold: c ** p = t; 1 where it has none.

    heat: float (h, w) in [0, 1]; threshold: t in (0, 1). The middle c = Σh²/Σh is the mean weighted by the
    heat itself: how hot it is where it is hot at all, so that what is cold doesn't count, however much there
    is of it. heat ** p keeps 0, 1 and the order of all values. A flat map has no middle, nor has one of 0 and
    1 alone.
    """
    exact = np.asarray(heat, np.float64)
    total = float(exact.sum())
    middle = float(np.square(exact).sum()) / total if total > 0 else 0.0
    return math.log(threshold) / math.log(middle) if np.ptp(exact) > 0 and 0 < middle < 1 else 1.0


def cut(values: np.ndarray, size: Size, threshold: float, grow: float = 0.0) -> np.ndarray:
    """Cut a heat map into a small mask: uint8 (h, w) on `cut_grid(size)`. Never calls the model.

    values     float (h', w') in [0, 1] that covers the whole photo, at any resolution
    size       (W, H) of the photo
    threshold  in (0, 1): a grid pixel is in (≥ 128) where the heat, brought to the grid, reaches it; the edge
               is one grid pixel of soft transition. Islands and holes below 0.1 % of the grid are cleaned
               away, except the largest island.
    grow       photo pixels by which the region then grows (negative: shrinks); what touches the picture's
               border shrinks from inside only
    """
    w, h = cut_grid(size)
    heat = np.asarray(
        Image.fromarray(np.asarray(values, np.float32)).resize((w, h), Image.Resampling.BILINEAR)
    )
    inside = heat >= threshold
    region = _clean(inside)
    if grow:
        return _offset(region, grow * w / size[0])
    return _soft(heat, threshold, inside, region)


def _clean(inside: np.ndarray) -> np.ndarray:
    """Drop specks and fill pinholes; the largest island stays, however small it is.

    Looked at is the region with so much round it that what is outside of it is no pinhole there either.
    """
    box = rects.bounding_box(inside)
    if box is None:
        return inside
    least = SPECK * inside.size
    room = math.ceil(math.sqrt(least))
    here = rects.slices(rects.expand(box, room, room, (inside.shape[1], inside.shape[0])))
    islands = _drop_small(inside[here], least, diagonal=True, keep_largest=True)
    region = np.zeros_like(inside)
    region[here] = ~_drop_small(~islands, least, diagonal=False, keep_largest=False)
    return region


def _drop_small(region: np.ndarray, least: float, *, diagonal: bool, keep_largest: bool) -> np.ndarray:
    labels, count = ndimage().label(region, np.ones((3, 3)) if diagonal else None)
    if not count:
        return region
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    stays = areas >= least
    if keep_largest:
        stays[areas.argmax()] = True
    if stays[1:].all():
        return region
    return stays[labels]


def _soft(heat: np.ndarray, threshold: float, inside: np.ndarray, region: np.ndarray) -> np.ndarray:
    """The region with its edge between the pixels: (heat − threshold)/|∇heat| is the way to the edge."""
    mask = region * np.uint8(255)
    edge = np.nonzero(spread(region) & spread(~region) & (inside == region))  # both sides of the outline
    slope = np.hypot(_slope(heat, edge, 0), _slope(heat, edge, 1))
    away = (heat[edge] - threshold) / np.maximum(slope, 1e-6)
    soft = np.floor(np.clip(away + 0.5, 0, 1) * 255 + 0.5).astype(np.uint8)
    # whatever 32 bits rounded
    mask[edge] = np.where(inside[edge], np.maximum(soft, 128), np.minimum(soft, 127))
    return mask


def spread(region: np.ndarray) -> np.ndarray:
    """A region, bool (h, w), with all eight neighbours of its pixels."""
    down = region.copy()
    down[1:] |= region[:-1]
    down[:-1] |= region[1:]
    spread = down.copy()
    spread[:, 1:] |= down[:, :-1]
    spread[:, :-1] |= down[:, 1:]
    return spread


def _slope(heat: np.ndarray, at: tuple[np.ndarray, ...], axis: int) -> np.ndarray:
    """∂heat at some pixels, (rows, columns), along an axis: central differences, one-sided at the border."""
    before, after = list(at), list(at)
    before[axis] = np.maximum(at[axis] - 1, 0)
    after[axis] = np.minimum(at[axis] + 1, heat.shape[axis] - 1)
    apart = np.maximum(after[axis] - before[axis], 1).astype(np.float32)
    return (heat[tuple(after)] - heat[tuple(before)]) / apart


def _offset(region: np.ndarray, pixels: float) -> np.ndarray:
    """The region's outline moved outward by `pixels` (negative: inward), by its distance transform."""
    moved = region * np.uint8(255)
    box = rects.bounding_box(region)
    if box is None or region.all():
        return moved
    reach = max(pixels, 0) + 2  # beyond, all of it stays outside
    here = rects.slices(rects.expand(box, reach, reach, (region.shape[1], region.shape[0])))
    near = region[here]
    away = ndimage().distance_transform_edt(near) - ndimage().distance_transform_edt(~near)
    away -= np.sign(away) * 0.5  # the edge lies half way between the last pixel inside and the first outside
    moved[here] = np.floor(np.clip(away + pixels + 0.5, 0, 1) * 255 + 0.5).astype(np.uint8)
    return moved


def enlarge(small: np.ndarray, size: Size) -> np.ndarray:
    """A small mask brought to the photo, bilinear: uint8 (H, W)."""
    return enlarge_part(small, size, rects.whole(size))


def enlarge_box(small: np.ndarray, size: Size) -> BoxedMask:
    """`enlarge`, at the cost of what of it is above 0."""
    rough = rects.bounding_box(small)
    if rough is None:
        return BoxedMask(np.empty((0, 0), np.uint8), (0, 0, 0, 0), size)
    reach = enlarged_box(rough, small.shape, size)
    return BoxedMask(enlarge_part(small, size, reach), reach, size).trimmed()


def enlarged_box(box: Rect, shape: tuple[int, ...], size: Size) -> Rect:
    """Where in the photo an enlarged array of `shape` (h, w) can be above 0 that is so inside a box of it."""
    (left, top, right, bottom), (rows, columns) = rects.corners(box), shape
    across, down = size[0] / columns, size[1] / rows  # the neighbours are blended in
    left, top = int((left - 1) * across), int((top - 1) * down)
    right, bottom = math.ceil((right + 1) * across), math.ceil((bottom + 1) * down)
    return rects.common(rects.from_corners(left, top, right, bottom), rects.whole(size))


def enlarge_part(small: np.ndarray, size: Size, rect: Rect) -> np.ndarray:
    """The part `rect` (x, y, w, h) of `enlarge(small, size)`, exactly, at the cost of that part alone.

    One sum per pixel, in the same order wherever the part begins: Pillow's `resize(box=…)` rounds its box to
    32 bits and would differ by a level here and there. Raises ValueError for a rect that leaves the photo.
    """
    x, y, w, h = rect
    if min(w, h) < 0 or not rects.holds(rects.whole(size), rect):
        raise ValueError(f"{rect} leaves a photo of {size[0]} × {size[1]}")
    part = np.zeros((h, w), np.uint8)
    box = rects.bounding_box(small)
    if box is None:
        return part
    first, top, across, down = box
    rows, above, below, fy = _neighbours(y, h, size[1], small.shape[0], (top, down))
    columns, left, right, fx = _neighbours(x, w, size[0], small.shape[1], (first, across))
    inner = part[rows, columns]
    starts = np.flatnonzero(np.diff(above, prepend=-1) + np.diff(below, prepend=-1))
    lines: dict[int, np.ndarray] = {}
    for start, stop in zip(starts, np.append(starts, len(above))[1:], strict=True):
        pair = int(above[start]), int(below[start])  # rows between the same two small rows
        lines = {row: lines[row] if row in lines else _across(small[row], left, right, fx) for row in pair}
        upper, lower = (lines[row] for row in pair)
        inner[start:stop] = upper + fy[start:stop, None] * (lower - upper) + np.float32(0.5)
    return part


def _neighbours(
    start: int, count: int, full: int, small: int, filled: tuple[int, int]
) -> tuple[slice, np.ndarray, np.ndarray, np.ndarray]:
    """Which of `count` places from `start` on are next to what is `filled` (first index, length) of the small
    ones, with the small indices on either side of each of them and the share of the second."""
    at = np.clip((np.arange(start, start + count) + 0.5) * (small / full) - 0.5, 0, small - 1)
    first = np.floor(at).astype(np.intp)
    second = np.minimum(first + 1, small - 1)
    begin, end = np.searchsorted(second, filled[0]), np.searchsorted(first, sum(filled))
    here = slice(int(begin), max(int(begin), int(end)))
    return here, first[here], second[here], (at - first).astype(np.float32)[here]


def _across(row: np.ndarray, left: np.ndarray, right: np.ndarray, share: np.ndarray) -> np.ndarray:
    values = row.astype(np.float32)
    return values[left] + share * (values[right] - values[left])


def feather(mask: BoxedMask, radius: float) -> BoxedMask:
    """Soften a mask: a Gaussian of σ = radius/2, cut off at `radius` (Euclidean) photo pixels.

    Exactly 0 farther than `radius` from everything above 0, exactly 255 deeper than `radius` inside; at the
    picture's border the mask is taken to go on. Below 1 nothing changes.
    """
    mask = mask.trimmed()
    if mask.is_empty or radius < 1:
        return mask
    reach = rects.expand(mask.box, radius, radius, mask.size)
    around = np.zeros(reach[:1:-1], np.uint8)
    around[rects.slices(mask.box, reach)] = mask.values
    feathered = np.empty_like(around)
    _convolve(np.pad(around, math.ceil(radius), mode="edge"), _gaussian_disc(radius), feathered)
    return BoxedMask(feathered, reach, mask.size)


def _gaussian_disc(radius: float) -> np.ndarray:
    """A Gaussian of σ = radius/2 on the disc of that radius, float32, its sum 1."""
    margin = math.ceil(radius)
    offset = np.arange(-margin, margin + 1)
    far = np.square(offset)[:, None] + np.square(offset)[None, :]
    kernel = np.where(far <= radius * radius, np.exp(-2 * far / (radius * radius)), 0)
    return (kernel / kernel.sum()).astype(np.float32)


def _convolve(padded: np.ndarray, kernel: np.ndarray, out: np.ndarray) -> None:
    """Convolve tile by tile with FFTs: a disc isn't separable, and memory stays at a tile's size.

    padded  uint8, larger than `out` by the kernel's margin on every side. Tiles without an edge are copied.
    """
    margin = kernel.shape[0] // 2
    side = fft().next_fast_len(max(512, 4 * margin) + 2 * margin, real=True)
    forth = partial(fft().rfft2, s=(side, side), workers=bands.THREADS)
    spectrum = forth(kernel)
    step = side - 2 * margin
    for y in range(0, out.shape[0], step):
        for x in range(0, out.shape[1], step):
            tile = padded[y : y + side, x : x + side]
            part = out[y : y + step, x : x + step]
            if tile.min() == tile.max():
                part[:] = tile[0, 0]
                continue
            product = forth(tile.astype(np.float32)) * spectrum
            full = fft().irfft2(product, (side, side), workers=bands.THREADS)
            here = full[2 * margin : 2 * margin + part.shape[0], 2 * margin : 2 * margin + part.shape[1]]
            part[:] = np.clip(here + 0.5, 0, 255)


def settled(mask: np.ndarray) -> np.ndarray:
    """A mask without levels that nobody sees: 0…3 are 0, 252…255 are 255. uint8 (H, W), a new array.

    A mask's black is 1 after some programs, or a noise of JPEG: as they stand, all of the picture would count
    as inside.
    """
    return _LEVELS[mask]


def default_feather(size: Size) -> float:
    """1 % of the photo's shorter side in whole pixels, at least 1."""
    return float(max(1, round(0.01 * min(size))))
