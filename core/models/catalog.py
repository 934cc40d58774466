"""What can be chosen on this machine: starter, folders, files, hub cache, other programs. No torch."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.causes import reading
from core.errors import InputError
from core.models.card import card_of
from core.models.files.checkpoint import read_checkpoint
from core.models.files.diffusers_folder import AGAIN, check_folder, headers
from core.models.hub.repository import (
    INDEX,
    SINGLE,
    cached,
    found_in,
    home_of,
    is_hub_name,
    models_home,
    parents,
)
from core.models.memory.machine import needed, size
from core.models.programs import model_files
from core.models.recognise.folder import recognise_folder
from core.models.recognise.formats import Weights
from core.text import expanded
from resources import STARTER, starter_folder


@dataclass(frozen=True)
class CatalogEntry:
    """A model on this machine.

    model    what a request names it by: "starter", the folder or the file
    kind     "starter", "folder", "file" or "hub" (downloaded, or in the hub's cache)
    bytes    of weights on the disk;  parts: its weights, part by part
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
    parts: Mapping[str, Weights] = field(default_factory=dict[str, Weights])

    def memory(self, precision: str) -> int:
        """Bytes of memory that an edit takes, roughly, in "half" precision (graphics) or "single" (CPU)."""
        return needed(self.parts, precision)

    @property
    def needs(self) -> str:
        """Memory on either kind of device, in words; "" where the weights are not known."""
        if not self.memory("half"):
            return ""
        return f"needs {size(self.memory('half'))} graphics or {size(self.memory('single'))} CPU memory"


def catalog(given: Iterable[Path] = ()) -> list[CatalogEntry]:
    """Starter, given folders and files, what was fetched, the hub's cache, files of other programs.

    Headers only. What can't be used stands there with its problem.
    """
    fetched = [*parents(models_home(), f"*/{INDEX}"), *_singles(models_home(), "*/")]
    paths = dict.fromkeys([*given, *fetched, *cached("*", INDEX), *model_files()])
    return [describe(STARTER), *(describe(str(path)) for path in paths)]


def describe(model: str) -> CatalogEntry:
    """One entry, with its problem if it has one: whatever is wrong with it, the others are listed."""
    folder = folder_of(model)
    name = "Storybook (starter)" if model == STARTER else name_of(folder)
    kind = STARTER if model == STARTER else _kind(folder)
    entry = CatalogEntry(model, name, folder, _bytes(folder), kind=kind)
    try:
        with reading(folder.name, AGAIN):
            family, parts = _family_and_weights(folder)
            return replace(entry, family=family, parts=parts, knows=card_of(folder).knows)
    except InputError as error:
        return replace(entry, problem=error.message)


def _family_and_weights(path: Path) -> tuple[str, dict[str, Weights]]:
    if path.is_file():
        checkpoint = read_checkpoint(path)
        return checkpoint.called, checkpoint.weights
    family = check_folder(path)
    parts = [part for part in family.weights if (path / part).is_dir()]
    called = recognise_folder(path, name_of(path)).title or family.name
    return called, {part: Weights(sum(one.numbers for one in headers(path, part))) for part in parts}


def _kind(path: Path) -> str:
    if _is_file(path):
        return "file"
    return "hub" if path.parent == models_home() or path.parent.name == "snapshots" else "folder"


def _bytes(path: Path) -> int:
    """Bytes of weights; a link that leads nowhere and what can't be looked at have none."""
    total = 0
    with suppress(OSError):
        weights = (file for ending in SINGLE for file in path.rglob(f"*{ending}"))
        for file in [path] if _is_file(path) else weights:
            total += file.stat().st_size if _is_file(file) else 0
    return total


def _is_file(path: Path) -> bool:
    """Whether there is such a file; no for one in a folder that can't be looked into."""
    try:
        return path.is_file()
    except OSError:
        return False


def folder_of(model: str) -> Path:
    """The folder or file that a request's `model` names; a hub name leads to what was downloaded of it."""
    if model == STARTER:
        return starter_folder()
    path = expanded(model)
    if os.path.exists(path) or not is_hub_name(model):  # noqa: PTH110 - which raises nothing
        return path
    snapshots = (snapshot for snapshot in cached("*", INDEX) if name_of(snapshot) == model)
    places = (home_of(model), *snapshots)
    files = _singles(home_of(model))
    alone = files[0] if len(files) == 1 else path
    return next((place for place in places if (place / INDEX).is_file()), alone)


def name_of(folder: Path) -> str:
    """A snapshot in the hub's cache is known by its repository, any other folder by its own name."""
    if folder.parent.name == "snapshots":
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    if folder.parent == models_home():
        return folder.name.replace("--", "/", 1)
    return folder.stem if folder.is_file() else folder.name


def _singles(room: Path, below: str = "") -> list[Path]:
    """The files in a room that may each be a model."""
    return [file for ending in SINGLE for file in found_in(room, f"{below}*{ending}")]
