"""The mask: find it, cut it, shape its edge."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton

from core.document.commands import Command, set_grow, set_snap, set_threshold
from core.document.mask import Mask
from core.document.strokes import Mode
from core.edit.parameters import by_name
from editor.document.changes import Changed, What
from editor.document.combined import lacking
from editor.document.document import Document
from editor.document.found_for import found_for
from editor.icons import SIZE
from editor.panels.controls import Controls, number
from editor.panels.mask_words import MaskWords
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
    """How the found region's edge is shaped is folded.

    findRequested  find it, and put it into the mask by a `Mode`
    keepRequested  what was found for other words is to be the mask
    closerRequested  it is to be found anew, its place first
    """

    findRequested = Signal(object)
    keepRequested = Signal()
    closerRequested = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__("mask")
        self.set_title(self.tr("Mask"))
        self._document = document
        self._heat: np.ndarray | None = None  # what the threshold cuts
        self._counted: tuple[Mask, bool, str] | None = None
        self._tried: Mask | None = None  # what is shown in the mask's place
        self._search = ""  # what is said of one that is under way
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._mode = Mode.REPLACE
        self._modes: Mapping[Mode, QAction] = {}
        self.mode_button = QToolButton()
        self.mode_button.setMenu(QMenu(self.mode_button))
        self.mode_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.mode_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mode_button.setIconSize(QSize(SIZE, SIZE))
        self.find_button = QPushButton()
        self.find_button.setToolTip(
            self.tr(
                "Let the model find the region: where the two prompts disagree about the picture. What is "
                "there may stand alone: it is found as a selection. What is found replaces the mask, or is "
                "added (Shift), subtracted (Alt) or intersected (both), by the mode that is chosen beside "
                "this button; undo brings back what was there. "
                "DiffEdit's mask from contrasting noise predictions."
            )
        )
        self.keep_button = QPushButton(self.tr("Keep This Mask"))
        self.keep_button.setToolTip(
            self.tr("Repaint what was found, though the words, the model or the area are others by now.")
        )
        for button in (self.find_button, self.keep_button):
            button.setMinimumWidth(1)  # both beside each other, whatever their language
        self.words = MaskWords()
        self._frame_tool = QAction(self)
        self.edge = Section("edge", self.tr("Edge"), nested=True)
        self._build_cut()
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.find_button, self.keep_button):
            buttons.addWidget(button, 1)
        buttons.insertWidget(0, self.mode_button)  # where it stays, whatever stands beside
        self.rows.addLayout(buttons)
        for widget in (self.words, *self.controls.holders(), self.edge):
            self.rows.addWidget(widget)
        for widget in self.shape.holders():
            self.edge.rows.addWidget(widget)
        self.find_button.clicked.connect(self._find)
        self.keep_button.clicked.connect(self.keepRequested)
        self.words.closer.pressed.connect(self.closerRequested)
        self._pause.timeout.connect(self._count)
        document.changed.connect(self._hear)
        document.pending.ordersChanged.connect(self._offer_closer)
        self._show()

    def set_modes(self, modes: Mapping[Mode, QAction]) -> None:
        """How one is chosen: as over the canvas, and for all that selects."""
        self._modes = modes
        self.mode_button.menu().addActions(list(modes.values()))
        for action in modes.values():
            action.changed.connect(self._show_mode)  # it has got its icon, or another
        self._show_mode()

    def set_frame_tool(self, tool: QAction) -> None:
        """What draws a frame to find in."""
        self._frame_tool = tool
        self._offer_closer()

    def set_mode(self, mode: Mode) -> None:
        """What a search does to the mask that is there, unless keys say otherwise."""
        self._mode = mode
        self._counted = None  # what is said of an empty mask goes with it
        self._show_mode()
        self._show()

    def _show_mode(self) -> None:
        chosen = self._modes.get(self._mode)
        if chosen is not None:
            self.mode_button.setIcon(chosen.icon())
            self.mode_button.setAccessibleName(chosen.text().replace("&", ""))
            self.mode_button.setToolTip(
                self.tr("{mode}. One mode for Find and for everything that selects").format(
                    mode=chosen.toolTip()
                )
            )

    def show_search(self, seeks: bool, found: bool) -> None:
        """A mask is looked for. found: it was, and is the picture's once the edit is drawn that wanted it."""
        said = self.tr("Found: it becomes the mask with the edit.") if found else ""
        said = self.tr("The mask is being found.") if seeks else said
        if said != self._search:
            self._search = said
            self._count()

    def try_mask(self, mask: Mask | None) -> None:
        """Count another mask in place of the one that is worked on, or that one again."""
        self._tried = mask if self._document.chosen.masked is None else None
        self._offer_closer()
        if self._tried is None:
            self._count()
        elif not self._pause.isActive():
            self._pause.start()

    def _find(self) -> None:
        keys, held = QGuiApplication.keyboardModifiers(), Qt.KeyboardModifier
        mode = self._mode.but(adds=bool(keys & held.ShiftModifier), takes=bool(keys & held.AltModifier))
        self.findRequested.emit(mode)

    def _wish(self) -> str:
        """What a press on the button does."""
        if self._mode is Mode.REPLACE:
            return self.tr("Find Again") if self._document.state.mask.sleeps else self.tr("Find It")
        return {
            Mode.ADD: self.tr("Find and Add"),
            Mode.SUBTRACT: self.tr("Find and Subtract"),
            Mode.INTERSECT: self.tr("Find and Intersect"),
        }[self._mode]

    def _build_cut(self) -> None:
        commands: dict[str, Callable[[Any], Command]] = {
            "threshold": set_threshold,
            "grow": set_grow,
            "snap": set_snap,
        }
        heat = number(by_name()["threshold"], HeatSlider())
        self.controls = Controls(
            self._document, "mask", own={"threshold": heat}, commands=commands, parent=self
        )
        self.shape = Controls(self._document, "edge", commands=commands, parent=self)

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
        self.find_button.setEnabled(state.photo is not None and used)
        self.find_button.setText(self._wish())
        self.keep_button.setVisible(mask.sleeps and used)
        # Without a mask all modes but one say no, so that there is nothing to choose.
        chooses = mask.is_touched or self._mode is not Mode.REPLACE
        self.mode_button.setVisible(chooses and bool(self._modes))
        for control in (*self.controls.holders("threshold"), *self.shape.holders("grow", "snap")):
            control.setEnabled(heat is not None)
        self._offer_closer()
        shown = mask, used, found_for(mask, state.draft) if mask.sleeps else ""
        if shown != self._counted:
            self._counted = shown
            self._pause.start()
            if mask.sleeps or not (mask.is_touched and used):
                self._count()

    def _offer_closer(self) -> None:
        """What is small is hardly found in a whole picture that the model sees scaled down."""
        document, words = self._document, self.words
        free = document.pending.running is None and self._tried is None
        evaluations = document.model.closer() if free else 0
        if not evaluations:
            words.offer_nothing()
            return
        draft = document.state.draft
        before = draft.finding(document.model.looked_into(draft, document.state.mask.size))
        key = self._frame_tool.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        words.offer_closer(evaluations, before, key)

    def _count(self) -> None:
        """Say what the mask is, and how much of the picture it covers."""
        self._pause.stop()
        state = self._document.state
        if not state.draft.method.masked:
            self.words.say(self.tr("Not used: the method changes the whole picture."))
        elif self._tried is not None:
            text = self.tr("As it is shown now, the mask covers {share} of the picture.")
            self.words.say(text.format(share=self._share(coverage(self._tried))))
        else:
            self.words.say(self._say(state.mask))

    def _say(self, mask: Mask) -> str:
        if mask.sleeps:
            found = found_for(mask, self._document.state.draft)
            return self.tr("{found}. Repaint finds anew.").format(found=found)
        if mask.heat is not None and mask.heat.same:
            return self.tr("Nothing found: to the model both prompts say the same about this picture.")
        covered = coverage(mask) if mask.is_touched else 0.0
        if self._search and covered == 0:
            return self._search
        if covered == 0 and self._mode.needs_mask:
            return lacking(self._mode)
        if not mask.is_touched:
            return self.tr("No mask yet. Find it, or paint it with the brush.")
        if covered == 0:
            return self._say_empty(mask)
        return self.tr("{made}: {share} of the picture.").format(
            made=self._made(mask), share=self._share(covered)
        )

    def _share(self, covered: float) -> str:
        return self.tr("less than 1 %") if 0 < covered < 0.01 else f"{covered:.0%}".replace("%", " %")

    def _made(self, mask: Mask) -> str:
        """By whom. What is the hand's own stays, whatever the words become."""
        if mask.heat is None:
            return self.tr("Made by hand")
        if mask.is_corrected or mask.inverted:
            return self.tr("Found and corrected")
        return self.tr("Found") if mask.follows else self.tr("Found and kept")

    def _say_empty(self, mask: Mask) -> str:
        """Why nothing is in it, and the way out."""
        if mask.auto is None:
            return self.tr("The mask is empty: all of it was taken away. Undo, find it, or paint.")
        if mask.inverted:
            return self.tr("The mask is empty: what was found covers it. Raise the threshold, or undo.")
        if mask.auto.any():
            return self.tr("The mask is empty: what was found is taken away again. Undo, or paint.")
        find = self._document.state.draft.find
        if mask.heat is not None and mask.heat.small(mask.size, find.threshold, find.grow, find.snap).any():
            return self.tr("The mask is empty: your clicks drop all of it. Undo the last one.")
        return self.tr("The mask is empty: nothing is above the threshold. Lower it, or paint.")


def coverage(mask: Mask) -> float:
    """The share of the picture that the mask covers, in [0, 1], counted on a reduced copy."""
    width, height = mask.size
    if not width or not height:
        return 0.0
    factor = 1
    while factor < 256 and max(width, height) > factor * COUNTED:
        factor *= 2
    return float(mask.reduced((0, 0, width, height), factor).mean()) / 255
