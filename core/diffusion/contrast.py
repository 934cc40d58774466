"""What the mask's draws say: where two prompts disagree about the picture, and which of them is right there.

The noise ε of a draw is known. So each prompt can be asked, cell by cell, how well it explains the picture:
e = (ε − ε̂_Q)² − (ε − ε̂_R)² = (ε̂_R − ε̂_Q)·(2ε − ε̂_R − ε̂_Q) is positive where the reference is true and the
query false, and about 0 where both are as wrong: at a neighbour of what is meant, on which they disagree too.
No evaluation more. Its numbers are in docs/decisions/053.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch.nn import functional

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule

PEAK = 0.99  # the quantile above which all counts as outliers
MEANS = 3.0  # … or the multiple of the mean
EQUAL = 1e-6  # a mean difference below this share of |ε̂| ≈ 1 is rounding: the prompts say the same
NEAR = 1 / 8  # standard deviation of what evidence is gathered over, a share of the picture's side
BEYOND = 1 / 8  # how far the region to change reaches beyond the evidence of what stands there, likewise
FULL = 0.6  # the share of the strongest evidence from which on a difference counts in full


@dataclass(frozen=True, slots=True)
class Contrast:
    """Where the prompts disagree about the picture, after some draws.

    apart       (h, w) ≥ 0, on the latent's grid
    spread      (h, w) ≥ 0: the standard error of `apart` over the draws; 0 everywhere after the first
    difference  (h, w) ≥ 0: the paper's own, mean |ε̂_Q − ε̂_R|, which is as large at what both get wrong
    strongest   ≥ 0: the 99th percentile of the difference before it was scaled; None: it isn't scaled
    """

    apart: torch.Tensor
    spread: torch.Tensor
    difference: torch.Tensor
    strongest: float | None = None

    def scaled(self, clamp: Clamp) -> "Contrast":
        """The heat map: outliers clamped and scaled, h = min(apart, l) / l in [0, 1], the limit l by `clamp`.

        The paper cuts extreme values and scales to [0, 1] without saying where. By the mean a threshold of
        0.5 is d > 1.5·mean d, which asks the more of every cell the larger the region is. RANGE and PEAK
        differ later, where the map is brought to the picture (`core.edit.result.HeatMap.on`).
        All 0 when the prompts say the same.
        """
        limit = _limit(self.apart, clamp)
        return Contrast(
            _scaled(self.apart, limit),
            (self.spread / limit).clamp(max=1) if limit else torch.zeros_like(self.spread),
            _scaled(self.difference, _limit(self.difference, clamp)),
            float(self.difference.quantile(PEAK)),
        )

    def next_move(self, draws: int) -> float:
        """The share by which a draw more than so many may be expected to move the map; 0 for an empty one.

        A mean of n moves by (the new draw − it)/(n + 1), whose standard deviation is its standard error over
        √(n + 1); the mean of that without its sign is √(2/π) of it.
        """
        total = float(self.apart.sum())
        return math.sqrt(2 / math.pi / (draws + 1)) * float(self.spread.sum()) / total if total > 0 else 0.0


class Draws:
    """Running sums over the draws of one search: no draw itself is kept."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._difference, self._length, self._evidence = _Mean(), _Mean(), _Mean()

    def add(self, told: torch.Tensor, asked: torch.Tensor, true: torch.Tensor) -> Iterator[Contrast]:
        """A block of B draws, (B, C, h, w) each: the contrast after each of them.

        told: a field of the prediction by the reference; asked: by the query; true: what the field is. It is
        the noise, or x0 where a level has no signal.
        """
        apart = (asked - told).float()
        differences = apart.abs().mean(dim=1).cpu()
        if self._rule is Rule.DIFFERENCE:
            for difference in differences:
                self._difference.add(difference)
                mean = self._difference.mean
                yield Contrast(mean, self._difference.error, mean)
            return
        told, asked, true = told.float(), asked.float(), true.float()
        lengths = apart.square().mean(dim=1).sqrt().cpu()
        evidence = ((told - asked) * (2 * true - told - asked)).mean(dim=1).cpu()
        for difference, length, explained in zip(differences, lengths, evidence, strict=True):
            self._difference.add(difference)
            self._length.add(length)
            self._evidence.add(gathered(explained))
            yield Contrast(*self._gated(), self._difference.mean)

    def _gated(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The lengths through the gate of the evidence, and their standard error."""
        length, error, evidence = self._length.mean, self._length.error, self._evidence.mean
        full = FULL * evidence.quantile(PEAK)
        if not full > EQUAL**2:  # nowhere is the reference the truer one
            return length, error
        share = widened(evidence) / full
        gate = share.clamp(0, 1)
        unsure = torch.where(gate == share, widened(self._evidence.error) / full, 0)
        return length * gate, torch.hypot(gate * error, length * unsure)


def _limit(values: torch.Tensor, clamp: Clamp) -> torch.Tensor:
    """What becomes 1, 0 where the prompts say the same."""
    if not values.mean() > EQUAL:
        return torch.zeros(())
    limit = MEANS * values.mean() if clamp is Clamp.MEAN else values.quantile(PEAK)
    return limit if limit > EQUAL else values.max()  # all but a few cells are 0


def _scaled(values: torch.Tensor, limit: torch.Tensor) -> torch.Tensor:
    return values.clamp(max=limit) / limit if limit else torch.zeros_like(values)


def gathered(evidence: torch.Tensor) -> torch.Tensor:
    """Evidence (h, w) of each cell and those near it: a Gaussian, by which the draws' own noise goes."""
    sigma = NEAR * _side(evidence)
    reach = math.ceil(4 * sigma)
    kernel = torch.exp(-torch.arange(-reach, reach + 1, dtype=evidence.dtype).square() / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = functional.pad(evidence[None, None], (reach,) * 4, mode="replicate")
    across = functional.conv2d(padded, kernel[None, None, None])
    return functional.conv2d(across, kernel[None, None, :, None])[0, 0]


def widened(values: torch.Tensor) -> torch.Tensor:
    """The highest value (h, w) of a square round each cell: what changes reaches beyond what stands there."""
    reach = round(BEYOND * _side(values))
    return functional.max_pool2d(values[None, None], 2 * reach + 1, stride=1, padding=reach)[0, 0]


def _side(values: torch.Tensor) -> float:
    """Of a square with as many cells."""
    return math.sqrt(values.shape[-2] * values.shape[-1])


class _Mean:
    """The mean of what is added, and its standard error: by Welford's sums, for which float32 is enough."""

    def __init__(self) -> None:
        self._n = 0
        self._sum, self._squares = torch.zeros(()), torch.zeros(())  # of the values, and of their deviations

    def add(self, values: torch.Tensor) -> None:
        away = values - self.mean if self._n else torch.zeros_like(values)
        self._n, self._sum = self._n + 1, self._sum + values
        self._squares = self._squares + away * (values - self.mean)

    @property
    def mean(self) -> torch.Tensor:
        return self._sum / self._n

    @property
    def error(self) -> torch.Tensor:
        """0 for the first alone."""
        return (self._squares / (max(1, self._n - 1) * self._n)).clamp(min=0).sqrt()
