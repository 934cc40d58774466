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


class PackedLayer(torch.nn.Module):
    """A layer whose weight is packed, in the place of another. `weight` is made when it is asked.

    shape: of its weight
    """

    def __init__(self, layer: torch.nn.Linear | torch.nn.Conv2d, packed: Packed) -> None:
        super().__init__()
        self.shape = layer.weight.shape
        self.rows = torch.nn.Parameter(packed.rows, requires_grad=False)  # .to(dtype) leaves integers alone
        self.bias = layer.bias
        self.changes: Sequence[tuple[WeightChange, float]] = ()
        self._packing, self._scaled = packed.packing, packed.scaled
        self.register_buffer("_format", torch.empty(0, device="cpu"), persistent=False)

    @property
    def weight(self) -> torch.Tensor:
        """Of `shape`, in the number format that the module was brought to last: rounded once."""
        wide = original = Packed(self._packing, self.rows, self._scaled).widened().reshape(self.shape)
        for change, strength in self.changes:
            wide = wide.add(change.on(wide.device).delta(original), alpha=strength)
        return wide.to(cast("torch.Tensor", self._format).dtype)


class PackedLinear(PackedLayer):
    """weight: (out, in)"""

    def __init__(self, linear: torch.nn.Linear, packed: Packed) -> None:
        super().__init__(linear, packed)
        self.in_features, self.out_features = linear.in_features, linear.out_features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.weight, self.bias)


class PackedConv(PackedLayer):
    """weight: (out, in, height, width)"""

    def __init__(self, conv: torch.nn.Conv2d, packed: Packed) -> None:
        super().__init__(conv, packed)
        self.in_channels, self.out_channels = conv.in_channels, conv.out_channels
        self.kernel_size, self.stride, self.padding = conv.kernel_size, conv.stride, conv.padding
        self.dilation, self.groups = conv.dilation, conv.groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight
        # Laid out as all convolutions here (core.models.adapters.adapter): several times faster, and the same
        # bits. `contiguous` would leave one of 1 × 1 as it is.
        last = torch.empty_like(weight, memory_format=torch.channels_last).copy_(weight)
        conv = torch.nn.functional.conv2d
        return conv(x, last, self.bias, self.stride, self.padding, self.dilation, self.groups)


def packed_layer(layer: torch.nn.Module, packed: Packed) -> PackedLayer | None:
    """What takes a layer's place, its weight packed; None for a layer of another kind."""
    if type(layer) is torch.nn.Linear:
        return PackedLinear(layer, packed)
    if type(layer) is torch.nn.Conv2d and layer.padding_mode == "zeros":
        return PackedConv(layer, packed)
    return None


def is_weight(module: torch.nn.Module, name: str) -> bool:
    """Whether a parameter of this name is one of the module's, or the packed weight of a layer of it."""
    layer, _, parameter = name.rpartition(".")
    inner = module.get_submodule(layer)
    if isinstance(inner, PackedLayer) and parameter == "weight":
        return True
    return isinstance(getattr(inner, parameter), torch.nn.Parameter)


def shape_of(module: torch.nn.Module, name: str) -> torch.Size:
    """The sides of a parameter, widening none."""
    layer, _, parameter = name.rpartition(".")
    inner = module.get_submodule(layer)
    if isinstance(inner, PackedLayer) and parameter == "weight":
        return inner.shape
    return module.get_parameter(name).shape
