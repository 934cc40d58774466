"""Workers that stand in for the engine: no torch here, which every process that is started would import."""

import os
import signal
import time
from pathlib import Path

from core.batch.outcome import Outcome
from core.batch.pictures import Item


class Slow:
    """Says in a file what it begins, and takes a moment over it; at `dies` its own process kills it."""

    def __init__(self, log: str, dies: str = "") -> None:
        self.log, self.dies = Path(log), dies

    def edit(self, item: Item) -> Outcome:
        note(self.log, f"{item.name} {os.getpid()}")
        if item.name == self.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.3)
        return Outcome(item.name, worker=str(os.getpid()))


class Endless:
    """Never comes to an end, and says who it is."""

    def __init__(self, log: str) -> None:
        self.log = Path(log)

    def edit(self, item: Item) -> Outcome:
        note(self.log, str(os.getpid()))
        while True:  # never waits for anything, as in the middle of an evaluation
            sum(range(10_000))


def note(log: Path, line: str) -> None:
    with log.open("a") as file:
        file.write(f"{line}\n")
