"""Shapes that a mask is made with: drawn at any resolution, in pixels of the photo."""

import math
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np

from core.document.outline import filled
from core.document.plane import FULL, TILE, Key, Plane
from core.photo import rect as rects
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.rect import Rect, Size

FLAT = 0.01  # pixels that an ellipse's sides may lie inside of it


class Selection(Protocol):
    """What a mask is selected by: something that is drawn by a few numbers."""

    def scaled(self, factor: float) -> "Selection":
        """The same in a picture that is enlarged by `factor`."""
        ...

    def plane(self, size: Size) -> Plane:
        """What it covers of each pixel of a picture of `size` (W, H), from which it may stick out."""
        ...


@dataclass(frozen=True)
class Rectangle:
    """Between two corners, whichever they are."""

    x: float
    y: float
    right: float
    bottom: float

    def scaled(self, factor: float) -> "Rectangle":
        return Rectangle(self.x * factor, self.y * factor, self.right * factor, self.bottom * factor)

    def plane(self, size: Size) -> Plane:
        return filled(self.outline(FLAT), size)

    def outline(self, flat: float) -> np.ndarray:  # noqa: ARG002 - it is flat already
        """Its corners, (4, 2)."""
        x, y, right, bottom = self.x, self.y, self.right, self.bottom
        return np.array([(x, y), (right, y), (right, bottom), (x, bottom)])


@dataclass(frozen=True)
class Ellipse:
    """Within a rectangle, between two of its corners."""

    x: float
    y: float
    right: float
    bottom: float

    def scaled(self, factor: float) -> "Ellipse":
        return Ellipse(self.x * factor, self.y * factor, self.right * factor, self.bottom * factor)

    def plane(self, size: Size) -> Plane:
        return filled(self.outline(FLAT), size)

    def outline(self, flat: float) -> np.ndarray:
        """As a polygon, (n, 2), at most `flat` pixels inside of it."""
        across, down = abs(self.right - self.x) / 2, abs(self.bottom - self.y) / 2
        sides = max(16, math.ceil(math.pi / math.sqrt(2 * flat / max(across, down, 1.0))))
        angle = np.linspace(0, 2 * math.pi, sides, endpoint=False)
        x, y = (self.x + self.right) / 2, (self.y + self.bottom) / 2
        return np.stack([x + across * np.cos(angle), y + down * np.sin(angle)], axis=1)


@dataclass(frozen=True)
class Polygon:
    """Between points, the last of them joined to the first."""

    points: tuple[tuple[float, float], ...]

    def scaled(self, factor: float) -> "Polygon":
        return Polygon(tuple((x * factor, y * factor) for x, y in self.points))

    def plane(self, size: Size) -> Plane:
        return filled(np.array(self.points, np.float64).reshape(-1, 2), size)


@dataclass(frozen=True)
class Feathered:
    """Another shape, fading over `radius` pixels to either side of its edge (`masks.mask.feather`); what
    it covers at the picture's border is taken to go on beyond. Below 1 its edge is the shape's own.
    """

    shape: Selection
    radius: float

    def scaled(self, factor: float) -> "Feathered":
        return Feathered(self.shape.scaled(factor), self.radius * factor)

    def plane(self, size: Size) -> Plane:
        plane = self.shape.plane(size)
        if plane.is_empty or self.radius < 1:
            return plane
        tiles = (rects.cell(*key, TILE) for key in plane.tiles)
        box = rects.common(reduce(rects.union, tiles), rects.whole(size))
        soft = masks.feather(BoxedMask(plane.crop(box), box, size), self.radius)
        return Plane().with_max(soft.box, soft.values)


@dataclass(frozen=True)
class Gradient:
    """All of it at (x, y), nothing at (to_x, to_y), in equal steps between: along that line, all of it before
    and nothing beyond; or `radial`, round the first point.
    """

    x: float
    y: float
    to_x: float
    to_y: float
    radial: bool = False

    def scaled(self, factor: float) -> "Gradient":
        ends = self.x * factor, self.y * factor, self.to_x * factor, self.to_y * factor
        return Gradient(*ends, radial=self.radial)

    def plane(self, size: Size) -> Plane:
        """Nothing at all where both points are one."""
        tiles: dict[Key, np.ndarray] = {}
        if (self.x, self.y) == (self.to_x, self.to_y):
            return Plane()
        photo = rects.whole(size)
        left, top, right, bottom = rects.corners(rects.cells(photo, TILE))
        for key in ((column, row) for row in range(top, bottom) for column in range(left, right)):
            tile = self._tile(rects.cell(*key, TILE))
            if tile is not None:
                tiles[key] = tile
        return Plane(tiles).within(photo)

    def _tile(self, rect: Rect) -> np.ndarray | None:
        """What it is in a tile of the picture, uint8 (256, 256), read-only; None where it is nothing."""
        x, y = (
            np.arange(TILE, dtype=np.float32) + np.float32(at + 0.5 - start)
            for at, start in ((rect[0], self.x), (rect[1], self.y))
        )
        across, down = self.to_x - self.x, self.to_y - self.y
        far = math.hypot(across, down)
        if self.radial:
            gone = np.hypot(x[None], y[:, None]) * np.float32(255 / far)
        else:
            ways = x * np.float32(255 * across / far**2), y * np.float32(255 * down / far**2)
            ends = [[way[0], way[-1]] for way in ways]
            if sum(map(max, ends)) <= 0:
                return FULL
            if sum(map(min, ends)) >= 255:
                return None
            gone = ways[0][None] + ways[1][:, None]
        tile = (np.float32(255.5) - np.clip(gone, 0, 255)).astype(np.uint8)
        tile.setflags(write=False)
        return tile if tile.any() else None
