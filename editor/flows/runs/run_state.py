"""What belongs to one run and goes with it."""

from dataclasses import dataclass, field

from core.diffusion.trace import StepTrace
from core.document.layer import Layer
from core.document.strokes import Strokes
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
    gone: bool = False
    heat: HeatMap | None = None
    traces: list[StepTrace] = field(default_factory=list)

    @property
    def is_global(self) -> bool:
        """No region stands out in what it found."""
        return self.heat is not None and self.heat.is_global
