"""What was fetched from the hub, whole or begun, and what room it takes. No torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.models.hub.repository import MARKS, SINGLE


@dataclass(frozen=True)
class Fetched:
    """A repository's folder. model: what a request names it by, None while it isn't whole; bytes: here."""

    repo: str
    folder: Path
    model: Path | None
    bytes: int


def fetched(homes: Iterable[Path]) -> tuple[Fetched, ...]:
    """The folders of repositories below these; none in a place that can't be looked into."""
    return tuple(_described(folder) for home in dict.fromkeys(homes) for folder in _folders(home))


def _folders(home: Path) -> list[Path]:
    """Those that are named as fetching names them: owner--model."""
    try:
        return sorted(path for path in home.iterdir() if "--" in path.name and path.is_dir())
    except OSError:
        return []


def _described(folder: Path) -> Fetched:
    files = [path for path in folder.rglob("*") if path.is_file()]
    alone = [path for path in files if path.parent == folder and path.suffix in SINGLE]
    whole = any(folder / mark in files for mark in MARKS)
    model = folder if whole else alone[0] if len(alone) == 1 else None
    return Fetched(
        folder.name.replace("--", "/", 1), folder, model, sum(path.stat().st_size for path in files)
    )
