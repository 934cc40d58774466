"""FLUX.1 (dev, schnell, Krea): flow matching on packed latents, T5 for words and CLIP for the whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.transformer_flux import FluxTransformer2DModel
from transformers.models.clip.modeling_clip import CLIPTextModel
from transformers.models.clip.tokenization_clip import CLIPTokenizer
from transformers.models.t5.modeling_t5 import T5EncoderModel
from transformers.models.t5.tokenization_t5 import T5Tokenizer

from core.diffusion.weight import Guided
from core.edit.words.token_count import TokenCount
from core.models.adapters.adapter import Parts, check_channels, check_width
from core.models.adapters.flow import SIDE, FlowAdapter, places
from core.models.adapters.parameterisation import Parameterisation
from core.models.adapters.part import Part, Tensors
from core.models.backbone import PLAIN, Asked, Reading, Text
from core.models.files.checkpoint import Checkpoint
from core.models.files.diffusers_modules import parts_of, tokenizer
from core.models.files.flux_layout import network_recipe
from core.models.files.header import SafetensorsHeader
from core.models.files.renamed import Recipe
from core.models.memory.device import Placement
from core.models.text.clip import clip_tokenizer, text_length, token_ids
from core.models.text.t5 import t5_tokenizer

TOKENS = {Guided.EMBEDDED: 512, Guided.NOTHING: 256}  # of T5, padding among them: of dev, of schnell


@dataclass(frozen=True, kw_only=True)
class FluxParts(Parts):
    """The parts of a FLUX.1 model. text_encoder: CLIP-L; text_encoder_2: T5."""

    transformer: Any
    text_encoder_2: Any
    tokenizer_2: Any


class Flux(FlowAdapter):
    """A Backbone (core.models.backbone). InputError when the parts don't belong together."""

    PIXELS = 1024
    weighs = False

    def __init__(self, folder: Path, name: str, parts: FluxParts, placement: Placement) -> None:
        self.parts, config = parts, parts.transformer.config
        check_channels(name, config.in_channels, SIDE**2 * parts.vae.config.latent_channels)
        check_width(name, config.joint_attention_dim, parts.text_encoder_2.config.d_model)
        check_width(name, config.pooled_projection_dim, parts.text_encoder.config.hidden_size, "pooled texts")
        encoders = (
            Part("CLIP", parts.text_encoder, placement.network),
            Part("T5", parts.text_encoder_2, placement.network),
        )
        vae = Part("The VAE", parts.vae, placement.vae)
        super().__init__(folder, name, parts, parts.transformer, vae, encoders, placement)
        self.patch = SIDE
        self.guided = Guided.EMBEDDED if config.guidance_embeds else Guided.NOTHING
        self._tokens = TOKENS[self.guided]
        self._whole = text_length(name, (parts.tokenizer, parts.text_encoder))

    def tokens(self, text: str, reading: Reading = PLAIN) -> TokenCount:
        """By T5's, which reads the words one by one."""
        ids = self.parts.tokenizer_2(reading.words(text), add_special_tokens=False)["input_ids"]
        return TokenCount(len(ids), self._tokens - 1)

    @torch.inference_mode()
    def text(self, prompt: str, reading: Reading = PLAIN) -> Text:
        """Neither knows weights: they read the words alone, CLIP for the prompt as a whole."""
        prompt, (clip, t5) = reading.words(prompt), self._encoders
        whole = token_ids(self.parts.tokenizer, prompt, self._whole, clip.module)
        words = token_ids(self.parts.tokenizer_2, prompt, self._tokens, t5.module)
        pooled = self._ask(clip, lambda it: (it(whole.to(it.device)).pooler_output,))[0]
        return Text(self._ask(t5, lambda it: (it(words.to(it.device))[0],))[0], pooled)

    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:
        """Places are (frame, row, column): patches have a row and a column, words are all at the origin."""
        device, pooled = asked.x.device, asked.text.pooled
        assert pooled is not None

        def own(some: slice, tokens: torch.Tensor, height: int, width: int) -> dict[str, Any]:
            guidance = torch.full((len(tokens),), asked.scale, device=device, dtype=torch.float32)
            return {
                "guidance": guidance if self.guided is Guided.EMBEDDED else None,
                "pooled_projections": pooled[some].to(self._network.dtype),
                "txt_ids": torch.zeros(tokens.shape[1], 3, device=device),
                "img_ids": places(device, height, width),
            }

        return self._by_length(asked, own)


def open_folder(folder: Path, name: str, placement: Placement, _told: Parameterisation) -> Flux:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    networks = {
        "transformer": FluxTransformer2DModel,
        "vae": AutoencoderKL,
        "text_encoder": CLIPTextModel,
        "text_encoder_2": T5EncoderModel,
    }
    words = {"tokenizer": partial(tokenizer, CLIPTokenizer), "tokenizer_2": t5_tokenizer}
    return Flux(folder, name, FluxParts(**parts_of(folder, placement, networks, words)), placement)


def open_parts(
    file: Path, name: str, modules: Mapping[str, Any], checkpoint: Checkpoint, placement: Placement
) -> Flux:
    """The networks of files in the original layout, with T5's tokenizer that was found for them."""
    config, folder = checkpoint.config, checkpoint.tokenizer
    assert folder is not None
    scheduler = config["scheduler"]
    if not modules["transformer"].config.guidance_embeds:  # schnell's doesn't move with the picture's size
        scheduler = {**scheduler, "use_dynamic_shifting": False, "shift": 1.0}
    places = config["text_encoder"]["max_position_embeddings"]
    parts = FluxParts(
        **modules,
        tokenizer=clip_tokenizer(config["tokenizer"]["pad_token"], places),
        tokenizer_2=tokenizer(T5Tokenizer, folder.parent, folder.name),
        scheduler=scheduler,
        notices=checkpoint.notices,
    )
    return Flux(file, name, parts, placement)


def recipe(part: str, prefix: str, config: dict[str, Any], _header: SafetensorsHeader) -> Recipe | None:
    """How the transformer is made of a file in the original layout; None: as in other families."""
    return network_recipe(FluxTransformer2DModel, prefix, config) if part == "transformer" else None
