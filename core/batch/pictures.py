"""Which pictures a batch works on, and where each result goes. Nothing is decoded here."""

import glob
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError

# What core.photo opens and writes; its own tables would bring NumPy and Pillow.
OPENED = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif", ".gif", ".bmp", ".ppm")
WRITTEN = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif")
LIST = ".txt"


@dataclass(frozen=True)
class Item:
    """One picture of a batch.

    name    its place below the output folder, with "/": what the manifest knows it by
    source  the picture;  output  where its edit goes;  mask  a PNG of its size, None to find the region
    """

    name: str
    source: Path
    output: Path
    mask: Path | None = None


@dataclass(frozen=True)
class Gathered:
    """The pictures in order, and a sentence for each that was left out because it comes twice."""

    items: tuple[Item, ...]
    notices: tuple[str, ...]


def gather(given: Sequence[str], output: Path, masks: Path | None = None) -> Gathered:
    """The pictures that files, folders (with all below them), globs and list files name.

    A list file ends in .txt and names one of these a line, relative to itself. A picture that comes twice, by
    path or by its bytes, is done once. What lies below the output folder is never taken for a picture.
    InputError: nothing found, two pictures with one result, a result that would replace a picture.
    """
    found = [pair for text in given for pair in _expand(text, Path(), output.resolve())]
    if not found:
        kinds = " ".join(OPENED)
        raise InputError(
            f"There are no pictures in {', '.join(given)}.", f"A batch takes files that end in {kinds}."
        )
    items, notices = _once(found, output, masks)
    _check(items)
    return Gathered(tuple(items), tuple(notices))


def _expand(text: str, beside: Path, output: Path) -> Iterator[tuple[Path, str]]:
    """(picture, name) for every picture that one argument stands for."""
    path = beside / Path(text).expanduser()
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            below = file.relative_to(path)
            hidden = any(part.startswith(".") for part in below.parts)
            mine = output != path.resolve() and output in file.resolve().parents
            if file.suffix.lower() in OPENED and file.is_file() and not hidden and not mine:
                yield file, below.as_posix()
    elif path.is_file() and path.suffix.lower() == LIST:
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            if line.strip():
                yield from _expand(line.strip(), path.parent, output)
    elif path.is_file():
        yield path, path.name
    elif matches := sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207 - pathlib has no absolute globs
        for match in matches:
            if Path(match).is_dir() or Path(match).suffix.lower() in OPENED:
                yield from _expand(match, Path(), output)
    else:
        raise InputError(f"There is no picture, folder or list {path}.")


def _once(found: list[tuple[Path, str]], output: Path, masks: Path | None) -> tuple[list[Item], list[str]]:
    """Each picture once. Only files of the same length are read to be compared."""
    lengths: dict[int, int] = {}
    for path, _ in found:
        lengths[path.stat().st_size] = lengths.get(path.stat().st_size, 0) + 1
    items: list[Item] = []
    notices: list[str] = []
    known: dict[object, Path] = {}
    for path, name in found:
        same = lengths[path.stat().st_size] > 1
        keys: list[object] = [path.resolve(), *([_digest(path)] if same else [])]
        earlier = next((known[key] for key in keys if key in known), None)
        if earlier is not None:
            why = (
                "was named twice" if earlier.resolve() == path.resolve() else f"is the same file as {earlier}"
            )
            notices.append(f"{path} {why}; it is done once.")
            continue
        known.update(dict.fromkeys(keys, path))
        written = name if path.suffix.lower() in WRITTEN else name + ".png"
        mask = None if masks is None else masks / Path(name).with_suffix(".png")
        items.append(Item(written, path, output / written, mask))
    return items, notices


def _check(items: list[Item]) -> None:
    sources = {item.source.resolve() for item in items}
    outputs: dict[Path, Item] = {}
    for item in items:
        result = item.output.resolve()
        if result in sources:
            raise InputError(
                f"The result {item.output} would replace a picture.", "Choose another output folder."
            )
        if result in outputs:
            raise InputError(
                f"{outputs[result].source} and {item.source} would both be written to {item.output}.",
                "Name the folder that holds both, so that theirs is kept.",
            )
        outputs[result] = item


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
