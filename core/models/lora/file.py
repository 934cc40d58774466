"""A LoRA file against a model: which of its layers fit, and what of it the model has no place for.

Layouts: Kohya's and LyCORIS' (lora_unet_…, lora_down and lora_up with alpha, hada_…, lokr_…, diff), and
diffusers' and PEFT's (lora_A and lora_B, lora.down and lora.up, lora_linear_layer.down and .up), for linear
layers, convolutions and norms of the network and the text encoders.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from core.errors import InputError
from core.models.files.header import AGAIN, SafetensorsHeader, read_header
from core.models.files.packed import shape_of
from core.models.files.weights import FORMATS, Weights, WeightsFile, opened
from core.models.lora.alpha import Settings, read_settings, told_alpha
from core.models.lora.changes import change_of
from core.models.lora.others import not_fused
from core.models.lora.places import Modules, Place, flat, layer_names, places
from core.models.lora.update import MAGNITUDES, Update, magnitude
from core.models.recognise.layers import Layers
from core.models.recognise.lora_families import lora_families

ENDINGS = re.compile(
    r"[._](?:lora_(?P<kohya>down|up|mid)\.weight|lora_(?P<peft>[AB])(?:\.\w+)?\.weight"
    r"|lora(?:_linear_layer)?\.(?P<old>down|up)\.weight"
    r"|(?P<lycoris>hada_(?:w[12]_[ab]|t[12])|lokr_(?:w[12](?:_[ab])?|t[12])|diff|diff_b|w_norm|b_norm"
    r"|dora_scale|scalar|alpha)|(?P<magnitude>lora_magnitude_vector)(?:\.\w+){0,2})$"
)
ROLES = {"A": "down", "B": "up", "diff_b": "diff", "w_norm": "diff", "b_norm": "diff"}
OF_BIAS = ("diff_b", "b_norm")
SINGLE = ("alpha", "scalar")
NAMED = 3  # of what is left out
OTHER_MODEL = "A LoRA works with the family it was trained on only."


@dataclass(frozen=True)
class LoraFile:
    """What a file changes of a model, and what in it the model has no place for, by name."""

    path: Path
    updates: tuple[Update, ...]
    left_out: tuple[str, ...]

    @property
    def notice(self) -> str:
        """What was left out, as a sentence; "" for nothing."""
        if not self.left_out:
            return ""
        some = _some(self.left_out)
        return f"{self.path.name}: the model has no place for {some} of its entries, left out."


@dataclass
class LoraLayer:
    """What a file says of one parameter of one layer: its keys by role, and where that belongs in a model.

    misfit: the shapes, in words, where the model has such a layer of another size
    """

    name: str
    parameter: str
    keys: dict[str, str]
    places: tuple[Place, ...] = ()
    misfit: str = ""

    @property
    def fits(self) -> bool:
        return bool(self.places) and not self.misfit


def read_lora(path: Path, modules: Modules) -> LoraFile:
    """What a file changes of a model, matched with its layers; no weight is read of a file that is refused.

    InputError for a file that is none, damaged, of a kind that can't be fused, of another family, or of which
    less than half of the layers fit.
    """
    if not path.is_file():
        raise InputError(f"There is no LoRA file {path}.", "Choose a .safetensors file.")
    header = read_header(path)
    settings = read_settings(header)
    layers, strange = _layers(header)
    names = layer_names(modules)
    for layer in layers:
        found = places(layer.name, layer.parameter, names, modules)
        if found:
            layer.places = found
            layer.misfit = _misfit(header, layer, modules)
    _check_fit(header, layers, modules)
    with opened(header) as source:
        fitting = (layer for layer in layers if layer.fits)
        updates = [one for layer in fitting for one in _updates(source, layer, settings, modules)]
    left = [layer.name for layer in layers if not layer.fits]
    return LoraFile(path, tuple(updates), (*left, *strange))


def _layers(header: SafetensorsHeader) -> tuple[list[LoraLayer], list[str]]:
    """The layers that a file changes, and the keys in it that say nothing of any.

    InputError for relatives of another kind.
    """
    if (refused := not_fused(header.tensors, header.path.name)) is not None:
        raise refused
    found: dict[tuple[str, str], LoraLayer] = {}
    strange: list[str] = []
    for key in header.tensors:
        ending = ENDINGS.search(key)
        if ending is None:
            strange.append(key)
            continue
        role = next(said for said in ending.groups() if said)
        where = key[: ending.start()], "bias" if role in OF_BIAS else "weight"
        found.setdefault(where, LoraLayer(*where, {})).keys[ROLES.get(role, role)] = key
    beside = {*SINGLE, *MAGNITUDES}
    return [layer for layer in found.values() if layer.keys.keys() - beside], strange


def _misfit(header: SafetensorsHeader, layer: LoraLayer, modules: Modules) -> str:
    """Both sizes in words, where they differ. InputError when matrices are missing or don't fit together."""
    _check_shapes(header, layer)
    meta = {role: torch.empty(header.tensors[key].shape, device="meta") for role, key in layer.keys.items()}
    change = change_of(meta)
    if change is None:
        says = f"{header.path.name} is damaged: the layer {layer.name} lacks one of its matrices."
        raise InputError(says, AGAIN)
    try:
        shape = change.product().shape
    except RuntimeError as error:
        says = f"{header.path.name} is damaged: the matrices of its layer {layer.name} don't fit together."
        raise InputError(says, AGAIN) from error
    for place in layer.places:
        needs = place.whole(shape_of(modules[place.part], place.parameter))
        if flat(shape) != flat(needs):
            has, wants = (" × ".join(map(str, flat(sides))) for sides in (shape, needs))
            return f"its layer {layer.name} changes a weight of {has}, but this model's has {wants}"
        try:
            magnitude(meta, place, needs)
        except ValueError as error:
            return f"its layer {layer.name} has {error}"
    return ""


