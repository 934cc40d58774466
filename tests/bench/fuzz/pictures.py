"""Mutations that know how pictures are built: chunks, segments, boxes, tags, their lengths and sums kept."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.bench.fuzz.blocks import anything, inside, number
from tests.bench.fuzz.documents import xml


@dataclass(frozen=True)
class Part:
    """A chunk, segment, box or tag. head: what stands before its content and isn't its length."""

    name: bytes
    data: bytes
    head: bytes = b""


Edit = Callable[[Random, Part], Part]


def parts(
    rng: Random, found: list[Part], others: Sequence[Part], edits: dict[bytes, Edit], least: int = 0
) -> list[Part]:
    """One to three changes of a list of parts; the first `least` stay in their place."""
    found = list(found)
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(found)) if found else 0
        free = rng.randint(min(least, len(found)), len(found))
        match rng.randrange(10):
            case 0 if at >= least:
                found.pop(at)
            case 1 if found:
                found.insert(free, found[at])
            case 2 if others:
                found.insert(free, rng.choice(others))
            case 3 if at >= least and found:
                found.insert(free - 1, found.pop(at))
            case _ if found:
                edit = edits.get(found[at].name, _content)
                found[at] = (edit if rng.random() < 0.8 else _content)(rng, found[at])
    return found


def _content(rng: Random, part: Part) -> Part:
    changed = inside(rng, part.data) if rng.random() < 0.7 else anything(rng, part.data, ())
    return replace(part, data=changed)


def _fields(*widths: int, order: str = "big") -> Edit:
    """One of the first numbers of a part, whose widths in bytes are known."""

    def edit(rng: Random, part: Part) -> Part:
        n = rng.randrange(len(widths))
        at = sum(widths[:n])
        small = rng.random() < 0.5  # so that much of what comes is still decoded
        value = bytes(widths[n] - 1) + bytes([rng.randrange(64)]) if small else number(rng, widths[n], order)
        if small and order == "little":
            value = value[::-1]
        return replace(part, data=part.data[:at] + value + part.data[at + widths[n] :])

    return edit


# -- PNG


def _compressed(at: int) -> Edit:
    """What is compressed from a place on is changed as it was before."""

    def edit(rng: Random, part: Part) -> Part:
        try:
            plain = zlib.decompress(part.data[at:])
        except zlib.error:
            return _content(rng, part)
        return replace(part, data=part.data[:at] + zlib.compress(anything(rng, plain, ())))

    return edit


PNG = b"\x89PNG\r\n\x1a\n"
PNG_EDITS: dict[bytes, Edit] = {
    b"IHDR": _fields(4, 4, 1, 1, 1, 1, 1),
    b"IDAT": _compressed(0),
    b"iCCP": _compressed(5),
    b"eXIf": lambda rng, part: replace(part, data=tiff(rng, part.data, ())),
    b"iTXt": lambda rng, part: replace(part, data=xml(rng, part.data)),
    b"acTL": _fields(4, 4),
    b"fcTL": _fields(4, 4, 4, 4, 4, 2, 2, 1, 1),
    b"gAMA": _fields(4),
    b"pHYs": _fields(4, 4, 1),
}


