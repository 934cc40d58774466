"""What guides a network or is added to it, in files of their own: ControlNets, adapters, embeddings, motion.

A table: see networks.py.
"""

from core.models.recognise.kinds import ModelKind
from core.models.recognise.layers import Layers
from core.models.recognise.signature import Fact, Facts, Signature, SignatureTable
from core.models.recognise.unet import CLASSES, READS, TEXT

BY_READS = {"sd1": "SD 1.x", "sd2": "SD 2.x", "sdxl": "SDXL"}
MOST_WORDS = 256  # that a textual inversion stands for
WIDTHS = (768, 1024, 1280)


def guide_facts(layers: Layers) -> Facts:
    """reads: whose text a U-Net's guide knows (a value of READS), None when it knows none.

    image_text: the width of text tokens that an IP-Adapter's keys are beside.
    words: "768", "1024", "768 1280" … for vectors of words and nothing else.
    """
    text = next((shape[-1] for key, shape in layers.shapes.items() if key.endswith(TEXT) and shape), None)
    classes = next((layers.side(key, 1) for key in CLASSES if key in layers.shapes), None)
    image = next(
        (shape[-1] for key, shape in layers.shapes.items() if key.endswith("to_k_ip.weight") and shape), None
    )
    reads = READS.get(text or 0) or ("sdxl" if classes == 2816 else None)
    return {"reads": reads, "image_text": image, "words": _words(layers)}


def _words(layers: Layers) -> str | None:
    """Widths of the vectors, where a file holds a handful of vectors of words and nothing else."""
    shapes = dict(layers.shapes)
    names = {"emb_params", "clip_l", "clip_g", "string_to_param.*"}
    plain = not shapes.keys() & {"weight", "bias"} and all("." not in key for key in shapes)  # "<cat-toy>"
    named = len(shapes) <= 4 and (plain or shapes.keys() <= names)
    fits = all(
        1 <= len(s) <= 2 and s[-1] in WIDTHS and (len(s) == 1 or s[0] <= MOST_WORDS) for s in shapes.values()
    )
    if not shapes or not named or not fits:
        return None
    return " ".join(sorted({str(shape[-1]) for shape in shapes.values()}))


def _guide(
    kind: ModelKind,
    family: str | tuple[str, ...],
    *has: str,
    lacks: tuple[str, ...] = (),
    facts: dict[str, tuple[Fact, ...]] | None = None,
) -> Signature:
    return Signature(kind, family, has, lacks, facts or {})


def _each(kind: ModelKind, *has: str, lacks: tuple[str, ...] = ()) -> tuple[Signature, ...]:
    """One line for each U-Net family, told apart by whose text is read."""
    return tuple(
        _guide(kind, name, *has, lacks=lacks, facts={"reads": (reads,)}) for reads, name in BY_READS.items()
    )


NET, IP, TI, MOTION = (
    ModelKind.CONTROLNET,
    ModelKind.IP_ADAPTER,
    ModelKind.TEXTUAL_INVERSION,
    ModelKind.MOTION_MODULE,
)
GUIDES = SignatureTable(
    (
        *_each(NET, "zero_convs.", "input_hint_block."),
        *_each(NET, "controlnet_down_blocks.", "controlnet_mid_block."),
        *_each(NET, "lora_controlnet", "input_hint_block."),
        *_each(NET, "enc_zero_convs_out."),  # ControlNet-XS
        *_each(NET, "ctrl_to_base.", lacks=("base_conv_in.",)),
        _guide(NET, ("SD 1.x", "SD 2.x"), "zero_convs.", "input_hint_block.", facts={"reads": (None,)}),
        _guide(NET, "FLUX.1", "controlnet_blocks.", "double_blocks."),
        _guide(NET, "FLUX.1", "controlnet_blocks.", "single_transformer_blocks."),
        _guide(
            NET,
            "FLUX.1",
            "controlnet_blocks.",
            "controlnet_x_embedder.",
            "time_text_embed.text_embedder.",
            lacks=("single_transformer_blocks.",),
        ),
        _guide(NET, "Qwen-Image", "controlnet_blocks.", "txt_norm.weight"),
        _guide(NET, "Qwen-Image", "controlnet_blocks.0.y_rms.weight"),
        _guide(NET, "SD 3", "controlnet_blocks.", "pos_embed_input."),
        _guide(NET, "SD 3.5 large", "controlnet_blocks.", "y_embedder."),
        _guide(NET, "Sana", "controlnet_blocks.", "patch_embed.proj.weight", "caption_norm.weight"),
        _guide(NET, "HunyuanDiT", "controlnet_blocks.", "text_embedding_padding"),
        _guide(NET, "Z-Image", "control_layers."),
        _guide(NET, "Cosmos", "patch_embed_base.", "control_blocks."),
        _guide(NET, "SDXL", "lllite_unet_"),
        # T2I-Adapters
        _guide(NET, ("SD 1.x", "SD 2.x"), "body.0.in_conv.weight", lacks=("adapter.",)),
        _guide(
            NET,
            ("SD 1.x", "SD 2.x"),
            "conv_in.weight",
            "body.0.block1.weight",
            facts={"conv_in.weight:1": (64, 192)},
        ),
        _guide(NET, "SDXL", "conv_in.weight", "body.0.block1.weight", facts={"conv_in.weight:1": (256, 768)}),
        _guide(
            NET, ("SD 1.x", "SD 2.x"), "adapter.body.", facts={"adapter.conv_in.weight:1": (64, 192, None)}
        ),
        _guide(NET, "SDXL", "adapter.body.", facts={"adapter.conv_in.weight:1": (256, 768)}),
        _guide(IP, "SD 1.x", "ip_adapter.", lacks=("pulid_ca.",), facts={"image_text": (768,)}),
        _guide(IP, "SD 2.x", "ip_adapter.", facts={"image_text": (1024,)}),
        _guide(IP, "SDXL", "ip_adapter.", facts={"image_text": (2048,)}),
        _guide(IP, "FLUX.1", "ip_adapter.", facts={"image_text": (4096, 3072)}),
        _guide(IP, "SD 3.5 large", "ip_adapter.", facts={"image_text": (2432,)}),
        _guide(IP, "FLUX.1", "ip_adapter_proj_model."),
        _guide(IP, "FLUX.1", "redux_up.weight"),
        _guide(IP, ("FLUX.1", "SDXL"), "pulid_ca."),
        _guide(IP, "SDXL", "id_encoder.", "lora_weights."),
        _guide(TI, "SD 1.x", facts={"words": ("768",)}),
        _guide(TI, "SD 2.x", facts={"words": ("1024",)}),
        _guide(TI, "SDXL", facts={"words": ("1280 768", "1280")}),
        _guide(
            MOTION,
            "SD 1.x",
            "down_blocks.0.motion_modules.",
            "down_blocks.3.motion_modules.",
            lacks=("conv_in.weight",),
        ),
        _guide(
            MOTION,
            "SDXL",
            "down_blocks.0.motion_modules.",
            lacks=("conv_in.weight", "down_blocks.3.motion_modules."),
        ),
        _guide(ModelKind.HYPERNETWORK, ("SD 1.x", "SD 2.x", "SDXL"), "768.", "320."),
        _guide(ModelKind.HYPERNETWORK, ("SD 1.x", "SD 2.x", "SDXL"), "320.", "640.", lacks=("768.",)),
    ),
    guide_facts,
)
