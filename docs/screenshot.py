"""Takes the README's pictures of the window: the real program, by mouse and keys, on a screen of its own.

python docs/screenshot.py (from the repository's root; needs Xvfb, openbox, xdotool and ImageMagick)
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from editor.settings import Store, Theme  # noqa: E402
from resources import STARTER  # noqa: E402
from tests.flow.desk import Desk, Program  # noqa: E402

NAMES = ("CONFIG", "DATA", "CACHE", "STATE")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        homes = {f"XDG_{name}_HOME": str(home / name.lower()) for name in NAMES}
        Store(home / "config" / "palimpsest").update(theme=Theme.DARK)
        desk = Desk()
        program = Program(desk, home, "--model", STARTER, "--device", "cpu", HOME=folder, **homes)
        try:
            edit(program)
            take(program, home / "screen.png", "window", "window.png")
            choose_model(program)
            take(program, home / "screen.png", "window.models.chooser", "models.png")
        finally:
            program.close()
            desk.close()


def edit(program: Program) -> None:
    """A horse becomes a zebra."""
    program.until("window.isActiveWindow() and window.panels.guidance.curve is not None")
    program.click("button('Try a Sample')")
    program.until("window.document.state.photo is not None and window.models.info is not None")
    program.press("ctrl+Return")
    program.until("not window.jobs.busy and len(window.document.state.layers) == 1")
    program.click("window.canvas", 0.02, 0.02)
    time.sleep(2)  # the panels count the mask once nothing changes any more


def choose_model(program: Program) -> None:
    """The list of models, by the menu; a folder of everybody's stands where that of this run would."""
    program.press("alt+d", "g")
    program.until("window.models.chooser.list.count() > 0")
    program.ask("window.models.chooser.folder.setText('~/.local/share/palimpsest/models')")
    program.press("Down", "Down", "Down")
    time.sleep(1)


def take(program: Program, screen: Path, widget: str, name: str) -> None:
    """A picture of one widget of the program."""
    program.desk.shoot(screen)
    crop = program.ask(f"[*at({widget}, 0, 0), {widget}.width(), {widget}.height()]")
    cut(screen, crop, ROOT / "docs" / "images" / name)


def cut(screen: Path, crop: list[int], image: Path) -> None:
    x, y, width, height = crop
    subprocess.run(
        ["convert", screen, "-crop", f"{width}x{height}+{x}+{y}", "+repage", "-strip", image], check=True
    )


if __name__ == "__main__":
    main()
