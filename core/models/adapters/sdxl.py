"""Stable Diffusion XL (Podell et al., arXiv 2307.01952): two encoders, pooled text, size conditioning."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers.models.clip.modeling_clip import CLIPTextModel, CLIPTextModelWithProjection
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from core.edit.words.token_count import TokenCount
from core.models.adapters.adapter import check_width
from core.models.adapters.parameterisation import Parameterisation
from core.models.adapters.part import Part
from core.models.adapters.unet import UNetAdapter, UNetParts
from core.models.backbone import PLAIN, Reading, Text
from core.models.families import refiner
from core.models.files.diffusers_modules import parts_of, tokenizer
from core.models.files.documents import read_json
from core.models.hub.repository import INDEX
from core.models.memory.device import Placement
from core.models.text.clip import clip_text, text_length
from core.models.text.clip_prompts import ClipEncoder, ClipPrompts
from core.models.text.embedding_vectors import ROLES

SIZES = 6  # original height and width, crop top and left, target height and width (§2.2)


@dataclass(frozen=True, kw_only=True)
class SdxlParts(UNetParts):
    """The parts of an SDXL model.

    zero_empty: the empty prompt is all zeros, not what the encoders say to it; the base model was trained so.
    """

    text_encoder_2: Any
    tokenizer_2: Any
    zero_empty: bool = True


class StableDiffusionXL(UNetAdapter):
    """A Backbone (core.models.backbone). InputError for a refiner and for parts that don't fit."""

    def __init__(self, folder: Path, name: str, parts: SdxlParts, placement: Placement) -> None:
        self.parts = parts
        _check(name, parts)
        # Its VAE was trained in float32 and overflows in float16, unless its configuration says otherwise.
        wide = placement.vae == torch.float16 and parts.vae.config.force_upcast
        vae = Part("The VAE", parts.vae, torch.float32 if wide else placement.vae)
        encoders = (
            Part("The first text encoder", parts.text_encoder, placement.network),
            Part("The second text encoder", parts.text_encoder_2, placement.network),
        )
        pairs = (parts.tokenizer, parts.text_encoder), (parts.tokenizer_2, parts.text_encoder_2)
        length = text_length(name, *pairs)
        super().__init__(folder, name, parts, vae, encoders, placement)
        clips = zip(ROLES, encoders, (parts.tokenizer, parts.tokenizer_2), strict=True)
        self._prompts = ClipPrompts(
            [ClipEncoder(role, encoder, words, clip_text) for role, encoder, words in clips],
            length,
            self._ask,
        )

    def tokens(self, text: str, reading: Reading = PLAIN) -> TokenCount:
        return self._prompts.count(text, reading)

    @torch.inference_mode()
    def text(self, prompt: str, reading: Reading = PLAIN) -> Text:
        said = self._prompts.read(prompt, reading)
        text = Text(torch.cat([tokens for tokens, _ in said], dim=-1), pooled=said[-1][1])
        if not prompt and self.parts.zero_empty:
            return Text(*(torch.zeros_like(part) for part in text.tensors))
        return text

    def _added_conditioning(self, x: torch.Tensor, text: Text, /) -> dict[str, Any]:
        """The pooled text, and the picture's size: nothing was scaled up, nothing cropped off."""
        assert text.pooled is not None
        size = [side * self.factor for side in x.shape[-2:]]
        sizes = torch.tensor([[*size, 0, 0, *size]] * len(x), device=x.device, dtype=torch.float32)
        return {"added_cond_kwargs": {"text_embeds": text.pooled, "time_ids": sizes}}


def open_folder(folder: Path, name: str, placement: Placement, told: Parameterisation) -> StableDiffusionXL:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    clip = partial(tokenizer, CLIPTokenizer)
    networks = {
        "unet": UNet2DConditionModel,
        "vae": AutoencoderKL,
        "text_encoder": CLIPTextModel,
        "text_encoder_2": CLIPTextModelWithProjection,
    }
    parts = parts_of(folder, placement, networks, {"tokenizer": clip, "tokenizer_2": clip}, told)
    zero_empty = bool(read_json(folder / INDEX).get("force_zeros_for_empty_prompt", True))
    return StableDiffusionXL(folder, name, SdxlParts(**parts, zero_empty=zero_empty), placement)


def _check(name: str, parts: SdxlParts) -> None:
    config, first, second = parts.unet.config, parts.text_encoder.config, parts.text_encoder_2.config
    pooled = second.projection_dim
    if config.projection_class_embeddings_input_dim == pooled + (SIZES - 1) * config.addition_time_embed_dim:
        raise refiner(name)  # it takes five numbers, the last being an aesthetic score
    check_width(name, config.cross_attention_dim, first.hidden_size + second.hidden_size)
    reads = config.projection_class_embeddings_input_dim - SIZES * config.addition_time_embed_dim
    check_width(name, reads, pooled, "pooled texts")
