"""Run a grid, cell by cell, on one engine: what two cells share is computed once."""

import logging
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

import numpy as np

from core.causes import in_words
from core.diffusion.weight import Guided
from core.edit.evaluations import Evaluations
from core.edit.progress import Cancel, OnProgress, Progress
from core.edit.protocol import SeriesEngine
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, HeatMap
from core.errors import Cancelled, CoreError
from core.grid.plan import Plan, finding_key
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # where nobody listens, as on the command line, nothing is printed


@dataclass(frozen=True)
class Cell:
    """One finished cell.

    request  feeding it back by itself gives the same bytes
    pixels   uint8 (H, W, 3) in the photo's own space, None when it failed
    heat     the region found for it, by this cell or an earlier one; None without a search
    error    why it failed, else None
    notices  what the engine had to do differently
    """

    row: int
    column: int
    request: EditRequest
    evaluations: Evaluations
    seconds: dict[str, float]
    pixels: np.ndarray | None = None
    heat: HeatMap | None = None
    error: CoreError | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class GridStep:
    """A step within the cell under way, while `done` cells of `total` are finished."""

    row: int
    column: int
    done: int
    total: int
    progress: Progress
    seconds_left: float | None


class Grid:
    """A plan at work on one picture.

    photo: or uint8 (H, W, 3) in sRGB; mask: for all cells, boxed or uint8 (H, W), or None to find it;
    guided: what guides the model, by which the time that is left is told.
    """

    def __init__(
        self,
        plan: Plan,
        photo: Photo | np.ndarray,
        mask: BoxedMask | np.ndarray | None = None,
        guided: Guided = Guided.PROMPTS,
    ) -> None:
        self.plan, self._photo = plan, Photo.of(photo)
        self._mask = None if mask is None else BoxedMask.of(mask)
        self._heats: dict[Hashable, HeatMap] = {}
        self._expected = plan.cost(mask is not None, guided).total

    def cells(
        self,
        engine: SeriesEngine,
        on_step: Callable[[GridStep], None] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Cell]:
        """Each cell as it is finished; a failed one comes with its error.

        Raises Cancelled, and InputError before anything runs when a mask is given that makes an axis idle.
        """
        if self._mask is not None:
            self.plan.check_painted()
        order = self.plan.order()
        clock = _Clock(self._expected)
        for done, (row, column) in enumerate(order):

            def tell(progress: Progress, row: int = row, column: int = column, done: int = done) -> None:
                if on_step is not None:
                    on_step(GridStep(row, column, done, len(order), progress, clock.left()))

            cell = self._cell(row, column, engine, tell, cancel or Cancel())
            clock.spend(cell.evaluations.total)
            yield cell

    def _cell(self, row: int, column: int, engine: SeriesEngine, tell: OnProgress, cancel: Cancel) -> Cell:
        asked = self.plan.request(row, column)
        spent = _Spent()
        heat = None
        try:
            mask = self._mask
            if mask is None and asked.method.masked:
                heat = self._find(asked, engine, tell, cancel, spent)
                mask = heat.cut(asked.find, self._photo.size)
            result = engine.run(asked, self._photo, mask, on_progress=tell, cancel=cancel)
        except Cancelled:
            raise
        except Exception as error:  # also a fault of the program: the other cells go on
            said = _sentence(error)
            return Cell(row, column, asked, spent.evaluations, spent.seconds, heat=heat, error=said)
        spent.add(result)
        request = result.request if self._mask is not None else result.request.with_(mask=None)
        pixels, notices = result.on(self._photo.pixels), result.notices
        return Cell(row, column, request, spent.evaluations, spent.seconds, pixels, heat, notices=notices)

    def _find(
        self, request: EditRequest, engine: SeriesEngine, tell: OnProgress, cancel: Cancel, spent: "_Spent"
    ) -> HeatMap:
        key = finding_key(request)
        if key not in self._heats:
            found = engine.find(request, self._photo, on_progress=tell, cancel=cancel)
            spent.add(found)
            self._heats[key] = found.heat
        return self._heats[key]


@dataclass
class _Spent:
    """What a cell has cost so far, also when it then fails."""

    evaluations: Evaluations = field(default_factory=Evaluations)
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    def add(self, result: FindResult | EditResult) -> None:
        self.evaluations += result.evaluations
        self.seconds |= result.seconds


class _Clock:
    """Time left, by the evaluations that the plan foresees and those that finished cells took."""

    def __init__(self, expected: int) -> None:
        self._expected, self._spent = expected, 0
        self._began = self._last = time.perf_counter()

    def spend(self, evaluations: int) -> None:
        self._spent += evaluations
        self._last = time.perf_counter()

    def left(self) -> float | None:
        """Seconds, None during the first cell."""
        if not self._spent:
            return None
        pace = (self._last - self._began) / self._spent
        since = time.perf_counter() - self._last
        return max(0.0, pace * (self._expected - self._spent) - since)


def _sentence(error: Exception) -> CoreError:
    if isinstance(error, CoreError):
        return error
    log.error("a cell failed", exc_info=error)
    return CoreError(f"{in_words(error)}.")
