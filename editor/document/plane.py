"""A sparse 8-bit plane in tiles: what hand strokes are kept in. Immutable; unchanged tiles are shared."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

TILE = 256  # pixels; a power of two, so that reduced tiles meet without a seam

Rect = tuple[int, int, int, int]  # x, y, width, height in photo pixels
Key = tuple[int, int]  # column and row of a tile
Part = tuple[slice, slice]  # rows and columns


@dataclass(frozen=True, eq=False)
class Plane:
    """uint8 values over the non-negative pixels; a missing tile is all 0.

    tiles  read-only (256, 256) arrays by (column, row). A change copies only the tiles that it alters, so
           hundreds of planes of one history cost little more than the strokes between them.
    """

    tiles: Mapping[Key, np.ndarray] = field(default_factory=dict)

    @staticmethod
    def from_array(array: np.ndarray) -> "Plane":
        """A plane of a whole picture, uint8 (H, W)."""
        height, width = array.shape
        return Plane().with_max((0, 0, width, height), array)

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

    def array(self, size: tuple[int, int]) -> np.ndarray:
        """The whole plane, uint8 (H, W), of a photo of `size` (W, H)."""
        return self.crop((0, 0, *size))

    def reduced(self, rect: Rect, factor: int) -> np.ndarray:
        """`crop(rect)` shrunk by box averages, uint8 (ceil(h/factor), ceil(w/factor)).

        `factor` is a power of two up to 256 and divides x and y. Costs by the tiles that there are.
        """
        if factor == 1:
            return self.crop(rect)
        small = _shrunk(rect, factor)
        values = np.zeros((small[3], small[2]), np.uint8)
        for key, inner, outer in _parts(small, TILE // factor):
            tile = self.tiles.get(key)
            if tile is not None:
                values[outer] = np.asarray(Image.fromarray(tile).reduce(factor))[inner]
        return values

    def with_max(self, rect: Rect, patch: np.ndarray) -> "Plane":
        """The plane raised to at least `patch`, uint8 (h, w), inside `rect`."""
        return self._combined(rect, patch, np.maximum, absent_stays=False)

    def with_min(self, rect: Rect, patch: np.ndarray) -> "Plane":
        """The plane lowered to at most `patch`, uint8 (h, w), inside `rect`."""
        return self._combined(rect, patch, np.minimum, absent_stays=True)

    def _combined(
        self, rect: Rect, patch: np.ndarray, combine: Callable[..., np.ndarray], *, absent_stays: bool
    ) -> "Plane":
        tiles = dict(self.tiles)
        for key, inner, outer in _parts(rect):
            old = tiles.get(key)
            if old is None and (absent_stays or not patch[outer].any()):
                continue
            new = np.zeros((TILE, TILE), np.uint8) if old is None else old.copy()
            combine(new[inner], patch[outer], out=new[inner])
            if old is not None and np.array_equal(new, old):
                continue
            if not new.any():
                tiles.pop(key)
                continue
            new.setflags(write=False)
            tiles[key] = new
        return Plane(tiles)


def _shrunk(rect: Rect, factor: int) -> Rect:
    x, y, width, height = rect
    return x // factor, y // factor, -(-width // factor), -(-height // factor)


def _parts(rect: Rect, side: int = TILE) -> Iterator[tuple[Key, Part, Part]]:
    """Every tile that `rect` touches: its key, the part in the tile, and the same part in the rect."""
    x, y, width, height = rect
    for row in range(y // side, -(-(y + height) // side)):
        top, bottom = max(y, row * side), min(y + height, (row + 1) * side)
        for column in range(x // side, -(-(x + width) // side)):
            left, right = max(x, column * side), min(x + width, (column + 1) * side)
            inner = (
                slice(top - row * side, bottom - row * side),
                slice(left - column * side, right - column * side),
            )
            outer = slice(top - y, bottom - y), slice(left - x, right - x)
            yield (column, row), inner, outer
