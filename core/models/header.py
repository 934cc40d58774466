"""The header of a safetensors file: names, shapes and metadata, without opening a weight. No torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import InputError

PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")
LONGEST = 100_000_000  # bytes a header may have (the format's own limit)
AGAIN = "Copy or download the file again."


class Tensor(msgspec.Struct, frozen=True):
    """One weight: number format, shape, and where its bytes lie behind the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    """What a safetensors file holds."""

    path: Path
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]

    @property
    def numbers(self) -> int:
        """Parameters in the file."""
        return sum(tensor.size for tensor in self.tensors.values())

    def shape(self, key: str) -> tuple[int, ...]:
        """InputError when the file has no such weight."""
        if key not in self.tensors:
            raise InputError(f"{self.path.name} lacks the weight {key}.", AGAIN)
        return self.tensors[key].shape

    def under(self, prefix: str) -> tuple[str, ...]:
        """The keys that begin with `prefix`."""
        return tuple(key for key in self.tensors if key.startswith(prefix))


def read_header(path: Path) -> Header:
    """Read a header and compare what it promises with the file's length.

    InputError for a pickle (never opened), a file cut off, and one that is no safetensors file.
    """
    if path.suffix.lower() in PICKLES:
        raise pickled(path.name)
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > LONGEST:
                raise InputError(f"{path.name} is not a safetensors file.", "Choose a .safetensors file.")
            text = file.read(length)
        held = path.stat().st_size
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror}.") from error
    if len(text) < length or length < 2:
        raise InputError(f"{path.name} is cut off: it ends within its first {length + 8:,} bytes.", AGAIN)
    tensors, metadata = _parse(path, text)
    promised = 8 + length + max((tensor.data_offsets[1] for tensor in tensors.values()), default=0)
    if held != promised:
        state = "is cut off" if held < promised else "is damaged"
        raise InputError(f"{path.name} {state}: {held:,} of {promised:,} bytes are there.", AGAIN)
    return Header(path, tensors, metadata)


def pickled(name: str) -> InputError:
    """Why a pickle is never opened, and what to do."""
    return InputError(
        f"{name} holds pickled weights, which can run code, so they are never opened.",
        "Get the safetensors version of this model.",
    )


def _parse(path: Path, text: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(fields.pop("__metadata__", msgspec.Raw(b"{}")), type=dict[str, str])
        return {key: msgspec.json.decode(raw, type=Tensor) for key, raw in fields.items()}, metadata
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is damaged: its header is not readable.", AGAIN) from error
