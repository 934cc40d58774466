"""The header of a safetensors file: names, shapes and metadata, without opening a weight. No torch."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import InputError
from core.models.recognise.first_bytes import MODEL, PICKLES, pickled, stranger, unreadable

LONGEST = 100_000_000  # bytes a header may have (the format's own limit)
LARGEST = 2**63 - 1  # of a side, as torch counts it: beside a side of 0 any number could stand
BITS = {  # of the number formats that safetensors knows
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E5M2FNUZ", "F8_E4M3FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
    **{"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6},
}
AGAIN = "Copy or download the file again."


class Tensor(msgspec.Struct, frozen=True):
    """One weight: number format, shape, and where its bytes (from, to) lie behind the header."""

    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class SafetensorsHeader:
    """What a safetensors file holds. start: where the bytes of its weights begin."""

    path: Path
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]
    start: int

    @property
    def numbers(self) -> int:
        """Parameters in the file."""
        return sum(tensor.size for tensor in self.tensors.values())

    def shape(self, key: str, sides: int | None = None) -> tuple[int, ...]:
        """InputError when the file has no such weight, an empty one, or not one of so many sides."""
        if key not in self.tensors:
            raise InputError(f"{self.path.name} lacks the weight {key}.", AGAIN)
        shape = self.tensors[key].shape
        if not all(shape) or sides not in (None, len(shape)):
            raise InputError(f"{self.path.name} is damaged: its weight {key} has the shape {shape}.", AGAIN)
        return shape

    def under(self, prefix: str) -> tuple[str, ...]:
        """The keys that begin with `prefix`."""
        return tuple(key for key in self.tensors if key.startswith(prefix))

    def numbered(self, prefix: str) -> int:
        """How many things are numbered below a prefix."""
        return len({key.removeprefix(prefix).split(".")[0] for key in self.under(prefix)})


def read_header(path: Path) -> SafetensorsHeader:
    """Read a header and compare what it promises with the file's length.

    Its weights lie one behind the other, without gaps, each as long as its shape and its format say.
    InputError for a pickle (never opened), a file cut off or damaged, and one that is no safetensors file.
    """
    header = read_promise(path)
    damage = damage_of(header)
    if damage is not None:
        raise damage
    return header


def read_promise(path: Path) -> SafetensorsHeader:
    """Read a header without looking whether its weights are there. InputError for a file that has none."""
    try:
        held = path.stat().st_size
        if not path.is_file():  # a pipe would be waited for without end
            raise InputError(f"{path.name} is not a file.", "Choose a .safetensors file.")
        if (other := stranger(path)) is not None:
            raise other.error()
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            text = file.read(min(length, held)) if length <= LONGEST else b""
    except OSError as error:
        raise unreadable(path, error) from error
    if length > LONGEST or not text.lstrip().startswith(b"{"):
        if path.suffix.lower() in PICKLES:
            raise pickled(path.name)
        if length > LONGEST:
            kind = "GGUF" if path.suffix.lower() == ".gguf" else "safetensors"
            raise InputError(f"{path.name} is not a {kind} file.", MODEL)
    if len(text) < length or length < 2:
        raise InputError(f"{path.name} is cut off: it ends within its first {length + 8:,} bytes.", AGAIN)
    return parse_header(path, text)


def damage_of(header: SafetensorsHeader, held: int | None = None) -> InputError | None:
    """What is wrong between a header and the file's length; None where the weights are all there.

    held: bytes of the file, where it isn't on this machine.
    """
    name, tensors = header.path.name, header.tensors.values()
    held = header.path.stat().st_size if held is None else held
    promised = header.start + max((tensor.data_offsets[1] for tensor in tensors), default=0)
    if held != promised:
        state = "is cut off" if held < promised else "is damaged"
        return InputError(f"{name} {state}: {held:,} of {promised:,} bytes are there.", AGAIN)
    if not _side_by_side(tensors):
        return InputError(f"{name} is damaged: its header doesn't fit its weights.", AGAIN)
    return None


def _side_by_side(tensors: Iterable[Tensor]) -> bool:
    """Whether each weight is as long as its shape says and begins where the one before it ends."""
    at = 0
    for tensor in sorted(tensors, key=lambda tensor: tensor.data_offsets):
        begin, end = tensor.data_offsets
        bits = BITS.get(tensor.dtype)  # of a format yet unknown only the place can be checked
        fits = bits is None or tensor.size * bits == (end - begin) * 8
        if begin != at or end < begin or not all(0 <= side <= LARGEST for side in tensor.shape) or not fits:
            return False
        at = end
    return True


def parse_header(path: Path, text: bytes) -> SafetensorsHeader:
    """A header by its text, which stands behind the file's first eight bytes. InputError when it is none."""
    try:
        fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(fields.pop("__metadata__", msgspec.Raw(b"{}")), type=dict[str, str])
        tensors = {key: msgspec.json.decode(raw, type=Tensor) for key, raw in fields.items()}
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is damaged: its header is not readable.", AGAIN) from error
    return SafetensorsHeader(path, tensors, metadata, 8 + len(text))
