"""The document: one undo entry for each act, and news of just what changed."""

from dataclasses import replace

import numpy as np
import pytest

from core.document import commands, layer_commands
from core.document.history import History
from core.document.kept_commands import keep_mask
from core.document.layer import is_outdated
from core.document.state import State, arrays
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.errors import InputError
from core.photo.deep import Deep
from core.photo.masks.click import Click
from editor.document.changes import What
from editor.document.document import Document
from editor.document.filed import Lack
from tests.editor.conftest import adjust_part

DAB = np.full((20, 30), 255, np.uint8)
HERE = (400, 200, 30, 20)


@pytest.fixture
def news(document):
    heard = []
    document.changed.connect(heard.append)
    return heard


def test_an_empty_document_has_nothing(qtbot):
    document = Document()
    assert document.composite is None
    assert document.mask() is None
    assert not document.modified
    assert not document.can_undo
    assert not document.can_redo


def test_opening_starts_afresh_and_keeps_the_prompts(document, photo, news):
    document.adjust(commands.update_draft(query="a zebra"))
    document.apply(commands.paint(HERE, DAB), "Brush")
    document.open(photo)
    assert document.state.draft.query == "a zebra"
    assert document.state.mask.is_empty
    assert not document.can_undo
    assert news[-1].what == What.ALL
    assert document.composite.whole() is photo.pixels


def test_a_stroke_is_one_entry_and_tells_where(document, news):
    document.preview(commands.paint(HERE, DAB), HERE, "brush")
    document.preview(commands.paint((430, 200, 30, 20), DAB), (430, 200, 30, 20), "brush")
    assert [(change.what, change.rect, change.source) for change in news] == [
        (What.MASK, HERE, "brush"),
        (What.MASK, (430, 200, 30, 20), "brush"),
    ]
    assert document.undo_text == ""
    document.commit("Brush stroke")
    assert document.undo_text == "Brush stroke"
    document.undo()
    assert document.state.mask.is_empty
    assert not document.can_undo
    document.redo()
    assert document.state.mask.crop((400, 200, 60, 20)).min() == 255


def test_a_stroke_beside_the_picture_leaves_undo_and_redo_as_they_were(document, make_result, ordered):
    document.accept(ordered(document), make_result(document, HERE), "a zebra")
    document.apply(commands.invert_mask(), "Invert")
    document.undo()
    beside, layer = (-60, -60, 30, 20), document.state.layers[0].id
    for stroke in (
        commands.paint(beside, DAB),
        layer_commands.paint_layer(layer, beside, DAB),
        layer_commands.erase_layer(layer, beside, DAB),
    ):
        document.preview(stroke, beside)
        document.commit("Brush stroke")
        assert (document.undo_text, document.redo_text) == ("a zebra", "Invert")


def test_a_stroke_can_be_rolled_back(document, news):
    before = document.state
    document.preview(commands.paint(HERE, DAB), HERE)
    document.preview(commands.paint((10, 10, 30, 20), DAB), (10, 10, 30, 20))
    document.rollback()
    assert document.state.mask is before.mask
    assert not document.can_undo
    assert news[-1].rect == (10, 10, 420, 210)
    document.commit("nothing")
    assert not document.can_undo


def test_undo_in_a_live_stroke_takes_the_stroke(document):
    document.apply(commands.invert_mask(), "Invert")
    document.preview(commands.paint(HERE, DAB), HERE)
    document.undo()
    assert document.undo_text == "Invert"
    assert document.state.mask.inverted


def test_a_heat_map_that_arrives_in_a_stroke_loses_nothing(document, heat):
    document.preview(commands.paint(HERE, DAB), HERE)
    document.apply(commands.set_heat(heat), "Find")
    document.preview(commands.paint((10, 10, 30, 20), DAB), (10, 10, 30, 20))
    document.commit("Brush stroke")
    assert document.state.mask.crop(HERE).min() == document.state.mask.crop((10, 10, 30, 20)).min() == 255
    document.undo()
    assert document.state.mask.crop((10, 10, 30, 20)).max() == 0
    assert document.state.mask.crop(HERE).min() == 255
    document.undo()
    assert document.state.mask.is_empty


