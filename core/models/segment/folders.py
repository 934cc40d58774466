"""Folders that hold a segmentation model, SAM 2.1 as the hub has it, and where on this machine they are.

No torch.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from core.errors import InputError
from core.models.files.documents import read_json
from core.models.hub.repository import BESIDE, SETTINGS, cached, home_of, is_hub_name, models_home
from core.models.recognise.kinds import ModelKind
from core.text import expanded

TINY = "facebook/sam2.1-hiera-tiny"
GET = f"Get {TINY} or -small from the hub: palimpsest models get {TINY}."
KINDS = ("sam2", "sam2_video")  # the hub's files are those of the video model, which holds this one
WEIGHTS = "model.safetensors"


def settings_of(folder: Path) -> dict[str, object]:
    """The configuration of a segmentation model. InputError for a folder that holds none."""
    settings = read_json(folder / SETTINGS) if (folder / SETTINGS).is_file() else {}
    if settings.get("model_type") not in KINDS or not (folder / WEIGHTS).is_file():
        raise InputError(f"{folder.name} is no SAM 2.1 model.", GET)
    return settings


def is_segmenter(folder: Path) -> bool:
    """Whether there is a segmentation model in a folder."""
    try:
        settings_of(folder)
    except (InputError, OSError):
        return False
    return True


def segmenters(given: Iterable[Path] = (), home: Path | None = None) -> list[Path]:
    """The folders of those on this machine: given ones, fetched ones, those in the hub's cache.

    home: where models go, if not in `models_home()` alone.
    """
    places = dict.fromkeys([*given, *_fetched(home), *cached("*", SETTINGS)])
    return [folder for folder in places if is_segmenter(folder)]


def segmenter_of(name: str) -> Path:
    """The folder that a name means: a path, a name on the hub of one that was fetched; "" is the first here.

    InputError where there is none.
    """
    if not name:
        found = segmenters()
        if not found:
            raise InputError("There is no segmentation model on this machine.", GET)
        return found[0]
    folder = expanded(name)
    if not folder.exists() and is_hub_name(name):
        repo = name.replace("/", "--")
        places = [home_of(name, models_home() / BESIDE[ModelKind.SEGMENTER]), *cached(repo, SETTINGS)]
        folder = next(filter(is_segmenter, places), folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder “{name}”.", GET)
    return folder


def _fetched(home: Path | None) -> Iterator[Path]:
    """Folders below the places where fetched models go."""
    for room in (home, models_home() / BESIDE[ModelKind.SEGMENTER]):
        try:
            yield from sorted(room.iterdir()) if room is not None else ()
        except OSError:
            continue
