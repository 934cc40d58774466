"""Headers like those of public models, of which a few telling layers are enough: key → sides."""

import itertools

Layers = dict[str, tuple[int, ...]]


def unet(text: int, *, channels: int = 4, classes: int = 0, blocks: int = 16, prefix: str = "") -> Layers:
    """A U-Net in the original layout, by its first layer, its attention and what it is conditioned by."""
    layers: Layers = {
        "input_blocks.0.0.weight": (320, channels, 3, 3),
        "time_embed.0.weight": (1280, 320),
        "middle_block.1.proj_in.weight": (1280, 1280, 1, 1) if text == 768 else (1280, 1280),
        "output_blocks.0.0.in_layers.0.weight": (2560,),
        "out.2.weight": (4, 320, 3, 3),
    }
    for i in range(blocks):
        layers[f"input_blocks.{i}.1.transformer_blocks.0.attn1.to_q.weight"] = (640, 640)
        layers[f"input_blocks.{i}.1.transformer_blocks.0.attn2.to_k.weight"] = (640, text)
    if classes:
        layers["label_emb.0.0.weight"] = (1280, classes)
    return under(prefix, layers)


def unet_of_diffusers(text: int, *, channels: int = 4, classes: int = 0, blocks: int = 16) -> Layers:
    """The same as a diffusers folder holds it."""
    layers: Layers = {
        "conv_in.weight": (320, channels, 3, 3),
        "time_embedding.linear_1.weight": (1280, 320),
        "mid_block.attentions.0.proj_in.weight": (1280, 1280),
        "up_blocks.0.resnets.0.conv1.weight": (1280, 2560, 3, 3),
    }
    for i in range(blocks):
        layers[f"down_blocks.1.attentions.0.transformer_blocks.{i}.attn1.to_q.weight"] = (640, 640)
        layers[f"down_blocks.1.attentions.0.transformer_blocks.{i}.attn2.to_k.weight"] = (640, text)
    if classes:
        layers["add_embedding.linear_1.weight"] = (1280, classes)
    return layers


def under(prefix: str, layers: Layers) -> Layers:
    return {prefix + key: shape for key, shape in layers.items()}


def every(pattern: str, shape: tuple[int, ...], *counts: int) -> Layers:
    """One layer for each block: `{}` in the pattern stands for the numbers."""
    numbers = itertools.product(*(range(count) for count in counts))
    return {pattern.format(*number): shape for number in numbers}


def clip(width: int, depth: int, prefix: str = "text_model.") -> Layers:
    return {
        f"{prefix}embeddings.token_embedding.weight": (49408, width),
        f"{prefix}embeddings.position_embedding.weight": (77, width),
        **every(prefix + "encoder.layers.{}.self_attn.q_proj.weight", (width, width), depth),
        f"{prefix}final_layer_norm.weight": (width,),
    }


def open_clip(width: int, depth: int, prefix: str) -> Layers:
    return {
        f"{prefix}token_embedding.weight": (49408, width),
        f"{prefix}positional_embedding": (77, width),
        f"{prefix}text_projection": (width, width),
        **every(prefix + "transformer.resblocks.{}.attn.in_proj_weight", (3 * width, width), depth),
    }


def t5(width: int, words: int, prefix: str = "", depth: int = 24) -> Layers:
    return {
        f"{prefix}shared.weight": (words, width),
        **every(prefix + "encoder.block.{}.layer.0.SelfAttention.q.weight", (width, width), depth),
        **every(prefix + "encoder.block.{}.layer.1.DenseReluDense.wi_0.weight", (10240, width), depth),
    }


def language_model(width: int, words: int, *more: str, prefix: str = "model.") -> Layers:
    layers: Layers = {
        f"{prefix}embed_tokens.weight": (words, width),
        **every(prefix + "layers.{}.self_attn.q_proj.weight", (4096, width), 3),
        **every(prefix + "layers.{}.mlp.gate_proj.weight", (9728, width), 3),
        f"{prefix}norm.weight": (width,),
    }
    return layers | dict.fromkeys(more, (128,))


