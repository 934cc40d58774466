"""Photographs of 16 bits per channel: the byte that the pixels shown leave out, and pasting in 16 bits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo import rect as rects
from core.photo.files.samples import Samples
from core.photo.masks.boxed import BoxedMask
from core.photo.rect import Rect, Size
from core.photo.space import SRGB, Space

BAND = 128  # rows put together at a time: memory stays small at any photo size


@dataclass(frozen=True, eq=False)
class Pasted:
    """What was drawn in a box, uint8 (h, w, 3) in sRGB, through a mask, uint8 (h, w): blended when read.

    So an edit that is only exported needs no 6 bytes a pixel of its own. `space`: of the picture below.
    """

    box: Rect
    drawn: np.ndarray
    mask: np.ndarray
    space: Space = SRGB


@dataclass(frozen=True, eq=False)
class Deep:
    """A picture of 16 bits per channel, and what edits have put over it.

    high, low  uint8 (H, W), grey, or (H, W, 3): the two bytes of every sample. Of a colour picture `high` is
               the very array that is shown, so that 16 bits cost 3 bytes a pixel more, and not 6
    alpha      the two bytes of every pixel's opacity, uint8 (H, W) each, of which the higher too is the
               array that is shown; None when opaque
    pasted     edits, bottom to top
    """

    high: np.ndarray
    low: np.ndarray
    alpha: tuple[np.ndarray, np.ndarray] | None = None
    pasted: tuple[Pasted, ...] = ()

    @property
    def width(self) -> int:
        return self.low.shape[1]

    @property
    def height(self) -> int:
        return self.low.shape[0]

    def part(self, box: Rect) -> np.ndarray:
        """The picture inside a box: a new uint16 (h, w, 3)."""
        here = rects.slices(box)
        values = _both(self.high[here], self.low[here])
        if values.ndim == 2:
            values = np.repeat(values[..., None], 3, axis=2)
        for edit in self.pasted:
            common = rects.common(box, edit.box)
            if not rects.is_empty(common):
                part, there = values[rects.slices(common, box)], rects.slices(common, edit.box)
                part[:] = _blended(part, edit.drawn[there], edit.mask[there], edit.space)
        return values

    def bands(self) -> Iterator[np.ndarray]:
        """The picture with its alpha from top to bottom: uint16 (BAND or fewer, W, 3 or 4)."""
        for strip in rects.strips(rects.whole((self.width, self.height)), BAND):
            rows = self.part(strip)
            if self.alpha is not None:
                high, low = (part[rects.slices(strip)] for part in self.alpha)
                rows = np.dstack([rows, _both(high, low)])
            yield rows

    def shrink(self, box: Rect, size: Size, resample: Image.Resampling, gap: float) -> np.ndarray:
        """`core.photo.bands.shrink` of what is inside a box: a new uint16 (h, w, 3) of `size` (w, h)."""
        x, y, w, h = box

        def read(at: slice) -> np.ndarray:
            return self.part((x, y + at.start, w, at.stop - at.start)).astype(np.float32)

        small = bands.shrink_read(read, (w, h), size, resample, gap)
        return np.clip(np.rint(small), 0, 65535).astype(np.uint16)

    def arrays(self) -> Iterator[np.ndarray]:
        """Every array that this keeps alive."""
        yield from (self.high, self.low, *(self.alpha or ()))
        for edit in self.pasted:
            yield from (edit.drawn, edit.mask)


def of_samples(pixels: np.ndarray, alpha: np.ndarray | None, samples: Samples, turn: int) -> Deep | None:
    """The higher bytes, as shown, and the lower, put together.

    pixels, alpha  uint8 (H, W, 3) and (H, W), upright; of a grey picture only the first channel is read
    samples        as they lie in the file; None is returned for 8 bits. turn: the EXIF orientation undone
    """
    if samples.low is None:
        return None
    see_through, colours = None, samples.low[..., 0] if samples.low.shape[2] == 1 else samples.low
    if alpha is not None and samples.below is not None:
        see_through = alpha, bands.turned_upright(samples.below, turn)
        if all(part.min() == 255 for part in see_through):
            see_through = None
    high = np.ascontiguousarray(pixels[..., 0]) if colours.ndim == 2 else pixels
    deep = Deep(high, bands.turned_upright(colours, turn), see_through)
    for array in deep.arrays():
        array.setflags(write=False)
    return deep


def _both(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    return high.astype(np.uint16) << np.uint16(8) | low


def _blended(below: np.ndarray, drawn: np.ndarray, mask: np.ndarray, space: Space) -> np.ndarray:
    """`core.photo.region.paste` in 16 bits: uint16 and uint8 (h, w, 3), uint8 (h, w).

    Where the mask is 0 the 16 bits below stay, where it is 255 they are what was drawn, in the `space` of the
    picture below; between them the nearest whole number of the mix, so that a feather has 65536 levels to
    fade over.
    """
    share = mask[..., None].astype(np.uint32)
    return (below * (255 - share) + space.deep_from_srgb(drawn) * share + 127) // 255


def edited(below: Deep | None, drawn: np.ndarray, mask: BoxedMask, space: Space = SRGB) -> Deep | None:
    """The picture with an edit as a layer over it, `drawn` in the mask's box; None if it has 8 bits."""
    if below is None or mask.is_empty:
        return below
    return replace(below, pasted=(*below.pasted, Pasted(mask.box, drawn, mask.values, space)))
