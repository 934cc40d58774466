"""Heat maps of differences that a test has made."""

import torch

from core.diffusion.clamp import Clamp
from core.diffusion.contrast import Contrast


def of(apart: torch.Tensor, spread: float = 0.0) -> Contrast:
    """A difference, (h, w) ≥ 0, and its standard error everywhere."""
    return Contrast(apart, torch.full_like(apart, spread), apart)


def heat(apart: torch.Tensor, clamp: Clamp = Clamp.RANGE) -> torch.Tensor:
    """The heat map of a difference."""
    return of(apart).scaled(clamp).apart
