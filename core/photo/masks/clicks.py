"""Clicks on a found mask: each place of it goes to the click that is nearer along the picture's edges.

Near is by the cheapest way over a grid of the picture on which colours that differ are far apart: a geodesic
distance, as in Bai & Sapiro, A Geodesic Framework for Fast Interactive Image and Video Segmentation and
Matting (ICCV 2007).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.lazy import csgraph, ndimage, sparse
from core.photo.masks.click import Click
from core.photo.rect import Size
from core.photo.space import SRGB, Space

GRID = 192  # longest side of the grid that distances are measured on: a click is answered at once
EDGE = 120.0  # steps that the way from black to white is longer than one on even ground
HALF = 128  # of a mask: it counts as in
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # rows and columns: half of the eight neighbours
SURE = 0.3  # of the highest product of heat and distance: from there on what nobody clicked is meant
HELD = 4  # distances that are kept at a time: those from both kinds of clicks, and as much of what was before

Place = tuple[int, int]  # row and column
Places = tuple[Place, ...]


@dataclass(frozen=True, eq=False)
class Ground:
    """A photo's `guide`, and the cheapest ways over it. What was asked last of clicks is kept: a threshold
    changes nothing of it, and one click more half of it. A copy, in another process too, begins anew.
    """

    guide: np.ndarray

    def __reduce__(self) -> tuple[type["Ground"], tuple[np.ndarray]]:
        return Ground, (self.guide,)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.guide.shape[0], self.guide.shape[1]

    @cached_property
    def far(self) -> Callable[[Places], np.ndarray]:
        """far(places): how far each cell is from the nearest of them, float32 (h, w)."""
        return lru_cache(HELD)(self._far)

    @cached_property
    def share(self) -> Callable[[Places, Places, tuple[int, int]], np.ndarray]:
        """share(meant, dropped, shape): how much of each pixel of a mask of `shape` (h, w) is nearer to what
        is meant, float32 in [0, 1].
        """
        return lru_cache(1)(self._share)

    def far_off(self, region: np.ndarray) -> np.ndarray:
        """How far each cell is from the nearest of a region, bool (h, w), that has a rim; float32 (h, w)."""
        rim = region & ~ndimage().binary_erosion(region, np.ones((3, 3)), border_value=1)
        return np.where(region, np.float32(0), self._measured(np.flatnonzero(rim)))

    def _far(self, places: Places) -> np.ndarray:
        return self._measured([row * self.shape[1] + column for row, column in places])

    def _measured(self, cells: Sequence[int] | np.ndarray) -> np.ndarray:
        far = csgraph().dijkstra(self._ways, indices=cells, min_only=True)
        return far.reshape(self.shape).astype(np.float32)

    def _share(self, meant: Places, dropped: Places, shape: tuple[int, int]) -> np.ndarray:
        return _nearer(self.far(meant), self.far(dropped), shape)

    @cached_property
    def _ways(self) -> Any:
        """The grid as a sparse graph of every cell and its neighbours: how far it is to each."""
        rows, columns = self.shape
        colours = np.ascontiguousarray(np.moveaxis(self.guide, 2, 0)).astype(np.float32) / 255
        cells = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
        one, other, far = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
        for down, across in STEPS:
            near = slice(0, rows - down), slice(max(0, -across), columns - max(0, across))
            beyond = slice(down, rows), slice(max(0, across), columns - max(0, -across))
            apart = np.sqrt(np.square(colours[:, *near] - colours[:, *beyond]).mean(axis=0))
            length = (np.hypot(down, across) + EDGE * apart).ravel()
            ends = cells[near].ravel(), cells[beyond].ravel()
            one += ends
            other += ends[::-1]
            far += (length, length)
        between = np.concatenate(one), np.concatenate(other)
        return sparse().csr_array((np.concatenate(far), between), shape=(rows * columns, rows * columns))


def guide(pixels: np.ndarray, space: Space = SRGB) -> np.ndarray:
    """What the ways lead over: a photo, uint8 (H, W, 3), in sRGB, at most `GRID` cells wide and high."""
    small = bands.shrink(pixels, _grid((pixels.shape[1], pixels.shape[0])), Image.Resampling.BOX, 2.0)
    return np.ascontiguousarray(space.to_srgb(small))


def flat(size: Size) -> np.ndarray:
    """The same of a photo of `size` (W, H) that nothing is known of: the nearer click is that on the page."""
    width, height = _grid(size)
    return np.zeros((height, width, 3), np.uint8)


def chosen(
    mask: np.ndarray, heat: np.ndarray, ground: Ground, clicks: Sequence[Click], size: Size
) -> np.ndarray:
    """What the clicks leave of a small mask, uint8 (h, w), that covers a photo of `size` (W, H).

    heat    what the mask was cut from, float32 (h', w') in [0, 1]
    ground  the photo, as its `guide` has it

    With clicks of both kinds each place goes to the nearer one. Keeping alone leaves the islands that were
    clicked. Dropping alone, of what was cut: places that are hot and far from the clicks are taken as meant.
    Clicks beside the photo say nothing.
    """
    there = [click for click in clicks if click.x < size[0] and click.y < size[1]]
    kept, dropped = ([click for click in there if click.keep is keep] for keep in (True, False))
    if not kept:
        dropped = [click for click in dropped if mask[_place(click, mask.shape, size)] >= HALF]
    if not dropped:
        return _islands(mask, [_place(click, mask.shape, size) for click in kept])
    gone, meant = (tuple(_place(click, ground.shape, size) for click in some) for some in (dropped, kept))
    shape = mask.shape[0], mask.shape[1]
    if meant:
        share = ground.share(meant, gone, shape)
    else:
        sure = _surely_meant(mask, heat, ground, gone)
        if not sure.any():
            return np.zeros_like(mask)
        share = _nearer(ground.far_off(sure), ground.far(gone), shape)
    return (mask * share + 0.5).astype(np.uint8)


def _surely_meant(mask: np.ndarray, heat: np.ndarray, ground: Ground, gone: Places) -> np.ndarray:
    """What stands in for clicks that keep: of the mask, where heat times distance from `gone` is high, bool,
    as large as the ground. Nowhere, if nothing lies beside the clicks.

    One place alone, the farthest or the hottest, would lose half of all that lies between.
    """
    rows, columns = ground.shape
    masked = np.asarray(Image.fromarray(mask).resize((columns, rows), Image.Resampling.BOX))
    hot = np.asarray(Image.fromarray(heat).resize((columns, rows), Image.Resampling.BILINEAR))
    worth = masked * hot * ground.far(gone)
    return (worth > 0) & (worth >= SURE * worth.max())


def _nearer(meant: np.ndarray, dropped: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """How much of each pixel of a mask of `shape` (h, w) is nearer to what is meant than to what is dropped,
    by how far each cell of a ground is from either: float32 in [0, 1].
    """
    wide = Image.fromarray(dropped - meant).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    scale = shape[1] / meant.shape[1]
    return np.clip(np.asarray(wide) * np.float32(scale / 2) + 0.5, 0, 1)  # a step aside changes both by one


def _grid(size: Size) -> Size:
    scale = min(1.0, GRID / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _place(click: Click, shape: tuple[int, ...], size: Size) -> Place:
    """Where in an array of `shape` (h, w), over a photo of `size` (W, H), a click is."""
    return click.y * shape[0] // size[1], click.x * shape[1] // size[0]


def _islands(mask: np.ndarray, kept: Sequence[Place]) -> np.ndarray:
    """The parts of a mask that places lie in; all of it, if they lie in none."""
    labels, _ = ndimage().label(mask > 0, np.ones((3, 3)))
    meant = {int(labels[place]) for place in kept} - {0}
    return np.where(np.isin(labels, list(meant)), mask, 0).astype(np.uint8) if meant else mask
