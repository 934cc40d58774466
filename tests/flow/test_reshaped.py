"""A mask made by hand in a real window and reshaped, by mouse, keys and dialogs; and all of it undone."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.photo import rect as rects
from resources import samples_folder
from tests.flow.conftest import CANVAS, MASK, mask_of, on_canvas, start

CLEAR = 20, 30, 90, 70  # of the photo lets through
RUMP, SHOULDER = (220, 236), (300, 236)  # photo pixels: on the horse, less than a brush below its back
NUMBER = "window.document.snapshot().index"


@pytest.fixture
def photo(tmp_path) -> Path:
    """A sample with a part that lets through."""
    path = tmp_path / "horse.png"
    pixels = np.array(Image.open(samples_folder() / "horse-on-a-meadow.png").convert("RGBA"))
    pixels[*rects.slices(CLEAR), 3] = 0
    Image.fromarray(pixels).save(path)
    return path


def done(program, text: str) -> np.ndarray:
    """The mask once the last thing done is called so."""
    program.until(f"window.document.undo_text == '{text}'")
    return mask_of(program)


def menu(program, name: str, entry: str) -> None:
    """An entry of a menu, by their letters."""
    program.press(f"alt+{name}")
    program.until("QApplication.activePopupWidget() is not None")
    program.press(entry)
    program.until("QApplication.activePopupWidget() is None")


def by(program, entry: str, pixels: int, text: str) -> np.ndarray:
    """What of the Mask menu asks for a number."""
    menu(program, "m", entry)
    program.until("dialog() is not None and dialog().isActiveWindow()")
    program.write(str(pixels))
    program.press("Return")
    program.until("dialog() is None and window.isActiveWindow()")
    return done(program, text)


def stroke(program, *points: tuple[float, float]) -> np.ndarray:
    program.drag(CANVAS, *(on_canvas(program, *point) for point in points))
    return done(program, "Brush stroke")


def test_a_mask_by_hand_is_reshaped_and_undone(program, photo):
    start(program)
    reshaped(program, painted_along_edges(program))
    kept_and_combined(program)
    moved_by_a_handle(program)
    taken_from_a_layer(program)
    marching(program)
    undone_and_redone(program)
    taken_from_transparency(program, photo)


def painted_along_edges(program) -> np.ndarray:
    """A stroke along the horse's back, and the same once more that stops there."""
    program.click(CANVAS, 0.05, 0.05)
    program.press("b")
    plain = stroke(program, RUMP, SHOULDER)
    program.press("ctrl+z")
    program.until(f"{MASK}.is_empty")
    program.click("window.options.edges", 0.1)
    program.until("window.brush.edges")
    edged = stroke(program, RUMP, SHOULDER)
    assert (edged <= plain).all()
    assert 0 < edged.sum() < 0.9 * plain.sum()
    return edged


def reshaped(program, mask: np.ndarray) -> None:
    grown = by(program, "w", 12, "Grow mask")
    assert (grown >= mask).all()
    assert grown.sum() > mask.sum()
    shrunk = by(program, "n", 4, "Shrink mask")
    assert (shrunk <= grown).all()
    assert mask.sum() < shrunk.sum() < grown.sum()
    smooth = by(program, "o", 9, "Smooth mask")
    assert (smooth != shrunk).any()
    border = by(program, "b", 10, "Border of the mask")
    inside = smooth > 127
    assert border[inside].min() == 0
    assert border[inside].max() == border[~inside].max() == 255
    menu(program, "m", "h")
    filled = done(program, "Fill holes")
    assert (filled >= border).all()
    assert filled[inside].min() > 127
    assert stroke(program, (420, 100), (420, 101)).sum() > filled.sum()
    assert (by(program, "d", 64, "Remove islands") == filled).all()
    soft = by(program, "r", 6, "Feather mask")
    assert len(np.unique(soft)) > len(np.unique(filled))


