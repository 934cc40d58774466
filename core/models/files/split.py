"""The parts that a file lacks, found by their headers: beside it, or where programs keep them. No torch."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from core.errors import InputError
from core.models import programs
from core.models.families import FLUX, SD3
from core.models.files import gguf_encoder
from core.models.files.gguf_encoder import encoder_header
from core.models.files.header import SafetensorsHeader, read_header
from core.models.files.layouts import (
    LAYOUTS,
    NETWORK,
    SD1_FILE,
    SD2_FILE,
    SDXL_FILE,
    T5_WORDS,
    CheckpointLayout,
)
from core.models.hub.repository import QUANTISED, SAFE, SINGLE
from core.models.recognise.file import recognise_file, recognise_header
from core.models.recognise.kinds import ModelKind
from core.models.vae.config import latent_channels
from core.models.vae.files import vae_header
from resources import models_folder

WORDS = {"vae": "VAE", "text_encoder": "text encoder", "text_encoder_2": "second text encoder"}
EMBEDDINGS = (
    "text_model.embeddings.token_embedding.weight",
    "token_embedding.weight",
)  # of CLIP: (words, width)
VAES = {  # which by its name is whose
    "sd1": ("SD 1.x",),
    "sd2": ("SD 2.x",),
    "sdxl": ("SDXL", "SDXL for half precision"),
    "sd3": ("SD 3",),
    "z_image": ("FLUX.1",),
    "flux2_klein": ("FLUX.2",),
    "flux1": ("FLUX.1",),
    "chroma": ("FLUX.1",),
    "qwen_image": ("Qwen-Image or Wan",),
}
Headers = Mapping[str, SafetensorsHeader]


def with_prefix(header: SafetensorsHeader) -> SafetensorsHeader:
    """A network alone, by the names that it has in a whole file."""
    marks = ("input_blocks.0.0.weight", *(layout.mark for layout in LAYOUTS if layout.mark))
    bare = any(map(header.under, marks))
    return _under(NETWORK, header) if bare else header


def layout_of(header: SafetensorsHeader) -> CheckpointLayout:
    """The layout of a file without text encoders, by its network."""
    for layout in LAYOUTS:
        if layout.mark and header.under(NETWORK + layout.mark):
            return layout
    if header.under(f"{NETWORK}label_emb."):
        return SDXL_FILE
    projections = (key for key in header.under(NETWORK) if key.endswith("proj_in.weight"))
    flat = next((len(header.tensors[key].shape) == 2 for key in projections), False)
    return SD2_FILE if flat else SD1_FILE


def found_elsewhere(header: SafetensorsHeader, layout: CheckpointLayout, missing: tuple[str, ...]) -> Headers:
    """The missing parts, by the names of a whole file. InputError names one that isn't found, and where."""
    config: dict[str, Any] = msgspec.json.decode((models_folder() / f"{layout.config}.json").read_bytes())
    found, looked, lacking = dict[str, SafetensorsHeader](), dict[str, None](), list[str]()
    unread = dict[str, None]()
    for part in missing:
        files = tuple(dict.fromkeys(_places(part, header.path)))
        fitting = filter(None, (_taken(file, part, header, layout, config) for file in files))
        if (taken := next(fitting, None)) is not None:
            found[part] = taken
        else:
            lacking.append(f"the {WORDS[part]}")
            looked |= dict.fromkeys(str(file.parent) for file in files)
            unread |= dict.fromkeys(filter(None, (_unread(file) for file in files)))
    if lacking:
        where = ", ".join(looked) or "no other model's folder"
        why = f"{header.path.name} lacks {' and '.join(lacking)}, and no file that holds them was found."
        raise InputError(
            why,
            " ".join(
                (*unread, f"Looked in {where}. Put the missing file beside it, or get the whole checkpoint.")
            ),
        )
    return found


def _unread(file: Path) -> str:
    """Why a text encoder in a GGUF file can't be it, and which can; "" for any other file."""
    try:
        told = recognise_file(file) if file.suffix.lower() == QUANTISED else None
        if told is None or told.kind is not ModelKind.TEXT_ENCODER:
            return ""
        encoder_header(file)
    except InputError as error:
        return f"{error.message} {error.hint}"
    return ""


def _taken(
    file: Path, part: str, header: SafetensorsHeader, layout: CheckpointLayout, config: dict[str, Any]
) -> SafetensorsHeader | None:
    """The part, by the names of a whole file; None for a file that is damaged or of another kind."""
    try:
        if part == "vae":
            return _vae(read_header(file), header, layout)
        return _encoder(encoder_header(file), part, header, layout, config)
    except InputError:
        return None


