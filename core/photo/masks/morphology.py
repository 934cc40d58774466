"""What is done to full-size soft masks: grow, shrink, smooth, border, feather, fill holes, remove islands.

All cost by the mask's bounding box; lengths are in its pixels.
"""

import math
from collections.abc import Iterator

import numpy as np

from core.photo import rect as rects
from core.photo.lazy import ndimage
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask

EXACT_DISC = 128  # pixels of radius up to which a disc is exact; what is left over is a 16-sided polygon


def grow(mask: np.ndarray, pixels: float) -> np.ndarray:
    """Grow a soft mask by `pixels` (negative: shrink): grey dilation or erosion with a disc.

    mask  uint8 (H, W) → uint8 (H, W), soft edges kept as soft as they are. Up to 128 pixels the disc is exact
    (whole pixels); beyond, its outline keeps within 5 % of the radius. What touches the picture's border
    doesn't shrink from there.
    """
    radius = round(abs(pixels))
    if not radius or not mask.any():
        return mask
    return _dilate(mask, radius) if pixels > 0 else 255 - _dilate(255 - mask, radius)


def smooth(mask: np.ndarray, pixels: float) -> np.ndarray:
    """Round the outline: gaps, then spikes, narrower than twice `pixels` go, uint8 (H, W) → uint8 (H, W).

    Closing, then opening by a disc: what is rounder than that, gradients too, stays as it is. At the
    picture's border the mask is taken to go on.
    """
    radius = round(pixels)
    if not mask.any():
        return mask
    field = np.pad(mask, 2 * radius, mode="edge")
    for step in (radius, -radius, -radius, radius):
        field = grow(field, step)
    height, width = mask.shape
    return field[2 * radius :, 2 * radius :][:height, :width].copy()


def border(mask: np.ndarray, pixels: float) -> np.ndarray:
    """The mask's outline, `pixels` wide, half of it (rounded up) outside: uint8 (H, W) → uint8 (H, W).

    As strong as the mask differs from one side of it to the other; along the picture's border there is none.
    """
    width = round(pixels)
    return grow(mask, width - width // 2) - grow(mask, -(width // 2))


def soften(mask: np.ndarray, pixels: float) -> np.ndarray:
    """`masks.mask.feather` of a whole mask, uint8 (H, W): it fades over `pixels` to either side."""
    return masks.feather(BoxedMask.of(mask), pixels).whole()


def remove_islands(mask: np.ndarray, pixels: float) -> np.ndarray:
    """Without what hangs together nowhere with more: uint8 (H, W) → uint8 (H, W).

    An island is whatever is above 0 and touches, at corners too; it goes when it covers less than a disc
    `pixels` across. What is half masked counts as half.
    """
    box = rects.bounding_box(mask)
    if box is None:
        return mask
    here = mask[rects.slices(box)]
    labels, _ = ndimage().label(here, np.ones((3, 3)))
    stays = np.bincount(labels.ravel(), here.ravel()) / 255 >= math.pi * pixels**2 / 4
    left = np.zeros_like(mask)
    left[rects.slices(box)] = here * stays[labels]
    return left


def _dilate(mask: np.ndarray, radius: int) -> np.ndarray:
    box = rects.bounding_box(mask)
    if box is None:
        return mask
    field = np.pad(mask[rects.slices(box)], radius)  # beyond the border too: steps go out and come back
    exact = min(radius, EXACT_DISC)
    field = _dilate_disc(field, exact)
    if radius > exact:
        field = _dilate_polygon(field, radius - exact)
    height, width = mask.shape
    grown = np.zeros_like(mask)
    reach = rects.expand(box, radius, radius, (width, height))
    grown[rects.slices(reach)] = field[rects.slices(reach, (box[0] - radius, box[1] - radius))]
    return grown


def _dilate_disc(field: np.ndarray, radius: int) -> np.ndarray:
    """Row by row of the disc, from its tips to its middle: each is a wider run of the one before."""
    result = np.zeros_like(field)
    run, half = field, 0
    for dy in range(radius, -1, -1):
        wanted = math.isqrt(radius * radius - dy * dy)
        while half < wanted:
            step = min(wanted - half, half + 1)  # no farther than the run reaches, or gaps would open
            wider = run.copy()
            _raise(wider, run, step, 0)
            _raise(wider, run, -step, 0)
            run, half = wider, half + step
        _raise(result, run, 0, dy)
        _raise(result, run, 0, -dy)
    return result


def _dilate_polygon(field: np.ndarray, radius: int) -> np.ndarray:
    """A near-regular polygon as the sum of lines in eight directions (Jones & Soille 1996)."""
    directions = [(1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (1, 2), (2, -1), (1, -2)]
    length = radius * math.pi / (2 * len(directions))  # eight half-lengths whose mean reach is the radius
    for dx, dy in directions:
        steps = round(length / math.hypot(dx, dy))
        for step in _doubling(steps):
            wider = field.copy()
            _raise(wider, field, step * dx, step * dy)
            _raise(wider, field, -step * dx, -step * dy)
            field = wider
    return field


def _doubling(reach: int) -> Iterator[int]:
    """Steps that add up to `reach`, each at most one more than all before: max at ±step leaves no gap."""
    done = 0
    while done < reach:
        step = min(reach - done, done + 1)
        yield step
        done += step


def _raise(target: np.ndarray, source: np.ndarray, dx: int, dy: int) -> None:
    """target ← max(target, source moved by (dx, dy)), in place."""
    height, width = target.shape
    if abs(dx) >= width or abs(dy) >= height:
        return
    into = target[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)]
    moved = source[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
    np.maximum(into, moved, out=into)


def fill_holes(mask: np.ndarray) -> np.ndarray:
    """Fill what the mask encloses, soft rims included: uint8 (H, W) → uint8 (H, W).

    A hole is a part below half that can't be left over the sides of its pixels; one at the picture's border
    is open. Then the soft ring left round it, enclosed by full mask, is filled too.
    """
    box = rects.bounding_box(mask)
    if box is None:
        return mask
    here = rects.slices(box)
    field = np.pad(mask[here], 1)
    for level in (128, 255):
        labels, _ = ndimage().label(field < level)
        field[(labels != 0) & (labels != labels[0, 0])] = 255
    filled = mask.copy()
    filled[here] = field[1:-1, 1:-1]
    return filled
