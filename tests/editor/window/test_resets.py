"""Reset in the title of each section: shown where something is set, undone like everything else."""

import pytest
from PySide6.QtCore import Qt

from core.diffusion.solver import Solver
from core.diffusion.weight import Weight
from core.document import commands
from core.edit.parameters import PARAMETERS
from core.edit.request import DEFAULT_GUIDANCE, EditRequest
from core.photo.masks.mask import default_feather
from editor.panels.resets import fields_of, fields_under

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def sections(opened):
    panels = opened.panels
    return {
        "mask": panels.mask_panel,
        "edge": panels.mask_panel.edge,
        "guidance": panels.guidance,
        "schedule": panels.guidance.schedule,
        "advanced": panels.advanced,
        "target": panels.advanced.target,
    }


def offered(sections):
    return {name for name, section in sections.items() if not section.header.reset.isHidden()}


def set_(window, **changes):
    window.document.apply(commands.update_draft(**changes), "Set", settings=True)


def test_none_is_offered_to_begin_with(sections):
    assert offered(sections) == set()


def test_none_is_offered_for_a_mask_without_a_picture(opened, sections, idle):
    opened.document.apply(commands.set_grow(5), "Grow", settings=True)
    set_(opened, feather=3.0, steps=33)
    assert offered(sections) == {"mask", "edge", "advanced"}
    opened.files.ask = lambda _: opened.files.DISCARD
    opened.actions_["close"].trigger()
    idle(opened)
    assert opened.document.state.photo is None
    assert offered(sections) == {"advanced"}  # a movie is drawn by the model alone


def test_each_takes_back_what_stands_in_it(qtbot, opened, sections):
    opened.document.apply(commands.set_grow(5), "Grow", settings=True)
    set_(opened, guidance=Weight(4, 0.5), steps=33, solver=Solver.DDIM, seed=7, query="a zebra")
    assert offered(sections) == {"mask", "edge", "guidance", "schedule", "advanced"}
    qtbot.mouseClick(sections["guidance"].header.reset, LEFT)
    assert opened.document.request().guidance == DEFAULT_GUIDANCE
    assert opened.document.undo_text == "Reset Guidance"
    sections["advanced"].header.reset.click()
    sections["mask"].header.reset.click()
    assert offered(sections) == set()
    begun = EditRequest("", "a zebra", seed=7, feather=default_feather((96, 64)))
    assert opened.document.request() == begun
    for _ in range(3):
        opened.document.undo()
    draft = opened.document.request()
    assert (draft.find.grow, draft.guidance, draft.steps) == (5, Weight(4, 0.5), 33)


def test_a_reset_of_the_schedule_keeps_the_scale(opened, sections):
    set_(opened, guidance=Weight(4, interval=(0.2, 0.4)))
    sections["schedule"].header.reset.click()
    assert opened.document.request().guidance == Weight(4, decay=1.0)


def test_a_reset_of_the_cut_cuts_the_found_mask_anew(opened, sections, heat):
    opened.document.apply(commands.set_heat(heat), "Find")
    before = opened.document.state.mask.array()
    opened.document.apply(commands.set_threshold(0.9), "Threshold", settings=True)
    assert (opened.document.state.mask.array() != before).any()
    sections["mask"].header.reset.click()
    assert (opened.document.state.mask.array() == before).all()


def test_a_model_s_own_beginning_is_gone_back_to(opened, sections):
    opened.panels.resets.begin_with({"steps": 4, "guidance.scale": 1.0})
    assert offered(sections) == {"guidance", "advanced"}
    sections["advanced"].header.reset.click()
    sections["guidance"].header.reset.click()
    draft = opened.document.request()
    assert (draft.steps, draft.guidance.scale) == (4, 1.0)
    assert offered(sections) == set()


def test_every_control_stands_in_a_section_that_has_a_reset_but_for_the_seed():
    inside = {
        *fields_of("mask", "edge", "edit", "combining"),
        *fields_under("guidance"),
        *fields_under("target"),
    }
    assert {row.field for row in PARAMETERS if row.panel} - inside == {"seed"}
