"""The colour wand at work: what has a pixel's colour is found beside the window, and becomes a selection."""

from PySide6.QtCore import QObject

from core.document.composite import Composite
from core.document.plane import Plane
from core.photo.masks.similar import similar
from editor.canvas.tools.wand import Pick
from editor.document.document import Document
from editor.flows.masks.line import MaskLine
from editor.selecting import Selecting


class Wand(QObject):
    def __init__(self, document: Document, selecting: Selecting, line: MaskLine, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._selecting, self._line = document, selecting, line

    @property
    def seen(self) -> Composite | None:
        """What it looks at: the picture as shown or the photo as opened, as it is set now."""
        photo, composite = self._document.state.photo, self._document.composite
        if photo is None or composite is None:
            return None
        return composite if self._selecting.as_shown else Composite(photo)

    def pick(self, pick: Pick) -> None:
        """Select what has the colour of that pixel, as it is set now."""
        seen = self.seen
        if seen is None:
            return
        tolerance, contiguous = self._selecting.tolerance, self._selecting.contiguous

        def work() -> Plane:
            found = similar(seen.crop, seen.original.size, pick.at, tolerance, contiguous=contiguous)
            return Plane().with_max(found.box, found.values)

        self._line.make(work, pick.mode, self.tr("Colour wand"))
