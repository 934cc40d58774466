"""PNG and TIFF files of 16 bits per channel, which Pillow can't write; it still writes their metadata."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, TiffTags
from PIL import TiffImagePlugin as Tiff

from core.photo.deep import Deep

KINDS = ("PNG", "TIFF")
UP = 2  # PNG's filter by the row above: by its nature it works on whole rows at once


def head(kind: str, deep: Deep, options: dict[str, Any]) -> bytes:
    """The file up to its pixels. kind: one of KINDS; options: what Pillow's `save` takes."""
    return _png_head(deep, options) if kind == "PNG" else _tiff_head(deep, options)


def body(kind: str, deep: Deep) -> Iterator[bytes]:
    """The rest of the file, piece by piece."""
    return _png_body(deep) if kind == "PNG" else (rows.astype("<u2").tobytes() for rows in deep.bands())


def _png_head(deep: Deep, options: dict[str, Any]) -> bytes:
    small = BytesIO()
    Image.new("RGB", (1, 1)).save(small, "PNG", **options)
    data = small.getvalue()
    colour_type = 2 if deep.alpha is None else 6
    size = struct.pack(">IIBBBBB", deep.width, deep.height, 16, colour_type, 0, 0, 0)
    return b"".join([data[:8], _chunk(b"IHDR", size), *_metadata(data)])


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


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png_body(deep: Deep) -> Iterator[bytes]:
    pack, above = zlib.compressobj(), np.uint8(0)
    for rows in deep.bands():
        raw = rows.astype(">u2").view(np.uint8).reshape(len(rows), -1)
        filtered = np.full((len(raw), raw.shape[1] + 1), UP, np.uint8)
        filtered[0, 1:], filtered[1:, 1:] = raw[0] - above, raw[1:] - raw[:-1]
        above = raw[-1]
        yield _chunk(b"IDAT", pack.compress(filtered.tobytes()))
    yield _chunk(b"IDAT", pack.flush()) + _chunk(b"IEND", b"")


def _tiff_head(deep: Deep, options: dict[str, Any]) -> bytes:
    """The directory of an uncompressed TIFF of one strip."""
    channels = 3 if deep.alpha is None else 4
    tags: Any = Tiff.ImageFileDirectory_v2(prefix=b"II")
    described: Image.Exif = options.get("exif", Image.Exif())
    for tag in described:
        tags[tag] = described.get_ifd(tag) if tag in TiffTags.TAGS_V2_GROUPS else described[tag]
    if "icc_profile" in options:
        tags[Tiff.ICCPROFILE] = options["icc_profile"]
    if "dpi" in options:
        tags[Tiff.RESOLUTION_UNIT] = 2  # inch
        tags[Tiff.X_RESOLUTION], tags[Tiff.Y_RESOLUTION] = options["dpi"]
    tags[Tiff.IMAGEWIDTH], tags[Tiff.IMAGELENGTH] = deep.width, deep.height
    tags[Tiff.BITSPERSAMPLE] = (16,) * channels
    tags[Tiff.SAMPLESPERPIXEL] = channels
    tags[Tiff.COMPRESSION] = 1
    tags[Tiff.PHOTOMETRIC_INTERPRETATION] = 2  # RGB
    tags[Tiff.PLANAR_CONFIGURATION] = 1
    if channels == 4:
        tags[Tiff.EXTRASAMPLES] = 2  # alpha that isn't multiplied in
    tags[Tiff.ROWSPERSTRIP] = deep.height
    tags.tagtype[Tiff.STRIPBYTECOUNTS] = TiffTags.LONG
    tags[Tiff.STRIPBYTECOUNTS] = deep.width * deep.height * channels * 2
    tags[Tiff.STRIPOFFSETS] = 0  # from the directory's end: its writer adds that
    file = BytesIO()
    tags.save(file)
    return file.getvalue()
