"""A pyramid of halved pictures, so that a zoomed-out view costs what the screen shows."""

import math

import numpy as np
from PIL import Image
from PySide6.QtGui import QImage

STRIPE = 500_000  # source pixels halved at a time: a few milliseconds
SMALLEST = 256  # pixels of the longest side at which halving ends


class Pyramid:
    """The picture at factors 1, 2, 4, …, as images that share memory with their arrays.

    Factor 1 is the picture itself, never copied. The others grow by `step`, a stripe at a time; until then
    `best` answers with what there is. With an alpha channel factor 1 is replaced by premultiplied pixels.
    """

    def __init__(self, pixels: np.ndarray, alpha: np.ndarray | None = None) -> None:
        self.pixels = np.ascontiguousarray(pixels)
        self._alpha = None if alpha is None or alpha.min() == 255 else alpha
        self._images = {1: _image(self.pixels)}
        self._source: np.ndarray = self.pixels
        self._factor = 1 if self.has_alpha else 2
        self._target, self._row = self._blank(), 0

    @property
    def has_alpha(self) -> bool:
        return self._alpha is not None

    @property
    def complete(self) -> bool:
        """Nothing is left to build."""
        return self._target is None

    def best(self, zoom: float) -> tuple[QImage, int]:
        """The image to draw at `zoom` device pixels per photo pixel: the smallest that needs no enlarging."""
        wanted = 2 ** max(0, math.floor(-math.log2(zoom) + 1e-6))
        factor = max(factor for factor in self._images if factor <= wanted)
        return self._images[factor], factor

    def step(self) -> None:
        """Build one more stripe."""
        if self._target is None:
            return
        width = self._source.shape[1]
        rows = max(2, STRIPE // width // 2 * 2)
        top, bottom = self._row, min(self._row + rows, self._source.shape[0])
        if self._factor == 1:
            self._target[top:bottom] = self._premultiplied(top, bottom)
        else:
            self._target[top // 2 : -(-bottom // 2)] = _halved(self._source[top:bottom])
        self._row = bottom
        if bottom == self._source.shape[0]:
            self._finish(self._target)

    def _finish(self, level: np.ndarray) -> None:
        self._images[self._factor] = _image(level, self.has_alpha)
        self._source, self._factor, self._row = level, self._factor * 2, 0
        self._target = self._blank()

    def _blank(self) -> np.ndarray | None:
        height, width = self._source.shape[:2]
        if self._factor == 1:
            return np.empty((height, width, 4), np.uint8)
        if max(width, height) <= SMALLEST:
            return None
        return np.empty((-(-height // 2), -(-width // 2), 4), np.uint8)

    def _premultiplied(self, top: int, bottom: int) -> np.ndarray:
        assert self._alpha is not None
        alpha = self._alpha[top:bottom, :, None]
        color = self.pixels[top:bottom, :, ::-1].astype(np.uint16) * alpha
        return np.concatenate([((color + 127) // 255).astype(np.uint8), alpha], axis=2)


def _halved(rows: np.ndarray) -> np.ndarray:
    """Means of 2 × 2 pixels; RGB comes out as Qt's 32-bit BGRX, which draws faster."""
    height, width, channels = rows.shape
    mode = "RGB" if channels == 3 else "RGBX"  # four equal channels: Pillow must not weight by the last
    small = Image.frombuffer(mode, (width, height), np.ascontiguousarray(rows), "raw", mode, 0, 1).reduce(2)
    if channels == 4:
        return np.asarray(small)
    data = small.convert("RGBA").tobytes("raw", "BGRA")
    return np.frombuffer(data, np.uint8).reshape(small.height, small.width, 4)


def _image(array: np.ndarray, alpha: bool = False) -> QImage:
    """An image over the array's own memory (QImage keeps a reference to the buffer)."""
    height, width, channels = array.shape
    kind = QImage.Format.Format_RGB888
    if channels == 4:
        kind = QImage.Format.Format_ARGB32_Premultiplied if alpha else QImage.Format.Format_RGB32
    return QImage(array.data, width, height, channels * width, kind)
