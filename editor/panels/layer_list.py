"""The rows of the layers: an eye, a picture, a name, and what there is to say of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import (
    QAbstractItemModel,
    QCoreApplication,
    QEvent,
    QItemSelectionModel,
    QPoint,
    QRect,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from core.document.layer import Variant, is_outdated
from core.document.recipe import named
from core.document.state import State
from core.photo.photo import Photo
from editor.icons import SIZE, icon
from editor.widgets import empty
from editor.widgets.image import of_rgba
from editor.widgets.rows import DETAIL, GAP, HEIGHT, ID, IMAGE, PICTURE, Index, PictureRow, row_color

SQUARE = 8
MASKED = Qt.ItemDataRole.UserRole + 3


def tr(text: str) -> str:
    return QCoreApplication.translate("LayerList", text)


@dataclass(frozen=True)
class LayerRow:
    """What a row says of a layer."""

    id: str
    name: str
    visible: bool
    detail: str
    tip: str
    image: QImage

    @staticmethod
    def of(state: State, index: int, image: QImage) -> "LayerRow":
        layer = state.layers[index]
        request = layer.variant.request
        outdated = layer.visible and is_outdated(state.layers, index)  # hidden, it stands on nothing
        said = [] if layer.opacity == 1 else [tr("{n:.0f} %").format(n=100 * layer.opacity)]
        if layer.others:
            said.append(tr("{i} of {n} variants").format(i=layer.place, n=len(layer.others) + 1))
        if outdated:
            said.append(tr("outdated"))
        tip = [layer.name] if request is None else [named(request), tr("seed {n}").format(n=request.seed)]
        if outdated:
            tip.append(tr("What lies below has changed since: Run Again draws it over what is there now."))
        return LayerRow(layer.id, layer.name, layer.visible, " · ".join(said), "\n".join(tip), image)


class LayerList(QListWidget):
    """The topmost layer first, the photo last. Every change is told, none is made here.

    chosen       a layer's id, "" for the photo, and those of all that are chosen (Ctrl or Shift held)
    shownChanged  its eye was clicked;  renamed: a name was typed into its row
    moved        those that are chosen were dropped somewhere: their place among the others, 0 the lowest
    showWanted   Space was pressed;  deleteWanted: Delete was;  menuWanted: where
    maskWanted   its picture was double-clicked
    """

    chosen = Signal(str, list)
    shownChanged = Signal(str, bool)
    renamed = Signal(str, str)
    moved = Signal(int)
    showWanted = Signal()
    maskWanted = Signal()
    deleteWanted = Signal()
    menuWanted = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self._empty = True
        self._marked, self._masked = "", False
        self._purpose = self.tr(
            "Accepted edits gather here as layers. Each can be hidden, faded, moved or deleted: the photo "
            "itself is never touched."
        )
        self.setAccessibleName(self.tr("Layers"))
        self.setAccessibleDescription(self._purpose)
        self.setToolTip(
            self.tr(
                "Space shows or hides, F2 renames, Delete deletes; drag to reorder; "
                "a double-click on the picture shows its mask. Ctrl or Shift held, a click chooses several."
            )
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setUniformItemSizes(True)
        self.setMinimumHeight(HEIGHT + 2 * self.frameWidth())
        self._delegate = LayerDelegate(self)
        self.setItemDelegate(self._delegate)
        self.currentItemChanged.connect(self._choose)
        self.itemSelectionChanged.connect(self._choose)
        self.itemChanged.connect(self._take)

    def sizeHint(self) -> QSize:
        return QSize(200, 3 * HEIGHT + 2 * self.frameWidth())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Without a layer it says what comes here."""
        super().paintEvent(event)
        if self._empty:
            below = self.visualItemRect(self.item(0)).bottom() + 1 if self.count() else 0
            empty.say(self, self._purpose, self.tr("Accepted edits gather here."), below=below)

    def show_layers(self, layers: Sequence[LayerRow], photo: Photo | None) -> None:
        """Rows for these layers, given from the lowest up, and for the photo."""
        rows = len(layers) + (photo is not None)
        self._empty = not layers
        with QSignalBlocker(self):
            while self.count() > rows:
                self.takeItem(self.count() - 1)
            while self.count() < rows:
                self.addItem(QListWidgetItem())
            for row, layer in enumerate(reversed(layers)):
                _fill(self.item(row), layer)  # in its place, for it may be what tells the change
            if photo is not None:
                _fill_photo(self.item(len(layers)), photo)

    def mark(self, layer: str, chosen: Collection[str], masked: bool) -> None:
        """The chosen layer, "" for the photo, and all that are chosen; masked: its own mask is worked on."""
        self._marked, self._masked = layer, masked
        with QSignalBlocker(self):
            for row in range(self.count()):
                item = self.item(row)
                here = item.data(ID) == layer
                item.setData(MASKED, here and masked)
                wanted = here or item.data(ID) in chosen
                if item.isSelected() is not wanted:  # else Shift would no longer extend what it has chosen
                    item.setSelected(wanted)
                if here and item is not self.currentItem():
                    self.setCurrentItem(item, QItemSelectionModel.SelectionFlag.NoUpdate)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.deleteWanted.emit()
        elif event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.showWanted.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On an eye it shows or hides, and leaves what is chosen as it is."""
        if not self._press_eye(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the picture: its mask; on the name: another name."""
        item = self.itemAt(event.position().toPoint())
        if self._press_eye(event) or item is None or not item.data(ID):
            return
        x = event.position().toPoint().x() - self.visualItemRect(item).left()
        if x >= LayerDelegate.PICTURE_AT + PICTURE.width() + GAP // 2:
            self.editItem(item)
        elif x >= LayerDelegate.PICTURE_AT:
            self.maskWanted.emit()

    def _press_eye(self, event: QMouseEvent) -> bool:
        at = event.position().toPoint()
        item = self.itemAt(at)
        if item is None or not item.data(ID) or event.button() != Qt.MouseButton.LeftButton:
            return False
        if not self._delegate.eye(self.visualItemRect(item)).adjusted(-GAP, -GAP, GAP, GAP).contains(at):
            return False
        shown = item.checkState() is Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if shown else Qt.CheckState.Checked)
        return True

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.currentItem()
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and item is not None:
            at = self.viewport().mapToGlobal(self.visualItemRect(item).center())
        self.menuWanted.emit(at)

    def dropEvent(self, event: QDropEvent) -> None:
        """Only told: the document moves it, and the rows follow."""
        below = range(self._dropped_at(event.position().toPoint()), self.count())
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        if any(item.data(ID) for item in self.selectedItems()):
            rest = [item for item in map(self.item, below) if item.data(ID) and not item.isSelected()]
            self.moved.emit(len(rest))

    def _dropped_at(self, at: QPoint) -> int:
        """The row before which it was let go."""
        index = self.indexAt(at)
        if not index.isValid():
            return self.count()
        below = at.y() > self.visualRect(index).center().y()
        return index.row() + below

    def _choose(self) -> None:
        """The selection and the current row change one after the other, by the mouse and by keys in another
        order: until they agree, what was chosen before stays.
        """
        current, selected = self.currentItem(), self.selectedItems()
        ids = [item.data(ID) for item in selected if item.data(ID)]
        if current is not None and selected:
            first = current.data(ID) if current.isSelected() else self._marked
            self.chosen.emit(first if first in ids or not ids else ids[-1], ids)
        if not selected or 0 < len(ids) < len(selected):  # one is always chosen, the photo by itself alone
            self.mark(self._marked, ids, self._masked)

    def _take(self, item: QListWidgetItem) -> None:
        """A row was changed by hand: its eye, or its name."""
        layer, name, shows = item.data(ID), item.text(), item.checkState() is Qt.CheckState.Checked
        if shows != item.data(LayerDelegate.WAS_SHOWN):
            self.shownChanged.emit(layer, shows)
        elif name.strip() and name != item.data(LayerDelegate.WAS_CALLED):
            self.renamed.emit(layer, name.strip())
        else:
            with QSignalBlocker(self):
                item.setText(item.data(LayerDelegate.WAS_CALLED))  # no layer is without a name


