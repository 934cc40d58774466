"""Qwen-Image (arXiv 2508.02324): flow matching on patches in rows, text by Qwen2.5-VL, a VAE for films."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders import single_file_utils as original
from diffusers.models.autoencoders.autoencoder_kl_qwenimage import AutoencoderKLQwenImage
from diffusers.models.transformers.transformer_qwenimage import QwenImageTransformer2DModel
from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer
from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLTextConfig
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VLTextModel

from core.models.adapters.adapter import Parts, check_channels, check_width
from core.models.adapters.flow import SIDE, ChatFlowAdapter
from core.models.adapters.latents import Framed
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
from core.models.text.qwen3 import beside
from core.models.vae.config import film_in_diffusers_layout

TEMPLATE = (  # as its makers trained it
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, "
    "spatial relationships of the objects and background:<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n"
    "<|im_start|>assistant\n"
)
DROPPED = 34  # tokens of its system message, which the network doesn't see
TOKENS = 1024 + DROPPED


@dataclass(frozen=True, kw_only=True)
class QwenImageParts(Parts):
    """The parts of a Qwen-Image model. text_encoder: what of Qwen2.5-VL reads text."""

    transformer: Any


class QwenImage(ChatFlowAdapter):
    """A Backbone (core.models.backbone). InputError when the parts don't belong together."""

    PIXELS = 1024

    def __init__(self, folder: Path, name: str, parts: QwenImageParts, placement: Placement) -> None:
        self.parts, config = parts, parts.transformer.config
        check_channels(name, config.in_channels, SIDE**2 * parts.vae.config.z_dim)
        check_width(name, config.joint_attention_dim, parts.text_encoder.config.hidden_size)
        encoder = Part("The text encoder", parts.text_encoder, placement.network)
        vae = Part("The VAE", parts.vae, placement.vae)
        super().__init__(folder, name, parts, parts.transformer, vae, [encoder], placement)
        self.patch = SIDE
        self._prompts = ChatPrompts(
            encoder,
            parts.tokenizer,
            self._ask,
            length=TOKENS,
            layers=(-1,),
            template=TEMPLATE,
            dropped=DROPPED,
        )

    def _space(self, name: str, vae: Any) -> Framed:
        return Framed.of(name, vae)

    def _network_call(self, asked: Asked, /) -> Callable[[Any], Tensors]:

        def own(_some: slice, tokens: torch.Tensor, height: int, width: int) -> dict[str, Any]:
            return {"img_shapes": [[(1, height, width)]] * len(tokens)}

        return self._by_length(asked, own)


def open_folder(folder: Path, name: str, placement: Placement, _told: Parameterisation) -> QwenImage:
    """Load a checked diffusers folder (files.diffusers_folder): safetensors only, nothing fetched.

    InputError when a part is damaged, incomplete or of the wrong shape.
    """
    networks = {
        "transformer": QwenImageTransformer2DModel,
        "vae": AutoencoderKLQwenImage,
        "text_encoder": Qwen2_5_VLTextModel,
    }
    words = {"tokenizer": partial(tokenizer, Qwen2Tokenizer)}
    return QwenImage(folder, name, QwenImageParts(**parts_of(folder, placement, networks, words)), placement)


def open_parts(
    file: Path, name: str, modules: Mapping[str, Any], checkpoint: Checkpoint, placement: Placement
) -> QwenImage:
    """The networks of files apart, with the tokenizer that was found for them."""
    parts = QwenImageParts(**modules, **beside(checkpoint))
    return QwenImage(file, name, parts, placement)


def recipe(part: str, prefix: str, config: dict[str, Any], header: SafetensorsHeader) -> Recipe:
    """How a part is made of a file. Its network has diffusers' own names there."""

    def bare(weights: Weights, _: Any) -> Weights:
        return {key.removeprefix(prefix): weight for key, weight in weights.items()}

    def vae(weights: Weights, _: Any) -> Weights:
        names = {key.removeprefix(VAE): weight for key, weight in weights.items()}
        return names if film_in_diffusers_layout(header) else original.convert_wan_vae_to_diffusers(names)

    if part == "vae":
        return Recipe(lambda: AutoencoderKLQwenImage.from_config(config), prefix, vae, packs=False)
    if part == "text_encoder":
        return Recipe(lambda: Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(**config)), prefix, bare)
    return Recipe(lambda: QwenImageTransformer2DModel.from_config(config), prefix, bare)
