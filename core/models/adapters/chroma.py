"""Chroma: FLUX.1 made smaller and guided by prompts again, with T5 alone for its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.transformer_chroma import ChromaTransformer2DModel
from transformers.models.t5.modeling_t5 import T5EncoderModel
from transformers.models.t5.tokenization_t5 import T5Tokenizer

from core.causes import reading as reading_of
from core.edit.words.token_count import TokenCount
from core.models.adapters.adapter import Parts, check_channels, check_width
from core.models.adapters.flow import SIDE, FlowAdapter, places
from core.models.adapters.parameterisation import Parameterisation
from core.models.adapters.part import DAMAGED, Part, Tensors
from core.models.backbone import PLAIN, Asked, Reading, Text
from core.models.files.checkpoint import Checkpoint
from core.models.files.diffusers_modules import parts_of, tokenizer
from core.models.files.flux_layout import network_recipe
from core.models.files.header import SafetensorsHeader
from core.models.files.renamed import Recipe
from core.models.memory.device import Placement
from core.models.text.clip import check_ids
from core.models.text.t5 import t5_tokenizer

TOKENS = 512  # of T5, one of padding among them


@dataclass(frozen=True, kw_only=True)
class ChromaParts(Parts):
    """The parts of a Chroma model. text_encoder: T5."""

    transformer: Any


class Chroma(FlowAdapter):
    """A Backbone (core.models.backbone). InputError when the parts don't belong together."""

    PIXELS = 1024
    weighs = False

    def __init__(self, folder: Path, name: str, parts: ChromaParts, placement: Placement) -> None:
        self.parts, config = parts, parts.transformer.config
        check_channels(name, config.in_channels, SIDE**2 * parts.vae.config.latent_channels)
        check_width(name, config.joint_attention_dim, parts.text_encoder.config.d_model)
        encoder = Part("T5", parts.text_encoder, placement.network)
        vae = Part("The VAE", parts.vae, placement.vae)
        super().__init__(folder, name, parts, parts.transformer, vae, [encoder], placement)
        self.patch = SIDE

    def tokens(self, text: str, reading: Reading = PLAIN) -> TokenCount:
        ids = self.parts.tokenizer(reading.words(text), add_special_tokens=False)["input_ids"]
        return TokenCount(len(ids), TOKENS - 1)

    @torch.inference_mode()
    def text(self, prompt: str, reading: Reading = PLAIN) -> Text:
        """By T5, which reads the words alone. A token of padding that it doesn't look at ends them.

        (docs/decisions/065)
        """
        (encoder,) = self._encoders
        with reading_of("Its tokenizer", DAMAGED):
            words = self.parts.tokenizer
            told = words(reading.words(prompt), truncation=True, max_length=TOKENS)["input_ids"]
            padding = [int(words.pad_token_id)][: TOKENS - len(told)]
        ids = check_ids(torch.tensor([[*told, *padding]]), len(told) + len(padding), encoder.module)
        own = (torch.arange(ids.shape[1]) < len(told))[None]

        def call(t5: Any) -> Tensors:
            return (t5(ids.to(t5.device), attention_mask=own.to(t5.device))[0],)

        return Text(self._ask(encoder, call)[0])

    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:

        def own(_some: slice, tokens: torch.Tensor, height: int, width: int) -> dict[str, Any]:
            nowhere = torch.zeros(tokens.shape[1], 3, device=asked.x.device)
            return {"txt_ids": nowhere, "img_ids": places(asked.x.device, height, width)}

        return self._by_length(asked, own)


def open_folder(folder: Path, name: str, placement: Placement, _told: Parameterisation) -> Chroma:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    networks = {
        "transformer": ChromaTransformer2DModel,
        "vae": AutoencoderKL,
        "text_encoder": T5EncoderModel,
    }
    parts = ChromaParts(**parts_of(folder, placement, networks, {"tokenizer": t5_tokenizer}))
    return Chroma(folder, name, parts, placement)


def open_parts(
    file: Path, name: str, modules: Mapping[str, Any], checkpoint: Checkpoint, placement: Placement
) -> Chroma:
    """The networks of files in the original layout, with T5's tokenizer that was found for them."""
    folder = checkpoint.tokenizer
    assert folder is not None
    parts = ChromaParts(
        **modules,
        tokenizer=tokenizer(T5Tokenizer, folder.parent, folder.name),
        scheduler=checkpoint.config["scheduler"],
        notices=checkpoint.notices,
    )
    return Chroma(file, name, parts, placement)


def recipe(part: str, prefix: str, config: dict[str, Any], _header: SafetensorsHeader) -> Recipe | None:
    """How the transformer is made of a file in the original layout; None: as in other families."""
    return network_recipe(ChromaTransformer2DModel, prefix, config) if part == "transformer" else None
