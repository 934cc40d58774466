"""Photoshop's image resources, in which JPEG and TIFF files keep their IPTC record."""

import struct
from collections.abc import Iterator, Mapping

IPTC = 0x0404
# What describes the photo: the record, whether it is under copyright, its address, the record's digest.
# Others are about pixels and layout, or show the picture before: thumbnails, paths, print settings.
KEPT = (IPTC, 0x040A, 0x040B, 0x0425)
SIGNATURE = b"8BIM"
APP13 = b"Photoshop 3.0\0"  # how a JPEG's segment with resources begins
IPTC_TAG, RESOURCES_TAG = 0x83BB, 0x8649  # of a TIFF
_LONGEST = 65533  # bytes that a JPEG's segment holds


def read(data: bytes) -> dict[int, bytes]:
    """The resources in KEPT; of a damaged block those before the damage."""
    found: dict[int, bytes] = {}
    at = 0
    while data[at : at + 4] == SIGNATURE and at + 7 <= len(data):
        (number,) = struct.unpack_from(">H", data, at + 4)
        start = at + 6 + _even(1 + data[at + 6])  # after its name
        if start + 4 > len(data):
            break
        (length,) = struct.unpack_from(">I", data, start)
        if start + 4 + length > len(data):
            break
        if number in KEPT:
            found.setdefault(number, data[start + 4 : start + 4 + length])
        at = start + 4 + _even(length)
    return found


def write(resources: Mapping[int, bytes]) -> bytes:
    """Without names, in the order of their numbers."""
    return b"".join(
        SIGNATURE + struct.pack(">HHI", number, 0, len(data)) + data.ljust(_even(len(data)), b"\0")
        for number, data in sorted(resources.items())
    )


def tags(resources: Mapping[int, bytes]) -> Iterator[tuple[int, bytes]]:
    """As a TIFF holds them: the record by itself, and the others."""
    if IPTC in resources:
        yield IPTC_TAG, resources[IPTC]
    if others := {number: data for number, data in resources.items() if number != IPTC}:
        yield RESOURCES_TAG, write(others)


def of_tags(record: bytes, others: bytes) -> dict[int, bytes]:
    """What `tags` gave, and what other programs write: the record in both places."""
    return {**read(others), **({IPTC: record} if record else {})}


def segments(resources: Mapping[int, bytes]) -> bytes:
    """As a JPEG holds them: one segment, or as many as it takes."""
    data, room = write(resources), _LONGEST - len(APP13)
    return b"".join(segment(0xED, APP13 + data[at : at + room]) for at in range(0, len(data), room))


def segment(marker: int, data: bytes) -> bytes:
    """A segment of a JPEG. Raises struct.error for data that are too long for one."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _even(length: int) -> int:
    return length + length % 2