def test_settings_make_no_entry_and_no_undo_takes_them_back(document, news):
    document.apply(commands.invert_mask(), "Invert")
    document.adjust(commands.update_draft(query="a zebra", steps=30), source="prompt")
    adjust_part(document, "guidance", scale=5.0)
    adjust_part(document, "find", draws=3)
    assert news[-3].what == What.DRAFT
    assert news[-3].source == "prompt"
    document.undo()
    draft = document.request()
    assert (draft.query, draft.steps, draft.guidance.scale, draft.find.draws) == ("a zebra", 30, 5.0, 3)
    assert not document.state.mask.inverted


def test_a_setting_through_apply_is_no_undo_entry(document):
    document.apply(commands.set_threshold(0.7), "Threshold")  # no heat map: nothing to cut
    assert document.state.draft.find.threshold == 0.7
    assert not document.can_undo


def test_a_slider_drag_is_one_undo_and_brings_the_threshold_back(document, heat):
    document.apply(commands.set_heat(heat), "Find")
    cut = document.state.mask.array()
    for threshold in (0.6, 0.7, 0.8):
        document.apply(commands.set_threshold(threshold), "Threshold", merge="threshold")
    assert document.state.mask.array().sum() < cut.sum()
    document.undo()
    assert document.state.draft.find.threshold == 0.4
    assert np.array_equal(document.state.mask.array(), cut)
    document.redo()
    assert document.state.draft.find.threshold == 0.8


def test_runs_and_undo_have_the_mask_of_the_last_threshold_to_the_byte(document, heat):
    """However little of a moving slider is looked at on the way."""
    document.apply(commands.set_heat(heat), "Find")
    size = document.state.mask.size
    for threshold in (0.6, 0.5, 0.7):
        document.apply(commands.set_threshold(threshold), "Threshold", merge="threshold")
        document.state.mask.reduced((0, 0, *size), 2)  # as the canvas does
        exact = heat.mask(document.state.draft.find, size).whole()
        assert np.array_equal(document.mask().whole(), exact)
    document.undo()
    again = heat.mask(document.state.draft.find, size)
    assert np.array_equal(document.mask().whole(), again.whole())
    document.redo()
    assert np.array_equal(document.mask().whole(), exact)


def test_a_drag_after_an_undo_does_not_swallow_the_one_before(document, heat):
    document.apply(commands.set_heat(heat), "Find")
    document.apply(commands.set_threshold(0.6), "Threshold", merge="threshold")
    document.apply(commands.invert_mask(), "Invert")
    document.undo()
    document.apply(commands.set_threshold(0.9), "Threshold", merge="threshold")
    document.undo()
    assert document.state.draft.find.threshold == 0.6


def test_an_accepted_edit_is_one_entry_limited_to_its_mask(document, photo, make_result, ordered):
    document.apply(commands.paint(HERE, DAB), "Brush")
    result = make_result(document, HERE)
    document.accept(ordered(document), result, "a zebra")
    (layer,) = document.state.layers
    assert layer.box == HERE
    assert layer.name == "a zebra"
    assert np.array_equal(document.composite.whole(), result.on(photo.pixels))
    assert document.composite.photo() is document.composite.photo()  # and so its digest is computed once
    assert document.composite.photo().digest != photo.digest
    assert not document.state.mask.is_empty
    assert document.lacks == Lack(layers=True)
    document.undo()
    assert document.composite.whole() is photo.pixels
    assert document.lacks == Lack(mask=True)  # the strokes: no edit was made with them now


def test_a_region_found_on_the_way_becomes_the_mask(document, make_result, ordered, heat):
    document.adjust(commands.update_draft(query="a zebra"))
    document.accept(ordered(document), make_result(document, HERE, heat=heat), "a zebra")
    assert document.state.mask.heat is heat
    assert not document.state.mask.is_empty
    document.undo()
    assert document.state.mask.is_empty


