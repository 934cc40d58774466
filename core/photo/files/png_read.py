"""PNG: metadata that can't be read cost no picture, and all 16 bits are read.

Pillow reads the rest. Of 16 bits it gives 8; libpng gives all, but of a whole picture at once, which of 200
megapixels is 1.6 GB more. So the rows are inflated a band at a time, and each band is handed to libpng as a
small PNG of its own, under the row above it, on which its filters build.
"""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.files.decoded import Decoded, check_size, of_image
from core.photo.files.png_chunks import (
    START,
    Chunk,
    Header,
    chunks_of,
    data_of,
    header_of,
    one_pixel,
    png_of,
    sort,
)
from core.photo.files.samples import MODES, Samples
from core.photo.lazy import imagecodecs

LEFT_OUT = "Part of the picture's metadata is damaged or too large; it was left out."
BAND = 1 << 19  # bytes of rows inflated together
_MODES = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}  # colour type → Pillow's mode
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def read(file: BinaryIO) -> Decoded:
    """A PNG. Raises InputError, and what Pillow, zlib and libpng raise over a damaged file."""
    header = header_of(file)
    check_size(header.width, header.height)
    chunks = chunks_of(file)
    metadata, damaged = sort(file, chunks)
    notices = (LEFT_OUT,) * bool(damaged)
    if header.depth < 16 or header.colour_type not in _MODES:
        return _by_pillow(file, chunks, damaged, notices)
    found = _samples(file, header, chunks)
    with Image.open(BytesIO(one_pixel(metadata)), formats=("PNG",)) as described:
        described.load()
    animated = next((data_of(file, chunk) for chunk in chunks if chunk.name == b"acTL"), b"")
    if (frames := int.from_bytes(animated[:4], "big")) > 1:
        notices = (_frames(frames), *notices)
    return Decoded(described, found, notices, 16)


def _frames(count: int) -> str:
    return f"The picture has {count} frames; the first was opened."


def _by_pillow(file: BinaryIO, chunks: list[Chunk], damaged: set[Chunk], notices: tuple[str, ...]) -> Decoded:
    if damaged:
        file.seek(0)
        kept = (chunk.read(file) for chunk in chunks if chunk not in damaged)
        file = BytesIO(file.read(len(START)) + b"".join(kept))
    file.seek(0)
    with Image.open(file, formats=("PNG",)) as image:
        if (frames := getattr(image, "n_frames", 1)) > 1:
            notices = (_frames(frames), *notices)
        image.load()
        return of_image(image, notices)


def _samples(file: BinaryIO, header: Header, chunks: list[Chunk]) -> Samples:
    """All 16 bits of every pixel, a colour that is transparent made an alpha channel."""
    mode = _MODES[header.colour_type]
    key = next((data_of(file, chunk) for chunk in chunks if chunk.name == b"tRNS"), None)
    if key is not None and not mode.endswith("A"):
        mode, key = mode + "A", np.frombuffer(key[: 2 * len(mode)], ">u2")
    else:
        key = None
    found = Samples(header.width, header.height, mode, deep=True)
    rows = _Rows(file, [chunk for chunk in chunks if chunk.name == b"IDAT"])
    for x, y, across, down in _ADAM7 if header.interlaced else ((0, 0, 1, 1),):
        width, height = -(-(header.width - x) // across), -(-(header.height - y) // down)
        if width < 1 or height < 1:
            continue
        for at, values in rows.unfiltered(width, height, header.colour_type):
            place = slice(y + at.start * down, y + (at.stop - 1) * down + 1, down), slice(x, None, across)
            found.put(*place, values)
            if key is not None:
                seen = (values != key).any(axis=2, keepdims=True)
                found.put(*place, np.where(seen, np.uint16(65535), np.uint16(0)), values.shape[2])
    rows.end()
    return found


class _Rows:
    """The rows of pixels of a PNG in the order in which they stand in the file."""

    def __init__(self, file: BinaryIO, chunks: list[Chunk]) -> None:
        self._pieces = (data_of(file, part) for chunk in chunks for part in _split(chunk))
        self._inflate = zlib.decompressobj()

    def unfiltered(self, width: int, height: int, colour_type: int) -> Iterator[tuple[slice, np.ndarray]]:
        """(rows, uint16 (h, w, c)) of a picture, or of one of the seven that an interlaced one is made of."""
        row = 2 * width * MODES[_MODES[colour_type]]
        above = bytes(row)
        for at in bands.rows(height, max(1, BAND // row)):
            count = at.stop - at.start
            rows = b"".join((b"\0", above, *self._take(count * (row + 1))))
            png = png_of(width, count + 1, 16, colour_type, b"", rows)
            values = imagecodecs().png_decode(png).reshape(count + 1, width, -1)
            above = values[-1].astype(">u2").tobytes()
            yield at, values[1:]

    def _take(self, size: int) -> Iterator[bytes]:
        while size > 0:
            waiting = self._inflate.unconsumed_tail or next(self._pieces, b"")
            piece = self._inflate.decompress(waiting, size)
            if not waiting and not piece:
                raise EOFError("the picture is not all there")
            size -= len(piece)
            yield piece

    def end(self) -> None:
        """Raises zlib.error if what was inflated is not what was packed."""
        while not self._inflate.eof and (waiting := self._inflate.unconsumed_tail or next(self._pieces, b"")):
            if self._inflate.decompress(waiting, BAND):
                return  # more rows than there should be: as other programs do, they are let be


def _split(chunk: Chunk) -> Iterator[Chunk]:
    """A chunk of pixels, which may be the whole file, in pieces."""
    for start in range(0, chunk.length, BAND):
        yield Chunk(chunk.name, chunk.place + start, min(BAND, chunk.length - start))
