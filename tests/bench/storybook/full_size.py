"""Folders with networks of real sizes and random weights, to measure what time they take."""

import json
from pathlib import Path
from typing import Any

import torch

from core.models.text.clip import clip_tokenizer
from resources import models_folder
from resources.starter.recipe import SIZES
from resources.starter.training import autoencoder, denoiser, text
from resources.starter.training.export import export
from resources.starter.training.objective import Velocity
from resources.starter.world import captions, sample
from tests.bench.results import SCRATCH


def sd1_folder(side: int) -> Path:
    """Stable Diffusion 1.5 for pictures of `side` pixels, by diffusers itself; under build/ once (4 GB)."""
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


def large_folder() -> Path:
    """The starter's large size by its own recipe, with random weights; written under build/ once."""
    folder = SCRATCH / "large-starter"
    if not (folder / "model_index.json").is_file():
        torch.manual_seed(0)
        size = SIZES["large"]
        tokenizer = text.train_tokenizer(said for seed in range(200) for said in captions(sample(seed)))
        side = size.pixels // 2 ** (len(size.autoencoder) - 1)
        parts = (
            autoencoder.build(size.channels, size.autoencoder),
            text.build(tokenizer, size.text_width, size.text_layers),
            denoiser.build(size.channels, side, size.unet, size.text_width),
        )
        about = {"name": "Storybook, large, untrained", "size": size.pixels}
        export(folder, *parts, tokenizer, Velocity(), about)
    return folder
