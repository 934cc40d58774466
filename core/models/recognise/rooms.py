"""How a checkpoint is divided: network, VAE and text encoders, by the prefixes of their keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.models.recognise.layers import Layers, Shape

NETWORK = ("model.diffusion_model.", "diffusion_model.", "net.", "unet.", "transformer.", "model.")
VAE = ("first_stage_model.", "vae.", "audio_vae.", "vocoder.")
ENCODERS = (
    "cond_stage_model.",
    "conditioner.",
    "text_encoders.",
    "text_encoder.",
    "text_encoder_2.",
    "text_encoder_3.",
)
AVERAGE = ("model_ema.", "ema_model.")  # a running average beside the network, of no use here
# What all keys of a file may stand under, by the program that saved it.
WRAPPERS = (
    "module.",
    "_orig_mod.",
    "state_dict.",
    "params_ema.",
    "params.",
    "model_state_dict.",
    "control_model.",
    "adapter.model.",
    *NETWORK,
    *VAE,
    "text_encoders.clip_l.",
    "text_encoders.clip_g.",
    "text_encoders.t5xxl.",
    "clip_l.",
    "clip_g.",
    "t5xxl.",
    "cond_stage_model.",
    "text_encoder.",
    "language_model.",
    "controlnet.",
    "generator.",
)


@dataclass(frozen=True)
class Rooms:
    """What a file holds.

    prefix         of the network, "" for none
    network        its layers without the prefix, and those that stand beside all parts
    vae, encoders  whether there are any
    """

    prefix: str
    network: Layers
    vae: bool
    encoders: bool


def divided(shapes: Mapping[str, Shape]) -> Rooms:
    """The rooms of a file. One that holds a network alone, without a prefix, has none."""
    vae, encoders = (any(key.startswith(room) for key in shapes) for room in (VAE, ENCODERS))
    prefix = next((room for room in NETWORK if _is_room(room, shapes, alone=not (vae or encoders))), "")
    others = (*VAE, *ENCODERS, *AVERAGE)
    network = {
        key.removeprefix(prefix): shape
        for key, shape in shapes.items()
        if not (prefix and key.startswith(others))
    }
    return Rooms(prefix, Layers(network), vae, encoders)


def _is_room(room: str, shapes: Iterable[str], *, alone: bool) -> bool:
    """Short prefixes are rooms beside others only: alone they may be the names of layers."""
    return (not alone or room.endswith("diffusion_model.")) and any(key.startswith(room) for key in shapes)


def part_of(key: str) -> str:
    """The part that a key is in: "network", "vae", "text encoders", or "" for one that nobody uses."""
    if key.startswith(AVERAGE):
        return ""
    return "vae" if key.startswith(VAE) else "text encoders" if key.startswith(ENCODERS) else "network"


def unwrapped(layers: Layers) -> Iterable[Layers]:
    """The layers as they stand, then without what all of them stand under, again and again."""
    for _ in range(4):
        yield layers
        keys = iter(layers.shapes)
        first = next(keys, "")
        wrapper = next(
            (w for w in WRAPPERS if first.startswith(w) and all(k.startswith(w) for k in layers.shapes)), ""
        )
        if not wrapper:
            return
        layers = layers.under(wrapper)
