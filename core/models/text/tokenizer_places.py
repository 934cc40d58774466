"""Tokenizers that no single file holds: where they may lie, and ones that are chosen. No torch."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from core.errors import InputError
from core.models.files.documents import read_json
from core.models.hub.repository import models_home
from core.photo.files.atomic import explain_write

TOKENIZER = "tokenizer.json"
FILES = (  # what is looked for comes last, when all is there
    "tokenizer_config.json",
    "chat_template.jinja",
    TOKENIZER,
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TokenizerKind:
    """A tokenizer that several models share.

    name    of the text encoder that it belongs to;  key: by which a command names it, and its folder here
    part    its folder in a diffusers folder, and beside a single file;  owner: a model with such a folder
    repo    where it is fetched, not gated, from the folder `room` there;  size: in words
    cached  repositories that may lie in the hub's cache for other reasons
    also    folders of other models that may hold it: it is what their settings call `made`
    speaks  what its chat template holds, "" for none: others may lie in folders of that name
    """

    name: str
    key: str
    part: str
    owner: str
    repo: str
    size: str
    room: str = ""
    cached: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    made: str = ""
    speaks: str = ""

    @property
    def home(self) -> Path:
        """Where it is kept once it was fetched or chosen."""
        return platformdirs.user_data_path("palimpsest") / "tokenizers" / self.key

    def is_in(self, folder: Path) -> bool:
        if not (folder / TOKENIZER).is_file():
            return False
        return not self.speaks or self.speaks in _template(folder)

    def is_within(self, folder: Path) -> bool:
        """Whether a folder that others may lie in too, by its name, holds it."""
        if not self.is_in(folder):
            return False
        try:
            return self.made in (folder / "tokenizer_config.json").read_text("utf-8")
        except (OSError, ValueError):
            return False


# By T5's authors; T5 of every size and of both versions reads by the same vocabulary.
T5 = TokenizerKind(
    "T5",
    "t5",
    "tokenizer_3",
    "a Stable Diffusion 3 model",
    "google-t5/t5-small",
    "2 MB",
    cached=("google-t5/t5-small", "google/t5-v1_1-xxl"),
    also=("tokenizer_2", "tokenizer"),  # FLUX.1's, Chroma's
    made="T5Tokenizer",
)
QWEN3 = TokenizerKind(
    "Qwen3",
    "qwen3",
    "tokenizer",
    "a Z-Image model",
    "Tongyi-MAI/Z-Image-Turbo",
    "16 MB",
    room="tokenizer",
    cached=("Qwen/Qwen3-4B",),
    speaks="enable_thinking",
)
KINDS = {kind.key: kind for kind in (T5, QWEN3)}
LEFT_OUT = (
    "{name} holds the text encoder T5, which is left out: its tokenizer isn't on this machine. The model was "
    "trained to do without, and reads long and involved prompts less well."
)


def find_tokenizer(kind: TokenizerKind, beside: Path) -> Path | None:
    """Its folder: beside a model's file, kept, or in a model's folder on this machine; None for none."""
    if kind.is_in(beside / kind.part):
        return beside / kind.part
    return next(filter(kind.is_in, _places(kind)), None)


def needed_tokenizer(kind: TokenizerKind, file: Path) -> Path:
    """Its folder, for a file that can't do without. InputError where there is none, and how to get it."""
    found = find_tokenizer(kind, file.parent)
    if found is None:
        why = f"{file.name} needs the tokenizer of {kind.name}, which isn't on this machine."
        raise InputError(why, by_command(kind), lacks=kind.key)
    return found


def by_command(kind: TokenizerKind) -> str:
    """How it is got on a terminal."""
    command = f"palimpsest models tokenizer --of {kind.key}"
    return f"“{command}” fetches it once ({kind.size}), or takes it from {kind.owner}."


def tokenizer_files(folder: Path) -> list[Path]:
    """What of its folder decides how a text is read."""
    return sorted(file for file in folder.iterdir() if file.suffix in (".json", ".model", ".jinja"))


def keep_tokenizer(kind: TokenizerKind, chosen: Path) -> Path:
    """Take the tokenizer in a folder of the user's, or in a model's there. CoreError when there is none."""
    places = [chosen, chosen / kind.part]
    places += [place for other in kind.also if kind.is_within(place := chosen / other)]
    folder = next((it for it in places if (it / TOKENIZER).is_file()), None)
    if folder is None:
        hint = f"Choose the folder {kind.part} of {kind.owner}."
        raise InputError(f"{chosen} holds no {TOKENIZER}.", hint)
    read_json(folder / TOKENIZER)
    if not kind.is_in(folder):
        raise InputError(
            f"{folder} holds another tokenizer than {kind.name}'s.",
            f"Choose the folder {kind.part} of {kind.owner}.",
        )
    home = kind.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, home / name)
    except OSError as error:
        raise explain_write(error, home) from error
    return home


def _template(folder: Path) -> str:
    """What a tokenizer says of chats, in a file of its own or among its settings."""
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        try:
            text = (folder / name).read_text("utf-8")
        except (OSError, ValueError):
            continue
        if name.endswith(".jinja") or "chat_template" in text:
            return text
    return ""


def _places(kind: TokenizerKind) -> Iterator[Path]:
    """Where it may lie: kept, in what was fetched, in the hub's cache."""
    from huggingface_hub.constants import HF_HUB_CACHE

    yield kind.home
    yield from _folders(models_home(), f"*/{kind.part}")
    yield from _folders(Path(HF_HUB_CACHE), f"models--*/snapshots/*/{kind.part}")
    for other in kind.also:
        rooms = (models_home(), f"*/{other}"), (Path(HF_HUB_CACHE), f"models--*/snapshots/*/{other}")
        yield from (it for room, pattern in rooms for it in _folders(room, pattern) if kind.is_within(it))
    for repo in kind.cached:
        yield from _folders(Path(HF_HUB_CACHE), f"models--{repo.replace('/', '--')}/snapshots/*")


def _folders(room: Path, pattern: str) -> list[Path]:
    try:
        return sorted(room.glob(pattern))
    except OSError as error:
        log.warning("%s is left out: %s", room, error)
        return []