def test_a_painted_mask_outlives_the_region_found_on_the_way(document, make_result, ordered, heat):
    document.apply(commands.paint(HERE, DAB), "Brush")
    document.accept(ordered(document), make_result(document, HERE, heat=heat), "a zebra")
    assert document.state.mask.heat is None


def test_a_late_result_is_pasted_into_the_picture_of_now(document, make_result, ordered):
    asked = ordered(document)
    late = make_result(document, (100, 100, 50, 50), (9, 9, 9))
    document.accept(ordered(document), make_result(document, (120, 120, 100, 100), (200, 0, 0)), "first")
    document.accept(asked, late, "late")
    assert (document.composite.whole()[110, 110] == 9).all()
    assert (document.composite.whole()[200, 200] == (200, 0, 0)).all()
    assert [is_outdated(document.state.layers, n) for n in range(2)] == [False, True]


def test_a_result_of_a_closed_picture_is_refused(document, photo, make_result, ordered):
    asked, result = ordered(document), make_result(document, HERE)
    document.open(replace(photo))
    with pytest.raises(InputError, match="no longer open"):
        document.accept(asked, result, "late")


def test_edits_are_hidden_shown_and_deleted(document, photo, make_result, ordered, news):
    document.accept(ordered(document), make_result(document, HERE), "one")
    layer = document.state.layers[0].id
    document.apply(layer_commands.show_layer(layer, False), "Hide")
    assert news[-1].what & What.PICTURE
    assert document.composite.whole() is photo.pixels
    document.apply(layer_commands.show_layer(layer, True), "Show")
    assert (document.composite.whole()[210, 410] == (200, 30, 60)).all()
    document.apply(layer_commands.delete_layer(layer), "Delete")
    assert document.state.layers == ()


def test_an_export_holds_what_is_shown_and_no_layers(document, make_result, ordered, news):
    document.mark_exported()
    assert not document.modified  # nothing was done
    document.accept(ordered(document), make_result(document, HERE), "one")
    assert document.lacks == Lack(layers=True)
    document.mark_exported()
    assert document.lacks == Lack(layers=True, exported=True)
    assert news[-1].what == What.HISTORY
    document.accept(ordered(document), make_result(document, (0, 0, 9, 9)), "two")
    assert document.lacks == Lack(layers=True)
    document.undo()
    assert document.lacks == Lack(layers=True, exported=True)
    document.undo()
    assert not document.modified


def test_a_layer_that_is_hidden_can_be_lost_as_well(document, make_result, ordered):
    document.accept(ordered(document), make_result(document, HERE), "one")
    document.apply(layer_commands.show_layer(document.state.layers[0].id, False), "Hide")
    document.mark_exported()
    assert document.lacks == Lack(layers=True)


def test_masks_by_name_and_clicks_can_be_lost_and_what_is_found_again_can_not(document, heat):
    document.apply(commands.set_heat(heat), "Find")
    assert not document.modified
    document.apply(commands.click(Click(330, 250)), "Click")
    assert document.lacks == Lack(mask=True)
    document.mark_mask_exported(document.state.mask)
    assert not document.modified
    document.apply(commands.click(Click(90, 50, keep=False)), "Click")
    assert document.lacks == Lack(mask=True)
    document.apply(keep_mask("mine", document.state.mask.plane()), "Keep")
    document.apply(commands.clear_mask(), "Clear")
    assert document.lacks == Lack(kept=True)


def test_other_words_than_a_project_s_are_a_change_of_it(document):
    document.mark_saved(document.snapshot())
    document.adjust(commands.update_draft(steps=7))
    assert not document.modified
    document.adjust(commands.update_draft(query="a cow"))
    assert document.lacks == Lack(project=True)
    document.adjust(commands.update_draft(query=""))
    assert not document.modified


