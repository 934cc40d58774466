"""A photograph in memory: 8-bit pixels and everything of the file that an export has to keep."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from core.photo import bands
from core.photo.deep import Deep
from core.photo.files.extras import Extras
from core.photo.files.icc import of_png
from core.photo.rect import Size
from core.photo.space import Space


@dataclass(frozen=True, eq=False)
class Photo:
    """An opened picture, upright.

    pixels   uint8 (H, W, 3), read-only, in the file's own colour space (`profile`)
    alpha    uint8 (H, W) or None when opaque
    exif     raw EXIF block, orientation already applied and reset to 1; xmp likewise raw, or None
    format   "PNG", "JPEG", "WEBP", "TIFF" … of the file it came from; name: its file name, "" if pasted
    dpi      (x, y) or None
    notices  sentences the user should see once (converted from CMYK, opened as 8-bit, …)
    deep     all 16 bits of a picture that has them (`core.photo.deep`); None for one of 8
    extras   what the file said beside, for an export to the same format
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    format: str = "PNG"
    name: str = ""
    dpi: tuple[float, float] | None = None
    notices: tuple[str, ...] = field(default=())
    deep: Deep | None = None
    extras: Extras = field(default_factory=Extras)

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def size(self) -> Size:
        return self.width, self.height

    @staticmethod
    def of(picture: "Photo | np.ndarray") -> "Photo":
        """A photo as it is; pixels by themselves, uint8 (H, W, 3), as a photo in sRGB."""
        return Photo(picture) if isinstance(picture, np.ndarray) else picture

    @cached_property
    def profile(self) -> bytes | None:
        """`icc`, or what a PNG's gamma and primaries make one; None means sRGB."""
        return self.icc or of_png(self.extras.colour)

    @cached_property
    def space(self) -> Space:
        """What the pixels' numbers mean. (Little CMS is loaded for a picture that has a profile.)"""
        return Space.of(self.profile)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that decides what the model sees: what a request names the photo by.

        Those are the pixels; of another space than sRGB its profile as well, and all 16 bits.
        """
        pixels, profile = digest(self.pixels), self.space.icc
        if profile is None:
            return pixels
        found = hashlib.sha256(pixels.encode() + profile)
        if self.deep is not None:
            for rows in self.deep.bands():
                found.update(rows.tobytes())
        return found.hexdigest()


def digest(pixels: np.ndarray) -> str:
    """SHA-256 of an array's shape, type and bytes, as hex."""
    found = hashlib.sha256(f"{pixels.dtype.str}{pixels.shape}".encode())
    for at in bands.rows(len(pixels)):  # what was cut out of a picture is copied a band at a time
        found.update(np.ascontiguousarray(pixels[at]).reshape(-1).view(np.uint8).data)
    return found.hexdigest()
