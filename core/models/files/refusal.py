"""Why a file can't be opened as a model, and what to do instead: one sentence each. No torch."""

import re
from pathlib import Path

from core.errors import InputError
from core.models.families import DRAWN, refiner
from core.models.files.gguf import OTHER_FORMAT, READ
from core.models.files.header import read_header
from core.models.lora.others import not_fused
from core.models.recognise.file import recognise_file
from core.models.recognise.formats import UNREAD
from core.models.recognise.kinds import ModelKind, Recognised

WHOLE = "Get the whole checkpoint, or the diffusers folder of this model."
OPENS = "Choose a model of SD 1, 2, XL, 3 or 3.5, Z-Image, FLUX.1, FLUX.2 klein, Chroma or Qwen-Image."
SHARD = re.compile(r"-(\d{5})-of-(\d{5})$")
WHOLE_OF = "pruned "  # how families with fewer layers are called; a folder's settings say how many
AS_MODEL = "Open it as the model, and choose a LoRA file here."
WHATS = {
    ModelKind.NETWORK: "the network",
    ModelKind.CHECKPOINT: "a checkpoint",
    ModelKind.FOLDER: "the diffusers folder",
}
PARTS = {"network": "the network", "vae": "the VAE", "text_encoder": "the text encoders"}
# Kinds that are no models: what they are, and what to do instead. {title}: what it is called; {base}: the
# models that it is made for.
KINDS = {
    ModelKind.VAE: (
        "is the VAE of {title} alone, which turns latents into pictures",
        "Open a model of {base} first, then choose this file as its VAE: Model ▸ VAE, or --vae.",
    ),
    ModelKind.TEXT_ENCODER: (
        "is a text encoder alone ({title}), one part of a model",
        "Open the network that reads it: it is found beside that, in ComfyUI's text_encoders folder, and "
        "where it was fetched to.",
    ),
    ModelKind.IMAGE_ENCODER: (
        "is an image encoder ({title}), which reads pictures for adapters",
        OPENS,
    ),
    ModelKind.LORA: (
        "is a LoRA for {title}, not a model",
        "Open a model of {base} first, then add the LoRA to it.",
    ),
    ModelKind.CONTROLNET: (
        "is a ControlNet or its like for {title}, which this program can't use",
        "Open a model of {base}: mask and prompts guide it here.",
    ),
    ModelKind.IP_ADAPTER: (
        "is an IP-Adapter or its like for {title}, which this program can't use",
        "Open a model of {base}, and say in words what the picture should show.",
    ),
    ModelKind.TEXTUAL_INVERSION: (
        "is a textual inversion for {title}: a word for prompts, not a model",
        "Keep it in the embeddings folder of ComfyUI or Automatic1111, and name it in a prompt for {base}.",
    ),
    ModelKind.HYPERNETWORK: (
        "is a hypernetwork for {title}, which this program can't use",
        "Look for a LoRA of the same style, and add that to a model.",
    ),
    ModelKind.MOTION_MODULE: (
        "is a motion module for {title}, which makes films, not edits",
        "Open a model of {base}.",
    ),
    ModelKind.UPSCALER: (
        "is an upscaler or restorer ({title}): it enlarges pictures, and can't change what is in them",
        OPENS,
    ),
    ModelKind.SEGMENTER: (
        "is a segmentation model ({title}): it selects on pictures, and draws none",
        "Open the folder that it lies in with its config.json, as facebook/sam2.1-hiera-tiny has it.",
    ),
}
BASE = "Choose the base model: it edits here with mask and prompts."
SEES = "{name} is {title}: its network sees another picture beside the noisy one."
EDM = "{name} is of EDM's kind ({title}), which this program can't use."
ALSO_SEE = ("Qwen-Image-Edit", "Qwen-Image-Layered")  # variants of a family that is drawn with
OTHERS = {  # families near those that are drawn with: why not they, and what to do instead
    "Playground 2.5": (EDM, "Choose another SDXL model."),
    "CosXL": (EDM, "Choose another SDXL model."),
    "CosXL Edit": (EDM, "Choose another SDXL model."),
    "SD 1.x InstructPix2Pix": (SEES, BASE),
    "SDXL InstructPix2Pix": (SEES, BASE),
    "SD 1.x depth": (SEES, BASE),
    "SD 2.x depth": (SEES, BASE),
    "SD 2.x unCLIP": (SEES, BASE),
    "SD 2.x upscaler": (SEES, "Choose the base model: this one enlarges pictures."),
    "Marigold": ("{name} is Marigold: it finds the depth of pictures, and can't change them.", OPENS),
    "Stable Video Diffusion": ("{name} is {title}: it makes a film of a picture, and reads no text.", OPENS),
}


