"""The U-Nets of Stable Diffusion, known by a few facts, in the original layout and in diffusers'. A table."""

from core.models.recognise.kinds import ModelKind
from core.models.recognise.layers import Layers
from core.models.recognise.signature import Fact, Facts, Signature

FIRST = ("input_blocks.0.0.weight", "conv_in.weight")  # (width, channels, 3, 3), by layout
ROOMS = ("middle_block.", "mid_block.", "output_blocks.", "up_blocks.")
CLASSES = (  # what it is conditioned by beside time and text: pooled text, sizes, noise levels
    "label_emb.0.0.weight",
    "add_embedding.linear_1.weight",
    "class_embedding.linear_1.weight",
)
TEXT, TRANSFORMER = ".attn2.to_k.weight", ".attn1.to_q.weight"  # endings of their attention
PROJECTIONS = (  # linear but in SD 1, where they are convolutions
    "middle_block.1.proj_in.weight",
    "mid_block.attentions.0.proj_in.weight",
)
READS = {768: "sd1", 1024: "sd2", 2048: "sdxl", 1280: "refiner", 4096: "wide"}  # by the width of text tokens
WHOLE = {"sd1": 16, "sd2": 16, "sdxl": 70}  # transformer blocks of the whole network
MARKS = {  # layers that only relatives have → the fact "mark"
    "control": ("zero_convs.", "input_hint_block.", "controlnet_cond_embedding.", "controlnet_down_blocks."),
    "motion": ("down_blocks.0.motion_modules.", "input_blocks.1.motion_modules."),
    "temporal": ("transformer_in.", "down_blocks.0.temp_convs."),
    "kandinsky 3": ("add_time_condition.",),
    "video": (
        ".time_stack.0.attn1.to_q.weight",
        ".temporal_transformer_blocks.0.attn1.to_q.weight",
    ),
    "kandinsky": ("encoder_hid_proj.image_embeds.", "add_embedding.image_norm."),
    "if": ("add_embedding.pool.",),
    "gligen": ("position_net.",),
    "edm": ("edm_mean", "edm_std"),
    "edm v": ("edm_vpred.",),
}


def unet_facts(layers: Layers) -> Facts:
    """What U-Nets differ by; {} for other networks.

    channels  of the latents that the first layer takes
    reads     whose text, by the width of its tokens: a value of READS; else by its build
    classes   width of what it knows beside time and text, None without
    pruned    whether it lacks blocks that the whole network has
    mark      a key of MARKS, "" for a plain one
    """
    first = next((key for key in FIRST if len(layers.shapes.get(key, ())) == 4), None)
    if first is None or not any(map(layers.has, ROOMS)):
        return {}
    text = next((shape[-1] for key, shape in layers.shapes.items() if key.endswith(TEXT) and shape), None)
    classes = next((layers.side(key, 1) for key in CLASSES if key in layers.shapes), None)
    linear = any(len(layers.shapes.get(key, ())) == 2 for key in PROJECTIONS)
    reads = READS.get(text or 0) or ("sdxl" if classes else "sd2" if linear else "sd1")
    blocks = sum(key.endswith(TRANSFORMER) for key in layers.shapes)
    mark = next((mark for mark, names in MARKS.items() if any(map(layers.has, names))), "")
    return {
        "channels": layers.side(first, 1),
        "reads": reads,
        "classes": classes,
        "pruned": text in READS and blocks < WHOLE.get(reads, 0),
        "mark": "kolors" if classes == 5632 and not mark else mark,
    }


def _unet(
    family: str,
    prediction: str | None,
    reads: str | tuple[str, ...],
    *channels: int,
    **facts: Fact | tuple[Fact, ...],
) -> Signature:
    told: dict[str, Fact | tuple[Fact, ...]] = {"reads": reads, "channels": channels, "mark": "", **facts}
    every = {name: value if isinstance(value, tuple) else (value,) for name, value in told.items()}
    return Signature(ModelKind.NETWORK, family, facts=every, prediction=prediction)


UNETS = (
    _unet("SD 1.x", "epsilon", "sd1", 4, pruned=False),
    _unet("pruned SD 1.x", "epsilon", "sd1", 4, pruned=True),
    _unet("SD 1.x inpainting", "epsilon", "sd1", 9),
    _unet("SD 1.x InstructPix2Pix", "epsilon", "sd1", 8),
    _unet("SD 1.x depth", "epsilon", "sd1", 5),
    _unet("SD 2.x", None, "sd2", 4, classes=None, pruned=False),
    _unet("pruned SD 2.x", None, "sd2", 4, classes=None, pruned=True),
    _unet("SD 2.x inpainting", "epsilon", "sd2", 9),
    _unet("SD 2.x depth", "epsilon", "sd2", 5),
    _unet("SD 2.x upscaler", "v", "sd2", 7),
    _unet("SD 2.x unCLIP", None, "sd2", 4, classes=(1536, 2048)),
    _unet("Marigold", None, "sd2", 8, 12, classes=None),
    _unet("Stable Video Diffusion", "v", ("sd2", "sdxl", "sd1"), 4, 8, mark="video"),
    _unet("SDXL", "epsilon", "sdxl", 4, pruned=False),
    _unet("pruned SDXL", "epsilon", "sdxl", 4, pruned=True),
    _unet("SDXL inpainting", "epsilon", "sdxl", 9),
    _unet("SDXL InstructPix2Pix", "epsilon", "sdxl", 8),
    _unet("SDXL refiner", "epsilon", "refiner", 4, classes=2560),
    _unet("Playground 2.5", "epsilon", "sdxl", 4, mark="edm"),
    _unet("CosXL", "v", "sdxl", 4, mark="edm v"),
    _unet("CosXL Edit", "v", "sdxl", 8, mark="edm v"),
    _unet("Kolors", "epsilon", "sdxl", 4, 8, 9, mark="kolors"),
    _unet("AnimateDiff", "epsilon", tuple(READS.values()), 4, 9, mark="motion"),
    _unet("Kandinsky 2", "epsilon", tuple(READS.values()), 4, 8, 9, mark="kandinsky"),
    _unet("Kandinsky 3", "epsilon", tuple(READS.values()), 4, mark="kandinsky 3"),
    _unet("ModelScope video", "epsilon", tuple(READS.values()), 4, 8, mark="temporal"),
    _unet("DeepFloyd IF", "epsilon", tuple(READS.values()), 3, 6, mark="if"),
    _unet("GLIGEN", "epsilon", ("sd1", "sd2", "sdxl"), 4, 9, mark="gligen"),
)
