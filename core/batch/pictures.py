"""Which pictures a batch works on, and where each result goes. Nothing is decoded here."""

import glob
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from core.errors import InputError
from core.photo.files.atomic import real
from core.photo.files.formats import EXPORTS, OPENED
from core.text import decoded, expanded, is_text

LIST = ".txt"
DEEPEST = 20  # lists that lead to one another
NAME = "batch.jsonl"  # the manifest, in the output folder
REPORTS = ("batch.json", "batch.csv")  # beside it
ELSEWHERE = "Choose another output folder."


@dataclass(frozen=True)
class Item:
    """One picture of a batch.

    name       its place below the output folder, with "/": what the manifest knows it by
    source     the picture;  output  where its edit goes;  mask  a PNG of its size, None to find the region
    mask_from  what of that picture is the mask (`core.photo.files.mask_files.MaskFrom`)
    """

    name: str
    source: Path
    output: Path
    mask: Path | None = None
    mask_from: str | None = None


@dataclass(frozen=True)
class Gathered:
    """The pictures in order, and a sentence for each that was left out because it comes twice."""

    items: tuple[Item, ...]
    notices: tuple[str, ...]


_Found = tuple[Path, str]  # a picture, and its place below the output folder


def gather(
    given: Sequence[str],
    output: Path,
    masks: Path | None = None,
    recipe: Path | None = None,
    mask_from: str | None = None,
) -> Gathered:
    """The pictures that files, folders (with all below them), globs and list files name.

    A list file ends in .txt and names one of these a line, relative to itself. A picture that comes twice, by
    path or by its bytes and its mask's, is done once. What lies below the output folder is never taken for a
    picture, unless it is named by itself and no batch has written there yet.
    InputError: nothing found, two pictures with one result, a list that can't be read or leads back to
    itself, a result or report that would replace a picture, a mask, the recipe or a list.
    mask_from: as in `Item`.
    """
    try:
        gathered = _gather(given, output, masks, recipe)
    except (OSError, RuntimeError, ValueError) as error:  # a name too long; a link to itself; a zero byte
        name = getattr(error, "filename", None)
        why = f"{_short(name)}: {error.strerror}" if name and isinstance(error, OSError) else str(error)
        raise InputError(f"Some of what is named can't be looked at: {why}.") from error
    items = (replace(item, mask_from=mask_from) for item in gathered.items)
    return replace(gathered, items=tuple(items))


def _gather(given: Sequence[str], output: Path, masks: Path | None, recipe: Path | None) -> Gathered:
    search = _PictureSearch(output)
    found = [pair for text in given for pair in search.find(text)]
    if not found and search.passed:
        raise InputError(f"All that {', '.join(given)} names lies in the output folder {output}.", ELSEWHERE)
    if not found:
        kinds = " ".join(OPENED)
        raise InputError(
            f"There are no pictures in {', '.join(given)}.", f"A batch takes files that end in {kinds}."
        )
    items, notices = _once(found, output, masks)
    _check_apart(items)
    read = {
        "a picture": [item.source for item in items],
        "a mask": [item.mask for item in items if item.mask is not None],
        "the recipe": [] if recipe is None else [recipe],
        "a list of pictures": search.lists,
    }
    _check_kept(read, [*(item.output for item in items), *(output / name for name in (NAME, *REPORTS))])
    return Gathered(tuple(items), tuple(notices))


