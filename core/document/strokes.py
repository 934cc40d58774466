"""What the hand did to a mask: painted here, erased there, kept apart from the mask itself."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from core.document.plane import TILE, Plane
from core.photo import rect as rects
from core.photo.rect import Rect


@dataclass(frozen=True, eq=False)
class Strokes:
    """Corrections of a mask: max(mask, added) · (1 − erased), all 8-bit soft, in pixels of the photo."""

    added: Plane = field(default_factory=Plane)
    erased: Plane = field(default_factory=Plane)

    @property
    def is_empty(self) -> bool:
        """There are none, neither painted nor erased."""
        return self.added.is_empty and self.erased.is_empty

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of them, as hex; "" for none. Two that say the same may differ in empty tiles."""
        if self.is_empty:
            return ""
        found = hashlib.sha256()
        for plane in (self.added, self.erased):
            found.update(b"plane")
            for key in sorted(plane.tiles):
                found.update(f"{key}".encode())
                found.update(plane.tiles[key].data)
        return found.hexdigest()

    def same(self, other: "Strokes") -> bool:
        """The very same planes."""
        return self.added is other.added and self.erased is other.erased

    def painted(self, rect: Rect, patch: np.ndarray) -> "Strokes":
        """The mask raised to at least `patch`, uint8 (h, w), inside `rect`."""
        return Strokes(*_changed(self.added, self.erased, rect, patch))

    def erased_by(self, rect: Rect, patch: np.ndarray) -> "Strokes":
        """The mask lowered to at most 255 − `patch`, uint8 (h, w), inside `rect`."""
        erased, added = _changed(self.erased, self.added, rect, patch)
        return Strokes(added, erased)

    def on(self, mask: np.ndarray, rect: Rect) -> np.ndarray:
        """A mask, uint8 (h, w), as it lies in `rect`, corrected: a new array, or itself without strokes."""
        if self.is_empty:
            return mask
        return corrected(mask, self.added.crop(rect), self.erased.crop(rect))

    def over(self, plane: Plane) -> "Strokes":
        """What they make of a mask that is `plane`, as strokes alone."""
        for (column, row), tile in self.added.tiles.items():
            plane = plane.with_max(rects.cell(column, row, TILE), tile)
        return Strokes(plane, self.erased)

    def arrays(self) -> Iterator[np.ndarray]:
        """Every array that they keep alive."""
        yield from self.added.tiles.values()
        yield from self.erased.tiles.values()


def corrected(mask: np.ndarray | None, added: np.ndarray, erased: np.ndarray) -> np.ndarray:
    """max(mask, added) · (1 − erased), uint8 (h, w) all three; None is a mask of 0."""
    raised = added if mask is None else np.maximum(mask, added)
    box = rects.bounding_box(erased)
    if box is None:
        return raised
    lowered, here = raised.copy(), rects.slices(box)
    kept = raised[here].astype(np.uint16) * (255 - erased[here])
    lowered[here] = (kept + 127) // 255
    return lowered


def _changed(up: Plane, down: Plane, rect: Rect, patch: np.ndarray) -> tuple[Plane, Plane]:
    """One plane raised by `patch`, and the one that means the opposite lowered."""
    return up.with_max(rect, patch), down if down.is_empty else down.without(rect, patch)
