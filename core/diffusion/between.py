"""What lies between two texts: interpolated embeddings, for pictures on the way from one to the other."""

import torch

from core.diffusion.step import slerp


def between(a: torch.Tensor, b: torch.Tensor, share: float, *, spherical: bool) -> torch.Tensor:
    """The way from a (share 0) to b (share 1), exact at both ends. a, b: (…, L, D), a vector per token.

    Spherical turns each token's vector on its own, so that in between none is shorter than both. Of texts of
    unequal length the shorter one goes on in its last token meanwhile.
    """
    if share in (0, 1):
        return b if share else a
    if a.shape != b.shape:
        a, b = (_of_length(max(a.shape[-2], b.shape[-2]), tokens) for tokens in (a, b))
    if not spherical:
        return torch.lerp(a, b, share)
    rows = slerp(a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1]), share)
    return rows.view_as(a)


def _of_length(length: int, tokens: torch.Tensor) -> torch.Tensor:
    more = length - tokens.shape[-2]
    return torch.cat([tokens, *[tokens[..., -1:, :]] * more], dim=-2)
