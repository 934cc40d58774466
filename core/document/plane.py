"""A sparse 8-bit plane in tiles: what hand strokes are kept in. Immutable; unchanged tiles are shared."""

import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from core.photo import rect as rects
from core.photo.masks.patch import Part, Patch
from core.photo.rect import Rect, Size

TILE = 256  # pixels; a power of two, so that reduced tiles meet without a seam

Key = tuple[int, int]  # column and row of a tile
Piece = tuple[Key, Part, np.ndarray]  # values, uint8, for a part of a tile
Small = tuple["weakref.ref[np.ndarray]", np.ndarray]  # a tile and what it was reduced to


@dataclass(frozen=True, eq=False)
class Plane:
    """uint8 values over the non-negative pixels; a missing tile is all 0.

    tiles  read-only (256, 256) arrays by (column, row). A change copies only the tiles that it alters, so
           hundreds of planes of one history cost little more than the strokes between them.
    _small the tiles that were shown, reduced, by factor: one store for all planes that come of one another
    """

    tiles: Mapping[Key, np.ndarray] = field(default_factory=dict[Key, np.ndarray])
    _small: dict[tuple[Key, int], Small] = field(default_factory=dict[tuple[Key, int], Small], repr=False)

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
        for key, inner, outer in self.held(rect):
            values[outer] = self.tiles[key][inner]
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
        held = list(self.held(small, TILE // factor))
        self._reduce([key for key, _, _ in held], factor)
        for key, inner, outer in held:
            values[outer] = 255 if self.tiles[key] is FULL else self._small[key, factor][1][inner]
        return values

    def differing(self, other: "Plane") -> set[Key]:
        """The tiles in which two planes may differ: those that they don't share."""
        if self is other:
            return set()
        keys = self.tiles.keys() | other.tiles.keys()
        return {key for key in keys if self.tiles.get(key) is not other.tiles.get(key)}

    def with_max(self, rect: Rect, patch: Patch) -> "Plane":
        """The plane raised to at least `patch`, uint8 (h, w), inside `rect`."""
        parts = ((key, inner, outer) for key, inner, outer in _parts(rect) if self.tiles.get(key) is not FULL)
        return self._raised((key, inner, patch[outer]) for key, inner, outer in parts)

    def without(self, rect: Rect, patch: Patch) -> "Plane":
        """The plane lowered to at most 255 − `patch`, uint8 (h, w), inside `rect`."""
        return self._lowered((key, inner, patch[outer]) for key, inner, outer in self.held(rect))

    def joined(self, other: "Plane") -> "Plane":
        """`with_max` of another plane."""
        return self._raised((key, EVERYWHERE, tile) for key, tile in other.tiles.items())

    def minus(self, other: "Plane") -> "Plane":
        """`without` another plane."""
        shared = self.tiles.keys() & other.tiles.keys()
        return self._lowered((key, EVERYWHERE, other.tiles[key]) for key in shared)

    def within(self, rect: Rect) -> "Plane":
        """The plane inside `rect`, and 0 outside."""
        left, top, right, bottom = rects.corners(rect)
        columns, rows = range(-(-left // TILE), right // TILE), range(-(-top // TILE), bottom // TILE)
        tiles = {key: tile for key, tile in self.tiles.items() if key[0] in columns and key[1] in rows}
        if len(tiles) == len(self.tiles):
            return self
        for key, inner, _ in self.held(rect):
            if key in tiles:
                continue
            tile = self.tiles[key]
            if tile[inner].size < tile.size:
                cut = np.zeros_like(tile)
                cut[inner] = tile[inner]
                if not cut.any():
                    continue
                cut.setflags(write=False)
                tile = cut
            tiles[key] = tile
        return Plane(tiles, self._small)

    def inverse(self, rect: Rect) -> "Plane":
        """255 minus the plane inside `rect`, and 0 outside."""
        tiles: dict[Key, np.ndarray] = {}
        for key, _, _ in _parts(rect):
            tile = self.tiles.get(key)
            if tile is None:
                tiles[key] = FULL
            elif tile is not FULL:
                tiles[key] = 255 - tile
                tiles[key].setflags(write=False)
        return Plane(tiles, self._small).within(rect)

    def held(self, rect: Rect, side: int = TILE) -> Iterator[tuple[Key, Part, Part]]:
        """What `rect` touches of the tiles that there are: key, part of the tile, the same part of the rect.

        side  of a tile, in the pixels that `rect` is given in
        """
        return (part for part in _parts(rect, side) if part[0] in self.tiles) if self.tiles else iter(())

    def _raised(self, pieces: Iterable[Piece]) -> "Plane":
        tiles = dict(self.tiles)
        for key, inner, part in pieces:
            old = tiles.get(key)
            if old is FULL:
                continue
            if part is FULL or (part.size == TILE * TILE and part[0, 0] == 255 and part.min() == 255):
                tiles[key] = FULL
            elif part.any() if old is None else (part > old[inner]).any():
                new = np.zeros((TILE, TILE), np.uint8) if old is None else old.copy()
                np.maximum(new[inner], part, out=new[inner])
                new.setflags(write=False)
                tiles[key] = new
        return Plane(tiles, self._small)

    def _lowered(self, pieces: Iterable[Piece]) -> "Plane":
        tiles = dict(self.tiles)
        changed = False
        for key, inner, part in pieces:
            old, most = tiles[key], 255 - part
            if not (most < old[inner]).any():
                continue
            new, changed = old.copy(), True
            np.minimum(new[inner], most, out=new[inner])
            new.setflags(write=False)
            tiles[key] = new
            if not new.any():
                del tiles[key]
        return Plane(tiles, self._small) if changed else self

    def _reduce(self, keys: Iterable[Key], factor: int) -> None:
        """Keep these tiles reduced, those that aren't yet: all in one go, for that costs half as much."""
        new: dict[Key, np.ndarray] = {}
        for key in keys:
            tile, kept = self.tiles[key], self._small.get((key, factor))
            if tile is not FULL and (kept is None or kept[0]() is not tile):
                new[key] = tile
        if not new:
            return
        rows = np.concatenate([*new.values()])
        image = Image.frombuffer("L", (TILE, len(rows)), rows, "raw", "L", 0, 1)  # without a copy
        small = np.asarray(image.reduce(factor)).reshape(len(new), TILE // factor, TILE // factor)
        for (key, tile), values in zip(new.items(), small, strict=True):
            self._small[key, factor] = weakref.ref(tile), values.copy()


def _parts(rect: Rect, side: int = TILE) -> Iterator[tuple[Key, Part, Part]]:
    """Every tile that `rect` touches: its key, the part in the tile, and the same part in the rect."""
    x, y, width, height = rect
    columns = list(_spans(x, width, side))
    for row, high, below in _spans(y, height, side):
        for column, wide, beside in columns:
            yield (column, row), (high, wide), (below, beside)


def _spans(start: int, length: int, side: int) -> Iterator[tuple[int, slice, slice]]:
    """Along one axis: the number of each tile, what of it is touched, and where that lies in the length."""
    for number in range(start // side, -(-(start + length) // side)):
        begin = number * side
        first, stop = max(start, begin), min(start + length, begin + side)
        yield number, slice(first - begin, stop - begin), slice(first - start, stop - start)


def clipped(patch: Patch, rect: Rect, inside: Rect) -> Patch:
    """What of a patch at `rect` lies `inside` it."""
    return patch if inside == rect else patch[rects.slices(inside, rect)]


def _full() -> np.ndarray:
    tile = np.full((TILE, TILE), 255, np.uint8)
    tile.setflags(write=False)
    return tile


EVERYWHERE: Part = slice(None), slice(None)
FULL = _full()  # every tile that is all 255: most of what a large brush covers
