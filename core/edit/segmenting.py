"""Selecting by clicks and boxes beside the loaded model: the segmenter, and what it made of pictures."""

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from core.edit.pointed import Pointed, Taken
from core.photo.photo import Photo

if TYPE_CHECKING:
    from core.models.segment.sam import Looked, Segmenter

KEPT = 3  # pictures: the one before an edit and after it, and one more


class Segmenting:
    """The segmenter that was asked for last, and of the last pictures what its encoder made, by content."""

    def __init__(self) -> None:
        self._segmenter: Segmenter | None = None
        self._named = ("", "")  # folder and device
        self._looked: OrderedDict[str, Looked] = OrderedDict()

    def look(self, folder: str, device: str, photo: Photo) -> None:
        """Read a picture, unless it was read already."""
        segmenter = self._ready(folder, device)
        if photo.digest not in self._looked:
            self._looked[photo.digest] = segmenter.look(photo.pixels, photo.space)
        self._looked.move_to_end(photo.digest)
        while len(self._looked) > KEPT:
            self._looked.popitem(last=False)

    def take(self, folder: str, device: str, digest: str, pointed: Pointed) -> Taken | None:
        """What is meant on the picture of that digest; None where it was not read yet, or long ago."""
        looked = self._looked.get(digest) if (folder, device) == self._named else None
        if self._segmenter is None or looked is None:
            return None
        mask = self._segmenter.take(looked, pointed.clicks, pointed.box)
        return Taken(mask, tuple(measure.sentence for measure in self._segmenter.measures))

    def rest(self) -> None:
        """Leave the device to an edit."""
        if self._segmenter is not None:
            self._segmenter.rest()

    @property
    def bytes(self) -> int:
        """Of what is kept of pictures."""
        return sum(looked.bytes for looked in self._looked.values())

    def _ready(self, folder: str, device: str) -> "Segmenter":
        """The segmenter, loaded unless it is; what another one made of pictures is of no use to it."""
        from core.models.segment.sam import Segmenter

        if self._segmenter is None or self._named != (folder, device):
            self._segmenter = Segmenter.open(Path(folder), device)
            self._named = folder, device
            self._looked.clear()
        return self._segmenter
