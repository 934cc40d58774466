"""What stands where a picture is clicked, by colours and edges: the region round the click whose outline runs
along the strongest edges.

How far a place is from the click is the way to it along the picture's edges, as for `clicks`, and how far its
colour is from that of the click. Of the regions that end at one such distance, from small to large, that is
taken whose outline has the most contrast on average, as in Hojjatoleslami & Kittler, Region Growing: A New
Approach (IEEE Transactions on Image Processing, 1998). Found on a small page of the picture, whatever its
size.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.lazy import ndimage
from core.photo.masks.clicks import Ground, guide
from core.photo.masks.mask import cut, cut_grid, spread
from core.photo.masks.similar import Crop
from core.photo.masks.upsample import Edges, edges, snap
from core.photo.rect import Size
from core.photo.space import SRGB, Space

SHARES = 1.0, *np.geomspace(0.6, 0.003, 24)  # of the picture: how large a region is, its holes left out
GRAIN = 0.7  # cells that colours are blurred by: noise makes no edge
WINDOWS = 1 / 64, 1 / 32  # radii of what the edge is looked for in: it is known to a cell or two


@dataclass(frozen=True, eq=False)
class Clickable:
    """A picture that is ready to be clicked.

    size    (W, H) of it
    ground  what distances are measured on;  slopes: how steep its colours are there, float32 of its shape
    along   the edges of its page
    """

    size: Size
    ground: Ground
    slopes: np.ndarray
    along: Edges

    def take(self, at: tuple[int, int]) -> np.ndarray:
        """What stands at (x, y) of the picture: a small mask that covers all of it, uint8 (h, w)."""
        rows, columns = self.ground.shape
        place = at[1] * rows // self.size[1], at[0] * columns // self.size[0]
        far = self.ground.far((place,)) + _unlike(self.ground.guide, place)
        regions = (_round(place, far <= level) for level in np.quantile(far, SHARES))
        best = max(regions, key=self._contrast)
        return cut(snap(best.astype(np.float32), self.along), self.size, 0.5)

    def _contrast(self, region: np.ndarray) -> float:
        """How steep it is on average on both sides of a region's outline; the picture's border is none."""
        outline = spread(region) & spread(~region)
        return float(self.slopes[outline].mean()) if outline.any() else 0.0


def look(crop: Crop, size: Size, space: Space = SRGB) -> Clickable:
    """A picture of `size` (W, H), read in bands. crop: what is in a box of it, uint8 (h, w, 3)"""

    def read(at: slice) -> np.ndarray:
        return np.ascontiguousarray(crop((0, at.start, size[0], at.stop - at.start)))

    page = bands.shrink_read(read, size, cut_grid(size), Image.Resampling.BOX, 2.0)
    colours = ndimage().gaussian_filter(guide(page, space), (GRAIN, GRAIN, 0))
    return Clickable(size, Ground(colours), _slopes(colours), edges(page, WINDOWS, space))


def _slopes(colours: np.ndarray) -> np.ndarray:
    """Of the value that changes most, float32 (h, w)."""
    values = colours.astype(np.float32)
    down, across = (ndimage().sobel(values, axis) for axis in (0, 1))
    return np.hypot(down, across).max(axis=2)


def _unlike(colours: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    """By how much the farthest of three values differs from those round a place, float32 (h, w)."""
    row, column = place
    near = colours[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].reshape(-1, 3)
    return np.abs(colours.astype(np.float32) - np.median(near, axis=0).astype(np.float32)).max(axis=2)


def _round(place: tuple[int, int], near: np.ndarray) -> np.ndarray:
    """What of `near` hangs together with a place, and what that encloses: bool (h, w)."""
    labels, _ = ndimage().label(near)
    outside = np.pad((labels != labels[place]) | ~near, 1, constant_values=True)
    beyond, _ = ndimage().label(outside)
    return beyond[1:-1, 1:-1] != beyond[0, 0]
