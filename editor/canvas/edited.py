"""The picture as edited: over the pyramid of the photo, composed in tiles where it is looked at."""

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from core.document.composite import NOWHERE, Composite
from core.photo import rect as rects
from core.photo.rect import Rect, Size
from editor.canvas.picture import Pyramid, array_of, image_of

Tile = tuple[int, int]  # column and row
TILE = 512  # photo pixels a side, at every factor
AT_ONCE, STEP = 1_500_000, 500_000  # photo pixels composed before a paint, and between two events


@dataclass(eq=False)
class TiledLevel:
    """The picture at one factor, an array as large as the photo's own: it takes memory where it is written.

    under  the photo's image at this factor, from which a tile comes when it is looked at first
    stale  what of a tile shows an earlier picture: photo pixels
    raw    tiles that show the photo, though something was drawn there
    """

    factor: int
    under: QImage
    size: Size  # of the photo
    known: set[Tile] = field(default_factory=set[Tile])
    stale: dict[Tile, Rect] = field(default_factory=dict[Tile, Rect])
    raw: set[Tile] = field(default_factory=set[Tile])

    def __post_init__(self) -> None:
        self.photo = array_of(self.under)
        self.pixels = np.empty_like(self.photo)
        self.image = image_of(self.pixels, self.under.format())

    def meet(self, tile: Tile, composite: Composite) -> None:
        """It is looked at: the first time it shows the photo."""
        if tile in self.known:
            return
        self.known.add(tile)
        box = rects.common(rects.cell(*tile, TILE), rects.whole(self.size))
        self._take(box)
        if composite.touches(box):
            self.stale[tile] = box
            self.raw.add(tile)

    def spoil(self, box: Rect) -> None:
        """Inside `box` there is another picture now."""
        for tile in self.known & set(tiles(box)):
            part = rects.common(rects.cell(*tile, TILE), box)
            self.stale[tile] = rects.union(self.stale.get(tile, part), part)

    def refresh(self, tile: Tile, composite: Composite, opened: Pyramid) -> int:
        """Show there what is now; how many photo pixels were composed for it."""
        cells = rects.cells(self.stale.pop(tile), self.factor)
        box = rects.common(rects.of_cells(cells, self.factor), rects.whole(self.size))
        self.raw.discard(tile)
        if not composite.touches(box):
            self._take(box)
            return 0
        self.pixels[rects.slices(cells)] = opened.shown(composite.crop(box), box, self.under, self.factor)
        return box[2] * box[3]

    def _take(self, box: Rect) -> None:
        here = rects.slices(rects.cells(box, self.factor))
        self.pixels[here] = self.photo[here]


class Edited:
    """A photo under layers, at the factors of the photo's pyramid.

    A change costs what of it is in sight: as much as fits into a frame is composed before it is painted, the
    rest a `step` at a time, and until then what was there stays. Where no layer lies the photo itself is
    shown.
    """

    def __init__(self, opened: Pyramid, composite: Composite) -> None:
        self._opened, self._composite = opened, composite
        self._size = opened.size
        self._levels: dict[int, TiledLevel] = {}
        self._waiting: dict[tuple[TiledLevel, Tile], None] = {}

    @property
    def has_alpha(self) -> bool:
        return self._opened.has_alpha

    @property
    def complete(self) -> bool:
        """What was looked at shows the picture of now."""
        return not self._waiting

    def follow(self, composite: Composite) -> Rect:
        """Show other layers from now on; the box of the photo that they change."""
        box = composite.differs(self._composite)
        self._composite = composite
        for level in self._levels.values():
            level.spoil(box)
        if composite.is_photo:
            self._levels.clear()
            self._waiting.clear()
        return box

    def seen(self, part: QRect, zoom: float) -> tuple[QImage, int]:
        """`Pyramid.seen`, with the layers over it."""
        wanted = rects.common((part.x(), part.y(), part.width(), part.height()), rects.whole(self._size))
        grid = rects.of_cells(rects.cells(wanted, TILE), TILE)
        if not self._composite.touches(grid):
            return self._opened.seen(part, zoom)
        image, factor = self._opened.seen(QRect(*grid), zoom)
        level = self._level(image, factor)
        there = tiles(wanted)
        for tile in there:
            level.meet(tile, self._composite)
        self._compose(dict.fromkeys((level, tile) for tile in there if tile in level.stale), AT_ONCE)
        shown = self._coarser(level, there) if any(tile in level.raw for tile in there) else level
        return shown.image, shown.factor

    def step(self) -> Rect:
        """Compose a little of what waits; what of the photo to paint anew."""
        done = self._compose(self._waiting, STEP)
        boxes = [rects.cell(*tile, TILE) for tile in done]
        around = boxes[0] if boxes else NOWHERE
        for box in boxes[1:]:
            around = rects.union(around, box)
        return rects.common(around, rects.whole(self._size))

    def _compose(self, parts: dict[tuple[TiledLevel, Tile], None], most: int) -> list[Tile]:
        """Compose parts until it were more than so many pixels; the others wait."""
        done: list[Tile] = []
        for level, tile in list(parts):
            if most <= 0:
                self._waiting[level, tile] = None
                continue
            self._waiting.pop((level, tile), None)
            if tile in level.stale:
                most -= level.refresh(tile, self._composite, self._opened)
                done.append(tile)
        return done

    def _level(self, image: QImage, factor: int) -> TiledLevel:
        """The one over `image`; another is there while the photo's own is being made."""
        level = self._levels.get(factor)
        if level is None or level.under is not image:
            level = self._levels[factor] = TiledLevel(factor, image, self._size)
            self._waiting = {part: None for part in self._waiting if part[0] in self._levels.values()}
        return level

    def _coarser(self, level: TiledLevel, there: list[Tile]) -> TiledLevel:
        """The finest that shows all of these tiles, for now; `level` if none does."""
        for factor in sorted(self._levels):
            other = self._levels[factor]
            if factor > level.factor and other.known.issuperset(there) and not other.raw.intersection(there):
                return other
        return level


def tiles(box: Rect) -> list[Tile]:
    """Those that a box of the photo touches."""
    left, top, right, bottom = rects.corners(rects.cells(box, TILE))
    return [(column, row) for row in range(top, bottom) for column in range(left, right)]