def _places(part: str, file: Path) -> Iterator[Path]:
    """Files that may hold it: beside the network, in the folders beside its own, in other programs'."""
    rooms = ("vae", "VAE") if part == "vae" else ("text_encoders", "clip", "text_encoder", "TextEncoders")
    endings = (SAFE,) if part == "vae" else SINGLE
    for folder in (file.parent, *(file.parent.parent / room for room in rooms)):
        for ending in endings:
            yield from (it for it in sorted(folder.glob(f"*{ending}")) if it != file)
    yield from programs.vae_files() if part == "vae" else programs.encoder_files()


def _vae(
    told: SafetensorsHeader, header: SafetensorsHeader, layout: CheckpointLayout
) -> SafetensorsHeader | None:
    """A VAE of the family: VAEs of several have the same layers, and only their names tell them apart."""
    known = recognise_header(told)
    if known.kind is not ModelKind.VAE or (known.variant or known.family) not in VAES[layout.config]:
        return None
    found = vae_header(told)
    last = layout.last if layout.mark else "out.2.weight"
    draws = header.shape(NETWORK + last)[0] // (4 if layout.mark else 1)
    return found if latent_channels(found) == draws else None


def _encoder(
    told: SafetensorsHeader,
    part: str,
    header: SafetensorsHeader,
    layout: CheckpointLayout,
    config: dict[str, Any],
) -> SafetensorsHeader | None:
    """A text encoder of the width that the network reads: of CLIP its own share where it reads two."""
    if layout.chat is not None:
        reader, layers = layout.chat
        reads = header.shape(NETWORK + reader, 2)[1] // layers
        return _language_model(told, layout.encoders[part], reads, sees=layout.sees)
    if layout.words.get(part) == T5_WORDS:
        return _t5(told, layout.encoders[part], header.shape(f"{NETWORK}txt_in.weight", 2)[1])
    words = next((key for key in EMBEDDINGS if key in told.tensors), None)
    if words is None or told.under("vision_model.") or told.under("visual."):
        return None
    if layout.family is FLUX:
        reads = header.shape(f"{NETWORK}vector_in.in_layer.weight", 2)[1]
        return _under(layout.encoders[part], told) if told.shape(words, 2)[1] == reads else None
    if layout.family is SD3:
        reads = header.shape(f"{NETWORK}y_embedder.mlp.0.weight", 2)[1]
        whole = config["transformer"]["pooled_projection_dim"]
    else:
        key = next(key for key in header.under(NETWORK) if key.endswith("attn2.to_k.weight"))
        reads, whole = header.shape(key, 2)[1], config["unet"]["cross_attention_dim"]
    fits = told.shape(words, 2)[1] == reads * config[part]["hidden_size"] // whole
    return _under(layout.encoders[part], told) if fits else None


def _language_model(
    told: SafetensorsHeader, prefix: str, reads: int, *, sees: bool
) -> SafetensorsHeader | None:
    """Of this width, with or without its head: Qwen2.5-VL where it sees pictures, else Qwen3."""
    bare = {
        key.removeprefix("model.").removeprefix("language_model."): it for key, it in told.tensors.items()
    }
    pictures = {key for key in bare if key.startswith("visual.")}
    its_eyes = bool(pictures) or gguf_encoder.sees(told)
    mark = "layers.0.self_attn.q_proj.bias" if sees else "layers.0.self_attn.q_norm.weight"
    words = bare.get("embed_tokens.weight")
    if words is None or mark not in bare or its_eyes != sees or words.shape[-1] != reads:
        return None
    return _under(prefix, replace(told, tensors={key: it for key, it in bare.items() if key not in pictures}))


def _t5(told: SafetensorsHeader, prefix: str, reads: int) -> SafetensorsHeader | None:
    """T5 of this width, its encoder alone."""
    words, first = told.tensors.get(T5_WORDS), "encoder.block.0.layer.0.SelfAttention.q.weight"
    if words is None or first not in told.tensors or told.under("decoder."):
        return None
    return _under(prefix, told) if words.shape[-1] == reads else None


def _under(prefix: str, header: SafetensorsHeader) -> SafetensorsHeader:
    return replace(header, tensors={prefix + key: tensor for key, tensor in header.tensors.items()})
