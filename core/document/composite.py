"""The picture as shown: the photo with its layers pasted over it, composed in boxes as they are asked for."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from threading import Lock

import numpy as np

from core.document.layer import Layer, shown
from core.photo import rect as rects
from core.photo import region
from core.photo.deep import Deep, Pasted
from core.photo.photo import Photo
from core.photo.rect import Rect

TILE = 512  # pixels a side of what is kept together
KEPT = 64 << 20  # bytes of what lies under the layer that is being changed
NOWHERE: Rect = (0, 0, 0, 0)


class Composite:
    """A photo under layers. It never changes: `under` makes the next one, which knows what stayed.

    A part of it costs by its pixels and by the layers from the lowest changed one upwards: what lies below is
    kept tile by tile, so that an opacity is dragged, or a mask retouched, at the cost of one layer.
    """

    def __init__(self, photo: Photo, layers: Sequence[Layer] = ()) -> None:
        self._photo = photo
        self._layers = shown(layers)
        self._floor = 0  # how many layers, from the lowest, stayed when this one was made
        self._kept = _Kept()
        self._lock = Lock()
        self._whole: np.ndarray | None = None
        self._start: tuple[np.ndarray, Rect] | None = None  # an earlier whole, and where this one differs
        self._part: tuple[Rect, np.ndarray] = NOWHERE, photo.pixels  # what was composed elsewhere

    def under(self, layers: Sequence[Layer], part: tuple[Rect, np.ndarray] | None = None) -> "Composite":
        """The same photo under other layers.

        part: a box and what they show in it, uint8 (h, w, 3), where that is known: of an edit just drawn
        """
        following = Composite(self._photo, layers)
        following._part = part or following._part
        following._floor = _common(self._layers, following._layers)
        following._kept = self._kept
        self._kept.forget_all_but(following._layers)
        start = self._start if self._whole is None else (self._whole, NOWHERE)
        if start is not None:
            following._start = start[0], _around(start[1], following.differs(self))
        return following

    def differs(self, other: "Composite") -> Rect:
        """A box of all that two of one photo show differently; an empty one if they show the same."""
        below = _common(self._layers, other._layers)
        one, two = self._layers[below:], other._layers[below:]
        above = _common(one[::-1], two[::-1])
        boxes = [layer.box for part in (one, two) for layer in part[: len(part) - above]]
        return reduce(_around, boxes, NOWHERE)

    @property
    def original(self) -> Photo:
        """The photo as it was opened, under all layers."""
        return self._photo

    @property
    def is_photo(self) -> bool:
        """Nothing lies over the photo."""
        return not self._layers

    def touches(self, rect: Rect) -> bool:
        """A layer lies over some of what is in `rect`."""
        return any(_meet(layer.box, rect) for layer in self._layers)

    def crop(self, rect: Rect) -> np.ndarray:
        """The picture inside `rect`, which lies in the photo: uint8 (h, w, 3), in the photo's space.

        A view of the photo's own pixels where no layer lies, and of a part that is known.
        """
        if not self.touches(rect):
            return self._photo.pixels[rects.slices(rect)]
        if rects.holds(self._part[0], rect):
            return self._part[1][rects.slices(rect, self._part[0])]
        pixels = np.empty((rect[3], rect[2], 3), np.uint8)
        for tile in _tiles(rect):
            tile = rects.common(tile, rects.whole(self._photo.size))
            part = rects.common(tile, rect)
            pixels[rects.slices(part, rect)] = self._composed(tile, part)
        return pixels

    def whole(self) -> np.ndarray:
        """All of it, uint8 (H, W, 3), read-only, made once; the photo's own array without layers."""
        if self.is_photo:
            return self._photo.pixels
        with self._lock:
            if self._whole is None:
                self._whole, self._start = self._make(), None
            return self._whole

    def sampled(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Some of its pixels alone, for a small picture: uint8 (rows, columns, 3), in the photo's space.

        rows, columns: ascending, at least one of each. It costs by what lies between the first and the last.
        """
        pixels = self._photo.pixels[_evenly(rows)][:, _evenly(columns)].copy()
        reach = rects.from_corners(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        for layer in self._layers:
            both = rects.common(layer.box, reach)
            left, top, right, bottom = rects.corners(both)
            down = np.flatnonzero((rows >= top) & (rows < bottom))
            across = np.flatnonzero((columns >= left) & (columns < right))
            if not (down.size and across.size):
                continue
            here, at = np.ix_(down, across), np.ix_(rows[down], columns[across])
            drawn, share = (
                values[at[0] - box[1], at[1] - box[0]]
                for values, box in ((layer.variant.drawn, layer.box), (layer.share(both), both))
            )
            part = pixels[here]
            region.paste_into(part, drawn, share, self._photo.space)
            pixels[here] = part
        return pixels

    @property
    def deep(self) -> Deep | None:
        """The picture in 16 bits per channel; None if the photo has 8."""
        if self._photo.deep is None:
            return None
        space = self._photo.space
        pasted = (Pasted(one.box, one.variant.drawn, one.share(one.box), space) for one in self._layers)
        return replace(self._photo.deep, pasted=tuple(pasted))

    def photo(self) -> Photo:
        """The photo with its layers, in 8 bits and in 16: for the next edit to work on, or to be exported.

        Always the same one: it keeps its digest, which is a walk through all of it.
        """
        return self._photo if self.is_photo else self._edited

    @cached_property
    def _edited(self) -> Photo:
        return replace(self._photo, pixels=self.whole(), deep=self.deep)

    def _make(self) -> np.ndarray:
        whole = rects.whole(self._photo.size)
        if self._start is None:
            pixels = self._over(whole, self._photo.pixels, self._layers)
        else:
            pixels = self._start[0].copy()
            pixels[rects.slices(self._start[1])] = self.crop(self._start[1])
        pixels.setflags(write=False)
        return pixels

    def _composed(self, tile: Rect, part: Rect) -> np.ndarray:
        """The picture inside `part` of a tile, over what is kept of the layers below."""
        staying, above = self._layers[: self._floor], self._layers[self._floor :]
        under = tuple(layer for layer in staying if _meet(layer.box, tile))
        if not under:
            return self._over(part, self._photo.pixels[rects.slices(part)], above)
        below, pixels = self._kept.find(tile, under)
        if pixels is None:
            pixels = self._photo.pixels[rects.slices(tile)]
        if below < len(under):
            pixels = self._over(tile, pixels, under[below:])
            self._kept.keep(tile, under, pixels)
        return self._over(part, pixels[rects.slices(part, tile)], above)

    def _over(self, rect: Rect, pixels: np.ndarray, layers: Iterable[Layer]) -> np.ndarray:
        """Layers over what is in `rect`: a new array."""
        pixels = pixels.copy()
        for layer in layers:
            both = rects.common(layer.box, rect)
            if not rects.is_empty(both):
                here, there = rects.slices(both, rect), rects.slices(both, layer.box)
                drawn, share = layer.variant.drawn[there], layer.share(both)
                region.paste_into(pixels[here], drawn, share, self._photo.space)
        return pixels


class _Kept:
    """Tiles of the layers below some other, over one photo; the longest unused go."""

    def __init__(self) -> None:
        self._tiles: OrderedDict[Rect, tuple[tuple[Layer, ...], np.ndarray]] = OrderedDict()
        self._lock = Lock()

    def find(self, tile: Rect, layers: tuple[Layer, ...]) -> tuple[int, np.ndarray | None]:
        """uint8 (h, w, 3) of the lowest of these layers, and how many those are; (0, None) if of others."""
        with self._lock:
            known, pixels = self._tiles.get(tile, ((), None))
            if pixels is None or _common(known, layers) < len(known):
                return 0, None
            self._tiles.move_to_end(tile)
            return len(known), pixels

    def keep(self, tile: Rect, layers: tuple[Layer, ...], pixels: np.ndarray) -> None:
        with self._lock:
            self._tiles[tile] = layers, pixels
            self._tiles.move_to_end(tile)
            while sum(kept.nbytes for _, kept in self._tiles.values()) > KEPT:
                self._tiles.popitem(last=False)

    def forget_all_but(self, layers: Sequence[Layer]) -> None:
        """What is kept of other layers would keep them alive."""
        there = {id(layer.variant) for layer in layers}
        with self._lock:
            for tile, (known, _) in list(self._tiles.items()):
                if any(id(layer.variant) not in there for layer in known):
                    del self._tiles[tile]


def _evenly(at: np.ndarray) -> slice | np.ndarray:
    """Ascending indices as a slice where they are evenly apart: a tenth of the time."""
    step = int(at[1] - at[0]) if at.size > 1 else 1
    return slice(int(at[0]), int(at[-1]) + 1, step) if (np.diff(at) == step).all() else at


def _common(one: Sequence[Layer], two: Sequence[Layer]) -> int:
    """How many from the first on look alike."""
    for n, (a, b) in enumerate(zip(one, two, strict=False)):
        if not a.looks_like(b):
            return n
    return min(len(one), len(two))


def _meet(one: Rect, other: Rect) -> bool:
    return not rects.is_empty(rects.common(one, other))


def _around(one: Rect, other: Rect) -> Rect:
    if rects.is_empty(one) or rects.is_empty(other):
        return other if rects.is_empty(one) else one
    return rects.union(one, other)


def _tiles(rect: Rect) -> Iterator[Rect]:
    left, top, right, bottom = rects.corners(rects.cells(rect, TILE))
    for row in range(top, bottom):
        for column in range(left, right):
            yield rects.cell(column, row, TILE)
