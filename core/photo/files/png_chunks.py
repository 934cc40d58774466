"""What a PNG is made of, and which of its metadata can be read: those that can't cost no picture."""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image, PngImagePlugin

START = b"\x89PNG\r\n\x1a\n"
MAX_METADATA = 1 << 26  # bytes, of all chunks of metadata together
MAX_UNPACKED = 1 << 24  # bytes, of one of them
MAX_TRIED = 100  # of them are tried one by one
_OF_PIXELS = (b"tRNS", b"bKGD", b"hIST", b"sBIT", b"acTL", b"fcTL", b"fdAT")  # they speak of no other picture

PngImagePlugin.MAX_TEXT_CHUNK = MAX_UNPACKED  # a colour profile or a text of some MB is no attack


@dataclass(frozen=True)
class Chunk:
    """A chunk and where its data lie in the file."""

    name: bytes
    place: int
    length: int

    @property
    def is_metadata(self) -> bool:
        """Whether it says something about the picture, and not how its pixels are meant."""
        return bool(self.name[0] & 32) and self.name not in _OF_PIXELS

    def read(self, file: BinaryIO) -> bytes:
        """All of it, as it stands in the file."""
        file.seek(self.place - 8)
        return file.read(self.length + 12)


@dataclass(frozen=True)
class Header:
    """What the first chunk says. colour_type: 0 grey, 2 RGB, 3 palette; 4 and 6 are 0 and 2 with alpha."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlaced: bool


def header_of(file: BinaryIO) -> Header:
    """Raises ValueError if it is damaged."""
    start = file.read(len(START) + 25)
    if start[8:16] != b"\0\0\0\x0dIHDR" or len(start) < 33 or zlib.crc32(start[12:29]) != _crc(start):
        raise ValueError("no header")
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", start[16:29])
    if width == 0 or height == 0:
        raise ValueError("no pixels")
    return Header(width, height, depth, colour_type, bool(interlace))


def _crc(chunk: bytes) -> int:
    return int.from_bytes(chunk[-4:], "big")


def chunks_of(file: BinaryIO) -> list[Chunk]:
    """All that are whole; of pixels also those that aren't."""
    end, place, chunks = file.seek(0, 2), len(START), list[Chunk]()
    while place + 12 <= end:
        file.seek(place)
        length, name = struct.unpack(">I4s", file.read(8))
        if place + 12 + length > end and name != b"IDAT":
            break
        chunks.append(Chunk(name, place + 8, min(length, end - place - 8)))
        place += 12 + length
        if name == b"IEND":
            break
    return chunks


def data_of(file: BinaryIO, chunk: Chunk) -> bytes:
    """What is in a chunk."""
    file.seek(chunk.place)
    return file.read(chunk.length)


def sort(file: BinaryIO, chunks: list[Chunk]) -> tuple[list[bytes], set[Chunk]]:
    """(the chunks of metadata that can be read, as they stand in the file; those that can't)."""
    usable, damaged, budget = dict[Chunk, bytes](), set[Chunk](), MAX_METADATA
    for chunk in chunks:
        small = chunk.name[0] & 32 and chunk.name != b"fdAT"
        if small and chunk.length > budget:
            damaged.add(chunk)
        elif small:
            whole = chunk.read(file)
            if zlib.crc32(whole[4:-4]) != _crc(whole):
                damaged.add(chunk)
            elif chunk.is_metadata:
                usable[chunk], budget = whole, budget - chunk.length
    if not _opens(list(usable.values())):
        tried = dict(list(usable.items())[:MAX_TRIED])
        good = {chunk for chunk, whole in tried.items() if _opens([whole])}
        if not _opens([usable[chunk] for chunk in usable if chunk in good]):  # too much altogether
            good = set[Chunk]()
        damaged |= usable.keys() - good
    return [whole for chunk, whole in usable.items() if chunk not in damaged], damaged


def _opens(metadata: list[bytes]) -> bool:
    """Whether Pillow reads these chunks."""
    try:
        with Image.open(BytesIO(one_pixel(metadata)), formats=("PNG",)) as image:
            image.load()
    except MemoryError:
        raise
    except Exception:  # Pillow raises what it likes over them
        return False
    return True


def one_pixel(metadata: Iterable[bytes]) -> bytes:
    """A PNG of one pixel with these chunks."""
    return png_of(1, 1, 8, 2, b"".join(metadata), bytes(4))


def png_of(width: int, height: int, depth: int, colour_type: int, metadata: bytes, rows: bytes) -> bytes:
    """A whole PNG. rows: of pixels, each after the number of its filter."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    pixels = chunk_of(b"IDAT", zlib.compress(rows, 0))
    return b"".join((START, chunk_of(b"IHDR", header), metadata, pixels, chunk_of(b"IEND", b"")))


def chunk_of(name: bytes, data: bytes) -> bytes:
    """A chunk as it stands in a file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
