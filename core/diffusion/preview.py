"""Previews: what x̂0 looks like, by a linear map from latents to colours. Under a millisecond, for any VAE."""

from dataclasses import dataclass

import torch

RIDGE = 1e-3  # keeps the fit finite for a grey or flat picture, whose latents span too few directions


@dataclass(frozen=True)
class LatentToRgb:
    """A linear map from one latent cell to a detail × detail patch of colours.

    weights: (C + 1, 3·detail²), the last row being the bias.
    """

    weights: torch.Tensor
    detail: int

    @staticmethod
    def fit(latent: torch.Tensor, pixels: torch.Tensor) -> "LatentToRgb":
        """Ridge least squares on a picture's own latent (1, C, h, w) and pixels (1, 3, H, W) in [−1, 1].

        The patch is as detailed as the channels can carry: 2×2 from 4 channels on, 4×4 from 16.
        """
        channels, h, w = latent.shape[1:]
        detail = min(2 ** int(torch.tensor(float(channels)).log2().item() // 2), pixels.shape[-1] // w)
        small = torch.nn.functional.adaptive_avg_pool2d(pixels.float().cpu(), (h * detail, w * detail))
        patches = torch.nn.functional.pixel_unshuffle(small, detail)[0].flatten(1).T
        x = _with_bias(latent)
        ridge = RIDGE * x.shape[0] * torch.eye(channels + 1)
        ridge[-1, -1] = 1e-9  # the mean colour is not shrunk
        weights: torch.Tensor = torch.linalg.solve(x.T @ x + ridge, x.T @ patches)
        return LatentToRgb(weights, detail)

    def __call__(self, latent: torch.Tensor) -> torch.Tensor:
        """(1, C, h, w) → uint8 (h·detail, w·detail, 3)."""
        h, w = latent.shape[-2:]
        patches = (_with_bias(latent) @ self.weights).T.reshape(1, -1, h, w)
        rgb = torch.nn.functional.pixel_shuffle(patches, self.detail)[0]
        return ((rgb + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()

    def mean_colour(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The map from a latent cell to its mean colour in [−1, 1]: A (3, C) and b (3,)."""
        mean = self.weights.view(len(self.weights), 3, -1).mean(dim=-1)
        return mean[:-1].T, mean[-1]


def _with_bias(latent: torch.Tensor) -> torch.Tensor:
    """(1, C, h, w) → (h·w, C + 1) on the CPU, with a column of ones."""
    flat = latent[0].float().cpu().flatten(1).T
    return torch.cat([flat, torch.ones(flat.shape[0], 1)], dim=1)
