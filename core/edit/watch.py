"""Watching a job: progress out, cancel in, time left, seconds per stage, evaluations per stage."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np

from core.diffusion.trace import StepTrace
from core.edit.progress import Cancel, OnProgress, Progress, Stage
from core.edit.request import Evaluations
from core.edit.result import HeatMap
from core.models.backbone import Backbone


class Watch:
    """One job's clock and counters. `check` is called before every call of the network."""

    def __init__(
        self, model: Backbone, expected: int, on_progress: OnProgress | None, cancel: Cancel
    ) -> None:
        self.seconds: dict[str, float] = {}
        self.cancel = cancel
        self._model, self._expected, self._on_progress = model, expected, on_progress
        self._counts: dict[Stage, int] = {}
        self._before = model.evaluations
        self._began = time.perf_counter()

    @contextmanager
    def stage(self, stage: Stage) -> Generator[None]:
        """Time a stage and count the evaluations made in it."""
        evaluations, began = self._model.evaluations, time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage.value] = time.perf_counter() - began
            self._counts[stage] = self._model.evaluations - evaluations

    def tell(
        self,
        stage: Stage,
        i: int,
        n: int,
        heat: np.ndarray | None = None,
        preview: np.ndarray | None = None,
        trace: StepTrace | None = None,
        found: HeatMap | None = None,
    ) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(stage, i, n, heat, preview, trace, self._seconds_left(), found))

    def check(self) -> None:
        """Raise Cancelled once Stop was asked for."""
        self.cancel.check()

    @property
    def evaluations(self) -> Evaluations:
        count = self._counts.get
        return Evaluations(count(Stage.FINDING, 0), count(Stage.ENCODING, 0), count(Stage.DECODING, 0))

    def _seconds_left(self) -> float | None:
        done = self._model.evaluations - self._before
        if done < 2:  # the first call pays for warm-up and says little
            return None
        return (time.perf_counter() - self._began) / done * max(0, self._expected - done)
