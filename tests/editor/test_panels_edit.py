"""The edit panel: method, change, seed, Repaint and Stop."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.diffusion.solver import Solver
from core.document import commands
from core.edit.parameters import PARAMETERS
from core.edit.request import Method
from editor.document.document import Document
from editor.panels.edit import REROLLED, EditPanel
from editor.panels.guidance import GuidancePanel
from editor.panels.mask import MaskPanel


@pytest.fixture
def panel(qtbot, document):
    panel = EditPanel(document)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_every_method_can_be_chosen(document, panel):
    for method in Method:
        panel.controls["method"].setCurrentIndex(panel.controls["method"].findData(method.value))
        assert document.state.draft.method is method
        assert panel.controls["variation"].isEnabled() == method.inverts


def test_change_and_steps_are_typed(qtbot, document, panel):
    for entry, text in ((panel.controls["change"].entry, "45"), (panel.controls["steps"].entry, "250")):
        entry.setFocus()
        entry.selectAll()
        qtbot.keyClicks(entry, text)
    assert document.state.draft.change == 0.45
    assert document.state.draft.steps == 250


def test_repaint_is_a_wish_and_becomes_stop_while_it_runs(qtbot, panel):
    button = panel.run_bar.button
    with qtbot.waitSignal(panel.repaintRequested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel.set_running(True)
    assert button.text() == "Stop"
    assert not button.filled
    with (
        qtbot.waitSignal(panel.run_bar.stopRequested),
        qtbot.assertNotEmitted(panel.repaintRequested),
    ):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel.set_running(False)
    assert button.text() == "Repaint"
    assert button.filled


def test_without_a_photo_there_is_nothing_to_repaint(qtbot, photo):
    document = Document()
    panel = EditPanel(document)
    qtbot.addWidget(panel)
    assert not panel.run_bar.button.isEnabled()
    document.open(photo)
    assert panel.run_bar.button.isEnabled()


def test_another_seed_gets_variation_so_that_it_shows(qtbot, document, panel):
    qtbot.mouseClick(panel.seed.dice, Qt.MouseButton.LeftButton)
    assert document.state.draft.variation == 0  # remembered noise is the seed's own
    document.adjust(commands.update_draft(solver=Solver.DPM))
    qtbot.mouseClick(panel.seed.dice, Qt.MouseButton.LeftButton)
    assert document.state.draft.variation == REROLLED
    assert document.state.draft.seed == panel.seed.value()
    panel.controls["variation"].setValue(0.1)
    qtbot.mouseClick(panel.seed.dice, Qt.MouseButton.LeftButton)
    assert document.state.draft.variation == 0.1


def test_a_locked_seed_stays_and_an_open_one_is_rolled_for_each_repaint(document, panel):
    assert panel.seed.locked
    panel.ask()
    assert document.state.draft.seed == 0
    assert document.state.draft.variation == 0
    panel.seed.lock.setChecked(False)
    asked = []
    panel.repaintRequested.connect(lambda: asked.append(document.state.draft.seed))
    panel.ask()
    panel.ask()
    assert len({0, *asked}) == 3


def test_the_cost_follows_the_settings_and_the_mask(qtbot, document, panel):
    cost = panel.run_bar.cost
    assert cost.text() == "At most 43 evaluations: mask 20 · encode 8 · decode 15"
    document.adjust(commands.update_draft(steps=20))
    qtbot.waitUntil(lambda: cost.text() == "At most 67 evaluations: mask 20 · encode 16 · decode 31")
    document.apply(commands.invert_mask(), "Invert")
    qtbot.waitUntil(lambda: cost.text() == "47 evaluations: encode 16 · decode 31")
    document.adjust(commands.update_draft(method=Method.SDEDIT))
    qtbot.waitUntil(lambda: cost.text() == "31 evaluations: decode 31")


def test_the_area_is_chosen_for_the_next_edit(document, panel):
    assert panel.controls["area"].currentData() == "whole"
    panel.controls["area"].setCurrentIndex(panel.controls["area"].findData("auto"))
    assert document.state.draft.area == "auto"


def test_a_solver_s_own_number_shows_with_the_solver(document, panel):
    assert panel.controls["iterations"].isHidden()
    document.adjust(commands.update_draft(solver=Solver.FIXED_POINT))
    assert not panel.controls["iterations"].isHidden()
    panel.controls["iterations"].setValue(4)
    assert document.state.draft.iterations == 4


SPECIAL = {"threshold"}  # with a widget of the panel's own making


@pytest.mark.parametrize(
    "one", [one for one in PARAMETERS if one.panel and one.name not in SPECIAL], ids=lambda one: one.name
)
def test_without_its_row_a_parameter_has_no_control(qtbot, document, brush, tint, monkeypatch, one):
    fewer = tuple(other for other in PARAMETERS if other is not one)
    for rows, there in ((PARAMETERS, True), (fewer, False)):
        monkeypatch.setattr("core.edit.parameters.PARAMETERS", rows)
        made = [EditPanel(document), GuidancePanel(document), MaskPanel(document, brush, tint)]
        for panel in made:
            qtbot.addWidget(panel)
        named = [widget.accessibleName() for panel in made for widget in panel.findChildren(QWidget)]
        assert (one.label in named) is there
