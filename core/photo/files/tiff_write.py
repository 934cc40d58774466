"""TIFF of 8 or 16 bits: pixels by tifffile, and EXIF's own directories, which it can't write, by Pillow."""

import struct
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, TiffTags
from PIL import TiffImagePlugin as Tiff

from core.photo.lazy import tifffile

_NAMES = {0x8769: "ExifTag", 0x8825: "GPSTag"}  # the directories that EXIF adds; tifffile's names for them
_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 2, 3, 4, 5, 7  # types of tags


def write(file: BinaryIO, height: int, rows: Iterator[np.ndarray], options: dict[str, Any]) -> None:
    """Write an uncompressed TIFF, which every program reads.

    file     new, and open for reading too
    rows     uint8 or uint16 (h, W, 3 or 4) from the top, `height` altogether: all as many at a time, the last
             perhaps fewer. Alpha isn't multiplied in
    options  what Pillow's `save` takes: exif, icc_profile, dpi
    """
    described: Image.Exif = options.get("exif", Image.Exif())
    further = {tag: described.get_ifd(tag) for tag in _NAMES if tag in described}
    tags = [_tag(tag, value) for tag, value in described.items() if tag not in TiffTags.TAGS_V2_GROUPS]
    tags += [(_NAMES[tag], _LONG, 1, 0, True) for tag in further]
    first = next(rows)
    with tifffile().TiffWriter(file, byteorder="<") as writer:
        writer.write(
            _strips(chain((first,), rows)),
            shape=(height, *first.shape[1:]),
            dtype=first.dtype,
            photometric="rgb",
            rowsperstrip=len(first),
            extrasamples=["unassalpha"] * (first.shape[2] - 3),
            extratags=[tag for tag in tags if tag is not None],
            iccprofile=options.get("icc_profile"),
            resolution=options.get("dpi"),
            resolutionunit="INCH",
            metadata=None,
            software=False,
        )
    _append(file, further)


def _strips(rows: Iterable[np.ndarray]) -> Iterator[bytes]:
    for strip in rows:
        yield strip.astype(strip.dtype.newbyteorder("<"), copy=False).tobytes()


def _append(file: BinaryIO, directories: dict[int, dict[int, Any]]) -> None:
    """Put directories behind the pixels, and their places where the first directory names them."""
    file.seek(4)
    (first,) = struct.unpack("<I", file.read(4))
    file.seek(first)
    (count,) = struct.unpack("<H", file.read(2))
    entries = file.read(12 * count)
    for at in range(0, 12 * count, 12):
        (tag,) = struct.unpack_from("<H", entries, at)
        if tag not in directories:
            continue
        place = file.seek(0, 2)
        place += place % 2
        directory: Any = Tiff.ImageFileDirectory_v2(prefix=b"II", group=tag)
        for entry, value in directories[tag].items():
            directory[entry] = value
        file.seek(place)
        file.write(directory.tobytes(place))
        file.seek(first + 2 + at + 8)
        file.write(struct.pack("<I", place))


def _tag(tag: int, value: Any) -> tuple[Any, ...] | None:
    """(code, type, count, value, True) as tifffile takes a tag; None for what has no form in a TIFF."""
    match value:
        case str():
            return tag, _ASCII, 0, value.encode("latin-1", "replace") + b"\0", True  # as Pillow decodes it
        case bytes():
            kind = TiffTags.lookup(tag).type
            return tag, kind if kind in (1, _UNDEFINED) else _UNDEFINED, len(value), value, True
        case int() if value >= 0:
            return tag, _SHORT if value < 65536 else _LONG, 1, value, True
        case Tiff.IFDRational() if value.denominator:
            return tag, _RATIONAL, 1, (value.numerator, value.denominator), True
        case _:
            return None
