"""How long the window lets one wait: start, opening, stalls, Stop, every tool; and its memory.

The real program without a screen, asked through its probe (tests/flow/probe.py); every round is a process of
its own. The tools are bench_canvas.py's, on the canvas alone. Processor time stands beside the clock's.
`--full` writes docs/results/window.json and its section of docs/results.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from resources import samples_folder, starter_folder
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.flow.desk import Desk, Program

SAMPLE = samples_folder() / "horse-on-a-meadow.png"
MEGAPIXELS = (12, 24, 50, 100)
CANVAS = (24, 50)  # megapixels under the tools
PHOTOS, TOOLS, ROUNDS = "photographs", "tools", "rounds"
LOADED = "window.models.info is not None"
IDLE = "not window.jobs.busy and not window.tasks.busy"
AIMS = {  # figure → what it says, its unit, at most how much is aimed at
    "first_paint": ("command → first paint", "s", 0.7),
    "model_ready": ("command → starter model ready", "s", 5),
    "stall_loading": ("longest stall while the model loads", "ms", 50),
    "stall_editing": ("longest stall while an edit runs", "ms", 16),
    "stall_painting": ("longest event → paint of the brush, 50 megapixels", "ms", 16),
    "brush": ("brush of 2,000 pixels, zoomed to fit, 50 megapixels, p95", "ms", 8),
    "stop": ("Stop → idle, in evaluations of the network", "", 1),
    "open_24": ("open a JPEG of 24 megapixels", "s", 0.8),
    "open_50": ("open a JPEG of 50 megapixels", "s", 1.5),
}
OTHERS = {
    "edit": ("a starter edit by the defaults", "s"),
    "stop_seconds": ("Stop → idle", "s"),
    **{f"open_{n}": (f"open a JPEG of {n} megapixels", "s") for n in MEGAPIXELS if f"open_{n}" not in AIMS},
    "memory_start": ("memory, model loaded", "MiB"),
    "memory_100": ("memory, 100 megapixels open", "MiB"),
}
Spent = tuple[float, float]  # seconds by the clock and of the processor


class NoScreen(Desk):
    """Where a program runs that nobody looks at."""

    def __init__(self) -> None:
        self.environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "PASSIVE"}

    def shoot(self, path: Path) -> None: ...


class Round:
    """One start of the program: its figures, and the processor seconds of those that are times."""

    def __init__(self, folder: Path, photos: dict[int, Path]) -> None:
        self.figures: dict[str, float] = {}
        self.processor: dict[str, float] = {}
        homes = {f"XDG_{name}_HOME": str(folder / name) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
        self._began = time.perf_counter()
        arguments = str(SAMPLE), "--model", "starter", "--device", "cpu"
        self._program = Program(NoScreen(), folder, *arguments, **homes)
        try:
            self._start()
            self._edit()
            for n, photo in photos.items():
                self._open(n, photo)
            self.figures[f"memory_{max(photos)}"] = memory(self._program.process.pid)
        finally:
            self._program.close()

    def _start(self) -> None:
        self._took("first_paint", self._begun(0.0), "window.furnishing.begun")
        self._program.ask("probe.watch()")
        self._took("model_ready", self._begun(0.0), LOADED)
        self.figures["stall_loading"] = self._stall()
        self.figures["memory_start"] = memory(self._program.process.pid)

    def _edit(self) -> None:
        """A whole edit, and one that is stopped as soon as it has begun."""
        ask = self._program.ask
        commands = "__import__('core.document.commands', fromlist=['update_draft'])"
        ask(f"window.document.adjust({commands}.update_draft(reference='a horse', query='a zebra'))")
        until(self._program, "window.document.state.photo is not None and not window.tasks.busy")
        evaluations = ask("window.document.model.cost().total")
        self._stall()
        since = self._now()
        ask("window.actions_['repaint'].trigger()")
        self._took("edit", since, f"len(window.document.state.layers) == 1 and {IDLE}")
        self.figures["stall_editing"] = self._stall()
        ask("window.document.undo()")
        ask(f"window.document.adjust({commands}.update_draft(query='a cow'))")  # nothing of it is kept
        ask("window.actions_['repaint'].trigger()")
        until(self._program, "window.jobs.busy")
        since = self._now()
        ask("window.runs.stop()")
        self._took("stop_seconds", since, IDLE)
        self.figures["stop"] = self.figures["stop_seconds"] / (self.figures["edit"] / evaluations)

    def _open(self, n: int, photo: Path) -> None:
        """Until a photo is in the document and the pyramid that the canvas paints from is built."""
        since = self._now()
        self._program.ask(f"window.files.open_path(__import__('pathlib').Path({str(photo)!r}))")
        there = f"window.document.state.photo.name == {photo.name!r} and not window.tasks.busy"
        self._took(f"open_{n}", since, f"{there} and not window.canvas.scene.is_building")

    def _took(self, name: str, since: Spent, question: str) -> None:
        """How long it took until an expression was true."""
        now = until(self._program, question), processor(self._program.process.pid)
        self.figures[name], self.processor[name] = now[0] - since[0], now[1] - since[1]

    def _stall(self) -> float:
        """The longest in milliseconds since it was asked last."""
        return 1e3 * self._program.ask("probe.forget()")

    def _now(self) -> Spent:
        return time.perf_counter(), processor(self._program.process.pid)

    def _begun(self, spent: float) -> Spent:
        return self._began, spent


def until(program: Program, question: str) -> float:
    """When an expression became true, of time.perf_counter()."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            if program.ask(question):
                return time.perf_counter()
        except LookupError:
            pass  # not there yet
        time.sleep(0.005)
    raise TimeoutError(question)


