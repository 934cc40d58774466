"""Which weights a request is computed with, known by their content: a folder's name and times can't tell.

"Same request, same bytes" holds for the same weights: so the engine writes this digest into every request
that it answers, and batches and movies tell by it whether what was begun goes on. No torch.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs

from core.edit.request import EditRequest, Embedding
from core.edit.words.lora_tags import without_tags
from core.edit.words.weighted import PromptStyle
from core.errors import CoreError, InputError
from core.models.card import card_of
from core.models.catalog import folder_of
from core.models.files.checkpoint import read_checkpoint
from core.models.lora.named import with_named_loras
from core.models.text.embeddings import EmbeddingFile, named_in
from core.models.vae.files import vae_files
from core.photo.files.atomic import write_atomic

DECIDE = (".safetensors", ".json", ".txt", ".jinja")  # weights, settings, vocabularies, templates
KEPT = 1000  # files whose digests are remembered
log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())

Stamp = tuple[str, int, int]  # path, bytes, nanoseconds of the last change


@dataclass(frozen=True)
class Identity:
    """digest: SHA-256, hex, over names and contents; stamps: of the files behind it."""

    digest: str
    stamps: tuple[Stamp, ...]


def identity_of(
    request: EditRequest, known: Identity | None = None, prompts: Iterable[str] = ()
) -> Identity | None:
    """Of the request's model, VAE and LoRA files, by names that are the same wherever they lie.

    prompts: that will be read; the textual inversions that they name belong to it.
    A file is read once, about a second for a gigabyte, and then known by its stamp, in later processes too.
    What is not on this machine, as it may be for a cluster's driver, can't be told from `known`.
    """
    try:
        files = dict(_files(request))
        files |= {f"embedding {file.name}": file.path for file in embeddings_of(request, prompts)}
        stamps = tuple(_stamp(file) for file in files.values())
        if known is not None and known.stamps == stamps:
            return known
        contents = _contents(tuple(zip(files.values(), stamps, strict=True)))
    except (OSError, InputError):
        return known
    total = hashlib.sha256()
    for name, content in zip(files, contents, strict=True):
        total.update(f"{name}\n{content}\n".encode(errors="surrogatepass"))
    return Identity(total.hexdigest(), stamps)


def embeddings_of(request: EditRequest, prompts: Iterable[str]) -> tuple[EmbeddingFile, ...]:
    """The textual inversions that these prompts name, where the request reads them with weights."""
    style = request.prompt_style
    if style is PromptStyle.AUTO:
        style = card_of(folder_of(request.model)).prompt_style
    return named_in(map(without_tags, prompts)) if style is PromptStyle.WEIGHTED else ()


def digests_of(files: Iterable[EmbeddingFile]) -> tuple[Embedding, ...]:
    """Textual inversions as a request names them; those that can't be read are left out."""
    found: list[Embedding] = []
    for file in files:
        with suppress(OSError):
            (content,) = _contents(((file.path, _stamp(file.path)),))
            found.append(Embedding(file.name, content))
    return tuple(found)


def _files(request: EditRequest) -> Iterator[tuple[str, Path]]:
    place = folder_of(request.model)
    if place.is_dir():
        found = sorted(path for path in place.rglob("*") if path.suffix in DECIDE and path.is_file())
        yield from ((path.relative_to(place).as_posix(), path) for path in found)
    else:
        yield from _files_of(place).items()
    if request.vae:
        yield from vae_files(request.vae)
    for n, lora in enumerate(with_named_loras(request).loras):
        yield f"LoRA {n}", Path(lora.file)


def _files_of(file: Path) -> dict[str, Path]:
    """A single file, and what of its model lies in others; one that can't be opened stands for itself."""
    try:
        return read_checkpoint(file).files
    except InputError:
        return {"model": file}


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return str(path.absolute()), found.st_size, found.st_mtime_ns


def _contents(files: tuple[tuple[Path, Stamp], ...]) -> list[str]:
    """The SHA-256 of each file; those that are not known yet are read, and remembered."""
    known = _read()
    fresh = {stamp: _digest(path) for path, stamp in files if stamp not in known}
    if fresh:
        _write(dict([*known.items(), *fresh.items()][-KEPT:]))
    return [known.get(stamp) or fresh[stamp] for _, stamp in files]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place() -> Path:
    return platformdirs.user_cache_path("palimpsest") / "digests.json"


def _read() -> dict[Stamp, str]:
    try:
        return dict(msgspec.json.decode(_place().read_bytes(), type=list[tuple[Stamp, str]]))
    except (OSError, msgspec.DecodeError):
        return {}


def _write(known: dict[Stamp, str]) -> None:
    """Remembering saves time, no more: where it can't be done, nothing is said."""
    place = _place()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        data = msgspec.json.encode(list(known.items()))
        write_atomic(place, lambda file: file.write(data))
    except (OSError, CoreError, UnicodeEncodeError):
        log.info("the digests of weights can't be remembered", exc_info=True)
