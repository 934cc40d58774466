"""What the clipboard or a drag holds out: files of this machine, or a picture itself. Nothing is fetched."""

import base64
import binascii
import html
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData

DATA = re.compile(r"data:image/[^,\"'\s]*,[^\"'\s]+", re.IGNORECASE)  # a picture written out as an address
SOURCE = re.compile(r"""<img\b[^>]*?\bsrc\s*=\s*["'](data:image/[^"']+)["']""", re.IGNORECASE)


def offers(data: QMimeData) -> bool:
    """There is a file or a picture in it. Cheap: no picture is decoded."""
    return bool(files_in(data) or data.hasImage() or _addresses(data))


def files_in(data: QMimeData) -> tuple[Path, ...]:
    """The files of this machine, first of all."""
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())


def pictures_in(data: QMimeData) -> list[bytes]:
    """Pictures whose address holds all of their file: in the list, as the text, in a page's piece."""
    return [decoded for decoded in map(_decoded, _addresses(data)) if decoded]


def _addresses(data: QMimeData) -> list[str]:
    found = [url.toString() for url in data.urls() if url.scheme().lower() == "data"]
    if data.hasText():
        found += [data.text().strip()]
    if data.hasHtml():
        found += [html.unescape(source) for source in SOURCE.findall(data.html())]
    return [address for address in found if DATA.fullmatch(address)]


def _decoded(address: str) -> bytes:
    """The bytes of a data: address (RFC 2397); b"" when they are none."""
    head, _, body = address.partition(",")
    raw = unquote_to_bytes(body)
    if not head.lower().endswith(";base64"):
        return raw
    try:
        return base64.b64decode(raw)
    except binascii.Error:
        return b""
