"""A GGUF file's header as that of any file of weights, so that its network is found and opened like others.

No torch.
"""

import math
from pathlib import Path

from core.errors import InputError
from core.models.files.header import AGAIN, SafetensorsHeader, Tensor
from core.models.recognise.first_bytes import stranger, unreadable
from core.models.recognise.gguf import BLOCKS, GgufTensor, read_gguf
from core.models.recognise.kinds import ModelKind

READ = {  # formats → by the names that headers of weights give them
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "q4_k": "Q4_K",
    "q5_k": "Q5_K",
    "q6_k": "Q6_K",
    "q8_0": "Q8_0",
}
OTHER_FORMAT = "Get it in Q4_K, Q5_K, Q6_K or Q8_0, or its safetensors version."


def is_gguf(path: Path) -> bool:
    """By its first bytes. InputError when it can't be read."""
    try:
        found = stranger(path)
    except OSError as error:
        raise unreadable(path, error) from error
    return found is not None and found.kind is ModelKind.GGUF


def gguf_header(path: Path) -> SafetensorsHeader:
    """What a GGUF file holds. InputError for one cut off or damaged, and for formats that can't be read."""
    told, held = read_gguf(path), path.stat().st_size
    if held < told.promised:
        raise InputError(f"{path.name} is cut off: {held:,} of {told.promised:,} bytes are there.", AGAIN)
    tensors = {key: _tensor(path, key, tensor) for key, tensor in told.tensors.items()}
    return SafetensorsHeader(path, tensors, told.texts, told.start)


def _tensor(path: Path, key: str, told: GgufTensor) -> Tensor:
    if told.format not in READ:
        why = f"{path.name} holds weights in {told.format}, which this program can't read."
        raise InputError(why, OTHER_FORMAT)
    if math.prod(told.shape) % BLOCKS[told.format]:
        raise InputError(f"{path.name} is damaged: its weight {key} has the shape {told.shape}.", AGAIN)
    return Tensor(READ[told.format], told.shape, (told.offset, told.offset + told.bytes))
