"""The real program killed at a random moment of a journey, started again, and asked for its work."""

import random
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.errors import CoreError
from core.project.ora.read import open_project
from resources import samples_folder
from tests.flow.desk import Desk, Program

SAMPLE = samples_folder() / "horse-on-a-meadow.png"
NAMES = ("CONFIG", "DATA", "CACHE", "STATE")
PROJECT, PICTURE = "work.ora", "out.png"


@dataclass(frozen=True)
class Moment:
    """When it is killed: `delay` seconds after the journey's step begins, or inside of its n-th write from
    there, once half of that is on its way to the disk.
    """

    step: int
    delay: float
    write: int

    @staticmethod
    def drawn(dice: random.Random) -> "Moment":
        inside = dice.random() < 0.4
        return Moment(dice.randrange(len(STEPS)), dice.uniform(0, 1.5), dice.randrange(1, 6) if inside else 0)


@dataclass(frozen=True)
class Outcome:
    """offered: the next start spoke of work; project: and Save writes the one again that it was saved as;
    wrong: what is not as it has to be, "" for nothing.
    """

    moment: Moment
    kept: int
    offered: bool
    project: bool
    wrong: str


def paint(program: Program, _: Path) -> None:
    program.press("b")
    program.drag("window.canvas", (0.3, 0.2), (0.35, 0.25), (0.45, 0.4), (0.5, 0.5))
    program.press("e")
    program.drag("window.canvas", (0.35, 0.2), (0.4, 0.3))


def find(program: Program, _: Path) -> None:
    program.until("window.models.info is not None")
    program.press("ctrl+f")
    program.until("not window.jobs.busy and window.document.state.mask.heat is not None")


def undo(program: Program, _: Path) -> None:
    program.press("ctrl+z", "ctrl+z", "ctrl+shift+z")


def repaint(program: Program, _: Path) -> None:
    program.press("ctrl+Return")
    program.until("len(window.document.state.layers) > 0 and not window.jobs.busy")


def vary(program: Program, _: Path) -> None:
    program.ask("window.panels.run.count.setValue(2)")
    program.press("ctrl+Return")
    program.until("len(window.document.pending.choice.drawn) == 2 and not window.jobs.busy")
    program.press("space", "Left")


def save(program: Program, folder: Path) -> None:
    program.press("ctrl+s")
    name(program, folder / PROJECT)
    program.until("window.files.projects.path is not None and not window.document.modified")


def export(program: Program, folder: Path) -> None:
    program.press("ctrl+e")
    name(program, folder / PICTURE)
    program.until("not window.tasks.writing")


def name(program: Program, path: Path) -> None:
    """Type it into the dialog that opens."""
    program.until("QApplication.activeModalWidget() is not None")
    program.press("ctrl+a")
    program.write(str(path))
    program.press("Return")
    program.until("QApplication.activeModalWidget() is None")


STEPS = (paint, undo, find, paint, repaint, undo, paint, export, vary, save, paint)


def run(desk: Desk, folder: Path, moment: Moment) -> Outcome:
    """One kill, and the start after it."""
    folder.mkdir(parents=True)
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in NAMES}
    environment = {"HOME": str(folder), **homes}
    told = folder / "told"
    first = Program(desk, folder, str(SAMPLE), "--model", "starter", "--device", "cpu", **environment)
    try:
        first.until("window.isActiveWindow() and window.document.state.photo is not None")
        first.ask(f"probe.follow({str(told)!r})")
        _journey(first, folder, moment)
    finally:
        first.close()
    made, kept = _told(told)
    again = Program(desk, folder, "--model", "starter", "--device", "cpu", **environment)
    try:
        again.until("window.panels is not None and window.recovery.looked")
        wrong, offered = _compared(again, made, kept)
        wrong = wrong or _torn(folder)
        project = again.ask(f"str(window.files.projects.path) == {str(folder / PROJECT)!r}")
        return Outcome(moment, kept, offered, project, wrong)
    finally:
        again.close()


def _journey(program: Program, folder: Path, moment: Moment) -> None:
    """The steps up to the moment, and the kill, from outside or from inside a write."""
    program.click("window.panels.prompts.reference")
    program.write("a horse")
    program.press("Tab")
    program.write("a zebra")
    program.click("window.canvas")
    for step in STEPS[: moment.step]:
        step(program, folder)
    if moment.write:
        program.ask(f"probe.die_in_write({moment.write})")
    killer = threading.Timer(moment.delay if not moment.write else 20, program.process.kill)
    killer.start()
    with suppress(RuntimeError, LookupError, TimeoutError, OSError):
        STEPS[moment.step](program, folder)
        for step in STEPS[moment.step + 1 :]:
            step(program, folder)
    if program.process.poll() is None:
        killer.join()
    killer.cancel()
    assert program.leave() == -signal.SIGKILL


def _told(path: Path) -> tuple[dict[int, str], int]:
    """The state of each change by its number, and the last number that was acknowledged; 0 for none."""
    made, kept = {}, 0
    for line in path.read_text().splitlines() if path.exists() else ():
        kind, number, *rest = line.split(" ")
        if kind == "made" and rest:
            made[int(number)] = rest[0]
        elif kind == "kept" and number:
            kept = int(number)
    return made, kept


def _compared(program: Program, made: dict[int, str], kept: int) -> tuple[str, bool]:
    """What is wrong with what the next start offers, and whether it offers anything."""
    offered = program.ask("any('unexpectedly' in bar.text for bar in window.banner.bars)")
    if not offered:
        return (f"state {kept} was acknowledged, and nothing is offered" if kept else ""), False
    program.click("button('Restore')")
    program.until("window.document.state.photo is not None")
    found = program.ask("probe.state()")
    allowed = {digest for number, digest in made.items() if number >= kept}
    return ("" if found in allowed or not made else "another state than was acknowledged"), True


def _torn(folder: Path) -> str:
    """What was saved and what was exported is whole or not there."""
    try:
        if (folder / PROJECT).exists():
            open_project(folder / PROJECT)
    except CoreError as error:
        return f"the project is torn: {error}"
    try:
        if (folder / PICTURE).exists():
            with Image.open(folder / PICTURE) as image:
                image.load()
    except (OSError, SyntaxError):
        return "the export is torn"
    return ""
