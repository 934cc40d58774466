"""Tools → Grid and Batch: dialogs round a stand-in engine, and settings taken as one undoable step."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from core.batch.outcome import Outcome
from core.batch.run import Tally
from core.diffusion.weight import Rescale
from core.edit.progress import Cancel, FindResult, HeatMap, Progress, Stage, Working
from core.edit.report import read_recipe
from core.edit.request import EditRequest, Evaluations
from core.errors import InputError
from core.grid.parameters import axis
from core.grid.plan import Plan
from core.grid.run import Cell
from editor.document.commands import update_draft
from editor.document.document import Document
from editor.flows.batch_dialog import BatchDialog
from editor.flows.grid_dialog import GridDialog
from editor.flows.grids import Grids
from editor.jobs import Jobs
from tests.editor.conftest import edit_result

TIMEOUT = 20_000  # ms
REQUEST = EditRequest(photo="", query="a zebra", reference="a horse")


class Engine:
    """Draws each edit in a grey that tells its guidance; `hangs` waits for Stop."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.hangs = False

    def find(self, request, pixels, on_progress, cancel: Cancel) -> FindResult:
        heat = HeatMap(np.ones((10, 16), np.float32))
        return FindResult(request, heat, Evaluations(20), {}, Working(16, 10), "cpu")

    def run(self, request, pixels, mask, on_progress, cancel: Cancel):
        if request.rescale is Rescale.STD:
            raise InputError("Not this one.")
        preview = np.zeros((4, 4, 3), np.uint8)
        on_progress(Progress(Stage.DECODING, 1, 2, preview=preview))
        while self.hangs:
            cancel.check()
            time.sleep(0.01)
        result = edit_result(self._document, (0, 0, 640, 400), (int(request.guidance.scale),) * 3)
        return replace(result, request=request)


@pytest.fixture
def engine(document) -> Engine:
    return Engine(document)


@pytest.fixture
def jobs(qtbot, engine):
    jobs = Jobs(lambda: engine)
    yield jobs
    jobs.close()


@pytest.fixture
def dialog(qtbot, document, jobs):
    dialog = GridDialog(REQUEST, document.picture, None, jobs)
    dialog.x_values.setText("3, 5")
    dialog.y_values.setText("off, std")
    dialog.show()
    qtbot.waitExposed(dialog)
    yield dialog
    if dialog.isVisible():
        dialog.reject()


def drawn(qtbot, dialog, jobs) -> None:
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        qtbot.mouseClick(dialog.draw, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.draw.isEnabled, timeout=TIMEOUT)


def test_it_says_the_cost_or_what_is_wrong_before_anything_runs(dialog):
    assert "4 edits" in dialog.cost.text()
    assert dialog.draw.isEnabled()
    dialog.x_values.setText("3, high")
    assert "guidance=high can't be" in dialog.cost.text()
    assert not dialog.draw.isEnabled()
    dialog.y_name.setCurrentIndex(0)
    dialog.x_values.setText("3")
    assert "1 edits" in dialog.cost.text()
    assert not dialog.y_values.isEnabled()


def test_a_drawn_grid_shows_cells_and_failures_and_a_click_takes_one(qtbot, dialog, jobs):
    drawn(qtbot, dialog, jobs)
    assert dialog.state.text().startswith("2 cells failed")
    assert dialog.bar.value() == 4
    shown = np.asarray(dialog._sheet.image)
    for column, tone in ((0, 3), (1, 5)):
        x, y, _, _ = dialog._sheet.layout.box(0, column)
        assert tuple(shown[y + 9, x + 9]) == (tone,) * 3
    with qtbot.waitSignal(dialog.taken, timeout=TIMEOUT) as taken:
        middle = dialog.view.cell_rect(0, 1).center()
        qtbot.mouseClick(dialog.view, Qt.MouseButton.LeftButton, pos=QPointF(middle).toPoint())
    _, cell = taken.args
    assert (cell.row, cell.column, cell.request.guidance.scale) == (0, 1, 5)


def test_a_cell_is_taken_by_keys(qtbot, dialog, jobs):
    drawn(qtbot, dialog, jobs)
    dialog.view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(dialog.view, key)
    with qtbot.waitSignal(dialog.taken, timeout=TIMEOUT) as taken:
        qtbot.keyClick(dialog.view, Qt.Key.Key_Return)
    assert taken.args[1].column == 1


def test_stop_ends_the_grid_and_the_dialog_can_be_used_again(qtbot, dialog, jobs, engine):
    engine.hangs = True
    with qtbot.waitSignal(jobs.told, timeout=TIMEOUT):
        qtbot.mouseClick(dialog.draw, Qt.MouseButton.LeftButton)
    assert not dialog.draw.isEnabled()
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.draw.isEnabled, timeout=TIMEOUT)
    assert "Stopped" in dialog.state.text()
    assert not jobs.busy


