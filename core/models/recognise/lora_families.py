"""The families that a LoRA file fits, from the names and widths of the layers that it changes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.models.recognise.adapted import BUNDLE, ChangedLayer, changes, widest
from core.models.recognise.layers import Layers

UNETS = ("SD 1.x", "SD 2.x", "SDXL")
FLUX, KLEIN, SD3, MEDIUM, LARGE = "FLUX.1", "FLUX.2 klein", "SD 3", "SD 3.5 medium", "SD 3.5 large"
SAYS = {  # what trainers and model specs write into the header → family
    r"^sd_?v?1|^sd1|stable-diffusion-v1": ("SD 1.x",),
    r"^sd_?v?2|^sd2|stable-diffusion-v2": ("SD 2.x",),
    r"sdxl|stable-diffusion-xl|^pony|^illustrious|^noob": ("SDXL",),
    r"^sd3\.?5.*large|stable-diffusion-3\.5-large|stable-diffusion-v3\.5-large": (LARGE,),
    r"^sd3\.?5.*medium|stable-diffusion-3\.5-medium": (MEDIUM,),
    r"^sd_?3|stable-diffusion-3|stable-diffusion-v3": (SD3, MEDIUM, LARGE),
    r"flux[-_.]?2.*klein": (KLEIN,),
    r"flux[-_.]?2": ("FLUX.2 dev", KLEIN),
    r"flux": (FLUX,),
    r"chroma": ("Chroma",),
    r"qwen": ("Qwen-Image",),
    r"z-?_?image": ("Z-Image",),
    r"lumina": ("Lumina 2",),
    r"krea-?_?2": ("Krea-2",),
    r"^wan|wan2": ("Wan",),
    r"hunyuan-?_?video": ("HunyuanVideo",),
    r"hidream": ("HiDream",),
    r"anima": ("Anima",),
}
SAID = ("ss_base_model_version", "modelspec.architecture")  # where they say it


@dataclass(frozen=True)
class LoraRule:
    """Layers of such a name, as wide as this, are in a network of one of these families."""

    pattern: re.Pattern[str]
    families: tuple[str, ...]
    into: tuple[int, ...] = ()
    out: tuple[int, ...] = ()

    def holds(self, change: ChangedLayer) -> bool:
        return (
            self.pattern.search(change.within) is not None
            and (not self.into or change.into in self.into)
            and (not self.out or change.out in self.out)
        )


def _rule(pattern: str, *families: str, into: tuple[int, ...] = (), out: tuple[int, ...] = ()) -> LoraRule:
    return LoraRule(re.compile(pattern), families, into, out)


JOINT = r"^(?:joint_blocks|transformer_blocks)_\d+_"
ATTENTION = r"^transformer_blocks_\d+_(?:attn_|ff_|ff_context|norm1)"
# Of transformers: the most telling first, since a layer of several families may stand beside one of a single.
TRANSFORMERS = (
    _rule(r"^txtfusion_|^text_fusion_|^time_mod_proj|^blocks_\d+_attn_(?:w[qkvo]|gate)$", "Krea-2"),
    _rule(r"^distilled_guidance_layer", "Chroma"),
    _rule(r"^double_stream_blocks_|^single_stream_blocks_", "HiDream"),
    _rule(r"^txt_in_individual_token_refiner|^context_embedder_token_refiner", "HunyuanVideo"),
    _rule(r"^(?:double|single)_stream_modulation", "FLUX.2 dev", into=(6144,)),
    _rule(r"^(?:double|single)_stream_modulation", KLEIN),
    _rule(r"^single_transformer_blocks_\d+_attn_to_qkv_mlp_proj", "FLUX.2 dev", into=(6144,)),
    _rule(r"^single_transformer_blocks_\d+_attn_to_qkv_mlp_proj", KLEIN),
    _rule(r"^(?:double|single)_blocks_\d+_", "FLUX.2 dev", into=(6144,)),
    _rule(r"^(?:double|single)_blocks_\d+_", KLEIN, into=(4096,)),
    _rule(r"^double_blocks_\d+_(?:img|txt)_mlp_0$|^single_blocks_\d+_linear1$", KLEIN, out=(18432, 27648)),
    _rule(r"^txt_in$|^context_embedder$", KLEIN, into=(7680, 12288)),
    _rule(r"^(?:double|single)_blocks_\d+_(?:qkv$|proj$|.*_mod_lin|modulation_lin)", FLUX),
    _rule(r"^double_blocks_\d+_(?:img|txt)_mlp_0$|^single_blocks_\d+_linear1$", FLUX, out=(12288, 21504)),
    _rule(r"^single_blocks_\d+_linear2$", FLUX, into=(15360,)),
    _rule(r"^double_blocks_(?:8|9|1\d)_|^single_blocks_(?:2[4-9]|3\d)_", FLUX),
    _rule(r"^(?:double|single)_blocks_\d+_", FLUX, KLEIN, into=(3072, 12288, 0)),
    _rule(r"^transformer_blocks_\d+_(?:img_|txt_)", "Qwen-Image"),
    _rule(r"^single_transformer_blocks_", FLUX),
    _rule(r"^joint_transformer_blocks_", "AuraFlow"),
    _rule(JOINT, LARGE, into=(2432,)),
    _rule(JOINT + r"(?:x_block_attn2|attn2_)", MEDIUM, into=(1536,)),
    _rule(JOINT, SD3, MEDIUM, into=(1536, 6144)),
    _rule(r"^joint_blocks_", SD3, MEDIUM, LARGE),
    _rule(r"^transformer_blocks_(?:19|[2-5]\d)_attn_", "Qwen-Image", into=(3072,)),
    _rule(ATTENTION, "Qwen-Image", FLUX, into=(3072,)),
    _rule(r"^transformer_blocks_\d+_attn1_", "PixArt", into=(1152,)),
    _rule(r"^transformer_blocks_\d+_attn1_", "Sana", into=(2240,)),
    _rule(r"^transformer_blocks_\d+_attn1_", "LTX-Video", into=(2048, 4096)),
    _rule(r"^transformer_blocks_\d+_attn1_", "CogVideoX", into=(1920, 3072)),
    _rule(r"^(?:layers|noise_refiner|context_refiner)_\d+_", "Z-Image", into=(3840, 10240)),
    _rule(r"^(?:layers|noise_refiner|context_refiner)_\d+_", "Lumina 2", into=(2304, 9216)),
    _rule(r"^(?:layers|noise_refiner|context_refiner)_\d+_(?:attention|feed_forward)", "Z-Image", "Lumina 2"),
    _rule(r"^llm_adapter_", "Anima"),
    _rule(r"^blocks_\d+_(?:self|cross)_attn_(?:[qkv]|output)_proj|^blocks_\d+_(?:adaln_modulation|mlp_layer)",
          "Anima", "Cosmos"),
    _rule(r"^blocks_\d+_(?:self_attn|cross_attn|ffn|attn1|attn2)_", "Wan"),
)  # fmt: skip
# Of U-Nets: each leaves some of the three; what all of a file's layers leave is what it fits.
HINTS = (
    _rule(r"attn2_to_[kv]$", "SD 1.x", into=(768,)),
    _rule(r"attn2_to_[kv]$", "SD 2.x", into=(1024,)),
    _rule(r"attn2_to_[kv]$", "SDXL", into=(2048,)),
    _rule(r"_transformer_blocks_[1-9]", "SDXL"),
    _rule(r"^(?:add_embedding|label_emb)_", "SDXL"),
    _rule(r"^down_blocks_0_attentions|^(?:down|up)_blocks_3_|^input_blocks_[12]_1_", "SD 1.x", "SD 2.x"),
    _rule(r"^input_blocks_(?:9|1\d)_|^output_blocks_(?:9|1\d)_", "SD 1.x", "SD 2.x"),
    _rule(r"^up_blocks_0_attentions|^output_blocks_[012]_1_", "SDXL"),
    _rule(r"^up_blocks_1_attentions", "SDXL", out=(640,)),
    _rule(r"^up_blocks_1_attentions", "SD 1.x", "SD 2.x", out=(1280,)),
)
UNET_ROOMS = re.compile(r"^(?:down|up|mid|input|output)_blocks?_|^(?:middle_block|time_embed|conv_in|out_2)")
PROJECTION = re.compile(r"attentions_\d_proj_(?:in|out)$")
WORDS = re.compile(r"self_attn|SelfAttention|resblocks|mlp_fc1")


def lora_families(layers: Layers, metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the families that a file fits, the likeliest first; () where layers and header tell none."""
    found = changes(layers)
    networks = [change for change in found if not change.text]
    fitting: tuple[str, ...] = ()
    for rule in TRANSFORMERS:
        if any(rule.holds(change) for change in networks):
            fitting = rule.families
            break
    if not fitting:
        fitting = _unets(layers, found, networks)
    said = _said(metadata)
    return tuple(family for family in fitting if family in said) or fitting or said


