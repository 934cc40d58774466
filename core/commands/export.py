"""palimpsest export: the picture that a project shows, as a file."""

import argparse
from pathlib import Path

from core.commands.console import check_outputs, tell
from core.commands.options import add_quality


def add(export: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = export.add_argument
    add("project", type=Path, metavar="PROJECT.ora")
    output = "picture to write; the format follows its extension"
    add("-o", "--output", type=Path, required=True, metavar="OUT", help=output)
    add_quality(export)
    export.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> None:
    from core.document.composite import Composite
    from core.photo.files.export import export_format, export_photo, reencodes
    from core.project.ora.read import open_project

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