def test_the_sheet_is_saved_with_its_json(qtbot, dialog, jobs, tmp_path):
    drawn(qtbot, dialog, jobs)
    dialog.save_to(tmp_path / "sheet")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["sheet.json", "sheet.png"]
    assert "sheet.png" in dialog.state.text()
    dialog.save_to(tmp_path / "nowhere" / "sheet.png")
    assert "no folder" in dialog.state.text()


class Models:
    """Remembers what was chosen."""

    def __init__(self) -> None:
        self.chosen: list[tuple[str, str]] = []

    def choose(self, model: str, device: str, *, remember: bool) -> None:
        self.chosen.append((model, device))


@pytest.fixture
def models() -> Models:
    return Models()


@pytest.fixture
def grids(document, jobs, models) -> Grids:
    return Grids(document, jobs, models, None, None)


def cell_of(plan: Plan, heat: HeatMap | None = None) -> Cell:
    return Cell(0, 1, plan.request(0, 1), Evaluations(), {}, heat=heat)


def test_taking_a_cell_is_one_step_that_undo_takes_back_whole(document, grids, heat):
    document.adjust(update_draft(query="a zebra", steps=30))
    plan = Plan(document.request(), axis("guidance=3,5"), axis("seed=7"))
    grids.take(plan, cell_of(plan, heat))
    assert (document.request().guidance.scale, document.request().seed) == (5, 7)
    assert not document.state.mask.is_empty
    assert document.undo_text == "Take from grid"
    document.adjust(update_draft(steps=40))
    document.undo()
    assert (document.request().guidance.scale, document.request().seed) == (7.5, 0)
    assert document.state.mask.is_empty
    assert not document.can_undo
    document.redo()
    assert (document.request().guidance.scale, document.request().seed) == (5, 7)


def test_undo_of_anything_else_leaves_the_settings_alone(document, grids):
    plan = Plan(document.request().with_(query="a cow"), axis("guidance=3,5"))
    document.apply(lambda state: state.with_(mask=state.mask.toggled()), "Invert")
    grids.take(plan, cell_of(plan))
    document.undo()
    assert document.request().query == ""
    document.redo()
    document.apply(lambda state: state.with_(mask=state.mask.toggled()), "Invert")
    document.adjust(update_draft(query="a goat"))
    document.undo()
    assert document.request().query == "a goat"


def test_a_cell_of_another_model_brings_that_model(document, grids, models):
    plan = Plan(document.request().with_(query="a cow"), axis("model=starter,elsewhere"))
    grids.take(plan, cell_of(plan))
    assert models.chosen == [("elsewhere", "auto")]


# -- batch


@pytest.fixture
def batch(qtbot, tmp_path):
    dialog = BatchDialog(REQUEST)
    dialog.pictures.setText(str(tmp_path / "photos"))
    dialog.output.setText(str(tmp_path / "out"))
    dialog.show()
    yield dialog
    dialog.end()
    qtbot.waitUntil(lambda: not dialog.running, timeout=TIMEOUT)
    dialog.close()


def works(monkeypatch, edit):
    """Let `edit` stand in for the processes."""

    class Workers:
        def run(self, items, stopped):
            for item in items:
                if stopped():
                    return
                yield edit(item)

    monkeypatch.setattr("editor.flows.batch_dialog.local", lambda *_: Workers())


def photos(folder: Path, n: int) -> None:
    (folder / "photos").mkdir()
    for i in range(n):
        (folder / "photos" / f"{i}.png").write_bytes(bytes([i]))


def test_a_batch_runs_and_lists_what_failed(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 3)
    works(monkeypatch, lambda item: Outcome(item.name, error="It would not." if item.name == "1.png" else ""))
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not batch.running, timeout=TIMEOUT)
    assert batch.state.text() == "2 pictures done, 1 failed."
    assert batch.list.item(0).text() == "1.png: It would not."
    assert (tmp_path / "out" / "batch.csv").exists()


def test_stop_keeps_what_is_done(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 50)

    def slow(item):
        time.sleep(0.05)
        return Outcome(item.name)

    works(monkeypatch, slow)
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: batch.bar.value() > 0, timeout=TIMEOUT)
    assert not batch.start.isEnabled()
    qtbot.mouseClick(batch.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not batch.running, timeout=TIMEOUT)
    assert "Stopped" in batch.state.text()
    assert batch.start.isEnabled()


def test_what_can_not_be_is_said_and_nothing_is_left_running(qtbot, batch, tmp_path):
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not batch.running, timeout=TIMEOUT)
    assert "There is no picture" in batch.state.text()
    batch.recipe.setText(str(tmp_path / "nowhere.json"))
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    assert "can't be read" in batch.state.text()


def test_rate_and_time_left_are_shown(batch):
    batch._told(Tally(120, 20, 30, 1, 22.4, 185.0, Outcome("a.png", error="Bad.")))
    assert batch.state.text() == "51 of 120 pictures · 22.4 a minute · 3:05 left"


def test_the_recipe_is_saved_for_the_command_line(batch, tmp_path):
    batch.write_recipe(tmp_path / "recipe.json")
    assert read_recipe((tmp_path / "recipe.json").read_bytes()).query == "a zebra"
