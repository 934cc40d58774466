"""Where a subject stands and which way it looks: geometry only, so it outlives every change of kind."""

from dataclasses import dataclass

import numpy as np

from resources.starter.world.scene import Scene
from resources.starter.world.sheet import Point

SMALLEST, LARGEST = 0.15, 0.7
"""Widths of a subject that stands anywhere, shares of the page."""


@dataclass(frozen=True)
class Place:
    """A subject's own frame: u to its front, v up from the ground, one unit = its width."""

    seed: tuple[int, int]
    x: float
    base: float
    width: float
    facing: int

    def at(self, u: float, v: float) -> Point:
        """A point of the subject's frame on the sheet."""
        return self.x + self.facing * u * self.width, self.base - v * self.width

    def rng(self, purpose: int) -> np.random.Generator:
        """Geometry draws for one purpose; the same whatever kind of subject stands here."""
        return np.random.default_rng([*self.seed, purpose])


def places(scene: Scene) -> tuple[Place, ...]:
    """A place for every subject, left to right."""
    if scene.placing == "anywhere":
        return _anywhere(scene)
    rng = np.random.default_rng([scene.geometry, 20])
    draws = rng.random((2, 4))
    alone = len(scene.subjects) == 1
    lower = 0.05 if scene.indoors else 0.0
    found: list[Place] = []
    for slot, (a, b, c, d) in enumerate(draws[: len(scene.subjects)]):
        width = 0.58 + 0.12 * a if alone else 0.41 + 0.06 * a
        x = 0.5 + (b - 0.5) * 0.16 if alone else (0.255, 0.745)[slot] + (b - 0.5) * 0.03
        found.append(
            Place(
                (scene.geometry, 21 + slot),
                float(x),
                float(0.83 + 0.08 * c - lower),
                float(width),
                1 if d < 0.5 else -1,
            )
        )
    return tuple(found)


def _anywhere(scene: Scene) -> tuple[Place, ...]:
    """Places of 0.15 to 0.7 of the page (of two: to 0.5), the smaller the farther; an edge may cut them."""
    rng = np.random.default_rng([scene.geometry, 25])
    draws, middle = rng.random((2, 4)), float(rng.uniform(0.42, 0.58))
    alone = len(scene.subjects) == 1
    near, far = (0.90, 0.66) if scene.indoors else (1.02, 0.66)
    found: list[Place] = []
    for slot, (a, b, c, d) in enumerate(draws[: len(scene.subjects)]):
        width = SMALLEST + ((LARGEST if alone else 0.5) - SMALLEST) * float(a)
        nearness = 0.7 * (width - SMALLEST) / (LARGEST - SMALLEST) + 0.3 * float(c)
        low, high = (0.05, 0.95) if alone else (0.3 * width, middle - width / 2)
        x = low + (high - low) * float(b)
        found.append(
            Place(
                (scene.geometry, 21 + slot),
                1 - x if slot else x,
                far + (near - far) * nearness,
                width,
                1 if d < 0.5 else -1,
            )
        )
    return tuple(found)