class _PictureSearch:
    """Follows arguments to pictures. `lists`: the list files read; `passed`: results were passed over."""

    def __init__(self, output: Path) -> None:
        self._output = real(output)
        self._used = (self._output / NAME).exists()
        self.lists: list[Path] = []
        self.passed = False

    def find(self, text: str, beside: Path = Path(), within: tuple[Path, ...] = ()) -> Iterator[_Found]:
        """(picture, name) for every picture that one argument stands for. within: the lists that led here."""
        path = beside / expanded(text)
        if path.is_dir():
            yield from self._folder(path, path)
        elif path.is_file() and path.suffix.lower() == LIST:
            yield from self._list(path, within)
        elif path.is_file():
            yield from self._file(path, path.name, path)
        elif matches := sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207 - pathlib has no absolute globs
            fixed = Path(*takewhile(lambda part: not glob.has_magic(part), path.parts))
            for match in map(Path, matches):
                if match.is_dir():
                    yield from self._folder(match, fixed)
                elif match.suffix.lower() in OPENED and match.is_file():
                    yield from self._file(match, match.name, fixed)
        else:
            raise InputError(f"There is no picture, folder or list {_short(path)}.")

    def _folder(self, folder: Path, named: Path) -> Iterator[_Found]:
        for file in sorted(folder.rglob("*")):
            below = file.relative_to(folder)
            hidden = any(part.startswith(".") for part in below.parts)
            if file.suffix.lower() in OPENED and file.is_file() and not hidden:
                yield from self._file(file, below.as_posix(), named)

    def _list(self, path: Path, within: tuple[Path, ...]) -> Iterator[_Found]:
        here = real(path)
        if here in within:
            raise InputError(f"The list {path} leads back to itself.", "Take out the line that names it.")
        if len(within) == DEEPEST:
            raise InputError(
                f"The list {path} lies in {DEEPEST} others.", "Name its pictures in one of them."
            )
        self.lists.append(path)
        not_text = InputError(f"The list {path} is not text in UTF-8.", "Save it in UTF-8.")
        try:
            text = decoded(
                path.read_bytes(), "surrogateescape"
            )  # names may be any bytes, as `ls` writes them
        except UnicodeDecodeError as error:
            raise not_text from error
        except OSError as error:
            raise InputError(f"The list {path} can't be read: {error.strerror}.") from error
        for line in filter(None, map(str.strip, re.split("[\r\n]", text))):
            if not is_text(line) and not (path.parent / line).exists():
                raise not_text
            yield from self.find(line, path.parent, (*within, here))

    def _file(self, file: Path, name: str, named: Path) -> Iterator[_Found]:
        """The file, if it is no result. named: the file, the folder or a glob's fixed part as it was given.

        Once a batch has written to the output folder, all in it is its own: a shell that expands photos/*
        names photos/done too. Before that, who names the folder itself means its pictures, and is told that
        they would be replaced.
        """
        root = real(named)
        meant = not self._used and self._output in (root, *root.parents)
        if self._output in real(file).parents and not meant:
            self.passed = True
        else:
            yield file, name


def _once(found: list[tuple[Path, str]], output: Path, masks: Path | None) -> tuple[list[Item], list[str]]:
    """Each picture once. Only files of the same length are read to be compared."""
    lengths: dict[int, int] = {}
    for path, _ in found:
        lengths[path.stat().st_size] = lengths.get(path.stat().st_size, 0) + 1
    items: list[Item] = []
    notices: list[str] = []
    known: dict[object, Path] = {}
    for path, name in found:
        mask = None if masks is None else masks / Path(name).with_suffix(".png")
        same = lengths[path.stat().st_size] > 1
        keys: list[object] = [real(path), *([(_content(path), _content(mask))] if same else [])]
        earlier = next((known[key] for key in keys if key in known), None)
        if earlier is not None:
            why = "was named twice" if real(earlier) == real(path) else f"is the same file as {earlier}"
            notices.append(f"{path} {why}; it is done once.")
            continue
        known.update(dict.fromkeys(keys, path))
        written = name if path.suffix.lower() in EXPORTS else name + ".png"
        items.append(Item(written, path, output / written, mask))
    return items, notices


def _content(path: Path | None) -> object:
    """What a file is known by; one that can't be read is like no other, so that each such is listed."""
    try:
        return None if path is None else _digest(path)
    except OSError:
        return path


def _short(path: object) -> str:
    """For a sentence: a line of a file that is no list can be very long."""
    text = str(path)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _check_apart(items: list[Item]) -> None:
    outputs: dict[Path, Item] = {}
    for item in items:
        result = real(item.output)
        if result in outputs:
            raise InputError(
                f"{outputs[result].source} and {item.source} would both be written to {item.output}.",
                "Name the folder that holds both, so that theirs is kept.",
            )
        outputs[result] = item


def _check_kept(read: dict[str, list[Path]], results: Iterable[Path]) -> None:
    """Nothing that is read is written over. read: what each path is → the paths."""
    written = {real(result): result for result in results}
    for what, paths in read.items():
        for path in paths:
            if (result := written.get(real(path))) is not None:
                raise InputError(f"The result {result} would replace {what}.", ELSEWHERE)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
