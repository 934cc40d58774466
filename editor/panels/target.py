"""A colour or a brightness that the region is steered to."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QPushButton

from core.diffusion.target import Target
from core.document.commands import update_draft
from core.edit.parameter import Option
from core.edit.parameters import by_name
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.panels.controls import Controls, number, said
from editor.widgets.choice import Choice, row
from editor.widgets.section import Section

NOTHING, COLOUR, BRIGHTNESS = "nothing", "colour", "brightness"
FIRST_COLOUR, FIRST_BRIGHTNESS = "#c04030", 0.5  # to begin with, when a kind of target is chosen


class TargetSection(Section):
    """What the mean of the region should come to: a colour, a brightness or nothing in particular."""

    def __init__(self, document: Document) -> None:
        super().__init__("target", nested=True)
        self.set_title(self.tr("Colour target"))
        self._document = document
        self._gesture = 0  # drags and entries so far
        self._colour, self._brightness = FIRST_COLOUR, FIRST_BRIGHTNESS  # what a kind comes back to
        self._build()
        self.controls = Controls(document, "target", parent=self)
        first = row(self.tr("Steer to"), self.kind), self.colour_row, self.brightness
        for widget in (*first, *self.controls.holders()):
            self.rows.addWidget(widget)
        self.kind.activated.connect(lambda: self._choose(self.kind.currentData()))
        self.colour.clicked.connect(self._pick)
        self.brightness.gestureStarted.connect(self._begin)
        self.brightness.valueChanged.connect(lambda value: self._take(brightness=value))
        document.changed.connect(self._hear)
        self._show()
        self.folded = not self._target.given

    def _build(self) -> None:
        self.kind = Choice(
            self.tr("Steer to"),
            self.tr("What the region's mean is steered to while it is drawn."),
            (
                Option(NOTHING, self.tr("Nothing"), self.tr("The prompts alone say what it looks like.")),
                Option(COLOUR, self.tr("A colour"), self.tr("A mean colour; the texture is the model's.")),
                Option(BRIGHTNESS, self.tr("A brightness"), self.tr("A mean brightness, of any colour.")),
            ),
        )
        self.colour = QPushButton()
        self.colour.setIconSize(QSize(16, 16))
        self.colour.setToolTip(said(by_name()["colour-target"].tip))
        self.colour_row = row(self.tr("Colour"), self.colour)
        self.brightness = number(by_name()["brightness-target"])

    @property
    def _target(self) -> Target:
        return self._document.state.draft.target

    def _hear(self, change: Changed) -> None:
        if change.what & What.DRAFT:
            self._show()

    def _show(self) -> None:
        target = self._target
        self._colour = target.colour or self._colour
        if target.brightness is not None:
            self._brightness = target.brightness
        kind = COLOUR if target.colour else NOTHING if target.brightness is None else BRIGHTNESS
        self.kind.setCurrentIndex(self.kind.findData(kind))
        swatch = QPixmap(self.colour.iconSize())
        swatch.fill(QColor(self._colour))
        self.colour.setIcon(QIcon(swatch))
        self.colour.setText(self._colour)
        self.colour.setAccessibleName(self.tr("Colour of the target, {colour}").format(colour=self._colour))
        with QSignalBlocker(self.brightness):
            self.brightness.setValue(self._brightness)
        self.colour_row.setVisible(kind == COLOUR)
        self.brightness.setVisible(kind == BRIGHTNESS)
        for widget in self.controls.holders():
            widget.setVisible(kind != NOTHING)

    def _choose(self, kind: str) -> None:
        self._begin()
        self._take(
            colour=self._colour if kind == COLOUR else None,
            brightness=self._brightness if kind == BRIGHTNESS else None,
        )

    def _pick(self) -> None:
        colour = QColorDialog.getColor(QColor(self._colour), self, self.tr("Colour of the target"))
        if colour.isValid():
            self._begin()
            self._take(colour=colour.name())

    def _take(self, **changes: str | float | None) -> None:
        target = replace(self._target, **changes)  # type: ignore[arg-type]
        if target != self._target:
            merge = (id(self), self._gesture)
            text = self.tr("Colour target")
            self._document.apply(update_draft(target=target), text, merge=merge, settings=True)

    def _begin(self) -> None:
        self._gesture += 1
