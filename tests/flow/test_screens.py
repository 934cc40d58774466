"""The window and its dialogs on the smallest screen that they are made for, at every usual scale."""

import pytest

from tests.flow.desk import Desk, Program

WIDTH, HEIGHT = 1024, 640  # logical pixels
NAMES = ("CONFIG", "DATA", "CACHE", "STATE")
SCREEN = "window.screen().availableGeometry()"
DIALOGS = ("movie", "grid", "batch", "export", "get-model")


@pytest.fixture(params=[1, 1.5, 2.5])  # a whole one, and halves: 2 is laid out as 1
def program(request, desk, tmp_path):
    scale = request.param
    small = Desk(round(scale * WIDTH), round(scale * HEIGHT))
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in NAMES}
    given = "--model", "starter", "--device", "cpu"
    program = Program(small, tmp_path, *given, HOME=str(tmp_path), QT_SCALE_FACTOR=str(scale), **homes)
    program.until("window.isActiveWindow() and hasattr(window, 'panels')")
    yield program
    program.close()
    small.close()
    assert not [line for line in program.complaints if "Traceback" in line]


def test_everything_that_ends_in_a_picture_is_on_the_screen(program):
    program.until("window.isMaximized() and in_sight(window)")
    assert program.ask(f"[{SCREEN}.width(), {SCREEN}.height()]") == [WIDTH, HEIGHT]
    program.click("button('Try a Sample')")
    program.until("window.document.state.photo is not None")
    for widget in ("panels.run.button", "panels.run.seed", "status", "status.zoom", "options"):
        assert program.ask(f"in_sight(window.{widget})"), widget
    program.until("window.models.info is not None")  # a dialog may ask it
    for name in DIALOGS:
        program.ask(f"QTimer.singleShot(0, window.actions_['{name}'].trigger)")
        program.until("dialog() is not None and dialog().isActiveWindow() and in_sight(dialog())")
        program.until("all(in_sight(button) for button in buttons(dialog()))")
        program.press("Escape")
        program.until("dialog() is None")