def _unets(
    layers: Layers, found: Sequence[ChangedLayer], networks: Sequence[ChangedLayer]
) -> tuple[str, ...]:
    fitting = set(UNETS)
    for rule in HINTS:
        if any(rule.holds(change) for change in networks):
            fitting &= set(rule.families)
    tests: tuple[tuple[Callable[[ChangedLayer], bool], set[str]], ...] = (
        (
            lambda c: c.prefix == "lora_unet_" and c.within.startswith(("input_", "output_", "middle_")),
            {"SDXL"},
        ),
        (lambda c: bool(PROJECTION.search(c.within)) and c.sides == 4, {"SD 1.x"}),
        (lambda c: bool(PROJECTION.search(c.within)) and c.sides == 2, {"SD 2.x", "SDXL"}),
        (lambda c: c.prefix in ("lora_te_", "te."), {"SD 1.x", "SD 2.x"}),
        (lambda c: c.prefix in ("lora_te2_", "text_encoder_2.", "lora_te1_"), {"SDXL"}),
    )
    for test, families in tests:
        if any(test(change) for change in found):
            fitting &= families
    texts = [change for change in found if change.text]
    widths = widest(texts, WORDS)
    fitting -= {"SD 2.x"} if 768 in widths else set()
    fitting &= {"SD 2.x"} if 1024 in widths else fitting
    if any(key.startswith(BUNDLE) and key.endswith(".clip_g") for key in layers.shapes):
        fitting &= {"SDXL"}
    if any(UNET_ROOMS.search(change.within) for change in networks):
        return tuple(family for family in UNETS if family in fitting)
    if 4096 in widths or any(change.prefix == "lora_te3_" for change in texts):
        return SD3, FLUX
    if texts and not networks:  # of text encoders alone
        return tuple(family for family in (*UNETS, SD3, FLUX) if family in fitting or family in (SD3, FLUX))
    return ()


def _said(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """What the header says, where it says anything known."""
    for key in SAID:
        text = metadata.get(key, "").lower()
        for pattern, families in SAYS.items():
            if text and re.search(pattern, text):
                return families
    return ()
