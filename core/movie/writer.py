"""From frames to a file: MP4 and WebM by FFmpeg's libraries, GIF and APNG by Pillow, numbered PNGs."""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from PIL import Image

from core.causes import is_out_of_memory
from core.errors import CoreError, InputError
from core.movie.sink import Sink
from core.movie.video import CODECS, codec, write_video
from core.photo.files.atomic import explain_write, write_atomic
from core.photo.rect import Size
from core.photo.space import Space

ANIMATIONS = (".gif", ".apng")
ENDINGS = (*CODECS, *ANIMATIONS)
LONGEST = {".mp4": 16384, ".webm": 65536, ".gif": 65535}  # pixels of a side: H.264 here, VP9, GIF
GIF_FPS = 50  # browsers show a frame of 10 ms for 100 ms
_SAMPLED = 64  # frames that a GIF's one palette is made from, and their longest side


@dataclass(frozen=True, eq=False)
class Look:
    """What a photo's frames have besides their pixels.

    icc    the RGB profile that the pixels are in; None for sRGB
    alpha  uint8 (H, W), None when opaque
    """

    icc: bytes | None = None
    alpha: np.ndarray | None = None


def check_output(path: Path, fps: int = 1, size: Size | None = None) -> None:
    """InputError for a movie that can't be written here: its ending, its folder, its rate, its size.

    fps and size, (width, height), are left out while they aren't known. CoreError without FFmpeg's libraries.
    """
    ending = path.suffix.lower()
    _check_ending(path, ending)
    _check_place(path, ending)
    _check_limits(ending, fps, size)
    if ending in CODECS:
        codec(ending)


def loses(path: Path, look: Look) -> list[str]:
    """A sentence when this kind of movie can't be transparent and the photo is."""
    ending = path.suffix.lower()
    if look.alpha is None or ending in ("", ".apng"):
        return []
    kind = ending.removeprefix(".").upper()
    return [f"The photo is transparent in places; a {kind} movie isn't. APNG and numbered PNGs keep that."]


def _check_ending(path: Path, ending: str) -> None:
    if ending == ".png":
        raise InputError(
            f"{path.name} would be one picture.",
            f"Name {path.stem}.apng for an animation, or {path.stem} for a folder of numbered PNGs.",
        )
    if ending and ending not in ENDINGS:
        raise InputError(
            f"A movie can't be written as {ending}.",
            f"End the name with {', '.join(ENDINGS)}, or with nothing for a folder of numbered PNGs.",
        )


def _check_place(path: Path, ending: str) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.", "Make it first.")
    if ending and path.is_dir():
        raise InputError(f"{path} is a folder.", "Name a file in it.")
    if not ending and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"There is something in {path} already.", "Name another folder for the frames.")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise explain_write(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), path)


def _check_limits(ending: str, fps: int, size: Size | None) -> None:
    kind = ending.removeprefix(".").upper()
    if ending == ".gif" and fps > GIF_FPS:
        raise InputError(
            f"A GIF shows at most {GIF_FPS} frames a second, not {fps}: browsers slow down what is faster.",
            "Take fewer, or write MP4, WebM or APNG.",
        )
    if size is not None and max(size) > LONGEST.get(ending, max(size)):
        raise InputError(
            f"A side of {kind} has at most {LONGEST[ending]} pixels; these frames are {size[0]} × {size[1]}.",
            "Write numbered PNGs, or make the photo smaller.",
        )


def write_movie(path: Path, frames: Iterable[np.ndarray], fps: int, look: Look | None = None) -> None:
    """Write uint8 (H, W, 3) frames, whole or not at all; PNGs keep the look, others become opaque sRGB.

    CoreError when the disk or the memory can't take it, or FFmpeg refuses it.
    """
    look = look or Look()
    try:
        if path.suffix:
            write_atomic(path, lambda file: _fill(file, path.suffix.lower(), iter(frames), fps, look))
        else:
            _write_folder(path, frames, look)
    except Exception as error:
        if isinstance(error, CoreError) or not is_out_of_memory(error):
            raise
        raise CoreError(
            f"There is not enough memory to write {path.name}.",
            "MP4, WebM and numbered PNGs need only a frame at a time.",
        ) from error


def durations(count: int, fps: int, unit: int = 1) -> list[int]:
    """Milliseconds a frame, in multiples of `unit`, that add up to the movie's true length."""
    ends = [round(i * 1000 / fps / unit) * unit for i in range(count + 1)]
    return [end - begin for begin, end in pairwise(ends)]


def _fill(file: BinaryIO, ending: str, frames: Iterator[np.ndarray], fps: int, look: Look) -> None:
    sink = Sink(file)
    whole = cast("BinaryIO", sink)  # as far as Pillow asks
    try:
        if ending == ".apng":
            _write_apng(whole, frames, fps, look)
        else:
            srgb = map(Space.of(look.icc).to_srgb, frames)
            if ending == ".gif":
                _write_gif(whole, list(srgb), fps)
            else:
                write_video(sink, ending, srgb, fps)
    finally:
        sink.check()  # the disk's own word before what an encoder made of it


def _write_gif(file: BinaryIO, frames: list[np.ndarray], fps: int) -> None:
    """One palette for all frames and no dither: what stands still doesn't shimmer."""
    every = -(-len(frames) // _SAMPLED)
    small = [Image.fromarray(pixels) for pixels in frames[::every]]
    for image in small:
        image.thumbnail((_SAMPLED, _SAMPLED), Image.Resampling.NEAREST)
    strip = np.concatenate([np.asarray(image) for image in small])
    palette = Image.fromarray(strip).quantize(256, Image.Quantize.MEDIANCUT)
    first, *others = (
        Image.fromarray(pixels).quantize(palette=palette, dither=Image.Dither.NONE) for pixels in frames
    )
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=others,
        duration=durations(len(frames), fps, unit=10),
        loop=0,
        optimize=False,
    )


def _write_apng(file: BinaryIO, frames: Iterator[np.ndarray], fps: int, look: Look) -> None:
    first, *others = (_image(pixels, look) for pixels in frames)
    times = durations(1 + len(others), fps)
    first.save(
        file,
        "PNG",
        save_all=True,
        append_images=others,
        duration=times,
        loop=0,
        icc_profile=look.icc,
    )


def _write_folder(path: Path, frames: Iterable[np.ndarray], look: Look) -> None:
    """The folder appears when all its frames are written."""
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        for i, pixels in enumerate(frames, start=1):
            write_atomic(part / f"{i:05}.png", _png(_image(pixels, look), look))
        if path.is_dir():
            path.rmdir()  # empty: check_output saw to it
        part.rename(path)
    except OSError as error:
        raise explain_write(error, path) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _image(pixels: np.ndarray, look: Look) -> Image.Image:
    image = Image.fromarray(pixels)
    if look.alpha is not None:
        image.putalpha(Image.fromarray(look.alpha))
    return image


def _png(image: Image.Image, look: Look) -> Callable[[BinaryIO], object]:
    return lambda file: image.save(file, "PNG", icc_profile=look.icc)
