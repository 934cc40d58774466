"""Which layers keys, menus and brush mean: a choice of the window, no part of what is undone."""

from collections.abc import Callable, Collection

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.document import commands
from core.document.commands import Command
from core.document.layer import Layer, Variant
from core.document.layer_commands import erase_layer, paint_layer, put_variant, select_layer
from core.document.mask import Mask
from core.document.plane import Plane
from core.document.state import State
from core.document.strokes import Mode
from core.photo.masks.patch import Patch
from core.photo.rect import Rect


class ChosenLayer(QObject):
    """One layer, and others that may be chosen with it.

    changed  another layer is chosen, or its mask is worked on, or no longer
    """

    changed = Signal()

    def __init__(self, state: Callable[[], State], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._id: str | None = None
        self._beside = frozenset[str]()  # chosen with it
        self._at = 0  # where it lay last
        self._masked = False
        self._plane: tuple[np.ndarray, Plane] | None = None  # a layer's mask, and as a plane of the photo

    @property
    def layer(self) -> Layer | None:
        """The chosen layer; None for none, and for one that is no longer there."""
        return next((layer for layer in self._state().layers if layer.id == self._id), None)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All that are chosen, the lowest first."""
        return tuple(one for one in self._state().layers if one.id == self._id or one.id in self._beside)

    @property
    def index(self) -> int:
        """Where it lies, 0 at the bottom; −1 for none."""
        ids = [layer.id for layer in self._state().layers]
        return ids.index(self._id) if self._id in ids else -1

    @property
    def merging(self) -> tuple[Layer, ...]:
        """Those that can be made one, the lowest first: all that are chosen, or the chosen one and what lies
        below it. None if any of them is hidden.
        """
        many, at = self.layers, self.index
        if len(many) < 2:
            many = self._state().layers[at - 1 : at + 1] if at > 0 else ()
        return many if all(layer.visible for layer in many) else ()

    @property
    def masked(self) -> Layer | None:
        """The layer whose own mask is shown and worked on; None: it is the mask of the next edit."""
        return self.layer if self._masked else None

    def choose(self, layer: str | None, beside: Collection[str] = (), *, masked: bool = False) -> None:
        """Mean this layer, by its id, from now on. masked: brush and eraser work on its own mask.

        beside: others that are shown, hidden, faded, moved, merged and deleted with it
        """
        masked = masked and layer is not None
        others = frozenset(beside) - {layer} if layer is not None else frozenset[str]()
        if (layer, others, masked) != (self._id, self._beside, self._masked):
            self._id, self._beside, self._masked = layer, others, masked
            self._at = max(0, self.index)
            self.changed.emit()

    def follow(self, before: tuple[Layer, ...], *, mask: bool) -> None:
        """The document has changed: a layer that came is chosen, unless the mask of another one is worked on;
        for one that went, what lies in its place.

        before: the layers until now;  mask: that of the next edit has changed, and so has to be seen
        """
        layers, known = self._state().layers, {layer.id for layer in before}
        came = [layer.id for layer in layers if layer.visible and layer.id not in known]
        if came and self.masked is None:
            self.choose(came[-1])
        elif self._id is not None and self.layer is None:
            self.choose(layers[min(self._at, len(layers) - 1)].id if layers else None)
        elif mask:
            self.choose(self._id, self._beside)
        self._at = max(0, self.index)

    def stroke(self, rect: Rect, patch: Patch, *, erases: bool) -> Command:
        """What a dab does, to the mask that is worked on: uint8 (h, w) at `rect`."""
        layer = self.masked
        if layer is None:
            return (commands.erase if erases else commands.paint)(rect, patch)
        return (erase_layer if erases else paint_layer)(layer.id, rect, patch)

    def selection(self, plane: Plane, mode: Mode) -> Command:
        """What a selection does to the mask that is worked on."""
        layer = self.masked
        return commands.select(plane, mode) if layer is None else select_layer(layer.id, plane, mode)

    @property
    def subject(self) -> Mask | Variant:
        """What a selection is put into: the mask of the next edit, asleep or not, or what a layer shows."""
        layer, state = self.masked, self._state()
        return state.mask.awake(state.draft) if layer is None else layer.variant

    def becomes(self, after: Mask | Variant) -> Command:
        """That becomes what was made of it."""
        layer = self.masked
        if isinstance(after, Mask) or layer is None:
            assert isinstance(after, Mask)
            return commands.put_mask(after)
        return put_variant(layer.id, after)

    def mask(self) -> Mask:
        """The mask that is worked on: the layer's own, as one of the photo, or that of the next edit, which
        is there though it sleeps.
        """
        layer, mask = self.masked, self._state().mask
        if layer is None:
            return mask.awake(self._state().draft)
        variant = layer.variant
        if self._plane is None or self._plane[0] is not variant.mask:
            self._plane = variant.mask, Plane().with_max(variant.box, variant.mask)
        return Mask(mask.size, strokes=variant.retouch.over(self._plane[1]))
