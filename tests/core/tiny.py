"""Tiny folders of every family with random weights, saved by diffusers and transformers themselves.

All draw 32-px pictures through a 2× VAE: 16 × 16 latents.
"""

import json
from pathlib import Path
from typing import Any

LENGTH = 16  # tokens that the CLIP encoders read
T5_WIDTH = 64
FLUX: dict[str, Any] = {  # the sizes of FLUX.1's network, which Chroma shares
    "in_channels": 4 * 16,
    "num_layers": 1,
    "num_single_layers": 2,
    "attention_head_dim": 16,
    "num_attention_heads": 2,
    "joint_attention_dim": T5_WIDTH,
    "axes_dims_rope": (4, 6, 6),
}


def tiny_stable_diffusion(
    folder: Path,
    *,
    prediction: str = "epsilon",
    zero_snr: bool = False,
    channels: int = 4,
    flow: dict[str, Any] | None = None,
) -> Path:
    """Stable Diffusion 1.x: one text encoder of 24. flow: of its schedule, where that is a flow's."""
    import torch
    from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler

    torch.manual_seed(0)
    scheduler: Any = DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction,
        rescale_betas_zero_snr=zero_snr,
        clip_sample=False,
    )
    if flow is not None:
        scheduler = FlowMatchEulerDiscreteScheduler(**flow)
    parts = {
        "unet": tiny_unet(channels, 24, out_channels=channels),
        "vae": tiny_vae(channels),
        "text_encoder": tiny_clip(24, layers=2),
        "scheduler": scheduler,
        "tokenizer": tiny_tokenizer(),
    }
    more = {"requires_safety_checker": False}
    return _save(
        folder, "StableDiffusionPipeline", parts, more | _nothing("safety_checker", "feature_extractor")
    )


def tiny_sdxl(
    folder: Path,
    *,
    prediction: str = "epsilon",
    zero_empty: bool = True,
    inpainting: bool = False,
    zero_snr: bool = False,
) -> Path:
    """SDXL: two text encoders of 24 and 32, pooled text of 20, size conditioning."""
    import torch
    from diffusers import EulerDiscreteScheduler

    torch.manual_seed(1)
    pooled, numbers = 20, 8
    unet = tiny_unet(
        4 + 5 * inpainting,
        24 + 32,
        addition_embed_type="text_time",
        addition_time_embed_dim=numbers,
        projection_class_embeddings_input_dim=pooled + 6 * numbers,
    )
    scheduler = EulerDiscreteScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type=prediction,
        rescale_betas_zero_snr=zero_snr,
    )
    parts = {
        "unet": unet,
        "vae": tiny_vae(4),
        "text_encoder": tiny_clip(24),
        "text_encoder_2": tiny_clip(32, projection=pooled),
        "tokenizer": tiny_tokenizer(),
        "tokenizer_2": tiny_tokenizer(),
        "scheduler": scheduler,
    }
    more = {"force_zeros_for_empty_prompt": zero_empty}
    return _save(
        folder, "StableDiffusionXLPipeline", parts, more | _nothing("image_encoder", "feature_extractor")
    )


def tiny_sd3(folder: Path, *, t5: bool = True, shift: float = 3.0, medium: bool = False) -> Path:
    """SD3: a transformer on 2 × 2 patches, 16 channels with a shifted VAE, two CLIPs and, if wanted, T5.

    medium: as 3.5 medium has it, with normed queries and a second attention in its first block.
    """
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel

    torch.manual_seed(2)
    transformer = SD3Transformer2DModel(
        sample_size=16,
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=T5_WIDTH,
        caption_projection_dim=32,
        pooled_projection_dim=12 + 20,
        pos_embed_max_size=48,
        **({"qk_norm": "rms_norm", "dual_attention_layers": (0,)} if medium else {}),
    )
    parts = {
        "transformer": transformer,
        "vae": tiny_shifted_vae(),
        "text_encoder": tiny_clip(24, projection=12),
        "text_encoder_2": tiny_clip(32, projection=20),
        "tokenizer": tiny_tokenizer(),
        "tokenizer_2": tiny_tokenizer(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=shift),
    }
    absent = ["image_encoder", "feature_extractor"]
    if t5:
        parts |= {"text_encoder_3": tiny_t5(), "tokenizer_3": tiny_t5_tokenizer()}
    else:
        absent += ["text_encoder_3", "tokenizer_3"]
    return _save(folder, "StableDiffusion3Pipeline", parts, _nothing(*absent))


