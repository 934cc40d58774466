"""Shapes that a mask is made with: drawn at any resolution, in pixels of the photo."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.document.outline import filled
from core.document.plane import Plane
from core.photo.rect import Size

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
