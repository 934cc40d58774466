"""The mask being made: an automatic part cut from the heat map, and hand corrections kept apart from it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce

import numpy as np
from PIL import Image

from core.document.extent import extent
from core.document.plane import TILE, Plane, clipped
from core.document.search import Search
from core.document.strokes import Mode, Strokes, corrected
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.photo import rect as rects
from core.photo.masks import mask as cutting
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.click import Click
from core.photo.masks.patch import Patch
from core.photo.rect import Rect, Size

Clicks = tuple[Click, ...]


@dataclass(frozen=True, eq=False)
class Mask:
    """mask = min(max(auto, added), 255 − erased), or 255 minus that when inverted. All 8-bit soft.

    size    (W, H) of the photo, (0, 0) without one
    heat    the heat map, None before it was found; `auto` is it cut (masks.mask.cut), uint8, small, or
            None while it sleeps: the words of now are others than those it was found for
    search  what it was found for; None for a selection, and when the hand has made all of it its own
    strokes the hand corrections: added, erased
    """

    size: Size = (0, 0)
    heat: HeatMap | None = None
    auto: np.ndarray | None = None
    strokes: Strokes = field(default_factory=Strokes)
    inverted: bool = False
    search: Search | None = None

    def crop(self, rect: Rect) -> np.ndarray:
        """The mask inside `rect` (which lies in the photo), uint8 (h, w), a fresh array."""
        auto = None if self.auto is None else cutting.enlarge_part(self.auto, self.size, rect)
        return self._composite(auto, self.strokes.added.crop(rect), self.strokes.erased.crop(rect))

    def reduced(self, rect: Rect, factor: int) -> np.ndarray:
        """The mask inside `rect` shrunk by `factor` for the screen, uint8 (ceil(h/factor), ceil(w/factor)).

        `factor` is a power of two up to 256 that divides x and y. Costs by the pixels that come out.
        """
        if factor == 1:
            return self.crop(rect)
        added, erased = (plane.reduced(rect, factor) for plane in (self.strokes.added, self.strokes.erased))
        auto = None if self.auto is None else _shrunk_auto(self.auto, self.size, rect, factor)
        return self._composite(auto, added, erased)

    def array(self) -> np.ndarray:
        """The whole mask, uint8 (H, W)."""
        return self.crop(rects.whole(self.size))

    def plane(self) -> Plane:
        """The whole mask, as a selection: by itself if it is painted, and nothing else."""
        return self._seen

    @cached_property
    def _seen(self) -> Plane:
        strokes = self.strokes
        if self.auto is None and not self.inverted and strokes.erased.is_empty:
            return strokes.added
        box = self.box or (0, 0, 0, 0)
        return Plane().with_max(box, self.crop(box))

    @cached_property
    def _beyond(self) -> Plane:
        """What isn't seen of it, as a selection."""
        return self._seen.inverse(rects.whole(self.size))

    def boxed(self) -> BoxedMask:
        """The mask in its box: what the engine is handed."""
        box = self.box or (0, 0, 0, 0)
        return BoxedMask(self.crop(box), box, self.size)

    @cached_property
    def is_empty(self) -> bool:
        """Not one pixel is above 0."""
        return not any(self.crop(rect).any() for rect in self._cells())

    @cached_property
    def box(self) -> Rect | None:
        """(x, y, w, h) of everything above 0, as `core.photo.rect.bounding_box` of the whole mask has it."""
        rough = self._rough()
        return None if rough is None else extent(rough, self.crop)

    @property
    def is_touched(self) -> bool:
        """There is something to clear."""
        return self.heat is not None or self.is_corrected or self.inverted

    @property
    def is_usable(self) -> bool:
        """Something is in it, and the words of now mean it."""
        return not (self.sleeps or self.is_empty)

    @property
    def sleeps(self) -> bool:
        """It was found for other words, and isn't the mask before it is kept, or worked on by hand."""
        return self.heat is not None and self.auto is None

    @property
    def follows(self) -> bool:
        """It is what was found and nothing else, and so belongs to the words that it was found for. Whatever
        the hand has had a part in stays under any.
        """
        return not (self.heat is None or self.search is None or self.is_corrected or self.inverted)

    @property
    def is_corrected(self) -> bool:
        """There are hand strokes, painted or erased."""
        return not self.strokes.is_empty

    def painted(self, rect: Rect, patch: Patch) -> "Mask":
        """With a dab added: the mask rises to at least `patch`, uint8 (h, w). `rect` may stick out."""
        return self._corrected(rect, patch, raises=not self.inverted)

    def erased_by(self, rect: Rect, patch: Patch) -> "Mask":
        """With a dab taken away: it falls to at most 255 − `patch`, uint8 (h, w). `rect` may stick out."""
        return self._corrected(rect, patch, raises=self.inverted)

    def selected(self, plane: Plane, mode: Mode) -> "Mask":
        """With a selection, as `mode` says: taken in its place, added (at least `plane`), taken away (at most
        255 − `plane`), or all but it taken away (at most `plane`). What of `plane` lies beside the photo is
        nothing.

        A selection in its place is the hand's own, as `replaced`.
        """
        photo = rects.whole(self.size)
        plane = plane.inverse(photo) if mode is Mode.INTERSECT else plane.within(photo)
        if mode is Mode.REPLACE:
            return Mask(self.size, strokes=Strokes(plane))
        raises = (mode is Mode.ADD) != self.inverted
        return replace(self, strokes=(self.strokes.raised if raises else self.strokes.lowered)(plane))

    def with_heat(
        self,
        heat: HeatMap,
        threshold: float,
        grow: float,
        snap: bool = True,
        search: Search | None = None,
        clicks: Clicks = (),
    ) -> "Mask":
        """With a newly found region. Hand corrections stay, but an inverted mask starts afresh: its strokes
        were made on the inverse and would mean the opposite on what was found."""
        kept = Mask(self.size) if self.inverted else self
        return replace(kept, heat=heat, search=search)._cut(threshold, grow, snap, clicks)

    def with_search(self, heat: HeatMap, draft: EditRequest, search: Search | None, mode: Mode) -> "Mask":
        """With a newly found region, cut as `draft` says, as the selection that `mode` makes of it.

        In the mask's place it belongs to what it was found for. Where it was put into what was there before,
        all of that by now the hand's strokes, the whole is a mask of the hand's own, cut as before by every
        threshold: with f found, subtracted it leaves 255 − max(f, 255 − mask).
        """
        if mode is Mode.REPLACE:
            start = Mask(self.size)
        else:
            search = None
            if mode is Mode.ADD:
                strokes = Strokes(self._seen)
            else:
                strokes = Strokes(self._beyond) if mode is Mode.SUBTRACT else Strokes(erased=self._beyond)
            start = Mask(self.size, strokes=strokes, inverted=mode is Mode.SUBTRACT)
        find = draft.find
        found = replace(start, heat=heat, search=search)
        return found._cut(find.threshold, find.grow, find.snap, find.clicks)

    def own(self, draft: EditRequest) -> "Mask":
        """For good the hand's own: a found part stays, cut as `draft` says, whatever the words are."""
        return replace(self.awake(draft), search=None)

    def awake(self, draft: EditRequest) -> "Mask":
        """As it is seen and would be kept, though it sleeps: what was found, cut as `draft` says."""
        if not self.sleeps:
            return self
        find = draft.find
        woken = self._woken.get(find)
        if woken is None:
            self._woken.clear()
            woken = self._cut(find.threshold, find.grow, find.snap, find.clicks)
            self._woken[find] = woken
        return woken

    @cached_property
    def _woken(self) -> dict[MaskRequest, "Mask"]:
        """The last one that it was awake, for what that has told of itself."""
        return {}

    def recut(self, threshold: float, grow: float, snap: bool = True, clicks: Clicks = ()) -> "Mask":
        """The automatic part cut again, `threshold` in (0, 1), `grow` in photo pixels. No model is called.

        snap: along the picture's edges;  clicks: on what of it is meant. A part that sleeps is left alone.
        """
        return self if self.auto is None else self._cut(threshold, grow, snap, clicks)

    def meant_by(self, draft: EditRequest) -> "Mask":
        """As `draft` means it: what was found for other words sleeps, and wakes when they come back, or when
        it `follows` none any more.
        """
        if self.search is None or not self.follows or self.search.finds_what(draft):
            return self.awake(draft)
        return self if self.sleeps else replace(self, auto=None)

    def cleared(self) -> "Mask":
        """Empty: heat map, corrections and inversion are gone."""
        return Mask(self.size)

    def toggled(self) -> "Mask":
        """Its inverse, for good the hand's own: it stays whatever the words are."""
        return replace(self, inverted=not self.inverted, search=None)

    def replaced(self, array: np.ndarray) -> "Mask":
        """Another mask in its place, uint8 (H, W), all of it by hand: no threshold moves it any more."""
        return Mask(self.size, strokes=Strokes(Plane.from_array(array)))

    def strokes_since(self, other: "Mask") -> list[Rect]:
        """Where the hand corrections of two masks may differ: runs of tiles, which may stick out."""
        one, two = self.strokes, other.strokes
        keys = one.added.differing(two.added) | one.erased.differing(two.erased)
        runs: list[Rect] = []
        for column, row in sorted(keys, key=_row_first):
            x, y = column * TILE, row * TILE
            if runs and runs[-1][1] == y and runs[-1][0] + runs[-1][2] == x:
                x, width = runs[-1][0], runs.pop()[2] + TILE
            else:
                width = TILE
            runs.append((x, y, width, TILE))
        return runs

    def _cut(self, threshold: float, grow: float, snap: bool, clicks: Clicks) -> "Mask":
        assert self.heat is not None
        return replace(self, auto=self.heat.small(self.size, threshold, grow, snap, clicks))

    def _corrected(self, rect: Rect, patch: Patch, *, raises: bool) -> "Mask":
        inside = rects.common(rect, rects.whole(self.size))
        if rects.is_empty(inside):
            return self
        change = self.strokes.painted if raises else self.strokes.erased_by
        return replace(self, strokes=change(inside, clipped(patch, rect, inside)))

    def _composite(self, auto: np.ndarray | None, added: np.ndarray, erased: np.ndarray) -> np.ndarray:
        mask = corrected(auto, added, erased)
        return 255 - mask if self.inverted else mask

    def _rough(self) -> Rect | None:
        """A box that holds all that can be above 0, whatever was erased of it; None for nothing."""
        if self.inverted:
            return rects.whole(self.size)
        boxes = [rects.cell(*tile, TILE) for tile in self.strokes.added.tiles]
        small = None if self.auto is None else rects.bounding_box(self.auto)
        if self.auto is not None and small is not None:
            boxes.append(cutting.enlarged_box(small, self.auto.shape, self.size))
        return rects.common(reduce(rects.union, boxes), rects.whole(self.size)) if boxes else None

    def _cells(self) -> Iterator[Rect]:
        """Tile-sized pieces of all that can be above 0; the likeliest first, since a look for anything ends
        there."""
        rough = self._rough()
        if rough is None:
            return
        left, top, right, bottom = rects.corners(rects.cells(rough, TILE))
        everywhere = ((column, row) for row in range(top, bottom) for column in range(left, right))
        for column, row in dict.fromkeys((*self._hottest(), *self.strokes.added.tiles, *everywhere)):
            yield rects.common(rects.cell(column, row, TILE), rects.whole(self.size))

    def _hottest(self) -> Iterator[tuple[int, int]]:
        """The tile round the middle of the found part's highest value."""
        if self.auto is not None:
            row, column = divmod(int(self.auto.argmax()), self.auto.shape[1])
            across, down = self.size[0] / self.auto.shape[1], self.size[1] / self.auto.shape[0]
            yield int((column + 0.5) * across) // TILE, int((row + 0.5) * down) // TILE


