"""What a VAE's latents are to the network: scaled, normed channel by channel, or in patches."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from core.errors import InputError
from core.models.adapters.part import DAMAGED


class LatentSpace(Protocol):
    """channels of the network's latents; factor: pixels to one of their cells along a side.

    frames: the VAE takes films (B, C, frames, h, w), of which a picture is one of one frame
    """

    @property
    def channels(self) -> int: ...
    @property
    def factor(self) -> int: ...
    @property
    def frames(self) -> bool: ...

    def inward(self, latent: torch.Tensor, /) -> torch.Tensor:
        """The VAE's latent → the network's, of about unit spread."""
        ...

    def outward(self, latent: torch.Tensor, /) -> torch.Tensor:
        """The network's latent → the VAE's."""
        ...


@dataclass(frozen=True)
class Scaled:
    """Of most families: the VAE's latents less `shift`, times `scaling`."""

    channels: int
    factor: int
    scaling: float
    shift: float
    frames: bool = False

    @staticmethod
    def of(name: str, vae: Any) -> "Scaled":
        """By an AutoencoderKL's configuration. InputError for what can't be right."""
        config = vae.config
        scaling, shift = float(config.scaling_factor), float(config.shift_factor or 0.0)
        if not (math.isfinite(scaling) and math.isfinite(shift) and scaling):
            raise InputError(
                f"{name} scales its latents by {scaling} and {shift}, which can't be right.", DAMAGED
            )
        return Scaled(int(config.latent_channels), factor_of(name, config), scaling, shift)

    def inward(self, latent: torch.Tensor, /) -> torch.Tensor:
        return (latent - self.shift) * self.scaling

    def outward(self, latent: torch.Tensor, /) -> torch.Tensor:
        return latent / self.scaling + self.shift


@dataclass(frozen=True, eq=False)
class Norm:
    """Every channel of latents less its mean, by its spread. Both: (1, C, 1, 1), on the CPU."""

    mean: torch.Tensor
    spread: torch.Tensor

    @staticmethod
    def of(name: str, channels: int, mean: torch.Tensor, spread: torch.Tensor) -> "Norm":
        """By a VAE's mean and spread, (C,) each. InputError for what can't be right."""
        mean, spread = (it.float().cpu().view(1, -1, 1, 1) for it in (mean, spread))
        same = mean.shape == spread.shape == (1, channels, 1, 1)
        if not same or not bool((mean.isfinite() & spread.isfinite() & (spread > 0)).all()):
            raise InputError(f"{name} norms its latents by numbers that can't be right.", DAMAGED)
        return Norm(mean, spread)

    def inward(self, latent: torch.Tensor) -> torch.Tensor:
        """To about unit spread, (B, C, h, w)."""
        return (latent - self.mean.to(latent.device)) / self.spread.to(latent.device)

    def outward(self, latent: torch.Tensor) -> torch.Tensor:
        """And back."""
        return latent * self.spread.to(latent.device) + self.mean.to(latent.device)


@dataclass(frozen=True, eq=False)
class Patched:
    """FLUX.2's: 2 × 2 cells of the VAE are one of the network's, every channel normed."""

    channels: int
    factor: int
    norm: Norm
    frames: bool = False

    @staticmethod
    def of(name: str, vae: Any) -> "Patched":
        """By an AutoencoderKLFlux2's configuration and its batch norm. InputError for what can't be right."""
        channels = 4 * int(vae.config.latent_channels)
        spread = (vae.bn.running_var.float().cpu() + float(vae.config.batch_norm_eps)).sqrt()
        norm = Norm.of(name, channels, vae.bn.running_mean, spread)
        return Patched(channels, 2 * factor_of(name, vae.config), norm)

    def inward(self, latent: torch.Tensor, /) -> torch.Tensor:
        return self.norm.inward(torch.nn.functional.pixel_unshuffle(latent, 2))

    def outward(self, latent: torch.Tensor, /) -> torch.Tensor:
        return torch.nn.functional.pixel_shuffle(self.norm.outward(latent), 2)


@dataclass(frozen=True, eq=False)
class Framed:
    """Qwen-Image's: every channel normed, pictures being films of one frame."""

    channels: int
    factor: int
    norm: Norm
    frames: bool = True

    @staticmethod
    def of(name: str, vae: Any) -> "Framed":
        """By an AutoencoderKLQwenImage's configuration. InputError for what can't be right."""
        config, channels = vae.config, int(vae.config.z_dim)
        mean, spread = torch.tensor(config.latents_mean), torch.tensor(config.latents_std)
        norm = Norm.of(name, channels, mean, spread)
        return Framed(channels, 2 ** len(config.temperal_downsample), norm)

    def inward(self, latent: torch.Tensor, /) -> torch.Tensor:
        return self.norm.inward(latent.squeeze(2))

    def outward(self, latent: torch.Tensor, /) -> torch.Tensor:
        return self.norm.outward(latent).unsqueeze(2)


def factor_of(name: str, config: Any) -> int:
    """Pixels to a cell of a VAE. InputError for one that doesn't draw as many as it reads."""
    steps = len(config.block_out_channels)
    if not len(config.down_block_types) == len(config.up_block_types) == steps:
        raise InputError(f"{name} is damaged: its VAE draws pictures of another size than it reads.", DAMAGED)
    return 2 ** (steps - 1)
