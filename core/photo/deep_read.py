"""The second byte of 16-bit pictures, which Pillow decodes to 8 bits without a word.

Its unpackers of 16-bit samples come in pairs, one for each order of the two bytes, and both keep the byte
that is the higher one in their order. So the picture is decoded a second time in the wrong order.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.deep import Deep

_LITTLE = sys.byteorder == "little"
_OTHER_BYTE = {  # raw mode → the one that keeps the other byte
    f"{mode};16{order}": f"{mode};16{other}"
    for mode in ("RGB", "RGBA")
    for order, other in (("B", "L"), ("L", "B"), ("N", "B" if _LITTLE else "L"))
}
_GREY_ALPHA = "LA;16B"  # unpacked as RGBA it leaves all four bytes as they stand in the file


def raw_mode(image: Image.Image) -> str:
    """How the samples of a picture, not decoded yet, lie in its file: "RGB;16B"; "" when unknown."""
    tiles: Any = getattr(image, "tile", None)
    arguments: Any = tiles[0].args if tiles else ""
    return str(arguments if isinstance(arguments, str) else arguments[0] if arguments else "")


def low_bytes(path: Path, raw: str, formats: tuple[str, ...]) -> Image.Image | None:
    """The lower byte of every sample, as RGB, RGBA or LA; None of a picture that isn't of 16 bits in these.

    raw: the `raw_mode` of the file's first frame. Raises what Pillow raises.
    """
    other = "RGBA" if raw == _GREY_ALPHA else _OTHER_BYTE.get(raw)
    if other is None:
        return None
    with Image.open(path, formats=formats) as image:
        source: Any = image
        if len(source.tile) != 1:
            return None
        (tile,) = source.tile
        args = other if isinstance(tile.args, str) else (other, *tile.args[1:])
        source.tile = [tile._replace(args=args)]
        image.load()
    if raw == _GREY_ALPHA:
        return Image.merge("LA", (image.getchannel("G"), image.getchannel("A")))
    return image


def of_grey(image: Image.Image, turn: int) -> Deep:
    """All of a picture in one of Pillow's modes I;16, upright. turn: the EXIF orientation undone, 1…8."""
    values = bands.to_array(image, turn)
    high, low = (values >> 8).astype(np.uint8), (values & 255).astype(np.uint8)
    return _read_only(Deep(high, low))


def of_colour(pixels: np.ndarray, alpha: np.ndarray | None, low: Image.Image, turn: int) -> Deep:
    """The higher bytes, as shown, and the lower, put together.

    pixels, alpha  uint8 (H, W, 3) and (H, W), upright; with a grey `low` only the first channel is read
    low            LA, RGB or RGBA, as in the file; turn: the EXIF orientation that is undone, 1…8
    """
    grey = low.mode == "LA"
    colour = bands.to_array(low, turn, lambda band: band.convert("L" if grey else "RGB"))
    see_through = None
    if alpha is not None and low.mode in ("LA", "RGBA"):
        see_through = alpha, bands.to_array(low, turn, lambda band: band.getchannel("A"))
        if all(part.min() == 255 for part in see_through):
            see_through = None
    high = np.ascontiguousarray(pixels[..., 0]) if grey else pixels
    return _read_only(Deep(high, colour, see_through))


def _read_only(deep: Deep) -> Deep:
    for array in deep.arrays():
        array.setflags(write=False)
    return deep
