"""Export a photo: pixels, with all that the photo carries, whole or not at all."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image

from core.causes import is_out_of_memory
from core.errors import CoreError, InputError
from core.photo import bands
from core.photo.deep import Deep
from core.photo.files import metadata, png_write, tiff_write
from core.photo.files.atomic import write_atomic
from core.photo.files.formats import EXPORTS, LOSSLESS, QUALITY
from core.photo.photo import Photo

LONGEST = {"JPEG": 65500, "WEBP": 16383, "AVIF": 65535}  # pixels of a side that a format can hold


def export_photo(
    path: Path,
    pixels: np.ndarray,
    photo: Photo,
    *,
    quality: int = QUALITY,
    edited: bool = True,
    recipe: str | None = None,
    parameters: str | None = None,
    deep: Deep | None = None,
    keep: bool = False,
) -> list[str]:
    """Write `pixels` with what `photo` carries; sentences about what the format can't hold of it.

    path     its extension decides: .png .jpg .jpeg .webp .tif .tiff .avif
    pixels   uint8 (H, W, 3), of the photo's size. PNG, TIFF and WebP at quality 100 keep them bit for bit.
    quality  1…100 for JPEG, WebP and AVIF; colour at full resolution from 90. JPEG has no alpha: what is
             transparent goes on white.
    edited   writes IPTC's digital source type "composite with trained algorithmic media" into the XMP and
             takes embedded thumbnails out
    recipe   text kept in the XMP property palimpsest:Recipe, in every format
    parameters  prompt and settings as Automatic1111 writes them (`carried.a1111.line`): PNG's text of that
             name, which takes the place of one that is there; in other formats EXIF's user comment
    deep     the same picture in 16 bits, with its own alpha: what PNG and TIFF hold instead of `pixels`
    keep     a file that is there stays beside the new one (`core.photo.files.atomic.kept_as`)

    Alpha, EXIF, ICC profile, XMP and resolution are kept, and of the file's other metadata what the format
    has a place for; none of them can prevent that the picture is written.

    Whole or not at all: on any failure a file that was there is untouched. Raises InputError (unknown
    extension, quality, a size the format can't hold, no folder, no permission), CoreError (full disk, no
    memory).
    """
    path = Path(path)
    kind = export_format(path)
    if not 1 <= quality <= 100:
        raise InputError(f"The quality must be in 1…100, not {quality}.")
    with _refused(path, kind):
        chosen = metadata.choose(kind, photo, edited=edited, recipe=recipe, parameters=parameters)

    def write(beside: metadata.Metadata) -> None:
        with _refused(path, kind):
            options = metadata.options(kind, quality, beside)
        if kind == "TIFF":
            rows = _rows(pixels, photo.alpha) if deep is None else deep.bands()
            encode = partial(tiff_write.write, height=len(pixels), rows=rows, options=options)
            _write(path, kind, encode, keep=keep)
            return
        if kind == "PNG" and deep is not None:
            _write(path, kind, partial(png_write.write, deep=deep, options=options), keep=keep)
            return
        with _refused(path, kind):
            image = _image(kind, pixels, photo.alpha)
        write_image(path, kind, image, options, keep=keep)

    try:
        write(chosen.metadata)
    except EncoderError:  # it took each kind by itself, but not all together
        chosen = chosen.bare()
        write(chosen.metadata)
    return [*_reduces(kind, photo), *chosen.notices(kind)]


def _reduces(kind: str, photo: Photo) -> list[str]:
    """Sentences about pixels that the format can't hold."""
    told: list[str] = []
    if photo.deep is not None and kind not in LOSSLESS:
        told.append(
            f"{kind} holds 8 bits per channel: the picture's 16 were reduced. PNG and TIFF keep them."
        )
    if photo.alpha is not None and kind == "JPEG":
        told.append("JPEG isn't transparent: what is goes on white. PNG, TIFF, WebP and AVIF keep it.")
    return told


def reencodes(path: Path, quality: int) -> list[str]:
    """A sentence if what the extension asks for can't keep the pixels outside an edit bit for bit."""
    kind = export_format(path)
    if kind in LOSSLESS or (kind == "WEBP" and quality == 100):
        return []
    return [f"{kind} is lossy: pixels outside the mask change a little too. PNG and TIFF keep every bit."]


def export_format(path: Path) -> str:
    """Pillow's name of the format that the extension asks for. Raises InputError for an unknown one."""
    kind = EXPORTS.get(path.suffix.lower())
    if kind is None:
        what = (
            f"“{path.suffix}” is no format to export to" if path.suffix else f"“{path.name}” names no format"
        )
        raise InputError(f"{what}.", f"Use one of {' '.join(EXPORTS)}")
    return kind


def _image(kind: str, pixels: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    return _on_white(pixels, alpha) if alpha is not None and kind == "JPEG" else _with_alpha(pixels, alpha)


def _rows(pixels: np.ndarray, alpha: np.ndarray | None) -> Iterator[np.ndarray]:
    for at in bands.rows(len(pixels)):
        yield pixels[at] if alpha is None else np.dstack([pixels[at], alpha[at]])


def _with_alpha(pixels: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    image = Image.fromarray(pixels)
    if alpha is not None:
        image.putalpha(Image.fromarray(alpha))
    return image


def _on_white(pixels: np.ndarray, alpha: np.ndarray) -> Image.Image:
    image = Image.new("RGB", (pixels.shape[1], pixels.shape[0]))
    for at in bands.rows(image.height):
        band = _with_alpha(pixels[at], alpha[at])
        white = Image.new("RGBA", band.size, "white")
        image.paste(Image.alpha_composite(white, band).convert("RGB"), (0, at.start))
    return image


class _Stream:
    """A file without its descriptor, past which Pillow would report a full disk as an encoder's error."""

    def __init__(self, file: BinaryIO) -> None:
        self.write, self.flush, self.seek, self.tell = file.write, file.flush, file.seek, file.tell


def write_image(
    path: Path, kind: str, image: Image.Image, options: dict[str, Any], *, keep: bool = False
) -> None:
    """Encode a picture, whole or not at all. kind, options: what Pillow's `save` takes. Errors as above."""
    limit = LONGEST.get(kind, max(image.size))
    if max(image.size) > limit:
        raise InputError(f"{kind} can't hold more than {limit} pixels on a side.", "Choose PNG or TIFF.")

    def encode(file: BinaryIO) -> None:
        image.save(cast("BinaryIO", _Stream(file)), format=kind, **options)

    _write(path, kind, encode, keep=keep)


def _write(path: Path, kind: str, encode: Callable[[BinaryIO], None], *, keep: bool) -> None:
    def explained(file: BinaryIO) -> None:
        with _refused(path, kind):
            encode(file)

    write_atomic(path, explained, keep=keep)


class EncoderError(InputError):
    """An encoder has something against a picture, mostly against its metadata."""


@contextmanager
def _refused(path: Path, kind: str) -> Generator[None]:
    """Turn whatever an encoder raises into a sentence."""
    try:
        with metadata.quiet():
            yield
    except Exception as error:  # an encoder raises what it likes: struct, type, overflow errors …
        if is_out_of_memory(error):
            raise CoreError(
                f"There isn't enough memory to write “{path.name}”.", "Close something and try again."
            ) from error
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's
        raise EncoderError(
            f"“{path.name}” can't be written as {kind}: {error}.", "Choose PNG or TIFF."
        ) from error