def png(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    donors = [part for other in others for part in _png_parts(other)]
    found = parts(rng, _png_parts(data), donors, PNG_EDITS, least=1)
    repaired = rng.random() < 0.9
    return PNG + b"".join(_png_chunk(rng, part, repaired) for part in found)


def _png_parts(data: bytes) -> list[Part]:
    at, found = 8, []
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append(Part(data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def _png_chunk(rng: Random, part: Part, repaired: bool) -> bytes:
    check = zlib.crc32(part.name + part.data) if repaired else rng.getrandbits(32)
    return len(part.data).to_bytes(4, "big") + part.name + part.data + check.to_bytes(4, "big")


# -- JPEG


def _application(rng: Random, part: Part) -> Part:
    for mark, change in ((b"Exif\0\0", lambda data: tiff(rng, data, ())), (b"http:", lambda d: xml(rng, d))):
        if part.data.startswith(mark):
            return replace(part, data=mark + change(part.data[len(mark) :]))
    return _content(rng, part)


JPEG_EDITS: dict[bytes, Edit] = {
    **{bytes([0xE0 + n]): _application for n in range(16)},
    **{bytes([0xC0 + n]): _fields(1, 2, 2, 1, 1, 1, 1, 1, 1, 1) for n in (0, 1, 2)},
}


def jpeg(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    head, rest = _jpeg_parts(data)
    donors = [part for other in others for part in _jpeg_parts(other)[0]]
    if rng.random() < 0.15:
        rest = anything(rng, rest, others)
    else:
        head = parts(rng, head, donors, JPEG_EDITS)
    made = [b"\xff" + p.name + (len(p.data[:65533]) + 2).to_bytes(2, "big") + p.data[:65533] for p in head]
    return b"\xff\xd8" + b"".join(made) + rest


def _jpeg_parts(data: bytes) -> tuple[list[Part], bytes]:
    """The segments before the first scan, and all the rest."""
    at, found = 2, []
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        found.append(Part(data[at + 1 : at + 2], data[at + 4 : at + 2 + length]))
        at += 2 + length
    return found, data[at:]


# -- WebP


RIFF_EDITS: dict[bytes, Edit] = {
    b"VP8X": _fields(4, 3, 3, order="little"),
    b"EXIF": lambda rng, part: replace(part, data=tiff(rng, part.data, ())),
    b"XMP ": lambda rng, part: replace(part, data=xml(rng, part.data)),
}


def webp(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    donors = [part for other in others for part in _riff_parts(other)]
    found = parts(rng, _riff_parts(data), donors, RIFF_EDITS)
    body = b"WEBP" + b"".join(
        p.name + len(p.data).to_bytes(4, "little") + p.data + b"\0" * (len(p.data) % 2) for p in found
    )
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _riff_parts(data: bytes) -> list[Part]:
    at, found = 12, []
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        found.append(Part(data[at : at + 4], data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    return found


# -- AVIF and HEIC


CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6, b"moov": 0, b"trak": 0, b"dinf": 0}
BOX_EDITS: dict[bytes, Edit] = {
    b"ispe": _fields(4, 4, 4),
    b"irot": _fields(1),
    b"imir": _fields(1),
    b"clap": _fields(*[4] * 8),
    b"pixi": _fields(4, 1, 1, 1, 1),
    b"pitm": _fields(4, 2),
    b"iloc": _fields(4, 1, 1, 2, *[2] * 12),
    b"ipma": _fields(4, 4, 2, 1, 1, 1, 1, 1, 1),
}


def boxes(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    donors = [part for other in others for part in _box_parts(other)]
    return _box_bytes(_changed(rng, _box_parts(data), donors))


def _changed(rng: Random, found: list[Part], donors: list[Part]) -> list[Part]:
    """A change at some depth of the tree."""
    deeper = [n for n, part in enumerate(found) if part.name in CONTAINERS]
    if deeper and rng.random() < 0.85:
        n = rng.choice(deeper)
        skip = CONTAINERS[found[n].name]
        data = found[n].data
        found[n] = replace(
            found[n], data=data[:skip] + _box_bytes(_changed(rng, _box_parts(data[skip:]), donors))
        )
        return found
    return parts(rng, found, donors, BOX_EDITS)


def _box_parts(data: bytes) -> list[Part]:
    at, found = 0, []
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        length = length if 8 <= length <= len(data) - at else len(data) - at
        found.append(Part(data[at + 4 : at + 8], data[at + 8 : at + length]))
        at += length
    return found


def _box_bytes(found: list[Part]) -> bytes:
    return b"".join((len(p.data) + 8).to_bytes(4, "big") + p.name + p.data for p in found)


# -- TIFF, and the EXIF in all others


def tiff(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A field of a tag of some directory: its number, type, count or value."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or rng.random() < 0.15:
        return anything(rng, data, others)
    big = data[2:4] in (b"+\0", b"\0+")
    entries, nexts = _entries(data, order, big)
    if not entries:
        return anything(rng, data, others)
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        at, what = rng.choice(entries), rng.randrange(8)
        value, wide = at + (12 if big else 8), 8 if big else 4
        match what:
            case 0:
                struct.pack_into(
                    order + "H", found, at, rng.choice((_tag(rng), _tag(rng), rng.getrandbits(16)))
                )
            case 1:
                struct.pack_into(
                    order + "H", found, at + 2, rng.choice((1, 2, 3, 4, 5, 7, 11, 12, 13, 16, 0, 99))
                )
            case 2:
                found[at + 4 : value] = _number(rng, value - at - 4, order)
            case 3 | 4:
                found[value : value + wide] = _number(rng, wide, order)
            case 5 if nexts:
                where = rng.choice(nexts)
                target = rng.choice((8, where, at, rng.randrange(len(data)), 2**32 - 1))
                struct.pack_into(order + ("Q" if big else "I"), found, where, target)
            case 6:
                struct.pack_into(
                    order + "H", found, value, rng.choice((0, 1, 2, 3, 4, 5, 8, 12, 16, 32, 50000))
                )
            case _:
                other = rng.choice(entries)
                size = 20 if big else 12
                found[at : at + size] = found[other : other + size]
    return bytes(found)


def _tag(rng: Random) -> int:
    known = (
        254,
        256,
        257,
        258,
        259,
        262,
        266,
        273,
        274,
        277,
        278,
        279,
        282,
        284,
        296,
        305,
        317,
        320,
        322,
        323,
    )
    return rng.choice(
        (*known, 324, 325, 330, 338, 339, 347, 529, 530, 700, 33723, 34665, 34675, 34853, 50706)
    )


def _number(rng: Random, width: int, order: str) -> bytes:
    return number(rng, width, "little" if order == "<" else "big")


def _entries(data: bytes, order: str, big: bool) -> tuple[list[int], list[int]]:
    """Where the entries of every directory lie, and where each tells of the next."""
    count_kind, size, where = ("Q", 20, "Q") if big else ("H", 12, "I")
    entries: list[int] = []
    nexts: list[int] = []
    try:
        waiting = [struct.unpack_from(order + where, data, 8 if big else 4)[0]]
        while waiting and len(nexts) < 20:
            at = waiting.pop()
            (count,) = struct.unpack_from(order + count_kind, data, at)
            first = at + struct.calcsize(count_kind)
            if count > 500 or first + count * size + 4 > len(data):
                continue
            entries += range(first, first + count * size, size)
            nexts.append(first + count * size)
            waiting += [struct.unpack_from(order + where, data, nexts[-1])[0]]
            for entry in range(first, first + count * size, size):
                if struct.unpack_from(order + "H", data, entry)[0] in (34665, 34853, 330):
                    waiting += [struct.unpack_from(order + where, data, entry + (12 if big else 8))[0]]
            waiting = [place for place in waiting if 8 <= place < len(data)]
    except struct.error:
        pass
    return [entry for entry in entries if entry + size <= len(data)], nexts


# -- what has no parts


def text_header(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """PPM: a number in the header, written out."""
    if rng.random() < 0.5:
        return anything(rng, data, others)
    words = data.split(maxsplit=3)
    at = rng.randrange(len(words))
    odd = rng.choice(
        (b"0", b"-1", b"65535", b"65536", b"100000", b"9" * 30, b"#x\n3", b"P6", b"P3", b"1e3", b"7")
    )
    words[at] = odd if rng.random() < 0.7 else anything(rng, words[at], others)
    return b" ".join(words)


def small_header(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """BMP and GIF: the first bytes more often than those of the picture."""
    if rng.random() < 0.6:
        return inside(rng, data[:64]) + data[64:]
    return anything(rng, data, others)
