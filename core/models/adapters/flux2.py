"""FLUX.2 klein, base and distilled: flow matching on packed latents, text by three layers of Qwen3."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import single_file_utils as original
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer
from transformers.models.qwen3.modeling_qwen3 import Qwen3Model

from core.diffusion.schedule import FlowByWalk
from core.models.adapters.adapter import Parts, check_channels, check_width
from core.models.adapters.flow import ChatFlowAdapter
from core.models.adapters.latents import Patched
from core.models.adapters.parameterisation import Parameterisation
from core.models.adapters.part import Part, Tensors
from core.models.backbone import Asked
from core.models.files.checkpoint import Checkpoint
from core.models.files.diffusers_modules import parts_of, tokenizer
from core.models.files.header import SafetensorsHeader
from core.models.files.layouts import VAE
from core.models.files.renamed import Recipe
from core.models.files.weights import Weights
from core.models.memory.device import Placement
from core.models.text.chat import ChatPrompts
from core.models.text.qwen3 import beside, qwen3_recipe
from core.models.vae.config import in_diffusers_layout

TOKENS = 512  # what it reads, padding and the template's among them
LAYERS = (9, 18, 27)  # of the text encoder, side by side


@dataclass(frozen=True, kw_only=True)
class KleinParts(Parts):
    """The parts of a FLUX.2 klein model. text_encoder: Qwen3, without its head."""

    transformer: Any


class Klein(ChatFlowAdapter):
    """A Backbone (core.models.backbone). InputError when the parts don't belong together."""

    PIXELS = 1024

    def __init__(self, folder: Path, name: str, parts: KleinParts, placement: Placement) -> None:
        self.parts, config = parts, parts.transformer.config
        check_channels(name, config.in_channels, 4 * parts.vae.config.latent_channels)
        check_width(name, config.joint_attention_dim, len(LAYERS) * parts.text_encoder.config.hidden_size)
        encoder = Part("The text encoder", parts.text_encoder, placement.network)
        vae = Part("The VAE", parts.vae, placement.vae)
        super().__init__(folder, name, parts, parts.transformer, vae, [encoder], placement)
        if parts.scheduler.get("use_dynamic_shifting"):
            self.schedule = FlowByWalk(times=self.schedule.times)
        self._prompts = ChatPrompts(
            encoder, parts.tokenizer, self._ask, length=TOKENS, layers=LAYERS, thinks=False, padded=True
        )

    def _space(self, name: str, vae: Any) -> Patched:
        return Patched.of(name, vae)

    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:
        """Places are (frame, row, column, word): cells have a row and a column, words are counted."""
        x, tokens, times = asked.x, asked.text.tokens, self._times(asked)
        height, width = x.shape[-2:]

        def call(transformer: Any) -> Tensors:
            dtype = self._network.dtype
            out = transformer(
                hidden_states=x.to(dtype).flatten(2).transpose(1, 2),
                timestep=times,
                guidance=None,
                encoder_hidden_states=tokens.to(dtype),
                txt_ids=_places(x.device, 1, 1, tokens.shape[1]),
                img_ids=_places(x.device, height, width, 1),
                return_dict=False,
            )[0]
            return (out.transpose(1, 2).unflatten(2, (height, width)),)

        return call


def _places(device: torch.device, rows: int, columns: int, words: int) -> torch.Tensor:
    sides = (torch.arange(side, device=device) for side in (1, rows, columns, words))
    return torch.cartesian_prod(*sides)


def open_folder(folder: Path, name: str, placement: Placement, _told: Parameterisation) -> Klein:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    networks = {
        "transformer": Flux2Transformer2DModel,
        "vae": AutoencoderKLFlux2,
        "text_encoder": Qwen3Model,
    }
    words = {"tokenizer": partial(tokenizer, Qwen2Tokenizer)}
    return Klein(folder, name, KleinParts(**parts_of(folder, placement, networks, words)), placement)


def open_parts(
    file: Path, name: str, modules: Mapping[str, Any], checkpoint: Checkpoint, placement: Placement
) -> Klein:
    """The networks of files in the original layout, with the tokenizer that was found for them."""
    parts = KleinParts(**modules, **beside(checkpoint))
    return Klein(file, name, parts, placement)


def recipe(part: str, prefix: str, config: dict[str, Any], header: SafetensorsHeader) -> Recipe:
    """How a part is made of a file in the original layout."""
    if part == "text_encoder":
        return qwen3_recipe(prefix, config)

    def network(weights: Weights, _: Any) -> Weights:
        bare = {key.removeprefix(prefix): weight for key, weight in weights.items()}
        return original.convert_flux2_transformer_checkpoint_to_diffusers(bare)

    def vae(weights: Weights, _: Any) -> Weights:
        bare = {key.removeprefix(VAE): weight for key, weight in weights.items()}
        if in_diffusers_layout(header):
            return bare
        norm = {key: weight for key, weight in bare.items() if key.startswith("bn.")}
        return original.convert_ldm_vae_checkpoint(weights, config) | norm

    if part == "vae":
        return Recipe(lambda: AutoencoderKLFlux2.from_config(config), prefix, vae, packs=False)
    return Recipe(lambda: Flux2Transformer2DModel.from_config(config), prefix, network)
