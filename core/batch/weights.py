"""The weights that a batch is made with, known by their content: a folder's name and times can't tell."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.edit.request import EditRequest
from core.models.catalog import folder_of

READ = (".safetensors", ".json")  # what a model's pixels come from: weights and settings


@dataclass(frozen=True)
class Weights:
    """digest: SHA-256 over names and contents; stamps: path, length and time of the files behind it."""

    digest: str
    stamps: tuple[tuple[str, int, int], ...]


def weights_of(request: EditRequest, known: Weights | None) -> Weights | None:
    """Of the request's model and LoRA files.

    All of them are read, about a second for a gigabyte, unless their stamps are those of `known`. What is not
    on this machine, as it may be for a cluster's driver, can't be told from `known`.
    """
    try:
        files = dict(_files(request))
        stamps = tuple(_stamp(file) for file in files.values())
        if known is not None and known.stamps == stamps:
            return known
        total = hashlib.sha256()
        for name, path in files.items():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
                total.update(f"{name}\n{content}\n".encode(errors="surrogatepass"))
    except OSError:
        return known
    return Weights(total.hexdigest(), stamps)


def _files(request: EditRequest) -> Iterator[tuple[str, Path]]:
    """By names that are the same wherever the model lies."""
    place = folder_of(request.model)
    if place.is_dir():
        found = sorted(path for path in place.rglob("*") if path.suffix in READ and path.is_file())
        yield from ((path.relative_to(place).as_posix(), path) for path in found)
    else:
        yield "model", place
    for n, lora in enumerate(request.loras):
        yield f"LoRA {n}", Path(lora.file)


def _stamp(path: Path) -> tuple[str, int, int]:
    found = path.stat()
    return str(path.absolute()), found.st_size, found.st_mtime_ns
