"""What the subcommands say, check, open and write in the same way. No torch."""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.edit.request import EditRequest
from core.edit.words.instruction import taken_apart
from core.errors import InputError
from core.photo.files.atomic import check_writable, real, same_file, write_atomic

if TYPE_CHECKING:
    import numpy as np

    from core.edit.result import HeatMap
    from core.photo.photo import Photo
    from core.photo.rect import Size

INTERRUPTED = 130  # exit codes: as a shell has it for SIGINT
SOME_FAILED = 3
INPUTS = ("photo", "mask", "recipe")  # the options that name a file to read
KEEP = "Write to another file, so that it isn't lost."


def check_query(request: EditRequest) -> None:
    """An edit needs to be told what to draw (InputError); one that removes draws what is round it."""
    if not (request.query.strip() or request.remove):
        raise InputError("What should it be?", 'Say it with --to "a zebra".')


def check_words(request: EditRequest) -> None:
    """A search needs to be told what to find (InputError): what is there alone is enough."""
    if not (request.query.strip() or request.reference.strip()):
        raise InputError("What is to be found?", 'Say it with --from "the horse".')


def instructed(request: EditRequest, given: Namespace) -> EditRequest:
    """A --to that instructs (“turn the horse into a zebra”), without a --from, is taken apart and told of."""
    if given.query is None or given.reference is not None:
        return request
    parts = taken_apart(request.query)
    if parts is None:
        return request
    request = request.with_(reference=parts.there or request.reference, query=parts.wanted)
    tell([f"“{given.query}” is read as --from “{request.reference}” --to “{request.query}”."])
    return request


def check_mask(given: Namespace, requests: Sequence[EditRequest]) -> None:
    """A given mask takes the place of the search, and some method must use it (InputError)."""
    if given.mask is None:
        if given.mask_from is not None:
            raise InputError("--mask-from needs a mask.", "Name its file with --mask.")
        return
    if getattr(given, "find.threshold") is not None:
        raise InputError(
            "--mask and --threshold exclude each other.", "A given mask is not cut from a heat map."
        )
    if not any(request.method.masked for request in requests):
        raise InputError(
            f"The method {requests[0].method} uses no mask.", "Leave --mask out, or choose diffedit."
        )


def check_inputs(given: Namespace, outputs: Sequence[Path | None]) -> None:
    """Nothing that a command reads may be written over: the photo, the mask, the recipe (InputError)."""
    for name in INPUTS:
        source: Path | None = getattr(given, name)
        for path in outputs:
            if path is not None and source is not None and same_file(path, source):
                raise InputError(f"{path} is the {name} itself.", KEEP)


def check_outputs(photo: Path | None, files: Sequence[Path | None], pngs: Sequence[Path | None]) -> None:
    """An edit takes a while: what can't be written is better said before it than after (InputError).

    CoreError for a disk without room. A file is tried in the place of each, and gone again.
    """
    paths = [path for path in (*files, *pngs) if path is not None]
    for path in paths:
        if not path.absolute().parent.is_dir():
            raise InputError(f"There is no folder {path.absolute().parent}.", "Make it first.")
        if path.is_dir():
            raise InputError(f"{path} is a folder.", "Name a file in it.")
        if photo is not None and same_file(path, photo):
            raise InputError(f"{path} is the photo itself.", KEEP)
    if len({real(path) for path in paths}) < len(paths):
        raise InputError("Two of the files to write have the same name.", "Give each its own.")
    for path in filter(None, pngs):
        if path.suffix.lower() != ".png":
            raise InputError(f"{path.name} must be a PNG file.", f"Call it {path.stem}.png.")
    for path in paths:
        check_writable(path)


def open_given(path: Path) -> "Photo":
    """Open the photo, and say what was noticed about it."""
    from core.photo.files.open import open_photo

    photo = open_photo(path)
    tell(photo.notices)
    return photo


def given_mask(given: Namespace, photo: "Photo") -> "np.ndarray | None":
    """The mask of --mask, if one was given. Errors as for `core.photo.files.mask_files.open_mask`."""
    from core.photo.files.mask_files import open_mask

    size = photo.size
    return None if given.mask is None else open_mask(given.mask, size, given.mask_from)


def feathered(request: EditRequest, given: Namespace, photo: "Photo") -> EditRequest:
    """The request with the default feather of this photo, unless one was given or recorded."""
    from core.photo.masks.mask import default_feather

    if given.feather is not None or given.recipe is not None:
        return request
    return request.with_(feather=default_feather(photo.size))


def tell(sentences: Sequence[str]) -> None:
    """Notices go to stderr, one a line."""
    for sentence in sentences:
        print(f"Note: {sentence}", file=sys.stderr)


def without(told: Sequence[str], sentences: Sequence[str]) -> list[str]:
    """Those that weren't told before."""
    return [sentence for sentence in sentences if sentence not in told]


def begins_with(request: EditRequest) -> list[str]:
    """What of it are the model's own ways, as sentences."""
    from core.models.ways import notes

    return notes(request)


def tell_out_of_place(request: EditRequest, pictures: Sequence[Path]) -> bool:
    """Say so, with what to do, when the model makes nothing of such pictures; whether it is so."""
    from core.edit.words.small_world import out_of_place, world
    from core.models.catalog import describe

    entry = describe(request.model)
    foreign = any(out_of_place(entry.knows, path) for path in pictures)
    if foreign:
        what = f"{entry.name} knows {world(entry.knows)} only and makes nothing of a photograph"
        tell([f"{what}: “palimpsest models get” lists models for photographs, and --model takes one."])
    return foreign


def tell_global(heat: "HeatMap | None", *, foreign: bool) -> None:
    """Say so when no region stands out in a heat map; the run goes on.

    foreign: the picture is none of the model's world, where no other method would do better
    """
    if heat is not None and heat.is_global and not foreign:
        tell(["This edit seems to change the whole picture; try --method encode-decode."])


def tell_closer(given: Namespace, request: EditRequest, engine: Any, size: "Size") -> None:
    """Say on a terminal what finds small things in a picture that is larger than the model's view, unless
    options or a recipe have said where to look.

    engine: with the model loaded;  size: (W, H) of the picture
    """
    said = any(one is not None for one in (given.recipe, given.area, getattr(given, "find.look_in")))
    closer = None if said or not sys.stderr.isatty() else request.closer
    windows = 0 if closer is None else len(engine.windows(closer, size))
    if closer is not None and windows:
        cost = f"up to {closer.finding(windows)} evaluations instead of {request.finding(windows)}"
        whole = "The whole picture is searched first. What is small in it is found better by --look-in place"
        tell([f"{whole} ({cost}), or in a frame: --area X,Y,W,H."])


def write_report(given: Namespace, make: Callable[[], bytes]) -> None:
    """Write `make()` to the report's file, if one was asked for."""
    if given.report is not None:
        data = make()
        write_atomic(given.report, lambda file: file.write(data))
        given.written.append(given.report)
