"""The command line: the second front end, which proves that core needs no window."""

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import core
from core.calm import uncollected
from core.causes import in_words
from core.commands.console import (
    INTERRUPTED,
    begins_with,
    check_inputs,
    check_mask,
    check_outputs,
    check_query,
    check_words,
    feathered,
    given_mask,
    instructed,
    open_given,
    tell,
    tell_closer,
    tell_global,
    tell_out_of_place,
    without,
    write_report,
)
from core.commands.options import (
    SEARCH,
    add_files,
    add_mask,
    add_parameters,
    add_prompts,
    add_quality,
    add_recipe,
    recipe_of,
    request_of,
)
from core.commands.parser import COMMANDS, CommandParser
from core.edit.request import EditRequest
from core.edit.words.weighted import PromptStyle
from core.errors import Cancelled, CoreError, InputError
from core.interrupt import Interrupts
from resources import STARTER

if TYPE_CHECKING:
    from core.edit.result import ModelInfo
    from core.photo.photo import Photo

FEW = 4  # files that are named once all is done; a grid may write hundreds


def main(argv: Sequence[str]) -> int:
    """Run a subcommand; its exit code.

    0 done; 2 wrong arguments or unusable input; 1 failed while running; 3 some of many failed; 130 Ctrl-C,
    or 128 and the number of another signal that ended it.
    """
    written: list[Path] = []
    with Interrupts() as stop:
        try:
            parser = _parser(argv[:1])
            arguments = parser.parse_args(argv, argparse.Namespace(written=written))
            code: int = arguments.run(arguments) or 0
            if code == 0 and sys.stderr.isatty():
                _say(_done(written), code=code)
            return stop.code if code == INTERRUPTED else code
        except (KeyboardInterrupt, Cancelled):
            return _say(_stopped(written), code=stop.code)
        except Exception as error:
            if stop.came is not None:  # some library made this of it
                return _say("Stopped.", code=stop.code)
            return _failed(error)


def _stopped(written: list[Path]) -> str:
    if not written:
        return "Stopped; nothing was written."
    return f"Stopped; written before: {', '.join(map(str, written))}."


def _done(written: list[Path]) -> str:
    """What was written, in a line to look at; "" for nothing. Of many files the first."""
    first, more = written[:FEW], len(written) - FEW
    told = ", ".join(map(str, first)) + (f" and {more} more" if more > 0 else "")
    return f"Written: {told}." if first else ""


def _failed(error: Exception) -> int:
    if isinstance(error, CoreError):
        from core.models.files.split import by_command

        code = 2 if isinstance(error, InputError) else 1
        return _say(error.message, error.hint, by_command(error.lacks), code=code)
    # a fault of the program: one line is all that a user can use
    return _say(in_words(error), code=1)


def _say(*lines: str, code: int) -> int:
    for line in filter(None, lines):
        print(line.splitlines()[0], file=sys.stderr)
    return code


def _parser(named: Collection[str]) -> CommandParser:
    """Of the commands that are `named` the options too: each takes imports of its own."""
    parser = CommandParser(
        prog="palimpsest",
        description="Change one thing in a picture and leave the rest alone. Without a command: the window.",
    )
    parser.add_argument("--version", action="version", version=f"palimpsest {core.__version__}")
    commands = parser.add_subparsers(title="commands", required=True)
    for name, help_ in COMMANDS.items():
        command = commands.add_parser(name, help=help_)
        if name in named:
            _ADDERS[name](command)
    return parser


def _add_edit(edit: argparse.ArgumentParser) -> None:
    help_ = "picture to write; the format follows its extension (for several --to: numbered, or one -o each)"
    add_prompts(edit, several=True)
    add_files(edit, output="OUT", output_help=help_, several=True)
    add = edit.add_argument
    add_mask(edit, "use this mask instead of finding one")
    add("--save-mask", type=Path, metavar="PNG", help="write the very mask that the paste used")
    add("--save-heat", type=Path, metavar="PNG", help="write the heat map")
    add_parameters(edit)
    add_quality(edit)
    add(
        "--parameters",
        action="store_true",
        help="write prompt and settings into the picture as Automatic1111 does, for other programs",
    )
    add_recipe(edit)
    edit.set_defaults(run=_edit)


