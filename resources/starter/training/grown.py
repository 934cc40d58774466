"""A larger network begun from a smaller one that has learned: what it draws is the same until it learns more.

An autoencoder of twice the pixels keeps the latents: the page reduced to half is what the smaller one saw. So
a denoiser of these latents draws at once, twice as sharp.
"""

import copy
from typing import TypeVar

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from resources.starter.training import autoencoder, denoiser

Network = TypeVar("Network", bound=nn.Module)


@torch.no_grad()
def twice_as_large(small: AutoencoderKL) -> AutoencoderKL:
    """An autoencoder that halves once more, around the same latents.

    Its decoder draws what the small one draws, every pixel four times. Its encoder begins near: the small
    one's first convolution sees pixels of half the size, and its results are reduced by their mean.
    """
    widths = tuple(small.config.block_out_channels)
    pixels = 2 * small.config.sample_size
    large = autoencoder.build(small.config.latent_channels, (widths[0], *widths), pixels)
    large.register_to_config(scaling_factor=small.config.scaling_factor, shift_factor=None)
    known = {_down_one(name): weight for name, weight in small.state_dict().items()}
    missing, unexpected = large.load_state_dict(known, strict=False)
    assert not unexpected, unexpected
    first, last = large.encoder.down_blocks[0], large.decoder.up_blocks[-1]
    for block in (*first.resnets, *last.resnets):
        autoencoder.pass_through(block)
    _halve_by_mean(first.downsamplers[0].conv)
    enlarge = large.decoder.up_blocks[-2].upsamplers[0].conv
    autoencoder.identity(enlarge, enlarge.in_channels)
    assert all(name.startswith(_NEW) for name in missing), missing
    return large


_NEW = ("encoder.down_blocks.0.", "decoder.up_blocks.")
_DOWN = "encoder.down_blocks."


def _down_one(name: str) -> str:
    """Where a weight of the small autoencoder stands in the large one: one block further down the encoder."""
    if not name.startswith(_DOWN):
        return name
    number, rest = name.removeprefix(_DOWN).split(".", 1)
    return f"{_DOWN}{int(number) + 1}.{rest}"


def _halve_by_mean(conv: nn.Conv2d) -> None:
    """A halving convolution as the mean of 2 x 2 pixels, channel by channel; it is padded behind alone."""
    conv.weight.zero_()
    assert conv.bias is not None
    conv.bias.zero_()
    for channel in range(conv.in_channels):
        conv.weight[channel, channel, :2, :2] = 0.25


@torch.no_grad()
def deeper(unet: UNet2DConditionModel, layers: int) -> UNet2DConditionModel:
    """A UNet with so many layers of attention in every place that had fewer; the new ones add nothing yet."""
    config = unet.config
    grown = denoiser.build(
        config.in_channels,
        config.sample_size,
        tuple(config.block_out_channels),
        config.cross_attention_dim,
        layers,
    )
    missing, unexpected = grown.load_state_dict(unet.state_dict(), strict=False)
    assert not unexpected, unexpected
    for name in {_layer(name) for name in missing}:
        block = grown.get_submodule(name)
        for last in (block.attn1.to_out[0], block.attn2.to_out[0], block.ff.net[-1]):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
    return grown


def _layer(name: str) -> str:
    """The name of the layer of attention that a weight belongs to."""
    place, layers, rest = name.partition("transformer_blocks.")
    return f"{place}{layers}{rest.split('.')[0]}"


@torch.no_grad()
def between(begun: Network, taught: Network, of_start: float) -> Network:
    """Weights of which a share, 0…1, is what the network began with, the rest what it was taught from there.

    Taught another kind of page a network forgets some of the former; half way it may know nearly all of both
    (weight-space ensembles, Wortsman et al., 2021, arXiv 2109.01903).
    """
    mean = copy.deepcopy(taught)
    for weights, known in zip(mean.parameters(), begun.parameters(), strict=True):
        weights.lerp_(known.to(weights), of_start)
    return mean
