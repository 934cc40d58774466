"""The configuration of a VAE by its header, in the original layout or in diffusers'. No torch."""

from typing import Any

from core.models.files.header import SafetensorsHeader
from core.models.files.layouts import VAE

DIFFUSERS = f"{VAE}encoder.down_blocks."


def in_diffusers_layout(header: SafetensorsHeader) -> bool:
    """Whether its weights have the names that diffusers gives them."""
    return bool(header.under(DIFFUSERS))


def film_in_diffusers_layout(header: SafetensorsHeader) -> bool:
    """The same of a VAE of films."""
    return f"{VAE}encoder.conv_in.weight" in header.tensors


def fit_film_vae(header: SafetensorsHeader, config: dict[str, Any]) -> None:
    """Width and latent channels of Qwen-Image's VAE, which sees films; its depth is the family's."""
    named = film_in_diffusers_layout(header)
    first, last = ("encoder.conv_in", "post_quant_conv") if named else ("encoder.conv1", "conv2")
    config |= {
        "base_dim": header.shape(f"{VAE}{first}.weight", 5)[0],
        "z_dim": header.shape(f"{VAE}{last}.weight", 5)[0],
    }


def latent_channels(header: SafetensorsHeader) -> int:
    """Of any VAE. InputError for shapes that can't be."""
    films = (f"{VAE}post_quant_conv.weight", f"{VAE}conv2.weight")
    for key in films:
        if key in header.tensors and len(header.tensors[key].shape) == 5:
            return header.shape(key, 5)[0]
    return header.shape(f"{VAE}decoder.conv_in.weight", 4)[1]


def fit_vae(header: SafetensorsHeader, config: dict[str, Any]) -> None:
    """Write widths, depth and latent channels into a configuration. InputError for shapes that can't be.

    header: the VAE's names begin with `layouts.VAE`. What no weight tells (scaling, groups) stays.
    """
    down, layer = (DIFFUSERS, "resnets") if in_diffusers_layout(header) else (f"{VAE}encoder.down.", "block")
    blocks = header.numbered(down)
    first = header.shape(f"{VAE}encoder.conv_in.weight", 4)[0]
    widths = [header.shape(f"{down}{n}.{layer}.0.conv1.weight", 4)[0] for n in range(blocks)]
    config |= {
        "latent_channels": header.shape(f"{VAE}decoder.conv_in.weight", 4)[1],
        "block_out_channels": widths or [first],
        "down_block_types": ["DownEncoderBlock2D"] * (blocks or 1),
        "up_block_types": ["UpDecoderBlock2D"] * (blocks or 1),
        "layers_per_block": header.numbered(f"{down}0.{layer}.") or 1,
        "use_quant_conv": f"{VAE}quant_conv.weight" in header.tensors,
        "use_post_quant_conv": f"{VAE}post_quant_conv.weight" in header.tensors,
    }
