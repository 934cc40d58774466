"""What can be chosen on this machine: starter, folders, files, hub cache, other programs. No torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec

from core.errors import InputError
from core.models.checkpoint import read_checkpoint
from core.models.families import Family, family_of
from core.models.folders import model_files
from core.models.header import Header, pickled, read_header
from core.models.hub import home_of, is_hub_name, models_home
from resources import STARTER, starter_folder

INDEX = "model_index.json"
CARD = "palimpsest.json"  # optional, beside the index: what this program measured about the model
PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")
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


def catalog(given: Iterable[Path] = ()) -> list[Entry]:
    """Starter, given folders and files, downloads, the hub's cache, files of ComfyUI and Automatic1111.

    Headers only. What can't be used stands there with its problem.
    """
    downloads = sorted(index.parent for index in models_home().glob(f"*/{INDEX}"))
    paths = dict.fromkeys([*given, *downloads, *_hub_snapshots(), *model_files()])
    return [describe(STARTER), *(describe(str(path)) for path in paths)]


def describe(model: str) -> Entry:
    """One entry, with its problem if it has one."""
    folder = folder_of(model)
    name = "Storybook (starter)" if model == STARTER else _name(folder)
    knows = str(card(folder).get("knows", ""))
    kind = STARTER if model == STARTER else _kind(folder)
    family, numbers, problem = "", 0, ""
    try:
        family, numbers = _family_and_numbers(folder)
    except InputError as error:
        problem = error.message
    return Entry(model, name, folder, _bytes(folder), problem, knows, kind, family, numbers)


def _family_and_numbers(path: Path) -> tuple[str, int]:
    if path.is_file():
        checkpoint = read_checkpoint(path)
        return checkpoint.layout.family.name, checkpoint.header.numbers
    family = check(path)
    headers = (header for part in family.weights if (path / part).is_dir() for header in _headers(path, part))
    return family.name, sum(header.numbers for header in headers)


def _kind(path: Path) -> str:
    if path.is_file():
        return "file"
    return "hub" if path.parent == models_home() or path.parent.name == "snapshots" else "folder"


def _bytes(path: Path) -> int:
    files = path.rglob("*.safetensors") if path.is_dir() else [path] if path.is_file() else []
    return sum(file.stat().st_size for file in files)


def card(folder: Path) -> dict[str, object]:
    """What this program measured about a model: `kappa`, `knows`. Empty for a model it has no card of."""
    return read_json(folder / CARD) if (folder / CARD).is_file() else {}


def folder_of(model: str) -> Path:
    """The folder or file that a request's `model` names; a hub name leads to what was downloaded of it."""
    if model == STARTER:
        return starter_folder()
    path = Path(model).expanduser()
    if path.exists() or not is_hub_name(model):
        return path
    snapshots = (snapshot for snapshot in _hub_snapshots() if _name(snapshot) == model)
    places = (home_of(model), *snapshots)
    return next((place for place in places if (place / INDEX).is_file()), path)


def check(folder: Path) -> Family:
    """The family of a diffusers folder, after looking that every part is there and none is a pickle.

    Opens no weights. InputError says what is missing.
    """
    if not folder.exists():
        hint = "Choose a folder that holds model_index.json, or a .safetensors file."
        if is_hub_name(str(folder)):
            hint = f"If it is a name on the hub, get it with “palimpsest models get {folder}”."
        raise InputError(f"There is no model folder {folder}.", hint)
    if not folder.is_dir():
        raise InputError(f"{folder.name} is not a model folder.", "Choose a folder or a .safetensors file.")
    family = family_of(folder.name, read_json(folder / INDEX))
    missing = [part for part in family.parts if not (folder / part).is_dir()]
    if missing:
        raise InputError(
            f"{folder.name} is missing {', '.join(missing)}.", "Copy or download the whole folder again."
        )
    for part in family.weights:
        if (folder / part).is_dir():
            _check_weights(folder, part)
    return family


def _check_weights(folder: Path, part: str) -> None:
    files = [file for file in (folder / part).iterdir() if file.is_file()]
    if any(file.suffix == ".safetensors" for file in files):
        _headers(folder, part)
    elif any(file.suffix in PICKLES for file in files):
        raise pickled(f"{folder.name}/{part}")
    else:
        raise InputError(
            f"{folder.name}/{part} holds no weights.", "Copy or download the whole folder again."
        )


def _headers(folder: Path, part: str) -> list[Header]:
    """The headers of the files that a part is loaded from: those its index names, else the only plain one.

    InputError names a missing shard and a file that is cut off.
    """
    indices = sorted((folder / part).glob("*.safetensors.index.json"))
    if indices:
        places = read_json(indices[0]).get("weight_map")
        names = sorted(set(cast("dict[str, str]", places).values())) if isinstance(places, dict) else []
        missing = [name for name in names if not (folder / part / name).is_file()]
        if missing or not names:
            lacks = f"{len(missing)} of {len(names)} files of its weights: {', '.join(missing[:3])}"
            raise InputError(
                f"{folder.name}/{part} lacks {lacks}.", "Copy or download the whole folder again."
            )
        files = [folder / part / name for name in names]
    else:
        files = sorted((folder / part).glob("*.safetensors"), key=lambda file: len(file.name))[:1]
    try:
        return [read_header(file) for file in files]
    except InputError as error:
        raise InputError(f"{folder.name}/{part}: {error.message}", error.hint) from error


def read_json(path: Path) -> dict[str, object]:
    """A JSON object from a file; InputError when it is missing or is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except FileNotFoundError as error:
        raise InputError(
            f"{path.parent.name} has no {path.name}.", "Choose the folder of a diffusers model."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path.parent.name}/{path.name} is damaged: {error}.", "Get this file again."
        ) from error
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror}.") from error


def _name(folder: Path) -> str:
    """A snapshot in the hub's cache is known by its repository, any other folder by its own name."""
    if folder.parent.name == "snapshots":
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    if folder.parent == models_home():
        return folder.name.replace("--", "/", 1)
    return folder.stem if folder.is_file() else folder.name


def _hub_snapshots() -> list[Path]:
    from huggingface_hub.constants import HF_HUB_CACHE

    cache = Path(HF_HUB_CACHE)
    return sorted(index.parent for index in cache.glob(f"models--*/snapshots/*/{INDEX}"))
