"""What is seen of variants: the strip over the picture, and the one that is chosen in the picture's place."""

from PySide6.QtCore import QObject, Signal

from core.document.layer import Layer, Variant
from core.document.order import Order
from editor.canvas.variants.cell import VariantCell
from editor.canvas.variants.strip import VariantStrip
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.flows.runs import looks
from editor.flows.runs.drawings import Drawing, Drawings
from editor.widgets.dotted import dotted
from editor.widgets.image import of_rgb

Halted = tuple[Order, Variant]  # a stopped order, and what it had reached


class VariantView(QObject):
    """covering: one that may be kept lies over the picture, or none does any more."""

    covering = Signal(bool)

    def __init__(self, document: Document, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._document, self._canvas = document, canvas
        self.strip = VariantStrip(canvas)
        self.strip.placed.connect(canvas.leave_below)
        self._covers = False

    def show(self, drawings: Drawings, halted: Halted | None = None) -> None:
        """The canvas shows the one that is chosen, if it is finished, or what a stopped one had reached; the
        strip all of them.
        """
        one, picture = drawings.shown, self._document.composite
        seen = _seen(one, halted)
        if seen is None or picture is None:
            self._canvas.show_instead(None)
        else:
            self._canvas.show_instead(picture.under(self._layers(*seen)))
        if self._covers != (seen is not None):
            self._covers = seen is not None
            self.covering.emit(self._covers)
        if one is None:
            self.strip.put_away()
        else:
            self.strip.open()
            self.show_cells(drawings)

    def _layers(self, order: Order, variant: Variant) -> tuple[Layer, ...]:
        """Those of the document, as they would be with this one kept."""
        layers = self._document.state.layers
        home = order.home(layers)
        if home is None:
            at = order.place(layers)
            return (*layers[:at], Layer("", variant), *layers[at:])
        at = self._document.state.index(home)
        shown = layers[at].with_(variant=variant.retouched_as(layers[at].variant), visible=True)
        return (*layers[:at], shown, *layers[at + 1 :])

    def show_cells(self, drawings: Drawings) -> None:
        """How far they are, and which are marked."""
        at, n = drawings.at, len(drawings)
        cells = [self._cell(i, n, one) for i, one in enumerate(drawings.all, start=1)]
        marked = sum(cell.marked for cell in cells if cell is not cells[at])
        says = self._said(at + 1, n, drawings.all[at])
        if marked:
            says.append(self.tr("others marked: {n}").format(n=marked))
        drawn = len(drawings.finished)
        if drawn < n and all(one.share is None for one in drawings.all):  # the rest is held
            says.append(self.tr("{drawn} of {n} drawn").format(drawn=drawn, n=n))
        self.strip.show_cells(cells, at, dotted(says))

    def _cell(self, i: int, n: int, one: Drawing) -> VariantCell:
        said = " · ".join(self._said(i, n, one))
        if one.drawn is not None:
            return VariantCell(said, one.image, drawn=True, marked=one.marked)
        image = None
        if one.preview is not None:
            box = None if one.order.mask is None else one.order.mask.box
            size = self._document.state.mask.size
            image = of_rgb(looks.of_preview(one.preview, box, size)).copy()
        return VariantCell(said, image, one.share)

    def _said(self, i: int, n: int, one: Drawing) -> list[str]:
        """Which of them it is, its seed, and how it stands."""
        said = [
            self.tr("{i} of {n}").format(i=i, n=n),
            self.tr("seed {seed}").format(seed=one.order.request.seed),
        ]
        if one.halted:
            said.append(self.tr("stopped"))
        elif one.drawn is None:
            said.append(self.tr("waiting") if one.share is None else self.tr("being drawn"))
        elif one.marked:
            said.append(self.tr("marked"))
        return said


def _seen(shown: Drawing | None, halted: Halted | None) -> Halted | None:
    """What lies over the picture, and what that was asked for by."""
    if shown is not None and shown.drawn is not None:
        return shown.order, shown.drawn.variant
    is_halted = halted is not None and (shown is None or shown.order.id == halted[0].id)
    return halted if is_halted else None
