"""Clicks on what was found: what of it is meant, and what isn't."""

import math
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QRegion

from core.document import commands
from core.document.strokes import Mode
from core.photo.click import Click
from editor.canvas.selection import SIGN, SelectionTool, minus, mode_of, plus
from editor.canvas.tool import Host, Pointer
from editor.canvas.trace import DARK, LIGHT
from editor.selecting import Selecting

RADIUS = SIGN + 3  # logical pixels of the disc of a click
REACH = RADIUS + 2  # that it may touch


class ClicksTool(SelectionTool):
    """By mouse or pen: a press keeps, with Alt it drops. By keys: Return, as the mode says. Clicks that were
    made are seen as long as it is in hand.
    """

    def __init__(self, host: Host, selecting: Selecting) -> None:
        super().__init__(host, selecting)
        self._seen: tuple[Click, ...] = ()  # as they were painted last
        host.document.changed.connect(self._follow)

    def press(self, pointer: Pointer) -> None:
        self.hover(pointer)
        self._click(pointer.at, mode_of(pointer, self._selecting.mode))

    def move(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def release(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def paint_cursor(self, painter: QPainter) -> None:
        for click in self._clicks():
            _paint(painter, self._middle(click), keep=click.keep)
        super().paint_cursor(painter)

    def _walked(self, at: QPointF) -> None:
        """There is no line to draw."""

    def _confirmed(self, at: QPointF) -> None:
        self._click(at, self._selecting.mode)

    def _click(self, at: QPointF, mode: Mode) -> None:
        """On the found mask of the next edit, while it is the one that is worked on."""
        document, (width, height) = self._host.document, self._host.viewport.size
        x, y = math.floor(at.x()), math.floor(at.y())
        found = document.state.mask.auto is not None and document.chosen.masked is None
        if found and 0 <= x < width and 0 <= y < height:
            keep = mode in (Mode.REPLACE, Mode.ADD)
            text = _kept() if keep else _dropped()
            document.apply(commands.click(Click(x, y, keep)), text, source=self._host)

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


def _kept() -> str:
    return QCoreApplication.translate("ClicksTool", "Keep by a click")


def _dropped() -> str:
    return QCoreApplication.translate("ClicksTool", "Drop by a click")


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
