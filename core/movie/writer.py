"""From frames to a file: MP4 and WebM by FFmpeg's libraries (PyAV), GIF and APNG by Pillow, numbered PNGs."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from core.errors import CoreError, InputError
from core.photo.atomic import explain_write, write_atomic

CODECS = {".mp4": "libx264", ".webm": "libvpx-vp9"}
ANIMATIONS = (".gif", ".apng")
ENDINGS = (*CODECS, *ANIMATIONS)
# About as good as one can see, whatever the size; 4:2:0 is what players and browsers take.
_OPTIONS = {".mp4": {"crf": "16", "preset": "medium"}, ".webm": {"crf": "20", "b:v": "0", "cpu-used": "2"}}
_SAMPLED = 64  # frames that a GIF's one palette is made from, and their longest side


def check_output(path: Path) -> None:
    """InputError for a movie that can't be written here: its ending, its folder, FFmpeg's libraries."""
    if not path.absolute().parent.is_dir():
        raise InputError(f"There is no folder {path.absolute().parent}.", "Make it first.")
    ending = path.suffix.lower()
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
    if ending and path.is_dir():
        raise InputError(f"{path} is a folder.", "Name a file in it.")
    if not ending and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(f"There is something in {path} already.", "Name another folder for the frames.")
    if ending in CODECS:
        _codec(ending)


def write_movie(path: Path, frames: Iterable[np.ndarray], fps: int) -> None:
    """Write uint8 (H, W, 3) frames, whole or not at all. CoreError when the disk can't take it."""
    ending = path.suffix.lower()
    if not ending:
        _write_folder(path, frames)
    elif ending in CODECS:
        write_atomic(path, lambda file: _encode(file, ending, iter(frames), fps))
    elif ending == ".gif":
        write_atomic(path, lambda file: _write_gif(file, list(frames), fps))
    else:
        write_atomic(path, lambda file: _write_apng(file, iter(frames), fps))


def durations(count: int, fps: int, unit: int = 1) -> list[int]:
    """Milliseconds a frame, in multiples of `unit`, that add up to the movie's true length."""
    ends = [round(i * 1000 / fps / unit) * unit for i in range(count + 1)]
    return [end - begin for begin, end in pairwise(ends)]


def _codec(ending: str) -> Any:
    """PyAV, with the codec in it."""
    name = ending.removeprefix(".").upper().replace("WEBM", "WebM")
    hint = "Install it by: pip install av. GIF, APNG and numbered PNGs need nothing more."
    try:
        import av
    except ImportError as error:
        raise CoreError(f"{name} needs FFmpeg's libraries, and PyAV is not installed.", hint) from error
    if CODECS[ending] not in av.codecs_available:
        raise CoreError(f"The FFmpeg libraries here can't write {name}: {CODECS[ending]} is missing.", hint)
    return av


def _encode(file: BinaryIO, ending: str, frames: Iterator[np.ndarray], fps: int) -> None:
    av = _codec(ending)
    with av.open(file, "w", format=ending.removeprefix(".")) as container:
        stream = None
        for pixels in frames:
            even = _even(pixels)
            if stream is None:
                stream = container.add_stream(CODECS[ending], rate=fps, options=_OPTIONS[ending])
                stream.height, stream.width = even.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        if stream is not None:
            container.mux(stream.encode())


def _even(pixels: np.ndarray) -> np.ndarray:
    """Halved colour needs even sides: the last row or column is repeated."""
    height, width = pixels.shape[:2]
    return np.ascontiguousarray(np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))


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


def _write_apng(file: BinaryIO, frames: Iterator[np.ndarray], fps: int) -> None:
    first, *others = (Image.fromarray(pixels) for pixels in frames)
    times = durations(1 + len(others), fps)
    first.save(file, "PNG", save_all=True, append_images=others, duration=times, loop=0)


def _write_folder(path: Path, frames: Iterable[np.ndarray]) -> None:
    """The folder appears when all its frames are written."""
    part = path.with_name(f".{path.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        for i, pixels in enumerate(frames, start=1):
            image = Image.fromarray(pixels)
            write_atomic(part / f"{i:05}.png", _png(image))
        if path.is_dir():
            path.rmdir()  # empty: check_output saw to it
        part.rename(path)
    except OSError as error:
        raise explain_write(error, path) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _png(image: Image.Image) -> Callable[[BinaryIO], object]:
    return lambda file: image.save(file, "PNG")
