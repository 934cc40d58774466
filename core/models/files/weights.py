"""Weights from safetensors files into memory of our own, and into a module that was built empty.

Read, never mapped: a mapped file that is cut off while it is in use, by a sync or a second download, ends the
program without a word (SIGBUS). One weight after the other, so that a model in half precision never needs
more than itself and the largest weight of a file in single precision.
"""

import math
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from typing import Any, cast

import torch
from torch.nn import init
from torch.overrides import TorchFunctionMode

from core.errors import InputError
from core.models.adapters.part import stays_wide
from core.models.files.header import AGAIN, SafetensorsHeader

FORMATS = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8,
    "BOOL": torch.bool,
}  # fmt: skip
FILLS = {init.normal_, init.uniform_, init.kaiming_uniform_, torch.Tensor.normal_, torch.Tensor.uniform_}
Weights = dict[str, torch.Tensor]
MOST_COUNTED = 1 << 20  # numbers: a damaged configuration may ask for any number of them
OTHER = "The file is of another model or was damaged: get it again."


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights that is open for reading."""

    header: SafetensorsHeader
    file: FileIO

    def tensor(self, key: str) -> torch.Tensor:
        """A weight, in the file's own format. InputError for a format unknown and for a file cut off."""
        told = self.header.tensors[key]
        if told.dtype not in FORMATS:
            name = self.header.path.name
            raise InputError(f"{name} holds weights in {told.dtype}, which this program can't read.")
        return self.raw(key).view(FORMATS[told.dtype]).reshape(told.shape)

    def raw(self, key: str) -> torch.Tensor:
        """A weight as it lies there, (N,), uint8. InputError for a file cut off."""
        begin, end = self.header.tensors[key].data_offsets
        buffer = torch.empty(end - begin, dtype=torch.uint8)
        room, done = memoryview(cast("bytearray", buffer.numpy())), 0
        self.file.seek(self.header.start + begin)
        while done < len(room):
            if not (count := self.file.readinto(room[done:])):
                raise InputError(f"{self.header.path.name} is cut off within {key}.", AGAIN)
            done += count
        return buffer


@contextmanager
def opened(header: SafetensorsHeader) -> Generator[WeightsFile]:
    """The file of a header that was read before. InputError when it can't be read."""
    try:
        with FileIO(header.path) as file:
            yield WeightsFile(header, file)
    except OSError as error:
        raise InputError(f"{header.path.name} can't be read: {error.strerror or error}.") from error


class _Unfilled(TorchFunctionMode):
    """Weights aren't filled with the numbers that training begins from, and what is counted has numbers."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if func in FILLS:
            return args[0] if args else named["tensor"]
        if func is torch.arange and all(isinstance(one, int) and one <= MOST_COUNTED for one in args):
            named = {**named, "device": "cpu"}
        return func(*args, **named)


@contextmanager
def without_weights() -> Generator[None]:
    """Networks are built on the device "meta" meanwhile: they have shapes, and no numbers.

    What their library says of its own plans then (Chroma's use a class that will move) is nothing for users.
    """
    with warnings.catch_warnings(), torch.device("meta"), _Unfilled():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def empty_like(header: SafetensorsHeader, keys: tuple[str, ...], dtype: torch.dtype) -> Weights:
    """The shapes of weights, without their numbers: what a module may be compared with before any is read."""
    return {key: torch.empty(header.tensors[key].shape, dtype=dtype, device="meta") for key in keys}


def check_fit(what: str, module: Any, weights: Mapping[str, torch.Tensor]) -> None:
    """InputError when a module lacks one of its weights, or one has another shape than it needs."""
    needed: Weights = module.state_dict()
    missing = sorted(needed.keys() - weights.keys())
    if missing:
        raise InputError(f"{what} lacks {len(missing)} of its weights, the first being {missing[0]}.", OTHER)
    for key, value in needed.items():
        if value.shape != weights[key].shape:
            has, needs = (_sides(tensor.shape) for tensor in (weights[key], value))
            raise InputError(f"{what} has a {key} of {has}, where {needs} are needed.", OTHER)


def fill(what: str, module: Any, weights: Weights) -> None:
    """Make weights those of a module that was built without any (on the device "meta").

    InputError when one is missing or of another shape.
    """
    check_fit(what, module, weights)
    module.load_state_dict(weights, strict=False, assign=True)
    if hasattr(module, "tie_weights"):
        module.tie_weights()
    for name, buffer in module.named_buffers():
        if buffer.is_meta:
            raise InputError(f"{what} lacks {name}.", OTHER)


def format_of(module: Any, key: str, dtype: torch.dtype) -> torch.dtype:
    """The format that one of a module's weights is kept in: `dtype`, unless its model wants it wider."""
    layer = key.rpartition(".")[0]
    return torch.float32 if stays_wide(module, layer, dtype) else dtype


def _sides(shape: torch.Size) -> str:
    return " × ".join(map(str, shape)) or f"{math.prod(shape)} number"
