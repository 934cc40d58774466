"""Clicks on what was found: what of it is meant, and what isn't."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QRegion

from core.document import commands
from core.document.mask import Mask
from core.document.strokes import Mode, Strokes
from core.photo.masks.click import Click
from core.photo.masks.clicks import HALF
from editor.canvas.tools.selection import RETURNS, SIGN, SelectionTool, minus, mode_of, plus
from editor.canvas.tools.tool import Host, Pointer
from editor.canvas.tools.trace import DARK, LIGHT
from editor.selecting import Selecting

RADIUS = SIGN + 3  # logical pixels of the disc of a click
REACH = RADIUS + 2  # that it may touch


def tr(text: str) -> str:
    return QCoreApplication.translate("ClicksTool", text)


class ClicksTool(SelectionTool):
    """By mouse or pen: a press keeps, with Alt it drops. By keys: Return, and Alt with it. No mode of the
    selection tools changes that. Clicks that were made are seen with the mask, as long as it is in hand.
    """

    def __init__(self, host: Host, selecting: Selecting) -> None:
        super().__init__(host, selecting)
        self._seen: tuple[Click, ...] = ()  # as they were painted last
        host.document.changed.connect(self._follow)

    def press(self, pointer: Pointer) -> None:
        self.hover(pointer)
        self._click(pointer.at, mode_of(pointer, self._chosen()))

    def move(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def release(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def paint_cursor(self, painter: QPainter) -> None:
        for click in self._clicks() if self._host.shows_mask else ():
            _paint(painter, self._middle(click), keep=click.keep)
        super().paint_cursor(painter)

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        if key in RETURNS and modifiers & Qt.KeyboardModifier.AltModifier and self._cross.at is not None:
            self._click(self._cross.at, Mode.SUBTRACT)
            return True
        return super().key(key, modifiers)

    def _chosen(self) -> Mode:
        return Mode.ADD

    def _walked(self, at: QPointF) -> None:
        """There is no line to draw."""

    def _confirmed(self, at: QPointF) -> None:
        self._click(at, self._chosen())

    def _click(self, at: QPointF, mode: Mode) -> None:
        """On the found mask of the next edit, while it is the one that is worked on. What comes to nothing
        is told, and not set: it would act by a later click. But what was found, and is seen, is held against
        those.
        """
        document, (width, height) = self._host.document, self._host.viewport.size
        x, y = math.floor(at.x()), math.floor(at.y())
        if not (0 <= x < width and 0 <= y < height):
            return
        before = document.state.mask
        if before.auto is None or document.chosen.masked is not None:
            self._host.tell(_nothing_found(before, of_layer=document.chosen.masked is not None))
            return
        click = Click(x, y, mode is Mode.ADD)
        command = commands.click(click)
        after = command(document.state)
        *there, meant = after.draft.find.clicks
        if meant in there:
            self._host.tell(tr("Nothing changes: there is this click already."))
            return
        same = after.mask.auto is not None and np.array_equal(before.auto, after.mask.auto)
        place = x, y, 1, 1
        masked, cut = (bool(one.crop(place) >= HALF) for one in (before, replace(before, strokes=Strokes())))
        holds = meant.keep and masked is cut is click.keep
        if holds or not same:
            document.apply(command, _kept() if click.keep else _dropped(), source=self._host)
        if same:
            self._host.tell(_held(click) if holds else _no_change(click, meant, masked=masked, cut=cut))

    def _follow(self) -> None:
        """Repaint where clicks were and where they are, once they have changed."""
        now = self._clicks()
        if now != self._seen:
            for click in (*self._seen, *now):
                x, y = self._middle(click).toPoint().toTuple()
                self._host.repaint_cursor(QRegion(x - REACH, y - REACH, 2 * REACH + 1, 2 * REACH + 1))
            self._seen = now

    def _clicks(self) -> tuple[Click, ...]:
        """Those on the mask that is seen, as it is seen."""
        document = self._host.document
        mask, clicks = document.state.mask, document.state.draft.find.clicks
        if mask.auto is None or document.chosen.masked is not None:
            return ()
        return tuple(replace(click, keep=not click.keep) for click in clicks) if mask.inverted else clicks

    def _middle(self, click: Click) -> QPointF:
        return self._host.viewport.to_widget(QPointF(click.x + 0.5, click.y + 0.5))


def _nothing_found(mask: Mask, *, of_layer: bool) -> str:
    """Why there is nothing to click on, and what to do."""
    if of_layer:
        return tr("Clicks correct what was found, not a layer's own mask: Esc ends the work on it.")
    if mask.sleeps:
        return tr("This mask was found for other words or elsewhere: find again or keep it, then click.")
    if mask.is_touched:
        return tr("This mask is made by hand: clicks correct a found one.")
    return tr("Nothing is found yet: find it first, then click what of it is meant.")


def _held(click: Click) -> str:
    """What it is good for, though all is as before."""
    if click.keep:
        return tr("Nothing changes yet: this stays when what lies beside it is dropped.")
    return tr("Nothing changes yet: this stays out when what lies beside it is kept.")


def _no_change(click: Click, meant: Click, *, masked: bool, cut: bool) -> str:
    """Why it is as before.

    meant           the click as it is set: of an inverted mask it means the opposite
    masked, cut     its place is in the mask as it is seen, and in what that is without the hand's strokes
    """
    if masked is click.keep:
        return tr("Nothing changes: this is masked.") if masked else tr("Nothing changes: this isn't masked.")
    if cut is click.keep:
        if masked:
            return tr("This was painted by hand: erase it, or undo that.")
        return tr("This was taken away by hand: paint it, or undo that.")
    if not meant.keep:
        return tr("Nothing changes by this click.")
    if click.keep:
        return tr("Clicks choose from what was found: to have this too, lower the threshold or paint it.")
    return tr("Clicks choose from what was found: to take this away too, lower the threshold or erase it.")


def _kept() -> str:
    return tr("Keep by a click")


def _dropped() -> str:
    return tr("Drop by a click")


def _paint(painter: QPainter, middle: QPointF, *, keep: bool) -> None:
    """A light disc with a dark rim, and in it a plus or a minus."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(DARK, 1))
    painter.setBrush(LIGHT)
    painter.drawEllipse(middle, RADIUS, RADIUS)
    painter.setPen(QPen(DARK, 2))
    for one, other in (plus if keep else minus)(middle):
        painter.drawLine(one, other)
    painter.setBrush(Qt.BrushStyle.NoBrush)
