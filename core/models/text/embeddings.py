"""Textual inversions (Gal et al., arXiv 2208.01618): words learned as vectors, known by name. No torch.

They are found where people keep them for other programs, by the names that those use: "easynegative" of
Automatic1111, "embedding:easynegative" of ComfyUI, in small or large letters.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.models.programs import embedding_files
from core.models.recognise.first_bytes import PICKLES


@dataclass(frozen=True)
class EmbeddingFile:
    """A textual inversion on this machine. stamp: length and time of the file, by which a change is seen."""

    name: str
    path: Path
    stamp: tuple[int, int]


def named_in(prompts: Iterable[str]) -> tuple[EmbeddingFile, ...]:
    """The textual inversions whose names stand in a prompt, pickles too: why they can't be used is told."""
    texts = tuple(prompts)
    if not any(texts):
        return ()
    found: dict[str, Path] = {}
    for path in sorted(embedding_files(), key=lambda path: path.suffix.lower() in PICKLES):
        found.setdefault(path.stem.lower(), path)
    if not found:
        return ()
    pattern = _pattern(found)
    named = {match["name"].lower() for text in texts for match in pattern.finditer(text)}
    files = (_file(found[name]) for name in sorted(named))
    return tuple(file for file in files if file is not None)


def taken_out(text: str, files: Sequence[EmbeddingFile]) -> Iterator[str | EmbeddingFile]:
    """A text in order: what stands between the names of textual inversions, and these."""
    if not files:
        yield text
        return
    known = {file.name.lower(): file for file in files}
    at = 0
    for match in _pattern(known).finditer(text):
        yield text[at : match.start()]
        yield known[match["name"].lower()]
        at = match.end()
    yield text[at:]


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Any of the names as a word of its own, the longest first."""
    every = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:embedding:)?(?P<name>{every})(?!\w)", re.IGNORECASE)


def _file(path: Path) -> EmbeddingFile | None:
    try:
        found = path.stat()
    except OSError:  # gone since, or a link that leads nowhere
        return None
    return EmbeddingFile(path.stem, path, (found.st_size, found.st_mtime_ns))
