"""The parts that a file lacks, found by their headers: beside it, or where programs keep them. No torch."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
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
from core.models.hub.repository import SAFE, SINGLE
from core.models.recognise.encoders import READ, encoder_facts
from core.models.recognise.file import recognise_file, recognise_header
from core.models.recognise.kinds import ModelKind, Recognised
from core.models.recognise.layers import Layers
from core.models.recognise.signature import Facts
from core.models.vae.config import latent_channels
from core.models.vae.files import vae_header
from resources import models_folder

WORDS = {"vae": "VAE", "text_encoder": "text encoder", "text_encoder_2": "second text encoder"}
EMBEDDINGS = (
    "text_model.embeddings.token_embedding.weight",
    "token_embedding.weight",
)  # of CLIP: (words, width)
VAES = {  # whose VAE a family draws by; several have the same layers, and their names tell which is whose
    "sd1": ("SD 1.x",),
    "sd2": ("SD 2.x", "SD 1.x"),  # which has other weights for the same latents
    "sdxl": ("SDXL", "SDXL for half precision"),
    "sd3": ("SD 3",),
    "z_image": ("FLUX.1",),
    "flux2_klein": ("FLUX.2",),
    "flux1": ("FLUX.1",),
    "chroma": ("FLUX.1",),
    "qwen_image": ("Qwen-Image or Wan",),
}
NAMED = 5  # files that an error names, of each kind of part
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


def found_elsewhere(
    header: SafetensorsHeader,
    layout: CheckpointLayout,
    missing: tuple[str, ...],
    chosen: Mapping[str, str] = MappingProxyType({}),
) -> Headers:
    """The missing parts, by the names of a whole file. InputError names one that isn't found, and where.

    chosen: part → file that its user wants it from; of one that doesn't fit any more, others are looked at
    """
    found, looked, lacking = dict[str, SafetensorsHeader](), dict[str, None](), list[str]()
    others = dict[str, None]()
    for part in missing:
        taken = _part_in(Path(chosen[part]), part, header, layout) if part in chosen else None
        files, alike = tuple[Path, ...](), tuple[Path, ...]()
        if taken is None:
            files = tuple(dict.fromkeys(_places(part, header.path)))
            if part == "vae":
                taken, alike = _vae(files, header, layout)
            else:
                fitting = (_part_in(file, part, header, layout) for file in files)
                taken = next(filter(None, fitting), None)
        if taken is not None:
            found[part] = taken
            continue
        lacking.append(part)
        looked |= dict.fromkeys(str(file.parent) for file in files)
        others |= dict.fromkeys(_others(files, part, layout, alike))
    if lacking:
        what = " and ".join(f"the {WORDS[part]}" for part in lacking)
        where = ", ".join(looked) or "no other model's folder"
        it = "it" if len(lacking) == 1 else "them"
        why = f"{header.path.name} lacks {what}, and no file that holds {it} was found."
        hint = f"Looked in {where}. Put the missing file beside it, choose it, or get the whole checkpoint."
        raise InputError(why, " ".join((*others, hint)), lacks=lacking[0])
    return found


def by_command(lacks: str) -> str:
    """How a part that a model's file lacks is chosen on a terminal; "" for what is no part."""
    return "“palimpsest models card MODEL --part FILE” takes it from there." if lacks in WORDS else ""


def part_of(file: Path, header: SafetensorsHeader, layout: CheckpointLayout, missing: tuple[str, ...]) -> str:
    """Which of the missing parts a file holds. InputError when none that fits, and what it is."""
    name = header.path.name
    if not missing:
        raise InputError(
            f"{name} holds all parts of its model.", "Another VAE takes its place by Model ▸ VAE, or --vae."
        )
    part = next((part for part in missing if _part_in(file, part, header, layout) is not None), None)
    if part is None:
        what = " or ".join(f"the {WORDS[part]}" for part in missing)
        said = next((said for part in missing for said in _others([file], part, layout, ())), "")
        raise InputError(f"{file.name} isn't {what} that {name} lacks.", said)
    return part


