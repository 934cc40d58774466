"""Z-Image and Z-Image-Turbo (arXiv 2511.22699): flow matching, one stream of text and picture, Qwen3."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import single_file_utils as original
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.transformers.transformer_z_image import ZImageTransformer2DModel
from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer
from transformers.models.qwen3.modeling_qwen3 import Qwen3Model

from core.models.adapters.adapter import Parts, check_channels, check_width
from core.models.adapters.flow import ChatFlowAdapter
from core.models.adapters.parameterisation import Parameterisation
from core.models.adapters.part import Part, Tensors
from core.models.backbone import Asked
from core.models.files.checkpoint import Checkpoint
from core.models.files.diffusers_modules import parts_of, tokenizer
from core.models.files.header import SafetensorsHeader
from core.models.files.renamed import Recipe
from core.models.memory.device import Placement
from core.models.text.chat import ChatPrompts
from core.models.text.qwen3 import beside, qwen3_recipe

TOKENS = 512  # what it was trained to read at most, with the template's
LAYER = -2  # of the text encoder: the last but one


@dataclass(frozen=True, kw_only=True)
class ZImageParts(Parts):
    """The parts of a Z-Image model. text_encoder: Qwen3, without its head."""

    transformer: Any


class ZImage(ChatFlowAdapter):
    """A Backbone (core.models.backbone). InputError when the parts don't belong together."""

    PIXELS = 1024

    def __init__(self, folder: Path, name: str, parts: ZImageParts, placement: Placement) -> None:
        self.parts, config = parts, parts.transformer.config
        check_channels(name, config.in_channels, parts.vae.config.latent_channels)
        check_width(name, config.cap_feat_dim, parts.text_encoder.config.hidden_size)
        encoder = Part("The text encoder", parts.text_encoder, placement.network)
        vae = Part("The VAE", parts.vae, placement.vae)
        super().__init__(folder, name, parts, parts.transformer, vae, [encoder], placement)
        self.patch = int(config.all_patch_size[0])
        self._prompts = ChatPrompts(
            encoder, parts.tokenizer, self._ask, length=TOKENS, layers=(LAYER,), thinks=True
        )

    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:
        """It counts time from the noise on, and predicts x0 − ε. A picture is a film of one frame."""
        times = [1 - level.timestep / self.schedule.times for level in asked.levels]

        def call(transformer: Any) -> Tensors:
            dtype = self._network.dtype
            frames = list(asked.x.to(dtype).unsqueeze(2))
            t = torch.tensor(times, device=asked.x.device, dtype=torch.float32)
            said = [tokens.to(dtype) for tokens in asked.text.each]
            out = transformer(frames, t, said, patch_size=self.patch, return_dict=False)[0]
            return (-torch.stack(out).squeeze(2).float(),)

        return call


def open_folder(folder: Path, name: str, placement: Placement, _told: Parameterisation) -> ZImage:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    networks = {"transformer": ZImageTransformer2DModel, "vae": AutoencoderKL, "text_encoder": Qwen3Model}
    words = {"tokenizer": partial(tokenizer, Qwen2Tokenizer)}
    return ZImage(folder, name, ZImageParts(**parts_of(folder, placement, networks, words)), placement)


def open_parts(
    file: Path, name: str, modules: Mapping[str, Any], checkpoint: Checkpoint, placement: Placement
) -> ZImage:
    """The networks of files in the original layout, with the tokenizer that was found for them."""
    parts = ZImageParts(**modules, **beside(checkpoint))
    return ZImage(file, name, parts, placement)


def recipe(part: str, prefix: str, config: dict[str, Any], _header: SafetensorsHeader) -> Recipe | None:
    """How a part is made of a file in the original layout; None: as in other families."""
    if part == "text_encoder":
        return qwen3_recipe(prefix, config)
    if part != "transformer":
        return None
    return Recipe(
        lambda: ZImageTransformer2DModel.from_config(config),
        prefix,
        lambda weights, _: original.convert_z_image_transformer_checkpoint_to_diffusers(dict(weights)),
    )