class LayerDelegate(PictureRow):
    """A row with an eye before its picture, and a name to edit."""

    PICTURE_AT = GAP + SIZE + GAP
    WAS_SHOWN, WAS_CALLED = (Qt.ItemDataRole.UserRole + n for n in (8, 9))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if index.data(ID):
            shown = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
            color = option.palette.color(row_color(option)).name()
            icon("eye" if shown else "eye-closed", color).paint(painter, self.eye(option.rect))
        if index.data(MASKED):
            marked = bool(option.state & QStyle.StateFlag.State_Selected)
            role = row_color(option) if marked else QPalette.ColorRole.Highlight
            painter.setPen(option.palette.color(role))
            painter.drawRect(self.picture(option.rect, index.data(IMAGE)).adjusted(-2, -2, 1, 1))

    def editorEvent(
        self,
        event: QEvent,  # noqa: ARG002
        model: QAbstractItemModel,  # noqa: ARG002
        option: QStyleOptionViewItem,  # noqa: ARG002
        index: Index,  # noqa: ARG002
    ) -> bool:
        """Qt's would take a click on the eye: the list does, before it chooses anything."""
        return False

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: ARG002
        editor.setGeometry(self.words(option.rect).adjusted(-4, 4, 0, -4))

    def eye(self, rect: QRect) -> QRect:
        """Where it is, in the rectangle of a row."""
        return QRect(rect.left() + GAP, rect.center().y() - SIZE // 2, SIZE, SIZE)


def _fill(item: QListWidgetItem, layer: LayerRow) -> None:
    seen = tr("visible") if layer.visible else tr("hidden")
    flags = Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsDragEnabled
    item.setFlags(flags | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    item.setText(layer.name)
    item.setCheckState(Qt.CheckState.Checked if layer.visible else Qt.CheckState.Unchecked)
    item.setToolTip(layer.tip)
    said = ", ".join(part for part in (layer.name, seen, layer.detail) if part)
    values = {
        ID: layer.id, DETAIL: layer.detail, IMAGE: layer.image,
        LayerDelegate.WAS_SHOWN: layer.visible, LayerDelegate.WAS_CALLED: layer.name,
        Qt.ItemDataRole.AccessibleTextRole: said,
    }  # fmt: skip
    for role, value in values.items():
        item.setData(role, value)


def _fill_photo(item: QListWidgetItem, photo: Photo) -> None:
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    item.setText(tr("Photo"))
    item.setToolTip(tr("The picture as it was opened; it is never touched."))
    small = sampled(photo.pixels)
    image = of_rgba(photo.space.to_srgb(small), np.full(small.shape[:2], 255, np.uint8))
    for role, value in {
        ID: "",
        DETAIL: photo.name,
        IMAGE: image,
        LayerDelegate.WAS_CALLED: tr("Photo"),
    }.items():
        item.setData(role, value)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, tr("Photo, {name}").format(name=photo.name))


def thumbnail(variant: Variant) -> QImage:
    """What was drawn, cut out by its mask, over grey squares."""
    drawn, mask = sampled(variant.drawn), sampled(variant.soft(variant.box))
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    squares = np.where((x // SQUARE + y // SQUARE) % 2, 0x9A, 0x66).astype(np.uint16)[..., None]
    share = mask[..., None].astype(np.uint16)
    mixed = (drawn * share + squares * (255 - share) + np.uint16(127)) // np.uint16(255)
    return of_rgba(mixed.astype(np.uint8), np.full(mask.shape, 255, np.uint8))


def sampled(array: np.ndarray) -> np.ndarray:
    """Every so many pixels of a picture, so that it fills a thumbnail on a screen of double density."""
    height, width = array.shape[:2]
    step = max(height / (2 * PICTURE.height()), width / (2 * PICTURE.width()))
    count = max(1, round(height / step)), max(1, round(width / step))
    rows, columns = (
        np.linspace(0, side - 1, n).astype(int) for side, n in zip((height, width), count, strict=True)
    )
    return array[np.ix_(rows, columns)]
