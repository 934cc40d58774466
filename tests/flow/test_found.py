"""A found mask corrected in a real window: in a frame, by clicks, by other searches; its veil of doubt."""

import time

import numpy as np

from core.photo import rect as rects
from tests.flow.conftest import CANVAS, MASK, mask_of, on_canvas, start

AREA = "window.document.state.draft.area"
FIND = "window.panels.mask_panel.find_button"


def find(program, held: str = "") -> np.ndarray:
    """What the mask is once a press on the button has found something. held: a key meanwhile"""
    before = program.ask("window.document.revision")
    program.click(FIND, held=held)
    program.until(f"window.document.revision != {before} and window.document.undo_text == 'Find mask'")
    program.until("not window.jobs.busy")
    return mask_of(program)


def test_a_found_mask_is_corrected(program):
    start(program)
    program.click("window.panels.prompts.query")
    program.press("ctrl+a", "BackSpace")
    program.until("window.document.state.draft.query == ''")
    found = find(program)
    assert found.any()
    inside = found_in_a_frame(program, found)
    kept_and_dropped(program, inside)
    shown_where_unsure(program)
    added_and_subtracted(program, inside)


def found_in_a_frame(program, found: np.ndarray) -> np.ndarray:
    """A frame round the thing, whose right half is cut off by a corner; what is found in what is left."""
    height, width = found.shape
    x, y, w, h = program.ask(f"{MASK}.box")
    corners = (max(x - 20, 2), max(y - 20, 2)), (min(x + w + 20, width - 2), min(y + h + 20, height - 2))
    begin, end = (on_canvas(program, *corner) for corner in corners)
    program.click(CANVAS, 0.05, 0.05)  # the keyboard goes to the canvas
    program.press("c")
    program.drag(CANVAS, begin, (0.5, 0.5), end)
    program.until(f"{AREA} != 'whole'")
    half = on_canvas(program, x + w / 2, corners[1][1])
    program.drag(CANVAS, end, half, half)
    program.until(f"abs({AREA}[0] + {AREA}[2] - {x + w / 2}) <= 4")
    area = program.ask(AREA)
    inside = find(program)
    box = rects.bounding_box(inside)
    assert box is not None
    assert rects.holds(area, box)
    assert found[:, area[0] + area[2] :].any()
    return inside


def kept_and_dropped(program, found: np.ndarray) -> None:
    """One part of it is clicked, another with Alt; each is undone."""
    rows, columns = np.nonzero(found > 127)
    order = np.argsort(columns)
    keep, drop = (
        (columns[i] + 0.5, rows[i] + 0.5) for i in (order[len(order) // 10], order[-len(order) // 10])
    )
    program.press("k")
    program.click(CANVAS, *on_canvas(program, *keep))
    program.until("window.document.undo_text == 'Keep by a click'")
    kept = mask_of(program)
    program.click(CANVAS, *on_canvas(program, *drop), held="alt")
    program.until("window.document.undo_text == 'Drop by a click'")
    dropped = mask_of(program)
    assert kept.sum() > dropped.sum() > 0
    for text, before in (("Keep by a click", kept), ("Find mask", found)):
        program.press("ctrl+z")
        program.until(f"window.document.undo_text == '{text}'")
        assert (mask_of(program) == before).all()


def shown_where_unsure(program) -> None:
    program.desk.do("mousemove", *program._place(CANVAS, 0.5, -0.05))
    seen = [at_rest(program)]
    for on in (True, False):
        program.press("shift+q")
        program.until(f"window.tint.unsure is {on}")
        seen.append(at_rest(program))
    assert seen[0] == seen[2] != seen[1]


def at_rest(program) -> str:
    """What the canvas shows once it has come to rest after what was done before."""
    last, now = "", program.ask("shown(window.canvas)")
    while now != last:
        time.sleep(0.4)
        last, now = now, program.ask("shown(window.canvas)")
    return now


def added_and_subtracted(program, found: np.ndarray) -> None:
    left = find(program, held="alt")
    assert left.max() < 128
    program.press("ctrl+z")
    program.until("window.document.undo_text == 'Find mask'")
    program.press("c")
    program.click(CANVAS, 0.05, 0.05)
    program.until(f"{AREA} == 'whole'")
    both = find(program, held="shift")
    assert (both >= found).all()
    assert both.sum() > found.sum()
