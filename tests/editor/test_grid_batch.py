"""Tools → Grid: the dialog round a stand-in engine, and settings taken as one undoable step."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt

from core.diffusion.weight import Rescale
from core.document.commands import set_heat, update_draft
from core.document.composite import Composite
from core.edit.evaluations import Evaluations
from core.edit.progress import Cancel, Progress, Stage
from core.edit.request import EditRequest
from core.edit.result import FindResult, HeatMap, Working
from core.errors import InputError
from core.grid.parameters import axis, names
from core.grid.plan import Plan
from core.grid.run import Cell
from core.grid.sheet import Sheet
from editor.document.document import Document
from editor.flows.many.grid_axis import GridAxis
from editor.flows.many.grid_dialog import GridDialog
from editor.flows.many.grids import Grids
from tests.core.test_movie import swapped
from tests.editor.conftest import edit_result, order_now

TIMEOUT = 20_000  # ms
ICC = swapped()  # by which red is green; made once: it holds the time
REQUEST = EditRequest(photo="", query="a zebra", reference="a horse")


class Engine:
    """Draws each edit in a grey that tells its guidance; `hangs` waits for Stop; `previews` of each edit."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.hangs = False
        self.previews = 1
        self.previewed = threading.Event()
        self.masks: list[np.ndarray | None] = []
        self.notices: tuple[str, ...] = ()
        self.colour: tuple[int, int, int] | None = None

    def find(self, request, pixels, on_progress, cancel: Cancel) -> FindResult:
        heat = HeatMap(np.ones((10, 16), np.float32))
        return FindResult(request, heat, Evaluations(20), {}, Working(16, 10), "cpu")

    def run(self, request, pixels, mask, on_progress, cancel: Cancel):
        if request.rescale is Rescale.STD:
            raise InputError("Not this one.")
        self.masks.append(mask)
        for i in range(self.previews):
            preview = np.full((4, 4, 3), i, np.uint8)
            on_progress(Progress(Stage.DECODING, i, self.previews, preview=preview))
        self.previewed.set()
        while self.hangs:
            cancel.check()
            time.sleep(0.01)
        colour = self.colour or (int(request.guidance.scale),) * 3
        result = edit_result(self._document, (0, 0, 640, 400), colour)
        return replace(result, request=request, notices=self.notices)


@pytest.fixture
def engine(document) -> Engine:
    return Engine(document)


@pytest.fixture
def dialog(qtbot, document, jobs):
    dialog = GridDialog(REQUEST, document.composite, None, jobs)
    dialog.columns.values.setText("3, 5")
    dialog.rows.values.setText("off, std")
    dialog.show()
    qtbot.waitExposed(dialog)
    yield dialog
    if dialog.isVisible():
        dialog.reject()


def drawn(qtbot, dialog, jobs) -> None:
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=TIMEOUT)


def test_it_says_the_cost_or_what_is_wrong_before_anything_runs(dialog):
    assert "4 edits" in dialog.cost.text()
    assert dialog.start.isEnabled()
    dialog.columns.values.setText("3, high")
    assert "guidance=high can't be" in dialog.cost.text()
    assert not dialog.start.isEnabled()
    dialog.rows.name.setCurrentIndex(0)
    dialog.columns.values.setText("3")
    assert "1 edits" in dialog.cost.text()
    assert not dialog.rows.values.isEnabled()


def test_a_drawn_grid_shows_cells_and_failures_and_a_click_takes_one(qtbot, dialog, jobs):
    drawn(qtbot, dialog, jobs)
    assert dialog.says.text().startswith("2 cells failed")
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
    assert dialog.isVisible()  # another can be taken
    assert dialog.says.text() == "Taken: Scale 5, Rescale off."
    with qtbot.waitSignal(dialog.wanted, timeout=TIMEOUT):
        qtbot.mouseClick(dialog.repaint_, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()


def test_a_cell_is_taken_by_keys(qtbot, dialog, jobs):
    drawn(qtbot, dialog, jobs)
    assert not dialog.repaint_.isEnabled()  # nothing was taken
    dialog.view.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(dialog.view, key)
    with qtbot.waitSignal(dialog.taken, timeout=TIMEOUT) as taken:
        qtbot.keyClick(dialog.view, Qt.Key.Key_Return)
    assert taken.args[1].column == 1


def test_stop_ends_the_grid_and_the_dialog_can_be_used_again(qtbot, dialog, jobs, engine):
    engine.hangs = True
    with qtbot.waitSignal(jobs.told, timeout=TIMEOUT):
        qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert not dialog.start.isEnabled()
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=TIMEOUT)
    assert "Stopped" in dialog.says.text()
    qtbot.waitUntil(lambda: not jobs.busy, timeout=TIMEOUT)


