"""The samples of a picture as a file hands them over, piece by piece and in any number of bits."""

import numpy as np
from PIL import Image

from core.errors import InputError
from core.photo import bands

MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "LAB": 3}  # Pillow's name → channels


class Samples:
    """A picture that is gathered in the two bytes of every sample, apart: 0 where nothing was put.

    mode         one of MODES
    high, low    of its colours, uint8 (H, W, C); low is None of a picture of 8 bits
    alpha, below the same of its opacity, uint8 (H, W); None without
    """

    def __init__(self, width: int, height: int, mode: str, *, deep: bool) -> None:
        self.width, self.height, self.mode = width, height, mode
        colours, see_through = (height, width, MODES[mode.removesuffix("A")]), mode.endswith("A")
        self.high = np.zeros(colours, np.uint8)
        self.low = np.zeros(colours, np.uint8) if deep else None
        self.alpha = np.zeros((height, width), np.uint8) if see_through else None
        self.below = np.zeros((height, width), np.uint8) if see_through and deep else None

    def put(self, rows: slice, columns: slice, values: np.ndarray, channel: int = 0) -> None:
        """Fill a part of the picture, from a channel on: uint8, or uint16 of 16 bits, (h, w, c)."""
        high, low = _bytes(values)
        colours = max(0, self.high.shape[2] - channel)
        place = rows, columns, slice(channel, channel + min(colours, values.shape[2]))
        self.high[place] = high[..., :colours]
        if self.low is not None and low is not None:
            self.low[place] = low[..., :colours]
        if self.alpha is not None and values.shape[2] > colours:
            self.alpha[rows, columns] = high[..., -1]
            if self.below is not None and low is not None:
                self.below[rows, columns] = low[..., -1]

    def alpha_is(self, value: int) -> bool:
        """Whether the opacity is 0, or 255 (of 16 bits 65535), all over."""
        return all(bool((part == value).all()) for part in (self.alpha, self.below) if part is not None)

    def drop_alpha(self) -> None:
        """Leave the opacity out."""
        self.mode, self.alpha, self.below = self.mode.removesuffix("A"), None, None

    def unmultiply(self) -> None:
        """Divide the colours by the opacity that was multiplied in; where there is none they are 0."""
        assert self.alpha is not None
        for at in bands.rows(self.height, 32):  # eight bytes a sample meanwhile
            colours, alpha = self.high[at].astype(np.uint64), self.alpha[at][..., None].astype(np.uint64)
            if self.low is None or self.below is None:
                whole = np.minimum(colours * np.uint64(255) // np.maximum(alpha, 1), 255)  # as Pillow does
                self.high[at] = np.where(alpha, whole, 0)
                continue
            colours = colours << np.uint64(8) | self.low[at]
            alpha = alpha << np.uint64(8) | self.below[at][..., None]
            whole = (colours * np.uint64(65535) + alpha // np.uint64(2)) // np.maximum(alpha, 1)
            whole = np.where(alpha, np.minimum(whole, 65535), 0)
            self.high[at], self.low[at] = whole >> np.uint64(8), whole & np.uint64(255)

    def through(self, palette: np.ndarray) -> "Samples":
        """The colours that numbers of 8 bits stand for. palette: uint8 (n, 3); beyond its end is its last."""
        coloured = Samples(self.width, self.height, "RGB", deep=False)
        for at in bands.rows(self.height):
            coloured.high[at] = palette[np.minimum(self.high[at, :, 0], len(palette) - 1)]
        if self.alpha is not None:
            coloured.mode, coloured.alpha = "RGBA", self.alpha
        return coloured

    def image(self) -> Image.Image:
        """The higher bytes as Pillow's picture in this mode."""
        size, mode = (self.width, self.height), self.mode.removesuffix("A")
        image = Image.frombuffer(mode, size, self.high, "raw", mode, 0, 1)
        if self.alpha is not None:
            image.putalpha(Image.fromarray(self.alpha))
        return image


def _bytes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """The higher and the lower bytes of uint16, any order; uint8 as it is, and None."""
    if values.dtype == np.uint8:
        return values, None
    pairs = np.ascontiguousarray(values, "<u2").view(np.uint8).reshape(*values.shape, 2)
    return pairs[..., 1], pairs[..., 0]


def of_grey(image: Image.Image) -> Samples:
    """A picture that Pillow decoded in one of its modes I;16, I and F. Raises InputError."""
    samples = Samples(*image.size, "L", deep=True)
    for at in bands.rows(image.height):
        values = np.asarray(image.crop((0, at.start, image.width, at.stop)))[..., None]
        if image.mode in ("I", "F"):
            values = fitted(values, 65535 if image.mode == "I" else 1)
        samples.put(at, slice(None), values)
    return samples


def scaled(values: np.ndarray, bits: int) -> np.ndarray:
    """Whole numbers of 1…16 bits → uint8, or uint16 of more than 8: the highest becomes the highest."""
    return values if bits in (8, 16) else stretched(values, (1 << bits) - 1)


def stretched(values: np.ndarray, top: int) -> np.ndarray:
    """Whole numbers 0…top → uint8, or uint16 if top is beyond 255: the highest becomes the highest."""
    full = np.uint32(255 if top < 256 else 65535)
    wide = np.minimum(values, top).astype(np.uint32) * full
    return ((wide + np.uint32(top // 2)) // np.uint32(top)).astype(np.uint8 if top < 256 else np.uint16)


def fitted(values: np.ndarray, top: int) -> np.ndarray:
    """Numbers whose kind has no range of its own, here 0…top, as uint16: whole ones as they are, 1 as 65535.

    Raises InputError for values beyond, and for NaN.
    """
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= top):  # also for NaN
        raise InputError(
            f"The picture's values run from {low:g} to {high:g}; only 0 to {top} can be shown.",
            "Save it with 8 or 16 bits per channel first.",
        )
    if top > 1:
        return values.astype(np.uint16)
    return np.floor(np.multiply(values, 65535, dtype=np.float64) + 0.5).astype(np.uint16)
