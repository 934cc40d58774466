"""One network of a single file: built empty, compared with the header, filled with renamed weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from core.causes import reading
from core.models.header import AGAIN, SafetensorsHeader
from core.models.weights import Source, Weights, check_fit, empty_like, fill, opened, without_weights

SCALES = (".scale_weight", ".weight_scale")


@dataclass(frozen=True)
class Recipe:
    """How a network is made, under which prefix its weights lie, and what renames them for it."""

    make: Callable[[], Any]
    prefix: str
    rename: Callable[[Weights, Any], Weights]


def renamed_module(header: SafetensorsHeader, part: str, recipe: Recipe, dtype: torch.dtype) -> Any:
    """The network, on the CPU. InputError when weights are missing, or of another shape."""
    keys, what = header.under(recipe.prefix), f"{header.path.name}: its {part}"
    with reading(what, AGAIN):
        with without_weights():  # they are replaced at once
            module = recipe.make()
        check_fit(what, module, recipe.rename(empty_like(header, _numbers(keys), dtype), module))
        with opened(header) as source:
            fill(what, module, recipe.rename(_weights(source, keys, dtype), module))
        return module


def _weights(source: Source, keys: tuple[str, ...], dtype: torch.dtype) -> Weights:
    """The weights by name. Some files of 8 bits divide each by a scale, which lies beside it."""
    scales = {key.removesuffix(end): key for key in keys for end in SCALES if key.endswith(end)}
    found: Weights = {}
    for key in _numbers(keys):
        weight, scale = source.tensor(key), scales.get(key.removesuffix(".weight"))
        if scale is not None and key.endswith(".weight"):
            weight = weight.float() * source.tensor(scale).float()
        found[key] = weight.to(dtype)
    return found


def _numbers(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The weights without what they are scaled by."""
    return tuple(key for key in keys if not key.endswith(SCALES))
