"""A tiny Stable Diffusion folder with random weights, saved by diffusers itself: the adapters' test bench."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer


def tiny_folder(
    folder: Path, *, prediction: str = "epsilon", zero_snr: bool = False, channels: int = 4
) -> Path:
    """A folder in the diffusers layout: 32-px pictures, 2× VAE, 16 × 16 latents, a two-layer CLIP encoder."""
    import torch
    from diffusers import DDIMScheduler

    torch.manual_seed(0)
    unet, vae = _tiny_networks(channels)
    tokenizer, text = _tiny_text()
    scheduler = DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction,
        rescale_betas_zero_snr=zero_snr,
        clip_sample=False,
    )
    parts = {"unet": unet, "vae": vae, "text_encoder": text, "scheduler": scheduler, "tokenizer": tokenizer}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    index = {
        "_class_name": "StableDiffusionPipeline",
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "safety_checker": [None, None],
        "feature_extractor": [None, None],
        "requires_safety_checker": False,
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def _tiny_networks(channels: int) -> tuple[UNet2DConditionModel, AutoencoderKL]:
    from diffusers import AutoencoderKL, UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=24,
        attention_head_dim=8,
        norm_num_groups=8,
    )
    vae = AutoencoderKL(
        block_out_channels=(16, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=channels,
        norm_num_groups=8,
        scaling_factor=0.5,
    )
    return unet, vae


def _tiny_text() -> tuple[CLIPTokenizer, CLIPTextModel]:
    """A tokenizer of single letters and a text encoder for it."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    tokens = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    config = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=24,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=16,
        bos_token_id=vocabulary["<|startoftext|>"],
        eos_token_id=vocabulary["<|endoftext|>"],
    )
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=16), CLIPTextModel(config)


def few_to_collect() -> None:
    """Let the garbage collector pass over all there is by now.

    Every load of a model calls it, and that takes half a second where it looks through all that torch,
    diffusers and transformers keep.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _few_to_collect() -> None:
    few_to_collect()


@pytest.fixture(scope="session")
def make_tiny() -> Callable[..., Path]:
    return tiny_folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, predicting noise."""
    folder = tiny_folder(tmp_path_factory.mktemp("models") / "tiny")
    few_to_collect()  # with the libraries that are loaded only now
    return folder


@pytest.fixture(scope="session")
def tiny_v(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sizes, predicting v at zero terminal SNR."""
    folder = tmp_path_factory.mktemp("models") / "tiny-v"
    return tiny_folder(folder, prediction="v_prediction", zero_snr=True)


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """A colourful 48 × 40 picture, uint8 (40, 48, 3), read-only."""
    y, x = np.mgrid[0:40, 0:48]
    pixels = np.stack([x * 5, y * 6, (x * y) % 256], axis=-1).astype(np.uint8)
    pixels.setflags(write=False)
    return pixels
