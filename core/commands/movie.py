"""palimpsest movie: one picture on the way from prompt to prompt."""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.console import (
    INTERRUPTED,
    begins_with,
    check_inputs,
    check_mask,
    check_outputs,
    check_query,
    feathered,
    given_mask,
    open_given,
    tell,
    tell_out_of_place,
    without,
    write_report,
)
from core.commands.options import add_mask, add_parameters, add_recipe, add_report, request_of
from core.commands.progress_bar import PIECES, ProgressBar, time_left
from core.edit.request import EditRequest
from core.errors import Cancelled, InputError
from core.movie.request import Interpolation, MovieRequest, Pacing, Steady
from core.photo.rect import Size

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.edit.protocol import Edits
    from core.edit.result import ModelInfo
    from core.movie.film import MovieStep

SIZE = (512, 512)


def add(
    movie: argparse.ArgumentParser, open_engine: "Callable[[EditRequest], tuple[Edits, ModelInfo]]"
) -> None:
    """The options of a movie. open_engine: loads what a request names; imports torch."""
    option = movie.add_argument
    option("photo", type=Path, nargs="?", metavar="PHOTO", help="left out: a movie from the model alone")
    option("--from", dest="reference", metavar="TEXT", help="what is there: the first prompt")
    option(
        "--to",
        dest="prompts",
        action="append",
        default=[],
        metavar="TEXT",
        help="the next prompt; again for more",
    )
    option(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="movie to write: .mp4 .webm .gif .apng, or without an ending a folder of numbered PNGs",
    )
    option("--seconds", type=float, default=2.0, metavar="S", help="from one prompt to the next (default 2)")
    option("--fps", type=int, default=12, metavar="N", help="frames a second (default 12)")
    option(
        "--size", type=_size, metavar="WxH", help="without a photo: pixels of the picture (default 512x512)"
    )
    option(
        "--interpolation",
        choices=list(Interpolation),
        default=Interpolation.LINEAR,
        help="of the text embedding (default linear)",
    )
    option(
        "--steady",
        choices=list(Steady),
        default=Steady.FIXED,
        help="fixed: every frame edits the photo; chained: what the way before ended with (default fixed)",
    )
    option(
        "--pacing",
        choices=list(Pacing),
        default=Pacing.EVEN,
        help="change: more frames where the picture changes faster (default even)",
    )
    option("--to-seed", type=int, metavar="N", help="turn the noise to this seed's on the way")
    add_mask(movie, "only this may change; else the region is found")
    add_parameters(movie)
    add_recipe(movie)
    add_report(movie, "write the request, the frames and the evaluations")
    movie.set_defaults(run=partial(run, open_engine=open_engine))


def run(given: argparse.Namespace, open_engine: "Callable[[EditRequest], tuple[Edits, ModelInfo]]") -> int:
    """Make the movie; the exit code."""
    from core.movie.make import make, movie_report
    from core.movie.writer import Look, loses

    request = movie_of(given)
    _check(given, request)
    photo, mask = None, None
    if given.photo is not None:
        photo = open_given(given.photo)
        tell(loses(given.output, Look(photo.profile, photo.alpha)))
        request = request.with_(edit=feathered(request.edit, given, photo))
        mask = given_mask(given, photo)
    tell(begins_with(request.edit))
    tell_out_of_place(request.edit, [] if given.photo is None else [given.photo])
    engine, info = open_engine(request.edit)
    with ProgressBar("frame", request.frames, PIECES) as bar:

        def show(step: "MovieStep") -> None:
            bar.show(step.done, beside=time_left(step.seconds_left))

        try:
            movie = make(request, engine, photo, mask, given.output, on_step=show)
        except (KeyboardInterrupt, Cancelled):
            print(
                f"Stopped with {bar.done} of {request.frames} frames kept: "
                "the same command goes on from there.",
                file=sys.stderr,
            )
            return INTERRUPTED
    given.written.append(given.output)
    tell(without(info.notices, movie.notices))
    if movie.resumed:
        tell([f"{movie.resumed} frames were finished by an earlier run."])
    write_report(given, lambda: movie_report(movie, info.name))
    return 0


def movie_of(given: argparse.Namespace) -> MovieRequest:
    """The movie that these arguments ask for. InputError for a value out of range."""
    words: list[str | None] = [given.reference, *given.prompts]
    prompts = tuple(word for word in words if word)
    given.query = prompts[-1] if prompts else None
    edit = request_of(given)
    check_query(edit)
    size = None if given.photo is not None else given.size or SIZE
    try:
        return MovieRequest(
            edit,
            prompts,
            given.seconds,
            given.fps,
            Interpolation(given.interpolation),
            Steady(given.steady),
            Pacing(given.pacing),
            given.to_seed,
            size,
        )
    except ValueError as error:
        message = str(error)
        raise InputError(f"{message[0].upper()}{message[1:]}.") from error


def _check(given: argparse.Namespace, request: MovieRequest) -> None:
    """What can be known to be wrong before anything is opened or computed."""
    from core.movie.make import check

    if given.photo is not None and given.size is not None:
        raise InputError("--size is for a movie without a photo.", "Frames are as large as their photo.")
    for name in ("mask", "area"):
        if given.photo is None and getattr(given, name) is not None:
            raise InputError(f"--{name} needs a photo.", "Without one the model draws the whole picture.")
    check_mask(given, [request.edit])
    check_inputs(given, [given.output, given.report])
    check(request, given.output, request.size)
    # an empty folder may take numbered PNGs
    check_outputs(None, [given.report, given.output if given.output.suffix else None], [])


def _size(text: str) -> Size:
    width, _, height = text.lower().replace("×", "x").partition("x")
    try:
        return int(width), int(height or width)
    except ValueError as error:
        raise argparse.ArgumentTypeError("is written as 512x512") from error
