"""A photograph in memory: 8-bit pixels and everything of the file that an export has to keep."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.photo.deep import Deep

Size = tuple[int, int]  # width, height
Rect = tuple[int, int, int, int]  # x, y, width, height in photo pixels
BAND = 256  # rows hashed together


@dataclass(frozen=True, eq=False)
class Photo:
    """An opened picture, upright.

    pixels   uint8 (H, W, 3), read-only, in the file's own colour space (`icc`; None means sRGB)
    alpha    uint8 (H, W) or None when opaque
    exif     raw EXIF block, orientation already applied and reset to 1; xmp likewise raw, or None
    format   "PNG", "JPEG", "WEBP", "TIFF" … of the file it came from; name: its file name, "" if pasted
    dpi      (x, y) or None
    notices  sentences the user should see once (converted from CMYK, opened as 8-bit, …)
    deep     all 16 bits of a picture that has them (`core.photo.deep`); None for one of 8
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
    deep: "Deep | None" = None

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pixels: what a request names the photo by."""
        return digest(self.pixels)


def digest(pixels: np.ndarray) -> str:
    """SHA-256 of an array's shape, type and bytes, as hex."""
    found = hashlib.sha256(f"{pixels.dtype.str}{pixels.shape}".encode())
    for top in range(0, len(pixels), BAND):  # what was cut out of a picture is copied a band at a time
        found.update(np.ascontiguousarray(pixels[top : top + BAND]).reshape(-1).view(np.uint8).data)
    return found.hexdigest()
