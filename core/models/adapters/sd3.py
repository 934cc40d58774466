"""Stable Diffusion 3 and 3.5 (Esser et al., arXiv 2403.03206): flow matching, a transformer, 3 encoders."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.transformer_sd3 import SD3Transformer2DModel
from transformers.models.clip.modeling_clip import CLIPTextModelWithProjection
from transformers.models.clip.tokenization_clip import CLIPTokenizer
from transformers.models.t5.modeling_t5 import T5EncoderModel

from core.edit.words.token_count import TokenCount
from core.models.adapters.adapter import Parts, check_channels, check_width
from core.models.adapters.flow import FlowAdapter
from core.models.adapters.parameterisation import Parameterisation
from core.models.adapters.part import Part, Tensors
from core.models.backbone import PLAIN, Asked, Reading, Text
from core.models.files.diffusers_modules import parts_of, tokenizer
from core.models.memory.device import Placement
from core.models.text.clip import clip_text, text_length, token_ids
from core.models.text.clip_prompts import ClipEncoder, ClipPrompts
from core.models.text.embedding_vectors import ROLES
from core.models.text.t5 import t5_tokenizer

T5_TOKENS = 256  # what it was trained to read at most


@dataclass(frozen=True, kw_only=True)
class Sd3Parts(Parts):
    """The parts of a Stable Diffusion 3 model.

    text_encoder_3, tokenizer_3: T5 and its tokenizer, or None for both. The model was trained to do without;
    it then reads long and involved prompts less well.
    """

    transformer: Any
    text_encoder_2: Any
    tokenizer_2: Any
    text_encoder_3: Any = None
    tokenizer_3: Any = None


class StableDiffusion3(FlowAdapter):
    """A Backbone (core.models.backbone). InputError when the parts don't belong together."""

    def __init__(self, folder: Path, name: str, parts: Sd3Parts, placement: Placement) -> None:
        self.parts = parts
        _check(name, parts)
        vae = Part("The VAE", parts.vae, placement.vae)
        modules = {
            "The first text encoder": parts.text_encoder,
            "The second text encoder": parts.text_encoder_2,
            "T5": parts.text_encoder_3,
        }
        encoders = [Part(who, it, placement.network) for who, it in modules.items() if it is not None]
        pairs = (parts.tokenizer, parts.text_encoder), (parts.tokenizer_2, parts.text_encoder_2)
        length = text_length(name, *pairs)
        super().__init__(folder, name, parts, parts.transformer, vae, encoders, placement)
        clips = zip(ROLES, encoders, (parts.tokenizer, parts.tokenizer_2), strict=False)
        self._prompts = ClipPrompts(
            [ClipEncoder(role, encoder, words, clip_text) for role, encoder, words in clips],
            length,
            self._ask,
        )
        self.patch = int(parts.transformer.config.patch_size)

    def tokens(self, text: str, reading: Reading = PLAIN) -> TokenCount:
        """With T5 by its tokens: of long prompts it reads the most, unless CLIP reads them in chunks."""
        count = self._prompts.count(text, reading)
        if self.parts.tokenizer_3 is None:
            return count
        words = reading.words(text)
        used, limit = len(self.parts.tokenizer_3(words, add_special_tokens=False)["input_ids"]), T5_TOKENS - 1
        if not reading.weighted:
            return TokenCount(used, limit)
        note = f"Of {used} tokens T5 reads only the first {limit}."
        return replace(count, notes=(*count.notes, *[note] * (used > limit)))

    @torch.inference_mode()
    def text(self, prompt: str, reading: Reading = PLAIN) -> Text:
        """Both CLIP texts side by side, zeros up to T5's width, T5's text (or zeros) after them.

        T5 knows no weights: it reads the words alone, as far as it reads.
        """
        width = int(self.parts.transformer.config.joint_attention_dim)
        said = self._prompts.read(prompt, reading)
        prompt = reading.words(prompt)
        clip = torch.cat([tokens for tokens, _ in said], dim=-1)
        clip = torch.nn.functional.pad(clip, (0, width - clip.shape[-1]))
        tokens = torch.cat([clip, self._t5(prompt, clip)], dim=1)
        return Text(tokens, torch.cat([pooled for _, pooled in said], dim=-1))

    def _t5(self, prompt: str, like: torch.Tensor) -> torch.Tensor:
        if self.parts.text_encoder_3 is None:
            return like.new_zeros(1, T5_TOKENS, like.shape[-1])
        ids = token_ids(self.parts.tokenizer_3, prompt, T5_TOKENS, self.parts.text_encoder_3)

        def call(encoder: Any) -> Tensors:
            return (encoder(ids.to(encoder.device))[0],)

        return self._ask(self._encoders[2], call)[0]

    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:
        x, pooled = asked.x, asked.text.pooled
        times = [level.timestep for level in asked.levels]
        assert pooled is not None

        def call(transformer: Any) -> Tensors:
            dtype = self._network.dtype
            return transformer(
                hidden_states=x.to(dtype),
                timestep=torch.tensor(times, device=x.device, dtype=torch.float32),
                encoder_hidden_states=asked.text.tokens.to(dtype),
                pooled_projections=pooled.to(dtype),
                return_dict=False,
            )

        return call


def open_folder(folder: Path, name: str, placement: Placement, _told: Parameterisation) -> StableDiffusion3:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    clip = partial(tokenizer, CLIPTokenizer)
    networks: dict[str, Any] = {
        "transformer": SD3Transformer2DModel,
        "vae": AutoencoderKL,
        "text_encoder": CLIPTextModelWithProjection,
        "text_encoder_2": CLIPTextModelWithProjection,
    }
    words: dict[str, Any] = {"tokenizer": clip, "tokenizer_2": clip}
    if (folder / "text_encoder_3").is_dir() and (folder / "tokenizer_3").is_dir():
        networks["text_encoder_3"], words["tokenizer_3"] = T5EncoderModel, t5_tokenizer
    return StableDiffusion3(folder, name, Sd3Parts(**parts_of(folder, placement, networks, words)), placement)


def _check(name: str, parts: Sd3Parts) -> None:
    config = parts.transformer.config
    check_channels(name, config.in_channels, parts.vae.config.latent_channels)
    pooled = parts.text_encoder.config.projection_dim + parts.text_encoder_2.config.projection_dim
    check_width(name, config.pooled_projection_dim, pooled, "pooled texts")
    widths = parts.text_encoder.config.hidden_size + parts.text_encoder_2.config.hidden_size
    if widths > config.joint_attention_dim:
        check_width(name, config.joint_attention_dim, widths)
    if parts.text_encoder_3 is not None:
        check_width(name, config.joint_attention_dim, parts.text_encoder_3.config.d_model)
