"""Large pictures between NumPy and Pillow, a band at a time.

Pillow keeps four bytes for three, and hands all its pixels over in a copy of a copy: of 100 megapixels a
gigabyte more than the array that comes out. Everything here gives the bytes that Pillow gives for the whole.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from PIL import Image

from core.photo.rect import Size

BAND = 256  # rows, or columns, taken together
THREADS = min(
    4, os.cpu_count() or 1
)  # that work at a time: Pillow and SciPy let the interpreter go meanwhile
_UPRIGHT = {  # EXIF orientation → what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_UPSIDE_DOWN = (3, 4, 6, 7)  # the orientations whose first row becomes the last one, or the last column


def rows(height: int, band: int = BAND) -> Iterator[slice]:
    """The rows of a picture from top to bottom, in bands."""
    for top in range(0, height, band):
        yield slice(top, min(top + band, height))


def converted(
    pixels: np.ndarray, convert: Callable[[np.ndarray], np.ndarray], depth: type[np.generic]
) -> np.ndarray:
    """`convert` of an array (H, W, …), pixel by pixel: a new one of the same shape and the type `depth`."""
    made = np.empty(pixels.shape, depth)
    for at in rows(len(pixels)):
        made[at] = convert(np.ascontiguousarray(pixels[at]))
    return made


def _as_it_is(band: Image.Image) -> Image.Image:
    return band


def to_array(
    image: Image.Image, turn: int = 1, part: Callable[[Image.Image], Image.Image] = _as_it_is
) -> np.ndarray:
    """A picture as an array of its own, (H, W) or (H, W, C), upright.

    turn  the EXIF orientation 1…8 that is undone
    part  what of the picture: it is given band after band, and returns them in another mode
    """
    return _turned(image.size, turn, lambda at: part(image.crop((0, at.start, image.width, at.stop))))


def turned_upright(array: np.ndarray, turn: int) -> np.ndarray:
    """uint8 (H, W) or (H, W, C) as it lies in a file, upright: itself where nothing is to be turned."""
    height, width = array.shape[:2]
    return array if turn == 1 else _turned((width, height), turn, lambda at: Image.fromarray(array[at]))


def _turned(size: Size, turn: int, band: Callable[[slice], Image.Image]) -> np.ndarray:
    width, height = size
    method = _UPRIGHT.get(turn)
    like = np.asarray(band(slice(0, 1)))
    array = np.empty((*((width, height) if turn >= 5 else (height, width)), *like.shape[2:]), like.dtype)
    for at in rows(height):
        turned = np.asarray(band(at) if method is None else band(at).transpose(method))
        place = slice(height - at.stop, height - at.start) if turn in _UPSIDE_DOWN else at
        if turn >= 5:
            array[:, place] = turned
        else:
            array[place] = turned
    return array


def shrink(pixels: np.ndarray, size: Size, resample: Image.Resampling, gap: float) -> np.ndarray:
    """Pillow's `resize` with a `reducing_gap`: uint8 (H, W) or (H, W, 3) → a new array of `size` (w, h).

    It first takes the mean of whole blocks of pixels, here a band of them at a time.
    """
    height, width = pixels.shape[:2]
    return shrink_read(lambda at: pixels[at], (width, height), size, resample, gap)


def shrink_read(
    read: Callable[[slice], np.ndarray], full: Size, size: Size, resample: Image.Resampling, gap: float
) -> np.ndarray:
    """`shrink` of a picture of `full` size that is read a band at a time; of float32 (H, W, 3) too."""
    width, height = full
    across, down = (max(1, int(large / small / gap)) for large, small in zip(full, size, strict=True))
    if across == down == 1:
        return _each(read(slice(0, height)), lambda image: image.resize(size, resample))
    bands = rows(height, down * max(1, BAND // down))
    blocks = np.concatenate([_each(read(at), lambda image: image.reduce((across, down))) for at in bands])
    box = (0, 0, width / across, height / down)
    return _each(blocks, lambda image: image.resize(size, resample, box))


def _each(pixels: np.ndarray, scale: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    """A picture scaled; of floats channel by channel, for Pillow has no picture of three."""
    if pixels.ndim == 3 and pixels.dtype == np.float32:
        return np.dstack([np.asarray(scale(Image.fromarray(one))) for one in np.moveaxis(pixels, 2, 0)])
    return np.array(scale(Image.fromarray(pixels)))


def enlarged_strips(
    small: np.ndarray, size: Size, resample: Image.Resampling, wanted: slice | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Pillow's `resize` in strips of columns: (columns, array (H, w) or (H, w, C)), from left to right.

    small   uint8 (h, w, 3), or uint8 or float32 (h, w). Pillow brings all rows to the new width first, and
            then every column by itself to the new height.
    wanted  columns that alone are made, and counted from the first of them; None for all
    """
    width, height = size
    first, last = (0, width) if wanted is None else (wanted.start, wanted.stop)
    wide = Image.fromarray(small).resize((width, small.shape[0]), resample)

    def strip(at: slice) -> tuple[slice, np.ndarray]:
        columns = wide.crop((first + at.start, 0, first + at.stop, wide.height))
        return at, np.asarray(columns.resize((at.stop - at.start, height), resample))

    left = rows(last - first)
    with ThreadPoolExecutor(THREADS) as pool:
        while some := tuple(islice(left, THREADS)):  # no more at a time than are worked on: strips are large
            yield from pool.map(strip, some)
