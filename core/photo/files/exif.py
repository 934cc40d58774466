"""EXIF blocks: orientation reset and thumbnail removed in place.

In place, because rewriting a block moves the camera's maker notes, whose inner offsets then point nowhere.
A block here is what `Photo.exif` holds: "Exif\\0\\0", then a TIFF header and its directories.
"""

import struct
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from PIL import Image

HEAD = b"Exif\x00\x00"
ORIENTATION = 0x0112
XMP = 0x02BC
_SUB_IFDS = (0x8769, 0x8825)  # Exif, GPS
_EXIF_IFD, _COMMENT = 0x8769, 0x9286  # where the user's comment is
_UNICODE = b"UNICODE\0"  # what its text in UTF-16 begins with
_INTEROP = 0xA005  # a directory within Exif's
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
_PER_INCH = {2: 1.0, 3: 2.54}  # unit → dots per inch of one
_THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0201, 0x0202
# What a directory says about the photo, not about how its pixels were laid out in the file it came from:
# document, description, make, model, page, software, date, artist, host, copyright, ratings, Windows' title …
# subject.
_DESCRIPTIVE = (
    0x010D,
    0x010E,
    0x010F,
    0x0110,
    0x011D,
    0x0131,
    0x0132,
    0x013B,
    0x013C,
    0x8298,
    0x4746,
    0x4749,
    *range(0x9C9B, 0x9CA0),
)


def read(image: Image.Image) -> tuple[int, bytes | None]:
    """(orientation 1…8, the picture's EXIF block or None): of EXIF that can't be read, (1, None).

    The block is as it stood in the file; of a TIFF it is gathered from the picture's own directory.
    """
    raw = image.info.get("exif")
    block = HEAD + raw.removeprefix(HEAD) if isinstance(raw, bytes) and raw else None
    if block is not None and parsed(block) is None:
        return 1, None
    orientation = 1
    with forgiving():
        exif = image.getexif()
        orientation = exif.get(ORIENTATION, 1)  # Pillow looks into the XMP too
        if block is None and (gathered := descriptive(exif)):
            block = gathered.tobytes()
    return orientation if orientation in range(1, 9) else 1, block


def parsed(block: bytes) -> Image.Exif | None:
    """The block as Pillow's dictionary, None if it is damaged beyond reading."""
    with forgiving():
        exif = Image.Exif()
        exif.load(block)
        return exif
    return None


@contextmanager
def forgiving() -> Generator[None]:
    """Pillow warns of odd metadata and raises what it likes over damaged; the picture itself may be whole."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MemoryError:  # the metadata are as they should be
        raise
    except Exception:
        return


def descriptive(exif: Image.Exif) -> Image.Exif:
    """A copy with what describes the photo, without what describes a file's layout or can't be written."""
    kept = Image.Exif()
    for tag in _DESCRIPTIVE:
        with forgiving():
            if tag in exif and _writable({tag: exif[tag]}):
                kept[tag] = exif[tag]
    for tag in _SUB_IFDS:
        with forgiving():
            entries = dict(exif.get_ifd(tag))
            if _INTEROP in entries:  # as read it is a place in the file it came from
                entries[_INTEROP] = dict(exif.get_ifd(_INTEROP))
            entries = {name: value for name, value in entries.items() if _writable({tag: {name: value}})}
            if entries:
                kept.get_ifd(tag).update(entries)
                kept[tag] = entries
    return kept


def _writable(tags: dict[int, Any]) -> bool:
    """Whether Pillow can write these: it reads more kinds of values than it writes."""
    with forgiving():
        alone = Image.Exif()
        alone.update(tags)
        alone.tobytes()
        return True
    return False


def resolution(block: bytes | None) -> tuple[float, float] | None:
    """(x, y) in dots per inch, as the block says it; None if it says nothing of use."""
    tags = None if block is None else parsed(block)
    with forgiving():
        if tags is not None and (inch := _PER_INCH.get(tags.get(_RESOLUTION_UNIT, 2))):
            return float(tags[_X_RESOLUTION]) * inch, float(tags[_Y_RESOLUTION]) * inch
    return None


def with_resolution(block: bytes | None, dpi: tuple[float, float]) -> bytes:
    """The block with a resolution, if it has none yet: a new first directory behind all that was there.

    Raises struct.error for one that EXIF can't hold.
    """
    data = block or HEAD + b"II*\0\x08\0\0\0" + bytes(6)
    order, first = _order(data), _first(data)
    entries = {tag: data[place : place + 12] for tag, place in _entries(data, first)}
    if not first or _X_RESOLUTION in entries:
        return data
    data += bytes(len(data) % 2)  # directories begin at even places
    numbers = (Fraction(value).limit_denominator(1000) for value in dpi)
    for tag, number in zip((_X_RESOLUTION, _Y_RESOLUTION), numbers, strict=True):
        entries[tag] = struct.pack(order + "HHII", tag, 5, 1, len(data) - len(HEAD))  # a RATIONAL's place
        data += struct.pack(order + "II", number.numerator, number.denominator)
    entries[_RESOLUTION_UNIT] = struct.pack(order + "HHIHH", _RESOLUTION_UNIT, 3, 1, 2, 0)  # inch
    at = len(data) - len(HEAD)
    second = (block or data)[first + 2 + 12 * len(list(_entries(data, first))) :][:4]
    data += _directory(order, entries, second)
    return data[: len(HEAD) + 4] + struct.pack(order + "I", at) + data[len(HEAD) + 8 :]


def comment(tags: Image.Exif) -> str:
    """The user's comment, "" without one; in UTF-16 of either order, as programs differ."""
    data = tags.get_ifd(_EXIF_IFD).get(_COMMENT, b"")
    if not isinstance(data, bytes):
        return str(data)
    head, text = data[:8], data[8:]
    if head != _UNICODE:
        return text.decode("utf-8", "replace").strip("\0 ")
    little = text[1::2].count(0) > text[::2].count(0)  # most letters have a byte 0 above
    return text.decode("utf-16-le" if little else "utf-16-be", "replace").strip("\0 ")


