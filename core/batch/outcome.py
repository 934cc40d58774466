"""What became of one picture, and the manifest: the line-by-line memory of a batch."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import msgspec

from core.batch.pictures import NAME, Item
from core.edit.request import EditRequest, request_from
from core.errors import InputError
from core.models.identity import Identity, identity_of
from core.photo.files.atomic import explain_write
from core.photo.files.formats import LOSSY
from core.text import from_json, to_json

FORMAT = 1
SAID = 10  # numbers of damaged lines in a sentence


@dataclass(frozen=True)
class Outcome:
    """One picture, done or failed.

    evaluations  UNet evaluations by stage;  seconds  by stage: load (the model, by its first picture), open,
                 finding, encoding, decoding, pasting, write
    worker       who did it;  error  why it failed, "" when done
    fatal        the next picture would fail in the same way: the batch ends
    notices      sentences about the picture and its edit, as "palimpsest edit" says them
    threads      of the processor that it was computed with, 0 where none was: the same recipe with these in
                 it makes the same bytes on this machine
    """

    name: str
    evaluations: dict[str, int] = field(default_factory=dict[str, int])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    worker: str = ""
    error: str = ""
    fatal: bool = False
    notices: tuple[str, ...] = ()
    threads: int = 0


class _Line(msgspec.Struct):
    """What stands in the manifest about one picture: its outcome, and what it was made from."""

    name: str
    of: dict[str, object]
    outcome: Outcome


@dataclass
class _Read:
    """A manifest as found. damaged: the numbers of lines that say nothing, from 1."""

    head: dict[str, object] | None = None
    weights: Identity | None = None
    last: dict[str, _Line] = field(default_factory=dict[str, _Line])
    damaged: list[int] = field(default_factory=list[int])


class Manifest:
    """A JSON-lines file in the output folder: a head that names the recipe, then a line for every outcome.

    Between them stand lines that tell the weights the following outcomes were made with. A line is appended
    and flushed to the disk; one that is damaged is passed over when read, and its picture is due again.
    notices: a sentence when there are such lines.
    """

    def __init__(self, path: Path, known: _Read, quality: int, weights: str | None) -> None:
        self._path, self._last, self._quality, self._weights = path, known.last, quality, weights
        self.notices = _told(path, known.damaged)

    @classmethod
    def open(cls, folder: Path, recipe: EditRequest, quality: int) -> Self:
        """The folder's manifest, or a new one. InputError when it belongs to another recipe.

        quality: of lossy formats, 1…100.
        """
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            known = _read(path)
            if known.head is None and not known.last:
                known.head = {"format": FORMAT, "request": msgspec.to_builtins(recipe)}
                _append(path, known.head)
            _check_head(known.head, recipe, path)
            weights = identity_of(recipe, known.weights, recipe.prompts)
            if weights is not None and weights != known.weights:
                _append(path, {"weights": weights})
        except OSError as error:
            raise explain_write(error, path) from error
        return cls(path, known, quality, None if weights is None else weights.digest)

    def done(self, items: tuple[Item, ...]) -> dict[str, Outcome]:
        """What is done already: its result is there, and all that it was made from is as it was."""
        return {
            item.name: line.outcome
            for item in items
            if (line := self._last.get(item.name)) is not None
            and line.of == self._state(item)
            and not line.outcome.error
            and item.output.exists()
        }

    def add(self, item: Item, outcome: Outcome) -> None:
        """Write an outcome down. CoreError when the disk gives out."""
        try:
            _append(self._path, {"name": item.name, "of": self._state(item), "outcome": outcome})
        except OSError as error:
            raise explain_write(error, self._path) from error

    def _state(self, item: Item) -> dict[str, object]:
        """What a result is made from beside the recipe: when any of it changes, the picture is due again."""
        return {
            "picture": _stamp(item.source),
            "mask": None if item.mask is None else _stamp(item.mask),
            **({} if item.mask_from is None else {"mask from": item.mask_from}),
            "quality": self._quality if item.output.suffix.lower() in LOSSY else None,
            "weights": self._weights,
        }


def _check_head(head: dict[str, object] | None, recipe: EditRequest, path: Path) -> None:
    """InputError unless the manifest was begun for this recipe."""
    if head is None:
        raise InputError(
            f"The head of {path}, which names the recipe, is damaged.",
            "Choose another output folder, or delete that file to do all pictures again.",
        )
    try:
        same = head.get("format") == FORMAT and request_from(head.get("request")) == recipe
    except InputError:  # of a newer version
        same = False
    if not same:
        raise InputError(
            f"{path.parent} holds a batch made with another recipe.", "Choose another output folder."
        )


def _told(path: Path, damaged: list[int]) -> tuple[str, ...]:
    if not damaged:
        return ()
    lines = "line" if len(damaged) == 1 else "lines"
    numbers = ", ".join(map(str, damaged[:SAID])) + (" …" if len(damaged) > SAID else "")
    return (f"{path} is damaged in {lines} {numbers}: what stood there is done again.",)


def _stamp(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _read(path: Path) -> _Read:
    known = _Read()
    if not path.exists():
        return known
    for number, data in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            if data.strip():
                _take(known, from_json(data, dict[str, object]))
        except (msgspec.DecodeError, UnicodeError):  # torn by a crash, or by whatever happens to files
            known.damaged.append(number)
    return known


def _take(known: _Read, line: dict[str, object]) -> None:
    """What one line says. msgspec.DecodeError when it says nothing."""
    if "format" in line:
        known.head = known.head or line
    elif "weights" in line:
        known.weights = msgspec.convert(line["weights"], Identity)
    else:
        told = msgspec.convert(line, _Line)
        known.last[told.name] = told


def _append(path: Path, line: Mapping[str, object]) -> None:
    """Write one line; a torn line before it is closed first."""
    with path.open("ab+") as file:
        file.seek(0, os.SEEK_END)
        torn = file.tell() > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
        file.write((b"\n" if torn else b"") + to_json(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())
