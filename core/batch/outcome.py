"""What became of one picture, and the manifest: the line-by-line memory of a batch."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import msgspec

from core.batch.pictures import LOSSY, NAME, Item
from core.batch.weights import Weights, weights_of
from core.edit.request import EditRequest, request_from
from core.errors import InputError
from core.photo.atomic import explain_write

FORMAT = 1


@dataclass(frozen=True)
class Outcome:
    """One picture, done or failed.

    evaluations  UNet evaluations by stage;  seconds  by stage: load (the model, by its first picture), open,
                 finding, encoding, decoding, pasting, write
    worker       who did it;  error  why it failed, "" when done
    fatal        the next picture would fail in the same way: the batch ends
    notices      sentences about the picture and its edit, as "palimpsest edit" says them
    """

    name: str
    evaluations: dict[str, int] = field(default_factory=dict[str, int])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    worker: str = ""
    error: str = ""
    fatal: bool = False
    notices: tuple[str, ...] = ()


class Manifest:
    """A JSON-lines file in the output folder: a head that names the recipe, then a line for every outcome.

    Between them stand lines that tell the weights the following outcomes were made with. A line is appended
    by one write and flushed to the disk; one torn by a crash is passed over when read.
    """

    def __init__(self, path: Path, lines: list[dict[str, object]], quality: int, weights: str | None) -> None:
        self._path, self._lines, self._quality, self._weights = path, lines, quality, weights

    @classmethod
    def open(cls, folder: Path, recipe: EditRequest, quality: int) -> Self:
        """The folder's manifest, or a new one. InputError when it belongs to another recipe.

        quality: of lossy formats, 1…100.
        """
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lines = _read(path)
            if not lines:
                _append(path, {"format": FORMAT, "request": recipe})
                lines = _read(path)
            head, *rest = lines
            if head.get("format") != FORMAT or request_from(head.get("request")) != recipe:
                raise InputError(
                    f"{folder} holds a batch made with another recipe.", "Choose another output folder."
                )
            known = _weights(rest)
            weights = weights_of(recipe, known)
            if weights is not None and weights != known:
                _append(path, {"weights": weights})
        except OSError as error:
            raise explain_write(error, path) from error
        return cls(path, rest, quality, None if weights is None else weights.digest)

    def done(self, items: tuple[Item, ...]) -> dict[str, Outcome]:
        """What is done already: its result is there, and all that it was made from is as it was."""
        last = {str(line.get("name")): line for line in self._lines}
        return {
            item.name: msgspec.convert(line["outcome"], Outcome)
            for item in items
            if (line := last.get(item.name)) is not None
            and line.get("of") == self._state(item)
            and not msgspec.convert(line["outcome"], Outcome).error
            and item.output.exists()
        }

    def add(self, item: Item, outcome: Outcome) -> None:
        """Write an outcome down. CoreError when the disk gives out."""
        try:
            _append(self._path, {"name": item.name, "of": self._state(item), "outcome": asdict(outcome)})
        except OSError as error:
            raise explain_write(error, self._path) from error

    def _state(self, item: Item) -> dict[str, object]:
        """What a result is made from beside the recipe: when any of it changes, the picture is due again."""
        return {
            "picture": _stamp(item.source),
            "mask": None if item.mask is None else _stamp(item.mask),
            "quality": self._quality if item.output.suffix.lower() in LOSSY else None,
            "weights": self._weights,
        }


def _weights(lines: list[dict[str, object]]) -> Weights | None:
    """Those that an earlier run was made with at last."""
    told = next((line["weights"] for line in reversed(lines) if "weights" in line), None)
    return None if told is None else msgspec.convert(told, Weights)


def _stamp(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _read(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        return []
    lines: list[dict[str, object]] = []
    for line in path.read_bytes().splitlines():
        try:
            lines.append(msgspec.json.decode(line, type=dict[str, object]))
        except msgspec.DecodeError:  # torn by a crash
            continue
    return lines


def _append(path: Path, line: Mapping[str, object]) -> None:
    """One write of one line; a torn line before it is closed first."""
    with path.open("ab+", buffering=0) as file:
        file.seek(0, os.SEEK_END)
        torn = file.tell() > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
        file.write((b"\n" if torn else b"") + msgspec.json.encode(line) + b"\n")
        os.fsync(file.fileno())