def test_the_sheet_is_saved_with_its_json(qtbot, dialog, jobs, tmp_path):
    drawn(qtbot, dialog, jobs)
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        dialog.save_to(tmp_path / "sheet")
        assert not dialog.save.isEnabled()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["sheet.json", "sheet.png"]
    assert dialog.says.text() == "Written: sheet.png"
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        dialog.save_to(tmp_path / "nowhere" / "sheet.png")
    assert "no folder" in dialog.says.text()


def test_each_parameter_comes_with_values_that_can_be(qtbot):
    axis_of = GridAxis("Columns", "", REQUEST, "guidance")
    qtbot.addWidget(axis_of)
    offered = axis_of.name
    assert {offered.itemData(i) for i in range(offered.count())} == set(names())
    shown = [offered.itemText(i) for i in range(offered.count())]
    assert {"Scale (guidance)", "What is there (from)", "Threshold"} < set(shown)
    assert len(set(shown)) == len(shown)
    for name in set(names()):
        field = GridAxis("Columns", "", REQUEST, name)
        qtbot.addWidget(field)
        assert len(Plan(REQUEST, field.axis()).x) >= 1, name


def test_a_switch_offers_both_its_values(dialog):
    dialog.columns.name.setCurrentIndex(dialog.columns.name.findData("snap"))
    assert dialog.columns.values.text() == "on, off"
    assert dialog._plan.x.values == (True, False)


@pytest.fixture
def masked(qtbot, document, jobs):
    """The dialog over a document that has a mask, with one row."""
    mask = np.zeros(document.composite.whole().shape[:2], np.uint8)
    mask[:200] = 255
    dialog = GridDialog(REQUEST, document.composite, mask, jobs)
    dialog.rows.name.setCurrentIndex(0)
    dialog.show()
    yield dialog
    if dialog.isVisible():
        dialog.reject()


def vary(dialog, name: str) -> None:
    dialog.columns.name.setCurrentIndex(dialog.columns.name.findData(name))


def test_over_a_threshold_the_mask_is_found_anew_and_that_is_said(qtbot, masked, jobs, engine):
    assert masked.anew.isVisible()
    assert f"{masked._plan.cost(painted=True).total} evaluations" in masked.cost.text()
    vary(masked, "threshold")
    assert masked.anew.isChecked()
    assert not masked.anew.isEnabled()
    assert masked.start.isEnabled()
    assert "left aside" in masked.cost.text()
    assert f"{masked._plan.cost(painted=False).total} evaluations" in masked.cost.text()
    drawn(qtbot, masked, jobs)
    assert [cell.error for cell in masked._done.values()] == [None] * 3
    assert all(
        mask.whole().all() for mask in engine.masks
    )  # the engine's heat is 1 everywhere; the given mask isn't
    vary(masked, "guidance")
    assert masked.anew.isEnabled()
    assert not masked.anew.isChecked()
    assert "left aside" not in masked.cost.text()


def test_with_other_axes_the_mask_is_found_anew_on_request(qtbot, masked, jobs, engine):
    masked.columns.values.setText("3")
    drawn(qtbot, masked, jobs)
    masked.anew.click()
    assert f"{masked._plan.cost(painted=False).total} evaluations" in masked.cost.text()
    drawn(qtbot, masked, jobs)
    given, found = engine.masks
    assert not given.whole().all()
    assert found.whole().all()


