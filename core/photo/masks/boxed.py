"""A mask by the box of what is in it: what lies outside takes neither time nor memory."""

from dataclasses import dataclass

import numpy as np

from core.photo import rect as rects
from core.photo.rect import Rect, Size


@dataclass(frozen=True, eq=False)
class BoxedMask:
    """A mask of a picture that is 0 outside a box.

    values  uint8 (h, w), inside the box
    box     (x, y, w, h) of the picture, in which it lies
    size    (W, H) of the picture
    """

    values: np.ndarray
    box: Rect
    size: Size

    @staticmethod
    def of(mask: "BoxedMask | np.ndarray") -> "BoxedMask":
        """A boxed mask as it is; a whole one, uint8 (H, W), in the box of the picture."""
        if isinstance(mask, BoxedMask):
            return mask
        size = mask.shape[1], mask.shape[0]
        return BoxedMask(mask, rects.whole(size), size)

    @property
    def is_empty(self) -> bool:
        """Nothing is above 0."""
        return not self.values.any()

    def same(self, other: "BoxedMask") -> bool:
        """Every pixel is alike, however large the boxes are."""
        one, two = self.trimmed(), other.trimmed()
        there = one.size == two.size and (one.is_empty or one.box == two.box)
        return there and np.array_equal(one.values, two.values)

    def trimmed(self) -> "BoxedMask":
        """In the smallest box that holds everything above 0; one of no size if nothing is."""
        inner = rects.bounding_box(self.values) or (0, 0, 0, 0)
        if inner[2:] == self.box[2:]:
            return self
        there = rects.moved(inner, self.box[:2])
        return BoxedMask(self.values[rects.slices(inner)], there, self.size)

    def within(self, place: Rect) -> "BoxedMask":
        """What of it lies in a part of the picture, which becomes the picture."""
        common = rects.common(self.box, place)
        here = rects.moved(common, (-place[0], -place[1]))
        return BoxedMask(self.values[rects.slices(common, self.box)], here, place[2:])

    def outside(self, place: Rect | None, size: Size) -> "BoxedMask":
        """As the mask of a picture of `size` whose part `place` was its picture; itself for None."""
        return self if place is None else BoxedMask(self.values, rects.moved(self.box, place[:2]), size)

    def whole(self) -> np.ndarray:
        """All of it, uint8 (H, W): `values` if they are all."""
        if self.box[2:] == self.size:
            return self.values
        mask = np.zeros(self.size[::-1], np.uint8)
        mask[rects.slices(self.box)] = self.values
        return mask
