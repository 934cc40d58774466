"""palimpsest models: what is on this machine, what a file is, fetching from the hub, and removing again."""

import argparse
import sys
from pathlib import Path

import msgspec

from core.commands import models_get
from core.commands.console import INTERRUPTED
from core.errors import InputError

USE = """\
palimpsest models [FOLDER …]       list what is on this machine, and what lies in these folders
palimpsest models show FILE …      say what a file, a folder or a model is, needs and fits; --json: as JSON
palimpsest models get              list models to begin with, and whether they fit this machine
palimpsest models get MODEL …      fetch: a name of that list, OWNER/MODEL, or the address of its page or file
palimpsest models get --search WORDS …    look for models on the hub
palimpsest models remove MODEL …   delete what was fetched
palimpsest models login            keep a token of the hub, for models behind a gate"""


def add(models: argparse.ArgumentParser) -> None:
    """`models`, `models show`, `models get`, `models remove` and `models login`."""
    models.formatter_class = argparse.RawDescriptionHelpFormatter
    models.description = USE
    models.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="“show”, “get”, “remove” or “login”, and what; or folders and .safetensors files to list too",
    )
    models.add_argument(  # with names of its own: argparse lets no option stand within a list of names
        "--json", nargs="*", metavar="FILE", help="with “show”: the facts as JSON, one object a line"
    )
    models_get.add_options(models)
    models.set_defaults(run=_models)


def _models(given: argparse.Namespace) -> int:
    words: list[str] = given.words
    command, named = words[:1], words[1:]
    if command != ["get"]:
        models_get.check_unused(given)
    if command == ["show"]:
        return _show([*named, *(given.json or ())], as_json=given.json is not None)
    if given.json is not None:
        raise InputError("--json goes with show.", "palimpsest models show FILE --json")
    if command == ["get"]:
        return _interruptible(given, named)
    if command == ["remove"]:
        _remove(named)
    elif command == ["login"]:
        models_get.log_in(named)
    else:
        _list([Path(word) for word in words])
    return 0


def _interruptible(given: argparse.Namespace, named: list[str]) -> int:
    try:
        models_get.run(given, named)
    except KeyboardInterrupt:
        print("Stopped; what has come stays. The same command goes on.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _list(given: list[Path]) -> None:
    """One line each, tabs between: name, what --model takes, kind, family, memory, disk."""
    from core.models.catalog import catalog
    from core.models.machine import size

    for entry in catalog(given):
        facts = [entry.problem] if entry.problem else [entry.family, entry.needs, entry.knows]
        print("\t".join(filter(None, (entry.name, entry.model, entry.kind, *facts, size(entry.bytes)))))


def _show(names: list[str], *, as_json: bool) -> int:
    """What each is, in lines or as JSON. One that isn't there hides no other; the exit code is then 2."""
    from core.models import show
    from core.models.machine import this_machine

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


def _remove(named: list[str]) -> None:
    from core.models.machine import size
    from core.models.remove import remove

    if not named:
        raise InputError("Which model?", "“palimpsest models” lists what there is.")
    for model in named:
        print(f"{model}: removed, {size(remove(model))} are free again.")
