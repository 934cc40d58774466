"""What is seen of a run while it goes: its steps over the picture, how far it is, its curves."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from core.edit.progress import Progress, Stage
from editor.canvas.view import Canvas
from editor.document.changes import Changed, What
from editor.document.document import Document
from editor.flows.runs.run_state import RunState
from editor.flows.runs.signs import Signs
from editor.flows.runs.steps import Steps
from editor.flows.runs.variants import Variants
from editor.statusbar import StatusBar


class Watching(QObject):
    """Nothing of it is kept in the document.

    traced  all StepTrace of this run so far, and how many there will be
    """

    traced = Signal(tuple, int)

    def __init__(
        self,
        document: Document,
        canvas: Canvas,
        status: StatusBar,
        steps: Steps,
        variants: Variants,
        signs: Signs,
        run: Callable[[], RunState],
        shows: Callable[[], bool],
    ) -> None:
        """run: the one under way, or the last that was;  shows: its steps may lie over the picture"""
        super().__init__(signs)
        self._document, self._canvas, self._status = document, canvas, status
        self._steps, self._variants, self._signs = steps, variants, signs
        self._run, self._shows = run, shows
        document.changed.connect(self._make_way)

    def follow(self, steps: tuple[Progress, ...]) -> None:
        """What the engine has said since, in its order."""
        run = self._run()
        if run.order is None:
            return
        for step in steps:
            self._note(step, run)
        if any(step.trace is not None for step in steps):
            self.trace()
        newest = steps[-1]
        model, order = self._document.model, run.order
        seen = model.looked_into(order.request, order.picture.original.size)
        whole = run.whole(newest, model.guided, seen)
        self._status.show_step(whole, run.other_seed, flows=order.request.method.flows)
        self._variants.follow(order, whole)
        if newest.stage is not Stage.PASTING:
            self.show(newest)

    def show(self, step: Progress) -> None:
        """This step over the picture, unless it is in the hand's way."""
        if not self._is_in_the_way:
            self._steps.show(step)

    def trace(self) -> None:
        """The curves of the run as far as it is."""
        run = self._run()
        assert run.order is not None
        self.traced.emit(tuple(run.traces), run.order.request.decode_steps)

    def _note(self, step: Progress, run: RunState) -> None:
        """Keep what the filmstrip and the curve need."""
        if step.found is not None:
            run.heat = step.found
            self._signs.tell_search()
            self._canvas.set_found(step.found)
        if step.trace is not None:
            run.traces.append(step.trace)
        self._steps.add(step)

    @property
    def _is_in_the_way(self) -> bool:
        """The hand is at another mask than that of the run, whose pictures would lie over it."""
        order, strokes = self._run().order, self._document.state.mask.strokes
        return order is not None and not strokes.same(order.start.mask.strokes)

    def _make_way(self, change: Changed) -> None:
        if change.what & What.MASK and self._shows() and self._is_in_the_way:
            self._steps.wipe()
