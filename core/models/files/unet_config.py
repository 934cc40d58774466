"""How deep a U-Net of a checkpoint is: whole ones, and pruned ones as SSD-1B, Vega and KOALA. No torch."""

from typing import Any

from core.errors import InputError
from core.models.files.header import AGAIN, SafetensorsHeader
from core.models.files.layouts import NETWORK

DOWN, MIDDLE, UP = f"{NETWORK}input_blocks.", f"{NETWORK}middle_block.", f"{NETWORK}output_blocks."


def fit_depth(header: SafetensorsHeader, config: dict[str, Any]) -> None:
    """Write the depth of every block into a U-Net's configuration.

    The original layout numbers its rooms through: first a convolution, then each block's layers and what
    halves the size; on the way up each block has a layer more. InputError for rooms that don't make blocks.
    """
    blocks = len(config["block_out_channels"])
    rooms = header.numbered(DOWN)
    layers = rooms // blocks - 1
    if layers < 1 or rooms % blocks:
        raise _odd(header, f"{rooms} rooms, which don't make {blocks} blocks")
    per_block = layers + 1
    down = [_depths(header, DOWN, 1 + n * per_block, layers) for n in range(blocks)]
    up = [_depths(header, UP, n * per_block, per_block) for n in range(blocks)]
    middle = _depth(header, f"{MIDDLE}1.")
    if any(any(depths) and not all(depths) for depths in (*down, *up)):
        raise _odd(header, "blocks of which only some layers read the text")
    attends = [any(depths) for depths in down]
    if middle and attends[-1] and middle != down[-1][0]:  # diffusers has one number for both
        raise _odd(header, f"{down[-1][0]} transformers before its middle and {middle} in it")
    if middle and not attends[-1]:
        down[-1] = [middle] * layers  # which that block doesn't read
    config |= {
        "layers_per_block": layers,
        "down_block_types": ["CrossAttnDownBlock2D" if it else "DownBlock2D" for it in attends],
        "up_block_types": ["CrossAttnUpBlock2D" if any(it) else "UpBlock2D" for it in up],
        "mid_block_type": _middle(header, middle),
        "transformer_layers_per_block": down,
        "reverse_transformer_layers_per_block": up,
    }


def _middle(header: SafetensorsHeader, transformers: int) -> str | None:
    if transformers:
        return "UNetMidBlock2DCrossAttn"
    return "UNetMidBlock2D" if header.under(MIDDLE) else None


def _depths(header: SafetensorsHeader, prefix: str, first: int, count: int) -> list[int]:
    """Transformers in each of the rooms from `first` on."""
    return [_depth(header, f"{prefix}{room}.1.") for room in range(first, first + count)]


def _depth(header: SafetensorsHeader, room: str) -> int:
    return header.numbered(f"{room}transformer_blocks.")


def _odd(header: SafetensorsHeader, what: str) -> InputError:
    return InputError(f"{header.path.name} has a U-Net with {what}.", AGAIN)
