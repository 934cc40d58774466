"""A folder with Stable Diffusion 1.5's networks in their published sizes and random weights."""

import json
from pathlib import Path
from typing import Any

import torch

from core.models.clip import clip_tokenizer
from resources import models_folder
from tests.bench.results import SCRATCH


def sd1_folder(side: int) -> Path:
    """For pictures of `side` pixels; written under build/ once (4 GB), by diffusers and transformers."""
    folder = SCRATCH / f"sd1-sized-{side}"
    if (folder / "model_index.json").is_file():
        return folder
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    config: dict[str, Any] = json.loads((models_folder() / "sd1.json").read_bytes())
    torch.manual_seed(0)
    StableDiffusionPipeline(
        vae=AutoencoderKL(**config["vae"]),
        text_encoder=CLIPTextModel(CLIPTextConfig(**config["text_encoder"])),
        tokenizer=clip_tokenizer(**config["tokenizer"]),
        unet=UNet2DConditionModel(**{**config["unet"], "sample_size": side // 8}),
        scheduler=DDIMScheduler.from_config(config["scheduler"], clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    return folder
