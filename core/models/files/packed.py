"""Weights of eight bits and fewer: kept as their file has them, widened layer by layer when they are asked.

GGUF's blocks are those of ggml (block_q4_K and its like in ggml-common.h), taken apart by diffusers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, cast

import torch

from core.models.recognise.formats import BLOCKS

SCALE = 4  # bytes behind a row that is scaled: a float32
AT_ONCE = 1 << 22  # numbers widened on a processor: what is between bytes and numbers stays in its caches


class WeightChange(Protocol):
    """What is added to a weight while it is asked (core.models.lora)."""

    def on(self, device: torch.device, /) -> "WeightChange": ...

    def delta(self, original: torch.Tensor, /) -> torch.Tensor:
        """W′ − W at weight 1, float32."""
        ...


@dataclass(frozen=True)
class Packing:
    """One way in which numbers are packed. widen: blocks (N, bytes), uint8 → (N, numbers), float32.

    numbers: in a block;  bytes: of a block
    """

    numbers: int
    bytes: int
    widen: Callable[[torch.Tensor], torch.Tensor]

    def columns(self, row: int) -> int:
        """Numbers of so many bytes."""
        return row // self.bytes * self.numbers


def _e5m2(blocks: torch.Tensor) -> torch.Tensor:
    """float16 without its last eight bits. By bits, since not every device knows the type."""
    return (blocks.to(torch.int16) << 8).view(torch.float16).float()


def _e4m3(blocks: torch.Tensor) -> torch.Tensor:
    """As bits of a float16 every number is 2⁸ times too small, the subnormal ones too."""
    bits = blocks.to(torch.int16)
    return ((bits & 0x80) << 8 | (bits & 0x7F) << 7).view(torch.float16).float() * 256


def _ggml(name: str) -> Callable[[torch.Tensor], torch.Tensor]:
    def widen(blocks: torch.Tensor) -> torch.Tensor:
        return _dequantizer(name)(blocks)

    return widen


@cache
def _dequantizer(name: str) -> Callable[[torch.Tensor], torch.Tensor]:
    import gguf
    from diffusers.quantizers.gguf.utils import dequantize_functions

    kind = gguf.GGMLQuantizationType[name]
    numbers, size = gguf.GGML_QUANT_SIZES[kind]
    function = cast("Any", dequantize_functions[kind])
    return lambda blocks: function(blocks, numbers, size, torch.float32).reshape(-1, numbers)


FLOATS = {"F8_E4M3": _e4m3, "F8_E5M2": _e5m2}
PACKINGS = {  # by the names that headers give them
    name: Packing(numbers, size, FLOATS.get(name) or _ggml(name)) for name, (numbers, size) in BLOCKS.items()
}


@dataclass(frozen=True)
class Packed:
    """A weight, or some of its rows.

    rows: (R, bytes), uint8;  scaled: each ends with what it is multiplied by
    """

    packing: Packing
    rows: torch.Tensor
    scaled: bool = False

    def taken(self, numbers: torch.Tensor) -> "Packed":
        """These of its rows, in this order; no copy of those that lie one behind the other."""
        first, count = int(numbers[0]), len(numbers)
        together = torch.equal(numbers, torch.arange(first, first + count))
        rows = self.rows[first : first + count] if together else self.rows[numbers]
        return Packed(self.packing, rows, self.scaled)

    def widened(self) -> torch.Tensor:
        """(R, C), float32."""
        rows, scale = self.rows, None
        if self.scaled:
            scale = rows[:, -SCALE:].contiguous().view(torch.float32)
            rows = rows[:, :-SCALE]
        wide = self._in_parts(rows) if rows.device.type == "cpu" else self._widened(rows)
        return wide if scale is None else wide.mul_(scale)

    def _in_parts(self, rows: torch.Tensor) -> torch.Tensor:
        """Several rows at a time: nearly twice as fast there, and hardly more memory than for the result."""
        columns = self.packing.columns(rows.shape[1])
        each = max(1, AT_ONCE // max(1, columns))
        if len(rows) <= each:
            return self._widened(rows)
        wide = torch.empty(len(rows), columns)
        for some, there in zip(rows.split(each), wide.split(each), strict=True):
            there.copy_(self._widened(some))
        return wide

    def _widened(self, rows: torch.Tensor) -> torch.Tensor:
        return self.packing.widen(rows.reshape(-1, self.packing.bytes)).reshape(len(rows), -1)


def scaled(packing: Packing, rows: torch.Tensor, scale: torch.Tensor) -> Packed:
    """Rows with what they are multiplied by: one number for all of them, or one each."""
    each = scale.float().reshape(-1, 1).expand(len(rows), 1).contiguous()
    return Packed(packing, torch.cat([rows, each.view(torch.uint8)], dim=1), scaled=True)


class PackedLinear(torch.nn.Module):
    """A linear layer whose weight is packed, in the place of another. `weight` is made when it is asked."""

    def __init__(self, linear: torch.nn.Linear, packed: Packed) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.rows = torch.nn.Parameter(packed.rows, requires_grad=False)  # .to(dtype) leaves integers alone
        self.bias = linear.bias
        self.changes: Sequence[tuple[WeightChange, float]] = ()
        self._packing, self._scaled = packed.packing, packed.scaled
        self.register_buffer("_format", torch.empty(0, device="cpu"), persistent=False)

    @property
    def shape(self) -> torch.Size:
        """Of its weight."""
        return torch.Size((self.out_features, self.in_features))

    @property
    def weight(self) -> torch.Tensor:
        """(out, in), in the number format that the module was brought to last: rounded once."""
        wide = original = Packed(self._packing, self.rows, self._scaled).widened()
        for change, strength in self.changes:
            wide = wide.add(change.on(wide.device).delta(original), alpha=strength)
        return wide.to(cast("torch.Tensor", self._format).dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.weight, self.bias)


def is_weight(module: torch.nn.Module, name: str) -> bool:
    """Whether a parameter of this name is one of the module's, or the packed weight of a layer of it."""
    layer, _, parameter = name.rpartition(".")
    inner = module.get_submodule(layer)
    if isinstance(inner, PackedLinear) and parameter == "weight":
        return True
    return isinstance(getattr(inner, parameter), torch.nn.Parameter)


def shape_of(module: torch.nn.Module, name: str) -> torch.Size:
    """The sides of a parameter, widening none."""
    layer, _, parameter = name.rpartition(".")
    inner = module.get_submodule(layer)
    if isinstance(inner, PackedLinear) and parameter == "weight":
        return inner.shape
    return module.get_parameter(name).shape
