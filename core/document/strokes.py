"""What the hand did to a mask: painted here, erased there, kept apart from the mask itself."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np

from core.document.plane import Plane
from core.photo import rect as rects
from core.photo.masks.patch import Patch
from core.photo.rect import Rect


class Mode(StrEnum):
    """What a selection does to the mask that is there."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"

    @property
    def needs_mask(self) -> bool:
        """It makes nothing of a mask that is empty."""
        return self in (Mode.SUBTRACT, Mode.INTERSECT)

    def but(self, *, adds: bool, takes: bool) -> "Mode":
        """This one, unless keys say otherwise: Shift adds, Alt takes away, both leave what is in both."""
        if adds:
            return Mode.INTERSECT if takes else Mode.ADD
        return Mode.SUBTRACT if takes else self


@dataclass(frozen=True, eq=False)
class Strokes:
    """Corrections of a mask: min(max(mask, added), 255 − erased), all 8-bit soft, in pixels of the photo.

    Least and most, and no product: both are exact, the same stroke again changes nothing, and on the inverse
    each is the other. So what becomes of a mask is told by what is seen of it, however it came about.
    """

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

    def painted(self, rect: Rect, patch: Patch) -> "Strokes":
        """The mask raised to at least `patch`, uint8 (h, w), inside `rect`."""
        return Strokes(self.added.with_max(rect, patch), self.erased.without(rect, patch))

    def erased_by(self, rect: Rect, patch: Patch) -> "Strokes":
        """The mask lowered to at most 255 − `patch`, uint8 (h, w), inside `rect`."""
        return Strokes(self.added.without(rect, patch), self.erased.with_max(rect, patch))

    def raised(self, plane: Plane) -> "Strokes":
        """The mask raised to at least `plane`, everywhere."""
        return Strokes(self.added.joined(plane), self.erased.minus(plane))

    def lowered(self, plane: Plane) -> "Strokes":
        """The mask lowered to at most 255 − `plane`, everywhere."""
        return Strokes(self.added.minus(plane), self.erased.joined(plane))

    def on(self, mask: np.ndarray, rect: Rect) -> np.ndarray:
        """A mask, uint8 (h, w), as it lies in `rect`, corrected: a new array, or itself without strokes."""
        if self.is_empty:
            return mask
        return corrected(mask, self.added.crop(rect), self.erased.crop(rect))

    def over(self, plane: Plane) -> "Strokes":
        """What they make of a mask that is `plane`, as strokes alone."""
        return Strokes(plane.joined(self.added), self.erased)

    def arrays(self) -> Iterator[np.ndarray]:
        """Every array that they keep alive."""
        yield from self.added.tiles.values()
        yield from self.erased.tiles.values()


def corrected(mask: np.ndarray | None, added: np.ndarray, erased: np.ndarray) -> np.ndarray:
    """min(max(mask, added), 255 − erased), uint8 (h, w) all three; None is a mask of 0."""
    raised = added if mask is None else np.maximum(mask, added)
    box = rects.bounding_box(erased)
    if box is None:
        return raised
    lowered, here = raised.copy(), rects.slices(box)
    np.minimum(raised[here], 255 - erased[here], out=lowered[here])
    return lowered
