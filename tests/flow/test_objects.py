"""Objects selected in a real window, by mouse: seen before, clicked, taken away, boxed, undone."""

import json
from pathlib import Path

import pytest

from tests.flow.conftest import CANVAS, MASK, SUM, mask_of, on_canvas, start
from tests.tiny_sam import saved, tiny_sam

HORSE = (260, 270)  # a pixel of its body
BOX = (135, 135), (300, 300), (460, 455)  # corner to corner round it, by way of it
SEEN = f"{CANVAS}._tools['object']._image is not None"


@pytest.fixture
def sam(tmp_path) -> Path:
    """A segmentation model of random weights, chosen in an earlier session."""
    folder = saved(tiny_sam(), tmp_path / "my-sam")
    settings = tmp_path / "config" / "palimpsest" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"segmenter": str(folder)}))
    return folder


def hover(program, x: float, y: float) -> None:
    program.desk.do("mousemove", *program._place(CANVAS, x, y))
    program.until(SEEN)


def test_objects_are_pointed_at(sam, program):
    start(program)
    program.click(CANVAS, 0.1, 0.1)  # the keyboard goes to the canvas
    program.press("o")
    program.until("window.objects._read is window.document.composite")
    assert program.ask("window.selecting.mode.value") == "replace"
    hover(program, 0.45, 0.4)
    assert program.ask(f"{MASK}.is_empty")

    program.click(CANVAS, 0.45, 0.4)
    program.until("window.document.undo_text == 'Select object'")
    sums = [program.ask(SUM)]
    assert sums[0] > 0

    program.desk.do("click", 3)  # where it is
    program.until(f"{SUM} < {sums[0]}")
    sums.append(program.ask(SUM))

    program.drag(CANVAS, (0.3, 0.2), (0.4, 0.4), (0.6, 0.7))
    program.until(f"{SUM} != {sums[1]}")
    for before in (sums[1], sums[0], 0):
        program.press("ctrl+z")
        program.until(f"{SUM} == {before}")
    program.desk.do("mousemove", *program._place(CANVAS, 0.5, -0.05))
    program.until(f"not ({SEEN})")


def test_without_a_model_they_are_told_by_colours_and_edges(program):
    """The sample's horse, by a box and by a click; its place is known."""
    start(program)
    program.click(CANVAS, 0.1, 0.1)
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
    program.until(SEEN)
    program.desk.do("click", 1)
    program.until(f"{SUM} != {int(boxed.astype(int).sum())}")
    clicked = mask_of(program)
    assert clicked[HORSE[1], HORSE[0]] == 255
    assert (clicked >= 128).mean() < 0.3
    program.press("ctrl+z", "ctrl+z")
    program.until(f"{MASK}.is_empty")
