"""The list of edits: like layers, the last one on top."""

import pytest
from PySide6.QtCore import Qt

from core.diffusion.clamp import Clamp
from core.diffusion.weight import Weight
from core.document import commands, layer_commands
from core.edit.request import EditRequest, MaskRequest, Method
from editor.panels.edits import EditsPanel, name, reuse


@pytest.fixture
def edited(document, make_result):
    """A document with two edits."""
    document.apply(layer_commands.accept_edit(make_result(document, (10, 10, 40, 40))), "Edit")
    result = make_result(document, (100, 100, 40, 40), colour=(0, 255, 0))
    document.apply(layer_commands.accept_edit(result), "Edit")
    return document


@pytest.fixture
def panel(qtbot, edited):
    panel = EditsPanel(edited)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_an_empty_list_says_what_it_is_for(qtbot, document):
    panel = EditsPanel(document)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.isVisible()
    assert not panel.list.isVisible()


def test_the_last_edit_is_on_top_and_marked(panel, edited, make_result):
    assert panel.list.count() == 2
    edited.apply(layer_commands.accept_edit(make_result(edited, (0, 0, 9, 9))), "Edit")
    assert panel.list.count() == 3
    assert panel.list.currentRow() == 0


def test_the_tick_hides_an_edit_and_undo_shows_it(qtbot, panel, edited):
    before = edited.picture
    panel.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert [edit.visible for edit in edited.state.layers] == [False, True]
    assert (edited.picture != before).any()
    assert edited.undo_text == "Hide an edit"
    edited.undo()
    assert panel.list.item(1).checkState() is Qt.CheckState.Checked
    assert (edited.picture == before).all()


def test_the_delete_key_deletes_the_marked_edit(qtbot, panel, edited):
    first = edited.state.layers[0]
    panel.list.setCurrentRow(0)
    panel.activateWindow()
    panel.list.setFocus()
    qtbot.waitUntil(panel.list.hasFocus)
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert edited.state.layers == (first,)
    edited.undo()
    assert len(edited.state.layers) == panel.list.count() == 2


def test_the_button_deletes_too(qtbot, panel, edited):
    second = edited.state.layers[1]
    panel.list.setCurrentRow(1)
    qtbot.mouseClick(panel.delete, Qt.MouseButton.LeftButton)
    assert edited.state.layers == (second,)


def test_settings_are_taken_again(qtbot, panel, edited):
    edited.adjust(commands.update_draft(query="something else", model="/models/mine"))
    panel.list.setCurrentRow(0)
    qtbot.mouseClick(panel.reuse, Qt.MouseButton.LeftButton)
    draft = edited.state.draft
    assert draft.query == "a zebra"
    assert draft.model == "/models/mine"
    assert draft.photo == ""
    assert draft.mask is None


def test_reuse_leaves_the_cut_to_the_mask(document):
    document.adjust(commands.set_threshold(0.3))
    recipe = EditRequest(
        "photo", "a zebra", "a horse", "", "mask", Method.MASKED_SDEDIT, seed=7, guidance=Weight(3), kappa=0.1
    ).with_(
        prediction="v",
        zero_snr=True,
        clip_skip=2,
        find=MaskRequest(clamp=Clamp.MEAN, threshold=0.5, draws=4, snap=False),
    )
    document.adjust(reuse(recipe))
    draft = document.state.draft
    assert (draft.method, draft.seed, draft.guidance) == (Method.MASKED_SDEDIT, 7, Weight(3))
    assert draft.find == MaskRequest(threshold=0.3, draws=4)
    assert draft.kappa is None
    assert (draft.prediction, draft.zero_snr, draft.clip_skip) == (None, None, None)


def test_reuse_keeps_a_noise_strength_for_the_model_it_was_measured_on(document):
    recipe = EditRequest("photo", "a zebra", find=MaskRequest(strength=0.7), model="/models/its own")
    document.adjust(reuse(recipe))
    assert document.state.draft.find.strength is None
    document.adjust(reuse(recipe.with_(model=document.state.draft.model)))
    assert document.state.draft.find.strength == 0.7


def test_an_edit_is_named_by_its_prompts():
    assert name(EditRequest("", "a zebra", "a horse")) == "a horse → a zebra"
    assert name(EditRequest("", "a zebra")) == "→ a zebra"
