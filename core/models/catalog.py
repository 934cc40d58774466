"""What can be chosen on this machine: the starter, folders, and what lies in the hub's cache. No torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import InputError
from core.models.families import Family, family_of
from resources import STARTER, starter_folder

INDEX = "model_index.json"
CARD = "palimpsest.json"  # optional, beside the index: what this program measured about the model
PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")


@dataclass(frozen=True)
class Entry:
    """A model on this machine.

    problem: why it can't be used, else ""; knows: a sentence when it knows a small world only, else "".
    """

    model: str  # what a request names it by: "starter" or the folder
    name: str
    folder: Path
    bytes: int
    problem: str = ""
    knows: str = ""


def catalog(folders: Iterable[Path] = ()) -> list[Entry]:
    """The starter first, then the given folders, then the diffusers folders in the hub's cache."""
    entries = [describe(STARTER)]
    entries += [describe(str(folder)) for folder in dict.fromkeys([*folders, *_hub_snapshots()])]
    return entries


def describe(model: str) -> Entry:
    """One entry, with its problem if it has one."""
    folder = folder_of(model)
    name = "Storybook (starter)" if model == STARTER else _name(folder)
    try:
        check(folder)
        problem = ""
    except InputError as error:
        problem = error.message
    size = sum(file.stat().st_size for file in folder.rglob("*.safetensors")) if folder.is_dir() else 0
    return Entry(model, name, folder, size, problem, str(card(folder).get("knows", "")))


def card(folder: Path) -> dict[str, object]:
    """What this program measured about a model: `kappa`, `knows`. Empty for a model it has no card of."""
    return read_json(folder / CARD) if (folder / CARD).is_file() else {}


def folder_of(model: str) -> Path:
    """The folder that a request's `model` names."""
    return starter_folder() if model == STARTER else Path(model).expanduser()


def check(folder: Path) -> Family:
    """The family of a diffusers folder, after looking that every part is there and none is a pickle.

    Opens no weights. InputError says what is missing.
    """
    if not folder.exists():
        raise InputError(
            f"There is no model folder {folder}.", "Choose a folder that holds model_index.json."
        )
    if not folder.is_dir():
        hint = "Single files are not read yet: choose a diffusers folder."
        raise InputError(f"{folder.name} is not a model folder.", hint)
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
        return
    if any(file.suffix in PICKLES for file in files):
        raise InputError(
            f"{folder.name}/{part} holds pickled weights, which can run code, so they are never opened.",
            "Get the safetensors version of this model.",
        )
    raise InputError(f"{folder.name}/{part} holds no weights.", "Copy or download the whole folder again.")


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
    return folder.name


def _hub_snapshots() -> list[Path]:
    from huggingface_hub.constants import HF_HUB_CACHE

    cache = Path(HF_HUB_CACHE)
    return sorted(index.parent for index in cache.glob(f"models--*/snapshots/*/{INDEX}"))
