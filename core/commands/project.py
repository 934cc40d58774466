"""palimpsest project: what a project holds, without a window."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.parser import CommandParser

if TYPE_CHECKING:
    from core.project.ora.stack import Picture
    from core.project.stored import StoredHistory


def add(project: CommandParser) -> None:
    """`project show`."""
    commands = project.add_subparsers(title="commands", metavar="COMMAND", required=True)
    show = commands.add_parser("show", help="its photo, layers with their recipes, mask and steps")
    show.add_argument("project", type=Path, metavar="PROJECT.ora")
    show.add_argument("--json", action="store_true", help="all of it as one JSON object")
    show.set_defaults(run=_show)


def _show(given: argparse.Namespace) -> None:
    """No picture in it is decoded: what is said is what its lists say."""
    from core.project.ora.archive import Archive
    from core.text import shown, to_json

    with Archive(given.project) as archive:
        stack = archive.stack()
        ours = archive.project() if archive.is_ours else None
    facts: dict[str, Any] = {
        "project": str(given.project),
        "size": stack.size,
        "version": None if ours is None else ours.version,
        "photo": None if ours is None else {"name": ours.source.name, "path": ours.source.path},
        "pictures": [_picture(one) for one in reversed(stack.pictures)],
        "history": None if ours is None else _history(ours.history),
    }
    print(to_json(facts).decode() if given.json else shown("\n".join(_lines(facts))))


def _picture(picture: "Picture") -> dict[str, Any]:
    from core.project.ora.others import recipe_in

    request = recipe_in(picture)
    return {
        "name": picture.name,
        "at": picture.at,
        "visible": picture.visible,
        "opacity": picture.opacity,
        "recipe": request,
    }


def _history(history: "StoredHistory") -> dict[str, Any]:
    return {
        "steps": [one.text for one in history.entries],
        "at": history.index,
        "settings": history.draft,
        "waiting": [one.request for one in history.waiting.orders],
        "variants": [one.order.request for one in history.waiting.choice.drawn],
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    """The pictures from the top, one a line, tabs between."""
    width, height = facts["size"]
    told = [f"{facts['project']}: {width} × {height} pixels"]
    if facts["photo"] is not None:
        told.append(f"photo\t{facts['photo']['name'] or 'pasted'}\t{facts['photo']['path']}".rstrip())
    for one in facts["pictures"]:
        shown = f"{one['opacity']:.0%}" if one["visible"] else "hidden"
        request = one["recipe"]
        words = "" if request is None else f"“{request.reference}” → “{request.query}”, seed {request.seed}"
        told.append("\t".join(filter(None, ("layer", one["name"], shown, words))))
    history = facts["history"]
    if history is None:
        told.append("saved by another program: no earlier steps")
    else:
        told.append(f"steps\t{len(history['steps']) - 1}, of which {history['at']} can be undone")
        for name, said in (("waiting", "in the queue"), ("variants", "to choose from")):
            told += [f"{name}\t{len(history[name])} {said}"] if history[name] else []
    return told
