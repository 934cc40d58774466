"""One prediction in one form, and the one deterministic step that both directions take."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import torch

from core.diffusion.schedule import Level


class Field(StrEnum):
    """What a network itself predicts, by the names that diffusers gives it."""

    EPSILON = "epsilon"
    V = "v_prediction"  # a·ε − s·x0 (Salimans & Ho, arXiv 2202.00512)
    FLOW = "flow"  # ε − x0


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the network says about x at a level: its noise and its clean latent, x = a·x0 + s·eps.

    eps, x0: (B, C, h, w). The adapter makes both once, so that what is above need not know the field that the
    network predicts.
    """

    eps: torch.Tensor
    x0: torch.Tensor

    def velocity(self, field: Field, level: Level) -> torch.Tensor:
        """v as a V or a FLOW network says it."""
        if field is Field.FLOW:
            return self.eps - self.x0
        return level.a * self.eps - level.s * self.x0


@dataclass(frozen=True, slots=True)
class Seen:
    """A latent x at a level, and what the network said about it."""

    x: torch.Tensor
    level: Level
    prediction: Prediction


Solve = Callable[[Seen, Seen | None, Level], torch.Tensor]  # now, the step before, and where to → the latent


def noised(x0: torch.Tensor, noise: torch.Tensor, level: Level) -> torch.Tensor:
    """The forward process: a·x0 + s·ε."""
    return level.a * x0 + level.s * noise


def step(prediction: Prediction, to: Level) -> torch.Tensor:
    """Φ = a_to·x̂0 + s_to·ε̂: DDIM with η = 0 (arXiv 2010.02502, eq. 12); it inverts when `to` is noisier."""
    return to.a * prediction.x0 + to.s * prediction.eps


def ddim(now: Seen, _before: Seen | None, to: Level) -> torch.Tensor:
    """`step` as a solver: first order, so what was seen before doesn't matter."""
    return step(now.prediction, to)


def slerp(a: torch.Tensor, b: torch.Tensor, v: float) -> torch.Tensor:
    """Spherical interpolation per sample, v = 0 → a, v = 1 → b. a, b: (B, C, h, w).

    Between two Gaussian latents a straight line would pass through too small a norm. Nearly parallel vectors
    fall back to the line.
    """
    if v in (0, 1):
        return b if v else a
    dims = tuple(range(1, a.ndim))
    cosine = (a * b).sum(dims, keepdim=True) / (_norm(a, dims) * _norm(b, dims)).clamp_min(1e-12)
    angle = torch.acos(cosine.clamp(-1, 1))
    sine = torch.sin(angle)
    straight = (1 - v) * a + v * b
    round_ = (torch.sin((1 - v) * angle) * a + torch.sin(v * angle) * b) / sine.clamp_min(1e-12)
    return torch.where(sine < 1e-4, straight, round_)


def _norm(x: torch.Tensor, dims: tuple[int, ...]) -> torch.Tensor:
    return x.square().sum(dims, keepdim=True).sqrt()
