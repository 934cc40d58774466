"""A newcomer's whole way, in a real window, with real mouse and keys, on the model that ships."""

import numpy as np
from PIL import Image

from resources import samples_folder
from tests.flow.conftest import start

SAMPLE = samples_folder() / "horse-on-a-meadow.png"


def test_the_whole_way(program, tmp_path):
    start(program)

    program.click("button('Find It')")
    program.until("window.canvas.scene.heat is not None")  # it streams in
    program.until("not window.jobs.busy and window.document.state.mask.heat is not None")

    program.press("b")
    program.click("window.canvas")  # the focus goes to the canvas, and a dab onto the picture
    found = program.ask("int(window.document.state.mask.array().astype(int).sum())")
    program.press("b", "bracketright", "bracketright")
    assert program.ask("window.canvas.tool") == "brush"
    program.drag("window.canvas", (0.3, 0.2), (0.35, 0.2), (0.4, 0.25))
    program.until("window.document.undo_text == 'Brush stroke'")
    painted = program.ask("int(window.document.state.mask.array().astype(int).sum())")
    assert painted > found
    program.press("e")
    program.drag("window.canvas", (0.38, 0.15), (0.38, 0.22), (0.38, 0.3))
    program.until("window.document.undo_text == 'Eraser stroke'")
    assert program.ask("int(window.document.state.mask.array().astype(int).sum())") < painted

    program.ask(
        'window.panels.advanced.controls["steps"].setValue(40)'
    )  # long enough to be stopped on the way
    assert program.ask("window.document.state.draft.steps") == 40
    program.press("ctrl+Return")
    program.until("window.canvas.scene.preview is not None")
    program.until("window.panels.filmstrip.count() > 38")  # 36 of encoding, then decoding
    program.press("Escape")
    program.until("not window.jobs.busy")
    assert program.ask("window.banner.bars[0].text").startswith("Stopped at step ")
    program.click("button('Drop')")
    program.until("not window.banner.bars")
    assert program.ask("len(window.document.state.layers)") == 0

    program.click("window.panels.run.button")
    program.until("window.jobs.busy")
    program.until("not window.jobs.busy and len(window.document.state.layers) == 1")
    assert program.ask("window.panels.filmstrip.count()") == 36  # the inversion is remembered

    program.press("ctrl+z")
    program.until("len(window.document.state.layers) == 0")
    program.press("ctrl+shift+z")
    program.until("len(window.document.state.layers) == 1")

    out = tmp_path / "zebra.png"
    program.press("ctrl+e")
    program.until("QApplication.activeModalWidget() is not None")
    program.press("ctrl+a")
    program.write(str(out))
    program.press("Return")
    program.until("window.document.lacks.exported")
    program.ask(f"save_paste_mask(window, {str(tmp_path / 'mask.npy')!r})")
    check_outside(np.load(tmp_path / "mask.npy"), out)

    program.press("ctrl+q")  # the picture is exported, the layer isn't saved
    program.until("QApplication.activeModalWidget() is not None")
    program.press("alt+d")
    assert program.leave() == 0


def check_outside(mask, out):
    """Outside the mask, feather included, every byte is the opened file's; inside, something changed."""
    opened, exported = (np.asarray(Image.open(path).convert("RGB")) for path in (SAMPLE, out))
    assert opened.shape == exported.shape
    assert (mask == 0).any()
    assert (opened[mask == 0] == exported[mask == 0]).all()
    assert (opened[mask == 255] != exported[mask == 255]).any()


def test_closing_in_mid_run_asks_and_ends_the_program(program):
    start(program)
    program.press("ctrl+Return")
    program.until("window.panels.filmstrip.count() > 2")
    assert not program.ask("'torch' in __import__('sys').modules")  # it is the engine's process that has it
    program.press("ctrl+q")
    program.until("QApplication.activeModalWidget() is not None")
    assert "An edit is being drawn" in program.ask("QApplication.activeModalWidget().text()")
    program.press("alt+d")
    assert program.leave() == 0
