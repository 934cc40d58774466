"""The number format of a file: of most of its numbers, or the packing that 4-bit files are named by; and what
of its weights stays as narrow in memory.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FORMATS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8", "F8_E5M2": "float8", "F8_E4M3FNUZ": "float8", "F8_E5M2FNUZ": "float8",
    "I8": "int8", "U8": "int8", "I64": "int64", "I32": "int32", "I16": "int16", "F4": "float4",
}  # fmt: skip
PACKED = {  # endings of what lies beside packed weights → packing
    ".quant_state.bitsandbytes__nf4": "nf4",
    ".quant_state.bitsandbytes__fp4": "fp4",
    ".smooth_factor": "svdquant",
    ".smooth": "svdquant",
    ".wcscales": "svdquant",
    ".wscales": "svdquant",
    ".weight_scale_2": "nvfp4",
    ".qzeros": "gptq",
    ".svd_up": "sdnq",
    ".zero_point": "sdnq",
    ".scb": "int8",
    ".SCB": "int8",
}
BLOCKS = {  # of weights that stay packed in memory (core.models.files.packed): numbers, and their bytes
    "F8_E4M3": (1, 1), "F8_E5M2": (1, 1),
    "Q4_K": (256, 144), "Q5_K": (256, 176), "Q6_K": (256, 210), "Q8_0": (32, 34),
}  # fmt: skip
SIDES = 2, 4  # of those weights: matrices and convolutions
# What is widened all the same: a VAE's and CLIP's, and those of words and places, by their names.
WIDENED = re.compile(
    r"first_stage_model|vae\.|clip_|cond_stage_model|conditioner|embedding|embed_tokens|pos_embed|shared\."
)
UNREAD = frozenset(
    ("nf4", "fp4", "svdquant", "nvfp4", "gptq", "sdnq", "float4", "int8")
)  # named, never opened


@dataclass(frozen=True)
class Packs:
    """Of some weights those that stay packed in memory: how many numbers, and their bytes."""

    numbers: int = 0
    bytes: int = 0

    def __add__(self, other: "Packs") -> "Packs":
        return Packs(self.numbers + other.numbers, self.bytes + other.bytes)


@dataclass(frozen=True)
class Weights:
    """How many numbers a part of a model has, and which of them stay packed."""

    numbers: int
    packed: Packs = Packs()

    def bytes(self, wide: int) -> int:
        """Of memory that it lies in, where a number that isn't packed takes `wide`."""
        return (self.numbers - self.packed.numbers) * wide + self.packed.bytes

    def packed_as(self, block: str) -> "Weights":
        """The same with all its numbers packed in one of BLOCKS."""
        numbers, size = BLOCKS[block]
        return Weights(self.numbers, Packs(self.numbers, self.numbers * size // numbers))


def packs(key: str, written: str, shape: tuple[int, ...]) -> Packs:
    """A weight by its name, format and sides, if it will stay packed; nothing for one that is widened.

    By the header alone: layers that a model wants wider than the rest are few, and counted as packed.
    """
    block = BLOCKS.get(written.upper())
    whole = len(shape) in SIDES and not math.prod(shape[1:]) % (block or (1,))[0]
    if block is None or not whole or WIDENED.search(key):
        return Packs()
    numbers, size = block
    count = math.prod(shape)
    return Packs(count, count // numbers * size)


def format_of(tensors: Iterable[tuple[str, str, int]], metadata: Mapping[str, str]) -> str:
    """tensors: name, format as the file writes it, and how many numbers. "" for a file without any."""
    counts: Counter[str] = Counter()
    for key, written, numbers in tensors:
        for ending, packing in PACKED.items():
            if key.endswith(ending):
                return packing
        counts[FORMATS.get(written, written.lower())] += numbers
    if "nvfp4" in metadata.get("_quantization_metadata", ""):
        return "nvfp4"
    return counts.most_common(1)[0][0] if counts else ""
