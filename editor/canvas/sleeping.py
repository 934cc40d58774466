"""What is said beside a mask that sleeps: what it was found for, and what can be done about it."""

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QFont, QPainter

from core.document.mask import Mask
from core.document.state import State
from core.photo.rect import Rect
from editor.canvas.label import paint_label
from editor.canvas.viewport import Viewport
from editor.document.found_for import found_for


class SleepingLabel:
    """Follows a document; `text` is "" while nothing sleeps."""

    def __init__(self) -> None:
        self.text = ""
        self._box: Rect | None = None

    def follow(self, state: State, mask: Mask | None) -> bool:
        """mask: that which sleeps, as it would be kept; None for none. True if something else is said, or
        elsewhere.
        """
        text, box = "", None if mask is None or not state.draft.method.masked else mask.box
        if mask is not None and box is not None:
            text = QCoreApplication.translate("SleepingLabel", "{found}: find again, or keep it")
            text = text.format(found=found_for(mask, state.draft))
        moved, self.text, self._box = (text, box) != (self.text, self._box), text, box
        return moved

    def paint(self, painter: QPainter, viewport: Viewport, font: QFont) -> None:
        """Draw it in widget coordinates, at the corner of what sleeps."""
        if self._box is not None:
            box = viewport.transform().mapRect(QRectF(*self._box))
            paint_label(painter, self.text, box, viewport, font)
