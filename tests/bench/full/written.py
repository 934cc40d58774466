"""Files of full-sized networks, random weights in few bits: written one by one, never held together."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import gguf
import numpy as np

from tests.bench.full.networks import Shapes
from tests.core.original_layout import NETWORK

POOL = 1 << 16  # blocks that every weight is made of, from another one on
SPREAD = 0.02  # of what is no matrix
NUMBERS = {"Q4_K": 256, "Q8_0": 32, "F8_E4M3": 1, "F16": 1}  # in a block, by the names that headers give
BYTES = {"Q4_K": 144, "Q8_0": 34, "F8_E4M3": 1, "F16": 2}  # of a block


def write(path: Path, shapes: Shapes, form: str, tick: Callable[[], None]) -> int:
    """A GGUF file for ggml's forms, else a safetensors file; the bytes of it. tick: at every weight."""
    rng = np.random.default_rng(0)
    pools = {name: _pool(name, rng) for name in NUMBERS}
    forms = {key: _form(shape, form) for key, shape in shapes.items()}

    def data() -> Iterator[np.ndarray]:
        for n, (key, shape) in enumerate(shapes.items()):
            blocks, pool = math.prod(shape) // NUMBERS[forms[key]], pools[forms[key]]
            yield np.resize(np.roll(pool, n, axis=0), (blocks, pool.shape[1]))
            tick()

    (_gguf if path.suffix == ".gguf" else _safetensors)(path, shapes, forms, data())
    return path.stat().st_size


def _form(shape: tuple[int, ...], form: str) -> str:
    """Matrices in the form asked, or the next narrow one that their rows are whole blocks of."""
    if len(shape) != 2 and not (len(shape) == 4 and form == "F8_E4M3"):
        return "F16"
    fits = (name for name in (form, "Q8_0") if shape[-1] % NUMBERS[name] == 0 or form == "F8_E4M3")
    return next(fits, "F16")


def _pool(form: str, rng: np.random.Generator) -> np.ndarray:
    """(blocks, bytes), uint8: finite numbers, small enough that no layer's values overflow."""
    if form == "F16":
        return (rng.standard_normal((POOL, 1)) * SPREAD).astype(np.float16).view(np.uint8)
    if form == "F8_E4M3":  # a sign, an exponent of −6 … −4, a mantissa
        sign, exponent, mantissa = rng.integers((0, 1, 0), (2, 4, 8), (POOL, 3)).T
        return (sign << 7 | exponent << 3 | mantissa).astype(np.uint8)[:, None]
    made = rng.integers(0, 256, (POOL, BYTES[form]), dtype=np.uint8)
    for at in (0, 2) if form == "Q4_K" else (0,):  # where a block has its scales
        scale = (rng.standard_normal(POOL) * 1e-4).astype(np.float16)
        made[:, at : at + 2] = scale[:, None].view(np.uint8)
    return made


def _gguf(path: Path, shapes: Shapes, forms: dict[str, str], data: Iterator[np.ndarray]) -> None:
    writer = gguf.GGUFWriter(path, "full")
    for key, shape in shapes.items():
        form = forms[key]
        kind = gguf.GGMLQuantizationType[form]
        size = math.prod(shape) // NUMBERS[form] * BYTES[form]
        writer.add_tensor_info(key.removeprefix(NETWORK), shape, np.dtype(np.float16), size, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for weight in data:
        writer.write_tensor_data(weight)
    writer.close()


def _safetensors(path: Path, shapes: Shapes, forms: dict[str, str], data: Iterator[np.ndarray]) -> None:
    header, at = dict[str, object](), 0
    for key, shape in shapes.items():
        size = math.prod(shape) * BYTES[forms[key]]
        header[key] = {"dtype": forms[key], "shape": shape, "data_offsets": [at, at + size]}
        at += size
    said = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(said).to_bytes(8, "little") + said)
        for weight in data:
            weight.tofile(file)
