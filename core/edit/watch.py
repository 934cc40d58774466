"""Watching a job: progress out, cancel in, time left, seconds per stage, evaluations per stage."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np

from core.diffusion.trace import StepTrace
from core.edit.evaluations import Evaluations
from core.edit.progress import Cancel, OnProgress, Progress, Stage
from core.edit.result import HeatMap
from core.models.backbone import Backbone


class Watch:
    """One job's clock and counters. `check` is called before every call of the network.

    expected  evaluations by stage, at most: a stage that ends with fewer has none left
    """

    def __init__(
        self, model: Backbone, expected: Evaluations, on_progress: OnProgress | None, cancel: Cancel
    ) -> None:
        self.seconds: dict[str, float] = {}
        self.cancel = cancel
        self._model, self._on_progress = model, on_progress
        self._left = {
            Stage.FINDING: expected.mask,
            Stage.ENCODING: expected.encode,
            Stage.DECODING: expected.decode,
        }
        self._stage = Stage.LOADING
        self._within: Stage | None = None
        self._counts: dict[Stage, int] = {}
        self._before = self._entered = model.evaluations
        self._began = time.perf_counter()

    @contextmanager
    def stage(self, stage: Stage) -> Generator[None]:
        """Time a stage and count the evaluations made in it. Within itself it is one with what it is in."""
        if self._within is stage:
            yield
            return
        self._within = stage
        evaluations, began = self._model.evaluations, time.perf_counter()
        self._stage, self._entered = stage, evaluations
        for earlier in list(Stage)[: list(Stage).index(stage)]:
            self._left[earlier] = 0  # it may have been remembered, and never begun
        try:
            yield
        finally:
            self._within = None
            self.seconds[stage.value] = time.perf_counter() - began
            self._counts[stage] = self._model.evaluations - evaluations
            self._left[stage] = 0

    def tell(
        self,
        stage: Stage,
        i: int,
        n: int,
        heat: np.ndarray | None = None,
        preview: np.ndarray | None = None,
        trace: StepTrace | None = None,
        found: HeatMap | None = None,
        *,
        closer: bool = False,
    ) -> None:
        if self._on_progress is not None:
            left, share = self._seconds_left(), self._share()
            self._on_progress(Progress(stage, i, n, heat, preview, trace, left, found, share, closer))

    def check(self) -> None:
        """Raise Cancelled once Stop was asked for."""
        self.cancel.check()

    @property
    def evaluations(self) -> Evaluations:
        count = self._counts.get
        return Evaluations(count(Stage.FINDING, 0), count(Stage.ENCODING, 0), count(Stage.DECODING, 0))

    @property
    def _done(self) -> int:
        return self._model.evaluations - self._before

    def _rest(self) -> int:
        """Evaluations that are still to be made, at most."""
        here = self._model.evaluations - self._entered
        return sum(max(0, n - here if stage is self._stage else n) for stage, n in self._left.items())

    def _share(self) -> float:
        done, rest = self._done, self._rest()
        return done / (done + rest) if rest else 1.0

    def _seconds_left(self) -> float | None:
        if self._done < 2:  # the first call pays for warm-up and says little
            return None
        return (time.perf_counter() - self._began) / self._done * self._rest()
