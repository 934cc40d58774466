"""palimpsest export: the picture that a project shows, as a file."""

import argparse
from pathlib import Path

from core.commands.console import check_outputs, tell
from core.errors import InputError


def add(export: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = export.add_argument
    add("project", type=Path, metavar="PROJECT.ora")
    output = "picture to write; the format follows its extension"
    add("-o", "--output", type=Path, required=True, metavar="OUT", help=output)
    add("--quality", type=int, default=95, metavar="Q", help="of lossy formats, 1…100 (default 95)")
    export.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> None:
    from core.document.composite import Composite
    from core.photo.export import export_format, export_photo, reencodes
    from core.project.ora.read import open_project

    if not 1 <= given.quality <= 100:
        raise InputError(f"Quality must be in 1…100, not {given.quality}.")
    export_format(given.output)
    check_outputs(None, [given.output], [])
    found = open_project(given.project)
    tell([*found.notices, *reencodes(given.output, given.quality)])
    composite = Composite(found.photo, found.state.layers)
    photo, edited = composite.photo(), not composite.is_photo
    quality: int = given.quality
    notices = export_photo(given.output, photo.pixels, photo, quality=quality, edited=edited, deep=photo.deep)
    tell(notices)
    given.written.append(given.output)
