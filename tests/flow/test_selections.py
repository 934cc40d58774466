"""A mask made by hand in a real window, by mouse and keys: every tool and mode, undone, saved, reopened."""

from tests.flow.conftest import start

MASK = "window.document.state.mask"
SUM = f"int({MASK}.array().astype(int).sum())"
CANVAS = "window.canvas"


def undone(program, text: str) -> int:
    """What the mask comes to once the last thing done is called so."""
    program.until(f"window.document.undo_text == '{text}'")
    return program.ask(SUM)


def choose(program, mode: int) -> None:
    """One of the buttons over the canvas: replace, add, subtract, intersect."""
    program.click(f"list(window.options.selects.modes.values())[{mode}]")


def test_a_mask_by_every_tool(program, tmp_path):
    start(program)
    program.click(CANVAS, 0.1, 0.1)  # the keyboard goes to the canvas
    program.press("r")
    program.drag(CANVAS, (0.35, 0.3), (0.4, 0.4), (0.5, 0.6))
    sums = [undone(program, "Rectangle")]

    program.press("j")
    program.desk.do("keydown", "shift")
    program.drag(CANVAS, (0.45, 0.4), (0.5, 0.5), (0.6, 0.7))
    program.desk.do("keyup", "shift")
    sums.append(undone(program, "Ellipse"))
    assert sums[1] > sums[0]

    program.press("l")
    choose(program, 1)
    for x, y in ((0.6, 0.3), (0.65, 0.3), (0.66, 0.5), (0.3, 0.9)):
        program.click(CANVAS, x, y)
    program.press("BackSpace")
    program.drag(CANVAS, (0.64, 0.52), (0.62, 0.54), (0.61, 0.5))
    program.until("window.canvas._tool.pending")
    program.press("Return")
    sums.append(undone(program, "Lasso"))
    assert sums[2] > sums[1]

    for x, y in ((0.4, 0.4), (0.5, 0.4), (0.5, 0.5)):
        program.click(CANVAS, x, y)
    program.press("Escape")
    program.until("not window.canvas._tool.pending")
    assert program.ask(SUM) == sums[2]

    program.press("w")
    choose(program, 2)
    program.click(CANVAS, 0.5, 0.55)
    sums.append(undone(program, "Colour wand"))
    assert sums[3] < sums[2]

    program.press("shift+g")
    choose(program, 3)
    program.drag(CANVAS, (0.35, 0.5), (0.5, 0.5), (0.65, 0.55))
    sums.append(undone(program, "Gradient"))
    assert 0 < sums[4] < sums[3]

    for before in (*sums[3::-1], 0):
        program.press("ctrl+z")
        program.until(f"{SUM} == {before}")
    for after in sums:
        program.press("ctrl+shift+z")
        program.until(f"{SUM} == {after}")

    work = tmp_path / "work.ora"
    program.press("ctrl+s")
    program.until("QApplication.activeModalWidget() is not None")
    program.press("ctrl+a")
    program.write(str(work))
    program.press("Return")
    program.until("not window.document.modified and not window.tasks.busy")
    program.ask("window.files.open_sample()")
    program.until(f"not window.tasks.busy and {MASK}.is_empty")
    program.ask(f"window.files.open_path(__import__('pathlib').Path({str(work)!r}))")
    program.until(f"{SUM} == {sums[4]}")
    assert program.ask("window.document.undo_text") == "Gradient"
