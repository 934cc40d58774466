"""The networks that draw, by family: U-Nets, and transformers in the original layout and in diffusers'.

A table. Layers are named as they stand inside the network, without the prefix of a checkpoint. The lines
exclude each other, so that their order decides nothing.
"""

from core.models.recognise.kinds import ModelKind
from core.models.recognise.layers import Layers
from core.models.recognise.signature import Fact, Facts, Signature, SignatureTable
from core.models.recognise.unet import UNETS, unet_facts

PLAIN = (64, 32, 1, None)  # channels that a patch has, and what packing leaves of the number
CONTROL = ("controlnet_blocks.",)  # a ControlNet is built like the network that it guides


def network_facts(layers: Layers) -> Facts:
    """What U-Nets differ by, and which SD 3 it is: "3", "3.5 medium" or "3.5 large"."""
    width = layers.side("x_embedder.proj.weight", 0) or layers.side("pos_embed.proj.weight", 0)
    places = layers.side("pos_embed", 1) or layers.side("pos_embed.pos_embed", 1)
    medium = places == 384**2 or any(
        map(layers.has, ("joint_blocks.0.x_block.attn2.", "transformer_blocks.0.attn2."))
    )
    return {**unet_facts(layers), "sd3": "3.5 large" if width == 2432 else "3.5 medium" if medium else "3"}


def _line(
    family: str,
    *has: str,
    lacks: tuple[str, ...] = (),
    facts: dict[str, tuple[Fact, ...]] | None = None,
    prediction: str | None = "flow",
    distilled: bool | None = None,
) -> Signature:
    """A transformer: a flow model unless told otherwise."""
    return Signature(ModelKind.NETWORK, family, has, lacks + CONTROL, facts or {}, prediction, distilled)


def _flux(family: str, *channels: Fact, guided: bool = True) -> tuple[Signature, Signature]:
    """FLUX.1 in both layouts. guided: the guidance weight is one of its inputs."""
    shared = ("distilled_guidance_layer.", "txt_in.individual_token_refiner.", "context_embedder.proj_in.")
    layouts = (
        (("double_blocks.0.img_attn.", "vector_in."), "img_in.weight:1", "guidance_in."),
        (
            ("single_transformer_blocks.", "time_text_embed.text_embedder."),
            "x_embedder.weight:1",
            "time_text_embed.guidance_embedder.",
        ),
    )
    first, second = (
        _line(
            family,
            *(*has, embedder if guided else has[0]),
            lacks=shared if guided else (*shared, embedder),
            facts={side: channels},
            distilled=True,
        )
        for has, side, embedder in layouts
    )
    return first, second


def _sd3(family: str, which: str) -> tuple[Signature, Signature]:
    diffusers = ("pos_embed.proj.weight", "time_text_embed.text_embedder.", "context_embedder.weight")
    return (
        _line(family, "joint_blocks.0.x_block.", facts={"sd3": (which,)}),
        _line(family, *diffusers, facts={"sd3": (which,)}),
    )


def _flux2(family: str, *, guided: bool) -> tuple[Signature, Signature]:
    """FLUX.2 in both layouts. guided: the guidance weight is one of its inputs."""
    first, second = (
        _line(
            family,
            *((has, embedder) if guided else (has,)),
            lacks=() if guided else (embedder,),
            distilled=True if guided else None,
        )
        for has, embedder in (
            ("double_stream_modulation_img.lin.", "guidance_in."),
            ("double_stream_modulation_img.linear.", "time_guidance_embed.guidance_embedder."),
        )
    )
    return first, second


