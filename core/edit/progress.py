"""What the engine says while it works, and how it is asked to stop. No torch: both front ends read it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from core.diffusion.trace import StepTrace
from core.edit.result import HeatMap
from core.errors import Cancelled


class Stage(StrEnum):
    """The stages of a job, in the order they run."""

    LOADING = "loading"
    FINDING = "finding"
    ENCODING = "encoding"
    DECODING = "decoding"
    PASTING = "pasting"


@dataclass(frozen=True)
class Progress:
    """One step of a job. `i` of `n` evaluating steps of this stage are done.

    heat     finding: the estimate so far, float32 (h, w) in [0, 1] at the working resolution; None while
             only its place is looked for
    closer   finding: it is looked at again, in a frame round what was found, or at a place that was
    found    the end of finding: the heat map that it came to
    preview  encoding and decoding: x̂0 as uint8 (h, w, 3) in sRGB, small, covering the whole photo
    seconds_left  for the whole job, None while unknown
    share    of the whole job's evaluations that are made, in [0, 1]; it never goes back
    """

    stage: Stage
    i: int
    n: int
    heat: np.ndarray | None = None
    preview: np.ndarray | None = None
    trace: StepTrace | None = None
    seconds_left: float | None = None
    found: HeatMap | None = None
    share: float = 0.0
    closer: bool = False


OnProgress = Callable[[Progress], None]


@dataclass
class Cancel:
    """A flag that one thread raises and the engine looks at between any two evaluations."""

    _event: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        self._event.set()

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise Cancelled once asked."""
        if self._event.is_set():
            raise Cancelled
