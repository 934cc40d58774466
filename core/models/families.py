"""The families of models that this program draws with, by the pipeline that a folder names. No torch."""

from dataclasses import dataclass

from core.errors import InputError


@dataclass(frozen=True)
class Family:
    """What a diffusers folder of this family holds.

    network    the folder of the part that is asked at every step
    encoders   folders of its text encoders, in the order the network reads them; `tokenizers` go with them
    optional   folders that such a model may lack
    draws      what such models are called (core.models.recognise) where a single file is opened
    single_vae its VAE is computed in single precision: half precision is too narrow for it
    wide       its half precision should be bfloat16 where there is one: float16 is too narrow for its numbers
    """

    name: str
    network: str
    encoders: tuple[str, ...]
    tokenizers: tuple[str, ...]
    draws: tuple[str, ...]
    optional: tuple[str, ...] = ()
    wide: bool = False
    single_vae: bool = False

    @property
    def flows(self) -> bool:
        """Its network predicts a flow, as all transformers here do. A U-Net may: its scheduler says so."""
        return self.network == "transformer"

    @property
    def weights(self) -> tuple[str, ...]:
        """The folders that hold weights."""
        return (self.network, "vae", *self.encoders)

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders that must be there."""
        every = (*self.weights, *self.tokenizers, "scheduler")
        return tuple(part for part in every if part not in self.optional)


SD = Family(
    "Stable Diffusion",
    "unet",
    ("text_encoder",),
    ("tokenizer",),
    draws=("SD 1.x", "SD 1.x inpainting", "pruned SD 1.x", "SD 2.x", "SD 2.x inpainting", "pruned SD 2.x"),
)
SDXL = Family(
    "Stable Diffusion XL",
    "unet",
    ("text_encoder", "text_encoder_2"),
    ("tokenizer", "tokenizer_2"),
    draws=("SDXL", "SDXL inpainting", "pruned SDXL"),
)
SD3 = Family(
    "Stable Diffusion 3",
    "transformer",
    ("text_encoder", "text_encoder_2", "text_encoder_3"),
    ("tokenizer", "tokenizer_2", "tokenizer_3"),
    draws=("SD 3", "SD 3.5 medium", "SD 3.5 large"),
    optional=("text_encoder_3", "tokenizer_3"),
    wide=True,
)
Z_IMAGE = Family(
    "Z-Image",
    "transformer",
    ("text_encoder",),
    ("tokenizer",),
    draws=("Z-Image",),
    wide=True,
)
KLEIN = Family(
    "FLUX.2 klein",
    "transformer",
    ("text_encoder",),
    ("tokenizer",),
    draws=("FLUX.2 klein",),
    wide=True,
)
FLUX = Family(
    "FLUX.1",
    "transformer",
    ("text_encoder", "text_encoder_2"),
    ("tokenizer", "tokenizer_2"),
    draws=("FLUX.1 dev", "FLUX.1 schnell", "FLUX.1"),
    wide=True,
)
CHROMA = Family(
    "Chroma",
    "transformer",
    ("text_encoder",),
    ("tokenizer",),
    draws=("Chroma",),
    wide=True,
)
QWEN_IMAGE = Family(
    "Qwen-Image",
    "transformer",
    ("text_encoder",),
    ("tokenizer",),
    draws=("Qwen-Image",),
    wide=True,
    single_vae=True,
)

FAMILIES = {  # `_class_name` in model_index.json → family
    "StableDiffusionPipeline": SD,
    "StableDiffusionImg2ImgPipeline": SD,
    "StableDiffusionInpaintPipeline": SD,
    "StableDiffusionDiffEditPipeline": SD,
    "StableDiffusionXLPipeline": SDXL,
    "StableDiffusionXLImg2ImgPipeline": SDXL,
    "StableDiffusionXLInpaintPipeline": SDXL,
    "StableDiffusion3Pipeline": SD3,
    "StableDiffusion3Img2ImgPipeline": SD3,
    "StableDiffusion3InpaintPipeline": SD3,
    "ZImagePipeline": Z_IMAGE,
    "ZImageImg2ImgPipeline": Z_IMAGE,
    "ZImageInpaintPipeline": Z_IMAGE,
    "FluxPipeline": FLUX,
    "FluxImg2ImgPipeline": FLUX,
    "FluxInpaintPipeline": FLUX,
    "ChromaPipeline": CHROMA,
    "ChromaImg2ImgPipeline": CHROMA,
    "ChromaInpaintPipeline": CHROMA,
    "QwenImagePipeline": QWEN_IMAGE,
    "QwenImageImg2ImgPipeline": QWEN_IMAGE,
    "QwenImageInpaintPipeline": QWEN_IMAGE,
    "Flux2KleinPipeline": KLEIN,
    "Flux2KleinInpaintPipeline": KLEIN,
}
DRAWN = frozenset(name for family in FAMILIES.values() for name in family.draws)


def family_of(name: str, index: dict[str, object]) -> Family:
    """The family that a model_index.json speaks of. InputError for any other kind, and for SDXL's refiner."""
    family = FAMILIES.get(str(index.get("_class_name")))
    if family is None:
        kind = index.get("_class_name", "model of unknown kind")
        raise InputError(
            f"{name} is a {kind}, which this program can't use.",
            f"It opens {', '.join(dict.fromkeys(known.name for known in FAMILIES.values()))} models.",
        )
    if index.get("requires_aesthetics_score"):
        raise refiner(name)
    return family


def refiner(name: str) -> InputError:
    """Why SDXL's refiner is refused, and what to do."""
    return InputError(
        f"{name} is a refiner: it knows the last fifth of the noise only, so it can polish a picture but not "
        "change what is in it.",
        "Choose the base model that it belongs to.",
    )