def _part_in(
    file: Path, part: str, header: SafetensorsHeader, layout: CheckpointLayout
) -> SafetensorsHeader | None:
    """The part, by the names of a whole file; None for a file that is damaged or of another kind."""
    try:
        if part != "vae":
            return _encoder(encoder_header(file), part, header, layout)
        told = read_header(file)
        return vae_header(told) if _fits(recognise_header(told), told, header, layout) else None
    except InputError:
        return None


def _others(
    files: Iterable[Path], part: str, layout: CheckpointLayout, alike: tuple[Path, ...]
) -> Iterator[str]:
    """What these files are that look like the part, and why none of them is taken.

    alike: VAEs that fit, of which nothing tells which one it is
    """
    if alike:
        names = " and ".join(file.name for file in alike)
        yield f"{names} fit alike: choose one."
    tell = _other_vae if part == "vae" else _other_encoder
    said = filter(None, (tell(file, part, layout) for file in files if file not in alike))
    yield from islice(said, NAMED)


def _other_vae(file: Path, _part: str, _layout: CheckpointLayout) -> str:
    """ "" for a file that is no VAE."""
    try:
        told = recognise_file(file)
    except InputError:
        return ""
    if told.kind is not ModelKind.VAE:
        return ""
    return (
        f"{told.why} {told.hint}" if told.why else f"{file.name} is a VAE of {told.title or 'another kind'}."
    )


def _other_encoder(file: Path, part: str, layout: CheckpointLayout) -> str:
    """ "" for a file that is built otherwise: CLIP is no T5."""
    try:
        told = recognise_file(file)
        if told.kind is not ModelKind.TEXT_ENCODER:
            return ""
        header = encoder_header(file)
    except InputError as error:
        return f"{error.message} {error.hint}"
    wanted = _reads(layout, part)
    if str(_facts(header)["build"]).removeprefix("m") != READ[wanted]["build"]:
        return ""
    size = " of another size" if _is(header, wanted) else ""
    return f"{file.name} is {told.title or 'of a kind unknown'}, but the model reads {wanted}{size}."


def _places(part: str, file: Path) -> Iterator[Path]:
    """Files that may hold it: beside the network, in the folders beside its own, in other programs'."""
    rooms = ("vae", "VAE") if part == "vae" else ("text_encoders", "clip", "text_encoder", "TextEncoders")
    endings = (SAFE,) if part == "vae" else SINGLE
    for folder in (file.parent, *(file.parent.parent / room for room in rooms)):
        for ending in endings:
            yield from (it for it in sorted(folder.glob(f"*{ending}")) if it != file)
    yield from programs.vae_files() if part == "vae" else programs.encoder_files()


def _vae(
    files: Iterable[Path], header: SafetensorsHeader, layout: CheckpointLayout
) -> tuple[SafetensorsHeader | None, tuple[Path, ...]]:
    """The family's VAE: by its name, else the one that fits and has no other's name.

    That one must lie beside the network, or anywhere alone. Else None, and those among which nothing decides.
    """
    alike: list[SafetensorsHeader] = []
    for file in files:
        try:
            told = read_header(file)
            known = recognise_header(told)
            if not _fits(known, told, header, layout):
                continue
            if (known.variant or known.family) in VAES[layout.config]:
                return vae_header(told), ()
            if not known.variant:
                alike.append(vae_header(told))
        except InputError:  # damaged, or of another kind
            continue
    nearest = [it for it in alike if it.path.parent == header.path.parent] or alike
    if len({(it.path.stat().st_dev, it.path.stat().st_ino) for it in nearest}) == 1:
        return nearest[0], ()
    return None, tuple(it.path for it in nearest)


