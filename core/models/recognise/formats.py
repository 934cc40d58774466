"""The number format of a file: of most of its numbers, or the packing that 4-bit files are named by."""

from collections import Counter
from collections.abc import Iterable, Mapping

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
UNREAD = frozenset(("nf4", "fp4", "svdquant", "nvfp4", "gptq", "sdnq", "float4"))  # named, never opened


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
