"""The header of a GGUF file: its metadata, and the tensors by name, shape and format. No weight is read.

Layout: ggml's docs/gguf.md. Little-endian: magic, version, counts of tensors and of pairs; the pairs (key,
type, value); the tensors (name, sides from the innermost on, format, offset); then the weights, aligned.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from core.errors import InputError
from core.models.files.header import AGAIN
from core.models.recognise.first_bytes import unreadable

MAGIC = b"GGUF"
VERSIONS = (2, 3)
NUMBERS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}  # value types
WHOLE = (4, 5, 10, 11)  # value types of whole numbers that sides are written in
STRING, ARRAY = 8, 9
FORMATS = {  # number → name, numbers in a block, bytes of a block
    0: ("float32", 1, 4), 1: ("float16", 1, 2), 2: ("q4_0", 32, 18), 3: ("q4_1", 32, 20),
    6: ("q5_0", 32, 22), 7: ("q5_1", 32, 24), 8: ("q8_0", 32, 34), 9: ("q8_1", 32, 36),
    10: ("q2_k", 256, 84), 11: ("q3_k", 256, 110), 12: ("q4_k", 256, 144), 13: ("q5_k", 256, 176),
    14: ("q6_k", 256, 210), 15: ("q8_k", 256, 292), 16: ("iq2_xxs", 256, 66), 17: ("iq2_xs", 256, 74),
    18: ("iq3_xxs", 256, 98), 19: ("iq1_s", 256, 50), 20: ("iq4_nl", 32, 18), 21: ("iq3_s", 256, 110),
    22: ("iq2_s", 256, 82), 23: ("iq4_xs", 256, 136), 24: ("int8", 1, 1), 25: ("int16", 1, 2),
    26: ("int32", 1, 4), 27: ("int64", 1, 8), 28: ("float64", 1, 8), 29: ("iq1_m", 256, 56),
    30: ("bfloat16", 1, 2), 34: ("tq1_0", 256, 54), 35: ("tq2_0", 256, 66), 39: ("mxfp4", 32, 17),
}  # fmt: skip
BLOCKS = {name: numbers for name, numbers, _ in FORMATS.values()}  # numbers in a block, which no row divides
ALIGNMENT = "general.alignment"
# Before the name of a weight whose rows are no whole blocks: ComfyUI-GGUF writes it as rows of 256, and the
# sides that it had (U-Nets of Stable Diffusion).
SIDES = "comfy.gguf.orig_shape."
MOST_SIDES, MOST_TENSORS, MOST_PAIRS, DEEPEST = 8, 100_000, 100_000, 4


@dataclass(frozen=True)
class GgufTensor:
    """A weight: format ("q4_k"), sides as torch orders them, and where its bytes begin behind the header.

    As long as whole blocks are; its rows need not be.
    """

    format: str
    shape: tuple[int, ...]
    offset: int
    bytes: int


@dataclass(frozen=True)
class GgufHeader:
    """tensors by name; texts: those of the metadata; promised: bytes that the whole file should have.

    start: where the bytes of its weights begin
    """

    tensors: dict[str, GgufTensor]
    texts: dict[str, str]
    promised: int
    start: int


def read_gguf(path: Path) -> GgufHeader:
    """Read a header; `promised` tells whether the weights are all there.

    InputError for one that is cut off, damaged or of a version unknown.
    """
    try:
        with path.open("rb") as file:
            return gguf_header_of(file, path.name, path.stat().st_size)
    except OSError as error:
        raise unreadable(path, error) from error
    except EOFError as error:
        raise InputError(f"{path.name} is cut off within its header.", AGAIN) from error


def gguf_header_of(file: BinaryIO, name: str, held: int) -> GgufHeader:
    """Read a header from where it begins. held: bytes of the whole file, of which fewer may be here.

    EOFError where what is here ends within it; InputError for one that is damaged or of a version unknown.
    """
    return _Reader(file, name, held).header()


class _Reader:
    def __init__(self, file: BinaryIO, name: str, held: int) -> None:
        self._file, self._name, self._held = file, name, held

    def header(self) -> GgufHeader:
        magic, version = self._bytes(4), self._number("I")
        if magic != MAGIC or version not in VERSIONS:
            raise InputError(
                f"{self._name} is a GGUF file of version {version}, which this program can't read.",
                "Get it in GGUF version 3.",
            )
        tensors, pairs = self._number("Q"), self._number("Q")
        if tensors > MOST_TENSORS or pairs > MOST_PAIRS:
            raise self._damaged()
        texts, sides, alignment = dict[str, str](), dict[str, tuple[int, ...]](), 32
        for _ in range(pairs):
            key, kind = self._text(), self._number("I")
            value = self._value(kind)
            if isinstance(value, str):
                texts[key] = value
            elif isinstance(value, tuple):
                sides[key] = cast("tuple[int, ...]", value)
            elif key == ALIGNMENT and isinstance(value, int) and 0 < value <= 1 << 16:
                alignment = value
        found = {name: self._shaped(it, sides.get(SIDES + name)) for name, it in self._tensors(tensors)}
        start = -(-self._file.tell() // alignment) * alignment
        end = max((tensor.offset + tensor.bytes for tensor in found.values()), default=0)
        return GgufHeader(found, texts, start + end, start)

    def _tensors(self, count: int) -> Iterator[tuple[str, GgufTensor]]:
        for _ in range(count):
            yield self._tensor()

    def _shaped(self, tensor: GgufTensor, sides: tuple[int, ...] | None) -> GgufTensor:
        """With the sides that it had before its numbers were laid into rows of blocks."""
        if sides is None:
            return tensor
        if math.prod(sides) != math.prod(tensor.shape) or min(sides) < 1:
            raise self._damaged()
        return replace(tensor, shape=sides)

    def _tensor(self) -> tuple[str, GgufTensor]:
        name, sides = self._text(), self._number("I")
        if sides > MOST_SIDES:
            raise self._damaged()
        inner = [self._number("Q") for _ in range(sides)]
        form, offset = self._number("I"), self._number("Q")
        label, block, size = FORMATS.get(form, (f"format {form}", 1, 0))
        return name, GgufTensor(label, tuple(reversed(inner)), offset, -(-math.prod(inner) // block) * size)

    def _value(self, kind: int, depth: int = 0) -> object:
        if kind == STRING:
            return self._text()
        if kind in NUMBERS:
            return self._number(NUMBERS[kind])
        if kind != ARRAY or depth > DEEPEST:
            raise self._damaged()
        inner, count = self._number("I"), self._number("Q")
        if count > self._held:
            raise self._damaged()
        if inner in WHOLE and 0 < count <= MOST_SIDES:
            return tuple(self._number(NUMBERS[inner]) for _ in range(count))
        if inner in NUMBERS:
            self._skip(struct.calcsize(NUMBERS[inner]) * count)
        else:
            for _ in range(count):  # a vocabulary: its words are of no use here
                self._skip(self._number("Q")) if inner == STRING else self._value(inner, depth + 1)
        return None

    def _text(self) -> str:
        return self._bytes(self._number("Q")).decode(errors="replace")

    def _number(self, form: str) -> int:
        return struct.unpack(f"<{form}", self._bytes(struct.calcsize(form)))[0]

    def _bytes(self, count: int) -> bytes:
        if count > self._held:
            raise self._damaged()
        data = self._file.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def _skip(self, count: int) -> None:
        if count > self._held:
            raise self._damaged()
        if self._file.seek(count, 1) > self._held:
            raise EOFError

    def _damaged(self) -> InputError:
        return InputError(f"{self._name} is damaged: its header makes no sense.", AGAIN)
