"""What the Mask menu does to a mask as it stands: by a fixed step, or by pixels that are asked for."""

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRect, Signal
from PySide6.QtWidgets import QDialog, QWidget

from core.document import commands
from core.photo.masks import morphology
from core.photo.masks.mask import default_feather
from core.photo.masks.placed import Transform, placed
from editor.banner import Banner
from editor.canvas.surface import Surface
from editor.document.document import Document
from editor.fits import beside
from editor.flows.masks.amount import AmountDialog
from editor.flows.masks.line import MaskLine
from editor.flows.masks.trial import ByPixels, Trial

STEP = 4  # photo pixels that Grow and Shrink move the edge by


class Operations(QObject):
    """On the mask that is worked on, that of the next edit or a layer's own; each is one undo entry.

    What is asked for by a number is seen on the canvas while that is turned.

    shown  as of `Trial`
    """

    shown = Signal(object)

    def __init__(
        self, document: Document, line: MaskLine, banner: Banner, canvas: Surface, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._line = document, line
        self._canvas, self._window = canvas, window
        self._trial = Trial(document, line, banner.error, self)
        self._trial.shown.connect(self.shown)
        self._last: dict[ByPixels, float] = {}  # pixels that were asked for, as long as the window is open

    def invert(self) -> None:
        """That of the next edit by a sign alone; a layer's own pixel by pixel."""
        text = self.tr("Invert mask")
        if self._document.chosen.masked is None:
            self._line.after(lambda: self._document.apply(commands.invert_mask(), text))
        else:
            self._line.change(_inverse, text)

    def grow(self) -> None:
        self._by(morphology.grow, STEP, self.tr("Grow mask"))

    def shrink(self) -> None:
        self._by(_shrink, STEP, self.tr("Shrink mask"))

    def fill(self) -> None:
        self._line.change(morphology.fill_holes, self.tr("Fill holes"))

    def grow_by(self) -> None:
        tip = self.tr("How far the edge moves outwards; a soft one stays as soft.")
        self._ask(morphology.grow, self.tr("Grow Mask"), self.tr("Grow mask"), self.tr("Grow by"), tip)

    def shrink_by(self) -> None:
        tip = self.tr("How far the edge moves inwards; a soft one stays as soft.")
        self._ask(_shrink, self.tr("Shrink Mask"), self.tr("Shrink mask"), self.tr("Shrink by"), tip)

    def smooth(self) -> None:
        tip = self.tr("The radius of the corners: gaps and spikes narrower than twice as much go.")
        self._ask(morphology.smooth, self.tr("Smooth Mask"), self.tr("Smooth mask"), self.tr("Radius"), tip)

    def border(self) -> None:
        tip = self.tr("How wide the band along the edge is that the mask becomes, half of it outside.")
        self._ask(
            morphology.border,
            self.tr("Border of the Mask"),
            self.tr("Border of the mask"),
            self.tr("Width"),
            tip,
        )

    def feather(self) -> None:
        tip = self.tr("How far the mask fades to either side of its edge.")
        self._ask(morphology.soften, self.tr("Feather Mask"), self.tr("Feather mask"), self.tr("Radius"), tip)

    def islands(self) -> None:
        tip = self.tr("Parts by themselves go that cover less than a disc so far across.")
        self._ask(
            morphology.remove_islands,
            self.tr("Remove Islands"),
            self.tr("Remove islands"),
            self.tr("Across"),
            tip,
        )

    def place(self, placement: Transform) -> None:
        """Move, scale and turn it."""
        text = self.tr("Move mask") if placement.is_whole_move else self.tr("Transform mask")
        self._line.change(lambda mask: placed(mask, placement), text)

    def close(self) -> bool:
        """Whether what runs has ended."""
        return self._trial.close()

    def _by(self, change: ByPixels, pixels: float, text: str) -> None:
        self._line.change(lambda mask: change(mask, pixels), text)

    def _ask(self, change: ByPixels, title: str, text: str, label: str, tip: str) -> None:
        """The number of last time, at first a hundredth of the picture's shorter side. Undo says `text`."""
        photo = self._document.state.photo
        if photo is None:
            return

        def asked(pixels: float) -> None:
            self._last[change] = pixels
            self._by(change, pixels, text)

        start = self._last.get(change, default_feather(photo.size))
        dialog = AmountDialog(title, label, tip, start, photo.size, self._window)
        dialog.pixels.valueChanged.connect(self._trial.turn)
        dialog.accepted.connect(lambda: asked(dialog.pixels.value()))
        end = partial(self._trial.end, self._trial.begin(change, dialog.pixels.value()))
        dialog.finished.connect(lambda _: self._line.after(end))  # the look stays until the change is there
        self._set_aside(dialog)
        dialog.open()

    def _set_aside(self, dialog: QDialog) -> None:
        """In a corner of the canvas, where it leaves the mask to be seen."""
        canvas = self._canvas
        corner, box = canvas.mapToGlobal(QPoint(0, 0)), self._document.chosen.mask().box
        hidden = QRect() if box is None else canvas.viewport.covering(box).translated(corner)
        size = dialog.sizeHint().expandedTo(dialog.minimumSize())
        dialog.move(beside(size, canvas.rect().translated(corner), hidden))


def _inverse(mask: np.ndarray) -> np.ndarray:
    return 255 - mask


def _shrink(mask: np.ndarray, pixels: float) -> np.ndarray:
    return morphology.grow(mask, -pixels)
