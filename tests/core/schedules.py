"""A schedule to try the mathematics on."""

import torch

from core.diffusion.schedule import VariancePreserving

_BETAS = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float32) ** 2
SCHEDULE = VariancePreserving(tuple(torch.cumprod(1 - _BETAS.double(), dim=0).tolist()))  # Stable Diffusion's
