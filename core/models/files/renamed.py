"""One network of a single file: built empty, compared with the header, filled with renamed weights."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import torch

from core.causes import reading
from core.errors import InputError
from core.models.adapters.part import stays_wide
from core.models.files.header import AGAIN, SafetensorsHeader
from core.models.files.packed import PACKINGS, Packed, packed_layer, scaled, shape_of
from core.models.files.weights import (
    Weights,
    WeightsFile,
    check_fit,
    empty_like,
    fill,
    opened,
    without_weights,
)
from core.models.recognise.formats import SIDES

SCALES = (".scale_weight", ".weight_scale")
MARK = ".comfy_quant"  # ComfyUI's, beside a weight: JSON that names its format
BESIDE = (*SCALES, MARK, ".scale_input", ".input_scale", "scaled_fp8")  # and what their own kernels read
NOT_A_NUMBER = 0x7F  # of float8_e4m3fn, whatever the sign
OTHER_PACKING = "Get it in float16, bfloat16 or plain float8."


@dataclass(frozen=True)
class Recipe:
    """How a network is made, under which prefix its weights lie, and what renames them for it.

    packs: the renaming does no more to matrices and convolutions than cut, join and order their rows, so that
    they may stay packed
    """

    make: Callable[[], Any]
    prefix: str
    rename: Callable[[Weights, Any], Weights]
    packs: bool = True


def renamed_module(header: SafetensorsHeader, part: str, recipe: Recipe, dtype: torch.dtype) -> Any:
    """The network, on the CPU. InputError when weights are missing, or of another shape."""
    keys, what = header.under(recipe.prefix), f"{header.path.name}: its {part}"
    with reading(what, AGAIN):
        with without_weights():  # they are replaced at once
            module = recipe.make()
        check_fit(what, module, recipe.rename(empty_like(header, _numbers(keys), dtype), module))
        with opened(header) as source:
            read = _read(source, keys, dtype, packs=recipe.packs)
        weights, packed = _numbered(read, header)
        found, needed = recipe.rename(weights, module), module.state_dict().keys()
        for key in [key for key, value in found.items() if value.dtype == torch.int64]:
            numbers = found.pop(key)
            if key in needed:
                _put(module, key, _joined(numbers, packed), found, dtype)
        fill(what, module, found)
        return module


def _read(
    source: WeightsFile, keys: tuple[str, ...], dtype: torch.dtype, *, packs: bool
) -> dict[str, torch.Tensor | Packed]:
    """The weights by name, matrices and convolutions packed as they are. A scale beside one belongs to it."""
    scales = {key.removesuffix(end): key for key in keys for end in SCALES if key.endswith(end)}
    for key in keys:
        if key.endswith(MARK):
            _check_mark(source, key)
    found: dict[str, torch.Tensor | Packed] = {}
    for key in _numbers(keys):
        scale = scales.get(key.removesuffix(".weight")) if key.endswith(".weight") else None
        by = None if scale is None else _scale(source, key, scale)
        packing = PACKINGS.get(source.header.tensors[key].dtype)
        if packing is None:
            weight = source.tensor(key)
            found[key] = (weight if by is None else weight.float() * _along(by, weight)).to(dtype)
            continue
        rows = _rows(source, key)
        packed = Packed(packing, rows) if by is None else scaled(packing, rows, by)
        shape = source.header.tensors[key].shape
        stays = packs and len(shape) in SIDES and not math.prod(shape[1:]) % packing.numbers
        found[key] = packed if stays else packed.widened().reshape(shape).to(dtype)
    return found


def _rows(source: WeightsFile, key: str) -> torch.Tensor:
    """The bytes of a packed weight, by rows where those are whole blocks. InputError where it is none."""
    told, data = source.header.tensors[key], source.raw(key)
    if told.dtype == "F8_E4M3" and bool(((data & NOT_A_NUMBER) == NOT_A_NUMBER).any()):
        raise InputError(f"{source.header.path.name} is damaged: {key} is not finite.", AGAIN)
    whole = told.shape and not math.prod(told.shape[1:]) % PACKINGS[told.dtype].numbers
    return data.reshape(told.shape[0] if whole else 1, -1)


def _scale(source: WeightsFile, key: str, scale: str) -> torch.Tensor:
    """What a weight is multiplied by: one number, or one for each row. InputError for scales of blocks."""
    found, rows = source.tensor(scale), source.header.tensors[key].shape[:1]
    if found.numel() != 1 and (found.numel(),) != rows:
        raise InputError(
            f"{source.header.path.name} scales its weights in blocks, which this program can't read.",
            OTHER_PACKING,
        )
    return found.float().reshape(-1)


def _along(scale: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """By the rows of a weight of any sides."""
    return scale.reshape(-1, *[1] * (weight.ndim - 1)) if scale.numel() > 1 else scale.reshape(())


def _check_mark(source: WeightsFile, key: str) -> None:
    """InputError for a format of ComfyUI's that is no plain float8."""
    told = msgspec.json.decode(source.raw(key).numpy().tobytes())
    form = str(told.get("format"))
    if not form.startswith("float8_"):
        name = source.header.path.name
        raise InputError(f"{name} is packed as {form}, which this program can't read.", OTHER_PACKING)


def _numbered(
    read: dict[str, torch.Tensor | Packed], header: SafetensorsHeader
) -> tuple[Weights, list[tuple[int, Packed]]]:
    """What is renamed, in which packed rows go by their numbers; and from which on those of each are."""
    weights: Weights = {}
    packed: list[tuple[int, Packed]] = []
    first = 0
    for key, value in read.items():
        if isinstance(value, torch.Tensor):
            weights[key] = value
            continue
        count, sides = len(value.rows), len(header.tensors[key].shape)
        weights[key] = torch.arange(first, first + count).reshape(-1, *[1] * (sides - 1))
        packed.append((first, value))
        first += count
    return weights, packed


def _joined(numbers: torch.Tensor, packed: list[tuple[int, Packed]]) -> Packed:
    """The rows of these numbers, which lie in one weight of the file."""
    rows = numbers.flatten()
    begin, found = next((begin, it) for begin, it in reversed(packed) if begin <= int(rows.min()))
    return found.taken(rows - begin)


def _put(module: Any, key: str, packed: Packed, weights: Weights, dtype: torch.dtype) -> None:
    """Into a layer as it is, anywhere else widened; layers that must be wider than the rest, too."""
    name, _, parameter = key.rpartition(".")
    layer = module.get_submodule(name)
    wide = parameter != "weight" or stays_wide(module, name, dtype)
    narrow = None if wide else packed_layer(layer, packed)
    if narrow is None:
        weights[key] = packed.widened().reshape(shape_of(module, key)).to(dtype)
    else:
        module.set_submodule(name, narrow)
        weights[f"{name}.rows"] = packed.rows


def _numbers(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The weights without what lies beside them."""
    return tuple(key for key in keys if not key.endswith(BESIDE))
