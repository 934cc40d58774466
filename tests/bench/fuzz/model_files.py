"""Fuzzing what comes with models: LoRA files, checkpoints in one file, folders."""

import math
import os
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from core.edit.request import EditRequest, Lora
from tests.bench.fuzz import models, seeds
from tests.bench.fuzz.targets import Kind, is_json, is_text, json_of


def model_kinds(scratch: Path) -> list[Kind]:
    """LoRA files and folders, opened as an edit does it, and one step of an edit drawn: a second or less."""
    from core.edit.engine import Engine
    from core.models.catalog import describe
    from tests.core.tiny import tiny_stable_diffusion

    folder = tiny_stable_diffusion(scratch / "tiny")
    engine = Engine()
    mask = np.full((32, 32), 255, np.uint8)

    def draw(model: Path, *loras: Lora, by: Engine | None = None) -> None:
        request = EditRequest(photo="", query="a", model=str(model), device="cpu", steps=1, loras=loras)
        (by or Engine()).run(request, np.zeros((32, 32, 3), np.uint8), mask)

    def opens_lora(path: Path) -> None:
        draw(folder, Lora(str(path), 1.0), by=engine)

    def opens_folder(path: Path) -> None:
        here = scratch / "mutant"
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(folder, here, copy_function=os.link)
        name, _, data = path.read_bytes().partition(b"\n")
        (here / name.decode()).unlink()
        (here / name.decode()).write_bytes(data)
        describe(str(here))
        draw(here)

    engine.load(str(folder), "cpu")
    loras = seeds.loras(engine._model)
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    (folder / "palimpsest.json").write_text('{"kappa": 0.02, "mask_strength": 0.7, "knows": "a meadow"}')
    files.append(folder / "palimpsest.json")
    whole = [str(file.relative_to(folder)).encode() + b"\n" + file.read_bytes() for file in files]
    return [
        Kind("LoRA", ".safetensors", loras, weights, opens_lora, has_header, 1.5),
        Kind("model folder", ".file", whole, in_folder, opens_folder, in_folder_passes, 0.5),
    ]


def checkpoint_kinds(scratch: Path) -> list[Kind]:
    """Single files, 30 MB each."""
    from core.models.catalog import describe
    from core.models.load import load
    from core.models.show import show

    def opens(path: Path) -> None:
        describe(str(path))
        show(str(path))
        load(str(path), "cpu")

    return [Kind("checkpoint", ".safetensors", [checkpoint(scratch)], weights, opens, has_header, 0.2)]


def checkpoint(scratch: Path) -> bytes:
    """A thin Stable Diffusion 1 in the original layout."""
    import torch

    from tests.core import original_layout as layout

    torch.manual_seed(0)
    clip = layout.thin_clip(64, "quick_gelu", 2)
    modules = layout.thin_unet(64, attention_head_dim=8), layout.thin_vae(), clip
    unet, vae, clip = (module.half().state_dict() for module in modules)
    text = layout.original_clip(clip, "cond_stage_model.transformer.")
    return layout.write(
        scratch / "thin", layout.original_unet(unet), layout.original_vae(vae), text
    ).read_bytes()


def weights(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Safetensors: mostly the header, its length kept; else numbers that are none, or bytes anywhere."""
    roll = rng.random()
    if roll < 0.75:
        return models.header(rng, data)
    if roll < 0.85:
        return models.raw(rng, data)
    start = 8 + int.from_bytes(data[:8], "little")
    at = rng.randrange(start, max(start + 1, len(data) - 4), 4)
    value = struct.pack("<f", rng.choice((math.nan, math.inf, -1e38, 1e38, 0.0))) * rng.choice((1, 64))
    return data[:at] + value[: len(data) - at] + data[at + len(value) :]


def in_folder(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """One file of a folder; its name leads its bytes."""
    name, _, content = data.partition(b"\n")
    match name.rpartition(b".")[2]:
        case b"json":
            return name + b"\n" + models.document(rng, content)
        case b"safetensors":
            return name + b"\n" + weights(rng, content, ())
        case _:
            return name + b"\n" + models.raw(rng, content)


def in_folder_passes(data: bytes) -> bool:
    name, _, content = data.partition(b"\n")
    ending = name.rpartition(b".")[2]
    return (has_header if ending == b"safetensors" else is_json if ending == b"json" else is_text)(content)


def has_header(data: bytes) -> bool:
    """The header of a safetensors file is all there, and JSON."""
    length = int.from_bytes(data[:8], "little")
    if not 2 <= length <= len(data) - 8:
        return False
    return isinstance(json_of(data[8 : 8 + length]), dict)