def test_closed_nothing_is_left_but_prompts_and_settings(document, make_result, ordered, news):
    document.adjust(commands.update_draft(query="a zebra", area=(1, 2, 30, 40)))
    document.accept(ordered(document), make_result(document, HERE), "one")
    document.apply(commands.paint(HERE, DAB), "Brush")
    document.close()
    assert news[-1].what == What.ALL
    assert (document.state.photo, document.composite, document.state.layers) == (None, None, ())
    assert document.state.mask.strokes.is_empty
    assert not document.can_undo
    assert not document.modified
    assert (document.state.draft.query, document.state.draft.area) == ("a zebra", "whole")


def test_strokes_do_not_recompute_the_picture(document, make_result, ordered):
    document.accept(ordered(document), make_result(document, HERE), "one")
    picture = document.composite.whole()
    document.apply(commands.paint(HERE, DAB), "Brush")
    assert document.composite.whole() is picture


def test_revision_follows_picture_and_mask_alone(document):
    revision = document.revision
    document.adjust(commands.update_draft(seed=4))
    assert document.revision == revision
    document.preview(commands.paint(HERE, DAB), HERE)
    document.rollback()
    assert document.revision > revision


def test_a_painted_mask_costs_no_search(document):
    assert document.model.cost().mask == 20
    document.apply(commands.paint(HERE, DAB), "Brush")
    assert document.model.cost().mask == 0
    assert np.array_equal(document.mask().whole(), document.state.mask.array())
    document.adjust(commands.update_draft(method=Method.SDEDIT))
    assert document.mask() is None


def test_a_mask_of_another_size_is_refused_and_nothing_changes(document):
    before = document.state
    with pytest.raises(InputError, match="3 × 2"):
        document.apply(commands.import_mask(np.zeros((2, 3), np.uint8)), "Import")
    assert document.state is before


def test_the_history_is_capped_by_bytes(qtbot, photo):
    document = Document(cap=photo.pixels.nbytes + 5 * 65536)
    document.open(photo)
    for i in range(40):  # each stroke in the same tile keeps one more copy of it
        document.apply(commands.paint((i * 3, 0, 3, 3), np.full((3, 3), 255, np.uint8)), f"stroke {i}")
    undone = 0
    while document.can_undo:
        document.undo()
        undone += 1
    assert undone == 4
    assert document.state.mask.crop((0, 0, 9, 3)).min() == 255


def test_one_undo_is_kept_however_small_the_cap(qtbot, photo):
    document = Document(cap=1)
    document.open(photo)
    document.apply(commands.invert_mask(), "one")
    document.apply(commands.paint(HERE, DAB), "two")
    assert document.undo_text == "two"
    document.undo()
    assert document.state.mask.inverted


def test_the_bytes_counted_are_those_of_the_distinct_arrays(photo, heat):
    state = commands.open_photo(photo)(State())
    history, states = History(state, cap=1 << 40), [state]
    rng = np.random.default_rng(0)
    for i in range(30):
        x, y = rng.integers(0, 380, 2)
        patch = np.full((20, 30), 255, np.uint8)
        state = (commands.paint if i % 3 else commands.erase)((int(x), int(y), 30, 20), patch)(state)
        state = commands.set_heat(heat)(state) if i == 10 else state
        states.append(state)
        history.push("stroke", state, merge="same" if i % 4 == 0 else None)
    kept = [entry.state for entry in history._entries]
    distinct = {id(array): array.nbytes for state in kept for array in arrays(state)}
    assert history.nbytes == sum(distinct.values())
    for _ in range(20):
        history.undo()
    history.push("another", states[3])
    kept = [entry.state for entry in history._entries]
    distinct = {id(array): array.nbytes for state in kept for array in arrays(state)}
    assert history.nbytes == sum(distinct.values())


def test_what_sixteen_bits_cost_is_counted(photo, make_result, ordered):
    deep = replace(photo, deep=Deep(photo.pixels, photo.pixels.copy()))
    document = Document()
    document.open(deep)
    assert sum(array.nbytes for array in {id(a): a for a in arrays(document.state)}.values()) == 2 * (
        photo.pixels.nbytes
    )
    document.accept(ordered(document), make_result(document, HERE), "edit")
    variant = document.state.layers[0].variant
    held = [id(array) for array in arrays(document.state)]
    assert {id(variant.drawn), id(variant.mask)} <= set(held)


