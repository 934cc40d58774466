# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""LoRA files (Hu et al., arXiv 2106.09685): W + w·(alpha/r)·B·A, fused into a model and unfused again.

Common layouts: Kohya's (lora_unet_…, lora_down and lora_up with alpha) and diffusers' and PEFT's (lora_A and
lora_B, lora.down and lora.up, lora_linear_layer.down and .up; alpha in the header's metadata), for linear
layers and convolutions of the network and the text encoders.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.errors import InputError
from core.models.header import AGAIN, read_header
from core.models.weights import Weights, opened

Modules = Mapping[str, Any]  # "unet" (or "transformer"), "text_encoder", "text_encoder_2" → module

PREFIXES = {  # how a file calls a part → candidates among the model's own
    "lora_unet": ("unet", "transformer"),
    "lora_te1": ("text_encoder",),
    "lora_te2": ("text_encoder_2",),
    "lora_te": ("text_encoder",),
    "unet": ("unet",),
    "transformer": ("transformer",),
    "text_encoder_2": ("text_encoder_2",),
    "text_encoder": ("text_encoder",),
}
ENDINGS = re.compile(
    r"[._](?:lora_(?P<kohya>down|up)\.weight|lora_(?P<peft>[AB])(?:\.default)?\.weight"
    r"|lora(?:_linear_layer)?\.(?P<old>down|up)\.weight|(?P<alpha>alpha))$"
)
OTHERS = {  # marks of relatives that add something else than B·A
    "hada_": "a LoHa",
    "lokr_": "a LoKr",
    "dora_scale": "a DoRA",
    "lora_magnitude_vector": "a DoRA",
    "lora_mid": "a LoCon with a Tucker core",
}
SETTINGS = "lora_adapter_metadata"  # in the header: what diffusers' trainers were told, as JSON
SGM_ROOMS = {  # Kohya's names of SDXL's layers, by the original layout → diffusers'
    "input_blocks_0_0": "conv_in",
    "out_2": "conv_out",
    "time_embed_0": "time_embedding_linear_1",
    "time_embed_2": "time_embedding_linear_2",
    "label_emb_0_0": "add_embedding_linear_1",
    "label_emb_0_2": "add_embedding_linear_2",
}
SGM_LAYERS = {
    "in_layers_2": "conv1",
    "out_layers_3": "conv2",
    "emb_layers_1": "time_emb_proj",
    "skip_connection": "conv_shortcut",
}
SGM_MIDDLE = ("resnets_0", "attentions_0", "resnets_1")
# A pattern that repeats what repeats takes time that doubles with each letter of a layer's name.
GROUPS, REPEATS, MOST_REPEATS = re.compile(r"\)[*+?{]"), re.compile(r"[*+?{]"), 4
TAKE_OUT = "Give them smaller weights, or take one out."
ROLES = {"down": "down", "A": "down", "up": "up", "B": "up"}


@dataclass(frozen=True)
class Update:
    """One layer's low-rank update: which weight of which part it changes, and by what."""

    part: str
    weight: str
    down: torch.Tensor
    up: torch.Tensor
    alpha: float

    def delta(self, like: torch.Tensor) -> torch.Tensor:
        """(alpha/r)·B·A in float32, of the shape of the weight that it is added to."""
        up, down = self.up.float().flatten(1), self.down.float().flatten(1)
        return (up @ down).reshape(like.shape) * (self.alpha / self.down.shape[0])


def read_lora(path: Path, modules: Modules) -> list[Update]:
    """The updates in a file, matched with a model's layers.

    InputError names the first of the keys that the model doesn't have, and a shape that doesn't fit.
    """
    names = {part: _layers(module) for part, module in modules.items()}
    tensors, settings = _contents(path)
    found: dict[str, Weights] = {}
    strange: list[str] = []
    for key, tensor in tensors.items():
        ending = ENDINGS.search(key)
        if ending is None:
            strange.append(key)
            continue
        role = next(said for said in ending.groups() if said)
        found.setdefault(key[: ending.start()], {})[ROLES.get(role, role)] = tensor
    places = {layer: _place(layer, names) for layer in found}
    strange += [layer for layer, place in places.items() if place is None]
    if strange or not found:
        raise _strange(path, strange, sum(role != {"alpha"} for role in map(set, found.values())))
    updates: list[Update] = []
    for layer, place in places.items():
        assert place is not None
        updates.append(_update(path, layer, place, found[layer], modules, settings))
    return updates


