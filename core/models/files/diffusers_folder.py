"""One diffusers folder: its family, its parts and the files they lie in, by names and headers. No torch."""

from pathlib import Path
from typing import cast

from core.errors import InputError
from core.models.families import Family, family_of
from core.models.files.documents import read_json
from core.models.files.header import SafetensorsHeader, read_header
from core.models.hub.repository import INDEX, is_hub_name, is_plain_name
from core.models.recognise.first_bytes import PICKLES, pickled
from core.models.recognise.formats import UNREAD, format_of

VARIANTS = (None, "fp16", "bf16")  # number formats that a part's files may be of, by the mark in their names
AGAIN = "Copy or download the whole folder again."


def check_folder(folder: Path) -> Family:
    """The family of a diffusers folder, after looking that every part is there and none is a pickle.

    Opens no weights. InputError says what is missing, or packed as this program can't read it.
    """
    if not folder.exists():
        if folder.is_symlink():
            raise InputError(f"{folder.name} is a link that leads nowhere.", "Remove it, or mend it.")
        hint = "Choose a folder that holds model_index.json, or a .safetensors file."
        if is_hub_name(str(folder)):
            hint = f"If it is a name on the hub, get it with “palimpsest models get {folder}”."
        raise InputError(f"There is no model folder {folder}.", hint)
    if not folder.is_dir():
        raise InputError(f"{folder.name} is not a model folder.", "Choose a folder or a .safetensors file.")
    family = family_of(folder.name, read_json(folder / INDEX))
    missing = [part for part in family.parts if not (folder / part).is_dir()]
    if missing:
        raise InputError(f"{folder.name} is missing {', '.join(missing)}.", AGAIN)
    for part in family.weights:
        if (folder / part).is_dir():
            _check_packing(f"{folder.name}/{part}", headers(folder, part))
    return family


def stored(folder: Path, part: str) -> tuple[Path, ...]:
    """The files that a part is loaded from: of its number formats the first that is whole.

    Opens none of them. InputError names missing shards, and says when there are no weights, or pickles only.
    """
    lacking: InputError | None = None
    for variant in VARIANTS:
        files = _named(folder / part, variant)
        missing = [file.name for file in files if not file.is_file()]
        if files and not missing:
            return files
        if missing and lacking is None:
            lacks = f"{len(missing)} of {len(files)} files of its weights: {', '.join(missing[:3])}"
            lacking = InputError(f"{folder.name}/{part} lacks {lacks}.", AGAIN)
    if lacking is not None:
        raise lacking
    if any(file.suffix in PICKLES for file in (folder / part).iterdir()):
        raise pickled(f"{folder.name}/{part}")
    raise InputError(
        f"{folder.name}/{part} holds no weights: {weights_stem(part)}.safetensors is missing.", AGAIN
    )


def headers(folder: Path, part: str) -> list[SafetensorsHeader]:
    """The headers of the files that a part is loaded from. InputError as `stored`, and for a file cut off."""
    files = stored(folder, part)
    try:
        return [read_header(file) for file in files]
    except InputError as error:
        raise InputError(f"{folder.name}/{part}: {error.message}", error.hint) from error


def _check_packing(what: str, found: list[SafetensorsHeader]) -> None:
    """InputError for weights that aren't what their layers' shapes say, or numbers without their scale."""
    tensors = ((key, it.dtype, it.size) for header in found for key, it in header.tensors.items())
    packing = format_of(tensors, found[0].metadata)
    if packing in UNREAD:
        raise InputError(
            f"{what} is packed as {packing}, which this program can't read.",
            "Get this model's folder in float16 or bfloat16, or its network as a GGUF or float8 file.",
        )


def _named(room: Path, variant: str | None) -> tuple[Path, ...]:
    """The files that one number format of a part should have, by diffusers' names; () when it has none."""
    stem, mark = weights_stem(room.name), "" if variant is None else f".{variant}"
    index = room / f"{stem}.safetensors.index{mark}.json"
    if not index.is_file():
        single = room / f"{stem}{mark}.safetensors"
        return (single,) if single.is_file() else ()
    places = read_json(index).get("weight_map")
    names = list(cast("dict[str, object]", places).values()) if isinstance(places, dict) else []
    files = {name for name in names if isinstance(name, str) and is_plain_name(name)}
    if not names or len(files) < len(set(map(str, names))):
        raise InputError(f"{room.parent.name}/{room.name}: {index.name} is damaged.", AGAIN)
    return tuple(room / name for name in sorted(files))


def weights_stem(part: str) -> str:
    """What transformers calls the weights of its text encoders, and diffusers all others."""
    return "model" if part.startswith("text_encoder") else "diffusion_pytorch_model"
