"""A mask made by hand in a real window, by mouse and keys: every tool and mode, undone, saved, reopened."""

from pathlib import Path

import numpy as np
import pytest

from tests.flow.conftest import CANVAS, MASK, SUM, mask_of, on_canvas, start

HORSE = (260, 270)  # a pixel of its body
BOX = (135, 135), (300, 300), (460, 455)  # corner to corner round it, by way of it


def undone(program, text: str) -> int:
    """What the mask comes to once the last thing done is called so."""
    program.until(f"window.document.undo_text == '{text}'")
    return program.ask(SUM)


def choose(program, mode: int) -> None:
    """One of the buttons over the canvas: replace, add, subtract, intersect."""
    program.click(f"list(window.options.selects.modes.values())[{mode}]")


def test_a_mask_by_every_tool(program, tmp_path):
    start(program)
    by_keys_alone(program)
    by_colours_and_edges(program)
    drawn = by_every_tool(program)
    undone_and_redone(program, drawn, before=0)
    reshaped = by_menu_and_by_hand(program, drawn[-1])
    undone_and_redone(program, reshaped, before=drawn[-1])
    alone_and_again(program)
    kept_by_name(program, reshaped[-1])
    saved_and_reopened(program, tmp_path / "work.ora", reshaped[-1])


def by_keys_alone(program) -> None:
    """An ellipse and a gradient, taken back."""
    program.click(CANVAS, 0.1, 0.1)  # the keyboard goes to the canvas
    program.press("j")
    program.press(*["Right"] * 4, *["Down"] * 4, "Return", *["Right"] * 8, *["Down"] * 6, "Return")
    round_ = undone(program, "Ellipse")
    width, height = program.ask(f"{MASK}.box")[2:]
    assert round_ == pytest.approx(255 * np.pi / 4 * width * height, rel=0.05)

    program.press("shift+g", "Right", "Return", *["Right"] * 12, "Return")
    undone(program, "Gradient")
    along = mask_of(program)[0].astype(int)
    assert along[0] > 250
    assert along[-1] == 0
    assert (np.diff(along) <= 0).all()
    assert ((along > 0) & (along < 255)).sum() > 50
    program.press("ctrl+z")
    program.until(f"{SUM} == {round_}")
    program.press("ctrl+z")
    program.until(f"{MASK}.is_empty")


def by_colours_and_edges(program) -> None:
    """The sample's horse without a model for selecting, by a box and by a click, taken back."""
    program.press("o")
    program.until("window.stand.stage.value == 'lacking'")
    program.drag(CANVAS, *(on_canvas(program, *at) for at in BOX))
    program.until("window.document.undo_text == 'Select object'")
    boxed = mask_of(program)
    assert boxed[HORSE[1], HORSE[0]] == 255
    (left, top), *_, (right, bottom) = BOX
    outside = boxed.copy()
    outside[top:bottom, left:right] = 0
    assert not outside.any()
    assert (boxed >= 128).sum() < 0.8 * (right - left) * (bottom - top)

    program.desk.do("mousemove", *program._place(CANVAS, *on_canvas(program, *HORSE)))
    program.until(f"{CANVAS}._tools['object']._image is not None")
    program.desk.do("click", 1)
    program.until(f"{SUM} != {int(boxed.astype(int).sum())}")
    clicked = mask_of(program)
    assert clicked[HORSE[1], HORSE[0]] == 255
    assert (clicked >= 128).mean() < 0.3
    program.press("ctrl+z", "ctrl+z")
    program.until(f"{MASK}.is_empty")


def by_every_tool(program) -> list[int]:
    """A shape by each, in every mode; what the mask comes to after each."""
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
    return sums


def undone_and_redone(program, sums: list[int], before: int) -> None:
    """Step by step, to what the mask was `before` them and back."""
    for there in (*sums[-2::-1], before):
        program.press("ctrl+z")
        program.until(f"{SUM} == {there}")
    for there in sums:
        program.press("ctrl+shift+z")
        program.until(f"{SUM} == {there}")


def by_menu_and_by_hand(program, last: int) -> list[int]:
    """Shrunk, feathered and moved; what the mask comes to after each."""
    program.press("ctrl+shift+minus")
    sums = [undone(program, "Shrink mask")]
    assert 0 < sums[0] < last
    program.press("shift+F6")
    program.until("QApplication.activeModalWidget() is not None")
    program.write("8")
    program.press("Return")
    sums.append(undone(program, "Feather mask"))
    program.press("t")
    x, y, width, height = program.ask(f"{MASK}.box")
    middle = on_canvas(program, x + width / 2, y + height / 2)
    program.drag(CANVAS, middle, (middle[0] + 0.02, middle[1]), (middle[0] + 0.05, middle[1] - 0.05))
    program.until("window.canvas.scene.lifted is not None")
    assert program.ask("window.document.undo_text") == "Feather mask"
    program.press("Right", "Return")
    sums.append(undone(program, "Move mask"))
    program.press("Prior", "Escape")
    program.until("not window.canvas._tool.pending and window.canvas.scene.lifted is None")
    return sums


def alone_and_again(program) -> None:
    program.press("shift+m")
    program.until("window.tint.alone")
    program.press("shift+m")
    program.until("not window.tint.alone")


def kept_by_name(program, now: int) -> None:
    """It is kept, taken away from itself, and put back."""
    program.press("ctrl+alt+k")
    program.until("window.kept.dialog is not None and window.kept.dialog.isActiveWindow()")
    program.click("window.kept.dialog.keep")
    program.until("len(window.document.state.kept) == 1 and window.kept.dialog.focusWidget() is not None")
    program.write("by hand")
    program.press("Return")
    program.until("window.document.state.kept[0].name == 'by hand'")
    program.click("window.kept.dialog.modes['subtract']")
    assert undone(program, "Load mask “by hand”") < now // 2  # where it is soft, some of it is left
    program.click("window.kept.dialog.modes['replace']")
    program.until(f"{SUM} == {now}")
    program.press("Escape")
    program.until("window.kept.dialog is None and window.isActiveWindow()")


def saved_and_reopened(program, work: Path, now: int) -> None:
    program.press("ctrl+s")
    program.until("QApplication.activeModalWidget() is not None")
    program.press("ctrl+a")
    program.write(str(work))
    program.press("Return")
    program.until("window.files.projects.path is not None and not window.document.lacks.mask")
    program.ask("window.files.open_sample()")
    program.until(f"not window.tasks.busy and {MASK}.is_empty")
    program.ask(f"window.files.open_path(__import__('pathlib').Path({str(work)!r}))")
    program.until(f"{SUM} == {now}")
    assert program.ask("[kept.name for kept in window.document.state.kept]") == ["by hand"]
    assert program.ask("window.document.undo_text") == "Load mask “by hand”"
