"""Stable Diffusion 1.x and 2.x: U-Net, VAE and CLIP encoder. From diffusers' modules, not its pipelines."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers.models.clip.modeling_clip import CLIPTextModel
from transformers.models.clip.tokenization_clip import CLIPTokenizer

from core.edit.words.token_count import TokenCount
from core.edit.words.vocabulary import says_nothing
from core.errors import InputError
from core.models.adapters.adapter import check_width
from core.models.adapters.parameterisation import Parameterisation
from core.models.adapters.part import Part, Tensors
from core.models.adapters.unet import UNetAdapter, UNetParts
from core.models.backbone import PLAIN, Reading, Text
from core.models.files.diffusers_modules import parts_of, tokenizer
from core.models.memory.device import Placement
from core.models.text.clip import text_length
from core.models.text.clip_prompts import ClipEncoder, ClipPrompts
from core.models.text.known_words import KnownWords, reworded


class StableDiffusion(UNetAdapter):
    """A Backbone (core.models.backbone). InputError when the parts don't belong together."""

    def __init__(self, folder: Path, name: str, parts: UNetParts, placement: Placement) -> None:
        self.parts = parts
        width, reads = parts.text_encoder.config.hidden_size, parts.unet.config.cross_attention_dim
        check_width(name, reads, width)
        vae = Part("The VAE", parts.vae, placement.vae)
        encoder = Part("The text encoder", parts.text_encoder, placement.network)
        length = text_length(name, (parts.tokenizer, parts.text_encoder))
        super().__init__(folder, name, parts, vae, [encoder], placement)
        self._length, self._words = length, KnownWords(parts.tokenizer)
        self._prompts: dict[int, ClipPrompts] = {}
        self.clip_skip: int | None = self.card.clip_skip or 1

    def tokens(self, text: str, reading: Reading = PLAIN) -> TokenCount:
        forms = self._forms(text, reading)
        read = reworded(text, forms)
        count = self._reader(reading.skip).count(read, reading)
        words = reading.words(read)
        unknown = self._words.unknown(words) if self.knows else ()
        said = (f"“{word}” is read as “{form}”." for word, form in forms.items())
        guessed = says_nothing(words, unknown)
        return replace(count, unknown=unknown, guessed=guessed, notes=(*count.notes, *said))

    def _reader(self, skip: int) -> ClipPrompts:
        """What reads prompts from that layer on."""
        if skip not in self._prompts:
            asked = partial(_clip_text, skip=skip)
            clip = ClipEncoder("clip_l", self._encoders[0], self.parts.tokenizer, asked)
            self._prompts[skip] = ClipPrompts([clip], self._length, self._ask)
        return self._prompts[skip]

    def _forms(self, text: str, reading: Reading) -> dict[str, str]:
        """Words of which a small world's model knows another form, a plural for one, with that."""
        if not self.knows:
            return {}
        return self._words.forms(text, {file.name.lower() for file in reading.embeddings})

    @torch.inference_mode()
    def text(self, prompt: str, reading: Reading = PLAIN) -> Text:
        known = reworded(prompt, self._forms(prompt, reading))
        return Text(*self._reader(reading.skip).read(known, reading)[0])


def _clip_text(ids: torch.Tensor, skip: int) -> Callable[[Any], Tensors]:
    """Ask the encoder: its last layer (1, L, D), or the one `skip` − 1 before it, through the last norm.

    InputError where it hasn't so many.
    """

    def call(encoder: Any) -> Tensors:
        here = ids.to(encoder.device)
        if skip == 1:
            return (encoder(here)[0],)
        layers = encoder(here, output_hidden_states=True).hidden_states[1:]  # the first is of the words alone
        if skip > len(layers):
            raise InputError(
                f"Clip skip {skip} can't be: the text encoder has {len(layers)} layers.", "Take 1 or 2."
            )
        return (getattr(encoder, "text_model", encoder).final_layer_norm(layers[-skip]),)

    return call


def open_folder(folder: Path, name: str, placement: Placement, told: Parameterisation) -> StableDiffusion:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    networks = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "text_encoder": CLIPTextModel}
    words = {"tokenizer": partial(tokenizer, CLIPTokenizer)}
    parts = parts_of(folder, placement, networks, words, told)
    return StableDiffusion(folder, name, UNetParts(**parts), placement)
