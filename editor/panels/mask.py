"""The mask: find it, cut it, correct it, see it."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QColorDialog, QHBoxLayout, QLabel, QPushButton, QToolButton

from core.document.commands import (
    clear_mask,
    fill_mask_holes,
    invert_mask,
    set_grow,
    set_snap,
    set_threshold,
)
from core.document.mask import Mask
from core.edit.parameter import Slide
from core.edit.parameters import by_name
from editor.brush import LARGEST, SMALLEST, Brush
from editor.document.document import Changed, Document, What
from editor.icons import SIZE
from editor.panels.controls import Controls, Undoable, number
from editor.tint import Tint
from editor.widgets.icons import IconButton, quiet
from editor.widgets.number import NumberSlider
from editor.widgets.section import Section
from editor.widgets.slider import Role, Slider

BINS = 40
PAUSE = 200  # ms without a change before the covered share is counted
COUNTED = 512  # longest side on which it is counted


class HeatSlider(Slider):
    """A slider over the histogram of the heat map: what lies right of the handle is masked."""

    def __init__(self) -> None:
        super().__init__()
        self._heights = np.zeros(BINS)

    def sizeHint(self) -> QSize:
        return QSize(120, 44)

    def groove_y(self) -> float:
        return self.height() - 12

    def show_heat(self, heat: np.ndarray | None) -> None:
        """The distribution of the heat, on a logarithmic scale: most of a picture is cold."""
        counts = np.zeros(BINS) if heat is None else np.histogram(heat, BINS, (0, 1))[0]
        heights = np.log1p(counts)
        self._heights = heights / max(1.0, heights.max())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        inside, outside = self.palette().color(Role.Highlight), self.palette().color(Role.Text)
        inside.setAlpha(170)
        outside.setAlpha(60)
        left, right = self.x_of(self.minimum()), self.x_of(self.maximum())
        floor, width = self.groove_y() - 5, (right - left) / BINS
        for i, height in enumerate(self._heights):
            x = left + i * width
            painter.setBrush(inside if x + width / 2 >= self.x_of(self.value()) else outside)
            painter.drawRect(QRectF(x, floor, width - 1, -height * (floor - 2)))
        painter.end()
        super().paintEvent(event)


class MaskPanel(Section):
    """`findRequested`: find the region."""

    findRequested = Signal()

    def __init__(self, document: Document, brush: Brush, tint: Tint) -> None:
        super().__init__("mask")
        self.set_title(self.tr("Mask"))
        self._document, self._brush, self._tint = document, brush, tint
        self._running = False
        self._heat: np.ndarray | None = None  # what the threshold cuts
        self._counted: tuple[Mask, bool] | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._build()
        self._arrange()
        self._bind()
        self._show()

    def set_running(self, running: bool) -> None:
        """While a job runs no other can be asked for."""
        self._running = running
        self._show()

    def _build(self) -> None:
        self.find_button = QPushButton(self.tr("Find it"))
        self.find_button.setToolTip(
            self.tr(
                "Let the model find the region: where the two "
                "prompts disagree about the picture. "
                "DiffEdit's mask from contrasting noise predictions."
            )
        )
        self.invert = IconButton(
            "selection-inverse",
            self.tr("Invert the mask"),
            self.tr("Invert: masked becomes kept, kept becomes masked."),
        )
        self.fill = IconButton(
            "circle-half", self.tr("Fill holes"), self.tr("Fill holes: everything that the mask encloses.")
        )
        self.clear = IconButton(
            "trash",
            self.tr("Clear the mask"),
            self.tr("Clear: the found region and all brush strokes. Undo brings them back."),
        )
        self.words = QLabel()
        self.words.setWordWrap(True)
        quiet(self.words)
        self._build_cut()
        self._build_brush()
        self._build_overlay()

    def _build_cut(self) -> None:
        undoable: dict[str, Undoable] = {
            "threshold": (set_threshold, self.tr("Threshold")),
            "grow": (set_grow, self.tr("Grow the region")),
            "snap": (set_snap, self.tr("Follow the edges")),
        }
        heat = number(by_name()["threshold"], HeatSlider())
        self.controls = Controls(
            self._document, "mask", own={"threshold": heat}, undoable=undoable, parent=self
        )

    def _build_brush(self) -> None:
        self.brush_size = NumberSlider(
            self.tr("Brush"),
            Slide(1, 300, 1, 0, self.tr("px")),
            self.tr("Diameter of brush and eraser, in pixels of the photo ([ and ] on the canvas)."),
            typed=(SMALLEST, LARGEST),
        )
        self.brush_hardness = NumberSlider(
            self.tr("Hardness"),
            Slide(0, 100, 1, 0, "%", factor=100),
            self.tr("How sharp the edge of the brush is: 0 % fades from the middle, 100 % ends at once."),
        )
        self._show_brush()

    def _build_overlay(self) -> None:
        self.visible = IconButton(
            "eye-slash",
            self.tr("Show the mask"),
            self.tr("Show or hide the mask on the picture."),
            checked_icon="eye",
        )
        self.color = QToolButton()
        self.color.setAutoRaise(True)
        self.color.setFixedSize(SIZE + 8, SIZE + 8)
        self.color.setAccessibleName(self.tr("Colour of the mask"))
        self.color.setToolTip(self.tr("The colour that the mask has on the picture."))
        self.opacity = NumberSlider(
            self.tr("Tint"),
            Slide(5, 100, 1, 0, "%", factor=100),
            self.tr("How strongly the mask tints the picture. It changes nothing of the edit."),
        )
        self._show_tint()

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.find_button, 1)
        for button in (self.invert, self.fill, self.clear):
            buttons.addWidget(button)
        state = QHBoxLayout()
        state.setSpacing(4)
        for widget, stretch in ((self.words, 1), (self.color, 0), (self.visible, 0)):
            state.addWidget(widget, stretch)
        self.rows.addLayout(buttons)
        self.rows.addLayout(state)
        for widget in (
            *self.controls.holders(),
            self.brush_size,
            self.brush_hardness,
            self.opacity,
        ):
            self.rows.addWidget(widget)

    def _bind(self) -> None:
        document = self._document
        self.find_button.clicked.connect(self.findRequested)
        self.invert.clicked.connect(lambda: document.apply(invert_mask(), self.tr("Invert the mask")))
        self.fill.clicked.connect(lambda: document.apply(fill_mask_holes(), self.tr("Fill holes")))
        self.clear.clicked.connect(lambda: document.apply(clear_mask(), self.tr("Clear the mask")))
        self._bind_canvas()
        self.color.clicked.connect(self._pick_color)
        self._pause.timeout.connect(self._count)
        document.changed.connect(self._hear)

    def _bind_canvas(self) -> None:
        """Brush and tint, both ways."""
        brush, tint = self._brush, self._tint
        self.brush_size.valueChanged.connect(lambda size: setattr(brush, "size", size))
        self.brush_hardness.valueChanged.connect(lambda hardness: setattr(brush, "hardness", hardness))
        self.visible.toggled.connect(lambda shown: setattr(tint, "visible", shown))
        self.opacity.valueChanged.connect(lambda opacity: setattr(tint, "opacity", opacity))
        brush.changed.connect(self._show_brush)
        tint.changed.connect(self._show_tint)

    def _show_brush(self) -> None:
        self.brush_size.setValue(self._brush.size)
        self.brush_hardness.setValue(self._brush.hardness)

    def _show_tint(self) -> None:
        self.visible.setChecked(self._tint.visible)
        self.opacity.setValue(self._tint.opacity)
        swatch = QPixmap(SIZE, SIZE)
        swatch.fill(self._tint.color)
        self.color.setIcon(QIcon(swatch))

    def _hear(self, change: Changed) -> None:
        if change.what & (What.PHOTO | What.MASK | What.DRAFT):
            self._show()

    def _show(self) -> None:
        state = self._document.state
        mask, used = state.mask, state.draft.method.masked
        heat = None if mask.heat is None or mask.sleeps else mask.heat.on(state.draft.find.snap)
        if heat is not self._heat:
            self._heat = heat
            self.controls["threshold"].slider.show_heat(heat)
        self.find_button.setEnabled(state.photo is not None and used and not self._running)
        for control in self.controls.holders("threshold", "grow", "snap"):
            control.setEnabled(heat is not None)
        for button in (self.invert, self.fill):
            button.setEnabled(state.photo is not None)
        self.clear.setEnabled(mask.is_touched)
        if (mask, used) != self._counted:
            self._counted = (mask, used)
            self._pause.start()
            if not mask.is_touched or not used:
                self._count()

    def _count(self) -> None:
        """Say what the mask is, and how much of the picture it covers."""
        self._pause.stop()
        state = self._document.state
        self.words.setText(
            self._say(state.mask)
            if state.draft.method.masked
            else self.tr("Not used: the method changes the whole picture.")
        )

    def _say(self, mask: Mask) -> str:
        if not mask.is_touched:
            return self.tr("No mask yet. Find it, or paint it with the brush.")
        if mask.sleeps:
            return (
                self.tr("Your strokes stay; the rest was found for other prompts, and is found anew.")
                if mask.is_corrected
                else self.tr("Found for other prompts: Repaint finds it anew for these.")
            )
        covered = coverage(mask)
        share = self.tr("less than 1 %") if 0 < covered < 0.01 else f"{covered:.0%}".replace("%", " %")
        if mask.heat is not None and mask.heat.same:
            return self.tr("Nothing found: to the model both prompts say the same about this picture.")
        if covered == 0:
            return self.tr("The mask is empty. Lower the threshold, or paint.")
        made = (
            (self.tr("Found and corrected") if mask.is_corrected else self.tr("Found"))
            if mask.heat
            else self.tr("Painted")
        )
        return self.tr("{made}: the mask covers {share} of the picture.").format(made=made, share=share)

    def _pick_color(self) -> None:
        color = QColorDialog.getColor(self._tint.color, self, self.tr("Colour of the mask"))
        if color.isValid():
            self._tint.color = color


def coverage(mask: Mask) -> float:
    """The share of the picture that the mask covers, in [0, 1], counted on a reduced copy."""
    width, height = mask.size
    if not width or not height:
        return 0.0
    factor = 1
    while factor < 256 and max(width, height) > factor * COUNTED:
        factor *= 2
    return float(mask.reduced((0, 0, width, height), factor).mean()) / 255
