"""The samples of a picture as a file hands them over, piece by piece and in any number of bits."""

import numpy as np
from PIL import Image

from core.errors import InputError
from core.photo import bands

Low = tuple[np.ndarray, np.ndarray | None]  # of the colours, uint8 (H, W) or (H, W, C), and of the opacity
MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "LAB": 3}  # Pillow's name → channels


class Samples:
    """A picture that is gathered in the two bytes of every sample, apart: 0 where nothing was put.

    mode  one of MODES; deep: there are 16 bits, and a second byte is kept
    """

    def __init__(self, width: int, height: int, mode: str, *, deep: bool) -> None:
        self.width, self.height, self.mode = width, height, mode
        self._colours = MODES[mode] - mode.endswith("A")
        self._high = np.zeros((height, width, MODES[mode]), np.uint8)
        self._low = np.zeros((height, width, self._colours), np.uint8) if deep else None
        see_through = deep and mode.endswith("A")
        self._low_alpha = np.zeros((height, width), np.uint8) if see_through else None

    @property
    def low(self) -> Low | None:
        """The lower bytes; None of a picture of 8 bits."""
        if self._low is None:
            return None
        return (self._low[..., 0] if self._colours == 1 else self._low), self._low_alpha

    def put(self, rows: slice, columns: slice, values: np.ndarray, channel: int = 0) -> None:
        """Fill a part of the picture, from a channel on: uint8, or uint16 of 16 bits, (h, w, c)."""
        channels = slice(channel, channel + values.shape[2])
        if self._low is None:
            self._high[rows, columns, channels] = values
            return
        self._high[rows, columns, channels] = values >> 8
        low = values.astype(np.uint8)
        colours = low[..., : max(0, self._colours - channel)]
        self._low[rows, columns, channel : channel + colours.shape[2]] = colours
        if self._low_alpha is not None and channels.stop > self._colours:
            self._low_alpha[rows, columns] = low[..., -1]

    def alpha_is(self, value: int) -> bool:
        """Whether the last channel is 0, or 255 (of 16 bits 65535), all over."""
        low = self._low_alpha is None or bool((self._low_alpha == value).all())
        return low and bool((self._high[..., -1] == value).all())

    def without_alpha(self) -> "Samples":
        """The same picture, its opacity left out."""
        mode = self.mode.removesuffix("A")
        opaque = Samples(0, 0, mode, deep=self._low is not None)
        opaque.width, opaque.height = self.width, self.height
        opaque._high, opaque._low = np.ascontiguousarray(self._high[..., :-1]), self._low
        return opaque

    def unmultiply(self) -> None:
        """Divide the colours by the opacity that was multiplied in; where there is none they are 0."""
        for at in bands.rows(self.height, 32):  # eight bytes a sample meanwhile
            colours, alpha = self._high[at, :, :-1], self._high[at, :, -1:].astype(np.uint64)
            if self._low is None or self._low_alpha is None:
                whole = np.minimum(colours * np.uint64(255) // np.maximum(alpha, 1), 255)  # as Pillow does
                colours[:] = np.where(alpha, whole, 0)
                continue
            alpha = alpha << np.uint64(8) | self._low_alpha[at][..., None]
            share = np.maximum(alpha, 1)
            whole = colours.astype(np.uint64) << np.uint64(8) | self._low[at]
            whole = np.minimum((whole * np.uint64(65535) + share // np.uint64(2)) // share, 65535)
            whole = np.where(alpha, whole, 0)
            colours[:], self._low[at] = whole >> np.uint64(8), whole & np.uint64(255)

    def through(self, palette: np.ndarray) -> "Samples":
        """The colours that numbers of 8 bits stand for. palette: uint8 (n, 3); beyond its end is its last."""
        coloured = Samples(self.width, self.height, "RGB" + "A" * self.mode.endswith("A"), deep=False)
        for at in bands.rows(self.height):
            numbers = np.minimum(self._high[at, :, 0], len(palette) - 1)
            coloured.put(at, slice(None), palette[numbers])
            if self.mode.endswith("A"):
                coloured.put(at, slice(None), self._high[at, :, 1:], 3)
        return coloured

    def image(self) -> Image.Image:
        """The higher bytes as Pillow's picture in this mode."""
        size = self.width, self.height
        return Image.frombuffer(self.mode, size, self._high, "raw", self.mode, 0, 1)


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
