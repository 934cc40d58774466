"""What lies between two texts: interpolated embeddings, for pictures on the way from one to the other."""

import torch

from core.diffusion.step import slerp


def between(a: torch.Tensor, b: torch.Tensor, share: float, *, spherical: bool) -> torch.Tensor:
    """The way from a (share 0) to b (share 1), exact at both ends. a, b: (…, D), a vector per token.

    Spherical turns each token's vector on its own, so that in between none is shorter than both.
    """
    if not spherical:
        return torch.lerp(a, b, share)
    rows = slerp(a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1]), share)
    return rows.view_as(a)