def test_without_a_mask_nothing_is_asked_about_it(dialog):
    assert not dialog.anew.isVisible()
    vary(dialog, "threshold")
    assert "left aside" not in dialog.cost.text()


def test_the_sheet_shows_the_colours_of_the_picture_s_profile(qtbot, document, jobs, engine):
    dialog = GridDialog(REQUEST, Composite(replace(document.state.photo, icc=ICC)), None, jobs)
    dialog.columns.values.setText("3")
    dialog.rows.name.setCurrentIndex(0)
    engine.colour = (250, 10, 10)
    drawn(qtbot, dialog, jobs)
    x, y, _, _ = dialog._sheet.layout.box(0, 0)
    r, g, b = np.asarray(dialog._sheet.image)[y + 9, x + 9]
    assert g > 200 > 60 > max(r, b)
    dialog.reject()


def test_the_picture_is_made_whole_in_the_worker_s_thread(qtbot, document, jobs, made_whole):
    document.accept(order_now(document), edit_result(document, (10, 10, 40, 30)), "a zebra")
    dialog = GridDialog(REQUEST, document.composite, None, jobs)
    drawn(qtbot, dialog, jobs)
    assert made_whole == ["engine"]
    dialog.reject()


def test_cells_are_made_small_by_the_worker_and_no_large_one_is_kept(qtbot, dialog, jobs, monkeypatch):
    threads = set()
    for name in ("put", "preview"):
        original = getattr(Sheet, name)

        def watched(self, *args, original=original):
            threads.add(threading.current_thread() is threading.main_thread())
            original(self, *args)

        monkeypatch.setattr(Sheet, name, watched)
    drawn(qtbot, dialog, jobs)
    assert threads == {False}
    assert len(dialog._done) == 4
    assert all(cell.pixels is None for cell in dialog._done.values())


class Painted(QObject):
    """Where a widget was asked to paint."""

    def __init__(self, widget) -> None:
        super().__init__(widget)
        self.areas: list[QRectF] = []
        widget.installEventFilter(self)

    def eventFilter(self, _, event) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.areas.append(QRectF(event.rect()))
        return False


def test_a_cell_that_changed_is_painted_alone(qtbot, dialog, jobs):
    drawn(qtbot, dialog, jobs)
    qtbot.wait(50)
    painted = Painted(dialog.view)
    cell = dialog.view.cell_rect(1, 0)
    _, _, w, h = dialog._sheet.layout.box(1, 0)
    dialog.view.show_cell(1, 0, np.full((h, w, 3), (10, 200, 30), np.uint8))
    qtbot.waitUntil(lambda: bool(painted.areas), timeout=TIMEOUT)
    assert all(cell.adjusted(-6, -6, 6, 6).contains(area) for area in painted.areas)
    shown = dialog.view.grab().toImage()
    assert shown.pixelColor(cell.center().toPoint()).getRgb()[:3] == (10, 200, 30)
    other = dialog.view.cell_rect(0, 1).center().toPoint()
    assert shown.pixelColor(other).getRgb()[:3] == (5, 5, 5)


def test_a_window_that_is_slow_gets_the_latest_and_no_queue(qtbot, dialog, jobs, engine, monkeypatch):
    engine.previews, engine.hangs = 50, True
    rung, shown = [], []
    jobs.told.connect(rung.append)
    monkeypatch.setattr(dialog.view, "show_cell", lambda *args: shown.append(args))
    dialog.start.click()
    assert engine.previewed.wait(TIMEOUT / 1000)  # the window doesn't look meanwhile
    qtbot.waitUntil(lambda: bool(shown), timeout=TIMEOUT)
    assert len(rung) == 1
    ((row, column, pixels),) = shown
    assert (row, column) == (0, 0)
    assert np.all(pixels == 49)


def test_what_was_noticed_is_said_once(qtbot, dialog, jobs, engine):
    engine.notices = ("Half precision overflowed.",)
    drawn(qtbot, dialog, jobs)
    assert dialog.says.text().count("Half precision overflowed.") == 1


