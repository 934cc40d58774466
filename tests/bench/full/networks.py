"""The families at their published sizes: what their networks' weights are called, and their sides.

Names and sides come from the configurations that ship, on the device "meta", in the layout that people's
files have. What such a file lacks (text encoders, VAE, tokenizer) is as small as the network's own sides
allow: they are opened with it and never asked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from core.models.files.weights import without_weights
from resources import models_folder
from tests.core import original_layout as layout
from tests.core.original_layout import thin_clip, thin_vae
from tests.core.tiny import tiny_qwen3, tiny_qwen_tokenizer, tiny_qwen_vl, tiny_t5_tokenizer

Shapes = dict[str, tuple[int, ...]]
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Network:
    """One family's network.

    config    the file in resources/models; kind: of diffusers' networks
    original  its weights by the names that files give them
    form      the smallest format in which the program opens such a network
    beside    puts into a folder what the file lacks
    text      of a prompt as the program reads it: tokens, their width, and that of the whole (0: has none)
    small     what of the configuration is another in tests
    published what of the configuration that ships is another for this size of the family
    """

    config: str
    kind: str
    original: Callable[[layout.Weights], layout.Weights]
    form: str
    beside: Callable[[Path, Config], None]
    text: Callable[[Config], tuple[int, int, int]]
    small: Mapping[str, Any]
    published: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def file(self) -> str:
        """What such a file is called."""
        return f"{self.config}.{'gguf' if self.form.startswith('Q') else 'safetensors'}"

    def configured(self, *, small: bool) -> dict[str, Any]:
        """Its configuration."""
        whole = json.loads((models_folder() / f"{self.config}.json").read_bytes())
        told = {**whole["unet" if "unet" in whole else "transformer"], **self.published}
        return {**told, **self.small} if small else told

    def shapes(self, *, small: bool) -> Shapes:
        """The sides of its weights, by the names that files give them."""
        import diffusers

        with without_weights():
            module = getattr(diffusers, self.kind).from_config(self.configured(small=small))
        return {key: tuple(weight.shape) for key, weight in self.original(module.state_dict()).items()}


def _put(path: Path, weights: layout.Weights, strip: str = "") -> None:
    narrow = {key.removeprefix(strip): it.contiguous().clone().half() for key, it in weights.items()}
    save_file(narrow, path)


def _colours(path: Path, channels: int = 16, **more: Any) -> None:
    _put(path, layout.original_vae(thin_vae(channels, **more).state_dict()), "first_stage_model.")


FLUX_VAE = {
    "scaling_factor": 0.3611,
    "shift_factor": 0.1159,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}


def _qwen3(layers: int, share: int, read: str, folder: Path, config: Config) -> None:
    _put(folder / "qwen_3_4b.safetensors", tiny_qwen3(layers, width=config[read] // share).state_dict())
    tiny_qwen_tokenizer().save_pretrained(folder / "tokenizer")


def _z_image(folder: Path, config: Config) -> None:
    _colours(folder / "ae.safetensors", **FLUX_VAE)
    _qwen3(2, 1, "cap_feat_dim", folder, config)


def _klein(folder: Path, config: Config) -> None:
    from diffusers import AutoencoderKLFlux2

    _put(
        folder / "flux2-vae.safetensors",
        AutoencoderKLFlux2(block_out_channels=(32, 64, 64, 64)).state_dict(),
    )
    _qwen3(28, 3, "joint_attention_dim", folder, config)


def _qwen_image(folder: Path, config: Config) -> None:
    from diffusers import AutoencoderKLQwenImage

    film = AutoencoderKLQwenImage(base_dim=8).state_dict()
    _put(folder / "qwen_image_vae.safetensors", layout.original_film(film))
    width = config["joint_attention_dim"]
    _put(folder / "qwen_2.5_vl_7b.safetensors", tiny_qwen_vl(width, heads=width // 128).state_dict())
    tiny_qwen_tokenizer().save_pretrained(folder / "tokenizer")


def _t5(folder: Path, config: Config) -> None:
    from transformers import T5Config, T5EncoderModel

    shape = {"vocab_size": 64, "d_model": config["joint_attention_dim"], "d_ff": 64, "num_layers": 1}
    made = T5EncoderModel(
        T5Config(**shape, num_heads=1, feed_forward_proj="gated-gelu", is_encoder_decoder=False)
    )
    words = {key: it for key, it in made.state_dict().items() if "embed_tokens" not in key}
    _put(folder / "t5xxl.safetensors", words)
    tiny_t5_tokenizer().save_pretrained(folder / "tokenizer_3")


def _chroma(folder: Path, config: Config) -> None:
    _colours(folder / "ae.safetensors", **FLUX_VAE)
    _t5(folder, config)


def _flux(folder: Path, config: Config) -> None:
    _chroma(folder, config)
    clip = thin_clip(config["pooled_projection_dim"], "quick_gelu", 1)
    _put(folder / "clip_l.safetensors", layout.shelled(clip.state_dict()))


def _clips(first: int, second: int, folder: Path) -> None:
    for name, width, act in (("clip_l", first, "quick_gelu"), ("clip_g", second, "gelu")):
        made = thin_clip(width, act, 2, projected=width)
        _put(folder / f"{name}.safetensors", layout.shelled(made.state_dict()))


def _sd3(folder: Path, config: Config) -> None:
    pooled = config["pooled_projection_dim"]
    _clips(768 * pooled // 2048, 1280 * pooled // 2048, folder)


def _sd3_file(state: layout.Weights) -> layout.Weights:
    """With its VAE in it, as such files are."""
    return layout.original_sd3(state) | layout.original_vae(thin_vae(16, **FLUX_VAE).state_dict())


def _sdxl(folder: Path, config: Config) -> None:
    _colours(folder / "sdxl_vae.safetensors", 4)
    width = config["cross_attention_dim"]
    _clips(768 * width // 2048, 1280 * width // 2048, folder)


def _reads(tokens: int, width: str, pooled: str = "") -> Callable[[Config], tuple[int, int, int]]:
    return lambda config: (tokens, config[width], config[pooled] if pooled else 0)


def _sdxl_reads(config: Config) -> tuple[int, int, int]:
    """The pooled text stands behind six numbers, the picture's sizes."""
    whole = config["projection_class_embeddings_input_dim"] - 6 * config["addition_time_embed_dim"]
    return 77, config["cross_attention_dim"], whole


