"""A pyramid of halved pictures, so that a zoomed-out view costs what the screen shows."""

import math
from itertools import product

import numpy as np
from PIL import Image
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from core.photo import rect as rects
from core.photo.rect import Rect, Size
from core.photo.space import SRGB, Space

Tile = tuple[int, int]  # row and column of a square of TILE pixels
STRIPE = 500_000  # source pixels halved at a time: a few milliseconds
TILE = 256  # photo pixels a side that are converted together, from another space: two milliseconds
TILES, MOST = 4, 40  # converted in a step, and at most before a paint
SMALLEST = 256  # pixels of the longest side at which halving ends


class Pyramid:
    """The picture at factors 1, 2, 4, …, as images in sRGB that share memory with their arrays.

    Factor 1 is the picture itself, never copied. The others grow by `step`, a stripe at a time; until then
    `best` answers with what there is. With an alpha channel factor 1 is replaced by premultiplied pixels.

    Of a picture in another space nothing is shown as it stands: factor 1 is converted where it is looked at,
    tile by tile (memory that nothing was written to is not taken), the others while they grow.
    """

    def __init__(self, pixels: np.ndarray, alpha: np.ndarray | None = None, space: Space = SRGB) -> None:
        self.pixels = np.ascontiguousarray(pixels)
        self._alpha = None if alpha is None or alpha.min() == 255 else alpha
        self._space = space
        self._shown = self.pixels if space.is_srgb else np.empty_like(self.pixels)
        self._converted: set[Tile] = set()
        self._waiting: list[Tile] = []  # to be converted
        self._sample: tuple[QImage, int] | None = None
        self._images = {1: image_of(self._shown)}
        self._source: np.ndarray = self.pixels
        self._factor = 1 if self.has_alpha else 2
        self._target, self._row = self._blank(), 0

    @property
    def size(self) -> Size:
        """Of the photo, width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def has_alpha(self) -> bool:
        return self._alpha is not None

    @property
    def complete(self) -> bool:
        """Nothing is left to build."""
        return self._target is None and not self._waiting

    def best(self, zoom: float) -> tuple[QImage, int]:
        """The image to draw at `zoom` device pixels per photo pixel: the smallest that needs no enlarging."""
        wanted = 2 ** max(0, math.floor(-math.log2(zoom) + 1e-6))
        factor = max(factor for factor in self._images if factor <= wanted)
        if factor == 1 < wanted and not (self._space.is_srgb or self._target is None):
            return self._sampled(2 * wanted)
        return self._images[factor], factor

    def seen(self, part: QRect, zoom: float) -> tuple[QImage, int]:
        """`best`, once `part` of the picture is converted; of too large a part something coarser for now."""
        image, factor = self.best(zoom)
        if factor > 1 or self._space.is_srgb or (self.has_alpha and self._factor > 1):
            return image, factor
        tiles = self._unconverted(part)
        if len(tiles) > MOST:
            self._waiting = tiles
            return (self._images[2], 2) if 2 in self._images else self._sampled(2)
        for tile in tiles:
            self._convert(tile)
        return image, factor

    def _unconverted(self, part: QRect) -> list[Tile]:
        height, width = self.pixels.shape[:2]
        part = part & QRect(0, 0, width, height)
        rows = range(part.top() // TILE, part.bottom() // TILE + 1)
        columns = range(part.left() // TILE, part.right() // TILE + 1)
        return [tile for tile in product(rows, columns) if tile not in self._converted]

    def _convert(self, tile: Tile) -> None:
        row, column = tile
        part = slice(row * TILE, (row + 1) * TILE), slice(column * TILE, (column + 1) * TILE)
        self._shown[part] = self._space.to_srgb(self.pixels[part])
        self._converted.add(tile)

    def _sampled(self, factor: int) -> tuple[QImage, int]:
        """Every factor-th pixel, converted: what is shown of a large picture until it is made small."""
        if self._sample is None or self._sample[1] != factor:
            self._sample = image_of(self._space.to_srgb(self.pixels[::factor, ::factor])), factor
        return self._sample

    def step(self) -> None:
        """Convert a few tiles that are looked at, or build one more stripe."""
        if self._waiting:
            for tile in self._waiting[:TILES]:
                self._convert(tile)
            self._waiting = self._waiting[TILES:]
            return
        if self._target is None:
            return
        width = self._source.shape[1]
        stripe = STRIPE // 4 if self._factor == 1 and not self._space.is_srgb else STRIPE
        rows = max(2, stripe // width // 2 * 2)
        top, bottom = self._row, min(self._row + rows, self._source.shape[0])
        if self._factor == 1:
            box = rects.from_corners(0, top, width, bottom)
            self._target[top:bottom] = self._premultiplied(self.pixels[top:bottom], box)
        else:
            self._target[top // 2 : -(-bottom // 2)] = _halved(self._source[top:bottom], self._space)
        self._row = bottom
        if bottom == self._source.shape[0]:
            self._finish(self._target)

    def _finish(self, level: np.ndarray) -> None:
        kind = QImage.Format.Format_ARGB32_Premultiplied if self.has_alpha else QImage.Format.Format_RGB32
        self._images[self._factor] = image_of(level, kind)
        self._source, self._factor, self._row = level, self._factor * 2, 0
        self._target = self._blank()
        if self._target is None:
            self._sample = None

    def _blank(self) -> np.ndarray | None:
        height, width = self._source.shape[:2]
        if self._factor == 1:
            return np.empty((height, width, 4), np.uint8)
        if max(width, height) <= SMALLEST:
            return None
        return np.empty((-(-height // 2), -(-width // 2), 4), np.uint8)

    def _premultiplied(self, rgb: np.ndarray, box: Rect) -> np.ndarray:
        """Pixels of the photo's space, uint8 (h, w, 3), with its alpha in `box`: as Qt's 32 bits."""
        assert self._alpha is not None
        alpha = self._alpha[rects.slices(box)][..., None]
        color = self._space.to_srgb(rgb)[..., ::-1].astype(np.uint16) * alpha
        return np.concatenate([((color + 127) // 255).astype(np.uint8), alpha], axis=2)

    def shown(self, pixels: np.ndarray, box: Rect, image: QImage, factor: int) -> np.ndarray:
        """Other pixels for `box` of the photo, uint8 (h, w, 3), as `image`, one of its own, shows it there.

        `box` begins at a whole pixel of that factor, and ends at one or where the photo does.
        """
        if image.format() == QImage.Format.Format_RGB888:  # the picture itself, or every factor-th pixel
            return self._space.to_srgb(pixels[::factor, ::factor])
        rows = self._premultiplied(pixels, box) if self.has_alpha else pixels
        for _ in range(factor.bit_length() - 1):
            rows = _halved(rows, self._space)
        return rows


def _halved(rows: np.ndarray, space: Space) -> np.ndarray:
    """Means of 2 × 2 pixels; RGB, which is in `space`, comes out as Qt's 32-bit BGRX, which draws faster."""
    height, width, channels = rows.shape
    mode = "RGB" if channels == 3 else "RGBX"  # four equal channels: Pillow must not weight by the last
    small = Image.frombuffer(mode, (width, height), np.ascontiguousarray(rows), "raw", mode, 0, 1).reduce(2)
    if channels == 4:
        return np.asarray(small)
    if not space.is_srgb:
        small = Image.fromarray(space.to_srgb(np.asarray(small)))
    data = small.convert("RGBA").tobytes("raw", "BGRA")
    return np.frombuffer(data, np.uint8).reshape(small.height, small.width, 4)


def image_of(array: np.ndarray, kind: QImage.Format = QImage.Format.Format_RGB888) -> QImage:
    """An image over the array's own memory (QImage keeps a reference to the buffer)."""
    height, width, channels = array.shape
    return QImage(array.data, width, height, channels * width, kind)


def array_of(image: QImage) -> np.ndarray:
    """The memory of such an image, to be read: uint8 (h, w, 3 or 4)."""
    rows = np.frombuffer(image.constBits(), np.uint8)
    return rows.reshape(image.height(), image.width(), image.depth() // 8)
