"""Layers in a real window, by mouse and keys: again in place, faded, renamed, moved, retouched, merged."""

from tests.flow.conftest import start

LIST = "window.panels.layers.list"
LAYERS = "window.document.state.layers"


def click_row(program, index: int, x: float = 0.7, times: int = 1) -> None:
    y = program.ask(
        f"{LIST}.visualItemRect({LIST}.item({index})).center().y() / ({LIST}.viewport().height() - 1)"
    )
    for _ in range(times):
        program.click(f"{LIST}.viewport()", x, y)


def test_layers_by_mouse_and_keys(program):
    start(program)
    program.ask('window.panels.advanced.controls["steps"].setValue(8)')
    program.press("ctrl+Return")
    program.until(f"not window.jobs.busy and len({LAYERS}) == 1")
    program.press("ctrl+r")
    program.until(f"not window.jobs.busy and len({LAYERS}[0].others) == 1")
    assert program.ask(f"[layer.name for layer in {LAYERS}]") == ["a zebra"]

    program.press("ctrl+j")
    program.until(f"len({LAYERS}) == 2")
    program.press("F2")
    program.until("type(QApplication.focusWidget()).__name__ == 'QLineEdit'")
    program.write("stripes")
    program.press("Return")
    program.until(f"{LAYERS}[1].name == 'stripes'")
    program.press("ctrl+bracketleft")
    program.until(f"[layer.name for layer in {LAYERS}] == ['stripes', 'a zebra']")

    click_row(program, 1, 0.06)  # its eye
    program.until(f"not {LAYERS}[0].visible")
    program.press("ctrl+alt+h")
    program.until(f"{LAYERS}[0].visible")
    program.drag("window.panels.layers.opacity.slider", (0.98, 0.5), (0.7, 0.5), (0.5, 0.5))
    program.until(f"0.4 < {LAYERS}[0].opacity < 0.6")
    program.press("ctrl+z")
    program.until(f"{LAYERS}[0].opacity == 1")

    click_row(program, 0, 0.2, times=2)  # its picture
    program.until("window.document.chosen.masked is not None")
    before = program.ask(f"int({LAYERS}[1].variant.soft({LAYERS}[1].box).astype(int).sum())")
    program.press("e")
    program.drag("window.canvas", (0.45, 0.5), (0.5, 0.55), (0.55, 0.55))
    program.until("window.document.undo_text == 'Eraser stroke'")
    assert program.ask(f"int({LAYERS}[1].variant.soft({LAYERS}[1].box).astype(int).sum())") < before
    program.press("Escape")
    program.until("window.document.chosen.masked is None")

    program.press("ctrl+shift+m")
    program.until(f"[layer.name for layer in {LAYERS}] == ['stripes']")
    program.press("ctrl+z")
    program.until(f"len({LAYERS}) == 2")