def tiny_z_image(folder: Path, *, dynamic: bool = False, head: bool = False) -> Path:
    """Z-Image: one stream on 2 × 2 patches, 16 channels with a shifted VAE, Qwen3 of 32.

    dynamic: the schedule shifts with the picture's size; head: the text encoder was saved with its head.
    """
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImageTransformer2DModel

    torch.manual_seed(4)
    transformer = ZImageTransformer2DModel(
        in_channels=16,
        dim=48,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=32,
        axes_dims=(8, 8, 8),
        axes_lens=(1024, 64, 64),
    )
    parts = {
        "transformer": transformer,
        "vae": tiny_shifted_vae(),
        "text_encoder": tiny_qwen3(layers=3, head=head),
        "tokenizer": tiny_qwen_tokenizer(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=dynamic),
    }
    return _save(folder, "ZImagePipeline", parts, {})


def tiny_flux(folder: Path, *, guided: bool = True) -> Path:
    """FLUX.1: patches of 2 × 2 of 16 channels, CLIP of 24 for the whole, T5 for the words.

    guided: as dev, with the guidance scale for an input; else as schnell
    """
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

    torch.manual_seed(7)
    transformer = FluxTransformer2DModel(
        **FLUX,
        pooled_projection_dim=24,
        guidance_embeds=guided,
    )
    parts = {
        "transformer": transformer,
        "vae": tiny_shifted_vae(),
        "text_encoder": tiny_clip(24, layers=2),
        "text_encoder_2": tiny_t5(),
        "tokenizer": tiny_tokenizer(),
        "tokenizer_2": tiny_t5_tokenizer(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=guided),
    }
    return _save(folder, "FluxPipeline", parts, _nothing("image_encoder", "feature_extractor"))


def tiny_chroma(folder: Path) -> Path:
    """Chroma: FLUX.1's patches, one network that tells all blocks the time, T5 for the words."""
    import torch
    from diffusers import ChromaTransformer2DModel, FlowMatchEulerDiscreteScheduler

    torch.manual_seed(8)
    transformer = ChromaTransformer2DModel(
        **FLUX,
        approximator_num_channels=16,
        approximator_hidden_dim=24,
        approximator_layers=2,
    )
    parts = {
        "transformer": transformer,
        "vae": tiny_shifted_vae(),
        "text_encoder": tiny_t5(),
        "tokenizer": tiny_t5_tokenizer(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
    }
    return _save(folder, "ChromaPipeline", parts, _nothing("image_encoder", "feature_extractor"))


def tiny_qwen_image(folder: Path) -> Path:
    """Qwen-Image: patches of 2 × 2 of 16 channels in rows, a VAE of films, Qwen2.5-VL of 32 with its eyes."""
    import torch
    from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImageTransformer2DModel

    torch.manual_seed(9)
    transformer = QwenImageTransformer2DModel(
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=(4, 6, 6),
    )
    vae = AutoencoderKLQwenImage(base_dim=8, dim_mult=[1, 1], num_res_blocks=1, temperal_downsample=[True])
    scheduler = FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, max_shift=0.9, max_image_seq_len=8192, shift_terminal=0.02
    )
    parts = {
        "transformer": transformer,
        "vae": vae,
        "text_encoder": tiny_qwen_vl(),
        "tokenizer": tiny_qwen_tokenizer(),
        "scheduler": scheduler,
    }
    return _save(folder, "QwenImagePipeline", parts, {})


