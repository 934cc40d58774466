"""A single safetensors file in the original layout → Backbone, offline; diffusers renames the weights."""

from dataclasses import replace
from typing import Any

import torch
from diffusers.loaders import single_file_utils as original
from diffusers.models.transformers.transformer_sd3 import SD3Transformer2DModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers.models.clip.configuration_clip import CLIPTextConfig
from transformers.models.clip.modeling_clip import CLIPTextModel, CLIPTextModelWithProjection
from transformers.models.t5.configuration_t5 import T5Config
from transformers.models.t5.modeling_t5 import T5EncoderModel
from transformers.models.t5.tokenization_t5 import T5Tokenizer

from core.models.adapters import sd3, sdxl, stable_diffusion
from core.models.adapters.parameterisation import AS_FILED, SAID, Parameterisation
from core.models.adapters.unet import UNetParts
from core.models.backbone import Backbone
from core.models.families import CHROMA, FLUX, KLEIN, QWEN_IMAGE, SD, SDXL, Z_IMAGE, Family
from core.models.files import diffusers_modules
from core.models.files.checkpoint import Checkpoint
from core.models.files.layouts import NETWORK, SD2_FILE, T5_WORDS
from core.models.files.renamed import Recipe, renamed_module
from core.models.files.weights import Weights, opened
from core.models.memory.device import Placement
from core.models.text.clip import clip_tokenizer
from core.models.vae.load import vae_recipe

# In SD 2.x nothing but the weights tells ε from v: this bias is spread far wider in models trained on v. The
# figure is the one that ComfyUI decides by.
V_BIAS, V_SPREAD = f"{NETWORK}output_blocks.11.1.transformer_blocks.0.norm1.bias", 0.09
V_SIDE = 96  # latent side of the SD 2.x models that predict v, which were trained at 768 pixels


def open_file(
    checkpoint: Checkpoint, name: str, placement: Placement, told: Parameterisation = AS_FILED
) -> Backbone:
    """Load a file that core.models.files.checkpoint has looked at; told: before what it says of itself.

    InputError when weights are missing.
    """
    if told.prediction is not None:
        checkpoint = replace(checkpoint, prediction=SAID[told.prediction])
    family, config = checkpoint.layout.family, checkpoint.config
    modules = {part: _module(checkpoint, part, placement) for part in checkpoint.headers}
    words = {
        part: clip_tokenizer(config[part]["pad_token"], config[encoder]["max_position_embeddings"])
        for part, encoder in zip(family.tokenizers, family.encoders, strict=True)
        if part in config
    }
    path, notices = checkpoint.header.path, checkpoint.notices
    if family is SD:
        parts = UNetParts(**modules, **words, scheduler=told.over(_scheduler(checkpoint)), notices=notices)
        return stable_diffusion.StableDiffusion(path, name, parts, placement)
    if family is SDXL:
        schedule = told.over(_scheduler(checkpoint))
        parts = sdxl.SdxlParts(**modules, **words, scheduler=schedule, notices=notices)
        return sdxl.StableDiffusionXL(path, name, parts, placement)
    if (own := _adapter(family)) is not None:
        return own.open_parts(path, name, modules, checkpoint, placement)
    if checkpoint.tokenizer is not None:
        folder = checkpoint.tokenizer
        words["tokenizer_3"] = diffusers_modules.tokenizer(T5Tokenizer, folder.parent, folder.name)
    schedule, lacks = config["scheduler"], checkpoint.lacks
    parts = sd3.Sd3Parts(**modules, **words, scheduler=schedule, notices=notices, lacks=lacks)
    return sd3.StableDiffusion3(path, name, parts, placement)


def prediction(checkpoint: Checkpoint) -> str:
    """What the U-Net predicts: as the file says; of SD 2.x as its weights show; else ε, as base models do."""
    if checkpoint.prediction or checkpoint.layout is not SD2_FILE or V_BIAS not in checkpoint.header.tensors:
        return checkpoint.prediction or "epsilon"
    with opened(checkpoint.header) as source:
        spread = source.tensor(V_BIAS).float().std(correction=0).item()
    return "v_prediction" if spread > V_SPREAD else "epsilon"


