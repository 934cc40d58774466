"""A mask that was hidden by hand is seen again as soon as something is made of it."""

import numpy as np
import pytest

from core.document import commands
from core.document.layer_commands import show_layer
from core.document.plane import Plane
from core.document.strokes import Mode
from core.edit.result import HeatMap
from core.photo.masks.click import Click
from editor.flows.runs.aside import TintAside
from tests.editor.conftest import make_photo

BOX = 4, 4, 8, 8
FULL = np.full((8, 8), 255, np.uint8)
WORDS = commands.update_draft(reference="a horse", query="a zebra")
HEAT = np.zeros((40, 64), np.float32)
HEAT[8:24, 8:24] = 1.0
HEAT[30:36, 40:60] = 0.9


@pytest.fixture
def aside(document, tint):
    """Over a found mask with a stroke on it, hidden by hand."""
    document.adjust(WORDS)
    document.apply(commands.set_heat(HeatMap(HEAT), document.request()), "Find mask")
    aside = TintAside(document, tint)
    tint.visible = False
    return aside


@pytest.mark.parametrize(
    "change",
    [
        commands.paint(BOX, FULL),
        commands.erase((8, 8, 8, 8), FULL),
        commands.select(Plane().with_max(BOX, FULL), Mode.ADD),
        commands.click(Click(10, 10, keep=False)),
        commands.set_heat(HeatMap(HEAT[::-1].copy())),
        commands.set_threshold(0.95),
        commands.invert_mask(),
    ],
)
def test_what_changes_the_mask_shows_it_and_so_do_undo_and_redo(document, tint, aside, change):
    document.apply(change, "change")
    assert tint.visible
    for step in (document.undo, document.redo):
        tint.visible = False
        step()
        assert tint.visible


def test_a_stroke_is_seen_as_it_is_made(document, tint, aside):
    document.preview(commands.paint(BOX, FULL), BOX)
    assert tint.visible


def test_another_picture_is_opened_with_its_mask_shown(document, tint, aside):
    document.open(make_photo(32, 20))
    assert tint.visible


def test_what_leaves_the_mask_as_it_is_leaves_it_hidden(document, tint, aside, make_result, ordered):
    document.accept(ordered(document), make_result(document, BOX), "edit")
    document.apply(show_layer(document.state.layers[0].id, visible=False), "hide")
    document.undo()
    document.redo()
    document.adjust(commands.update_draft(seed=7, feather=3.0))
    for query in ("a cow", "a zebra"):
        document.adjust(commands.update_draft(query=query))  # it sleeps, and wakes
    assert document.mask() is not None
    assert not tint.visible


def test_hidden_by_hand_beside_an_edit_that_was_redone_it_comes_back_for_good(
    document, tint, aside, make_result, ordered
):
    tint.visible = True
    document.accept(ordered(document), make_result(document, BOX), "edit")
    aside.step()
    document.undo()
    tint.visible = False
    document.redo()
    for at in (BOX, (20, 20, 8, 8)):
        document.apply(commands.paint(at, FULL), "dab")
        assert tint.visible
