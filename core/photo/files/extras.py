"""What a file says beside EXIF, ICC profile, XMP and resolution: PNG's chunks, JPEG's comments and IPTC."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from core.photo.files import image_resources as resources
from core.photo.files.exif import forgiving
from core.photo.files.png_chunks import START, chunk_of, chunks_of

ChunkData = tuple[bytes, bytes]  # a PNG's: name, data as in the file

MOST = 32 << 20  # bytes kept of one file
TEXT = (b"tEXt", b"zTXt", b"iTXt")
COLOUR = {b"cICP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32}  # what its pixels' numbers mean; bytes of each
CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)  # of sRGB, as cHRM has them
_SRGB = {b"gAMA": (45455,), b"cHRM": CHROMATICITIES}
_CICP_SRGB = bytes([1, 13, 0])  # primaries, transfer, matrix
_NEAR = 50  # hundred-thousandths by which programs round these
_XMP = b"XML:com.adobe.xmp\0"
_RAW, _RAW_IPTC = b"Raw profile type ", b"Raw profile type iptc\0"  # ImageMagick's EXIF and others, as text
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # also the large ones


@dataclass(frozen=True)
class Extras:
    """Kept as it stood in the file, for an export to the same format.

    text, colour  a PNG's chunks in TEXT and COLOUR
    comments      a JPEG's
    resources     a JPEG's or a TIFF's image resources: number → data (`core.photo.files.image_resources`)
    """

    text: tuple[ChunkData, ...] = ()
    colour: tuple[ChunkData, ...] = ()
    comments: tuple[bytes, ...] = ()
    resources: dict[int, bytes] = field(default_factory=dict[int, bytes])

    def without(self, keyword: str) -> "Extras":
        """Without the text chunks about this."""
        begins = keyword.encode("latin-1") + b"\0"
        return replace(self, text=tuple(chunk for chunk in self.text if not chunk[1].startswith(begins)))


def read(path: Path) -> Extras:
    """What a picture file that can be opened says beside; of damaged metadata what is whole. Never raises."""
    with forgiving(), path.open("rb") as file:
        head = file.read(8)
        if head == START:
            return _of_png(file)
        file.seek(0)
        if head.startswith(_TIFF):
            return _of_tiff(file)
        with Image.open(file, formats=("JPEG",)) as image:
            return _of_jpeg(image)
    return Extras()


def text_chunk(keyword: str, text: str) -> ChunkData:
    """A PNG's chunk: tEXt where Latin-1 has all of its letters, else iTXt."""
    key = keyword.encode("latin-1") + b"\0"
    try:
        return b"tEXt", key + text.encode("latin-1")
    except UnicodeEncodeError:
        return b"iTXt", key + bytes(4) + text.encode("utf-8", "replace")


def is_srgb(colour: tuple[ChunkData, ...]) -> bool:
    """Whether the chunks say no more than every reader assumes of a picture that says nothing."""
    said = dict(colour)
    if b"cICP" in said:  # over all others
        return said[b"cICP"][:3] == _CICP_SRGB
    return b"sRGB" in said or all(_near(said[name], told) for name, told in _SRGB.items() if name in said)


def _near(data: bytes, told: tuple[int, ...]) -> bool:
    values = struct.unpack(f">{len(data) // 4}I", data[: len(data) // 4 * 4])
    return len(values) == len(told) and all(abs(a - b) <= _NEAR for a, b in zip(values, told, strict=True))


def keywords(text: tuple[ChunkData, ...]) -> list[str]:
    """What the text chunks are about, each once: "parameters", "workflow"."""
    return list(dict.fromkeys(data.partition(b"\0")[0].decode("latin-1") for _, data in text))


def _of_png(file: BinaryIO) -> Extras:
    """A profile takes the place of what the other chunks say of colours, except for cICP."""
    found = list(_chunks(file))
    names = [name for name, _ in found]
    text = tuple(chunk for chunk in found if chunk[0] in TEXT and _is_said(chunk[1]))
    valid = (b"cICP",) if b"iCCP" in names else COLOUR
    colour = {name: data for name, data in found if name in valid and len(data) == COLOUR[name]}
    return Extras(text, tuple(colour.items()))


def _is_said(data: bytes) -> bool:
    """Text by itself: not what another place of a photo holds, upright and without its thumbnail."""
    return not data.startswith(_XMP) and (not data.startswith(_RAW) or data.startswith(_RAW_IPTC))


def _chunks(file: BinaryIO) -> Iterator[ChunkData]:
    """The undamaged chunks that are of use, up to MOST bytes."""
    left = MOST
    for chunk in chunks_of(file):
        if chunk.name in (*TEXT, *COLOUR, b"iCCP") and chunk.length + 12 <= left:
            left -= chunk.length + 12
            whole = chunk.read(file)
            if chunk_of(chunk.name, whole[8:-4]) == whole:
                yield chunk.name, whole[8:-4]


def _of_jpeg(image: Any) -> Extras:
    segments: list[tuple[str, bytes]] = image.applist
    told = b"".join(
        data.removeprefix(resources.APP13)
        for name, data in segments
        if name == "APP13" and data.startswith(resources.APP13)
    )
    comments = tuple(data for name, data in segments if name == "COM" and data)
    return Extras(comments=comments, resources=resources.read(told))


def _of_tiff(file: BinaryIO) -> Extras:
    """The tags' bytes as they stand in the file: programs write the record as whole numbers of four, too."""
    tifffile = import_module("tifffile")  # untyped, and slow to import
    with tifffile.TiffFile(file) as tiff:
        found: list[bytes] = []
        for number in (resources.IPTC_TAG, resources.RESOURCES_TAG):
            tag = tiff.pages[0].tags.get(number)
            found.append(b"" if tag is None else _bytes(file, tag.valueoffset, tag.valuebytecount))
    return Extras(resources=resources.of_tags(*found))


def _bytes(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length) if length <= MOST else b""
