"""A sparse 8-bit plane in tiles: what hand strokes are kept in. Immutable; unchanged tiles are shared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from core.photo import rect as rects
from core.photo.rect import Rect, Size

TILE = 256  # pixels; a power of two, so that reduced tiles meet without a seam

Key = tuple[int, int]  # column and row of a tile
Part = tuple[slice, slice]  # rows and columns


@dataclass(frozen=True, eq=False)
class Plane:
    """uint8 values over the non-negative pixels; a missing tile is all 0.

    tiles  read-only (256, 256) arrays by (column, row). A change copies only the tiles that it alters, so
           hundreds of planes of one history cost little more than the strokes between them.
    """

    tiles: Mapping[Key, np.ndarray] = field(default_factory=dict[Key, np.ndarray])

    @staticmethod
    def from_array(array: np.ndarray) -> "Plane":
        """A plane of a whole picture, uint8 (H, W)."""
        height, width = array.shape
        return Plane().with_max(rects.whole((width, height)), array)

    @property
    def is_empty(self) -> bool:
        """No pixel is above 0."""
        return not self.tiles  # tiles of zeros are never kept

    @property
    def nbytes(self) -> int:
        """Bytes of the distinct tiles."""
        return sum(tile.nbytes for tile in {id(tile): tile for tile in self.tiles.values()}.values())

    def crop(self, rect: Rect) -> np.ndarray:
        """The values inside `rect`, uint8 (h, w), a fresh array."""
        values = np.zeros((rect[3], rect[2]), np.uint8)
        for key, inner, outer in _parts(rect):
            tile = self.tiles.get(key)
            if tile is not None:
                values[outer] = tile[inner]
        return values

    def array(self, size: Size) -> np.ndarray:
        """The whole plane, uint8 (H, W), of a photo of `size` (W, H)."""
        return self.crop(rects.whole(size))

    def reduced(self, rect: Rect, factor: int) -> np.ndarray:
        """`crop(rect)` shrunk by box averages, uint8 (ceil(h/factor), ceil(w/factor)).

        `factor` is a power of two up to 256 and divides x and y. Costs by the tiles that there are.
        """
        if factor == 1:
            return self.crop(rect)
        small = rects.cells(rect, factor)
        values = np.zeros((small[3], small[2]), np.uint8)
        for key, inner, outer in _parts(small, TILE // factor) if self.tiles else ():
            tile = self.tiles.get(key)
            if tile is not None:
                image = Image.frombuffer("L", (TILE, TILE), tile, "raw", "L", 0, 1)  # without a copy
                values[outer] = np.asarray(image.reduce(factor))[inner]
        return values

    def differing(self, other: "Plane") -> set[Key]:
        """The tiles in which two planes may differ: those that they don't share."""
        keys = self.tiles.keys() | other.tiles.keys()
        return {key for key in keys if self.tiles.get(key) is not other.tiles.get(key)}

    def with_max(self, rect: Rect, patch: np.ndarray) -> "Plane":
        """The plane raised to at least `patch`, uint8 (h, w), inside `rect`."""
        tiles = dict(self.tiles)
        for key, inner, outer in _parts(rect):
            old, part = tiles.get(key), patch[outer]
            if part.any() if old is None else (part > old[inner]).any():
                new = np.zeros((TILE, TILE), np.uint8) if old is None else old.copy()
                np.maximum(new[inner], part, out=new[inner])
                new.setflags(write=False)
                tiles[key] = new
        return Plane(tiles)

    def with_min(self, rect: Rect, patch: np.ndarray) -> "Plane":
        """The plane lowered to at most `patch`, uint8 (h, w), inside `rect`."""
        tiles = dict(self.tiles)
        for key, inner, outer in _parts(rect) if tiles else ():
            old, part = tiles.get(key), patch[outer]
            if old is None or not (part < old[inner]).any():
                continue
            new = old.copy()
            np.minimum(new[inner], part, out=new[inner])
            new.setflags(write=False)
            tiles[key] = new
            if not new.any():
                del tiles[key]
        return Plane(tiles)


def _parts(rect: Rect, side: int = TILE) -> Iterator[tuple[Key, Part, Part]]:
    """Every tile that `rect` touches: its key, the part in the tile, and the same part in the rect."""
    left, top, right, bottom = rects.corners(rects.cells(rect, side))
    for row in range(top, bottom):
        for column in range(left, right):
            tile = rects.cell(column, row, side)
            both = rects.common(rect, tile)
            yield (column, row), rects.slices(both, tile), rects.slices(both, rect)
