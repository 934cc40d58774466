"""How the two predictions of a step are combined, and when one of them is enough."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.diffusion.weight import Rescale
from editor.bind import bind
from editor.document.document import Changed, Document, What
from editor.widgets.choice import Choice, Option, row
from editor.widgets.number import NumberSlider, Span


class Combining(QWidget):
    """Rescale, the numbers of the projection while it is chosen, and the adaptive skip."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self._build()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (row(self.tr("Rescale"), self.rescale), self.eta, self.radius, self.skip):
            column.addWidget(widget)
        self.skip.slider.origin = self.skip.slider.maximum()  # 1 is never
        bind(document, "draft.rescale", self.rescale)
        bind(document, "draft.projection.eta", self.eta)
        bind(document, "draft.projection.radius", self.radius)
        bind(document, "draft.skip", self.skip)
        document.changed.connect(self._hear)
        self._show()

    def _build(self) -> None:
        self.rescale = Choice(
            self.tr("Rescale"), self.tr("Keeps strong guidance from overshooting."), self._rescales()
        )
        self.eta = NumberSlider(
            self.tr("Parallel"),
            Span(0, 1, 0.01, 2),
            self.tr(
                "How much is kept of the part of the pull that only makes what is there stronger: "
                "0 none, 1 all, as without projection. η of projected guidance."
            ),
        )
        self.radius = NumberSlider(
            self.tr("Radius"),
            Span(0, 20, 0.1, 1, typed=(0, 1000)),
            self.tr(
                "The longest that the pull may be at a step; 0 sets no limit. "
                "Norm threshold r of projected guidance, on x̂0: it grows with the side of the picture."
            ),
        )
        self.skip = NumberSlider(
            self.tr("Skip at"),
            Span(0.98, 1, 0.0005, 4, typed=(0, 1)),
            self.tr(
                "From the step on at which the predictions with and without your prompt point this much the "
                "same way, only the prompt's is asked for, at half the cost; 1 never skips. "
                "Adaptive guidance: cos(t, u) of x̂0 inside the mask, the dotted line below."
            ),
        )

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT:
            self._show()

    def _show(self) -> None:
        projected = self._document.state.draft.rescale is Rescale.PROJECTED
        for slider in (self.eta, self.radius):
            slider.setVisible(projected)

    def _rescales(self) -> tuple[Option, ...]:
        return (
            Option(self.tr("Off"), Rescale.OFF, self.tr("Plain classifier-free guidance.")),
            Option(
                self.tr("Prediction"),
                Rescale.PREDICTION,
                self.tr(
                    "The result keeps the length of the unguided prediction, p·‖u‖/‖p‖: safe, adds texture."
                ),
            ),
            Option(
                self.tr("Update"),
                Rescale.UPDATE,
                self.tr(
                    "The pull has the same length at every step, (t−u)·‖u‖/‖t−u‖: changes the composition."
                ),
            ),
            Option(self.tr("Both"), Rescale.BOTH, self.tr("The update, then the prediction.")),
            Option(
                self.tr("Contrast"),
                Rescale.STD,
                self.tr("Brings the contrast back to the prompt's own prediction: std rescale, φ = 0.7."),
            ),
            Option(
                self.tr("Projected"),
                Rescale.PROJECTED,
                self.tr(
                    "Leaves out the part of the pull that only strengthens colours that are there: "
                    "adaptive projected guidance (APG)."
                ),
            ),
        )