def vae(latents: int, prefix: str = "") -> Layers:
    return under(
        prefix,
        {
            "encoder.conv_in.weight": (128, 3, 3, 3),
            **every("encoder.down.{}.block.{}.conv1.weight", (128, 128, 3, 3), 4, 2),
            "decoder.conv_in.weight": (512, latents, 3, 3),
            "decoder.conv_out.weight": (3, 128, 3, 3),
        },
    )


def vae_of_diffusers(latents: int) -> Layers:
    return {
        "encoder.conv_in.weight": (128, 3, 3, 3),
        **every("encoder.down_blocks.{}.resnets.{}.conv1.weight", (128, 128, 3, 3), 4, 2),
        "decoder.conv_in.weight": (512, latents, 3, 3),
        "decoder.conv_out.weight": (3, 128, 3, 3),
    }


def lora(*names: tuple[str, int, int], down: str = ".lora_A.weight", up: str = ".lora_B.weight") -> Layers:
    """names: a layer, what goes into it and what comes out."""
    found: Layers = {}
    for name, into, out in names:
        found |= {name + down: (16, into), name + up: (out, 16)}
    return found


def kohya(*names: tuple[str, int, int]) -> Layers:
    alphas: Layers = {f"{name}.alpha": () for name, _, _ in names}
    return lora(*names, down=".lora_down.weight", up=".lora_up.weight") | alphas