def _add_mask(mask: argparse.ArgumentParser) -> None:
    add_prompts(mask)
    add_files(mask, output="MASK.png", output_help="the mask to write, 8-bit grey, of the photo's size")
    add_parameters(mask, beginning=SEARCH)
    mask.add_argument("--save-heat", type=Path, metavar="PNG", help="write the heat map")
    mask.set_defaults(run=_mask, recipe=None)


def _add_remove(remove: CommandParser) -> None:
    from core.commands.remove import add

    add(remove, _engine, _edit_one)


def _add_select(select: CommandParser) -> None:
    from core.commands.select import add

    add(select)


def _add_grid(grid: argparse.ArgumentParser) -> None:
    from core.commands.grid import add

    add(grid)


def _add_batch(batch: argparse.ArgumentParser) -> None:
    from core.commands.batch import add

    add(batch)


def _add_movie(movie: argparse.ArgumentParser) -> None:
    from core.commands.movie import add

    add(movie, _engine)


def _add_export(export: CommandParser) -> None:
    from core.commands.export import add

    add(export)


def _add_project(project: CommandParser) -> None:
    from core.commands.project import add

    add(project)


def _add_models(models: CommandParser) -> None:
    from core.commands.models import add

    add(models)


_ADDERS: dict[str, Callable[[CommandParser], None]] = {  # what adds the options of each of COMMANDS
    "edit": _add_edit,
    "mask": _add_mask,
    "select": _add_select,
    "remove": _add_remove,
    "grid": _add_grid,
    "batch": _add_batch,
    "movie": _add_movie,
    "export": _add_export,
    "project": _add_project,
    "models": _add_models,
}


def _edit(given: argparse.Namespace) -> None:
    from core.commands import queries
    from core.photo.files.export import reencodes

    parts = queries.each(given)
    requests = [instructed(request_of(part), part) for part in parts]
    for part, request in zip(parts, requests, strict=True):
        _check_edit(part, request)
    queries.check_apart(parts)
    photo = open_given(given.photo)
    mask = given_mask(given, photo)
    tell(_mask_notes(given, mask))
    if requests[0].method.masked:
        tell(list(dict.fromkeys(said for part in parts for said in reencodes(part.output, part.quality))))
    tell(begins_with(requests[0]))
    foreign = tell_out_of_place(requests[0], [given.photo])
    engine, info = _engine(requests[0])
    if mask is None and requests[0].method.masked:
        tell_closer(given, requests[0], engine, photo.size)
    for part, request in zip(parts, requests, strict=True):
        part.foreign = foreign
        _edit_one(part, feathered(request, part, photo), photo, mask, engine, info)


def _mask_notes(given: argparse.Namespace, mask: Any) -> list[str]:
    """What a recipe that was made with a painted mask, known to it by its digest only, can't bring back."""
    from core.photo.photo import digest

    recipe = recipe_of(given.recipe)
    if recipe is None or recipe.mask is None or (mask is not None and digest(mask) == recipe.mask):
        return []
    if mask is None:
        return ["The recipe's edit had a mask of its own, which isn't in it: give it with --mask."]
    return ["The recipe's edit had another mask."]