def tiny_klein(folder: Path, *, distilled: bool = False) -> Path:
    """FLUX.2 klein: 8 channels of the VAE in patches of 32, its batch norm, three layers of Qwen3 of 16."""
    import torch
    from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2Transformer2DModel

    torch.manual_seed(6)
    transformer = Flux2Transformer2DModel(
        in_channels=32,
        num_layers=1,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * 16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    vae = AutoencoderKLFlux2(
        block_out_channels=(16, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=8,
        norm_num_groups=8,
        sample_size=32,
    )
    vae.bn.running_mean.normal_()
    vae.bn.running_var.uniform_(0.5, 2)
    parts = {
        "transformer": transformer,
        "vae": vae,
        "text_encoder": tiny_qwen3(layers=28, head=True, width=16),
        "tokenizer": tiny_qwen_tokenizer(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
    }
    return _save(folder, "Flux2KleinPipeline", parts, {"is_distilled": distilled})


def tiny_inpainting(folder: Path) -> Path:
    """Stable Diffusion with 9 input channels."""
    import torch
    from diffusers import DDIMScheduler

    torch.manual_seed(3)
    parts = {
        "unet": tiny_unet(9, 24),
        "vae": tiny_vae(4),
        "text_encoder": tiny_clip(24),
        "tokenizer": tiny_tokenizer(),
        "scheduler": DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False),
    }
    return _save(
        folder, "StableDiffusionInpaintPipeline", parts, _nothing("safety_checker", "feature_extractor")
    )


def titled_lora(path: Path, title: str = "") -> str:
    """A LoRA for SD 1, which says in its header what it is called."""
    import numpy as np
    from safetensors.numpy import save_file

    weights = {}
    for layer in ("attn1_to_q", "attn1_to_k", "attn2_to_q"):
        name = f"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_{layer}"
        weights[f"{name}.lora_down.weight"] = np.zeros((4, 320), np.float32)
        weights[f"{name}.lora_up.weight"] = np.zeros((320, 4), np.float32)
    save_file(weights, path, metadata={"modelspec.title": title} if title else None)
    return str(path)


def tiny_unet(channels: int, text: int, out_channels: int = 4, **more: Any):
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=16,
        in_channels=channels,
        out_channels=out_channels,
        block_out_channels=(16, 32),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=text,
        attention_head_dim=8,
        norm_num_groups=8,
        **more,
    )


def tiny_vae(channels: int, **more: Any):
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(16, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=channels,
        norm_num_groups=8,
        scaling_factor=0.5,
        **more,
    )


def tiny_shifted_vae():
    """As SD 3 and FLUX.1 have it: of 16 channels, without convolutions round its latents."""
    return tiny_vae(16, shift_factor=0.06, use_quant_conv=False, use_post_quant_conv=False)


def tiny_tokenizer():
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    return CLIPTokenizer(vocab=_vocabulary(ByteLevel.alphabet()), merges=[], model_max_length=LENGTH)


def tiny_clip(width: int, projection: int | None = None, layers: int = 3):
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    vocabulary = _vocabulary(ByteLevel.alphabet())
    config = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        projection_dim=projection or 512,
        bos_token_id=vocabulary["<|startoftext|>"],
        eos_token_id=vocabulary["<|endoftext|>"],
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config)


def tiny_t5():
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        vocab_size=64, d_model=T5_WIDTH, d_kv=8, d_ff=64, num_layers=2, num_heads=4, is_encoder_decoder=False
    )
    return T5EncoderModel(config)


def tiny_t5_tokenizer():
    from transformers import T5Tokenizer

    letters = [(letter, -1.0) for letter in "▁abcdefghijklmnopqrstuvwxyz"]
    marks = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    return T5Tokenizer(vocab=[*marks, *letters], extra_ids=0)


def tiny_qwen3(layers: int, *, head: bool = False, width: int = 32):
    from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3Model

    config = Qwen3Config(
        vocab_size=300,
        hidden_size=width,
        intermediate_size=48,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        tie_word_embeddings=True,
    )
    return (Qwen3ForCausalLM if head else Qwen3Model)(config)


def tiny_qwen_vl(width: int = 32, heads: int = 4):
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    text = {
        "vocab_size": 300,
        "hidden_size": width,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": heads,
        "num_key_value_heads": max(1, heads // 2),
        "rms_norm_eps": 1e-6,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            "mrope_section": [16, 24, 24] if width // heads == 128 else [1, 1, 2],
        },
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    eyes = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": width}
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=text, vision_config=eyes))


CHAT = (  # as Qwen3's own template speaks of one turn
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def tiny_qwen_tokenizer():
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2Tokenizer

    vocabulary = {token: i for i, token in enumerate([*sorted(ByteLevel.alphabet()), "<|endoftext|>"])}
    made = Qwen2Tokenizer(vocab=vocabulary, merges=[], extra_special_tokens=["<|im_start|>", "<|im_end|>"])
    made.chat_template = CHAT
    return made


def _vocabulary(letters: list[str]) -> dict[str, int]:
    letters = sorted(letters)
    tokens = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return {token: i for i, token in enumerate(tokens)}


def _nothing(*parts: str) -> dict[str, Any]:
    return {part: [None, None] for part in parts}


def _save(folder: Path, pipeline: str, parts: dict[str, Any], more: dict[str, Any]) -> Path:
    index: dict[str, Any] = {"_class_name": pipeline, "_diffusers_version": "0.42.0", **more}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        index[name] = [type(part).__module__.split(".")[0], type(part).__name__]
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder
