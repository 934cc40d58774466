"""The guidance weight over the steps of a decoding, and what it costs. No torch: the window draws it.

Progress `p` runs from 0 at the first (noisiest) step to exactly 1 at the last; `weight.at(p)` is the
guidance scale there. Classifier-free guidance is `u + w·(t − u)` (Ho & Salimans, arXiv 2207.12598): w = 1 is
the prompt alone, w = 0 ignores it.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from core.bounds import check_bounds, number
from core.errors import require

MAX_SCALE = 100.0
SNAP = 1e-3  # a weight this close to 0 or 1 is 0 or 1, and the evaluation it doesn't need is skipped

Points = tuple[tuple[float, float], ...]


class Shape(StrEnum):
    """How a decay runs from the scale to its end."""

    LINEAR = "linear"
    COSINE = "cosine"
    EXPONENTIAL = "exponential"

    def fraction(self, p: float) -> float:
        """f(p): 0 at p = 0, exactly 1 at p = 1, monotone between."""
        match self:
            case Shape.LINEAR:
                return p
            case Shape.COSINE:
                return (1 - math.cos(math.pi * p)) / 2
            case Shape.EXPONENTIAL:
                return math.expm1(-5 * p) / math.expm1(-5)


class Rescale(StrEnum):
    """How the unconditional and the conditional prediction are combined; see `core.diffusion.guidance`."""

    OFF = "off"
    PREDICTION = "prediction"
    UPDATE = "update"
    BOTH = "both"
    STD = "std"
    PROJECTED = "projected"


class Guided(StrEnum):
    """What guides a model, and so what a weight is to it.

    PROMPTS   two predictions, with and without the prompt: classifier-free guidance
    EMBEDDED  the scale is one of the network's inputs: one prediction a step
    NOTHING   the network was taught to do without: one prediction a step, and no weight
    """

    PROMPTS = "prompts"
    EMBEDDED = "embedded"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Projection:
    """The numbers of Rescale.PROJECTED: adaptive projected guidance (APG, arXiv 2410.02416).

    eta     in [0, 1], the share kept of the update's part that is parallel to the conditional x̂0
    radius  at which the update's norm (Frobenius, on x̂0) is capped, in [0, 1000]; 0: no cap
    """

    eta: float = number(0.0, 0, 1)
    radius: float = number(0.0, 0, 1000, called="the radius")

    def __post_init__(self) -> None:
        check_bounds(self)


@dataclass(frozen=True)
class Weight:
    """A guidance curve: a constant, a decay, an interval, or free points.

    scale     g in [0, 100], the weight at the first step
    decay     D in [0, 1]: 0 stays at g, 1 goes all the way to `decay_to`
    decay_to  1 (prompt only) or 0 (prompt ignored)
    interval  (A, B) in [0, 1]: g inside, 1 outside; excludes decay and curve
    curve     points (p, w) in rising p, joined by a monotone cubic; replaces g, D and shape
    """

    scale: float = number(7.5, 0, MAX_SCALE, called="guidance scale")
    decay: float = number(0.0, 0, 1)
    decay_to: int = 1
    shape: Shape = Shape.LINEAR
    interval: tuple[float, float] | None = None
    curve: Points | None = None

    def __post_init__(self) -> None:
        check_bounds(self)
        require(self.decay_to in (0, 1), f"a decay ends at 1 or 0, not {self.decay_to}")
        if self.interval is not None:
            a, b = self.interval
            require(0 <= a < b <= 1, f"an interval A:B needs 0 ≤ A < B ≤ 1, not {a:g}:{b:g}")
        if self.curve is not None:
            _check_curve(self.curve)
        alone = (self.interval is not None) + (self.curve is not None) + (self.decay > 0)
        require(alone <= 1, "a guidance interval, a free curve and a decay exclude each other")

    def at(self, p: float) -> float:
        """The weight at progress p in [0, 1]."""
        if self.curve is not None:
            return monotone_cubic(self.curve, p)
        if self.interval is not None:
            a, b = self.interval
            return self.scale if a <= p <= b else 1.0
        return self.scale + self.decay * (self.decay_to - self.scale) * self.shape.fraction(p)

    def over(self, steps: int) -> tuple[float, ...]:
        """The weights of K decode steps, first to last, snapped to 0 and 1 where that close."""
        if steps == 1:
            return (_snap(self.at(0.0)),)
        return tuple(_snap(self.at(i / (steps - 1))) for i in range(steps))


def monotone_cubic(points: Points, p: float) -> float:
    """Monotone piecewise cubic through `points`, constant beyond the ends.

    Fritsch & Butland (SIAM J. Sci. Stat. Comput. 5, 1984), as PCHIP: it never overshoots its points, so a
    curve drawn above 1 stays above 1.
    """
    if p <= points[0][0]:
        return points[0][1]
    if p >= points[-1][0]:
        return points[-1][1]
    slopes = _slopes(points)
    i = bisect_right([x for x, _ in points], p) - 1
    (x0, y0), (x1, y1) = points[i], points[i + 1]
    h = x1 - x0
    s = (p - x0) / h
    d0, d1 = slopes[i] * h, slopes[i + 1] * h
    return y0 + s * (d0 + s * (3 * (y1 - y0) - 2 * d0 - d1 + s * (d0 + d1 - 2 * (y1 - y0))))


def _slopes(points: Points) -> list[float]:
    """The derivative at each point: a weighted harmonic mean of the secants, 0 at an extremum."""
    h = [b[0] - a[0] for a, b in pairwise(points)]
    m = [(b[1] - a[1]) / dx for (a, b), dx in zip(pairwise(points), h, strict=True)]
    if len(m) == 1:
        return [m[0], m[0]]
    inner = [_harmonic(h[i], h[i + 1], m[i], m[i + 1]) for i in range(len(m) - 1)]
    return [_end_slope(h[0], h[1], m[0], m[1]), *inner, _end_slope(h[-1], h[-2], m[-1], m[-2])]


def _harmonic(h0: float, h1: float, m0: float, m1: float) -> float:
    if m0 * m1 <= 0:
        return 0.0
    w0, w1 = 2 * h1 + h0, h1 + 2 * h0
    return (w0 + w1) / (w0 / m0 + w1 / m1)


def _end_slope(h0: float, h1: float, m0: float, m1: float) -> float:
    """One-sided three-point estimate, limited so that the first piece stays monotone."""
    slope = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    if slope * m0 <= 0:
        return 0.0
    if m0 * m1 <= 0 and abs(slope) > 3 * abs(m0):
        return 3 * m0
    return slope


@dataclass(frozen=True)
class Needs:
    """Which of the two predictions a step has to compute."""

    unconditional: bool
    conditional: bool

    @property
    def evaluations(self) -> int:
        return self.unconditional + self.conditional


def needs(weight: float, rescale: Rescale, *, parallel: bool = False) -> Needs:
    """What a step with this (snapped) weight must evaluate.

    w = 0 leaves u alone under every rescaling. w = 1 leaves t alone unless the combination needs the norms of
    both (prediction, update, both); so does any other w once the two were found parallel.
    """
    if weight == 0:
        return Needs(unconditional=True, conditional=False)
    alone_at_one = rescale in (Rescale.OFF, Rescale.STD, Rescale.PROJECTED)
    if parallel or (weight == 1 and alone_at_one):
        return Needs(unconditional=False, conditional=True)
    return Needs(unconditional=True, conditional=True)


def evaluations(weights: tuple[float, ...], rescale: Rescale, guided: Guided = Guided.PROMPTS) -> int:
    """Evaluations of the network that a decoding with these weights takes."""
    if guided is not Guided.PROMPTS:
        return len(weights)
    return sum(needs(w, rescale).evaluations for w in weights)


def _snap(weight: float) -> float:
    for whole in (0.0, 1.0):
        if abs(weight - whole) <= SNAP:
            return whole
    return weight


def _check_curve(points: Points) -> None:
    require(len(points) >= 1, "a guidance curve needs at least one point")
    require(all(0 <= p <= 1 for p, _ in points), "the points of a guidance curve lie at progress 0…1")
    require(all(0 <= w <= MAX_SCALE for _, w in points), f"a guidance curve stays within 0…{MAX_SCALE:g}")
    rising = all(a[0] < b[0] for a, b in pairwise(points))
    require(rising, "the points of a guidance curve must rise in progress, each at its own place")