TRANSFORMERS = (
    *_flux("FLUX.1 dev", *PLAIN),
    *_flux("FLUX.1 schnell", *PLAIN, guided=False),
    *_flux("FLUX.1 Fill", 384),
    *_flux("FLUX.1 Depth or Canny", 128),
    *_flux2("FLUX.2 klein", guided=False),
    *_flux2("FLUX.2 dev", guided=True),
    _line("FLUX.3", "early_stream_modulations.", lacks=("ref_time_in.",)),
    _line("FLUX.3", "early_stream_modulations.", "ref_time_in.", distilled=True),
    _line("Chroma", "distilled_guidance_layer.", lacks=("nerf_blocks.",), distilled=False),
    _line("Chroma Radiance", "distilled_guidance_layer.", "nerf_blocks.", distilled=False),
    *_sd3("SD 3", "3"),
    *_sd3("SD 3.5 medium", "3.5 medium"),
    *_sd3("SD 3.5 large", "3.5 large"),
    _line(
        "Qwen-Image",
        "txt_norm.weight",
        "transformer_blocks.0.img_mlp.",
        "time_text_embed.",
        lacks=("transformer_blocks.0.encoder_proj.weight",),
    ),
    _line("Qwen-Image 2.1", "txt_in.text_norm.weight"),
    _line("Z-Image", "cap_pad_token", lacks=("control_layers.",)),
    _line("Lumina 2", "cap_embedder.0.weight", "context_refiner.", lacks=("cap_pad_token",)),
    _line("Lumina 2", "time_caption_embed.", "context_refiner.", lacks=("ref_image_refiner.",)),
    _line("Lumina-Next", "layers.0.attention.wk_y.weight"),
    _line("Lumina-Next", "time_caption_embed.", "layers.0.attn2."),
    _line("OmniGen 2", "ref_image_refiner."),
    _line("OmniGen", "input_x_embedder."),
    _line("OmniGen", "patch_embedding.input_image_proj."),
    _line("Krea-2", "txtfusion."),
    _line("Krea-2", "text_fusion."),
    _line("AuraFlow", "double_layers.0.attn.w1q.weight"),
    _line("AuraFlow", "register_tokens", "joint_transformer_blocks."),
    _line("HiDream", "double_stream_blocks.", "caption_projection.0.linear.weight"),
    _line(
        "PixArt",
        "blocks.0.cross_attn.kv_linear.weight",
        "t_block.1.weight",
        "y_embedder.y_embedding",
        lacks=("attention_y_norm.weight",),
        prediction="epsilon",
    ),
    _line(
        "PixArt",
        "adaln_single.",
        "pos_embed.proj.weight",
        lacks=("patchify_proj.weight",),
        facts={"pos_embed.proj.weight:0": (1152,)},
        prediction="epsilon",
    ),
    _line(
        "Allegro",
        "adaln_single.",
        "pos_embed.proj.weight",
        facts={"pos_embed.proj.weight:0": (2304,)},
        prediction="v",
    ),
    _line("Sana", "attention_y_norm.weight", lacks=("plucker_embedder.", "cfg_embedder.")),
    _line("Sana", "attention_y_norm.weight", "cfg_embedder.", distilled=True),
    _line(
        "Sana",
        "caption_norm.weight",
        "transformer_blocks.0.ff.conv_inverted.",
        lacks=("time_embed.guidance_embedder.", "patch_embedding."),
    ),
    _line("Sana", "caption_norm.weight", "time_embed.guidance_embedder.", distilled=True),
    _line("Sana Video", "caption_norm.weight", "patch_embedding.", lacks=("time_embed.guidance_embedder.",)),
    _line("Sana WM", "attention_y_norm.weight", "plucker_embedder."),
    _line("HunyuanDiT", "mlp_t5.0.weight", prediction="v"),
    _line("HunyuanDiT", "text_embedding_padding", "text_embedder.", prediction="v"),
    _line("HunyuanImage", "txt_in.individual_token_refiner.", facts={"img_in.proj.weight:1": (64, 128)}),
    _line("HunyuanImage", "context_embedder.proj_in.", facts={"x_embedder.proj.weight:0": (3584,)}),
    _line(
        "HunyuanVideo", "txt_in.individual_token_refiner.", facts={"img_in.proj.weight:1": (16, 32, 33, 65)}
    ),
    _line("HunyuanVideo", "context_embedder.proj_in.", facts={"x_embedder.proj.weight:0": (2048, 3072)}),
    _line("Wan", "head.modulation", "patch_embedding.", "text_embedding."),
    _line(
        "Wan",
        "condition_embedder.text_embedder.",
        "condition_embedder.time_proj.",
        "patch_embedding.",
        lacks=("head.modulation",),
    ),
    _line("LTX-Video", "patchify_proj.weight", "adaln_single."),
    _line(
        "LTX-Video",
        "proj_in.weight",
        "caption_projection.linear_1.weight",
        "time_embed.emb.",
        lacks=("patchify_proj.weight",),
    ),
    _line("CogVideoX", "patch_embed.text_proj.weight", "time_embedding.", prediction="v"),
    _line("CogView", "patch_embed.text_proj.weight", "time_condition_embed.", prediction=None),
    _line("Mochi", "t5_yproj.weight"),
    _line("Mochi", "time_embed.pooler."),
    _line("Cosmos", "blocks.0.adaln_modulation_cross_attn.1.weight", lacks=("llm_adapter.",)),
    _line("Cosmos", "extra_pos_embedder.pos_emb_h", "blocks.block0.", prediction="epsilon"),
    _line("Cosmos", "time_embed.t_embedder.", "patch_embed.proj.weight", lacks=("patch_embed_base.",)),
    _line("Anima", "blocks.0.adaln_modulation_cross_attn.1.weight", "llm_adapter."),
    _line("Kandinsky", "visual_embeddings."),
    _line("Stable Cascade", "clip_txt_mapper.weight", prediction="epsilon"),
    _line("Stable Cascade", "clip_mapper.weight", prediction="epsilon"),
    _line(
        "Stable Cascade",
        "clip_txt_pooled_mapper.weight",
        "clf.1.weight",
        lacks=("clip_txt_mapper.weight", "clip_mapper.weight"),
        prediction="epsilon",
    ),
    _line("Bria FIBO", "time_embed.timestep_embedder.", "caption_projection.0.linear.weight"),
    _line("Bria FIBO", "perceiver.latent_queries"),
    _line(
        "Bria",
        "time_embed.timestep_embedder.",
        "single_transformer_blocks.",
        lacks=("caption_projection.",),
        facts={"context_embedder.weight:1": (4096,)},
    ),
    _line(
        "LongCat-Image",
        "time_embed.timestep_embedder.",
        "single_transformer_blocks.",
        facts={"context_embedder.weight:1": (3584,)},
    ),
    _line("Ovis-Image", "context_embedder_norm.weight"),
    _line("ERNIE-Image", "layers.0.adaLN_sa_ln.weight"),
    _line("GLM-Image", "glyph_projector."),
    _line("Ideogram 4", "llm_cond_proj.weight"),
    _line("JoyImage", "double_blocks.0.img_mod.modulate_table"),
    _line("NucleusMoE", "transformer_blocks.0.encoder_proj.weight", "txt_norm.weight"),
    _line("PRX", "img_in.weight", "time_in.in_layer.weight", "blocks.0.gate_proj.weight"),
    _line("Hunyuan3D", "latent_in.weight", "cond_in.weight"),
    _line("Stable Audio", "transformer.rotary_pos_emb.inv_freq", prediction="v"),
)
NETWORKS = SignatureTable((*UNETS, *TRANSFORMERS), network_facts)
