"""What a run shows on its way: the newest step on the canvas, all of them to be looked at again."""

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.edit.progress import Progress, Stage
from editor.canvas.view import Canvas


class Steps(QObject):
    """framed: one more for the filmstrip: label, uint8 (h, w, 3) or float32 (h, w)

    cleared: none of them belongs there any more
    """

    framed = Signal(str, object)
    cleared = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._frames: list[Progress] = []
        self._everywhere = False  # previews aren't held inside a mask
        self._flows = False  # its stages are FlowEdit's
        self.picked = False  # an earlier step is shown, until it is let go
        self._covered = False  # something else is shown
        self._away = False  # the filmstrip has none of them

    @property
    def last(self) -> Progress | None:
        """The newest step that has a picture."""
        return self._frames[-1] if self._frames else None

    def begin(self, *, everywhere: bool, flows: bool = False) -> None:
        """Another run, or none: nothing is shown. everywhere: it has no mask; flows: it encodes nothing."""
        self._frames, self._everywhere, self._flows = [], everywhere, flows
        self._away = False
        self.release(running=False)

    def add(self, step: Progress) -> None:
        """Keep a step, if it has a picture."""
        if _image(step) is not None:
            self._frames.append(step)
            self._tell(step)

    def put_away(self, away: bool) -> None:
        """Have them in the filmstrip no longer, or again."""
        if away == self._away:
            return
        self._away = away
        if away:
            self.cleared.emit()
        else:
            for step in self._frames:
                self._tell(step)

    def _tell(self, step: Progress) -> None:
        self.framed.emit(self._label(step), _image(step))

    def show(self, step: Progress) -> None:
        """Show the newest step on the canvas, unless an earlier one is looked at, or something else."""
        if not (self.picked or self._covered):
            self._paint(step)

    def cover(self, covered: bool, *, running: bool) -> None:
        """Something else is shown in the picture's place, or it is there again. running: steps come."""
        if covered != self._covered:
            self._covered = covered
            if not self.picked:
                self.release(running=running)

    def _paint(self, step: Progress) -> None:
        if step.heat is not None:
            self._canvas.set_preview(None)
            self._canvas.set_heat(step.heat)
        elif step.preview is not None:
            self._canvas.set_heat(None)
            self._canvas.set_preview(step.preview, everywhere=self._everywhere)

    def pick(self, index: int) -> None:
        """Show an earlier step, and say which."""
        if 0 <= index < len(self._frames):
            step = self._frames[index]
            self.picked = True
            self._paint(step)
            self._canvas.set_caption(self._caption(step))

    def release(self, *, running: bool) -> None:
        """Back to what is going on: the newest step while running, else the picture."""
        self.picked = False
        self._canvas.set_caption("")
        if running and self.last is not None and not self._covered:
            self._paint(self.last)
        else:
            self.wipe()

    def wipe(self) -> None:
        """Show the picture alone, unless an earlier step is looked at."""
        if not self.picked:
            self._canvas.set_heat(None)
            self._canvas.set_preview(None)

    def _label(self, step: Progress) -> str:
        """What a step is called in the filmstrip."""
        match step.stage:
            case Stage.FINDING:
                label = self.tr("closer {i}") if step.closer else self.tr("draw {i}")
                return label.format(i=step.i)
            case Stage.ENCODING:
                label = self.tr("source {i}") if self._flows else self.tr("encode {i}")
                return label.format(i=step.i)
            case _:
                return self.tr("step {i}").format(i=step.i)

    def _caption(self, step: Progress) -> str:
        """Which step of how many."""
        return self.tr("{step} of {n}").format(step=self._label(step), n=step.n)


def _image(step: Progress) -> np.ndarray | None:
    """What it shows."""
    return step.heat if step.heat is not None else step.preview
