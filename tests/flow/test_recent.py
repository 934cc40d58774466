"""Two starts: what was opened in the first is offered in the second, and told when it is gone."""

import shutil

import pytest

from resources import samples_folder
from tests.flow.conftest import NAMES
from tests.flow.desk import Program

KNOWN = "[tile.isVisible() for tile in window.canvas.empty.recent.tiles] == [True, True]"


@pytest.fixture
def start(desk, tmp_path):
    """start(*arguments): the program in a home of its own, at its second start the same one."""
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in NAMES}
    programs = []

    def run(*arguments: str) -> Program:
        given = *arguments, "--model", "starter", "--device", "cpu"
        programs.append(Program(desk, tmp_path, *given, HOME=str(tmp_path), **homes))
        programs[-1].until("window.isActiveWindow() and window.panels.guidance.curve is not None")
        return programs[-1]

    yield run
    for program in programs:
        program.close()
        assert not [line for line in program.complaints if "Traceback" in line]


def test_recent_files_by_mouse_and_keys(start, tmp_path):
    for name in ("horse-on-a-meadow.png", "basket-of-apples.png"):
        shutil.copy(samples_folder() / name, tmp_path / name)
    first = start(str(tmp_path / "horse-on-a-meadow.png"))
    first.until("window.document.state.photo is not None")
    first.ask(
        f"window.files.open_path(__import__('pathlib').Path({str(tmp_path / 'basket-of-apples.png')!r}))"
    )
    first.until("window.document.state.photo.name == 'basket-of-apples.png'")
    first.until("all(file.picture is not None for file in window.files.recent.files)")
    first.press("ctrl+q")
    assert first.leave() == 0

    second = start()
    second.until(KNOWN)
    (tmp_path / "basket-of-apples.png").unlink()
    second.click("window.canvas.empty.recent.tiles[0]")
    second.until("[bar.text for bar in window.banner.bars] == ['“basket-of-apples.png” is missing.']")
    second.click("button('Take Off the List')")
    second.until("len(window.canvas.empty.recent.tiles) == 1")
    second.click("window.canvas.empty.recent.tiles[0]")
    second.until("window.document.state.photo.name == 'horse-on-a-meadow.png'")
    second.press("ctrl+k")
    second.until("dialog() is not None and dialog().isActiveWindow()")
    second.write("recent: horse")
    second.press("Return")
    second.until("dialog() is None and not window.files.opening.under_way")
    assert second.ask("window.document.state.photo.name") == "horse-on-a-meadow.png"
