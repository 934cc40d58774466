"""Objects selected in a real window, by mouse: seen before, clicked, taken away, boxed, undone."""

import json
from pathlib import Path

import pytest

from tests.flow.conftest import CANVAS, MASK, SUM, start
from tests.tiny_sam import saved, tiny_sam

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
