"""PNG of 16 bits per channel, which Pillow can't write; it still writes the metadata.

FFmpeg's encoder (PyAV) could, but takes the whole picture and gives the whole file: of 100 megapixels more
than a gigabyte that rows packed one band after the other don't need.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from core.photo.deep import Deep
from core.photo.png_chunks import chunk_of

UP = 2  # PNG's filter by the row above: by its nature it works on whole rows at once


def write(file: BinaryIO, deep: Deep, options: dict[str, Any]) -> None:
    """Write a picture. options: what Pillow's `save` takes."""
    file.write(_head(deep, options))
    file.writelines(_body(deep))


def _head(deep: Deep, options: dict[str, Any]) -> bytes:
    small = BytesIO()
    Image.new("RGB", (1, 1)).save(small, "PNG", **options)
    data = small.getvalue()
    colour_type = 2 if deep.alpha is None else 6
    size = struct.pack(">IIBBBBB", deep.width, deep.height, 16, colour_type, 0, 0, 0)
    return b"".join([data[:8], chunk_of(b"IHDR", size), *_metadata(data)])


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


def _body(deep: Deep) -> Iterator[bytes]:
    pack, above = zlib.compressobj(), np.uint8(0)
    for rows in deep.bands():
        raw = rows.astype(">u2").view(np.uint8).reshape(len(rows), -1)
        filtered = np.full((len(raw), raw.shape[1] + 1), UP, np.uint8)
        filtered[0, 1:], filtered[1:, 1:] = raw[0] - above, raw[1:] - raw[:-1]
        above = raw[-1]
        yield chunk_of(b"IDAT", pack.compress(filtered.tobytes()))
    yield chunk_of(b"IDAT", pack.flush()) + chunk_of(b"IEND", b"")