def kept_and_combined(program) -> None:
    """Kept by name; then a radial gradient, and what is in both."""
    kept = mask_of(program)
    menu(program, "m", "k")
    program.until("type(QApplication.focusWidget()).__name__ == 'QLineEdit'")
    program.write("back")
    program.press("Return")
    program.until("[kept.name for kept in window.document.state.kept] == ['back']")
    program.press("Escape")
    program.until("window.kept.dialog is None and window.isActiveWindow()")

    program.press("shift+g")
    program.click("window.options.selects.course")
    program.until("QApplication.activePopupWidget() is not None")
    program.press("Down", "Return")
    program.until("window.selecting.radial")
    program.drag(CANVAS, *(on_canvas(program, *at) for at in (RUMP, SHOULDER, (RUMP[0] + 120, RUMP[1]))))
    radial = done(program, "Gradient")
    x, y = RUMP
    assert radial[y, x] > 250
    for there in ((y, x + 60), (y + 60, x), (y, x - 60), (y - 60, x)):
        assert abs(int(radial[there]) - 127) < 8

    program.press("ctrl+alt+k")
    program.until("window.kept.dialog is not None and window.kept.dialog.isActiveWindow()")
    program.click("window.kept.dialog.modes['intersect']")
    both = done(program, "Load mask “back”")
    assert both.any()
    assert (both <= np.minimum(kept, radial)).all()
    program.press("Escape")
    program.until("window.kept.dialog is None and window.isActiveWindow()")


def moved_by_a_handle(program) -> None:
    """The right side is dragged away from the left one."""
    x, y, width, height = program.ask(f"{MASK}.box")
    program.press("t")
    side, there = ((x + width + by, y + height / 2) for by in (0, 50))
    program.drag(CANVAS, on_canvas(program, *side), on_canvas(program, *there))
    program.until("window.canvas._tool.pending")
    program.press("Return")
    wide = rects.bounding_box(done(program, "Transform mask"))
    assert wide is not None
    assert np.abs(np.subtract(wide, (x, y, width + 50, height))).max() <= 2


def taken_from_a_layer(program) -> None:
    program.ask('window.panels.advanced.controls["steps"].setValue(4)')
    program.press("ctrl+Return")
    program.until("not window.jobs.busy and len(window.document.state.layers) == 1")
    program.press("ctrl+d")
    program.until(f"{MASK}.is_empty")
    menu(program, "m", "l")
    taken = done(program, "Mask from the layer")
    layer = "window.document.state.layers[0].variant"
    assert taken.any()
    assert int(taken.sum()) == program.ask(f"int({layer}.soft({layer}.box).astype(int).sum())")


def marching(program) -> None:
    """Dashes that are elsewhere after a while; and the tint again."""
    program.desk.do("mousemove", *program._place(CANVAS, 0.5, -0.05))
    menu(program, "v", "n")
    program.until("window.tint.ants")
    program.until(f"shown({CANVAS}) != {program.ask(f'shown({CANVAS})')!r}")
    menu(program, "v", "s")
    program.until("not window.tint.ants")


def undone_and_redone(program) -> None:
    """To the beginning, to what there was, and to the beginning again."""
    last, number = mask_of(program), program.ask(NUMBER)
    program.press(*["ctrl+z"] * number)
    program.until(f"{NUMBER} == 0")
    assert program.ask(f"not {MASK}.is_touched and not window.document.state.layers")
    program.press(*["ctrl+shift+z"] * number)
    program.until(f"{NUMBER} == {number}")
    assert (mask_of(program) == last).all()
    program.press(*["ctrl+z"] * number)
    program.until(f"{NUMBER} == 0")


def taken_from_transparency(program, photo: Path) -> None:
    """Of another picture; there is nothing to be lost by then, and nothing is asked."""
    program.press("ctrl+o")
    program.until("dialog() is not None and dialog().isActiveWindow()")
    program.write(str(photo))
    program.press("Return")
    program.until("window.document.state.photo.name == 'horse.png' and window.isActiveWindow()")
    menu(program, "m", "t")
    taken = done(program, "Mask from transparency")
    wanted = np.zeros_like(taken)
    wanted[rects.slices(CLEAR)] = 255
    assert (taken == wanted).all()
