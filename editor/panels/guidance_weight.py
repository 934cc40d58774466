"""Editing a guidance weight: from one valid Weight to another, whatever is dragged. No Qt.

A decay, an interval and a free curve exclude each other (core.diffusion.weight.Weight); every function here
drops the two that aren't asked for.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.diffusion.weight import MAX_SCALE, Points, Shape, Weight

GAP = 0.01  # the least distance between two points of a curve, and of an interval's ends, in progress
BENT = (0.0, 0.25, 0.5, 0.75, 1.0)  # where a bent decay is sampled when it becomes a free curve
WHOLE = (0.0, 1.0)


class Course(StrEnum):
    """What the weight follows over the steps."""

    DECAY = "decay"  # constant when the decay is 0
    INTERVAL = "interval"
    CURVE = "curve"


def course(weight: Weight) -> Course:
    if weight.curve is not None:
        return Course.CURVE
    return Course.DECAY if weight.interval is None else Course.INTERVAL


def with_interval(weight: Weight, interval: tuple[float, float]) -> Weight:
    """The scale inside (A, B), 1 outside; the ends are clamped to 0…1 and kept GAP apart."""
    a = min(1 - GAP, max(0.0, interval[0]))
    b = min(1.0, max(a + GAP, interval[1]))
    return replace(weight, interval=(a, b), decay=0.0, curve=None)


def with_curve(weight: Weight, points: Points) -> Weight:
    """A free curve through the points."""
    return replace(weight, curve=points, decay=0.0, interval=None)


def as_curve(weight: Weight) -> Weight:
    """The same weight as a free curve, as near as few points come."""
    return with_curve(weight, handles(weight))


def handles(weight: Weight) -> Points:
    """The points to grab: a free curve's own, else those that it would become."""
    if weight.curve is not None:
        return weight.curve
    if weight.interval is not None:
        return _edges(weight.scale, *weight.interval)
    bent = weight.decay > 0 and weight.shape is not Shape.LINEAR
    return tuple((p, weight.at(p)) for p in (BENT if bent else WHOLE))


def moved(points: Points, i: int, p: float, w: float) -> Points:
    """Point i taken to (p, w), as far as its neighbours and the limits let it."""
    low = points[i - 1][0] + GAP if i > 0 else 0.0
    high = points[i + 1][0] - GAP if i + 1 < len(points) else 1.0
    p = points[i][0] if low > high else min(high, max(low, p))  # no room between near neighbours
    return (*points[:i], (p, min(MAX_SCALE, max(0.0, w))), *points[i + 1 :])


def added(points: Points, p: float, w: float) -> tuple[Points, int]:
    """The points with one more at (p, w), and its index; one that is there already is moved instead."""
    p = min(1.0, max(0.0, p))
    for i, (other, _) in enumerate(points):
        if abs(other - p) < GAP:
            return moved(points, i, other, w), i
    more = tuple(sorted((*points, (p, min(MAX_SCALE, max(0.0, w))))))
    return more, [x for x, _ in more].index(p)


def removed(points: Points, i: int) -> Points:
    """The points without point i; the last one stays."""
    return points if len(points) == 1 else (*points[:i], *points[i + 1 :])


@dataclass(frozen=True)
class Preset:
    """A way for the weight to run that keeps the scale. `name` is for a newcomer, `term` the field's."""

    name: str
    term: str
    decay: float = 0.0
    decay_to: int = 1
    shape: Shape = Shape.LINEAR
    interval: tuple[float, float] | None = None

    def on(self, weight: Weight) -> Weight:
        return Weight(weight.scale, self.decay, self.decay_to, self.shape, self.interval)


def _edges(scale: float, a: float, b: float) -> Points:
    """An interval's jumps as steep flanks of GAP."""
    points: dict[float, float] = {}
    if a > 0:
        points[max(0.0, a - GAP)] = 1.0
    points[a] = scale
    points[b] = scale
    if b < 1:
        points[min(1.0, b + GAP)] = 1.0
    return tuple(points.items())