class Loras:
    """The LoRAs in a loaded model. What they changed is kept, so that taking them out leaves no trace."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._originals: dict[tuple[str, str], torch.Tensor] = {}
        self.fused: tuple[tuple[object, ...], ...] = ()  # file, weight, and the file's stamp

    def fuse(self, loras: tuple[tuple[str, float], ...]) -> bool:
        """Make exactly these (file, weight) part of the model; whether that changed which are in it.

        InputError when one can't be read or doesn't fit. The model is then left without any, to the bit, as
        after every other failure on the way.
        """
        loras = tuple((file, weight) for file, weight in loras if weight)
        wanted = tuple((file, weight, *_stamp(Path(file))) for file, weight in loras)
        if wanted == self.fused:
            return False
        self.unfuse()
        layers: dict[tuple[str, str], list[tuple[Update, float]]] = {}
        for file, weight in loras:
            for update in read_lora(Path(file), self._modules):
                layers.setdefault((update.part, update.weight), []).append((update, weight))
        try:
            for key, updates in layers.items():
                self._fuse_layer(key, updates)
        except BaseException:
            self.unfuse()
            raise
        self.fused = wanted
        return True

    def _fuse_layer(self, key: tuple[str, str], updates: list[tuple[Update, float]]) -> None:
        """One layer at a time: a file's updates, multiplied out, are as large as the model in float32."""
        parameter = self._parameter(*key)
        with torch.no_grad():
            self._originals[key] = parameter.detach().to("cpu", copy=True)
            fused = parameter.to(torch.float32, copy=True)  # added in float32, rounded once
            for update, weight in updates:
                fused.add_(update.delta(parameter).to(fused.device), alpha=weight)
            parameter.copy_(fused)
            if not torch.isfinite(parameter).all() and torch.isfinite(self._originals[key]).all():
                raise InputError(f"With these LoRAs the weight {key[1]} is not finite.", TAKE_OUT)

    def unfuse(self) -> None:
        """Take out all that is fused, to the bit."""
        with torch.no_grad():
            for key, original in self._originals.items():
                self._parameter(*key).copy_(original)
        self._originals, self.fused = {}, ()

    def _parameter(self, part: str, weight: str) -> torch.Tensor:
        return self._modules[part].get_parameter(weight)


def _stamp(path: Path) -> tuple[int, int]:
    """Length and time of a file; another file of that name has others. (0, 0) for none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _contents(path: Path) -> tuple[Weights, Mapping[str, Any]]:
    """The tensors, and what the header says of alpha: `unet.lora_alpha` and so on."""
    if not path.is_file():
        raise InputError(f"There is no LoRA file {path}.", "Choose a .safetensors file.")
    header = read_header(path)
    settings = _settings(path, header.metadata.get(SETTINGS, "{}"))
    with opened(header) as source:
        return {key: source.tensor(key) for key in header.tensors}, settings


def _settings(path: Path, text: str) -> Mapping[str, Any]:
    """PEFT's settings, as far as they say something of alpha. InputError for what can't be understood."""
    try:
        told: dict[str, Any] = dict(json.loads(text))
        for key, value in told.items():
            if key.endswith(".lora_alpha"):
                _number(value)
            elif key.endswith(".alpha_pattern"):
                told[key] = {_pattern(name): _number(alpha) for name, alpha in (value or {}).items()}
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, re.error) as error:
        raise InputError(f"{path.name} is damaged: its {SETTINGS} is not readable.", AGAIN) from error
    return told


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no alpha")
    return number


def _pattern(name: str) -> re.Pattern[str]:
    """Which layers an alpha is for. ValueError for one that might be matched for hours."""
    if GROUPS.search(name) or len(REPEATS.findall(name)) > MOST_REPEATS:
        raise ValueError(f"{name} is no name of layers")
    return re.compile(name)


def _layers(module: Any) -> dict[str, str]:
    """A layer's name as LoRA files may write it (text encoders by their outer name) → its weight."""
    found: dict[str, str] = {}
    for name, layer in module.named_modules():
        if isinstance(layer, torch.nn.Linear | torch.nn.Conv2d):
            weight = f"{name}.weight"
            outer = name if name.startswith("text_model.") else f"text_model.{name}"
            for spelling in (name, outer):
                found[spelling] = found[spelling.replace(".", "_")] = weight
    return found


def _place(layer: str, names: Mapping[str, dict[str, str]]) -> tuple[str, str] | None:
    """Part and weight that a layer of a file means, or None."""
    for prefix, parts in PREFIXES.items():
        if not layer.startswith((f"{prefix}.", f"{prefix}_")):
            continue
        rest = layer[len(prefix) + 1 :]
        plain = rest.replace(".processor.", ".")
        for part in parts:
            for name in (plain, f"{plain}.0", _diffusers_name(rest)):
                if part in names and name in names[part]:
                    return part, names[part][name]
    return None


