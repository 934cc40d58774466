"""What a picture's file says in words under a name: PNG's text, and what other programs put into EXIF.

A stranger's file says it: what it may cost is bounded, and what can't be read is left out.
"""

import zlib

from core.photo.files import exif
from core.photo.photo import Photo

MOST = 8 << 20  # bytes of one text
PARAMETERS = "parameters"  # what Automatic1111 and its like call theirs, in PNG; elsewhere it has no name
_LABELLED = (0x010E, 0x010F, 0x0110)  # tags in which ComfyUI keeps “prompt:…” and “workflow:…”


def told(photo: Photo) -> dict[str, str]:
    """Name → text."""
    found: dict[str, str] = {}
    for name, data in photo.extras.text:
        with exif.forgiving():
            key, text = _of_chunk(name, data)
            found.setdefault(key, text)
    if photo.exif is not None:
        with exif.forgiving():
            found = {**_of_exif(photo.exif), **found}
    return found


def _of_chunk(name: bytes, data: bytes) -> tuple[str, str]:
    """A PNG's tEXt, zTXt or iTXt chunk (PNG specification, 11.3.3)."""
    key, _, rest = data.partition(b"\0")
    if name == b"tEXt":
        return key.decode("latin-1"), rest[:MOST].decode("latin-1")
    if name == b"zTXt":
        return key.decode("latin-1"), _inflated(rest[1:]).decode("latin-1")
    packed, (_, _, text) = rest[:1] == b"\1", rest[2:].split(b"\0", 2)
    return key.decode("latin-1"), (_inflated(text) if packed else text[:MOST]).decode("utf-8", "replace")


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, MOST)


def _of_exif(block: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    tags = exif.parsed(block)
    if tags is None:
        return found
    for tag in _LABELLED:
        name, colon, text = str(tags.get(tag, ""))[:MOST].partition(":")
        if colon and name.lower() in ("prompt", "workflow"):
            found[name.lower()] = text
    if comment := exif.comment(tags):
        found[PARAMETERS] = comment
    return found
