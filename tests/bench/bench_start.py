"""What everything waits for, from the start of a process: help, the engine, a model, one edit.

Each in a process of its own: as it is, and with all loaded at once that else waits until it is touched
(core.models.deferred), by turns, so that whatever else the machine does falls on both alike. The first turn
writes Python's caches and doesn't count. Linux only. `--full` takes more turns and publishes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.models.catalog import folder_of
from resources import samples_folder
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import ROOT, Figures

FAST, FULL = 1, 5  # turns
ENGINE = "from core.calm import uncollected\nwith uncollected():\n    from core.edit.engine import Engine\n"
AT_ONCE = (
    "import sys\nfrom core.models.deferred import DeferringFinder\n"
    "sys.meta_path[:] = [it for it in sys.meta_path if not isinstance(it, DeferringFinder)]\n"
)
PYTHON, HELP, LOADED, READY, EDIT = STARTS = (
    "Python itself",
    "`palimpsest edit --help`",
    "the engine imported",
    "the starter loaded",
    "`palimpsest edit` of 512 pixels",
)
AIMS = {HELP: 0.15, READY: 4.0, EDIT: 5.0}  # seconds of processor time
WAITS = (LOADED, READY, EDIT)  # where anything is deferred


def main() -> None:
    parser = argparse.ArgumentParser(description="The start")
    parser.add_argument("--full", action="store_true", help=f"{FULL} turns, published")
    options = parser.parse_args()
    turns = FULL if options.full else FAST
    with Course({f"turn {turn}": 35.0 for turn in range(turns + 1)}) as course:
        figures = course.figures
        figures |= {"turns": turns, "aims": AIMS, "start": {}}
        measure(course, figures, turns)
        figures["made"] = results.made("start", course.began, folder_of("starter"))
    results.save("start", figures, published=options.full)
    print(text(figures))
    if options.full:
        results.publish("start", text(figures))


def measure(course: Course, figures: Figures, turns: int) -> None:
    """Put the medians so far into `figures["start"]`: seconds of processor time and of the clock."""
    took: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        codes = programs(Path(folder) / "out.png")
        for turn in range(turns + 1):
            for name in course.each(f"turn {turn}", list(codes)):
                seconds = run(codes[name])
                course.found(f"{name}: {seconds[0]:.2f} s of processor time")
                if turn:
                    took.setdefault(name, []).append(seconds)
                    figures["start"][name] = [
                        round(statistics.median(one), 3) for one in zip(*took[name], strict=True)
                    ]


def programs(out: Path) -> dict[str, str]:
    """What is measured → the Python that a process runs."""
    edit = ["edit", str(samples_folder() / "horse-on-a-meadow.png"), "--to", "a zebra", "-o", str(out)]
    each = {
        PYTHON: "pass",
        HELP: command("edit", "--help"),
        LOADED: ENGINE,
        READY: f"{ENGINE}Engine().load('starter', 'cpu')",
        EDIT: command(*edit),
    }
    return each | {at_once(name): AT_ONCE + each[name] for name in WAITS}


def at_once(name: str) -> str:
    return f"{name}, all at once"


def command(*words: str) -> str:
    return f"import sys\nfrom editor.__main__ import main\nsys.exit(main({list(words)}))"


def run(code: str) -> tuple[float, float]:
    """Seconds of processor time, and of the clock, that a new process takes."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"It ended with {process.returncode}:\n{code}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - began


def text(figures: Figures) -> str:
    rows = [row(name, figures) for name in STARTS]
    header = (
        "from the start of the process",
        "processor, s",
        "aim",
        "clock, s",
        "all at once: processor, s",
        "clock, s",
    )
    return f"""## The start

Each in a process of its own, from its start; medians of {figures["turns"]} turns. *All at once*: what else
waits until it is touched is loaded with the rest.

{results.table(header, rows)}

{results.origin(figures)}"""


def row(name: str, figures: Figures) -> list[str]:
    processor, clock = figures["start"][name]
    whole = [f"{seconds:.2f}" for seconds in figures["start"].get(at_once(name), ())] or ["", ""]
    aim = f"≤ {figures['aims'][name]:g}" if name in figures["aims"] else ""
    return [name, f"{processor:.2f}", aim, f"{clock:.2f}", *whole]


if __name__ == "__main__":
    main()
