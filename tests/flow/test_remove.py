"""Something taken away in a real window: by its name and by a mask, by button and by key; and undone."""

from tests.flow.conftest import start

NAMES = "[layer.name for layer in window.document.state.layers]"


def test_a_thing_is_removed_by_its_name_or_a_mask_and_comes_back(program):
    start(program)
    program.click("window.panels.prompts.remove")
    program.until(f"{NAMES} == ['Remove a horse'] and not window.jobs.busy")
    assert program.ask("window.document.undo_text") == "Remove a horse"
    assert program.ask("window.document.state.mask.is_empty")  # the next thing has a mask of its own
    assert program.ask("window.document.state.draft.query") == "a zebra"  # the next edit is what it was
    program.click("window.canvas", 0.1, 0.1)
    program.press("ctrl+z")
    program.until(f"{NAMES} == []")
    program.press("r")
    program.drag("window.canvas", (0.35, 0.3), (0.4, 0.4), (0.5, 0.6))
    program.until("window.document.undo_text == 'Rectangle'")
    program.click("window.panels.prompts.reference")
    program.press("ctrl+a", "BackSpace")
    program.until("window.document.state.draft.reference == ''")
    program.press("shift+F5")
    program.until(f"{NAMES} == ['Remove'] and not window.jobs.busy")
    assert program.ask("window.document.state.layers[0].variant.request.remove")
