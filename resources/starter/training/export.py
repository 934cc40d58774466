"""Writes what was learned as a plain diffusers folder in Stable Diffusion's layout."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import CLIPTokenizer

from resources.starter.training.objective import Objective

SHARD = "14MB"
"""No weight file grows beyond this."""

ORIGIN = {"_name_or_path", "name_or_path"}
"""How diffusers and transformers write down the folder that a part came from."""


def export(
    folder: Path,
    vae: nn.Module,
    text: nn.Module,
    unet: nn.Module,
    tokenizer: CLIPTokenizer,
    objective: Objective,
    about: dict[str, Any],
) -> None:
    """Half-precision safetensors in the Stable Diffusion layout; `about` becomes palimpsest.json.

    The folder is written beside its place and moved there whole, so a reader never meets half of it.
    """
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, part in (("vae", vae), ("unet", unet), ("text_encoder", text)):
        half: Any = copy.deepcopy(part).to(torch.float16).to(memory_format=torch.contiguous_format)
        half.save_pretrained(fresh / name, max_shard_size=SHARD)
    tokenizer.save_pretrained(fresh / "tokenizer")
    scheduler = objective.scheduler()
    scheduler.save_pretrained(fresh / "scheduler")
    _name_precision(fresh / "text_encoder" / "config.json")
    for config in fresh.glob("*/*config.json"):
        _forget_origin(config)
    _write(fresh / "model_index.json", _index(type(scheduler).__name__))
    _write(fresh / "palimpsest.json", about)
    _keep_card(folder, fresh)
    for path in fresh.rglob("*.safetensors"):
        path.chmod(0o644)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _index(scheduler: str) -> dict[str, Any]:
    return {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.42.0",
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", scheduler],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }


def _name_precision(config: Path) -> None:
    """Say float32, or transformers loads the text encoder in half while diffusers loads the UNet in full."""
    content = json.loads(config.read_text(encoding="utf-8"))
    content.pop("torch_dtype", None)
    _write(config, {**content, "dtype": "float32"})


def _forget_origin(config: Path) -> None:
    """Where a part was read from while it was trained is nobody's business, and wrong everywhere else."""
    content = json.loads(config.read_text(encoding="utf-8"))
    if content.keys() & ORIGIN:
        _write(config, {key: value for key, value in content.items() if key not in ORIGIN})


def _keep_card(old: Path, fresh: Path) -> None:
    card = old / "README.md"
    if card.exists():
        shutil.copy(card, fresh / "README.md")


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