def _fits(
    known: Recognised, told: SafetensorsHeader, header: SafetensorsHeader, layout: CheckpointLayout
) -> bool:
    """Whether a file is a VAE of the family's layers, with as many channels as the network draws."""
    if known.kind is not ModelKind.VAE or not {*known.families, known.family} & {*VAES[layout.config]}:
        return False
    last = layout.last if layout.mark else "out.2.weight"
    draws = header.shape(NETWORK + last)[0] // (4 if layout.mark else 1)
    return latent_channels(vae_header(told)) == draws


def _encoder(
    told: SafetensorsHeader,
    part: str,
    header: SafetensorsHeader,
    layout: CheckpointLayout,
) -> SafetensorsHeader | None:
    """The text encoder that the network reads, of its width: of CLIP its own share where it reads two."""
    if not _is(told, _reads(layout, part)):
        return None
    if layout.chat is not None:
        reader, layers = layout.chat
        return _language_model(told, layout.encoders[part], header.shape(NETWORK + reader, 2)[1] // layers)
    if layout.words.get(part) == T5_WORDS:
        return _t5(told, layout.encoders[part], header.shape(f"{NETWORK}txt_in.weight", 2)[1])
    words = next((key for key in EMBEDDINGS if key in told.tensors), None)
    if words is None:
        return None
    if layout.family is FLUX:
        reads = header.shape(f"{NETWORK}vector_in.in_layer.weight", 2)[1]
        return _under(layout.encoders[part], told) if told.shape(words, 2)[1] == reads else None
    config: dict[str, Any] = msgspec.json.decode((models_folder() / f"{layout.config}.json").read_bytes())
    if layout.family is SD3:
        reads = header.shape(f"{NETWORK}y_embedder.mlp.0.weight", 2)[1]
        whole = config["transformer"]["pooled_projection_dim"]
    else:
        key = next(key for key in header.under(NETWORK) if key.endswith("attn2.to_k.weight"))
        reads, whole = header.shape(key, 2)[1], config["unet"]["cross_attention_dim"]
    fits = told.shape(words, 2)[1] == reads * config[part]["hidden_size"] // whole
    return _under(layout.encoders[part], told) if fits else None


def _reads(layout: CheckpointLayout, part: str) -> str:
    """Which kind of text encoder the network reads there, by its name in READ."""
    if layout.chat is not None:
        return "Qwen2.5-VL" if layout.sees else "Qwen3"
    return "T5" if layout.words.get(part) == T5_WORDS else "CLIP"


def _is(told: SafetensorsHeader, kind: str) -> bool:
    """Whether a text encoder is of this kind, of any size: others have its width, and draw rubbish."""
    facts = _facts(told)
    return all(facts[name] == value for name, value in READ[kind].items())


def _facts(told: SafetensorsHeader) -> Facts:
    facts = encoder_facts(Layers({key: tensor.shape for key, tensor in told.tensors.items()}))
    return {**facts, "sees": facts["sees"] or gguf_encoder.sees(told)}


def _language_model(told: SafetensorsHeader, prefix: str, reads: int) -> SafetensorsHeader | None:
    """A language model of this width, with or without its head."""
    bare = {
        key.removeprefix("model.").removeprefix("language_model."): it for key, it in told.tensors.items()
    }
    words = bare.get("embed_tokens.weight")
    if words is None or words.shape[-1] != reads:
        return None
    own = {key: it for key, it in bare.items() if not key.startswith("visual.")}
    return _under(prefix, replace(told, tensors=own))


def _t5(told: SafetensorsHeader, prefix: str, reads: int) -> SafetensorsHeader | None:
    """T5 of this width, its encoder alone."""
    words = told.tensors.get(T5_WORDS)
    if words is None or told.under("decoder.") or words.shape[-1] != reads:
        return None
    return _under(prefix, told)


def _under(prefix: str, header: SafetensorsHeader) -> SafetensorsHeader:
    return replace(header, tensors={prefix + key: tensor for key, tensor in header.tensors.items()})
