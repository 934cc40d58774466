"""What belongs to one run and goes with it."""

from dataclasses import dataclass, field, replace

from core.diffusion.trace import StepTrace
from core.document.layer import Layer
from core.document.strokes import Strokes
from core.edit.progress import Progress
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.photo.boxed import BoxedMask

NOTHING = EditRequest(photo="", query="")


@dataclass
class RunState:
    """One search or edit: what was asked for, and what has come of it so far.

    mask      that it was asked for with; None: it is found, or there is none
    revision  of the document when it was asked for;  layers: that there were then
    again     the id of the layer in whose place it draws;  made_with: the strokes of its mask
    seeks     it finds its mask first;  goes_on: a repaint follows the search
    found     it goes on after a search of its own
    heat      found by it
    gone      the picture that it was asked for on is no longer open
    """

    request: EditRequest = NOTHING
    mask: BoxedMask | None = None
    revision: int = 0
    layers: tuple[Layer, ...] = ()
    again: str | None = None
    made_with: Strokes | None = None
    seeks: bool = False
    goes_on: bool = False
    found: bool = False
    gone: bool = False
    heat: HeatMap | None = None
    traces: list[StepTrace] = field(default_factory=list)

    def whole(self, step: Progress) -> Progress:
        """How far both jobs of a run are, where a repaint follows a search of its own."""
        cost = self.request.with_(mask=None).cost()
        if not (self.goes_on or self.found) or not cost.mask:
            return step
        if self.found:
            return replace(step, share=(cost.mask + step.share * (cost.total - cost.mask)) / cost.total)
        done = step.share * cost.mask
        left, searching = step.seconds_left, cost.mask - done
        if left is not None:
            left = left / searching * (cost.total - done) if searching else None
        return replace(step, share=done / cost.total, seconds_left=left)

    @property
    def is_global(self) -> bool:
        """No region stands out in what it found."""
        return self.heat is not None and self.heat.is_global