def _scheduler(checkpoint: Checkpoint) -> dict[str, object]:
    zero_snr = "ztsnr" in checkpoint.header.tensors
    changed = {"prediction_type": prediction(checkpoint), "rescale_betas_zero_snr": zero_snr}
    return {**checkpoint.config["scheduler"], **changed}


def _module(checkpoint: Checkpoint, part: str, placement: Placement) -> Any:
    dtype = placement.vae if part == "vae" else placement.network
    return renamed_module(checkpoint.headers[part], part, _recipe(checkpoint, part), dtype)


def _recipe(checkpoint: Checkpoint, part: str) -> Recipe:
    layout, config = checkpoint.layout, dict(checkpoint.config[part])
    prefix, adapter = layout.room(part), _adapter(layout.family)
    own = None if adapter is None else adapter.recipe(part, prefix, config, checkpoint.headers[part])
    if own is not None:
        return own
    if part == "vae":
        return vae_recipe(checkpoint.headers[part], config)
    if part == "unet":
        if checkpoint.layout is SD2_FILE and prediction(checkpoint) == "v_prediction":
            config["sample_size"] = V_SIDE
        return Recipe(
            lambda: UNet2DConditionModel.from_config(config),
            prefix,
            lambda weights, _: original.convert_ldm_unet_checkpoint(weights, config),
        )
    if part == "transformer":
        return Recipe(
            lambda: SD3Transformer2DModel.from_config(config),
            prefix,
            lambda weights, _: original.convert_sd3_transformer_checkpoint_to_diffusers(weights),
        )
    if layout.words.get(part) == T5_WORDS:
        return Recipe(
            lambda: T5EncoderModel(T5Config(**config)), prefix, lambda weights, _: _t5(weights, prefix)
        )
    pooled = layout.family not in (SD, FLUX) and not (layout.family is SDXL and part == "text_encoder")
    kind: Any = CLIPTextModelWithProjection if pooled else CLIPTextModel
    open_clip = layout.is_open_clip(part, checkpoint.headers[part].tensors)
    return Recipe(
        lambda: kind(CLIPTextConfig(**config)),
        prefix,
        lambda weights, module: _clip(weights, module, prefix, open_clip=open_clip),
        packs=False,
    )


def _adapter(family: Family) -> Any:
    """The module of a family that makes its parts itself, None for the others; no other's are imported."""
    if family is Z_IMAGE:
        from core.models.adapters import z_image as own
    elif family is KLEIN:
        from core.models.adapters import flux2 as own
    elif family is FLUX:
        from core.models.adapters import flux as own
    elif family is QWEN_IMAGE:
        from core.models.adapters import qwen_image as own
    elif family is CHROMA:
        from core.models.adapters import chroma as own
    else:
        return None
    return own


def _clip(weights: Weights, module: Any, prefix: str, *, open_clip: bool) -> Weights:
    if open_clip:
        found = original.convert_open_clip_checkpoint(module, weights, prefix)
    else:
        found = original.convert_ldm_clip_checkpoint(weights, prefix)
    expected = module.state_dict()
    if "text_projection.weight" in expected and "text_projection.weight" not in found:
        # CLIP-L inside SD3 files may come without: its pooled text is then not projected
        width = expected["text_projection.weight"].shape[0]
        found["text_projection.weight"] = torch.eye(width, dtype=next(iter(weights.values())).dtype)
    if not hasattr(module, "text_model"):  # since transformers 5.6 the plain encoder has no shell
        found = {key.removeprefix("text_model."): value for key, value in found.items()}
    return {key: value.contiguous() for key, value in found.items() if key in expected}


def _t5(weights: Weights, prefix: str) -> Weights:
    found = {key.removeprefix(prefix): value for key, value in weights.items()}
    found["encoder.embed_tokens.weight"] = found["shared.weight"]
    return found
