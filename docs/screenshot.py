"""Takes the README's picture of the window: the real program, by mouse and keys, on a screen of its own.

python docs/screenshot.py (from the repository's root; needs Xvfb, openbox, xdotool and ImageMagick)
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.edit.request import STARTER  # noqa: E402
from editor.settings import Store, Theme  # noqa: E402
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
            desk.shoot(home / "screen.png")
            crop = program.ask("[*at(window, 0, 0), window.width(), window.height()]")
            cut(home / "screen.png", crop, ROOT / "docs" / "images" / "window.png")
        finally:
            program.close()
            desk.close()


def edit(program: Program) -> None:
    """A horse becomes a zebra."""
    program.until("window.isActiveWindow() and window.panels.guidance.curve is not None")
    program.click("button('Try a sample')")
    program.until("window.document.state.photo is not None and window.models.info is not None")
    program.click("window.panels.prompts.reference")
    program.write("a horse")
    program.press("Tab")
    program.write("a zebra")
    program.press("ctrl+Return")
    program.until("not window.jobs.busy and len(window.document.state.edits) == 1")
    program.click("window.canvas", 0.02, 0.02)
    time.sleep(2)  # the panels count the mask once nothing changes any more


def cut(screen: Path, crop: list[int], image: Path) -> None:
    x, y, width, height = crop
    subprocess.run(
        ["convert", screen, "-crop", f"{width}x{height}+{x}+{y}", "+repage", "-strip", image], check=True
    )


if __name__ == "__main__":
    main()
