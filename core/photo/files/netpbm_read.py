"""PPM and its like: colours of 16 bits, of which Pillow keeps 8, and headers that are all comments."""

import re
from typing import BinaryIO

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.files import samples
from core.photo.files.decoded import Decoded, check_size, of_image
from core.photo.files.samples import Samples
from core.photo.rect import Size

LONGEST = 1 << 16  # bytes of a header, comments included; Pillow would read millions of them one by one
_HEADER = re.compile(rb"P[^\s#]+(?:(?:\s|#[^\r\n]*[\r\n])+([^\s#]+))(?:(?:\s|#[^\r\n]*[\r\n])+([^\s#]+))")
_TOP = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])+([0-9]+)\s")


def read(file: BinaryIO) -> Decoded:
    """A picture of the Netpbm family. Raises InputError, and what Pillow raises over a damaged file."""
    head = file.read(LONGEST)
    start = _HEADER.match(head)
    if start is None:
        raise ValueError("no header")
    top = None if head[:2] in (b"P1", b"P4") else _TOP.match(head, start.end())
    if top is None and head[:2] in (b"P2", b"P3", b"P5", b"P6"):
        raise ValueError("no end of the header")
    if head[:2] == b"P6" and top is not None and int(top[1][:6]) > 255:
        return _colour(file, (int(start[1]), int(start[2])), int(top[1]), top.end())
    file.seek(0)
    with Image.open(file, formats=("PPM",)) as image:
        check_size(*image.size)
        image.load()
        return of_image(image)


def _colour(file: BinaryIO, size: Size, top: int, place: int) -> Decoded:
    """RGB of two bytes each, the higher first, up to `top`."""
    width, height = size
    check_size(width, height)
    if top > 65535 or width * height == 0:
        raise ValueError("no such picture")
    file.seek(place)
    found = Samples(width, height, "RGB", deep=True)
    for at in bands.rows(height):
        count = (at.stop - at.start) * width * 3
        values = np.frombuffer(file.read(2 * count), ">u2").reshape(-1, width, 3)
        found.put(at, slice(None), samples.stretched(values, top))
    described = Image.new("RGB", (1, 1))
    described.format = "PPM"
    return Decoded(described, found, (), 16)
