"""What the engine needs of a model, whatever its family."""

from dataclasses import dataclass
from typing import Protocol

import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Prediction


@dataclass(frozen=True)
class TokenCount:
    """How much of a prompt the text encoder reads: `used` of `limit` tokens, begin and end marks left out."""

    used: int
    limit: int

    @property
    def too_long(self) -> bool:
        return self.used > self.limit


class Schedule(Protocol):
    """The walk between picture and noise; see core.diffusion.schedule."""

    def levels(self, steps: int) -> tuple[Level, ...]: ...
    def at_strength(self, strength: float) -> Level: ...


class Backbone(Protocol):
    """A text-to-image latent diffusion model with its parameterisation taken off.

    pixels    side of the square pictures it was trained on
    factor    pixels per latent along a side;  channels  of the latent
    kappa     mean ‖t−u‖/‖u‖ over the schedule, measured once for the model
    batch     samples that one call of the network takes on this device, at least 1
    knows     a sentence when the model knows a small world only, else ""
    evaluations  samples sent through the network so far (a batch of k counts k)
    """

    name: str
    folder: str
    pixels: int
    factor: int
    channels: int
    kappa: float
    batch: int
    knows: str
    device: torch.device
    precision: str
    evaluations: int

    @property
    def schedule(self) -> Schedule: ...

    def tokens(self, text: str) -> TokenCount:
        """Count a prompt's tokens."""
        ...

    def text(self, prompt: str) -> torch.Tensor:
        """(1, L, D) embedding of a prompt; what is past the limit is not read."""
        ...

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """(1, 3, H, W) in [−1, 1] → latent (1, C, H/f, W/f), scaled to unit spread: the posterior's mode."""
        ...

    def decode(self, latent: torch.Tensor) -> torch.Tensor:
        """Latent → (1, 3, H, W), about [−1, 1]."""
        ...

    def predict(self, x: torch.Tensor, level: Level, text: torch.Tensor) -> Prediction:
        """x (B, C, h, w) and text (B, L, D) → ε̂ and x̂0, float32. Counts B evaluations."""
        ...
