"""ICC profiles as bytes (ICC.1:2022): what one is for, and a grey one made one for RGB."""

import struct
from importlib import import_module
from typing import Any

from core.photo.files.extras import CHROMATICITIES, ChunkData, is_srgb

_HEAD, _ENTRY = 128, 12  # bytes of the header, and of a line of the table of tags
_MADE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # in the place of now
_PRIMARIES = {  # sRGB's under D50, in ICC's fixed point; any would do, for grey has no colour
    b"rXYZ": (28581, 14581, 912),
    b"gXYZ": (25242, 46981, 6362),
    b"bXYZ": (9367, 3974, 46787),
}


def space_of(icc: bytes | None) -> str:
    """The colour space a profile is for, as its header says: "RGB", "GRAY", "CMYK" …; "" for none."""
    if icc is None or len(icc) < _HEAD or icc[36:40] != b"acsp":
        return ""
    return icc[16:20].decode("ascii", "replace").strip()


def grey_as_rgb(icc: bytes) -> bytes | None:
    """A profile by which R = G = B means what its value means by the grey profile `icc`.

    All tags stay, and the tone curve serves three channels. None for a profile that isn't built in that way.
    """
    tags = _tags(icc)
    if space_of(icc) != "GRAY" or icc[20:24] != b"XYZ " or b"kTRC" not in tags:
        return None
    curve = tags.pop(b"kTRC")
    for name, primary in _PRIMARIES.items():
        tags[name] = b"XYZ \0\0\0\0" + struct.pack(">3i", *primary)
        tags[name[:1] + b"TRC"] = curve
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", _HEAD + 4 + _ENTRY * len(tags) + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = struct.pack(">I", _HEAD + len(table) + len(body))
    no_id = bytes(16)  # it was the grey one's
    return size + icc[4:16] + b"RGB " + icc[20:84] + no_id + icc[100:_HEAD] + table + body


def of_png(colour: tuple[ChunkData, ...]) -> bytes | None:
    """The profile that says what a PNG's gAMA and cHRM do; the same bytes whenever it is made.

    None where they say sRGB or no gamma, where cICP stands above them, and for primaries of no use.
    """
    said = dict(colour)
    if b"gAMA" not in said or b"cICP" in said or is_srgb(colour):
        return None
    (gamma,) = struct.unpack(">I", said[b"gAMA"])
    places = struct.unpack(">8I", said[b"cHRM"]) if b"cHRM" in said else CHROMATICITIES
    white, *primaries = ((x / 1e5, y / 1e5, 1.0) for x, y in zip(places[::2], places[1::2], strict=True))
    codecs: Any = import_module("imagecodecs")
    try:
        made: bytes = codecs.cms_profile(
            "rgb", whitepoint=white, primaries=[part for one in primaries for part in one], gamma=1e5 / gamma
        )
    except (codecs.CmsError, ZeroDivisionError):
        return None
    return made[:24] + _MADE + made[36:]


def _tags(icc: bytes) -> dict[bytes, bytes]:
    """The tags by their names; none of a profile whose table is broken."""
    (count,) = struct.unpack_from(">I", icc, _HEAD) if len(icc) >= _HEAD + 4 else (0,)
    if len(icc) < _HEAD + 4 + _ENTRY * count:
        return {}
    lines = (struct.unpack_from(">4sII", icc, _HEAD + 4 + _ENTRY * i) for i in range(count))
    return {name: icc[at : at + size] for name, at, size in lines}
