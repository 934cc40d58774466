"""Files of full size with true headers and no weights: sparse, made in no time and on no space."""

import json
import lzma
import math
import os
from functools import cache
from pathlib import Path
from typing import Any

from core.models.recognise.facts import FileFacts

SIZE = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1}
Shaped = dict[str, Any]  # key → [format, sides], and `__metadata__` as it stands


@cache
def real_headers() -> dict[str, Shaped]:
    """Of files that people have, by the files' usual names."""
    return json.loads(lzma.decompress((Path(__file__).parent / "headers.json.xz").read_bytes()))


def facts_of(header: Shaped, name: str) -> FileFacts:
    """What recognition reads of a header."""
    layers = {key: value for key, value in header.items() if key != "__metadata__"}
    shapes = {key: tuple(sides) for key, (_, sides) in layers.items()}
    formats = {key: written for key, (written, _) in layers.items()}
    return FileFacts(shapes, formats, header.get("__metadata__", {}), name, 0)


def shaped_file(path: Path, header: Shaped) -> Path:
    """A sparse safetensors file with this header."""
    written, offset = Shaped(), 0
    for key, value in header.items():
        if key == "__metadata__":
            written[key] = value
            continue
        dtype, shape = value
        size = SIZE[dtype] * math.prod(shape)
        written[key] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(written).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
    os.truncate(path, 8 + len(text) + offset)
    return path
