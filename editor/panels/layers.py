"""The layers, topmost first, and the photo under them."""

from collections.abc import Callable
from weakref import WeakKeyDictionary

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from core.document import several
from core.document.layer import Layer, Variant
from core.document.layer_commands import rename_layer, set_opacity, show_layer
from core.edit.parameter import Slide
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.panels.layer_list import LayerList, LayerRow, thumbnail
from editor.widgets.icons import IconButton
from editor.widgets.number import NumberSlider

OPACITY = Slide(0, 100, 1, 0, "%", factor=100)


class LayersPanel(QWidget):
    """wished: an action of the table, by its id, that a button stands for."""

    wished = Signal(str)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._gesture = 0
        self.fill_menu: Callable[[QMenu], None] = lambda _: None  # with what can be done to the layer
        self._seen: object = None  # the layers that the rows show
        self._images: WeakKeyDictionary[Variant, QImage] = WeakKeyDictionary()
        self.list = LayerList()
        self.opacity = NumberSlider(
            self.tr("Opacity"),
            OPACITY,
            self.tr("How much of the chosen layer is seen over what is below."),
        )
        self.opacity.entry.setAccessibleName(self.tr("Layer opacity"))  # as it is read out and searched for
        self.opacity.setValue(1.0)
        self.buttons = self._buttons()
        self._arrange()
        self._bind()
        self._show()

    def rename(self) -> None:
        """Edit the chosen layer's name in its row."""
        item = self.list.currentItem()
        if self._document.chosen.layer is not None and item is not None:
            self.list.setFocus()
            self.list.editItem(item)

    def _buttons(self) -> dict[str, IconButton]:
        table = (
            ("run-again", "arrows-clockwise", self.tr("Run again"),
             self.tr("Draw it once more from another seed; what is shown now is kept as a variant")),
            ("variant-next", "arrow-circle-right", self.tr("Next variant"),
             self.tr("Show another of the drawings in this layer's place")),
            ("layer-mask", "selection", self.tr("Work on the layer's mask"),
             self.tr("Brush and eraser work on this layer's own mask (double-click on its picture)")),
            ("layer-recipe", "list", self.tr("Recipe"),
             self.tr("What it was drawn with, beside the settings of now")),
            ("layer-duplicate", "copy-simple", self.tr("Duplicate"), self.tr("The same layer once more")),
            ("layer-merge", "arrow-line-down", self.tr("Merge down"),
             self.tr("Make one layer of this one and the one below, or of several that are chosen")),
            ("layer-delete", "trash", self.tr("Delete the layer"),
             self.tr("Delete the chosen layer (Delete). Undo brings it back.")),
        )  # fmt: skip
        checked = {"layer-mask": "selection-fill"}
        return {name: IconButton(icon, label, tip, checked.get(name, "")) for name, icon, label, tip in table}

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        for name, button in self.buttons.items():
            if name == "layer-delete":
                row.addStretch(1)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(4)
        column.addWidget(self.opacity)
        column.addWidget(self.list, 1)
        column.addLayout(row)

    def _bind(self) -> None:
        document, rows = self._document, self.list
        rows.chosen.connect(lambda layer, all_: document.chosen.choose(layer or None, all_))
        rows.shownChanged.connect(self._toggle)
        rows.renamed.connect(self._rename)
        rows.moved.connect(self._move)
        rows.showWanted.connect(lambda: self.wished.emit("layer-show"))
        rows.maskWanted.connect(lambda: self.wished.emit("layer-mask"))
        rows.deleteWanted.connect(lambda: self.wished.emit("layer-delete"))
        rows.menuWanted.connect(self._open_menu)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.wished.emit(name))
        self.opacity.gestureStarted.connect(self._begin_gesture)
        self.opacity.valueChanged.connect(self._fade)
        document.changed.connect(self._hear)
        document.chosen.changed.connect(self._show)

    def _hear(self, change: Changed) -> None:
        """Not with each dab of a stroke on a layer's mask: at its end."""
        settled = change.what & (What.HISTORY | What.PHOTO)
        if settled and (change.what & What.PHOTO or self._seen is not self._document.state.layers):
            self._show()

    def _show(self) -> None:
        state, chosen = self._document.state, self._document.chosen
        self._seen = state.layers
        rows = [LayerRow.of(state, at, self._image(layer.variant)) for at, layer in enumerate(state.layers)]
        self.list.show_layers(rows, state.photo)
        layer = chosen.layer
        self.list.mark(layer.id if layer else "", self._ids, chosen.masked is not None)
        self.opacity.setEnabled(layer is not None)
        for name, button in self.buttons.items():
            button.setEnabled(self._possible(name, layer))
        self.buttons["layer-mask"].setChecked(chosen.masked is not None)
        with QSignalBlocker(self.opacity):
            self.opacity.setValue(1.0 if layer is None else layer.opacity)

    def _image(self, variant: Variant) -> QImage:
        """Made once for each that is there."""
        if variant not in self._images:
            self._images[variant] = thumbnail(variant)
        return self._images[variant]

    def _possible(self, name: str, layer: Layer | None) -> bool:
        if layer is None:
            return False
        if name == "layer-merge":
            return bool(self._document.chosen.merging)
        if len(self._document.chosen.layers) > 1:
            return name == "layer-delete"
        if name in ("run-again", "layer-recipe"):
            return layer.variant.request is not None
        return name != "variant-next" or bool(layer.others)

    def _toggle(self, layer: str, visible: bool) -> None:
        """Its eye was clicked: of one among several that are chosen, it stands for all of them."""
        ids = self._ids if layer in self._ids else [layer]
        one = (self.tr("Hide layer"), self.tr("Show layer"))
        text = one if len(ids) == 1 else (self.tr("Hide layers"), self.tr("Show layers"))
        command = several.each(ids, lambda id_: show_layer(id_, visible))
        self._document.apply(command, text[visible], source=self)

    def _rename(self, layer: str, name: str) -> None:
        self._document.apply(rename_layer(layer, name), self.tr("Rename layer"), source=self)

    def _move(self, index: int) -> None:
        ids = self._ids
        text = self.tr("Move layer") if len(ids) == 1 else self.tr("Move layers")
        self._document.apply(several.move(ids, index), text, source=self)

    def _fade(self, opacity: float) -> None:
        ids = self._ids
        if ids:
            command = several.each(ids, lambda layer: set_opacity(layer, opacity))
            merge = ("opacity", *ids, self._gesture)
            self._document.apply(command, self.tr("Layer opacity"), merge=merge, source=self)

    @property
    def _ids(self) -> list[str]:
        """Of the chosen layers, the lowest first."""
        return [layer.id for layer in self._document.chosen.layers]

    def _begin_gesture(self) -> None:
        self._gesture += 1

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        menu.popup(at)
