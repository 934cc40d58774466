"""A batch at work: what is due, who does it, what is written down, how far it is."""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from core.batch.outcome import Manifest, Outcome
from core.batch.pictures import Gathered, Item
from core.batch.report import write_reports
from core.edit.request import EditRequest
from core.errors import CoreError
from core.photo.files.formats import QUALITY


class Workers(Protocol):
    """Processes (core.batch.processes) or a cluster (core.batch.cluster)."""

    def run(self, items: Iterable[Item], stopped: Callable[[], bool]) -> Generator[Outcome]: ...


@dataclass(frozen=True)
class Tally:
    """How far a batch is. `skipped` were done by an earlier run; rate: pictures per minute of this run."""

    total: int
    skipped: int
    done: int = 0
    failed: int = 0
    rate: float | None = None
    seconds_left: float | None = None
    last: Outcome | None = None

    @property
    def left(self) -> int:
        return self.total - self.skipped - self.done - self.failed


def recipe_for(request: EditRequest) -> EditRequest:
    """What of a recipe holds for any picture: everything but the one picture and mask it was made on."""
    return request.with_(photo="", mask=None)


class Batch:
    """One recipe over gathered pictures into one folder; resumes what an earlier run left.

    quality: of lossy formats, as the workers are told; notices: sentences about what the earlier run left.
    InputError when the folder belongs to another recipe.
    """

    def __init__(
        self, request: EditRequest, gathered: Gathered, output: Path, quality: int = QUALITY
    ) -> None:
        self.request = recipe_for(request)
        self._items = {item.name: item for item in gathered.items}
        self._output = output
        self._manifest = Manifest.open(output, self.request, quality)
        self._outcomes = self._manifest.done(gathered.items)
        self.skipped = len(self._outcomes)
        self.notices = self._manifest.notices

    @property
    def due(self) -> list[Item]:
        """What is still to be done."""
        return [item for name, item in self._items.items() if name not in self._outcomes]

    @property
    def failures(self) -> list[tuple[Item, Outcome]]:
        """Everything that failed so far, in the order of the pictures."""
        return [
            (item, o) for name, item in self._items.items() if (o := self._outcomes.get(name)) and o.error
        ]

    def run(
        self,
        workers: Workers,
        on_tally: Callable[[Tally], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Tally:
        """Do what is due; the last tally. Reports are written however it ends.

        CoreError when nothing more can be done: no model, a full disk, no cluster. What was finished stays.
        """
        began = time.perf_counter()
        tally = Tally(len(self._items), self.skipped)
        if on_tally is not None:
            on_tally(tally)
        with self._reported(), closing(workers.run(self.due, stopped)) as outcomes:
            for outcome in outcomes:
                if outcome.fatal:
                    raise CoreError(
                        outcome.error, f"{self._done} of {tally.total} pictures are done and stay."
                    )
                self._manifest.add(self._items[outcome.name], outcome)
                self._outcomes[outcome.name] = outcome
                tally = _next(tally, outcome, time.perf_counter() - began)
                if on_tally is not None:
                    on_tally(tally)
        return tally

    @contextmanager
    def _reported(self) -> Generator[None]:
        """Write the reports afterwards, however it ended."""

        def write() -> None:
            write_reports(self._output, self.request, list(self._items.values()), self._outcomes)

        try:
            yield
        except BaseException:  # an interrupt too
            with suppress(CoreError):
                write()  # a full disk fails it too: what came first is what to tell
            raise
        write()

    @property
    def _done(self) -> int:
        return sum(not outcome.error for outcome in self._outcomes.values())


def _next(tally: Tally, last: Outcome, seconds: float) -> Tally:
    """The tally with one more outcome, `seconds` after the beginning."""
    now = replace(
        tally, done=tally.done + (not last.error), failed=tally.failed + bool(last.error), last=last
    )
    each = seconds / (now.done + now.failed)
    return replace(now, rate=60 / each, seconds_left=each * now.left)