def refusal(told: Recognised, name: str) -> InputError | None:
    """Why this program can't draw with a file, None when nothing that was recognised speaks against it.

    name: the file's.
    """
    if told.why:
        return InputError(told.why, told.hint)
    if told.kind in KINDS:
        what, hint = (text.format(title=_title(told), base=_base(told)) for text in KINDS[told.kind])
        return InputError(f"{name} {what}.", hint)
    if told.kind is ModelKind.GGUF:
        return _gguf(told, name)
    if told.kind in WHATS:
        return _network(told, name)
    return _unknown(name)


def check_lora(path: Path) -> None:
    """InputError for a file that can't be added to a model as a LoRA, for what its header says."""
    told = recognise_file(path)
    if told.why:
        raise InputError(told.why, told.hint)
    if told.kind in WHATS:
        what = f"{WHATS[told.kind]} of {told.title or 'a model'}"
        raise InputError(f"{path.name} is {what}, not a LoRA.", AS_MODEL)
    refused = refusal(told, path.name)
    # what is in a file of no known kind is told when it is read
    if refused is not None and told.kind not in (ModelKind.LORA, ModelKind.UNKNOWN):
        raise InputError(refused.message, "Choose a LoRA file.")
    if told.kind is ModelKind.LORA and (other := not_fused(read_header(path).tensors, path.name)) is not None:
        raise other


def _network(told: Recognised, name: str) -> InputError | None:
    if "SDXL refiner" in told.families:
        return refiner(name)
    special = next((OTHERS[family] for family in told.families if family in OTHERS), None)
    if special is not None:
        why, hint = special
        return InputError(why.format(name=name, title=told.title), hint)
    if told.variant in ALSO_SEE:
        return InputError(SEES.format(name=name, title=told.title), BASE)
    what, folder = WHATS[told.kind], told.kind is ModelKind.FOLDER
    if folder and not told.families:
        return None  # its settings tell
    if "network" in told.lacks:
        return _lacks(told, name)
    if not told.families:
        why = f"{name} is {what} of a model that draws, but of no family that this program knows."
        return InputError(why, OPENS)
    if not {family.removeprefix(WHOLE_OF) if folder else family for family in told.families} & DRAWN:
        return InputError(f"{name} is {what} of {told.title}, which this program can't draw with.", OPENS)
    if folder:
        return None
    if told.format in UNREAD:
        why = f"{name} is packed as {told.format}, which this program can't read."
        return InputError(why, f"Get {told.title} in float16, bfloat16 or float8.")
    return None  # what it lacks may lie elsewhere


def _lacks(told: Recognised, name: str) -> InputError:
    return InputError(f"{name} lacks {' and '.join(PARTS[part] for part in told.lacks)}.", WHOLE)


def _gguf(told: Recognised, name: str) -> InputError | None:
    drawn = bool({*told.families} & DRAWN)
    if drawn and told.format in READ:
        return None
    of = f" of {told.title}" if told.title else ""
    why = f"{name} is a GGUF file{of} ({told.format}), which this program can't open."
    return InputError(why, OTHER_FORMAT if drawn else OPENS)


def _unknown(name: str) -> InputError:
    shard = SHARD.search(name.rpartition(".")[0])
    if shard is not None:
        why = f"{name} is part {int(shard[1])} of the {int(shard[2])} files of a model."
        return InputError(why, "Open the folder of the whole model.")
    return InputError(f"{name} is of no kind of model that this program knows.", OPENS)


def _title(told: Recognised) -> str:
    return told.title or "a family unknown"


def _base(told: Recognised) -> str:
    return told.family or "the family that it was made for"
