"""Several queries about one photo in one run, `--to A --to B`: each finds what the others computed."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from core.commands.console import check_outputs
from core.errors import InputError


def each(given: argparse.Namespace) -> list[argparse.Namespace]:
    """The arguments of an `edit`, once for every query, each with files of its own.

    As many outputs as queries: each has its own. One output for several: OUT-1, OUT-2 and so on, as the other
    files always are. InputError for any other number.
    """
    queries: list[str | None] = given.query or [None]
    outputs: list[Path] = given.output
    n = len(queries)
    if len(outputs) not in (1, n):
        raise InputError(
            f"There are {n} --to, but {len(outputs)} -o.",
            "Name one output, which is then numbered, or one for each --to.",
        )
    parts = [argparse.Namespace(**vars(given)) for _ in queries]
    for i, (part, query) in enumerate(zip(parts, queries, strict=True), start=1):
        part.query = query
        part.output = outputs[i - 1] if len(outputs) == n else _numbered(outputs[0], i)
        if n > 1:
            for name in ("save_mask", "save_heat", "report"):
                path = getattr(given, name)
                setattr(part, name, None if path is None else _numbered(path, i))
    return parts


def check_apart(parts: Sequence[argparse.Namespace]) -> None:
    """No two queries may write to one file. Errors as for `check_outputs`."""
    names = ("output", "save_mask", "save_heat", "report")
    check_outputs(parts[0].photo, [getattr(part, name) for part in parts for name in names], [])


def _numbered(path: Path, i: int) -> Path:
    return path.with_stem(f"{path.stem}-{i}")
