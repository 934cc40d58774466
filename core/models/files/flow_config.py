"""The configurations of flow models' networks and language models, in the widths of a file. No torch."""

from typing import Any

from core.models.files.header import SafetensorsHeader
from core.models.files.layouts import NETWORK

Config = dict[str, Any]
HEAD = 128  # of language models that norm no queries


def fit_sd3(header: SafetensorsHeader, config: Config) -> None:
    """Stable Diffusion 3's transformer. InputError for shapes that can't be, as everywhere here."""

    def shape(key: str, sides: int = 2) -> tuple[int, ...]:
        return header.shape(NETWORK + key, sides)

    joint = header.under(f"{NETWORK}joint_blocks.")
    blocks = {key.split(".")[3] for key in joint}
    dual = {int(key.split(".")[3]) for key in joint if ".attn2." in key}
    width, channels, patch, _ = shape("x_embedder.proj.weight", 4)
    config |= {
        "num_layers": len(blocks),
        "num_attention_heads": max(1, width // config["attention_head_dim"]),
        "in_channels": channels,
        "out_channels": shape("final_layer.linear.weight")[0] // patch**2,
        "patch_size": patch,
        "caption_projection_dim": shape("context_embedder.weight")[0],
        "joint_attention_dim": shape("context_embedder.weight")[1],
        "pooled_projection_dim": shape("y_embedder.mlp.0.weight")[1],
        "pos_embed_max_size": round(shape("pos_embed", 3)[1] ** 0.5),
        "dual_attention_layers": sorted(dual),
        "qk_norm": "rms_norm" if any("ln_q" in key for key in header.under(NETWORK)) else None,
    }


def fit_z_image(header: SafetensorsHeader, config: Config) -> None:
    """Z-Image's transformer, whose patches are of 2 × 2 cells."""

    def shape(key: str, sides: int = 2) -> tuple[int, ...]:
        return header.shape(NETWORK + key, sides)

    width, patch = shape("x_embedder.weight")
    heads = max(1, width // sum(config["axes_dims"]))
    config |= {
        "in_channels": patch // 4,
        "dim": width,
        "n_layers": header.numbered(f"{NETWORK}layers."),
        "n_refiner_layers": header.numbered(f"{NETWORK}context_refiner."),
        "n_heads": heads,
        "n_kv_heads": heads,
        "cap_feat_dim": shape("cap_embedder.1.weight")[1],
    }


def fit_flux(header: SafetensorsHeader, config: Config) -> None:
    """FLUX.1's transformer, with its guidance for an input or without."""
    config |= _two_streams(header) | {
        "pooled_projection_dim": header.shape(f"{NETWORK}vector_in.in_layer.weight", 2)[1],
        "guidance_embeds": bool(header.under(f"{NETWORK}guidance_in.")),
    }


def fit_chroma(header: SafetensorsHeader, config: Config) -> None:
    """Chroma's transformer: FLUX.1's, with one network that tells all blocks the time."""
    guide = f"{NETWORK}distilled_guidance_layer."
    hidden, channels = header.shape(f"{guide}in_proj.weight", 2)
    config |= _two_streams(header) | {
        "approximator_num_channels": channels,
        "approximator_hidden_dim": hidden,
        "approximator_layers": header.numbered(f"{guide}layers."),
    }


def fit_klein(header: SafetensorsHeader, config: Config) -> None:
    """FLUX.2 klein's transformer."""
    streams = _two_streams(header)
    inner = header.shape(f"{NETWORK}double_blocks.0.img_mlp.0.weight", 2)[0]
    width = streams["num_attention_heads"] * streams["attention_head_dim"]
    config |= streams | {"mlp_ratio": inner / (2 * width)}


def _two_streams(header: SafetensorsHeader) -> dict[str, int]:
    """What FLUX.1 and FLUX.2 have in common: blocks of two streams, then of one."""

    def shape(key: str, sides: int = 2) -> tuple[int, ...]:
        return header.shape(NETWORK + key, sides)

    width, channels = shape("img_in.weight")
    head = shape("double_blocks.0.img_attn.norm.query_norm.scale", 1)[0]
    return {
        "in_channels": channels,
        "num_layers": header.numbered(f"{NETWORK}double_blocks."),
        "num_single_layers": header.numbered(f"{NETWORK}single_blocks."),
        "attention_head_dim": head,
        "num_attention_heads": width // head,
        "joint_attention_dim": shape("txt_in.weight")[1],
    }


def fit_qwen_image(header: SafetensorsHeader, config: Config) -> None:
    """Qwen-Image's transformer."""

    def shape(key: str) -> tuple[int, ...]:
        return header.shape(NETWORK + key, 2)

    width, channels = shape("img_in.weight")
    config |= {
        "in_channels": channels,
        "out_channels": shape("proj_out.weight")[0] // config["patch_size"] ** 2,
        "num_layers": header.numbered(f"{NETWORK}transformer_blocks."),
        "num_attention_heads": max(1, width // config["attention_head_dim"]),
        "joint_attention_dim": shape("txt_in.weight")[1],
    }


def fit_qwen(header: SafetensorsHeader, prefix: str, config: Config) -> None:
    """Qwen3 or what of Qwen2.5-VL reads text, without a head; its weights' names begin with `prefix`."""

    def shape(key: str) -> tuple[int, ...]:
        return header.shape(prefix + key, 2)

    words, width = shape("embed_tokens.weight")
    norm = f"{prefix}layers.0.self_attn.q_norm.weight"
    head = header.shape(norm, 1)[0] if norm in header.tensors else HEAD
    config |= {
        "vocab_size": words,
        "hidden_size": width,
        "head_dim": head,
        "num_hidden_layers": header.numbered(f"{prefix}layers."),
        "num_attention_heads": shape("layers.0.self_attn.q_proj.weight")[0] // head,
        "num_key_value_heads": shape("layers.0.self_attn.k_proj.weight")[0] // head,
        "intermediate_size": shape("layers.0.mlp.gate_proj.weight")[0],
    }