class Models:
    """Remembers what was chosen."""

    def __init__(self) -> None:
        self.chosen: list[tuple[str, str]] = []

    def choose(self, model: str, device: str, *, remember: bool) -> None:
        self.chosen.append((model, device))


@pytest.fixture
def models() -> Models:
    return Models()


class Banner:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def notice(self, text: str, hint: str = "") -> "Banner":
        self.said.append(text)
        return self

    def until(self, *_: object) -> None:
        """It is only remembered, never taken away."""


@pytest.fixture
def banner() -> Banner:
    return Banner()


@pytest.fixture
def grids(document, jobs, models, banner) -> Grids:
    return Grids(document, jobs, models, banner, None)


def test_why_it_does_not_open_is_said(jobs, models, banner):
    assert Grids(Document(), jobs, models, banner, None).open() is None
    assert banner.said == ["Open a picture first."]


def test_it_follows_the_document_while_it_is_open(document, grids, heat):
    dialog = grids.open()
    assert grids.open() is dialog
    assert not dialog.isModal()
    assert not dialog.anew.isVisible()
    document.adjust(update_draft(query="a cow"))
    assert dialog._plan.request(0, 0).query == "a cow"
    document.apply(set_heat(heat), "Find")
    assert dialog.anew.isVisible()
    dialog.reject()
    assert grids.open() is not dialog
    grids.close()


def test_a_region_of_another_picture_is_not_taken(qtbot, document, grids, jobs, photo):
    document.adjust(update_draft(query="a zebra"))
    dialog = grids.open()
    dialog.columns.name.setCurrentIndex(dialog.columns.name.findData("guidance"))
    dialog.columns.values.setText("3, 5")
    dialog.rows.name.setCurrentIndex(dialog.rows.name.findData(""))
    drawn(qtbot, dialog, jobs)
    document.open(replace(photo))
    dialog._pick(0, 1)
    assert document.request().guidance.scale == 5
    assert document.state.mask.heat is None
    dialog.reject()


def test_it_opens_with_the_picture_s_profile_and_mask(document, grids, photo, heat):
    document.open(replace(photo, icc=ICC))
    document.apply(set_heat(heat), "Find")
    dialog = grids.open()
    assert dialog._picture.original.icc == ICC
    assert np.array_equal(dialog._mask.whole(), document.mask().whole())
    dialog.reject()


def test_the_axes_are_as_they_were_when_the_dialog_opens_again(grids):
    dialog = grids.open()
    dialog.columns.name.setCurrentIndex(dialog.columns.name.findData("steps"))
    dialog.columns.values.setText("4, 8")
    dialog.rows.name.setCurrentIndex(dialog.rows.name.findData(""))
    dialog.reject()
    again = grids.open()
    assert again.columns.typed() == ("steps", "4, 8")
    assert again.rows.typed() == ("", "")
    assert not again.rows.values.isEnabled()
    assert again.start.isEnabled() == dialog.start.isEnabled()
    again.reject()


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


def test_what_was_found_anew_replaces_the_mask_that_was_there(document, grids, heat):
    document.apply(set_heat(heat), "Find")
    document.adjust(update_draft(query="a zebra"))
    other = HeatMap(np.ascontiguousarray(heat.values[:, ::-1]))
    plan = Plan(document.request(), axis("threshold=0.3,0.6"))
    grids.take(plan, cell_of(plan, other))
    assert document.state.mask.heat is other
    assert document.request().find.threshold == 0.6
    assert document.state.mask.box[0] > 320  # the bump is right of the middle now
    document.undo()
    assert document.state.mask.heat is heat


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


def test_a_finished_sheet_has_the_keyboard(qtbot, dialog, jobs):
    drawn(qtbot, dialog, jobs)
    assert dialog.focusWidget() is dialog.view
    with qtbot.waitSignal(dialog.taken, timeout=TIMEOUT) as taken:
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)  # marks the first one, and draws nothing
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert taken.args[1].request.guidance.scale == 3


def test_escape_stops_a_grid_and_then_closes(qtbot, dialog, jobs, engine):
    engine.hangs = True
    dialog.start.click()
    assert engine.previewed.wait(TIMEOUT / 1000)
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