def _check_shapes(header: SafetensorsHeader, layer: LoraLayer) -> None:
    """InputError for matrices that are none or of no rank, and for an alpha of many numbers."""
    for role, key in layer.keys.items():
        told = header.tensors[key]
        form, numbers = FORMATS.get(told.dtype, torch.float32), told.size
        sides = 0 if role in SINGLE else 1 if role in (*MAGNITUDES, "diff") else 2
        fits = numbers == 1 if role in SINGLE else numbers and len(told.shape) >= sides
        if not fits or not (form.is_floating_point or role in SINGLE):
            shape = " × ".join(map(str, told.shape)) or "1"
            says = f"{header.path.name} is damaged: {role} of its layer {layer.name} is of {shape} numbers."
            raise InputError(says, AGAIN)


def _check_fit(header: SafetensorsHeader, layers: Sequence[LoraLayer], modules: Modules) -> None:
    """InputError for a file that is no LoRA, of another family, or of which less than half fits."""
    name = header.path.name
    if not layers:
        raise InputError(
            f"{name} is no LoRA that this program knows.", "It reads Kohya's and diffusers' layouts."
        )
    its = lora_families(Layers({key: told.shape for key, told in header.tensors.items()}), header.metadata)
    own = lora_families(_as_lora(modules), {})
    if its and own and not set(its) & set(own):
        raise InputError(
            f"{name} is a LoRA for {_either(its)}, but this model is {_either(own)}.", OTHER_MODEL
        )
    unfit = [layer for layer in layers if not layer.fits]
    if 2 * len(unfit) <= len(layers):
        return
    misfit = next((layer.misfit for layer in unfit if layer.misfit), "")
    if misfit:
        raise InputError(f"{name} is for another model: {misfit}.", OTHER_MODEL)
    some = _some([layer.name for layer in unfit])
    raise InputError(
        f"{name} doesn't fit this model, which lacks {some} of its {len(layers)} layers.", OTHER_MODEL
    )


def _as_lora(modules: Modules) -> Layers:
    """A model's own layers as a LoRA of rank 1 would name them: so its family is told by the same rules."""
    shapes: dict[str, tuple[int, ...]] = {}
    for part, layers in layer_names(modules).items():
        for layer in set(layers.values()):
            sides = tuple(shape_of(modules[part], f"{layer}.weight"))
            if len(sides) > 1:
                shapes[f"{part}.{layer}.lora_A.weight"] = (1, *sides[1:])
                shapes[f"{part}.{layer}.lora_B.weight"] = (sides[0], 1)
    return Layers(shapes)


def _updates(source: WeightsFile, layer: LoraLayer, settings: Settings, modules: Modules) -> Iterator[Update]:
    """The updates of a layer that fits. InputError for numbers that are not finite."""
    weights: Weights = {role: source.tensor(key) for role, key in layer.keys.items()}
    name = source.header.path.name
    if not all(torch.isfinite(tensor.float()).all() for tensor in weights.values()):
        says = f"{name} is damaged: its layer {layer.name} holds numbers that are not finite."
        raise InputError(says, AGAIN)
    change = change_of(weights)
    assert change is not None  # _misfit has seen to it
    if "alpha" in weights:
        change = replace(change, alpha=float(weights["alpha"]))
    elif change.rank is not None:
        change = replace(change, alpha=told_alpha(layer.name, change.rank, settings))
    for place in layer.places:
        sides = place.whole(shape_of(modules[place.part], place.parameter))
        yield Update(place, change, magnitude(weights, place, sides))


def _either(names: Sequence[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} or {last}" if rest else last


def _some(names: Sequence[str]) -> str:
    """How many, and the first of them by name."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} ({', '.join(names[:NAMED])}{more})"