def family(pid: int) -> Iterator[int]:
    """A process and those that it started, as many as are there."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="utf-8").split():
            yield from family(int(child))


def processor(pid: int) -> float:
    """Processor seconds of a program until now."""
    ticks = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """MiB of a program, what its processes share counted once."""
    rolls = (Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8") for one in family(pid))
    return sum(int(roll.split("Pss:")[1].split()[0]) for roll in rolls) / 1024


def tools(folder: Path, megapixels: int) -> Figures:
    """What bench_canvas.py says of the canvas under so many megapixels."""
    path = folder / f"canvas-{megapixels}.json"
    bench = str(Path(__file__).with_name("bench_canvas.py"))
    command = [sys.executable, bench, "--megapixels", str(megapixels), "--json", str(path)]
    subprocess.run(command, check=True, capture_output=True, env=NoScreen().environment, cwd=results.ROOT)
    return json.loads(path.read_text(encoding="utf-8"))


def photos(folder: Path) -> dict[int, Path]:
    """Photographs of every size: a sample enlarged."""
    made: dict[int, Path] = {}
    with Image.open(SAMPLE) as sample:
        for n in MEGAPIXELS:
            height = round(np.sqrt(n * 1e6 / 1.5))
            made[n] = folder / f"{n}.jpg"
            sample.convert("RGB").resize((round(1.5 * height), height)).save(made[n], quality=90)
    return made


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    aims = [
        [what, f"≤ {aim:g} {unit}".rstrip(), *_told(figures, name, unit), _met(figures, name, aim)]
        for name, (what, unit, aim) in AIMS.items()
    ]
    others = [[what, *_told(figures, name, unit)] for name, (what, unit) in OTHERS.items()]
    columns = "median", "least", "most", "processor"
    load = (
        f"{figures['rounds']} starts of the program; load of the machine {figures['load']:.1f} at the first."
    )
    parts = ["## The window", load, results.table(["", "aim", *columns, "met"], aims)]
    parts.append(results.table(["", *columns], others))
    for megapixels, canvas in figures["tools"].items():
        rows = [
            [tool, *(f"{one[i]:.1f}" for one in (of["clock"], of["processor"]) for i in (1, 2))]
            for tool, of in canvas.items()
        ]
        said = f"Event → paint of every tool over {megapixels} megapixels, in ms:"
        parts += [said, results.table(["", "p95", "p99", "p95, processor", "p99, processor"], rows)]
    return "\n\n".join((*parts, results.origin(figures)))


def _told(figures: Figures, name: str, unit: str) -> list[str]:
    seconds = figures["processor"].get(name)
    values = [f"{value:,.3g} {unit}".rstrip() for value in figures["figures"][name]]
    return [*values, "" if seconds is None else f"{seconds:,.3g} {unit}"]


def _met(figures: Figures, name: str, aim: float) -> str:
    return "yes" if figures["figures"][name][0] <= aim else "**no**"


def take(figures: Figures, rounds: Sequence[Round]) -> None:
    """What the rounds until now come to."""
    for name in {**AIMS, **OTHERS}.keys() & rounds[0].figures.keys():
        some = [one.figures[name] for one in rounds]
        figures["figures"][name] = [median(some), min(some), max(some)]
    for name in rounds[0].processor:
        figures["processor"][name] = median(one.processor[name] for one in rounds)


def take_tools(figures: Figures, canvas: Figures) -> None:
    """The two of them that there is an aim for, at the largest picture."""
    brush = canvas["fit, brush 2000"]
    longest = max(of["clock"][3] for tool, of in canvas.items() if "brush" in tool)
    figures["figures"] |= {"brush": [brush["clock"][1]] * 3, "stall_painting": [longest] * 3}
    figures["processor"] |= {"brush": brush["processor"][1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="write docs/results")
    chosen = parser.parse_args()
    parts = {PHOTOS: 15.0, TOOLS: 40.0 * len(CANVAS), ROUNDS: 45.0 * chosen.rounds}
    with tempfile.TemporaryDirectory() as name, Course(parts) as course:
        folder, figures, rounds = Path(name), course.figures, list[Round]()
        figures |= {"rounds": chosen.rounds, "load": os.getloadavg()[0]}
        figures |= {"figures": {}, "processor": {}, "tools": {}}
        course.part(PHOTOS)
        made = photos(folder)
        for megapixels in course.each(TOOLS, CANVAS):
            figures["tools"][str(megapixels)] = tools(folder, megapixels)
        take_tools(figures, figures["tools"][str(max(CANVAS))])
        for _ in course.each(ROUNDS, range(chosen.rounds)):
            rounds.append(Round(folder, made))
            take(figures, rounds)
        figures["made"] = results.made("window", course.began, starter_folder())
    results.save("window", figures, published=chosen.full)
    print(text(figures))
    if chosen.full:
        results.publish("window", text(figures))


if __name__ == "__main__":
    main()
