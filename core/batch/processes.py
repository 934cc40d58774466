"""Workers on this machine: one process each, so that one which dies takes a single picture's time with it."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Protocol

from core import spawn
from core.batch.outcome import Outcome
from core.batch.pictures import Item

TRIES = 3  # a picture whose worker died this often is given up: it may be what kills them


class Serves(Protocol):
    """What a process needs of a worker (core.batch.worker.PictureWorker)."""

    def edit(self, item: Item) -> Outcome: ...


@dataclass
class _Process:
    process: SpawnProcess
    pipe: Connection
    item: Item | None = None


class Processes:
    """`count` processes. `make` is called in each, with no argument, to make its worker; it is pickled.

    devices  for each process the CUDA device that it alone sees; () leaves them alone
    threads  of the processor, for each process
    """

    def __init__(
        self, make: Callable[[], Serves], count: int, threads: int = 1, devices: tuple[str, ...] = ()
    ) -> None:
        self._make, self._count, self._threads, self._devices = make, count, threads, devices
        self._running: list[_Process] = []

    def run(self, items: Iterable[Item], stopped: Callable[[], bool]) -> Generator[Outcome]:
        """Yield each outcome as it comes. Once `stopped()`, or when closed, the processes are ended."""
        due = deque(items)
        tries: dict[str, int] = {}
        try:
            for n in range(min(self._count, len(due))):
                self._running.append(self._start(n))
                self._hand(self._running[n], due)
            while any(one.item for one in self._running) and not stopped():
                pipes = [one.pipe for one in self._running if one.item]
                ready = wait(pipes, timeout=0.2)  # a dead process's pipe is ready too
                for n, one in enumerate(self._running):
                    if one.pipe not in ready or one.item is None:
                        continue
                    item = one.item
                    outcome = self._answer(one)
                    if outcome is None:
                        self._running[n] = one = self._start(n)
                        tries[item.name] = tries.get(item.name, 0) + 1
                        if tries[item.name] < TRIES:
                            due.appendleft(item)
                        else:
                            outcome = Outcome(item.name, error=died(TRIES))
                    self._hand(one, due)
                    if outcome is not None:
                        yield outcome
        finally:
            self._end()

    def _start(self, n: int) -> _Process:
        device = self._devices[n % len(self._devices)] if self._devices else None
        return _Process(*spawn.start(f"worker {n + 1}", _serve, self._make, self._threads, device))

    def _hand(self, one: _Process, due: deque[Item]) -> None:
        one.item = due.popleft() if due else None
        if one.item is not None:
            with suppress(OSError):  # it died: its pipe tells so when read
                one.pipe.send(one.item)

    def _answer(self, one: _Process) -> Outcome | None:
        """What came back, None when the process has died."""
        try:
            return one.pipe.recv()
        except (EOFError, OSError):
            one.pipe.close()
            one.process.join()
            return None

    def _end(self) -> None:
        for one in self._running:
            one.process.terminate()
        for one in self._running:
            one.process.join()
            one.pipe.close()
        self._running = []


def died(times: int) -> str:
    return f"The worker died {times} times over this picture (killed, out of memory, or crashed)."


def _serve(pipe: Connection, make: Callable[[], Serves], threads: int, device: str | None) -> None:
    """The life of a process: pictures in, outcomes out, until the batch lets go of the pipe."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    # Threads that spin while they wait take the processor from those of the other processes: where a recipe
    # names more than a process's share, that makes an edit ten times slower.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    if device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = device
    worker = make()
    with suppress(EOFError, OSError):
        while True:
            pipe.send(worker.edit(pipe.recv()))