def test_an_edit_of_the_whole_picture_is_one_in_sixteen_bits_too(photo, make_result, ordered):
    document = Document()
    document.open(replace(photo, deep=Deep(photo.pixels, photo.pixels.copy())))
    whole = make_result(document, (0, 0, photo.width, photo.height))
    whole = replace(whole, request=whole.request.with_(method=Method.ENCODE_DECODE, mask=None))
    document.accept(ordered(document), whole, "edit")
    now = document.composite.photo().deep.part((0, 0, photo.width, photo.height))
    assert np.array_equal(now, whole.drawn.astype(np.uint16) * 257)


def test_a_smaller_limit_forgets_the_oldest_and_never_what_is_shown(document):
    for i in range(6):
        document.apply(commands.import_mask(np.full((400, 640), 40 * i + 1, np.uint8)), str(i))
    for _ in range(4):
        document.undo()
    shown = document.state
    document.limit_undo(1)
    assert document.state is shown
    assert document.can_undo  # one step back always stays
    document.undo()
    for _ in range(5):
        document.redo()
    assert document.mask().values.max() == 201


def test_a_drag_of_a_setting_is_one_undo_and_leaves_what_came_otherwise(document):
    for steps in (11, 12, 13):
        document.apply(commands.update_draft(steps=steps), "Steps", merge="steps", settings=True)
    document.adjust(commands.update_draft(query="a zebra", model="/models/mine"))
    document.undo()
    draft = document.request()
    assert (draft.steps, draft.query, draft.model) == (10, "a zebra", "/models/mine")
    assert not document.can_undo
    document.redo()
    assert document.request() == draft.with_(steps=13)


def test_of_the_search_only_what_an_entry_was_about_goes_back(document):
    document.apply(commands.set_grow(8), "Grow", settings=True)
    adjust_part(document, "find", draws=3)
    document.undo()
    assert document.request().find == MaskRequest(draws=3)


def test_a_setting_set_to_what_it_is_makes_no_entry(document):
    document.apply(commands.update_draft(steps=document.request().steps), "Steps", settings=True)
    assert not document.can_undo


def test_what_comes_by_itself_leaves_what_can_be_redone(document, photo, make_result, ordered):
    asked = ordered(document)
    for n in range(3):
        document.apply(commands.paint((40 * n, 0, *HERE[2:]), DAB), f"Brush {n}")
    painted = document.state.mask
    document.undo()
    document.undo()
    document.accept(asked, make_result(document, HERE), "a zebra")
    (layer,) = document.state.layers
    assert document.redo_text == "Brush 1"
    document.redo()
    document.redo()
    assert document.state.mask.array().tolist() == painted.array().tolist()
    assert document.state.layers == (layer,)
    assert not document.can_redo
    for _ in range(2):
        document.undo()
    assert document.undo_text == "a zebra"
    document.undo()
    assert document.state.layers == ()
    assert document.composite.whole() is photo.pixels


def test_redo_ends_where_what_came_by_itself_has_no_place():
    history = History(State(photo=None))
    states = [State(photo=None) for _ in range(3)]
    for n, state in enumerate(states):
        history.push(str(n), state)
    for _ in range(3):
        history.undo()

    def command(state: State) -> State:
        if state is states[1]:
            raise KeyError("gone")
        return state.with_()

    history.slip_in("came", command(history.state), command)
    assert [entry.text for entry in history.entries] == ["", "came", "0"]
    assert history.undo_text == "came"


def test_a_layer_whose_mask_is_worked_on_stays_chosen_when_another_one_comes(document, make_result, ordered):
    document.accept(ordered(document), make_result(document, HERE), "one")
    (layer,) = document.state.layers
    document.chosen.choose(layer.id, masked=True)
    document.adjust(commands.update_draft(query="a cow"))
    document.accept(ordered(document), make_result(document, (0, 0, 9, 9)), "two")
    assert document.chosen.masked is layer
