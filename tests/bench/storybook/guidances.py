"""Ways to combine two predictions that are measured beside the program's own, and are not in it.

u, t: unconditional and conditional; w the guidance weight. Per sample, on batches (B, C, h, w).

zero   p = s*·u + w·(t − s*·u) on the velocity, s* = ⟨t, u⟩/‖u‖², and no velocity at the first step
       (CFG-Zero*: Fan et al., arXiv 2503.18886, eq. 8 and §4.2)
plus   x̂0 = u + λ·(t − u), renoised with the ε̂ of u, λ in [0, 1]   (CFG++: Chung et al., arXiv 2406.08070)
apart  p = u + w_low·low(t − u) + w_high·high(t − u), by a Laplacian pyramid of two levels
       (FDG: Sadat et al., arXiv 2506.19713)
soft   p = u + w(x)·(t − u), w(x) falling to 1 over a cell on both sides of the mask's outline
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.functional import avg_pool2d, conv2d, interpolate, pad

from core.diffusion.schedule import Level
from core.diffusion.step import Field, Prediction

BINOMIAL = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
"""Burt and Adelson's filter, as pyramids are made by (IEEE Trans. Commun. 31, 1983)."""


@dataclass(frozen=True)
class Here:
    """The step that is guided. mask: (B, 1, h, w) in {0, 1}; predicts: V or FLOW, the network's own field."""

    level: Level
    weight: float
    first: bool
    mask: torch.Tensor
    predicts: Field


Combine = Callable[[Prediction, Prediction, Here], Prediction]


def zero(*, from_nothing: bool) -> Combine:
    """CFG-Zero*. from_nothing: the first step is left out, too."""

    def combined(u: Prediction, t: Prediction, here: Here) -> Prediction:
        x = here.level.a * u.x0 + here.level.s * u.eps
        if here.first and from_nothing:
            return _of_velocity(x, torch.zeros_like(x), here)
        v, told = (one.velocity(here.predicts, here.level) for one in (u, t))
        scaled = (told * v).sum((1, 2, 3), keepdim=True) / v.square().sum((1, 2, 3), keepdim=True) * v
        return _of_velocity(x, scaled + here.weight * (told - scaled), here)

    return combined


def plus(share: float) -> Combine:
    """CFG++ by λ = share; the weight is not looked at."""
    return lambda u, t, _: Prediction(eps=u.eps, x0=u.x0 + share * (t.x0 - u.x0))


def apart(low: float, high: float) -> Combine:
    """FDG by two weights; that of the step is not looked at."""

    def combined(u: Prediction, t: Prediction, _: Here) -> Prediction:
        eps, x0 = (_weighted(b - a, low, high) for a, b in ((u.eps, t.eps), (u.x0, t.x0)))
        return Prediction(u.eps + eps, u.x0 + x0)

    return combined


def soft(u: Prediction, t: Prediction, here: Here) -> Prediction:
    """A weight for each pixel: the mask's mean over 3 × 3 cells."""
    share = avg_pool2d(here.mask, 3, stride=1, padding=1, count_include_pad=False)
    weight = 1 + (here.weight - 1) * share
    return Prediction(u.eps + weight * (t.eps - u.eps), u.x0 + weight * (t.x0 - u.x0))


def _of_velocity(x: torch.Tensor, v: torch.Tensor, here: Here) -> Prediction:
    a, s = here.level.a, here.level.s
    if here.predicts is Field.FLOW:
        return Prediction(eps=x + (1 - s) * v, x0=x - s * v)
    return Prediction(eps=a * v + s * x, x0=a * x - s * v)


def _weighted(update: torch.Tensor, low: float, high: float) -> torch.Tensor:
    kernel = (BINOMIAL[:, None] * BINOMIAL).to(update.dtype).expand(update.shape[1], 1, 5, 5)
    blurred = conv2d(pad(update, (2, 2, 2, 2), mode="reflect"), kernel, groups=update.shape[1])
    base = interpolate(blurred[..., ::2, ::2], update.shape[-2:], mode="bilinear", align_corners=False)
    return low * base + high * (update - base)