def _diffusers_name(name: str) -> str:
    """SDXL LoRAs of Kohya's trainer name the U-Net's rooms as the original layout does."""
    if name in SGM_ROOMS:
        return SGM_ROOMS[name]
    middle = re.fullmatch(r"middle_block_([012])_(.+)", name)
    if middle is not None:
        return f"mid_block_{SGM_MIDDLE[int(middle[1])]}_{SGM_LAYERS.get(middle[2], middle[2])}"
    match = re.fullmatch(r"(input|output)_blocks_(\d+)_(\d)_(.+)", name)
    if match is None:
        return name
    way, number, inner, rest = match.groups()
    block, layer = divmod(int(number) - (way == "input"), 3)
    side = "down" if way == "input" else "up"
    if rest in ("op", "conv"):
        return f"{side}_blocks_{block}_{side}samplers_0_conv"
    room = "resnets" if inner == "0" else "attentions"
    return f"{side}_blocks_{block}_{room}_{layer}_{SGM_LAYERS.get(rest, rest)}"


def _update(
    path: Path,
    layer: str,
    place: tuple[str, str],
    tensors: Weights,
    modules: Modules,
    settings: Mapping[str, Any],
) -> Update:
    part, weight = place
    if not {"down", "up"} <= set(tensors):
        raise InputError(f"{path.name} is damaged: the layer {layer} lacks one of its two matrices.")
    down, up = tensors["down"], tensors["up"]
    _check_numbers(path, layer, tensors)
    rank, shape = down.shape[0], tuple(modules[part].get_parameter(weight).shape)
    flat = shape[0], math.prod(shape[1:])
    if (up.shape[0], down.flatten(1).shape[1]) != flat or up.flatten(1).shape[1] != rank:
        raise InputError(
            f"{path.name} is for another model: its layer {layer} changes a weight of "
            f"{up.shape[0]} × {down.flatten(1).shape[1]}, but this model's has {flat[0]} × {flat[1]}.",
            "A LoRA works with the family it was trained on only.",
        )
    alpha = float(tensors["alpha"].item()) if "alpha" in tensors else _told_alpha(layer, rank, settings)
    return Update(part, weight, down, up, alpha)


def _check_numbers(path: Path, layer: str, tensors: Weights) -> None:
    """InputError for matrices that are none, of no rank or not finite, and for an alpha of many numbers."""
    for role, tensor in tensors.items():
        if role == "alpha":
            fits = tensor.numel() == 1
        else:
            fits = tensor.ndim > 1 and tensor.numel() > 0 and tensor.is_floating_point()
        if not fits:
            shape = " × ".join(map(str, tensor.shape)) or "1"
            raise InputError(
                f"{path.name} is damaged: {role} of its layer {layer} is of {shape} numbers.", AGAIN
            )
        if not torch.isfinite(tensor.float()).all():
            raise InputError(
                f"{path.name} is damaged: its layer {layer} holds numbers that are not finite.", AGAIN
            )


def _told_alpha(layer: str, rank: int, settings: Mapping[str, Any]) -> float:
    """Alpha by PEFT's settings of the layer's part; the rank where they say nothing.

    Rank-stabilised LoRAs (Kalajdzievski, arXiv 2312.03732) divide by √r, which is alpha·√r divided by r.
    """
    part, _, name = layer.partition(".")
    alpha = settings.get(f"{part}.lora_alpha", rank)
    ends = [name, *(name[at.end() :] for at in re.finditer(r"\.", name))]
    for pattern, other in settings.get(f"{part}.alpha_pattern", {}).items():
        if any(pattern.fullmatch(end) for end in ends):
            alpha = other
            break
    return float(alpha) * (math.sqrt(rank) if settings.get(f"{part}.use_rslora") else 1.0)


def _strange(path: Path, keys: list[str], known: int) -> InputError:
    other = next((kind for mark, kind in OTHERS.items() if any(mark in key for key in keys)), None)
    if other is not None:
        return InputError(f"{path.name} is {other}, which this program can't merge.", "It reads plain LoRAs.")
    if not known:
        return InputError(
            f"{path.name} is no LoRA that this program knows.",
            "It reads Kohya's and diffusers' layouts, not LoHa, LoKr or DoRA.",
        )
    some = ", ".join(keys[:3])
    return InputError(
        f"{path.name} doesn't fit this model: {len(keys)} of its layers are unknown, such as {some}.",
        "A LoRA works with the family it was trained on only.",
    )
