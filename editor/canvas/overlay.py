"""The mask over the picture: a tint and an outline at the screen's resolution, mended where it changes."""

import math
from collections import deque
from functools import reduce

import numpy as np
from PIL import Image, ImageFilter
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from core.document.composite import NOWHERE
from core.document.mask import Mask
from core.photo import rect as rects
from core.photo.rect import Rect, Size

DASH = 4  # values of the buffer that an ant is long
BLACK, WHITE = np.uint32(0xFF000000), np.uint32(0xFFFFFFFF)
FAINT = np.uint32(0x60000000)  # between the dashes of what sleeps
GREYS = (np.arange(256, dtype=np.uint32) * 0x010101) | BLACK  # each mask value as a colour
HALF = 128  # the outline runs where the mask crosses half
PIECE = 1 << 14  # values that are filled in the time that it takes to begin with another piece
SQUARE = 128  # values a side that are feathered together
AT_ONCE, SLICE = 1 << 18, 1 << 16  # values that are made anew in one event; of more, so many between two


class MaskOverlay:
    """A buffer over `cover`, the photo pixels in and round the view, `factor` × `factor` of them to a value.

    A stroke refreshes the rectangle that it touched; a pan moves the buffer and fills what comes into view.
    """

    def __init__(self, color: QColor, opacity: float) -> None:
        self._mask = Mask()
        self._cover: Rect = (0, 0, 0, 0)
        self._factor = 1
        self._stale = deque[Rect]()  # photo pixels whose values are still those of a mask before
        self._filled = True  # tint and outline, else the outline alone
        self._radius: float | None = 0.0  # the feather shown; None: of some values only
        self._color, self._ramp = color, ramp(color, opacity)
        self._ants = self._alone = self._sleeps = False
        self._step = 0  # of the ants
        # rows and columns of all ants, and the box of what is tinted; None: not known
        self._line: tuple[np.ndarray, np.ndarray] | None = None
        self._box: Rect | None = None
        self._clear()

    @property
    def is_empty(self) -> bool:
        """Nothing of the mask is in the buffer."""
        return not self._values.any()

    @property
    def box(self) -> Rect:
        """The photo pixels that the mask tints; an empty one for none."""
        if self._box is None:
            self._box = rects.bounding_box(self._values) or NOWHERE
        return NOWHERE if rects.is_empty(self._box) else self._photo(self._box)

    @property
    def is_stale(self) -> bool:
        """Parts of it are still to be made, by `step`."""
        return bool(self._stale)

    def show(self, mask: Mask, *, sliced: bool = False) -> list[Rect]:
        """Another mask, anywhere different. Returns the part, in photo pixels, that may look different.

        sliced: much is left to `step`
        """
        old, self._mask = self._mask, mask
        if mask.size != old.size or not self._values.size:
            self._clear()  # filled at the next `look`
            return [rects.whole(mask.size)]
        self._radius = 0.0
        if sliced and self._values.size > AT_ONCE:
            self._stale.clear()
            self._leave(self._cover)
            return []
        return self._replace(mask.reduced(self._within(self._cover), self._factor))

    def refresh(self, mask: Mask, rect: Rect, *, sliced: bool = False) -> list[Rect]:
        """The mask after a stroke inside `rect`. Returns the parts, in photo pixels, that may look different.

        Tiles that the stroke left alone are skipped: most of those under a large brush. sliced: as of `show`
        """
        if mask.auto is not self._mask.auto or mask.inverted != self._mask.inverted:
            return self.show(mask, sliced=sliced)
        runs = [rects.common(rect, run) for run in mask.strokes_since(self._mask)]
        self._mask = mask
        parts = [self._inside(run) for run in _gathered(runs, self._factor)]
        if sliced and sum(width * height for _, _, width, height in parts) > AT_ONCE * self._factor**2:
            self._leave(reduce(rects.union, parts))
            return []
        for part in parts:
            self._fill(part)
        return runs

    def step(self) -> Rect:
        """One slice of what is stale. Returns the photo pixels that look different; an empty box for none."""
        part = self._inside(self._stale.popleft())
        if rects.is_empty(part):
            return part
        rows, columns = self._slices(part)
        values = self._mask.reduced(self._within(part), self._factor)
        box = rects.bounding_box(values != self._values[rows, columns])
        if box is None:
            return NOWHERE
        if self._radius != 0:
            self._radius = None
        self._values[rows, columns] = values
        height, width = self._values.shape
        box = rects.expand(rects.moved(box, (columns.start, rows.start)), 1, 1, (width, height))
        self._tint(*rects.slices(box))  # the outline beside it too
        return self._photo(box)

    def restyle(self, color: QColor, opacity: float, *, ants: bool = False, alone: bool = False) -> None:
        """Tint and strength (0…1). ants: dashes along the edge instead; alone: the mask itself, white on
        black, and nothing below it.
        """
        self._color, self._ramp = color, ramp(color, opacity)
        self._ants, self._alone = ants, alone
        self._tint_all()

    def march(self) -> Rect:
        """The ants go on by a step. Returns the photo pixels that they are in."""
        if not self._ants or self._sleeps or (self._alone and self._filled):
            return 0, 0, 0, 0
        self._step += 1
        if self._line is None:
            whole = slice(0, self._values.shape[0]), slice(0, self._values.shape[1])
            rows, columns = np.nonzero(rim(self._values, *whole))
            self._line = rows, columns
        rows, columns = self._line
        if not len(rows):
            return 0, 0, 0, 0
        self._pixels[rows, columns] = self._dashes(rows, columns)
        x, y = int(columns.min()), int(rows.min())
        return self._photo((x, y, int(columns.max()) - x + 1, int(rows.max()) - y + 1))

    def let_sleep(self, sleeps: bool) -> None:
        """What is shown isn't the mask before it is kept: faint dashes along its edge that stand still."""
        if sleeps != self._sleeps:
            self._sleeps = sleeps
            self._tint_all()

    def fill(self, filled: bool) -> None:
        """With the tint, or the outline alone (over a heat map)."""
        if filled != self._filled:
            self._filled = filled
            self._tint_all()

    def look(self, seen: Rect, factor: int) -> bool:
        """Make the buffer hold the photo pixels `seen`, `factor` to a value. True if it had to be filled."""
        if factor == self._factor and (rects.is_empty(seen) or rects.holds(self._cover, seen)):
            return False
        old = (self._cover, self._values) if factor == self._factor else None
        if old is None:
            self._stale.clear()
        self._radius = None if self._radius != 0 else 0.0
        self._factor = factor
        self._cover = _aligned(_widened(seen, self._mask.size), factor)
        self._allot()
        for rect in _rest(self._cover, old[0] if old else None):
            self._values[self._slices(rect)] = self._mask.reduced(self._within(rect), factor)
        if old:
            both = rects.common(self._cover, old[0])
            self._values[self._slices(both)] = old[1][self._slices(both, old[0])]
        self._tint_all()
        return True

    def feather(self, radius: float) -> list[Rect]:
        """Show the whole mask as the paste-back will use it, feathered by `radius` photo pixels.

        A Gaussian of σ = radius/2, which is what the paste's own feather comes to at the screen's resolution.
        Returns the part, in photo pixels, that looks different.
        """
        radius = radius if radius >= 1 else 0.0
        if radius == self._radius or not self._values.size:
            return []
        self._radius = radius
        plain = self._mask.reduced(self._within(self._cover), self._factor)
        return self._replace(_blurred(plain, radius / 2 / self._factor) if radius else plain)

    def paint(self, painter: QPainter) -> None:
        """Draw tint and outline in photo coordinates."""
        if self._values.size:
            painter.drawImage(QRectF(*self._cover), self._image, QRectF(self._image.rect()))

    def paint_alpha(self, painter: QPainter) -> None:
        """Draw the mask's values as alpha, in photo coordinates: to keep just what it covers."""
        if self._values.size:
            height, width = self._values.shape
            alpha = QImage(self._values.data, width, height, width, QImage.Format.Format_Alpha8)
            painter.drawImage(QRectF(*self._cover), alpha, QRectF(alpha.rect()))

    def _leave(self, rect: Rect) -> None:
        """Make `rect` later, slice by slice: whoever has changed the mask has had work enough."""
        rows = max(1, SLICE * self._factor // max(rect[2], 1)) * self._factor
        left = [part for part in self._stale if not rects.holds(rect, part)]
        self._stale = deque([*left, *rects.strips(rect, rows)])

    def _inside(self, rect: Rect) -> Rect:
        """What of photo pixels is in the buffer, as whole values."""
        return rects.common(_aligned(rect, self._factor), self._cover)

    def _clear(self) -> None:
        self._cover = (0, 0, 0, 0)
        self._stale.clear()
        self._allot()

    def _allot(self) -> None:
        width, height = self._cover[2] // self._factor, self._cover[3] // self._factor
        self._values, self._line, self._box = np.zeros((height, width), np.uint8), None, None
        self._pixels = np.zeros((height, width), np.uint32)
        self._image = QImage(
            self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
        )

    def _replace(self, values: np.ndarray) -> list[Rect]:
        """Other values in the buffer, uint8 (h, w); only where they differ is tinted anew."""
        self._stale.clear()
        box = rects.bounding_box(values != self._values)
        if box is None:
            return []
        height, width = self._values.shape
        box = rects.expand(box, 1, 1, (width, height))  # the outline beside it
        rows, columns = rects.slices(box)
        self._values[rows, columns] = values[rows, columns]
        self._tint(rows, columns)
        return [self._photo(box)]

    def _photo(self, cells: Rect) -> Rect:
        """Values of the buffer, as the photo pixels that they stand for."""
        x, y, width, height = (part * self._factor for part in cells)
        return self._within((x + self._cover[0], y + self._cover[1], width, height))

    def _fill(self, rect: Rect) -> None:
        if rects.is_empty(rect):
            return
        self._radius = None if self._radius != 0 else 0.0
        rows, columns = self._slices(rect)
        self._values[rows, columns] = self._mask.reduced(self._within(rect), self._factor)
        self._tint(  # the outline of the neighbours changes too
            slice(max(rows.start - 1, 0), rows.stop + 1), slice(max(columns.start - 1, 0), columns.stop + 1)
        )

    def _within(self, rect: Rect) -> Rect:
        """`rect` without what the alignment lets stick out of the photo."""
        return rects.common(rect, rects.whole(self._mask.size))

    def _slices(self, rect: Rect, cover: Rect | None = None) -> tuple[slice, slice]:
        here, origin = (rects.cells(one, self._factor) for one in (rect, cover or self._cover))
        return rects.slices(here, origin)

    def _tint_all(self) -> None:
        self._tint(slice(0, self._values.shape[0]), slice(0, self._values.shape[1]))

    def _tint(self, rows: slice, columns: slice) -> None:
        values = self._values[rows, columns]
        if not values.size:
            return
        pixels, self._line, self._box = self._pixels[rows, columns], None, None
        if self._alone and self._filled:
            pixels[:] = BLACK if self._sleeps else GREYS[values]
            if not self._sleeps:
                return
        else:
            tinted = self._filled and not (self._ants or self._sleeps)
            pixels[:] = self._ramp[values] if tinted else 0
        edge = rim(self._values, rows, columns)
        if self._ants or self._sleeps:
            down, across = np.nonzero(edge)
            pixels[down, across] = self._dashes(down + rows.start, across + columns.start)
        else:
            pixels[edge] = _paled(self._color).rgba()

    def _dashes(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The colours of the ants, or of what sleeps, at some values of the buffer, uint32."""
        if self._sleeps:
            return np.where((rows + columns) // DASH % 2, np.uint32(_paled(self._color).rgba()), FAINT)
        return np.where((rows + columns + self._step) // DASH % 2, WHITE, BLACK)


def _paled(color: QColor) -> QColor:
    """Three quarters of the way to white: seen against the tint, and on a photo of the tint's own colour."""
    red, green, blue = ((part + 3 * 255) // 4 for part in (color.red(), color.green(), color.blue()))
    return QColor(red, green, blue)


def ramp(color: QColor, opacity: float) -> np.ndarray:
    """Premultiplied ARGB of the tint for each mask value, uint32 (256,)."""
    alpha = np.arange(256) * opacity
    channels = [alpha, *(alpha * part for part in (color.redF(), color.greenF(), color.blueF()))]
    a, r, g, b = (np.rint(channel).astype(np.uint32) for channel in channels)
    return a << 24 | r << 16 | g << 8 | b


def _blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian over a mask, uint8 (h, w), square by square: most of one is the same all over, and stays."""
    margin = math.ceil(4 * sigma) + 1
    padded = np.pad(values, margin, mode="edge")
    blurred = values.copy()
    for y in range(0, values.shape[0], SQUARE):
        for x in range(0, values.shape[1], SQUARE):
            around = padded[y : y + SQUARE + 2 * margin, x : x + SQUARE + 2 * margin]
            if around.min() != around.max():
                soft = np.asarray(Image.fromarray(around).filter(ImageFilter.GaussianBlur(sigma)))
                blurred[y : y + SQUARE, x : x + SQUARE] = soft[margin:-margin, margin:-margin]
    return blurred


def rim(values: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
    """The outermost pixels of the masked region, bool (h, w); the buffer's border is no edge."""
    top, left = max(rows.start - 1, 0), max(columns.start - 1, 0)
    inside = values[top : rows.stop + 1, left : columns.stop + 1] >= HALF
    deep = inside.copy()
    deep[1:] &= inside[:-1]
    deep[:-1] &= inside[1:]
    deep[:, 1:] &= inside[:, :-1]
    deep[:, :-1] &= inside[:, 1:]
    edge = inside & ~deep
    height, width = values[rows, columns].shape
    return edge[rows.start - top :, columns.start - left :][:height, :width]


def _aligned(rect: Rect, factor: int) -> Rect:
    """Widened to whole overlay pixels."""
    x, y, width, height = rects.cells(rect, factor)
    return x * factor, y * factor, width * factor, height * factor


def _gathered(runs: list[Rect], factor: int) -> list[Rect]:
    """The box round all of them where filling that costs less than filling each: a wide brush, zoomed out."""
    if not runs:
        return []
    box = reduce(rects.union, runs)
    apart = sum(width * height for _, _, width, height in runs)
    more = (box[2] * box[3] - apart) // factor**2
    return [box] if more <= PIECE * (len(runs) - 1) else runs


def _widened(rect: Rect, size: Size) -> Rect:
    """An eighth more on every side, within the photo: short pans find it filled."""
    return rects.expand(rect, rect[2] // 8 + 1, rect[3] // 8 + 1, size)


def _rest(cover: Rect, kept: Rect | None) -> list[Rect]:
    """The parts of `cover` outside `kept`: bands above and below, pieces left and right."""
    both = rects.common(cover, kept) if kept else (0, 0, 0, 0)
    if rects.is_empty(both):
        return [cover]
    x, y, beyond, below = rects.corners(cover)
    left, top, right, bottom = rects.corners(both)
    parts = [
        rects.from_corners(x, y, beyond, top),
        rects.from_corners(x, bottom, beyond, below),
        rects.from_corners(x, top, left, bottom),
        rects.from_corners(right, top, beyond, bottom),
    ]
    return [part for part in parts if not rects.is_empty(part)]
