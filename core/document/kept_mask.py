"""A mask kept by name, beside that of the next edit."""

from dataclasses import dataclass, field
from functools import cached_property

from core.document.layer import new_id
from core.document.mask import Mask
from core.document.plane import Plane
from core.document.strokes import Strokes
from core.photo.rect import Rect, Size


@dataclass(frozen=True, eq=False)
class KeptMask:
    """plane: what it masks;  size: (W, H) of the photo;  id: stays, whatever it is called"""

    name: str
    plane: Plane
    size: Size
    id: str = field(default_factory=new_id)

    @cached_property
    def mask(self) -> Mask:
        """As a mask by itself, all of it by hand."""
        return Mask(self.size, strokes=Strokes(self.plane))

    @property
    def box(self) -> Rect:
        """(x, y, w, h) of all that is above 0; of no size for nothing."""
        return self.mask.box or (0, 0, 0, 0)
