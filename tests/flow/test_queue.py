"""The queue in a real window, by mouse and keys: lined up, moved, dropped; edits between a grid's cells."""

from tests.flow.conftest import start

LIST = "window.panels.queue.list"
LAYERS = "window.document.state.layers"
SEEDS = f"[one.request.seed for layer in {LAYERS} for one in (layer.variant, *layer.others)]"
WAITING = "[order.request.seed for order in window.runs.queue.waiting]"


def say_seed(program, seed: int) -> None:
    """Type another seed, and let it be meant."""
    program.click("window.panels.run.seed.entry")
    program.press("ctrl+a")
    program.write(str(seed))
    program.until(f"window.document.state.draft.seed == {seed}")


def click_row(program, index: int) -> None:
    y = program.ask(
        f"{LIST}.visualItemRect({LIST}.item({index})).center().y() / ({LIST}.viewport().height() - 1)"
    )
    program.click(f"{LIST}.viewport()", 0.7, y)


def test_edits_line_up_and_are_moved_and_dropped(program):
    start(program)
    program.ask('window.panels.advanced.controls["steps"].setValue(40)')
    program.press("ctrl+Return")
    program.until("window.runs.queue.running is not None")
    program.ask('window.panels.advanced.controls["steps"].setValue(5)')
    for seed in (1, 2, 3):
        say_seed(program, seed)
        program.press("ctrl+Return")
        program.until(f"{WAITING}[-1] == {seed}")
    program.click("window.status.waiting")
    program.until(f"{LIST}.isVisible() and {LIST}.count() == 4")
    click_row(program, 2)
    program.press("alt+Up")
    program.until(f"{WAITING} == [2, 1, 3]")
    click_row(program, 1)
    program.press("Delete")
    program.until(f"{WAITING} == [1, 3]")
    program.click("window.panels.queue.buttons['queue-clear']")
    program.until("window.runs.queue.waiting == ()")
    program.click("button('Put Back')")
    program.until(f"{WAITING} == [1, 3]")
    program.until(f"{SEEDS} == [3, 1, 0] and not window.jobs.busy")
    assert program.ask(f"len({LAYERS})") == 1  # the same words: variants of one layer
    program.press("ctrl+z")
    program.until(f"{SEEDS} == [1, 0]")


def test_an_edit_goes_between_two_cells_of_a_grid(program):
    start(program)
    program.ask('window.panels.advanced.controls["steps"].setValue(12)')
    program.ask("QTimer.singleShot(0, window.actions_['grid'].trigger)")
    program.until("dialog() is not None and dialog().isActiveWindow()")
    program.ask("dialog().columns.values.setText('2, 3, 4, 5, 6, 7')")
    program.ask("dialog().rows.name.setCurrentIndex(0)")
    program.ask("dialog().move(0, 0)")
    program.click("dialog().start")
    program.until("len(dialog()._done) >= 1")
    program.ask("setattr(window, 'grid', dialog())")
    program.ask("window.activateWindow()")
    program.until("window.isActiveWindow()")
    program.press("ctrl+Return")
    program.until(f"len({LAYERS}) == 1")
    assert program.ask("len(window.grid._done)") < 6  # it was not at its end
    assert program.ask("window.grid.running")
    program.until("len(window.grid._done) == 6 and not window.jobs.busy")
    assert program.ask("[cell.error is None for cell in window.grid._done.values()]") == [True] * 6
