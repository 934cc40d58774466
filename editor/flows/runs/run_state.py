"""What has come of a run so far."""

from dataclasses import dataclass, field, replace

from core.diffusion.trace import StepTrace
from core.diffusion.weight import Guided
from core.document.order import Order
from core.edit.progress import Progress
from core.edit.result import HeatMap


@dataclass
class RunState:
    """One order under way, or the last that was.

    order  what was asked for; None: nothing yet, or its picture is closed
    found  it goes on after a search of its own
    heat   found by it
    """

    order: Order | None = None
    found: bool = False
    heat: HeatMap | None = None
    traces: list[StepTrace] = field(default_factory=list[StepTrace])

    def whole(self, step: Progress, guided: Guided = Guided.PROMPTS, windows: int = 0) -> Progress:
        """How far both jobs of a run are, where a repaint follows a search of its own.

        guided: what guides the model; windows: as of `EditRequest.cost`.
        """
        if self.order is None:
            return step
        cost = self.order.request.with_(mask=None).cost(guided, windows)
        if not (self.order.goes_on or self.found) or not cost.mask:
            return step
        if self.found:
            return replace(step, share=(cost.mask + step.share * (cost.total - cost.mask)) / cost.total)
        done = step.share * cost.mask
        left, searching = step.seconds_left, cost.mask - done
        if left is not None:
            left = left / searching * (cost.total - done) if searching else None
        return replace(step, share=done / cost.total, seconds_left=left)

    @property
    def other_seed(self) -> int | None:
        """Its seed, if it is another than the one that stood in the field when it was asked for."""
        if self.order is None or self.order.searches:
            return None
        seed = self.order.request.seed
        return None if seed == self.order.start.draft.seed else seed

    @property
    def is_global(self) -> bool:
        """No region stands out in what it found."""
        return self.heat is not None and self.heat.is_global
