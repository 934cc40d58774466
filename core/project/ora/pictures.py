"""The pictures of a project as PNGs: written a band of rows at a time, and told apart by what is in them."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator

import numpy as np

from core.document.composite import Composite
from core.document.layer import Variant
from core.document.mask import Mask
from core.photo import bands, region
from core.photo import rect as rects
from core.photo.bands import BAND
from core.photo.files import png_write
from core.photo.photo import Photo
from core.photo.rect import Rect, Size

THUMBNAIL = 256  # pixels of its longest side
UNKNOWN = 1 << 30  # bytes, unpacked, beyond which a zip has to be told that an entry may be huge


class Fingerprint:
    """SHA-256 of a picture's colours and opacity, however it is packed."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._colours, self._alpha, self._opaque = hashlib.sha256(), hashlib.sha256(), True

    def add(self, rows: np.ndarray) -> None:
        """The next rows, uint8 (any, W, 3 or 4)."""
        self._colours.update(np.ascontiguousarray(rows[..., :3]).data)
        if rows.shape[2] == 4:
            alpha = np.ascontiguousarray(rows[..., 3])
            self._opaque = self._opaque and bool(alpha.min() == 255)
            self._alpha.update(alpha.data)

    @property
    def text(self) -> str:
        """As hex. Opaque is opaque, with an alpha or without."""
        whole = hashlib.sha256("{}×{}".format(*self._size).encode() + self._colours.digest())
        if not self._opaque:
            whole.update(self._alpha.digest())
        return whole.hexdigest()


def fingerprint(photo: Photo) -> str:
    """Of a picture that was read."""
    found = Fingerprint(photo.size)
    for rows in of_photo(photo):
        found.add(rows)
    return found.text


def put(
    file: zipfile.ZipFile, name: str, size: Size, channels: int, rows: Iterable[np.ndarray]
) -> tuple[str, str]:
    """Write a PNG into an archive; what tells the file from others, and the `Fingerprint` of the picture."""
    found, width = Fingerprint(size), size[0]
    with file.open(name, "w", force_zip64=width * size[1] * channels > UNKNOWN) as png:
        png_write.write_bands(png, size, channels, _heard(rows, found))  # type: ignore[arg-type]
    return as_file(file.getinfo(name)), found.text


def as_file(entry: zipfile.ZipInfo) -> str:
    """What tells an entry from others of its name without reading it."""
    return f"{entry.CRC:08x}-{entry.file_size}"


def _heard(rows: Iterable[np.ndarray], found: Fingerprint) -> Iterator[np.ndarray]:
    for band in rows:
        found.add(band)
        yield band


def of_photo(photo: Photo) -> Iterator[np.ndarray]:
    """The photo by itself in sRGB: uint8 (any, W, 3 or 4)."""
    return of_composite(photo, Composite(photo))


def of_composite(photo: Photo, composite: Composite) -> Iterator[np.ndarray]:
    """The photo under its layers in sRGB: uint8 (any, W, 3 or 4)."""
    return (_part(photo, composite, strip) for strip in rects.strips(rects.whole(photo.size), BAND))


def of_variant(variant: Variant) -> Iterator[np.ndarray]:
    """What was drawn, and its mask as opacity: uint8 (any, w, 4)."""
    for strip in rects.strips(variant.box, BAND):
        drawn = variant.drawn[rects.slices(strip, variant.box)]
        yield np.dstack([drawn, variant.soft(strip)])


def of_mask(mask: Mask, box: Rect) -> Iterator[np.ndarray]:
    """White where the mask is: uint8 (any, w, 4)."""
    for strip in rects.strips(box, BAND):
        rows = np.full((strip[3], strip[2], 4), 255, np.uint8)
        rows[..., 3] = mask.crop(strip)
        yield rows


def thumbnail(photo: Photo, composite: Composite) -> np.ndarray:
    """The same small: uint8 (h, w, 3 or 4), of 256 pixels at most."""
    scale = min(1.0, THUMBNAIL / max(photo.size))
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))

    def read(at: slice) -> np.ndarray:
        return _part(photo, composite, (0, at.start, photo.width, at.stop - at.start))

    return bands.shrink_read(read, photo.size, size, *region.SCALING)


def _part(photo: Photo, composite: Composite, rect: Rect) -> np.ndarray:
    rows = photo.space.to_srgb(composite.crop(rect))
    return rows if photo.alpha is None else np.dstack([rows, photo.alpha[rects.slices(rect)]])
