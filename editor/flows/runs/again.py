"""Run again: another drawing in a layer's place, over what lies below it."""

from PySide6.QtCore import QObject

from core.document.layer import Layer
from core.document.order import Order
from core.document.recipe import unsigned
from core.edit.request import EditRequest
from core.edit.variants import reseeded
from core.edit.words.lora_tags import without_tags
from core.photo.masks.boxed import BoxedMask
from editor.document.document import Document
from editor.flows.runs.runs import Runs
from editor.widgets.seed import roll


class Again(QObject):
    """What was shown before is kept beside it. Nothing happens without a chosen layer that has a recipe."""

    def __init__(self, document: Document, runs: Runs) -> None:
        super().__init__(runs)
        self._document, self._runs = document, runs

    def with_another_seed(self) -> None:
        """The same recipe through the same mask, from other noise."""
        layer = self._document.chosen.layer
        if layer is not None and layer.variant.request is not None:
            request = reseeded(unsigned(layer.variant.request), roll())
            self._draw(layer, request, layer.variant.region)

    def with_present_settings(self) -> None:
        """Prompts, settings, model and mask as they are now; the layer's own mask where there is none now."""
        self._runs.asks.asked.emit()
        self._runs.asks.when_masked(self._with_present_settings)

    def _with_present_settings(self) -> None:
        layer, document = self._document.chosen.layer, self._document
        request = self._runs.asks.placed(document.request(), document.state)
        if layer is None or not without_tags(request.query).strip():
            return
        mask = document.mask()
        self._draw(layer, request, layer.variant.region if mask is None else mask)

    def _draw(self, layer: Layer, request: EditRequest, mask: BoxedMask | None) -> None:
        document = self._document
        composite = document.composite
        if composite is None:
            return
        below = document.state.layers[: document.chosen.index]
        own = mask is None or mask is layer.variant.region
        strokes = None if own else document.state.mask.strokes
        self._runs.line_up(
            Order(request, document.state, composite.under(below), mask, strokes, again=layer.id)
        )
