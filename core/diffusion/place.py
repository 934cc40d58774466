"""In which of several windows the thing stands that a prompt speaks of.

Three signs, from draws whose noise ε is known (`core.diffusion.contrast`). *Evidence*: how much better the
reference explains a window than no text does, e = (ε − ε̂_∅)² − (ε − ε̂_R)²: positive where what it names is
seen at a size at which the model knows it. *Against the query*: how much better it does so than the query,
(ε − ε̂_Q)² − (ε − ε̂_R)². *Concentration*: how much farther query and reference lie apart in the window's
middle than at its border, which is so where all of the thing lies in it. All are noisy, and of no unit that
means the same for two models: each counts by how far it stands out of all windows. Of windows that were
looked into with all draws, the one is right whose difference goes least on beyond its border
(`core.photo.masks.locality.border`; docs/decisions/081).
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch

MIDDLE, BORDER = 1 / 4, 1 / 8  # the middle keeps this share of the sides from each; the border's width


@dataclass(frozen=True)
class Sign:
    """What some draws say of a window; of several draws, the mean."""

    evidence: float
    against: float
    concentration: float


def sign(told: torch.Tensor, asked: torch.Tensor, untold: torch.Tensor, true: torch.Tensor) -> Sign:
    """Of B draws of one window, (B, C, h, w) each.

    told: a field of the prediction by the reference; asked: by the query; untold: by no text; true: what the
    field is, as in `core.diffusion.contrast.Draws.add`.
    """
    told, asked, untold, true = (field.float() for field in (told, asked, untold, true))
    wrong = (told - true).square()
    evidence, against = (untold - true).square() - wrong, (asked - true).square() - wrong
    apart = (asked - told).square().mean(dim=(0, 1))
    return Sign(float(evidence.mean()), float(against.mean()), concentration(apart))


def concentration(apart: torch.Tensor) -> float:
    """How much larger a difference, (h, w) ≥ 0, is in the middle than at the border."""
    return float(apart[_middle(apart)].mean() - apart[_border(apart)].mean())


def likeliest(signs: Sequence[Sign]) -> list[int]:
    """The windows, by how far they stand out by all signs together; of equal ones the first is first."""
    standing = (
        _standing([one.evidence for one in signs]),
        _standing([one.against for one in signs]),
        _standing([one.concentration for one in signs]),
    )
    sums = [sum(of_one) for of_one in zip(*standing, strict=True)]
    return sorted(range(len(sums)), key=lambda i: -sums[i])


def _standing(values: Sequence[float]) -> list[float]:
    """Each value's distance from the mean in standard deviations; 0 where all are alike."""
    mean, spread = statistics.fmean(values), statistics.pstdev(values)
    return [(value - mean) / spread if spread > 0 else 0.0 for value in values]


def _middle(field: torch.Tensor) -> torch.Tensor:
    return _inside(field, MIDDLE)


def _border(field: torch.Tensor) -> torch.Tensor:
    return ~_inside(field, BORDER)


def _inside(field: torch.Tensor, share: float) -> torch.Tensor:
    """Which cells (h, w) keep that share of each side from the border, at least one cell."""
    down, across = (max(1, round(share * side)) for side in field.shape)
    inside = torch.zeros(field.shape, dtype=torch.bool, device=field.device)
    inside[down:-down, across:-across] = True
    return inside