SGM = "model.diffusion_model."
SDXL_TEXT = clip(768, 12, "conditioner.embedders.0.transformer.text_model.") | open_clip(
    1280, 32, "conditioner.embedders.1.model."
)
FLUX = every("double_blocks.{}.img_attn.qkv.weight", (9216, 3072), 19) | every(
    "single_blocks.{}.linear1.weight", (21504, 3072), 38
)
OTHERS: dict[str, tuple[Layers, str, str]] = {  # what it is called → layers, kind, family
    "v2-1_512-inpainting": (
        unet(1024, channels=9, prefix=SGM)
        | vae(4, "first_stage_model.")
        | open_clip(1024, 23, "cond_stage_model.model."),
        "checkpoint",
        "SD 2.x inpainting",
    ),
    "sd21-unclip-h": (
        unet(1024, classes=2048, prefix=SGM) | vae(4, "first_stage_model."),
        "checkpoint",
        "SD 2.x unCLIP",
    ),
    "x4-upscaler-ema": (
        unet(1024, channels=7, prefix=SGM) | vae(4, "first_stage_model."),
        "checkpoint",
        "SD 2.x upscaler",
    ),
    "svd_xt": (
        unet(1024, channels=8, classes=768, prefix=SGM)
        | {f"{SGM}input_blocks.1.1.time_stack.0.attn1.to_q.weight": (320, 320)}
        | vae(4, "first_stage_model.")
        | {"conditioner.embedders.0.open_clip.model.visual.proj": (1280, 1024)},
        "checkpoint",
        "Stable Video Diffusion",
    ),
    "sd_xl_base_1.0_inpainting": (
        unet(2048, channels=9, classes=2816, blocks=70, prefix=SGM) | SDXL_TEXT,
        "checkpoint",
        "SDXL inpainting",
    ),
    "kolors-unet": (unet_of_diffusers(2048, classes=5632, blocks=70), "network", "Kolors"),
    "segmind-vega-unet": (unet_of_diffusers(2048, classes=2816, blocks=24), "network", "pruned SDXL"),
    "bk-sdm-small": (unet_of_diffusers(768, blocks=9), "network", "pruned SD 1.x"),
    "cosxl_edit": (
        unet(2048, channels=8, classes=2816, blocks=70, prefix=SGM) | SDXL_TEXT | {"edm_vpred.sigma_max": ()},
        "checkpoint",
        "CosXL Edit",
    ),
    "animatediff-model": (
        unet_of_diffusers(768) | {"down_blocks.0.motion_modules.0.norm.weight": (320,)},
        "network",
        "AnimateDiff",
    ),
    "flux1-canny-dev": (
        FLUX
        | {
            "img_in.weight": (3072, 128),
            "vector_in.in_layer.weight": (3072, 768),
            "guidance_in.in_layer.weight": (3072, 256),
        },
        "network",
        "FLUX.1 Depth or Canny",
    ),
    "flux1-dev-bnb-nf4": (
        under(SGM, FLUX)
        | {
            f"{SGM}img_in.weight": (98304, 1),
            f"{SGM}vector_in.in_layer.weight": (1179648, 1),
            f"{SGM}guidance_in.in_layer.weight": (393216, 1),
            f"{SGM}double_blocks.0.img_attn.qkv.weight.quant_state.bitsandbytes__nf4": (80,),
        },
        "network",
        "FLUX.1 dev",
    ),
    "svdq-int4-flux.1-schnell": (
        {
            "x_embedder.weight": (3072, 64),
            "time_text_embed.text_embedder.linear_1.weight": (3072, 768),
            "transformer_blocks.0.mlp_fc1.smooth": (3072,),
            "transformer_blocks.0.mlp_fc1.lora_down": (3072, 32),
        }
        | every("single_transformer_blocks.{}.mlp_fc1.qweight", (12288, 1536), 38)
        | every("single_transformer_blocks.{}.mlp_fc1.lora_up", (12288, 32), 38)
        | every("single_transformer_blocks.{}.mlp_fc1.lora_down", (3072, 32), 38),
        "network",
        "FLUX.1 schnell",
    ),
    "chroma-unlocked": (
        FLUX | {"img_in.weight": (3072, 64), "distilled_guidance_layer.in_proj.weight": (5120, 64)},
        "network",
        "Chroma",
    ),
    "flux2-dev": (
        {
            "double_stream_modulation_img.lin.weight": (36864, 6144),
            "txt_in.weight": (6144, 15360),
            "guidance_in.in_layer.weight": (6144, 256),
            "img_in.weight": (6144, 128),
        },
        "network",
        "FLUX.2 dev",
    ),
    "auraflow": (
        under(
            "model.",
            every("double_layers.{}.attn.w1q.weight", (3072, 3072), 4)
            | {"cond_seq_linear.weight": (3072, 2048)},
        )
        | vae(4, "vae."),
        "checkpoint",
        "AuraFlow",
    ),
    "hunyuan-dit": (
        {"mlp_t5.0.weight": (8192, 2048), "x_embedder.proj.weight": (1408, 4, 2, 2)}
        | every("blocks.{}.attn1.Wqkv.weight", (4224, 1408), 40),
        "network",
        "HunyuanDiT",
    ),
    "hunyuan_video_t2v": (
        {"img_in.proj.weight": (3072, 16, 1, 2, 2), "vector_in.in_layer.weight": (3072, 768)}
        | {"txt_in.individual_token_refiner.blocks.0.self_attn_qkv.weight": (9216, 3072)}
        | every("double_blocks.{}.img_attn_qkv.weight", (9216, 3072), 20),
        "network",
        "HunyuanVideo",
    ),
    "wan2.1_t2v_14B": (
        {
            "head.modulation": (1, 2, 5120),
            "patch_embedding.weight": (5120, 16, 1, 2, 2),
            "text_embedding.0.weight": (5120, 4096),
        }
        | every("blocks.{}.self_attn.norm_q.weight", (5120,), 40),
        "network",
        "Wan",
    ),
    "ltx-video-2b-v0.9": (
        under(
            SGM,
            {
                "patchify_proj.weight": (2048, 128),
                "adaln_single.emb.timestep_embedder.linear_1.weight": (2048, 256),
            },
        )
        | {"vae.decoder.conv_in.conv.weight": (1024, 128, 3, 3, 3)},
        "checkpoint",
        "LTX-Video",
    ),
    "stable_cascade_stage_c": (
        {
            "clip_txt_mapper.weight": (2048, 1280),
            "clf.1.weight": (16, 2048, 1, 1),
            "down_blocks.0.0.channelwise.0.weight": (8192, 2048),
        },
        "network",
        "Stable Cascade",
    ),
    "stable_cascade_stage_a": (
        {"vquantizer.codebook.weight": (8192, 4), "in_block.1.weight": (192, 12, 1, 1)},
        "vae",
        "Stable Cascade",
    ),
    "PixArt-Sigma-XL-2-1024-MS": (
        {
            "y_embedder.y_embedding": (300, 4096),
            "t_block.1.weight": (6912, 1152),
            "x_embedder.proj.weight": (1152, 4, 2, 2),
        }
        | every("blocks.{}.cross_attn.kv_linear.weight", (2304, 1152), 28),
        "network",
        "PixArt",
    ),
    "lumina_2": (
        under(
            SGM,
            {"cap_embedder.0.weight": (2304,), "x_embedder.weight": (2304, 64)}
            | every("context_refiner.{}.attention.qkv.weight", (3840, 2304), 2),
        )
        | under("text_encoders.gemma2_2b.transformer.", language_model(2304, 256000))
        | vae(16, "vae."),
        "checkpoint",
        "Lumina 2",
    ),
    "hidream_i1_full": (
        {"caption_projection.0.linear.weight": (2560, 4096)}
        | every("double_stream_blocks.{}.block.attn1.to_q.weight", (2560, 2560), 16),
        "network",
        "HiDream",
    ),
    "krea2_raw": (
        under(SGM, {"txtfusion.projector.weight": (1, 12), "first.weight": (6144, 64)}),
        "network",
        "Krea-2",
    ),
    "mochi_preview": (
        {"t5_yproj.weight": (1536, 4096), "blocks.0.attn.qkv_x.weight": (9216, 3072)},
        "network",
        "Mochi",
    ),
    "clip_g": (clip(1280, 32), "text-encoder", "CLIP-G"),
    "clip_g_open": (open_clip(1280, 32, ""), "text-encoder", "CLIP-G"),
    "long_clip": (
        {**clip(768, 12), "text_model.embeddings.position_embedding.weight": (248, 768)},
        "text-encoder",
        "CLIP-L",
    ),
    "t5xxl_fp8_e4m3fn_scaled": (
        t5(4096, 32128) | {"encoder.block.0.layer.0.SelfAttention.q.scale_weight": (), "scaled_fp8": (2,)},
        "text-encoder",
        "T5-XXL",
    ),
    "umt5_xxl": (t5(4096, 256384), "text-encoder", "UMT5-XXL"),
    "qwen_3_4b": (
        language_model(2560, 151936, "model.layers.0.self_attn.q_norm.weight"),
        "text-encoder",
        "Qwen3-4B",
    ),
    "qwen_2.5_vl_7b": (
        language_model(3584, 152064, "model.layers.0.self_attn.q_proj.bias", "visual.blocks.0.norm1.weight"),
        "text-encoder",
        "Qwen2.5-VL-7B",
    ),
    "gemma_2_2b": (
        language_model(2304, 256000, "model.layers.0.post_feedforward_layernorm.weight"),
        "text-encoder",
        "Gemma-2-2B",
    ),
    "qwen_3_4b_bare": (
        language_model(2560, 151936, "layers.0.self_attn.q_norm.weight", prefix=""),
        "text-encoder",
        "Qwen3-4B",
    ),
    "gemma_3_12b": (
        language_model(
            3840,
            262208,
            "model.language_model.layers.0.self_attn.q_norm.weight",
            "model.language_model.layers.0.post_feedforward_layernorm.weight",
            "model.vision_tower.encoder.layers.0.self_attn.q_proj.bias",
            prefix="model.language_model.",
        ),
        "text-encoder",
        "Gemma-3-12B",
    ),
    "siglip": (
        {
            "embeddings.patch_embedding.weight": (1152, 3, 14, 14),
            "head.attention.in_proj_weight": (3456, 1152),
            "post_layernorm.weight": (1152,),
        }
        | every("encoder.layers.{}.self_attn.q_proj.weight", (1152, 1152), 27),
        "image-encoder",
        "SigLIP",
    ),
    "clip_vision_h": (
        {
            "vision_model.post_layernorm.weight": (1280,),
            "vision_model.embeddings.patch_embedding.weight": (1280, 3, 14, 14),
        },
        "image-encoder",
        "CLIP-H",
    ),
    "ae": (vae(16), "vae", "SD 3 or FLUX.1"),
    "flux2-vae": (vae(32) | {"bn.running_mean": (128,)}, "vae", "FLUX.2"),
    "sdxl-vae-fp16-fix": (vae_of_diffusers(4), "vae", "SD 1.x, SD 2.x or SDXL"),
    "kl-f8-anime2": (vae(4, "first_stage_model."), "vae", "SD 1.x, SD 2.x or SDXL"),
    "wan_2.1_vae": (
        {
            "decoder.middle.0.residual.0.gamma": (384, 1, 1, 1),
            "decoder.conv1.weight": (384, 16, 3, 3, 3),
            "encoder.conv1.weight": (96, 3, 3, 3, 3),
        },
        "vae",
        "Qwen-Image or Wan",
    ),
    "taesd_decoder": (
        {"1.weight": (64, 4, 3, 3), "3.conv.0.weight": (64, 64, 3, 3), "3.conv.2.weight": (64, 64, 3, 3)},
        "vae",
        "SD 1.x, SD 2.x or SDXL",
    ),
    "taesdxl": (
        {
            "encoder.layers.0.weight": (64, 3, 3, 3),
            "decoder.layers.0.weight": (64, 4, 3, 3),
            "decoder.layers.2.conv.0.weight": (64, 64, 3, 3),
        },
        "vae",
        "SD 1.x, SD 2.x or SDXL",
    ),
    "t2iadapter_canny_sd15": (
        {"body.0.in_conv.weight": (320, 64, 1, 1), "body.0.body.0.block1.weight": (320, 320, 3, 3)},
        "controlnet",
        "SD 1.x or SD 2.x",
    ),
    "t2i-adapter-lineart-sdxl": (
        {
            "adapter.conv_in.weight": (320, 768, 3, 3),
            "adapter.body.0.resnets.0.block1.weight": (320, 320, 3, 3),
        },
        "controlnet",
        "SDXL",
    ),
    "controlnet-union-sdxl": (
        unet_of_diffusers(2048, classes=2816)
        | {
            "controlnet_cond_embedding.conv_in.weight": (16, 3, 3, 3),
            "controlnet_down_blocks.0.weight": (320, 320, 1, 1),
        }
        | {"controlnet_mid_block.weight": (1280, 1280, 1, 1), "task_embedding": (6, 320)},
        "controlnet",
        "SDXL",
    ),
    "controlnet-small-sdxl": (
        unet_of_diffusers(2048, classes=2816, blocks=0)
        | {
            "controlnet_down_blocks.0.weight": (320, 320, 1, 1),
            "controlnet_mid_block.weight": (1280, 1280, 1, 1),
        },
        "controlnet",
        "SDXL",
    ),
    "control-lora-canny-rank256": (
        {
            "lora_controlnet": (),
            "input_hint_block.0.weight": (16, 3, 3, 3),
            "input_blocks.4.1.transformer_blocks.0.attn2.to_k.down": (256, 2048),
        }
        | {
            "input_blocks.4.1.transformer_blocks.0.attn2.to_k.up": (640, 256),
            "label_emb.0.0.weight": (1280, 2816),
        },
        "controlnet",
        "SDXL",
    ),
    "controlnet-xs-sd15": (
        under(
            "control_model.",
            {
                "input_blocks.0.0.weight": (320, 4, 3, 3),
                "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": (40, 768),
            },
        )
        | {"enc_zero_convs_out.0.0.weight": (320, 40, 1, 1), "input_hint_block.0.weight": (16, 3, 3, 3)},
        "controlnet",
        "SD 1.x",
    ),
    "instantx-flux-union": (
        {
            "controlnet_blocks.0.weight": (3072, 3072),
            "controlnet_x_embedder.weight": (3072, 64),
            "time_text_embed.text_embedder.linear_1.weight": (3072, 768),
        }
        | every("transformer_blocks.{}.attn.add_k_proj.weight", (3072, 3072), 5),
        "controlnet",
        "FLUX.1",
    ),
    "ip-adapter-plus_sd15": (
        {
            "image_proj.latents": (1, 16, 768),
            "ip_adapter.1.to_k_ip.weight": (320, 768),
            "ip_adapter.1.to_v_ip.weight": (320, 768),
        },
        "ip-adapter",
        "SD 1.x",
    ),
    "ip-adapter-faceid_sdxl": (
        {
            "image_proj.proj.0.weight": (1024, 512),
            "ip_adapter.0.to_q_lora.down.weight": (128, 640),
            "ip_adapter.0.to_q_lora.up.weight": (640, 128),
        }
        | {"ip_adapter.1.to_k_ip.weight": (640, 2048), "ip_adapter.1.to_v_ip.weight": (640, 2048)},
        "ip-adapter",
        "SDXL",
    ),
    "flux1-redux-dev": (
        {"redux_up.weight": (12288, 1152), "redux_down.weight": (4096, 12288)},
        "ip-adapter",
        "FLUX.1",
    ),
    "negativeXL": ({"clip_l": (8, 768), "clip_g": (8, 1280)}, "textual-inversion", "SDXL"),
    "cat-toy": ({"<cat-toy>": (1024,)}, "textual-inversion", "SD 2.x"),
    "mm_sd_v15_v2": (
        every("down_blocks.{}.motion_modules.{}.temporal_transformer.norm.weight", (320,), 4, 2),
        "motion-module",
        "SD 1.x",
    ),
    "hypernet": (
        {"768.0.linear.0.weight": (1536, 768), "320.0.linear.0.weight": (640, 320)},
        "hypernetwork",
        "SD 1.x, SD 2.x or SDXL",
    ),
    "4x-UltraSharp": (
        {"model.0.weight": (64, 3, 3, 3), "model.1.sub.0.RDB1.conv1.0.weight": (32, 64, 3, 3)},
        "upscaler",
        "ESRGAN",
    ),
    "SwinIR_4x": (
        {
            "conv_first.weight": (180, 3, 3, 3),
            "layers.0.residual_group.blocks.0.norm1.weight": (180,),
            "layers.0.residual_group.blocks.0.mlp.fc1.weight": (360, 180),
        },
        "upscaler",
        "SwinIR",
    ),
    "4x_DAT": (
        {
            "conv_first.weight": (180, 3, 3, 3),
            "before_RG.1.weight": (180,),
            "layers.0.blocks.0.attn.dwconv.0.weight": (180, 1, 3, 3),
        },
        "upscaler",
        "DAT",
    ),
    "xlabs-lora": (
        lora(
            ("double_blocks.0.processor.qkv_lora1", 3072, 9216),
            ("double_blocks.0.processor.proj_lora1", 3072, 3072),
            down=".down.weight",
            up=".up.weight",
        ),
        "lora",
        "FLUX.1",
    ),
    "ai-toolkit-flux": (lora(("diffusion_model.double_blocks.0.img_mlp.0", 3072, 12288)), "lora", "FLUX.1"),
    "ai-toolkit-klein": (
        lora(("diffusion_model.double_blocks.0.img_mlp.0", 3072, 18432)),
        "lora",
        "FLUX.2 klein",
    ),
    "kohya-flux": (
        kohya(
            ("lora_unet_single_blocks_0_linear1", 3072, 21504),
            ("lora_te1_text_model_encoder_layers_0_mlp_fc1", 768, 3072),
        ),
        "lora",
        "FLUX.1",
    ),
    "diffusers-flux": (
        lora(("transformer.single_transformer_blocks.0.attn.to_q", 3072, 3072)),
        "lora",
        "FLUX.1",
    ),
    "qwen-lightning": (
        lora(
            ("transformer_blocks.0.img_mlp.net.2", 12288, 3072),
            down=".lora_down.weight",
            up=".lora_up.weight",
        ),
        "lora",
        "Qwen-Image",
    ),
    "z-image-lora": (lora(("diffusion_model.layers.0.attention.to_q", 3840, 3840)), "lora", "Z-Image"),
    "wan-lora": (lora(("diffusion_model.blocks.0.self_attn.q", 5120, 5120)), "lora", "Wan"),
    "sd15-peft": (
        lora(("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k", 768, 320)),
        "lora",
        "SD 1.x",
    ),
    "sd15-old-diffusers": (
        lora(
            ("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.processor.to_k", 768, 640),
            down="_lora.down.weight",
            up="_lora.up.weight",
        ),
        "lora",
        "SD 1.x",
    ),
    "lcm-lora-sdxl": (
        kohya(
            ("lora_unet_down_blocks_2_attentions_1_transformer_blocks_9_attn1_to_q", 1280, 1280),
            ("lora_unet_add_embedding_linear_1", 2816, 1280),
        ),
        "lora",
        "SDXL",
    ),
    "sd35-large": (lora(("transformer.transformer_blocks.0.attn.to_q", 2432, 2432)), "lora", "SD 3.5 large"),
}
