"""Open a photo, and have a first look at a large one."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import CoreError
from core.photo import bands
from core.photo.colour import is_converted, to_rgb
from core.photo.deep import Deep, of_samples
from core.photo.files import exif as exif_block
from core.photo.files import extras
from core.photo.files import xmp as xmp_packet
from core.photo.files.decode import decode_file, explained, reduced_jpeg
from core.photo.files.decoded import Decoded, of_image
from core.photo.files.samples import Samples
from core.photo.photo import Photo
from core.photo.rect import Size
from core.photo.space import Space

LOOK = 1024  # pixels of the longest side that a first look has at least
WORTH = 4_000_000  # pixels from which on a first look is sooner there than all of it


@dataclass(frozen=True, eq=False)
class FirstLook:
    """A picture made small, while all of it is still to be read.

    pixels  uint8 (h, w, 3), upright, in sRGB
    size    (W, H) of the picture
    """

    pixels: np.ndarray
    size: Size


def first_look(path: Path) -> FirstLook | None:
    """A look at a large JPEG by its own reduced decoding, long before `open_photo` has all of it.

    None of any other picture, and of one that can't be read so: what is wrong is for `open_photo` to say.
    """
    try:
        with explained(f"“{path.name}”"):
            found = reduced_jpeg(path, LOOK, WORTH)
            if found is None:
                return None
            decoded, (width, height) = found
            turn, _ = exif_block.read(decoded.image)
            pixels, _, icc, _ = _as_rgb(decoded, turn)
            size = (height, width) if turn >= 5 else (width, height)
            return FirstLook(Space.of(icc).to_srgb(pixels), size)
    except CoreError:
        return None


def open_photo(path: Path) -> Photo:
    """Open a picture file upright, as 8-bit RGB, with its EXIF, ICC profile, XMP, resolution, and its extras.

    PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP, PPM, and HEIC by its extra; up to 200 megapixels; the first frame
    of an animation.
    Of a picture of 16 bits per channel all of them are kept in `deep`, if its colours need no conversion.
    What had to be converted stands in `notices`. Raises InputError for what can't be opened, CoreError when
    memory runs out.
    """
    path = Path(path)
    with explained(f"“{path.name}”"):
        return replace(_photo(decode_file(path), path.name), extras=extras.read(path))


def from_image(image: Image.Image) -> Photo:
    """A picture in memory, as from the clipboard. Raises InputError for pixels that can't be shown."""
    with explained("the picture"):
        return _photo(of_image(image), "")


def _photo(decoded: Decoded, name: str) -> Photo:
    image = decoded.image
    turn, exif = exif_block.read(image)
    xmp = image.info.get("xmp")
    if exif is not None:
        exif = exif_block.upright(exif if turn == 1 else exif_block.without_thumbnail(exif))
    pixels, alpha, icc, converted = _as_rgb(decoded, turn)
    deep = _deep(decoded, turn, pixels, alpha)
    if alpha is not None and alpha.min() == 255:
        alpha = None
    for array in (pixels, alpha):
        if array is not None:
            array.setflags(write=False)
    return Photo(
        pixels=pixels,
        alpha=alpha,
        icc=icc,
        exif=exif,
        xmp=xmp_packet.upright(xmp) if isinstance(xmp, bytes) else None,
        format="JPEG" if image.format == "MPO" else image.format or "PNG",
        name=name,
        dpi=_dpi(image, exif, turn),
        notices=(*_depth(decoded, deep), *decoded.notices, *converted, *_damaged(image, exif)),
        deep=deep,
    )


def _as_rgb(decoded: Decoded, turn: int) -> tuple[np.ndarray, np.ndarray | None, bytes | None, list[str]]:
    """(pixels and alpha, upright, their profile, notices)."""
    profile, samples = decoded.image.info.get("icc_profile"), decoded.pixels
    if isinstance(samples, Samples) and samples.mode in ("RGB", "RGBA") and not is_converted("RGB", profile):
        _, icc, notices = to_rgb(Image.new("RGB", (1, 1)), profile)  # no pixel is changed
        alpha = None if samples.alpha is None else bands.turned_upright(samples.alpha, turn)
        return bands.turned_upright(samples.high, turn), alpha, icc, notices
    rgb, icc, notices = to_rgb(decoded.shown, profile)
    pixels = bands.to_array(rgb, turn, lambda band: band.convert("RGB"))
    alpha = bands.to_array(rgb, turn, lambda band: band.getchannel("A")) if rgb.mode == "RGBA" else None
    return pixels, alpha, icc, notices


def _deep(decoded: Decoded, turn: int, pixels: np.ndarray, alpha: np.ndarray | None) -> Deep | None:
    """All 16 bits of a picture whose colours are shown as they stand in the file; None of any other."""
    profile = decoded.image.info.get("icc_profile")
    if not isinstance(decoded.pixels, Samples) or is_converted(decoded.mode, profile):
        return None
    return of_samples(pixels, alpha, decoded.pixels, turn)


def _depth(decoded: Decoded, deep: Deep | None) -> list[str]:
    depth = decoded.depth
    if depth == 8:
        return []
    bits = f"The picture has {depth} bits per channel"
    if deep is None:
        return [f"{bits}; it was opened with 8."]
    if depth > 16:
        return [f"{bits}; it was opened with 16, of which 8 are shown and a PNG or TIFF keeps all."]
    return [f"{bits}; it is shown with 8, and a PNG or TIFF keeps all {depth}."]


def _damaged(image: Image.Image, block: bytes | None) -> list[str]:
    if block or len(image.info.get("exif") or b"") <= len(exif_block.HEAD):
        return []
    return ["The picture's EXIF is damaged and was left out."]


def _dpi(image: Image.Image, block: bytes | None, turn: int) -> tuple[float, float] | None:
    """Of a format that has no place for it, the EXIF's."""
    try:
        x, y = (float(value) for value in image.info.get("dpi") or exif_block.resolution(block) or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not (math.isfinite(x) and math.isfinite(y) and x > 0 and y > 0):
        return None
    return (y, x) if turn in (5, 6, 7, 8) else (x, y)
