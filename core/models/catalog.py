"""What can be chosen on this machine: starter, folders, files, hub cache, other programs. No torch."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, cast

import msgspec

from core.causes import reading
from core.errors import InputError
from core.models.checkpoint import read_checkpoint
from core.models.documents import damaged, read_json
from core.models.families import Family, family_of
from core.models.folders import model_files
from core.models.header import PICKLES, Header, pickled, read_header
from core.models.hub import INDEX, home_of, is_hub_name, is_plain_name, models_home
from core.text import expanded
from resources import STARTER, starter_folder

CARD = "palimpsest.json"  # optional, beside the index: what this program measured about the model
VARIANTS = (None, "fp16", "bf16")  # number formats that a part's files may be of, by the mark in their names
AGAIN = "Copy or download the whole folder again."
BYTES = {"half": 2, "single": 4}  # a number's bytes, by precision
ROOM = 1.3  # memory that an edit takes, as a multiple of the weights (the network's own values, the VAE's)


@dataclass(frozen=True)
class Entry:
    """A model on this machine.

    model    what a request names it by: "starter", the folder or the file
    kind     "starter", "folder", "file" or "hub" (downloaded, or in the hub's cache)
    bytes    of weights on the disk;  numbers: how many parameters those are
    problem  why it can't be used, else "";  knows: a sentence when it knows a small world only, else ""
    """

    model: str
    name: str
    folder: Path
    bytes: int
    problem: str = ""
    knows: str = ""
    kind: str = "folder"
    family: str = ""
    numbers: int = 0

    def memory(self, precision: str) -> int:
        """Bytes of memory that an edit takes, roughly, in "half" precision (graphics) or "single" (CPU)."""
        return round(self.numbers * BYTES[precision] * ROOM)

    @property
    def needs(self) -> str:
        """Memory on either kind of device, in words; "" where the weights are not known."""
        if not self.numbers:
            return ""
        return f"needs {size(self.memory('half'))} graphics or {size(self.memory('single'))} CPU memory"


class Card(msgspec.Struct, frozen=True):
    """What this program measured of a model: `palimpsest.json` beside its index.

    kappa          what the guidance weight is divided by for `plain` (core.diffusion.guidance)
    mask_strength  the share of the schedule at which its regions are found, in (0, 1]
    knows          a sentence when it knows a small world only, else ""
    """

    kappa: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None
    mask_strength: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    knows: str = ""


@dataclass(frozen=True)
class Stored:
    """The files that a part's weights lie in; variant: the mark in their names ("fp16"), None for none."""

    files: tuple[Path, ...]
    variant: str | None


def size(count: int) -> str:
    """Bytes in words."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def catalog(given: Iterable[Path] = ()) -> list[Entry]:
    """Starter, given folders and files, downloads, the hub's cache, files of ComfyUI and Automatic1111.

    Headers only. What can't be used stands there with its problem.
    """
    downloads = _parents(models_home(), f"*/{INDEX}")
    paths = dict.fromkeys([*given, *downloads, *_hub_snapshots(), *model_files()])
    return [describe(STARTER), *(describe(str(path)) for path in paths)]


def describe(model: str) -> Entry:
    """One entry, with its problem if it has one: whatever is wrong with it, the others are listed."""
    folder = folder_of(model)
    name = "Storybook (starter)" if model == STARTER else _name(folder)
    kind = STARTER if model == STARTER else _kind(folder)
    entry = Entry(model, name, folder, _bytes(folder), kind=kind)
    try:
        with reading(folder.name, AGAIN):
            family, numbers = _family_and_numbers(folder)
            return replace(entry, family=family, numbers=numbers, knows=card(folder).knows)
    except InputError as error:
        return replace(entry, problem=error.message)


def _family_and_numbers(path: Path) -> tuple[str, int]:
    if path.is_file():
        checkpoint = read_checkpoint(path)
        return checkpoint.layout.family.name, checkpoint.numbers
    family = check(path)
    headers = (header for part in family.weights if (path / part).is_dir() for header in _headers(path, part))
    return family.name, sum(header.numbers for header in headers)


def _kind(path: Path) -> str:
    if _is_file(path):
        return "file"
    return "hub" if path.parent == models_home() or path.parent.name == "snapshots" else "folder"


def _bytes(path: Path) -> int:
    """Bytes of weights; a link that leads nowhere and what can't be looked at have none."""
    total = 0
    with suppress(OSError):
        for file in [path] if _is_file(path) else path.rglob("*.safetensors"):
            total += file.stat().st_size if _is_file(file) else 0
    return total


def _is_file(path: Path) -> bool:
    """Whether there is such a file; no for one in a folder that can't be looked into."""
    try:
        return path.is_file()
    except OSError:
        return False


def card(folder: Path) -> Card:
    """What was measured of a model; nothing for one without a card. InputError for one that can't be read."""
    path = folder / CARD
    if not path.is_file():
        return Card()
    try:
        return msgspec.convert(read_json(path), Card)
    except msgspec.ValidationError as error:
        raise damaged(path, str(error)) from error


def folder_of(model: str) -> Path:
    """The folder or file that a request's `model` names; a hub name leads to what was downloaded of it."""
    if model == STARTER:
        return starter_folder()
    path = expanded(model)
    if os.path.exists(path) or not is_hub_name(model):  # noqa: PTH110 - which raises nothing
        return path
    snapshots = (snapshot for snapshot in _hub_snapshots() if _name(snapshot) == model)
    places = (home_of(model), *snapshots)
    return next((place for place in places if (place / INDEX).is_file()), path)


def check(folder: Path) -> Family:
    """The family of a diffusers folder, after looking that every part is there and none is a pickle.

    Opens no weights. InputError says what is missing.
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
            _headers(folder, part)
    return family


def stored(folder: Path, part: str) -> Stored:
    """The files that a part is loaded from: of its number formats the first that is whole.

    Opens none of them. InputError names missing shards, and says when there are no weights, or pickles only.
    """
    lacking: InputError | None = None
    for variant in VARIANTS:
        files = _named(folder / part, variant)
        missing = [file.name for file in files if not file.is_file()]
        if files and not missing:
            return Stored(files, variant)
        if missing and lacking is None:
            lacks = f"{len(missing)} of {len(files)} files of its weights: {', '.join(missing[:3])}"
            lacking = InputError(f"{folder.name}/{part} lacks {lacks}.", AGAIN)
    if lacking is not None:
        raise lacking
    if any(file.suffix in PICKLES for file in (folder / part).iterdir()):
        raise pickled(f"{folder.name}/{part}")
    raise InputError(f"{folder.name}/{part} holds no weights: {_stem(part)}.safetensors is missing.", AGAIN)


def _named(room: Path, variant: str | None) -> tuple[Path, ...]:
    """The files that one number format of a part should have, by diffusers' names; () when it has none."""
    stem, mark = _stem(room.name), "" if variant is None else f".{variant}"
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


def _stem(part: str) -> str:
    """What transformers calls the weights of its text encoders, and diffusers all others."""
    return "model" if part.startswith("text_encoder") else "diffusion_pytorch_model"


def _headers(folder: Path, part: str) -> list[Header]:
    """The headers of the files that a part is loaded from. InputError as `stored`, and for a file cut off."""
    files = stored(folder, part).files
    try:
        return [read_header(file) for file in files]
    except InputError as error:
        raise InputError(f"{folder.name}/{part}: {error.message}", error.hint) from error


def _name(folder: Path) -> str:
    """A snapshot in the hub's cache is known by its repository, any other folder by its own name."""
    if folder.parent.name == "snapshots":
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    if folder.parent == models_home():
        return folder.name.replace("--", "/", 1)
    return folder.stem if folder.is_file() else folder.name


def _hub_snapshots() -> list[Path]:
    from huggingface_hub.constants import HF_HUB_CACHE

    return _parents(Path(HF_HUB_CACHE), f"models--*/snapshots/*/{INDEX}")


def _parents(room: Path, pattern: str) -> list[Path]:
    """The folders that hold such files; none in a room that can't be looked into."""
    try:
        return sorted(found.parent for found in room.glob(pattern))
    except OSError:
        return []
