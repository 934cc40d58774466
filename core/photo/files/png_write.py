"""PNG of 16 bits per channel, which Pillow can't write, and of 8 a band at a time; Pillow writes metadata.

FFmpeg's encoder (PyAV) could, but takes the whole picture and gives the whole file: of 100 megapixels more
than a gigabyte that rows packed one band after the other don't need.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from core.photo.deep import Deep
from core.photo.files.png_chunks import START, chunk_of
from core.photo.rect import Size

UP = 2  # PNG's filter by the row above: by its nature it works on whole rows at once
FAST = 1  # zlib's level for what is written often


def write(file: BinaryIO, deep: Deep, options: dict[str, Any]) -> None:
    """Write a picture. options: what Pillow's `save` takes."""
    small = BytesIO()
    Image.new("RGB", (1, 1)).save(small, "PNG", **options)
    file.write(_head((deep.width, deep.height), 16, 3 if deep.alpha is None else 4))
    file.writelines(_metadata(small.getvalue()))
    file.writelines(
        _body((rows.astype(">u2").view(np.uint8) for rows in deep.bands()), zlib.Z_DEFAULT_COMPRESSION)
    )


def write_bands(file: BinaryIO, size: Size, channels: int, bands: Iterable[np.ndarray]) -> None:
    """Write a picture in sRGB from top to bottom. bands: uint8 (any, W, channels), 3 or 4 of them."""
    file.write(_head(size, 8, channels))
    file.writelines(_body(bands, FAST))


def _head(size: Size, depth: int, channels: int) -> bytes:
    colour_type = 2 if channels == 3 else 6
    return START + chunk_of(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0))


def _metadata(data: bytes) -> Iterator[bytes]:
    """The chunks of a PNG between its head and its pixels."""
    at = 8
    while True:
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if name == b"IDAT":
            return
        if name != b"IHDR":
            yield data[at:end]
        at = end


def _body(bands: Iterable[np.ndarray], level: int) -> Iterator[bytes]:
    """bands: uint8 (any, W, bytes of a pixel), as they lie in the file."""
    pack, above = zlib.compressobj(level), np.uint8(0)
    for rows in bands:
        raw = rows.reshape(len(rows), -1)
        filtered = np.full((len(raw), raw.shape[1] + 1), UP, np.uint8)
        filtered[0, 1:], filtered[1:, 1:] = raw[0] - above, raw[1:] - raw[:-1]
        above = raw[-1]
        yield chunk_of(b"IDAT", pack.compress(filtered.tobytes()))
    yield chunk_of(b"IDAT", pack.flush()) + chunk_of(b"IEND", b"")