def _edit_one(
    given: argparse.Namespace,
    request: EditRequest,
    photo: "Photo",
    mask: Any,
    engine: Any,
    info: "ModelInfo",
) -> None:
    from core.commands.progress_bar import JobBar
    from core.edit.carried.a1111 import line
    from core.edit.report import report
    from core.photo.deep import edited
    from core.photo.files.export import export_photo
    from core.photo.files.mask_files import save_heat, save_mask

    with JobBar() as bar:
        result = engine.run(request, photo, mask, on_progress=bar)
    tell(without(info.notices, result.notices))
    tell_global(None if request.remove else result.heat, foreign=given.foreign)
    deep = edited(photo.deep, result.drawn, result.mask, photo.space)
    pixels, result = result.whole(photo.pixels)
    parameters = line(result.request, photo.size) if given.parameters else None
    told = export_photo(given.output, pixels, photo, quality=given.quality, deep=deep, parameters=parameters)
    tell(told)
    given.written.append(given.output)
    if given.save_mask is not None:
        save_mask(given.save_mask, result.mask.whole())
        given.written.append(given.save_mask)
    if given.save_heat is not None and result.heat is not None:
        save_heat(given.save_heat, result.heat.values, photo.size)
        given.written.append(given.save_heat)
    write_report(given, lambda: report(result, info.name))


def _mask(given: argparse.Namespace) -> None:
    from core.commands.progress_bar import JobBar
    from core.edit.report import report
    from core.edit.words.notices import named, prompt_notices, unweighed
    from core.models.catalog import describe
    from core.photo.files.mask_files import save_heat, save_mask
    from core.photo.masks.mask import feather

    given.feather = given.feather or 0.0
    request = instructed(request_of(given), given)
    check_outputs(given.photo, [given.report], [given.output, given.save_heat])
    check_words(request)
    photo = open_given(given.photo)
    size = photo.size
    foreign = tell_out_of_place(request, [given.photo])
    engine, info = _engine(request)
    tell_closer(given, request, engine, size)
    prompts = named(request)
    counts = engine.tokens(tuple(prompts.values()), request.prompt_style)
    knows = describe(request.model).knows
    style = info.prompt_style if request.prompt_style is PromptStyle.AUTO else request.prompt_style
    bare = unweighed(prompts) if style is PromptStyle.WEIGHTED and not info.weighs else ()
    tell(prompt_notices(dict(zip(prompts, counts, strict=True)), knows, bare))
    with JobBar() as bar:
        found = engine.find(request, photo, on_progress=bar)
    if request.query.strip():  # else it is no edit
        tell_global(found.heat, foreign=foreign)
    cut = found.heat.cut(request.find, size)
    save_mask(given.output, feather(cut, request.feather).whole())
    given.written.append(given.output)
    if given.save_heat is not None:
        save_heat(given.save_heat, found.heat.values, size)
        given.written.append(given.save_heat)
    write_report(given, lambda: report(found, info.name))


def _check_edit(given: argparse.Namespace, request: EditRequest) -> None:
    """What can be known to be wrong before anything is opened or computed."""
    from core.photo.files.export import export_format

    check_query(request)
    check_mask(given, [request])
    if given.save_heat is not None and (given.mask is not None or not request.method.masked):
        raise InputError("There is no heat map to save: nothing is searched for.", "Leave --save-heat out.")
    check_inputs(given, [given.output, given.report, given.save_mask, given.save_heat])
    check_outputs(given.photo, [given.output, given.report], [given.save_mask, given.save_heat])
    export_format(given.output)


def _engine(request: EditRequest) -> "tuple[Any, ModelInfo]":
    """The engine with the model loaded, and what that is, of which all is told that is to be known before it
    runs. This is where torch is imported.
    """
    from core.models.catalog import describe
    from core.models.memory.machine import size

    with uncollected():
        from core.edit.engine import Engine

    entry = describe(request.model)
    if entry.needs and entry.kind != STARTER and sys.stderr.isatty():
        facts = f"{entry.family}, {size(entry.bytes)}"
        print(f"Loading {entry.name} ({facts}); an edit {entry.needs}.", file=sys.stderr)
    engine = Engine()
    info = engine.load(request.model, request.device)
    tell(info.notices)
    return engine, info
