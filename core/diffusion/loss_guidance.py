"""Loss guidance in a window of early steps: x̂0's mean colour in the region is pulled towards a target.

Universal guidance (Bansal et al., arXiv 2302.07121) with a loss that needs no network: the latent→RGB map is
linear, so the mean of T·rgb(x̂0) over the region M (T: all three colours, or their luma) is J·z̄ + b, z̄ the
mean of x̂0 over M, and the loss ½‖J·z̄ + b − τ‖² has the gradient Jᵀ(J·z̄ + b − τ) in z̄. A gradient step would
be slow where colours differ less than brightness does; its Gauss–Newton form, damped, goes there at once:

    Δ = k·M·Jᵀ(J·Jᵀ + λ)⁻¹·(τ − J·z̄ − b),  x̂0 ← x̂0 + Δ,  x ← x + a·Δ  (ε̂ held constant)

One shift for the whole region: texture stays. rms(a·Δ) ≤ c·s·rms(ε̂) there, so that x stays near its level.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from core.diffusion.preview import LatentToRgb
from core.diffusion.step import Prediction, Seen
from core.diffusion.target import LUMA, Target
from core.errors import InputError

Steer = Callable[[int, Seen], Seen]  # the number of the step, from 1, and what it saw → what it goes on with

LIMIT = 0.5  # c: the largest shift of x, in units of the noise that is in it
DAMPING = 0.01  # √λ as a share of the strongest response
LEAST = 1e-3  # of a colour range of 2: below this response to a latent of 1 the map says nothing


def straight(_step: int, seen: Seen) -> Seen:
    """No target: go on with what was seen."""
    return seen


def steer(target: Target, decode_steps: int, to_rgb: LatentToRgb, mask: torch.Tensor) -> Steer:
    """The way to a target over the first of K decode steps. mask: (1, 1, h, w), the region where > 0.

    InputError when the map can't say how latents make this colour or brightness: it was fitted on a picture
    without colours, or without contrast.
    """
    if not target.given:
        return straight
    a, b = to_rgb.mean_colour()
    rows = torch.eye(3) if target.colour is not None else torch.tensor([LUMA])
    response, wanted = rows @ a, torch.tensor(target.wanted()) - rows @ b
    if torch.linalg.svdvals(response)[-1] < LEAST:
        what = "few colours" if target.colour is not None else "little contrast"
        raise InputError(
            f"This picture has too {what} to learn from how the model makes them.",
            "Take a brightness target instead, or none." if target.colour else "Edit without this target.",
        )
    pull = Pull(response, wanted, target.strength, (mask > 0).float())
    last = target.steps(decode_steps)
    return lambda step, seen: pull(seen) if step <= last else seen


@dataclass(frozen=True)
class Pull:
    """One step towards the target. response: J (k, C); wanted: τ − b (k,); mask: (1, 1, h, w), 0 or 1.

    The small matrices stay on the CPU, whatever the device of the latents.
    """

    response: torch.Tensor
    wanted: torch.Tensor
    strength: float
    mask: torch.Tensor

    def __call__(self, seen: Seen) -> Seen:
        shift = self._limited(self._shift(seen.prediction.x0), seen)
        prediction = Prediction(eps=seen.prediction.eps, x0=seen.prediction.x0 + shift)
        return Seen(seen.x + seen.level.a * shift, seen.level, prediction)

    def _shift(self, x0: torch.Tensor) -> torch.Tensor:
        """Δ, (1, C, h, w), with nothing outside the mask."""
        j = self.response
        mean = (self.mask * x0).sum(dim=(0, 2, 3)) / self.mask.sum().clamp_min(1)
        damping = (DAMPING * torch.linalg.matrix_norm(j, 2)) ** 2 * torch.eye(len(j))
        missing = self.wanted - j @ mean.float().cpu()
        way = self.strength * j.T @ torch.linalg.solve(j @ j.T + damping, missing)
        return self.mask * way.to(x0.device).view(1, -1, 1, 1)

    def _limited(self, shift: torch.Tensor, seen: Seen) -> torch.Tensor:
        """Shortened where x would move by more than LIMIT of its noise."""
        level = seen.level
        moved = level.a * _norm(shift)
        allowed = LIMIT * level.s * _norm(self.mask * seen.prediction.eps)
        return shift * (allowed / moved.clamp_min(1e-12)).clamp_max(1)


def _norm(x: torch.Tensor) -> torch.Tensor:
    return x.square().sum().sqrt()
