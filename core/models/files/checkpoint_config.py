"""The configurations of a checkpoint's parts: the family's, in this file's widths and depths. No torch."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from core.errors import InputError
from core.models.files.flow_config import (
    fit_chroma,
    fit_flux,
    fit_klein,
    fit_qwen,
    fit_qwen_image,
    fit_sd3,
    fit_z_image,
)
from core.models.files.header import AGAIN, SafetensorsHeader
from core.models.files.layouts import NETWORK, T5_WORDS, CheckpointLayout
from core.models.files.unet_config import fit_depth
from core.models.vae.config import fit_film_vae, fit_vae
from resources import models_folder

Config = dict[str, Any]
FLOWS = {
    "z_image": fit_z_image,
    "flux2_klein": fit_klein,
    "flux1": fit_flux,
    "chroma": fit_chroma,
    "qwen_image": fit_qwen_image,
}


def part_configs(headers: Mapping[str, SafetensorsHeader], layout: CheckpointLayout) -> dict[str, Config]:
    """Part → its configuration; of parts without a header the family's. InputError for impossible shapes.

    headers: part → the header its weights stand in, by the names of a whole file.
    """
    config = dict[str, Config](msgspec.json.decode((models_folder() / f"{layout.config}.json").read_bytes()))
    _fit_network(headers[layout.family.network], layout, config)
    (fit_film_vae if "z_dim" in config["vae"] else fit_vae)(headers["vae"], config["vae"])
    for encoder in layout.encoders:
        if encoder not in headers:
            continue
        if layout.chat is not None:
            fit_qwen(headers[encoder], layout.encoders[encoder], config[encoder])
            continue
        fit = _fit_t5 if layout.words.get(encoder) == T5_WORDS else _fit_clip
        fit(headers[encoder], layout, encoder, config[encoder])
    return config


def _fit_network(header: SafetensorsHeader, layout: CheckpointLayout, config: dict[str, Config]) -> None:
    if "transformer" in config:
        fit = FLOWS.get(layout.config, fit_sd3)
        fit(header, config["transformer"])
        return
    unet = config["unet"]
    width, channels, *_ = header.shape(f"{NETWORK}input_blocks.0.0.weight", 4)
    _scale(unet, width)
    fit_depth(header, unet)
    unet["in_channels"] = channels
    reads = next((key for key in header.under(NETWORK) if key.endswith("attn2.to_k.weight")), None)
    if reads is None:
        raise InputError(f"{header.path.name} reads no text: it has no attention to it.", AGAIN)
    unet["cross_attention_dim"] = header.shape(reads, 2)[1]
    if "projection_class_embeddings_input_dim" in unet:
        unet["projection_class_embeddings_input_dim"] = header.shape(f"{NETWORK}label_emb.0.0.weight", 2)[1]


def _scale(config: Config, width: int) -> None:
    """Blocks as many times wider as their first one is; attention heads stay as wide as they were."""
    first = config["block_out_channels"][0]
    config["block_out_channels"] = [out * width // first for out in config["block_out_channels"]]
    heads = config.get("attention_head_dim")
    if isinstance(heads, list):
        counts = cast("list[int]", heads)
        config["attention_head_dim"] = [max(1, number * width // first) for number in counts]


def _fit_clip(header: SafetensorsHeader, layout: CheckpointLayout, encoder: str, config: Config) -> None:
    words, width = header.shape(_words(header, layout, encoder), 2)
    prefix = layout.encoders[encoder]
    open_clip = layout.is_open_clip(encoder, header.tensors)
    blocks = f"{prefix}transformer.resblocks." if open_clip else f"{prefix}text_model.encoder.layers."
    depth = len({key.removeprefix(blocks).split(".")[0] for key in header.under(blocks)})
    inner = f"{blocks}0.mlp.c_fc.weight" if open_clip else f"{blocks}0.mlp.fc1.weight"
    places = "positional_embedding" if open_clip else "text_model.embeddings.position_embedding.weight"
    projection = f"{prefix}text_projection" if open_clip else f"{prefix}text_projection.weight"
    config |= {
        "vocab_size": words,
        "hidden_size": width,
        # OpenCLIP's last layer is left out where the family reads the one before it
        "num_hidden_layers": min(depth, config["num_hidden_layers"]),
        "num_attention_heads": max(1, width // 64),
        "intermediate_size": header.shape(inner, 2)[0],
        "max_position_embeddings": header.shape(prefix + places, 2)[0],
        "projection_dim": header.shape(projection, 2)[-1 if open_clip else 0]
        if projection in header.tensors
        else width,
        "bos_token_id": words - 2,
        "eos_token_id": words - 1,
    }


def _words(header: SafetensorsHeader, layout: CheckpointLayout, encoder: str) -> str:
    """The key of an encoder's word vectors, in the layout that this file has it in."""
    within = "" if layout.is_open_clip(encoder, header.tensors) else "text_model.embeddings."
    return f"{layout.encoders[encoder]}{within}token_embedding.weight"


def _fit_t5(header: SafetensorsHeader, layout: CheckpointLayout, encoder: str, config: Config) -> None:
    prefix = layout.encoders[encoder]
    words, width = header.shape(f"{prefix}shared.weight", 2)
    blocks = f"{prefix}encoder.block."
    inner = header.shape(f"{blocks}0.layer.0.SelfAttention.q.weight", 2)[0]
    config |= {
        "vocab_size": words,
        "d_model": width,
        "num_heads": inner // config["d_kv"],
        "num_layers": len({key.removeprefix(blocks).split(".")[0] for key in header.under(blocks)}),
        "d_ff": header.shape(f"{blocks}0.layer.1.DenseReluDense.wi_0.weight", 2)[0],
    }
