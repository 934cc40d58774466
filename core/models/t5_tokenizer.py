"""The tokenizer of T5, which no single file holds: where it may lie, and one that is chosen. No torch."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from core.errors import InputError
from core.models.documents import read_json
from core.models.repository import models_home
from core.photo.atomic import explain_write

PART = "tokenizer_3"  # its folder in a diffusers folder of Stable Diffusion 3, and beside a single file
TOKENIZER = "tokenizer.json"
FILES = ("tokenizer_config.json", TOKENIZER)  # what is looked for comes last, when all is there
# By T5's authors, 2 MB, not gated; T5 of every size and of both versions reads by the same vocabulary.
REPO = "google-t5/t5-small"
CACHED = tuple(f"models--{repo.replace('/', '--')}" for repo in (REPO, "google/t5-v1_1-xxl"))
LEFT_OUT = (
    "{name} holds the text encoder T5, which is left out: its tokenizer isn't on this machine. The model was "
    "trained to do without, and reads long and involved prompts less well. “palimpsest models tokenizer” "
    "fetches it once (2 MB)."
)
log = logging.getLogger(__name__)


def tokenizer_home() -> Path:
    """Where it is kept once it was fetched or chosen."""
    return platformdirs.user_data_path("palimpsest") / "tokenizers" / "t5"


def find_tokenizer(beside: Path) -> Path | None:
    """Its folder: beside a model's file, kept, or in an SD 3 folder on this machine; None for none."""
    if (beside / PART).is_dir():
        return beside / PART
    return next((folder for folder in _places() if (folder / TOKENIZER).is_file()), None)


def tokenizer_files(folder: Path) -> list[Path]:
    """What of its folder decides how a text is read."""
    return sorted(file for file in folder.iterdir() if file.suffix in (".json", ".model"))


def keep_tokenizer(chosen: Path) -> Path:
    """Take the tokenizer in a folder of the user's, or in its tokenizer_3. CoreError when there is none."""
    folder = next((it for it in (chosen, chosen / PART) if (it / TOKENIZER).is_file()), None)
    if folder is None:
        hint = f"Choose the folder {PART} of a Stable Diffusion 3 model."
        raise InputError(f"{chosen} holds no {TOKENIZER}.", hint)
    read_json(folder / TOKENIZER)
    home = tokenizer_home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, home / name)
    except OSError as error:
        raise explain_write(error, home) from error
    return home


def _places() -> Iterator[Path]:
    """Where it may lie: kept, in what was fetched, in the hub's cache."""
    from huggingface_hub.constants import HF_HUB_CACHE

    yield tokenizer_home()
    yield from _folders(models_home(), f"*/{PART}")
    yield from _folders(Path(HF_HUB_CACHE), f"models--*/snapshots/*/{PART}")
    for repo in CACHED:
        yield from _folders(Path(HF_HUB_CACHE), f"{repo}/snapshots/*")


def _folders(room: Path, pattern: str) -> list[Path]:
    try:
        return sorted(room.glob(pattern))
    except OSError as error:
        log.warning("%s is left out: %s", room, error)
        return []
