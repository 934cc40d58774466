"""One edit after another, by typing: what the first one found is not what the second repaints."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from core.document import commands
from core.photo.masks import locality
from core.photo.photo import digest


@pytest.fixture(autouse=True)
def _regions_stand_out(monkeypatch):
    """To random weights every edit is global."""
    monkeypatch.setattr(locality, "FAR", 1e9)
    monkeypatch.setattr(locality, "EVERYWHERE", 1e9)


@pytest.fixture
def say(ask, loaded, idle):
    """say(text): type it over the prompt and press Ctrl+Return, and wait."""

    def typed(text):
        ask(loaded, text)
        idle(loaded)
        return loaded.document.state.layers

    return typed


def test_the_second_edit_finds_its_own_region(loaded, say):
    (first,) = say("a circle")
    before = loaded.document.state.mask.heat
    _, second = say("a dog")
    assert first.variant.request.mask is second.variant.request.mask is None  # each was searched for
    assert loaded.document.state.mask.heat is not before


def test_the_same_words_again_repaint_the_same_region_as_a_variant(loaded, say):
    (first,) = say("a circle")
    mask = loaded.document.mask()
    loaded.document.adjust(commands.update_draft(seed=9))
    (layer,) = say("a circle")
    assert layer.variant.request.mask == digest(mask.whole())
    assert (layer.id, layer.others) == (first.id, (first.variant,))


def test_strokes_over_the_first_region_apply_to_the_second(qtbot, loaded, say):
    say("a circle")
    loaded.actions_["brush"].trigger()
    loaded.brush.size = 8
    loaded.brush.hardness = 1.0
    qtbot.mouseClick(loaded.canvas, Qt.MouseButton.LeftButton, pos=at(loaded, 84, 8))
    dab = loaded.document.state.mask.strokes.added
    edits = say("a dog")
    mask = loaded.document.state.mask
    assert mask.strokes.added is dab
    assert mask.array()[8, 84] == 255
    assert edits[1].variant.request.mask == digest(mask.array())
    assert edits[1].variant.request.query == "a dog"


def test_a_region_that_the_hand_has_worked_on_stays_though_nothing_is_left_of_it(loaded, say):
    say("a circle")
    dab = np.full((4, 4), 255, np.uint8)
    loaded.document.apply(commands.erase((0, 0, 4, 4), dab), "dab")
    loaded.document.adjust(commands.set_grow(-100))
    edits = say("a dog")
    assert len(edits) == 1
    assert [bar.text for bar in loaded.banner.bars] == ["The mask is empty."]
    assert not loaded.document.state.mask.strokes.erased.is_empty


def test_typing_the_next_words_during_a_run_is_no_change_of_its_picture(qtbot, loaded, idle):
    loaded.actions_["find"].trigger()
    idle(loaded)
    held = []

    def type_on(_):
        if loaded.canvas.scene.preview is not None and not held:
            loaded.document.adjust(commands.update_draft(query="a dog"))
            held.append(loaded.canvas.scene.overlay.is_empty)

    loaded.canvas.grab()
    loaded.jobs.progressed.connect(type_on)
    loaded.actions_["repaint"].trigger()
    idle(loaded)
    assert held == [False]  # the preview is still cut out by the mask of its run
    assert len(loaded.document.state.layers) == 1
    assert not loaded.banner.bars
    assert loaded.document.mask() is None


def test_what_is_painted_is_seen_again_with_other_words(qtbot, loaded, say):
    loaded.document.apply(commands.paint((20, 20, 9, 9), np.full((9, 9), 255, np.uint8)), "dab")
    say("a circle")
    assert not loaded.tint.visible
    field = loaded.panels.prompts.query
    field.setFocus()
    qtbot.keyClicks(field, "s")
    assert loaded.tint.visible
    assert loaded.document.mask() is not None


def at(window, x, y) -> QPoint:
    return window.canvas.viewport.to_widget(QPoint(x, y).toPointF()).toPoint()
