"""GGUF files of random blocks, and the weights that `gguf` itself says they hold."""

from pathlib import Path

import gguf
import numpy as np
import torch

from tests.core.original_layout import Weights

GGML = ("Q4_K", "Q5_K", "Q6_K", "Q8_0")
SCALES = {"Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,), "Q8_0": (0,)}  # where a block has its float16
SIDES = "comfy.gguf.orig_shape."


def blocks(form: str, rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Random rows with finite scales, as bytes."""
    numbers, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[form]]
    rng = np.random.default_rng(seed)
    made = rng.integers(0, 256, (rows * columns // numbers, size), dtype=np.uint8)
    for at in SCALES.get(form, (0,)):
        scale = (rng.standard_normal(len(made)) / 1000).astype(np.float16)
        made[:, at : at + 2] = scale.view(np.uint8).reshape(-1, 2)
    return made.reshape(rows, -1)


def written(
    path: Path, weights: Weights, architecture: str, forms: tuple[str, ...] = GGML, *, fixed: bool = False
) -> Weights:
    """Write a GGUF file of these names and shapes, by turns in these formats where rows are whole blocks;
    the weights that it holds.

    fixed: weights whose rows are no whole blocks are laid into rows of 256, as ComfyUI-GGUF does
    """
    writer, held = gguf.GGUFWriter(path, architecture), dict[str, torch.Tensor]()
    writer.add_array("tokenizer.ggml.tokens", ["a", "b"])
    for n, (name, weight) in enumerate(weights.items()):
        kind = gguf.GGMLQuantizationType[forms[n % len(forms)]]
        block, shape = gguf.GGML_QUANT_SIZES[kind][0], tuple(weight.shape)
        laid = fixed and len(shape) > 1 and shape[-1] % 256 and not weight.numel() % 256
        rows, columns = (weight.numel() // 256, 256) if laid else (shape[0], shape[-1])
        if (laid or len(shape) == 2) and columns % block == 0:
            packed = blocks(kind.name, rows, columns, seed=n)
            writer.add_tensor(name, packed, raw_dtype=kind)
            held[name] = torch.from_numpy(gguf.quants.dequantize(packed, kind)).reshape(shape)
            if laid:
                writer.add_array(SIDES + name, [int(side) for side in shape])
        else:
            held[name] = weight.half().float()
            writer.add_tensor(name, weight.half().numpy())
    finish(writer)
    return held


def finish(writer: gguf.GGUFWriter) -> None:
    """Write all that it was given to its file."""
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
