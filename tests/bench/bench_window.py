"""How long the window lets one wait: start, opening, stalls, Stop; and its memory.

The real program without a screen, asked through its probe (tests/flow/probe.py); every round is a process of
its own. `--full` writes docs/results/window.json and its section of docs/results.md.
"""

import argparse
import os
import sys
import tempfile
import time
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
PHOTOS, ROUNDS = "photographs", "rounds"
LOADED = "window.models.info is not None"
IDLE = "not window.jobs.busy and not window.tasks.busy"
GOALS = {  # figure → what it says, its unit, what is aimed at
    "first_paint": ("command → first paint", "s", 0.7),
    "model_ready": ("command → starter model ready", "s", 5),
    "stall_loading": ("longest stall while the model loads", "s", 0.05),
    "stall_editing": ("longest stall while an edit runs", "s", 0.016),
    "edit": ("a starter edit by the defaults", "s", 20),
    "stop": ("Stop → idle", "s", None),
    **{f"open_{n}": (f"open a JPEG of {n} megapixels", "s", None) for n in MEGAPIXELS},
    "memory_start": ("memory, model loaded", "MiB", None),
    "memory_100": ("memory, 100 megapixels open", "MiB", None),
}


class NoScreen(Desk):
    """Where a program runs that nobody looks at."""

    def __init__(self) -> None:
        self.environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "PASSIVE"}

    def shoot(self, path: Path) -> None: ...


def one_round(folder: Path, photos: dict[int, Path]) -> dict[str, float]:
    """Start, edit, stop and open once."""
    homes = {f"XDG_{name}_HOME": str(folder / name) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    began = time.perf_counter()
    program = Program(NoScreen(), folder, str(SAMPLE), "--model", "starter", "--device", "cpu", **homes)
    try:
        figures = {"first_paint": until(program, "window._asked") - began}
        program.ask("probe.watch()")
        figures["model_ready"] = until(program, LOADED) - began
        figures["stall_loading"] = program.ask("probe.forget()")
        figures["memory_start"] = memory(program)
        figures |= edited(program)
        for n, photo in photos.items():
            figures[f"open_{n}"] = opened(program, photo)
        figures[f"memory_{max(photos)}"] = memory(program)
        return figures
    finally:
        program.close()


def edited(program: Program) -> dict[str, float]:
    """A whole edit, and one that is stopped while it encodes."""
    commands = "__import__('core.document.commands', fromlist=['update_draft'])"
    program.ask(f"window.document.adjust({commands}.update_draft(reference='a horse', query='a zebra'))")
    program.ask("probe.forget()")
    began = time.perf_counter()
    program.ask("window.actions_['repaint'].trigger()")
    edit = until(program, IDLE) - began
    stall = program.ask("probe.forget()")
    program.ask("window.document.undo()")
    frames = program.ask("window.panels.filmstrip.count()")
    program.ask("window.actions_['repaint'].trigger()")
    until(program, f"0 < window.panels.filmstrip.count() < {frames}")
    began = time.perf_counter()
    program.ask("window.runs.stop()")
    return {"edit": edit, "stall_editing": stall, "stop": until(program, IDLE) - began}


def opened(program: Program, photo: Path) -> float:
    """Seconds until a photo is in the document and the pyramid that the canvas paints from is built."""
    began = time.perf_counter()
    program.ask(f"window.files.open_path(__import__('pathlib').Path({str(photo)!r}))")
    there = f"window.document.state.photo.name == {photo.name!r}"
    return until(program, f"{there} and not window.canvas.scene.is_building") - began


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


def memory(program: Program) -> float:
    """Resident MiB of the program."""
    status = Path(f"/proc/{program.process.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


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
    rows = [
        [
            what,
            *(f"{value:,.3g} {unit}" for value in figures["figures"][name]),
            f"{goal:g} {unit}" if goal else "",
        ]
        for name, (what, unit, goal) in GOALS.items()
    ]
    load = f"{figures['rounds']} rounds; load of the machine {figures['load']:.1f} when they began."
    table = results.table(["", "median", "least", "most", "aim"], rows)
    return "\n\n".join(("## The window", load, table, results.origin(figures)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="write docs/results")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        Course({PHOTOS: 15.0, ROUNDS: 45.0 * chosen.rounds}) as course,
    ):
        figures, rounds = course.figures, list[dict[str, float]]()
        figures |= {"rounds": chosen.rounds, "load": os.getloadavg()[0]}
        course.part(PHOTOS)
        made = photos(Path(name))
        for _ in course.each(ROUNDS, range(chosen.rounds)):
            rounds.append(one_round(Path(name), made))
            values = {key: [one[key] for one in rounds] for key in GOALS}
            figures["figures"] = {key: [median(some), min(some), max(some)] for key, some in values.items()}
        figures["made"] = results.made("window", course.began, starter_folder())
    results.save("window", figures, published=chosen.full)
    print(text(figures))
    if chosen.full:
        results.publish("window", text(figures))


if __name__ == "__main__":
    main()
