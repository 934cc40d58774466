"""Masks kept by name, and masks that are there already: a layer's own, the photo's transparency."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.document.commands import Command
from core.document.kept_commands import drop_kept, keep_mask, rename_kept
from core.document.kept_mask import KeptMask
from core.document.plane import Plane
from core.document.strokes import Mode
from core.errors import CoreError
from core.photo import rect as rects
from core.photo.photo import Photo
from editor.banner import Banner
from editor.document.document import Document
from editor.flows.masks.kept_dialog import KeptDialog
from editor.flows.masks.line import MaskLine
from editor.selecting import Selecting
from editor.tasks import Tasks


class KeptMasks(QObject):
    """What is large is made beside the window; what comes for a photo that has gone is dropped."""

    def __init__(
        self,
        document: Document,
        selecting: Selecting,
        line: MaskLine,
        tasks: Tasks,
        banner: Banner,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._selecting, self._line = document, selecting, line
        self._tasks, self._banner, self._window = tasks, banner, window
        self.dialog: KeptDialog | None = None

    def show(self) -> None:
        """The list, beside the canvas."""
        dialog = self.dialog
        if dialog is None:
            dialog = self.dialog = KeptDialog(self._document, self._window)
            dialog.kept.connect(lambda: self._line.after(self._keep))
            dialog.loaded.connect(self.load)
            dialog.renamed.connect(self.rename)
            dialog.dropped.connect(self.drop)
            dialog.finished.connect(self._closed)
        dialog.show()
        dialog.activateWindow()

    def keep(self) -> None:
        """Keep the mask that is worked on, as it is going to be, and ask how it is called."""
        self.show()
        assert self.dialog is not None
        self.dialog.name_next()
        self._line.after(self._keep)

    def load(self, kept: KeptMask, mode: Mode) -> None:
        self._line.make(lambda: kept.plane, mode, self.tr("Load mask “{name}”").format(name=kept.name))

    def rename(self, kept: str, name: str) -> None:
        self._apply(rename_kept(kept, name), self.tr("Rename mask"))

    def drop(self, kept: str) -> None:
        self._apply(drop_kept(kept), self.tr("Delete mask"))

    def from_layer(self) -> None:
        """The chosen layer's own mask, as the mode over the canvas says."""
        layer = self._document.chosen.layer
        if layer is not None:
            variant = layer.variant

            def work() -> Plane:
                return Plane().with_max(variant.box, variant.soft(variant.box))

            self._line.make(work, self._selecting.mode, self.tr("Mask from the layer"))

    def from_transparency(self) -> None:
        """Where the photo lets through, as the mode over the canvas says."""
        photo = self._document.state.photo
        alpha = None if photo is None else photo.alpha
        if photo is None or alpha is None:
            self._banner.notice(
                self.tr("This photo has no transparency."), self.tr("A PNG, WebP or TIFF may have some.")
            )
            return
        whole = rects.whole(photo.size)
        self._line.make(
            lambda: Plane.from_array(alpha).inverse(whole),
            self._selecting.mode,
            self.tr("Mask from transparency"),
        )

    def _keep(self) -> None:
        mask, kept = self._document.chosen.mask(), self._document.state.kept
        taken = {one.name for one in kept}
        names = (self.tr("Mask {n}").format(n=n) for n in range(len(kept) + 1, 2 * len(kept) + 2))
        name = next(name for name in names if name not in taken)

        take = partial(self._take, self._document.state.photo, name)
        self._tasks.start(mask.plane, take, self._banner.error)

    def _take(self, photo: Photo | None, name: str, plane: Plane) -> None:
        if photo is not None and photo is self._document.state.photo:
            self._apply(keep_mask(name, plane), self.tr("Keep mask"))

    def _apply(self, command: Command, text: str) -> None:
        try:
            self._document.apply(command, text)
        except CoreError as error:
            self._banner.error(error)

    def _closed(self) -> None:
        self.dialog = None