def with_comment(block: bytes | None, text: str) -> bytes:
    """The block with this user's comment: new directories behind all that was there, which stays in place."""
    data = block or HEAD + b"II*\0\x08\0\0\0" + bytes(6)
    order, first = _order(data), _first(data)
    outer = {tag: data[place : place + 12] for tag, place in _entries(data, first)}
    inner = dict[int, bytes]()
    if _EXIF_IFD in outer:
        (at,) = struct.unpack_from(order + "I", outer[_EXIF_IFD], 8)
        inner = {tag: data[place : place + 12] for tag, place in _entries(data, at + len(HEAD))}
    value = _UNICODE + text.encode("utf-16-be", "replace")  # as Automatic1111 writes and expects it
    data += bytes(len(data) % 2)  # directories begin at even places
    inner[_COMMENT] = struct.pack(order + "HHII", _COMMENT, 7, len(value), len(data) - len(HEAD))
    data += value
    at = struct.pack(order + "I", len(data) - len(HEAD))
    data += _directory(order, inner, bytes(4))
    outer[_EXIF_IFD] = struct.pack(order + "HHI", _EXIF_IFD, 4, 1) + at
    second = (block or data)[first + 2 + 12 * len(list(_entries(data, first))) :][:4]
    at = struct.pack(order + "I", len(data) - len(HEAD))
    data += _directory(order, outer, second)
    return data[: len(HEAD) + 4] + at + data[len(HEAD) + 8 :]


def _directory(order: str, entries: dict[int, bytes], then: bytes) -> bytes:
    """Its bytes; then: where the next directory is."""
    rows = b"".join(entry for _, entry in sorted(entries.items()))
    return struct.pack(order + "H", len(entries)) + rows + then.ljust(4, b"\0")


def without_orientation(block: bytes) -> bytes:
    """The block without the tag, for formats that keep it elsewhere; everything else where it was."""
    data = bytearray(block)
    directory = _first(data)
    places = [place for _, place in _entries(data, directory)]
    for place in [place for tag, place in _entries(data, directory) if tag == ORIENTATION][:1]:
        end = places[-1] + 16  # with where the next directory is
        if end <= len(data):
            data[place : end - 12] = data[place + 12 : end]
            struct.pack_into(_order(data) + "H", data, directory, len(places) - 1)
    return bytes(data)


def upright(block: bytes) -> bytes:
    """The block with its orientation set to 1, everything else where it was."""
    data = bytearray(block)
    order = _order(data)
    for tag, place in _entries(data, _first(data)):
        if tag == ORIENTATION:
            struct.pack_into(order + "HIHH", data, place + 2, 3, 1, 1, 0)  # one SHORT of value 1
    return bytes(data)


def without_thumbnail(block: bytes) -> bytes:
    """The block without its embedded thumbnail: blanked, for it shows the picture before the edit."""
    data = bytearray(block)
    order, first = _order(data), _first(data)
    count = len(list(_entries(data, first)))
    link = first + 2 + 12 * count  # where the first directory names the second: the thumbnail's
    if not first or link + 4 > len(data):
        return block
    (second,) = struct.unpack_from(order + "I", data, link)
    values = {
        tag: struct.unpack_from(order + "I", data, place + 8)[0]
        for tag, place in _entries(data, second + len(HEAD) if second else 0)
    }
    start = values.get(_THUMBNAIL_AT, 0) + len(HEAD)
    stop = min(len(data), start + values.get(_THUMBNAIL_BYTES, 0))
    if len(HEAD) < start < stop:
        data[start:stop] = bytes(stop - start)
    struct.pack_into(order + "I", data, link, 0)
    return bytes(data)


def _order(data: bytes | bytearray) -> str:
    return "<" if data[len(HEAD) : len(HEAD) + 2] == b"II" else ">"


def _first(data: bytes | bytearray) -> int:
    """Where the first directory begins in `data`, 0 for a block that is too short."""
    if len(data) < len(HEAD) + 8:
        return 0
    return int(struct.unpack_from(_order(data) + "I", data, len(HEAD) + 4)[0]) + len(HEAD)


def _entries(data: bytes | bytearray, directory: int) -> Iterator[tuple[int, int]]:
    """(tag, place of its 12 bytes) of a directory; fewer where a damaged block ends early."""
    if not directory or directory + 2 > len(data):
        return
    (count,) = struct.unpack_from(_order(data) + "H", data, directory)
    for place in range(directory + 2, directory + 2 + 12 * count, 12):
        if place + 12 > len(data):
            return
        yield struct.unpack_from(_order(data) + "H", data, place)[0], place
