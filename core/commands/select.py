"""palimpsest select: a mask of what clicks and a box on a picture mean, by SAM 2.1."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.calm import uncollected
from core.commands.console import check_outputs, open_given, tell
from core.commands.options import reader
from core.edit.parameters import by_name
from core.edit.request import DEVICES
from core.errors import InputError
from core.photo import rect as rects
from core.photo.masks.click import Click
from core.photo.rect import Rect, Size

if TYPE_CHECKING:
    from core.models.segment.sam import Segmenter


def add(select: argparse.ArgumentParser) -> None:
    """The options of the command."""
    option, rows = select.add_argument, by_name()
    option("photo", type=Path, metavar="PHOTO")
    written = "the mask to write, 8-bit grey, of the photo's size"
    option("-o", "--output", type=Path, required=True, metavar="MASK.png", help=written)
    option(
        "--at",
        type=reader(rows["clicks"]),
        default=(),
        metavar="CLICKS",
        help="places X,Y on what is meant, in pixels, with blanks between; not:X,Y on what isn't",
    )
    option("--box", type=reader(rows["area"]), metavar="X,Y,W,H", help="a box round what is meant, in pixels")
    option(
        "--model",
        default="",
        metavar="FOLDER|NAME",
        help="SAM 2.1 as the hub has it: facebook/sam2.1-hiera-tiny or -small, fetched (models get), or its "
        "folder; the first on this machine if left out",
    )
    option("--device", choices=DEVICES, default="auto", help="what to compute on (default auto)")
    select.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> None:
    from core.photo.files.mask_files import save_mask
    from core.photo.masks.mask import enlarge_box

    check_outputs(given.photo, [], [given.output])
    photo = open_given(given.photo)
    _check(given.at, given.box, photo.size)
    segmenter = _opened(given.model, given.device)
    looked = segmenter.look(photo.pixels, photo.space)
    small = segmenter.take(looked, given.at, given.box)
    tell([measure.sentence for measure in segmenter.measures])
    save_mask(given.output, enlarge_box(small, photo.size).whole())
    given.written.append(given.output)


def _check(clicks: tuple[Click, ...], box: Rect | str | None, size: Size) -> None:
    """InputError unless something is said, and lies in the picture."""
    photo = "{} × {}".format(*size)
    if not clicks and box is None:
        raise InputError("What is meant?", "Say it with --at 120,80 or --box 40,30,200,150.")
    if isinstance(box, str):
        raise InputError(f"“{box}” is no box.", "Write --box as X,Y,W,H, in pixels.")
    if box is not None and (rects.is_empty(box) or not rects.holds(rects.whole(size), box)):
        raise InputError(f"The box {','.join(map(str, box))} doesn't lie in this photo of {photo}.")
    for click in clicks:
        if not (click.x < size[0] and click.y < size[1]):
            raise InputError(f"The click {click} lies beside this photo of {photo}.")


def _opened(name: str, device: str) -> "Segmenter":
    """The model, loaded. This is where torch is imported."""
    from core.models.segment.folders import segmenter_of

    folder = segmenter_of(name)
    with uncollected():
        from core.models.segment.sam import Segmenter
    return Segmenter.open(folder, device)
