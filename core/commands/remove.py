"""palimpsest remove: take away what is named, or what a mask marks."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from core.commands.console import (
    begins_with,
    check_inputs,
    check_mask,
    check_outputs,
    feathered,
    given_mask,
    open_given,
    tell,
    tell_out_of_place,
)
from core.commands.options import PROMPTS, add_files, add_mask, add_parameters, add_quality, request_of
from core.commands.parser import CommandParser
from core.edit.parameters import PARAMETERS
from core.edit.removing import check_told, removal
from core.edit.request import EditRequest

if TYPE_CHECKING:
    from core.edit.result import ModelInfo

Load = Callable[[EditRequest], "tuple[Any, ModelInfo]"]
Finish = Callable[..., None]
# Without a prompt there is nothing to be guided to, and nothing is inverted.
IDLE = ("avoid", "method", "iterations", "guidance.", "rescale", "projection.", "skip", "kappa", "target.")


def add(remove: CommandParser, load: Load, finish: Finish) -> None:
    """The options of the command. load: the engine for a request; finish: draws, writes and reports it."""
    option = remove.add_argument
    option("--what", default="", metavar="TEXT", help="what shall go; it is found by these words")
    add_files(remove, output="OUT", output_help="picture to write; the format follows its extension")
    add_mask(remove, "what it marks shall go: nothing is searched for")
    idle = [row.field for row in PARAMETERS if row.field.startswith(IDLE)]
    add_parameters(remove, without=(*PROMPTS, *idle))
    add_quality(remove)
    nothing = {"recipe": None, "query": None, "reference": None, "parameters": False}
    remove.set_defaults(run=partial(_run, load, finish), save_mask=None, save_heat=None, **nothing)


def _run(load: Load, finish: Finish, given: argparse.Namespace) -> None:
    from core.photo.files.export import export_format, reencodes

    check_told(given.what, masked=given.mask is not None)
    own = {name for name, value in vars(given).items() if value is not None}
    request = removal(request_of(given), given.what, own)
    check_mask(given, [request])
    check_inputs(given, [given.output, given.report])
    check_outputs(given.photo, [given.output, given.report], [])
    export_format(given.output)
    photo = open_given(given.photo)
    mask = given_mask(given, photo)
    tell(reencodes(given.output, given.quality))
    tell(begins_with(request))
    given.foreign = tell_out_of_place(request, [given.photo])
    engine, info = load(request)
    finish(given, feathered(request, given, photo), photo, mask, engine, info)