def _row_first(key: tuple[int, int]) -> tuple[int, int]:
    return key[1], key[0]


def _shrunk_auto(auto: np.ndarray, size: Size, rect: Rect, factor: int) -> np.ndarray:
    """The automatic part inside `rect`, straight from the cut grid, `factor` photo pixels to a value."""
    cells = rects.cells(rect, factor)
    values = np.zeros((cells[3], cells[2]), np.uint8)
    small = rects.bounding_box(auto)
    if small is None:
        return values
    left, top, right, bottom = rects.corners(
        rects.cells(cutting.enlarged_box(small, auto.shape, size), factor)
    )
    here = rects.common(cells, rects.from_corners(left - 1, top - 1, right + 1, bottom + 1))
    if rects.is_empty(here):
        return values
    across, down = factor * auto.shape[1] / size[0], factor * auto.shape[0] / size[1]
    beyond = math.ceil(max(1.0, across, down)) + 1  # what is read round a box; the last value may stick out
    left, top, right, bottom = rects.corners(here)
    left, top, right, bottom = left * across, top * down, right * across, bottom * down
    x, y = int(left) - beyond, int(top) - beyond
    rows, columns = range(y, math.ceil(bottom) + beyond), range(x, math.ceil(right) + beyond)
    part = Image.fromarray(auto.take(list(rows), 0, mode="clip").take(list(columns), 1, mode="clip"))
    box = left - x, top - y, right - x, bottom - y
    values[rects.slices(here, cells)] = np.asarray(part.resize(here[2:], Image.Resampling.BILINEAR, box=box))
    return values