TWO_STREAMS = {"num_layers": 1, "num_single_layers": 1, "num_attention_heads": 2}
JOINT, POOLED = "joint_attention_dim", "pooled_projection_dim"
Q4, F8 = "Q4_K", "F8_E4M3"
SD3 = Network(
    "sd3", "SD3Transformer2DModel", _sd3_file, F8, _sd3, _reads(77 + 256, JOINT, POOLED),
    {"num_layers": 2, "num_attention_heads": 2, "caption_projection_dim": 128, JOINT: 512, POOLED: 512,
     "pos_embed_max_size": 64},
)  # fmt: skip
NORMED = {"qk_norm": "rms_norm"}
NETWORKS = {  # the smallest first
    "SD 3.5 medium": replace(
        SD3, published={**NORMED, "dual_attention_layers": tuple(range(13)), "pos_embed_max_size": 384}
    ),
    "SDXL": Network(
        "sdxl", "UNet2DConditionModel", layout.original_unet, F8, _sdxl, _sdxl_reads,
        {"block_out_channels": [64, 128, 256], "attention_head_dim": [1, 2, 4], "cross_attention_dim": 512,
         "transformer_layers_per_block": [1, 1, 1], "projection_class_embeddings_input_dim": 320 + 6 * 256},
    ),
    "FLUX.2 klein 4B": Network(
        "flux2_klein", "Flux2Transformer2DModel", layout.original_klein, Q4, _klein, _reads(512, JOINT),
        {**TWO_STREAMS, JOINT: 96},
    ),
    "Z-Image": Network(
        "z_image", "ZImageTransformer2DModel", layout.original_z_image, Q4, _z_image,
        _reads(32, "cap_feat_dim"),
        {"dim": 256, "n_layers": 1, "n_refiner_layers": 1, "n_heads": 2, "n_kv_heads": 2, "cap_feat_dim": 32},
    ),
    "SD 3.5 large": replace(
        SD3, published={**NORMED, "num_layers": 38, "num_attention_heads": 38, "caption_projection_dim": 2432}
    ),
    "Chroma": Network(
        "chroma", "ChromaTransformer2DModel", layout.original_chroma, Q4, _chroma, _reads(32, JOINT),
        {**TWO_STREAMS, JOINT: 64, "approximator_hidden_dim": 256, "approximator_layers": 1},
    ),
    "FLUX.1 dev": Network(
        "flux1", "FluxTransformer2DModel", layout.original_flux, Q4, _flux, _reads(512, JOINT, POOLED),
        {**TWO_STREAMS, JOINT: 64, POOLED: 64},
    ),
    "Qwen-Image": Network(
        "qwen_image", "QwenImageTransformer2DModel", dict, Q4, _qwen_image, _reads(32, JOINT),
        {"num_layers": 1, "num_attention_heads": 2, JOINT: 128},
    ),
}  # fmt: skip
