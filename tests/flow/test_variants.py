"""Variants in a real window, by mouse and keys: drawn, walked, marked, side by side, kept and undone."""

from tests.flow.conftest import start

LAYERS = "window.document.state.layers"
ROWS = "window.runs.variants.strip.list"
DRAWN = f"[{ROWS}.item(n).data(256).drawn for n in range({ROWS}.count())]"
AT = f"{ROWS}.currentRow()"
SHOWN = "window.canvas._instead is not None"


def test_variants_by_mouse_and_keys(program):
    start(program)
    program.ask('window.panels.advanced.controls["steps"].setValue(8)')
    program.click("window.panels.run.count")
    program.press("ctrl+a")
    program.write("3")
    program.until("'decode 3 × ' in window.panels.run.cost.text().replace(chr(160), ' ')")
    program.click("button('Repaint')")
    program.until(f"{DRAWN} == [True, False, False]")  # it is there before the others are
    assert program.ask(f"len({LAYERS})") == 0
    program.until(f"{DRAWN} == [True] * 3 and not window.jobs.busy")
    assert program.ask(f"({AT}, {SHOWN})") == [2, True]

    program.press("Left", "Left")
    program.until(f"{AT} == 0")
    program.press("space")
    program.until(f"{ROWS}.item(0).data(256).marked")
    program.click("window.canvas", 0.1, 0.1)  # the keyboard is at the picture now
    program.press("Right")
    program.until(f"{AT} == 1")
    program.press("g")
    program.until(f"{ROWS}.grid and {ROWS}.height() > 300")
    program.press("g")
    program.until(f"not {ROWS}.grid")
    program.press("Return")
    program.until(f"[layer.variant.request.seed for layer in {LAYERS}] == [1, 0]")
    assert program.ask(f"[layer.visible for layer in {LAYERS}]") == [True, False]
    assert not program.ask(SHOWN)

    program.press("ctrl+z")
    program.until(f"{DRAWN} == [True] * 3 and len({LAYERS}) == 0")
    program.press("ctrl+y")
    program.until(f"len({LAYERS}) == 2 and not window.runs.variants.is_open")

    program.ask("window.panels.run.count.setValue(1)")
    program.click("window.panels.run.seed.dice")
    program.click("button('Repaint')")
    program.until(f"not window.jobs.busy and len({LAYERS}[0].others) == 1")
    assert program.ask(f"len({LAYERS})") == 2

    program.ask("window.panels.run.count.setValue(2)")
    program.click("button('Repaint')")
    program.until(f"{DRAWN} == [True] * 2 and not window.jobs.busy")
    program.press("Escape")
    program.until("not window.runs.variants.is_open")
    assert program.ask(f"len({LAYERS}[0].others)") == 1
    program.click("button('Show Them Again')")
    program.until(f"{DRAWN} == [True] * 2")
    program.press("Return")
    program.until(f"len({LAYERS}[0].others) == 2")
