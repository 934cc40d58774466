"""The colour wand at work: what has a pixel's colour is found beside the window, and becomes a selection."""

from functools import partial

from PySide6.QtCore import QObject

from core.document.composite import Composite
from core.document.plane import Plane
from core.photo import rect as rects
from core.photo.photo import Photo
from core.photo.similar import similar
from editor.banner import Banner
from editor.canvas.wand import Pick
from editor.document.document import Document
from editor.selecting import Selecting
from editor.tasks import Tasks


class Wand(QObject):
    """Picks come one after the other; one whose photo or mask is no longer worked on is dropped."""

    def __init__(
        self, document: Document, selecting: Selecting, tasks: Tasks, banner: Banner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document, self._selecting, self._tasks, self._banner = document, selecting, tasks, banner

    def pick(self, pick: Pick) -> None:
        """Select what has the colour of that pixel, as it is set now."""
        photo, composite = self._document.state.photo, self._document.composite
        if photo is None or composite is None:
            return
        seen = composite if self._selecting.as_shown else Composite(photo)
        tolerance, contiguous = self._selecting.tolerance, self._selecting.contiguous

        def work() -> Plane:
            found = similar(seen.crop, photo.size, pick.at, tolerance, contiguous=contiguous)
            return Plane().with_max(found.box, found.values)

        self._tasks.start(work, partial(self._take, self._meant(), pick), self._banner.error)

    def _meant(self) -> tuple[Photo | None, str | None]:
        """The photo, and the layer, by its id, whose mask is worked on."""
        layer = self._document.chosen.masked
        return self._document.state.photo, None if layer is None else layer.id

    def _take(self, meant: tuple[Photo | None, str | None], pick: Pick, plane: Plane) -> None:
        document, (photo, layer) = self._document, self._meant()
        if meant[0] is photo and meant[1] == layer:
            everywhere = rects.whole(document.state.mask.size)
            document.apply(
                document.chosen.selection(plane, pick.mode), self.tr("Colour wand"), rect=everywhere
            )
