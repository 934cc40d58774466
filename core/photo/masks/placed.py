"""A mask moved, scaled and turned as a whole, soft as it was."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.photo import rect as rects
from core.photo.rect import Rect


@dataclass(frozen=True)
class Transform:
    """Scaled by `across` and `down` (above 0), turned clockwise by `angle` degrees about `centre`, then moved
    by `way`; all in pixels of the picture.
    """

    centre: tuple[float, float]
    way: tuple[float, float] = (0.0, 0.0)
    across: float = 1.0
    down: float = 1.0
    angle: float = 0.0

    @property
    def is_whole_move(self) -> bool:
        """It moves by whole pixels, and nothing else."""
        same = self.across == 1 and self.down == 1 and self.angle % 360 == 0
        return same and all(part == round(part) for part in self.way)

    def matrix(self) -> np.ndarray:
        """Where a point (x, y, 1) goes, float (2, 3)."""
        turn = math.radians(self.angle)
        cos, sin = math.cos(turn), math.sin(turn)
        linear = np.array([[cos * self.across, -sin * self.down], [sin * self.across, cos * self.down]])
        middle = np.array(self.centre)
        return np.column_stack([linear, middle + self.way - linear @ middle])

    def corners(self, box: Rect) -> np.ndarray:
        """Where the corners of a box go, from the upper left one clockwise, float (4, 2)."""
        left, top, right, bottom = rects.corners(box)
        points = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)], float)
        return points @ self.matrix().T


def placed(mask: np.ndarray, placement: Transform) -> np.ndarray:
    """The mask at another place, uint8 (H, W) → uint8 (H, W); what leaves the picture is lost.

    By whole pixels exactly; else bilinear, of averages where it shrinks.
    """
    box = rects.bounding_box(mask)
    result = np.zeros_like(mask)
    if box is None:
        return result
    whole = rects.whole((mask.shape[1], mask.shape[0]))
    if placement.is_whole_move:
        way = round(placement.way[0]), round(placement.way[1])
        there = rects.common(rects.moved(box, way), whole)
        result[rects.slices(there)] = mask[rects.slices(rects.moved(there, (-way[0], -way[1])))]
        return result
    corners = placement.corners(box)
    low, high = np.floor(corners.min(0)).astype(int) - 1, np.ceil(corners.max(0)).astype(int) + 1
    there = rects.common(rects.from_corners(*low.tolist(), *high.tolist()), whole)
    if not rects.is_empty(there):
        result[rects.slices(there)] = _resampled(mask[rects.slices(box)], box, placement, there)
    return result


def _resampled(values: np.ndarray, box: Rect, placement: Transform, there: Rect) -> np.ndarray:
    """What lay in `box` as it lies in `there`, uint8 (h, w)."""
    steps = max(1, math.floor(1 / placement.across)), max(1, math.floor(1 / placement.down))
    margins = 2 * steps[0], 2 * steps[1]  # nothing round it, so that its edge fades
    padded = np.pad(values, ((margins[1],) * 2, (margins[0],) * 2))
    source = Image.fromarray(padded).reduce(steps)
    forth = placement.matrix()
    back = np.linalg.inv(forth[:, :2])
    origin = back @ (np.array(there[:2]) - forth[:, 2]) - (box[0] - margins[0], box[1] - margins[1])
    rows = np.column_stack([back, origin]) / np.array(steps)[:, None]
    turned = source.transform(
        there[2:], Image.Transform.AFFINE, tuple(rows.ravel().tolist()), Image.Resampling.BILINEAR
    )
    return np.asarray(turned)
