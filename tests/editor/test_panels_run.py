"""Repaint and Stop, the seed and the cost; and what few need, under Advanced."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.diffusion.solver import Solver
from core.document import commands
from core.edit.method import Method
from core.edit.parameters import PARAMETERS
from core.edit.variants import REROLLED
from editor.docks import LEAST
from editor.document.document import Document
from editor.panels.mask import MaskPanel
from editor.panels.run import RunPanel
from tests.editor.conftest import advanced_panel, guidance_panel


@pytest.fixture
def panel(qtbot, document):
    panel = RunPanel(document)
    qtbot.addWidget(panel)
    panel.show()
    return panel


@pytest.fixture
def advanced(qtbot, document):
    panel = advanced_panel(document)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_every_method_can_be_chosen(document, advanced):
    for method in Method:
        advanced.controls["method"].setCurrentIndex(advanced.controls["method"].findData(method.value))
        assert document.state.draft.method is method
        assert advanced.controls["variation"].isEnabled() == (not method.draws_anew)
        assert advanced.controls["solver"].isEnabled() == (not method.flows)
        assert advanced.controls["n-avg"].isVisible() == method.flows


def test_change_and_steps_are_typed(qtbot, document, advanced):
    for entry, text in ((advanced.controls["change"].entry, "45"), (advanced.controls["steps"].entry, "250")):
        entry.setFocus()
        entry.selectAll()
        qtbot.keyClicks(entry, text)
    assert document.state.draft.change == 0.45
    assert document.state.draft.steps == 250


def test_repaint_stays_a_wish_while_it_runs_and_nothing_moves_for_what_is_said(qtbot, document, panel):
    places = {one: one.geometry() for one in (panel.button, panel.count)}
    height = panel.sizeHint().height()
    for running in (False, True):
        panel.set_running(running)
        with qtbot.waitSignal(panel.repaintRequested):
            qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    for query in ("", "a zebra"):
        document.adjust(commands.update_draft(query=query))
        assert panel.warning.isVisible() is not panel.cost.isVisible() is bool(query)
        assert panel.sizeHint().height() == height
        assert {one: one.geometry() for one in places} == places


def test_without_a_photo_there_is_nothing_to_repaint(qtbot, photo):
    document = Document()
    panel = RunPanel(document)
    qtbot.addWidget(panel)
    assert not panel.button.isEnabled()
    document.open(photo)
    assert panel.button.isEnabled()


def test_another_seed_gets_variation_so_that_it_shows(qtbot, document, panel):
    qtbot.mouseClick(panel.seed.dice, Qt.MouseButton.LeftButton)
    assert document.state.draft.variation == 0  # remembered noise is the seed's own
    document.adjust(commands.update_draft(solver=Solver.DPM))
    qtbot.mouseClick(panel.seed.dice, Qt.MouseButton.LeftButton)
    assert document.state.draft.variation == REROLLED
    assert document.state.draft.seed == panel.seed.value()
    rolled = document.state.draft.seed
    document.adjust(commands.update_draft(variation=0.1))
    qtbot.mouseClick(panel.seed.dice, Qt.MouseButton.LeftButton)
    assert document.state.draft.variation == 0.1
    document.undo()
    assert (document.state.draft.seed, panel.seed.value()) == (rolled, rolled)
    document.undo()  # the seed and what it needed to be seen are one step
    assert document.state.draft.variation == 0


def test_the_seed_stays_unless_every_repaint_shall_have_its_own(document, panel):
    panel.ask()
    assert document.state.draft.seed == 0
    assert document.state.draft.variation == 0
    panel.set_fresh(True)
    asked = []
    before = []
    panel.rolled.connect(lambda then: before.append(then.seed))
    panel.repaintRequested.connect(lambda: asked.append(document.state.draft.seed))
    panel.ask()
    panel.ask()
    assert len({0, *asked}) == 3
    assert before == [0, asked[0]]  # what undo of the repaint goes back to
    assert not document.can_undo  # it was part of the repaint, not set by hand


def words(label) -> str:
    """Wherever its lines may end."""
    return label.text().replace("\u00a0", " ")


def test_the_cost_follows_the_settings_and_the_mask(qtbot, document, panel):
    cost = panel.cost
    assert words(cost) == "≤ 43 evaluations: mask 20 · encode 8 · decode 15"
    document.adjust(commands.update_draft(steps=20))
    qtbot.waitUntil(lambda: words(cost) == "≤ 67 evaluations: mask 20 · encode 16 · decode 31")
    document.apply(commands.invert_mask(), "Invert")
    qtbot.waitUntil(lambda: words(cost) == "47 evaluations: encode 16 · decode 31")
    document.adjust(commands.update_draft(method=Method.SDEDIT))
    qtbot.waitUntil(lambda: words(cost) == "31 evaluations: decode 31")


def test_the_area_is_chosen_for_the_next_edit(document, advanced):
    assert advanced.controls["area"].currentData() == "whole"
    advanced.controls["area"].setCurrentIndex(advanced.controls["area"].findData("auto"))
    assert document.state.draft.area == "auto"


def test_the_choice_of_the_area_shows_the_frame_and_takes_it_away(document, advanced):
    choice, frame = advanced.controls["area"], (100, 80, 120, 90)
    assert choice.count() == 2
    document.adjust(commands.update_draft(area=frame))
    assert (choice.count(), choice.currentText(), choice.value()) == (3, "The frame, 120 × 90", frame)
    choice.setCurrentIndex(choice.findData("auto"))
    assert document.state.draft.area == "auto"
    assert choice.count() == 2
    document.undo()
    assert (document.state.draft.area, choice.value()) == (frame, frame)


def test_a_solver_s_own_number_shows_with_the_solver(document, advanced):
    assert advanced.controls["iterations"].isHidden()
    document.adjust(commands.update_draft(solver=Solver.FIXED_POINT))
    assert not advanced.controls["iterations"].isHidden()
    advanced.controls["iterations"].setValue(4)
    assert document.state.draft.iterations == 4


SPECIAL = {"threshold"}  # with a widget of the panel's own making


@pytest.mark.parametrize(
    "one", [one for one in PARAMETERS if one.panel and one.name not in SPECIAL], ids=lambda one: one.name
)
def test_without_its_row_a_parameter_has_no_control(qtbot, document, monkeypatch, one):
    fewer = tuple(other for other in PARAMETERS if other is not one)
    for rows, there in ((PARAMETERS, True), (fewer, False)):
        monkeypatch.setattr("core.edit.parameters.PARAMETERS", rows)
        made = [RunPanel(document), MaskPanel(document), guidance_panel(document), advanced_panel(document)]
        for panel in made:
            qtbot.addWidget(panel)
        named = [widget.accessibleName() for panel in made for widget in panel.findChildren(QWidget)]
        assert (one.label in named) is there


def test_the_cost_of_variants_is_told_before_they_are_drawn(qtbot, document, panel):
    panel.count.setValue(4)
    text = "≤ 112 evaluations: mask 20 · encode 4 × 8 · decode 4 × 15"
    qtbot.waitUntil(lambda: words(panel.cost) == text)
    document.adjust(commands.update_draft(solver=Solver.DDIM))  # one inversion serves all
    text = "≤ 88 evaluations: mask 20 · encode 8 · decode 4 × 15"
    qtbot.waitUntil(lambda: words(panel.cost) == text)
    qtbot.keyClick(panel.count, Qt.Key.Key_Down)
    assert panel.count.value() == 3
    panel.count.setValue(99)
    assert panel.count.value() == 16


@pytest.mark.parametrize("click", ["mouseClick", "mouseDClick"])
def test_a_click_on_their_number_lets_it_be_typed_anew(qtbot, panel, click):
    line = panel.count.lineEdit()
    getattr(qtbot, click)(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    qtbot.keyClicks(line, "4")
    assert panel.count.value() == 4
    getattr(qtbot, click)(line, Qt.MouseButton.LeftButton, pos=line.rect().center())
    qtbot.keyClicks(line, "12")
    assert panel.count.value() == 12
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton)  # which a double click leaves down


def test_the_row_has_room_in_a_narrow_dock(panel):
    panel.count.setValue(16)
    panel.seed.setValue(2_147_483_647)
    assert panel.minimumSizeHint().width() <= LEAST
