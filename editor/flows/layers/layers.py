"""What the Layer menu does to the chosen layers: each is one undo entry."""

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from core.document import layer_commands as commands
from core.document import several
from core.document.commands import Command
from core.document.layer import Layer
from core.document.recipe import reuse
from core.errors import InputError
from editor.banner import Banner
from editor.document.document import Document
from editor.tint import Tint


class LayerMenu(QObject):
    """Nothing happens without a chosen layer."""

    def __init__(self, document: Document, tint: Tint, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._document, self._tint, self._banner, self._window = document, tint, banner, window

    def toggle(self) -> None:
        """Show or hide it; several are hidden if any of them is shown."""
        layers = self._document.chosen.layers
        if layers:
            visible = not any(layer.visible for layer in layers)
            one = (self.tr("Hide layer"), self.tr("Show layer"))
            text = one if len(layers) == 1 else (self.tr("Hide layers"), self.tr("Show layers"))
            ids = [layer.id for layer in layers]
            self._do(several.each(ids, lambda id_: commands.show_layer(id_, visible)), text[visible])

    def duplicate(self) -> None:
        layer = self._chosen
        if layer is not None:
            name = self.tr("{name} copy").format(name=layer.name)
            self._do(commands.duplicate_layer(layer.id, name), self.tr("Duplicate layer"))

    def merge_down(self) -> None:
        """Onto the one below; several become one."""
        ids = [layer.id for layer in self._document.chosen.merging]
        if ids and self._do(several.merge(ids), self.tr("Merge layers")):
            self._document.chosen.choose(ids[0])

    def up(self) -> None:
        self._move(1)

    def down(self) -> None:
        self._move(-1)

    def delete(self) -> None:
        ids = [layer.id for layer in self._document.chosen.layers]
        if ids:
            text = self.tr("Delete layer") if len(ids) == 1 else self.tr("Delete layers")
            self._do(several.each(ids, commands.delete_layer), text)

    def work_on_mask(self, on: bool) -> None:
        """Brush and eraser work on its own mask, which is shown; or on that of the next edit again."""
        layer = self._chosen
        self._document.chosen.choose(None if layer is None else layer.id, masked=on)
        if on:
            self._tint.visible = True

    def next_variant(self) -> None:
        """Show what was drawn in its place before; after the last the first comes again."""
        layer = self._chosen
        if layer is not None and layer.others:
            self._do(commands.next_variant(layer.id), self.tr("Another variant"))

    def drop_variant(self) -> None:
        """Forget what is shown, and show another one in its place."""
        layer = self._chosen
        if layer is not None and layer.others:
            self._do(commands.drop_shown_variant(layer.id), self.tr("Drop variant"))

    def keep_variant(self) -> None:
        """What the next one is becomes a hidden layer of its own."""
        layer = self._chosen
        if layer is not None and layer.others:
            name = self.tr("{name} variant").format(name=layer.name)
            command = commands.keep_variant(layer.id, layer.others[0].id, name)
            self._do(command, self.tr("Keep variant as layer"))

    def use_settings(self) -> None:
        """Its recipe becomes the settings of the next edit."""
        layer = self._chosen
        if layer is not None and layer.variant.request is not None:
            text = self.tr("Use the settings of a layer")
            self._document.apply(reuse(layer.variant.request), text, settings=True)

    def recipe(self) -> None:
        """Its recipe as a list, beside the settings of now."""
        layer = self._chosen
        if layer is None or layer.variant.request is None:
            return
        from editor.flows.layers.recipe_dialog import RecipeDialog

        now = self._document.request()
        dialog = RecipeDialog(layer.name, layer.variant.request, now, self.use_settings, self._window)
        dialog.exec()
        dialog.deleteLater()

    @property
    def possible(self) -> Mapping[str, bool]:
        """Which actions make sense now, by their ids."""
        layers, chosen = self._document.state.layers, self._document.chosen
        many = len(chosen.layers) > 1
        places = self._places
        layer = None if many else chosen.layer
        there, has = layer is not None, layer is not None and layer.variant.request is not None
        more = layer is not None and bool(layer.others)
        return {
            **dict.fromkeys(("layer-show", "layer-delete"), there or many),
            **dict.fromkeys(("layer-rename", "layer-duplicate", "layer-mask"), there),
            **dict.fromkeys(("layer-recipe", "layer-settings"), has),
            **dict.fromkeys(("variant-next", "variant-drop", "variant-keep"), more),
            "layer-merge": bool(chosen.merging),
            "layer-up": bool(places) and places[-1] < len(layers) - 1,
            "layer-down": bool(places) and places[0] > 0,
        }

    @property
    def _chosen(self) -> Layer | None:
        return self._document.chosen.layer

    @property
    def _places(self) -> list[int]:
        """Where the chosen layers lie, the lowest first."""
        chosen = {layer.id for layer in self._document.chosen.layers}
        return [at for at, layer in enumerate(self._document.state.layers) if layer.id in chosen]

    def _move(self, by: int) -> None:
        """Over or under the next one that isn't chosen; several are gathered there."""
        ids, places = [layer.id for layer in self._document.chosen.layers], self._places
        if not self.possible["layer-up" if by > 0 else "layer-down"]:
            return
        index = places[-1] - len(places) + 2 if by > 0 else places[0] - 1  # among the others
        text = self.tr("Move layer") if len(ids) == 1 else self.tr("Move layers")
        self._do(several.move(ids, index), text)

    def _do(self, command: Command, text: str) -> bool:
        try:
            self._document.apply(command, text)
        except InputError as error:
            self._banner.error(error)
            return False
        return True
