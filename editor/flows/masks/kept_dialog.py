"""Masks by name in a list: put into the mask that is worked on by four modes, renamed, forgotten."""

from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from core.document.kept_mask import KeptMask
from core.document.mask import Mask
from core.document.strokes import Mode
from core.photo import rect as rects
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.widgets.button import push_button
from editor.widgets.image import of_rgb
from editor.widgets.named_list import NamedList, arrange

PICTURE = QSize(64, 48)  # logical pixels of a thumbnail at most
FINE = 2  # pixels of it for each of them


class KeptDialog(QDialog):
    """Stays open beside the canvas; what is asked for is done at once, one undo entry each.

    kept: the mask of now is to be kept;  loaded: a `KeptMask` is to be put into the mask, by a `Mode`
    renamed, dropped: one of them, by its id, and its new name
    """

    kept = Signal()
    loaded = Signal(object, object)
    renamed = Signal(str, str)
    dropped = Signal(str)

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Masks by Name"))
        self.resize(420, 360)
        self._document = document
        self._names = False  # the next one that comes is named at once
        self.list = NamedList(
            self.tr("Masks by name"),
            self.tr("F2 renames, Delete forgets, a double click replaces the mask"),
            self.tr("No masks yet: Keep under a Name keeps the one that is shown"),
        )
        self.list.setIconSize(PICTURE)
        self.list.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed)  # a double click loads
        self.keep = push_button(self.tr("&Keep under a Name"), self.tr("Keep the mask of now in this list"))
        self.modes = {mode: push_button(*texts) for mode, texts in self._texts().items()}
        self.rename = push_button(self.tr("Re&name"), self.tr("Give the chosen mask another name"))
        self.forget = push_button(self.tr("&Delete"), self.tr("Forget the chosen mask; undo brings it back"))
        self._arrange()
        self._bind()
        self._show()

    @property
    def chosen(self) -> KeptMask | None:
        return self.list.chosen

    def name_next(self) -> None:
        """Whichever is kept next is given its name at once."""
        self._names = True

    def _texts(self) -> dict[Mode, tuple[str, str]]:
        return {
            Mode.REPLACE: (self.tr("&Replace"), self.tr("The chosen one becomes the mask")),
            Mode.ADD: (self.tr("&Add"), self.tr("The mask holds the chosen one too")),
            Mode.SUBTRACT: (self.tr("&Subtract"), self.tr("The chosen one is taken from the mask")),
            Mode.INTERSECT: (self.tr("&Intersect"), self.tr("What is in both stays masked")),
        }

    def _arrange(self) -> None:
        column = QVBoxLayout()
        for button in (self.keep, *self.modes.values(), self.rename, self.forget):
            column.addWidget(button)
        column.insertSpacing(1, 12)
        column.insertSpacing(6, 12)
        column.addStretch(1)
        arrange(self, self.list, column)

    def _bind(self) -> None:
        self.list.currentItemChanged.connect(self._enable)
        self.list.renamed.connect(self._name)
        self.list.itemDoubleClicked.connect(lambda _: self._load(Mode.REPLACE))
        self.keep.clicked.connect(self._keep)
        for mode, button in self.modes.items():
            button.clicked.connect(partial(self._load, mode))
        self.rename.clicked.connect(self.list.edit_name)
        self.forget.clicked.connect(self._forget)
        self.forget.setShortcut(Qt.Key.Key_Delete)
        self._document.changed.connect(self._hear)

    def _keep(self) -> None:
        self.name_next()
        self.kept.emit()

    def _load(self, mode: Mode) -> None:
        if self.chosen is not None:
            self.loaded.emit(self.chosen, mode)

    def _name(self, kept: KeptMask, name: str) -> None:
        if name and name != kept.name:
            self.renamed.emit(kept.id, name)
        else:
            self._show()

    def _forget(self) -> None:
        if self.chosen is not None:
            self.dropped.emit(self.chosen.id)

    def _hear(self, change: Changed) -> None:
        if change.what & (What.PHOTO | What.KEPT):
            self._show()

    def _show(self) -> None:
        """The masks as they are now, the one that was chosen chosen again; one that was wished is named."""
        before, at = self.chosen, self.list.currentRow()
        known = {kept.id for kept in self.list.things}
        all_ = self._document.state.kept
        ids = [kept.id for kept in all_]
        came = bool(ids) and ids[-1] not in known and self._names
        if came:
            at = len(ids) - 1
        elif before is not None and before.id in ids:
            at = ids.index(before.id)
        self.list.fill(all_, _item, min(max(at, 0), len(ids) - 1))
        self._enable()
        if came:
            self._names = False
            self.list.setFocus()
            self.list.edit_name()

    def _enable(self) -> None:
        for button in (*self.modes.values(), self.rename, self.forget):
            button.setEnabled(self.chosen is not None)
        self.keep.setEnabled(self._document.state.photo is not None)


def _item(kept: KeptMask) -> QListWidgetItem:
    return QListWidgetItem(_icon(kept.mask), kept.name)


def _icon(mask: Mask) -> QIcon:
    """The mask small, white on black."""
    width, height = mask.size
    factor = 1
    while factor < 256 and (
        width > factor * PICTURE.width() * FINE or height > factor * PICTURE.height() * FINE
    ):
        factor *= 2
    small = mask.reduced(rects.whole(mask.size), factor)
    image = of_rgb(np.repeat(small[..., None], 3, axis=2))
    return QIcon(QPixmap.fromImage(image))
