"""The colour wand: a press on a pixel asks for what has its colour."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF

from core.document.strokes import Mode
from editor.canvas.tools.selection import SelectionTool, mode_of
from editor.canvas.tools.tool import Pointer


@dataclass(frozen=True)
class Pick:
    """A pixel that was pressed, (x, y) in the photo, and what the selection is to do."""

    at: tuple[int, int]
    mode: Mode


class WandTool(SelectionTool):
    """By mouse or pen: a press. By keys: Return. Whoever hears of the pick finds what has the colour."""

    def press(self, pointer: Pointer) -> None:
        self.hover(pointer)
        self._pick(pointer.at, mode_of(pointer, self._chosen()))

    def move(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def release(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def _walked(self, at: QPointF) -> None:
        """There is no line to draw."""

    def _confirmed(self, at: QPointF) -> None:
        self._pick(at, self._chosen())

    def _pick(self, at: QPointF, mode: Mode) -> None:
        x, y = math.floor(at.x()), math.floor(at.y())
        width, height = self._host.viewport.size
        if 0 <= x < width and 0 <= y < height:
            self._host.pick((x, y), mode)
