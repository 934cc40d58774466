"""The Mask menu: all of the mask, none or the rest, its import and export, and the heat map as a picture."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.document import commands
from core.document.plane import Plane
from core.document.state import State
from core.document.strokes import Mode
from core.errors import CoreError
from core.photo import rect as rects
from editor.banner import Banner
from editor.document.changes import What
from editor.document.document import Document
from editor.flows.masks.line import MaskLine
from editor.tasks import Tasks

if TYPE_CHECKING:
    from core.photo.files.mask_from import MaskFrom


class Masks(QObject):
    """Every operation is one undo entry; files are read and written in the background.

    folder  where a file dialog begins
    """

    def __init__(
        self,
        document: Document,
        line: MaskLine,
        tasks: Tasks,
        banner: Banner,
        folder: Callable[[], Path],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._line, self._tasks, self._banner = document, line, tasks, banner
        self._folder, self._window = folder, window

    def whole(self) -> None:
        def command(state: State) -> State:
            return commands.invert_mask()(commands.clear_mask()(state))

        size = self._document.state.mask.size
        self._apply(command, self.tr("Select all"), Plane().inverse(rects.whole(size)))

    def clear(self) -> None:
        self._apply(commands.clear_mask(), self.tr("Clear mask"), Plane())

    def own(self) -> None:
        """What was found is kept, whatever the words become."""
        self._line.after(self._own)

    def load(self) -> None:
        """Ask for a picture of the mask and take it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Import Mask"),
            str(self._folder()),
            self.tr("Pictures (*.png *.tif *.tiff *.webp *.bmp)"),
        )
        if name:
            self.load_from(Path(name))

    def load_from(self, path: Path, source: "MaskFrom | None" = None) -> None:
        """Take a picture as the mask. source: what of it; None asks, where that is doubtful."""
        from core.photo.files.mask_files import DoubtfulError, open_mask

        size = self._document.state.mask.size

        def failed(error: CoreError) -> None:
            if isinstance(error, DoubtfulError):
                chosen = self.ask(path.name, transparent=error.transparent)
                if chosen is not None:
                    self.load_from(path, chosen)
            else:
                self._banner.error(error)

        def done(array: np.ndarray) -> None:
            self._line.after(partial(self._take, array))

        self._tasks.start(lambda: open_mask(path, size, source), done, failed)

    def ask(self, name: str, *, transparent: bool) -> "MaskFrom | None":
        """What of a picture of many tones is the mask? transparent: parts of it are."""
        from core.photo.files.mask_from import MaskFrom

        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Import Mask"))
        box.setText(self.tr("“{name}” is a picture of many tones, not a mask.").format(name=name))
        box.setInformativeText(self.tr("What of it may be repainted?"))
        answers = {MaskFrom.LUMINANCE: self.tr("What is bright")}
        if transparent:
            answers = {MaskFrom.TRANSPARENT: self.tr("Where it is transparent"), **answers}
        role = QMessageBox.ButtonRole.AcceptRole
        buttons = {source: box.addButton(text, role) for source, text in answers.items()}
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(buttons.get(MaskFrom.TRANSPARENT, cancel))
        box.exec()
        return next((source for source, button in buttons.items() if button is box.clickedButton()), None)

    def save(self) -> None:
        """Ask where, and write the mask as it will be handed to the model, unfeathered."""
        path = self._ask(self.tr("Export Mask"), "mask")
        if path:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        self._line.after(partial(self._save_to, path))

    def save_heat(self) -> None:
        """Ask where, and write the heat map in the colours of the canvas, at the picture's size."""
        path = self._ask(self.tr("Save Heat Map"), "heat")
        if path:
            self.save_heat_to(path)

    def save_heat_to(self, path: Path) -> None:
        from core.photo.files.mask_files import save_heat

        mask = self._document.state.mask
        heat = mask.heat
        if heat is not None:
            self._write(path, lambda: save_heat(path, heat.values, mask.size))

    def _own(self) -> None:
        if self._document.state.mask.follows:
            self._document.apply(commands.own_mask(), self.tr("Keep this mask"))

    def _save_to(self, path: Path) -> None:
        from core.photo.files.mask_files import save_mask

        state = self._document.state
        mask = state.mask.awake(state.draft)

        def done() -> None:
            self._document.mark_mask_exported(mask)

        self._write(path, lambda: save_mask(path, mask.array()), done)

    def _take(self, array: np.ndarray) -> None:
        self._document.apply(commands.import_mask(array), self.tr("Import mask"))
        self._document.mark_mask_exported(self._document.state.mask)

    def _apply(self, command: commands.Command, text: str, of_layer: Plane) -> None:
        """of_layer: what becomes of the chosen layer's own mask instead, if that is worked on."""
        document, chosen = self._document, self._document.chosen
        if document.state.photo is None:
            return
        if chosen.masked is not None:
            command = chosen.selection(of_layer, Mode.REPLACE)
        self._line.after(partial(document.apply, command, text))

    def _write(self, path: Path, write: Callable[[], None], then: Callable[[], None] | None = None) -> None:
        def done(_: None) -> None:
            bar = self._banner.written(self.tr("Written: {name}"), path)
            bar.until(self._document.changed, lambda change: bool(change.what & What.MASK))
            if then is not None:
                then()

        self._tasks.write(write, done, self._banner.error)

    def _ask(self, title: str, kind: str) -> Path | None:
        photo = self._document.state.photo
        assert photo is not None
        stem = Path(photo.name).stem or self.tr("picture")
        name, _ = QFileDialog.getSaveFileName(
            self._window, title, str(self._folder() / f"{stem}-{kind}.png"), "PNG (*.png)"
        )
        if not name:
            return None
        path = Path(name)
        return path if path.suffix else path.with_suffix(".png")
