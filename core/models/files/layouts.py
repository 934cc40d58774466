"""How whole models are written into single files: which weights lie under which prefix. No torch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.models.families import CHROMA, FLUX, KLEIN, QWEN_IMAGE, SD, SD3, SDXL, Z_IMAGE, Family

NETWORK = "model.diffusion_model."
VAE = "first_stage_model."

# text encoders: their prefix in whole files, and the word vectors of those that are no CLIP
CLIP_L = "text_encoders.clip_l.transformer."
T5 = "text_encoders.t5xxl.transformer."
T5_WORDS = "shared.weight"
QWEN3 = "text_encoders.qwen3_4b.transformer.model."
QWEN_WORDS = "embed_tokens.weight"


@dataclass(frozen=True)
class CheckpointLayout:
    """One way in which a family is written into a single file.

    config    the file in resources/models
    encoders  text encoder → the prefix of its weights
    open_clip names of encoders in OpenCLIP's own layout (fused attention), the others being in Hugging Face's
    mark      what a transformer of its has and no other network; of U-Nets their text encoders tell
    words     names of word vectors, of encoders that are no CLIP
    chat      of a network that reads a language model: the weight of it that does, and how many of the
              model's layers it reads side by side
    sees      that language model sees pictures too, for which its files have weights
    last      the weight of the network's last layer
    tokenizer which tokenizer its files lack and can't do without (text.tokenizer_places), "" for none
    distilled what of its schedule is another in models that are distilled for few steps
    variants  the same in others, by what they are called
    """

    family: Family
    config: str
    encoders: Mapping[str, str]
    open_clip: tuple[str, ...] = ()
    mark: str = ""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    chat: tuple[str, int] | None = None
    sees: bool = False
    last: str = "final_layer.linear.weight"
    tokenizer: str = ""
    distilled: Mapping[str, float] = field(default_factory=dict[str, float])
    variants: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])

    def room(self, part: str) -> str:
        """The prefix of a part's weights."""
        return {self.family.network: NETWORK, "vae": VAE, **self.encoders}[part]

    def is_open_clip(self, encoder: str, keys: Iterable[str]) -> bool:
        """Whether an encoder is in OpenCLIP's layout: as in whole files, unless its names say otherwise."""
        prefix = self.encoders[encoder]
        return any(key.startswith(f"{prefix}transformer.resblocks.") for key in keys)

    def token_embedding(self, encoder: str) -> str:
        """The key of an encoder's word vectors."""
        within = "" if encoder in self.open_clip else "text_model.embeddings."
        return self.encoders[encoder] + self.words.get(encoder, f"{within}token_embedding.weight")


SD1_FILE = CheckpointLayout(SD, "sd1", {"text_encoder": "cond_stage_model.transformer."})
SD2_FILE = CheckpointLayout(
    SD, "sd2", {"text_encoder": "cond_stage_model.model."}, open_clip=("text_encoder",)
)
SDXL_FILE = CheckpointLayout(
    SDXL,
    "sdxl",
    {
        "text_encoder": "conditioner.embedders.0.transformer.",
        "text_encoder_2": "conditioner.embedders.1.model.",
    },
    open_clip=("text_encoder_2",),
)
SD3_FILE = CheckpointLayout(
    SD3,
    "sd3",
    {
        "text_encoder": CLIP_L,
        "text_encoder_2": "text_encoders.clip_g.transformer.",
        "text_encoder_3": T5,
    },
    mark="joint_blocks.0.",
    words={"text_encoder_3": T5_WORDS},
)
Z_IMAGE_FILE = CheckpointLayout(
    Z_IMAGE,
    "z_image",
    {"text_encoder": QWEN3},
    mark="cap_pad_token",
    words={"text_encoder": QWEN_WORDS},
    chat=("cap_embedder.1.weight", 1),
    tokenizer="qwen3",
    distilled={"shift": 3.0},  # Z-Image-Turbo
)
KLEIN_FILE = CheckpointLayout(
    KLEIN,
    "flux2_klein",
    {"text_encoder": QWEN3},
    mark="double_stream_modulation_img.lin.",
    words={"text_encoder": QWEN_WORDS},
    chat=("txt_in.weight", 3),
    tokenizer="qwen3",
)
FLUX_FILE = CheckpointLayout(
    FLUX,
    "flux1",
    {
        "text_encoder": CLIP_L,
        "text_encoder_2": T5,
    },
    mark="vector_in.",
    words={"text_encoder_2": T5_WORDS},
    tokenizer="t5",
)
# As scheduler/scheduler_config.json says in lodestones' folders: a shift of 3 in Chroma1-HD, as chroma.json
# has it, 1 in Chroma1-Flash, none in Chroma1-Base, whatever the picture's size (diffusers issue 12112). Only
# that of lodestones/Chroma, before them, goes by size.
CHROMA_FILE = CheckpointLayout(
    CHROMA,
    "chroma",
    {"text_encoder": T5},
    mark="distilled_guidance_layer.",
    words={"text_encoder": T5_WORDS},
    tokenizer="t5",
    variants={"Chroma Flash": {"shift": 1.0}, "Chroma Base": {"shift": 1.0}},
)
QWEN_IMAGE_FILE = CheckpointLayout(
    QWEN_IMAGE,
    "qwen_image",
    {"text_encoder": "text_encoders.qwen25_7b.transformer.model."},
    mark="transformer_blocks.0.img_mod.",
    words={"text_encoder": QWEN_WORDS},
    chat=("txt_in.weight", 1),
    sees=True,
    last="proj_out.weight",
    tokenizer="qwen3",
)
LAYOUTS = (
    SD1_FILE,
    SD2_FILE,
    SDXL_FILE,
    SD3_FILE,
    Z_IMAGE_FILE,
    KLEIN_FILE,
    FLUX_FILE,
    CHROMA_FILE,
    QWEN_IMAGE_FILE,
)
