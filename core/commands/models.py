"""palimpsest models: what is on this machine, and getting more from the hub."""

import argparse
import sys
from pathlib import Path

from core.commands.console import INTERRUPTED
from core.commands.progress_bar import ProgressBar
from core.errors import InputError


def add(models: argparse.ArgumentParser) -> None:
    """`models [FOLDER …]` lists; `models get OWNER/MODEL …` downloads."""
    models.add_argument(
        "folders",
        nargs="*",
        metavar="FOLDER",
        help="model folders or .safetensors files to look at too; “get OWNER/MODEL …” downloads from the hub",
    )
    models.set_defaults(run=_models)


def _models(given: argparse.Namespace) -> int:
    words: list[str] = given.folders
    if words[:1] == ["get"]:
        if not words[1:]:
            raise InputError("Which model?", "Name it as on the hub: palimpsest models get OWNER/MODEL")
        try:
            for repo in words[1:]:
                _get(repo)
        except KeyboardInterrupt:
            print("Stopped; what has come stays. The same command goes on.", file=sys.stderr)
            return INTERRUPTED
        return 0
    _list([Path(word) for word in words])
    return 0


def _list(given: list[Path]) -> None:
    """One line each, tabs between: name, what --model takes, kind, family, memory, disk."""
    from core.models.catalog import catalog
    from core.models.machine import size

    for entry in catalog(given):
        facts = [entry.problem] if entry.problem else [entry.family, entry.needs, entry.knows]
        print("\t".join(filter(None, (entry.name, entry.model, entry.kind, *facts, size(entry.bytes)))))


def _get(repo: str) -> None:
    from core.models.hub import look
    from core.models.machine import size
    from core.models.transfer import download

    offer = look(repo)
    print(f"{repo}: {size(offer.bytes)}, of which {size(offer.left)} are to be fetched into {offer.folder}.")
    with ProgressBar("B", offer.bytes, scaled=True) as bar:
        download(offer, lambda done, _: bar.show(done), lambda: None)
    print(f"Use it with --model {repo}")
