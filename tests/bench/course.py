"""What a bench is at and how long it will take, and what it had measured when it is interrupted."""

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO, TypeVar

T = TypeVar("T")
EVERY = 10.0  # seconds between two lines where lines can't be written over
INTERRUPTED = 130
ENDS = (signal.SIGINT, signal.SIGTERM)


class Course:
    """A bench part by part: its progress on stderr, and the figures so far should it end before its end.

    parts: their names, in order, and the seconds that each took where the bench was written; how fast this
    machine is shows while it runs. `figures` is filled by the bench.
    """

    def __init__(
        self, parts: Mapping[str, float], out: TextIO | None = None, kept: Path | None = None
    ) -> None:
        """kept: a file for the figures should it end before its end"""
        self._kept = kept
        self.began = time.time()
        self.figures: dict[str, Any] = {}
        self._parts, self._out = dict(parts), out or sys.stderr
        self._done: dict[str, float] = {}  # seconds of parts that are over
        self._now, self._since, self._i, self._of = "", time.monotonic(), 0, 1
        self._said, self._width = 0.0, 0

    def __enter__(self) -> Self:
        # In the background a shell lets SIGINT be ignored: only a kill would end hours of work, and lose it.
        self._handlers = {number: signal.signal(number, signal.default_int_handler) for number in ENDS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._clear()
        if error is None:
            return
        where = f"{self._now}, {self._i} of {self._of}" if self._now else "the start"
        print(f"Ended at {where}, after {clock(self.seconds)}. Measured until then:", flush=True)
        told = json.dumps(self.figures, indent=1, ensure_ascii=False, default=str)
        print(told, flush=True)
        if self._kept is not None:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            self._kept.write_text(told + "\n", encoding="utf-8")
        if isinstance(error, KeyboardInterrupt):
            raise SystemExit(INTERRUPTED) from None

    @property
    def seconds(self) -> float:
        return time.time() - self.began

    def part(self, name: str, of: int = 1) -> None:
        """The next part begins, of so many steps."""
        assert name in self._parts, f"{name} is no part of {list(self._parts)}"
        self._end_part()
        self._now, self._since, self._i, self._of = name, time.monotonic(), 0, max(1, of)
        self._tell(always=True)

    def step(self) -> None:
        """One step of the part is done."""
        self._i += 1
        self._tell()

    def each(self, name: str, items: Sequence[T]) -> Iterator[T]:
        """A part whose steps are these items, one by one."""
        self.part(name, len(items))
        for item in items:
            yield item
            self.step()

    def found(self, line: str) -> None:
        """Print what was measured, on stdout."""
        self._clear()
        print(line, flush=True)

    def left(self) -> float:
        """Seconds until the end: of this part by its own pace, of those to come by that of the others."""
        spent = time.monotonic() - self._since
        expected = self._parts.get(self._now, 0.0)
        told, taken = sum(self._parts[name] for name in self._done), sum(self._done.values())
        if self._i:
            told, taken = told + expected * self._i / self._of, taken + spent
        pace = taken / told if told else 1.0
        own = spent / self._i * (self._of - self._i) if self._i else max(0.0, pace * expected - spent)
        names = list(self._parts)
        to_come = names[names.index(self._now) + 1 :] if self._now else names
        return own + pace * sum(self._parts[name] for name in to_come)

    def _end_part(self) -> None:
        if self._now:
            self._done[self._now] = time.monotonic() - self._since

    def _tell(self, *, always: bool = False) -> None:
        now, terminal = time.monotonic(), self._out.isatty()
        if not (always or terminal or now - self._said >= EVERY):
            return
        self._said = now
        n = list(self._parts).index(self._now) + 1
        steps = f", {self._i} of {self._of}" if self._of > 1 else ""
        at = f"[{n}/{len(self._parts)}] {self._now}{steps}"
        line = f"{at} · {clock(self.seconds)}, about {clock(self.left())} left"
        if not terminal:
            print(line, file=self._out, flush=True)
            return
        print(f"\r{line:{self._width}}", end="", file=self._out, flush=True)
        self._width = len(line)

    def _clear(self) -> None:
        if self._width:
            print(f"\r{'':{self._width}}\r", end="", file=self._out, flush=True)
            self._width = 0


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    whole = round(max(0.0, seconds))
    return f"{whole // 60}:{whole % 60:02}"
