"""Minutes allotted to a part of the training, and a log with the time of day."""

import sys
import time
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

Log: TypeAlias = Callable[[str], None]


class Clock:
    """Runs from its making.

    minutes   of `now`, until it is over; spent: seconds of them that are over already
    every     minutes of the wall clock between two checkpoints
    now       seconds: of the wall, or of the processor's work, from which nothing beside it takes away
    """

    def __init__(
        self, minutes: float, every: float, spent: float = 0.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._now = now
        self._begin = now() - spent
        self._last = time.monotonic()
        self._minutes = minutes
        self._every = every

    @property
    def seconds(self) -> float:
        return self._now() - self._begin

    @property
    def share(self) -> float:
        """How much of the time is used, 0 to 1."""
        return min(1.0, self.seconds / 60 / self._minutes)

    @property
    def over(self) -> bool:
        return self.share >= 1

    def rate(self, step: int, warmup: int = 0) -> float:
        """Factor on the learning rate: a linear warm-up, flat to 40 % of the time, then a cosine to 2 %."""
        rise = min(1.0, (step + 1) / warmup) if warmup else 1.0
        late = max(0.0, (self.share - 0.4) / 0.6)
        return rise * (0.02 + 0.98 * float(0.5 + 0.5 * np.cos(np.pi * late)))

    def due(self) -> bool:
        """True once after every interval."""
        if time.monotonic() - self._last < self._every * 60:
            return False
        self._last = time.monotonic()
        return True


def log(message: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {message}\n")
    sys.stdout.flush()
