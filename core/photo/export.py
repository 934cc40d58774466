"""Export a photo: pixels, with all that the photo carries, whole or not at all."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.errors import InputError
from core.photo import bands, deep_write
from core.photo import exif as exif_block
from core.photo import xmp as xmp_packet
from core.photo.atomic import write_atomic
from core.photo.deep import Deep
from core.photo.photo import Photo

EXPORTS = {  # extension → format
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
}
LONGEST = {"JPEG": 65500, "WEBP": 16383, "AVIF": 65535}  # pixels of a side that a format can hold
FINE = 90  # quality from which colour is kept at full resolution (4:4:4)


def export_photo(
    path: Path,
    pixels: np.ndarray,
    photo: Photo,
    *,
    quality: int = 95,
    edited: bool = True,
    recipe: str | None = None,
    deep: Deep | None = None,
) -> None:
    """Write `pixels` with what `photo` carries: alpha, EXIF, ICC profile, XMP, resolution.

    path     its extension decides: .png .jpg .jpeg .webp .tif .tiff .avif
    pixels   uint8 (H, W, 3), of the photo's size. PNG, TIFF and WebP at quality 100 keep them bit for bit.
    quality  1…100 for JPEG, WebP and AVIF; colour at full resolution from 90. JPEG has no alpha: what is
             transparent goes on white.
    edited   writes IPTC's digital source type "composite with trained algorithmic media" into the XMP and
             takes embedded thumbnails out
    recipe   text kept in the XMP property palimpsest:Recipe, in every format
    deep     the same picture in 16 bits, with its own alpha: what PNG and TIFF hold instead of `pixels`

    Whole or not at all: on any failure a file that was there is untouched. Raises InputError (unknown
    extension, quality, a size the format can't hold, no folder, no permission), CoreError (full disk).
    """
    path = Path(path)
    kind = export_format(path)
    if not 1 <= quality <= 100:
        raise InputError(f"The quality must be in 1…100, not {quality}.")
    exif = exif_block.without_thumbnail(photo.exif) if photo.exif and edited else photo.exif
    xmp = xmp_packet.mark(photo.xmp, edited=edited, recipe=recipe)
    options = _options(kind, quality, photo, exif, xmp)
    if deep is not None and kind in deep_write.KINDS:
        with _refused(path, kind):
            head = deep_write.head(kind, deep, options)
        write_atomic(path, lambda file: file.writelines(chain((head,), deep_write.body(kind, deep))))
        return
    if photo.alpha is not None and kind == "JPEG":
        image = _on_white(pixels, photo.alpha)
    else:
        image = _with_alpha(pixels, photo.alpha)
    write_image(path, kind, image, options)


def reduces(path: Path, photo: Photo) -> list[str]:
    """A sentence for the user if the format that the extension asks for can't hold the photo's 16 bits."""
    kind = export_format(path)
    if photo.deep is None or kind in deep_write.KINDS:
        return []
    return [f"{kind} holds 8 bits per channel: the picture's 16 were reduced. PNG and TIFF keep them."]


def export_format(path: Path) -> str:
    """Pillow's name of the format that the extension asks for. Raises InputError for an unknown one."""
    kind = EXPORTS.get(path.suffix.lower())
    if kind is None:
        what = (
            f"“{path.suffix}” is no format to export to" if path.suffix else f"“{path.name}” names no format"
        )
        raise InputError(f"{what}.", f"Use one of {' '.join(EXPORTS)}")
    return kind


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


def write_image(path: Path, kind: str, image: Image.Image, options: dict[str, Any]) -> None:
    """Encode a picture, whole or not at all. kind, options: what Pillow's `save` takes. Errors as above."""
    limit = LONGEST.get(kind, max(image.size))
    if max(image.size) > limit:
        raise InputError(f"{kind} can't hold more than {limit} pixels on a side.", "Choose PNG or TIFF.")

    def encode(file: BinaryIO) -> None:
        with _refused(path, kind):
            image.save(cast("BinaryIO", _Stream(file)), format=kind, **options)

    write_atomic(path, encode)


@contextmanager
def _refused(path: Path, kind: str) -> Generator[None]:
    """Turn what an encoder has against a picture's metadata, as that they are too long, into a sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd EXIF
            yield
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's
        raise InputError(
            f"“{path.name}” can't be written as {kind}: {error}.", "Choose PNG or TIFF."
        ) from error


def _options(kind: str, quality: int, photo: Photo, exif: bytes | None, xmp: bytes | None) -> dict[str, Any]:
    """Pillow's save options: the same facts, called differently by every format."""
    options: dict[str, Any] = {"icc_profile": photo.icc, "dpi": photo.dpi, "exif": exif, "xmp": xmp}
    fine = quality >= FINE
    match kind:
        case "PNG":
            options["pnginfo"] = _png_info(xmp)
        case "TIFF":
            options["exif"] = _tiff_tags(exif, xmp)
        case "JPEG":
            options |= {"quality": quality, "subsampling": "4:4:4" if fine else "4:2:0"}
        case "WEBP":  # exact: colours under full transparency stay
            options |= {"quality": quality, "lossless": quality == 100, "exact": True}
        case _:
            options |= {"quality": quality, "subsampling": "4:4:4" if fine else "4:2:0"}
    return {key: value for key, value in options.items() if value is not None}


def _png_info(xmp: bytes | None) -> PngInfo:
    info = PngInfo()
    if xmp is not None:
        info.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
    return info


def _tiff_tags(exif: bytes | None, xmp: bytes | None) -> Image.Exif:
    """A TIFF's own directory is its EXIF. Uncompressed: a compressed one loses its Exif part in Pillow."""
    known = exif_block.parsed(exif) if exif else None
    tags = Image.Exif() if known is None else exif_block.descriptive(known)
    tags[exif_block.ORIENTATION] = 1
    if xmp is not None:
        tags[exif_block.XMP] = xmp
    return tags
