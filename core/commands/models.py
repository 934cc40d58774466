"""palimpsest models: what is on this machine, what a file is, fetching from the hub, and removing again."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.commands import models_card, models_get
from core.commands.parser import CommandParser
from core.errors import InputError

if TYPE_CHECKING:
    from core.models.catalog import CatalogEntry


def add(models: CommandParser) -> None:
    """`models list`, meant without a command, `show`, `get`, `card`, `remove`, `tokenizer`, `login`."""
    commands = models.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = commands.add_parser
    folders = add(
        "list", help="what is on this machine (without a command too: palimpsest models [FOLDER …])"
    )
    folders.add_argument(
        "folders", nargs="*", type=Path, metavar="FOLDER", help="folders or files to list too"
    )
    folders.set_defaults(run=_list)
    show = add("show", help="what a file, a folder or a model is, needs and fits")
    show.add_argument("names", nargs="*", metavar="FILE|FOLDER|NAME")
    show.add_argument(  # with names of its own: argparse lets no option stand within a list of names
        "--json", nargs="*", metavar="FILE", help="the facts as JSON, one object a line"
    )
    show.set_defaults(run=_show)
    models_get.add(add("get", help="models to begin with; or fetch one from the hub, or look for some there"))
    models_card.add(add("card", help="what is known of a model beyond its files; --set steps=8"))
    gone = add("remove", help="delete what was fetched, and tell the room that this frees")
    gone.add_argument("names", nargs="+", metavar="NAME|FOLDER", help="as on the hub, or as “list” tells")
    gone.set_defaults(run=_remove)
    words = add("tokenizer", help="get the tokenizer of T5 or Qwen3, which single files lack")
    words.add_argument(
        "--of",
        choices=("t5", "qwen3"),
        default="t5",
        help="t5 for SD 3, FLUX.1 and Chroma (the default), qwen3 for Z-Image, klein and Qwen-Image",
    )
    words.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="take the one in it; alone: from the hub",
    )
    words.set_defaults(run=_tokenizer)
    models_get.add_login(add("login", help="keep a token of the hub, for models behind a gate"))
    models.mean("list")


def _list(given: argparse.Namespace) -> None:
    """One line each: name, what --model takes, kind, family, memory, disk.

    Tabs between, for other programs; in a terminal in columns under a line that says what they are.
    """
    from core.models.catalog import catalog
    from core.models.memory.machine import size

    entries = catalog(given.folders)
    if sys.stdout.isatty():
        print("\n".join(_columns(entries)))
        return
    for entry in entries:
        named = entry.name, entry.model, entry.kind
        print("\t".join(filter(None, (*named, *_facts(entry), size(entry.bytes)))))


def _facts(entry: "CatalogEntry") -> list[str]:
    return [entry.problem] if entry.problem else [entry.family, entry.needs, entry.knows]


def _columns(entries: "Sequence[CatalogEntry]") -> list[str]:
    """The list to look at: as wide as the longest of a column, the facts last, which may be long."""
    from core.models.memory.machine import size

    rows = [("NAME", "--model", "KIND", "ON DISK", "WHAT IT IS AND NEEDS")]
    for entry in entries:
        facts = "; ".join(filter(None, _facts(entry)))
        rows.append((entry.name, entry.model, entry.kind, size(entry.bytes), facts))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _tokenizer(given: argparse.Namespace) -> None:
    """Keep a tokenizer on this machine, from a folder or from the hub."""
    from core.models.hub.tokenizers import offer_tokenizer
    from core.models.hub.transfer import download
    from core.models.text.tokenizer_places import KINDS, keep_tokenizer

    kind = KINDS[given.of]

    if given.folder is not None:
        home = keep_tokenizer(kind, given.folder)
    else:
        offer = offer_tokenizer(kind)
        print(f"{offer.repo}: {offer.terms.sentence}")
        home = download(offer, lambda _done, _whole: None, lambda: None)
    print(f"Single files such as {kind.owner} are now read with {kind.name}: its tokenizer lies in {home}.")


def _show(given: argparse.Namespace) -> int:
    """What each is, in lines or as JSON. One that isn't there hides no other; the exit code is then 2."""
    from core.models import show
    from core.models.memory.machine import this_machine

    names, as_json = [*given.names, *(given.json or ())], given.json is not None
    if not names:
        raise InputError("Which model?", "Name a file or a folder: palimpsest models show FILE")
    machine, failed = this_machine(), 0
    for name in names:
        try:
            shown = show.show(name)
        except InputError as error:
            print(error, file=sys.stderr)
            failed = 2
            continue
        if as_json:
            print(msgspec.json.encode(show.as_json(shown, machine)).decode())
        else:
            print("\n".join(show.lines(shown, machine)))
    return failed


def _remove(given: argparse.Namespace) -> None:
    from core.models.hub.remove import remove
    from core.models.memory.machine import size

    for model in given.names:
        print(f"{model}: removed, {size(remove(model))} are free again.")
