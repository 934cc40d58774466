"""A found mask belongs to the words it was found for; what the hand made stays under any."""

import numpy as np
import pytest

from core.diffusion.rule import Rule
from core.document import commands
from core.document.plane import Plane
from core.document.strokes import Mode
from core.edit.look_in import LookIn
from core.edit.request import Lora
from core.photo import rect as rects
from editor.document.changes import What
from editor.document.found_for import found_for
from editor.flows.masks.owned import Owned
from tests.editor.conftest import adjust_part, canvas_with, drag_exactly, settle, shot

DAB = np.full((20, 30), 255, np.uint8)
HERE = (400, 200, 30, 20)  # beside what is found
THERE = (190, 190, 30, 20)  # inside of it


@pytest.fixture
def found(document, heat):
    """The region of “a horse → a zebra”, found."""
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    document.apply(commands.set_heat(heat), "Find mask")
    return document


def other(document):
    document.adjust(commands.update_draft(reference="a tree in summer", query="a tree in autumn"))


def test_other_words_put_it_to_sleep_and_its_own_wake_it(found):
    before, cost, revision = found.mask().whole(), found.model.cost(), found.revision
    told = []
    found.changed.connect(told.append)
    other(found)
    assert found.mask() is None
    assert found.state.mask.is_empty
    assert found.model.cost().mask > 0 == cost.mask
    assert told[-1].what & What.MASK
    found.adjust(commands.update_draft(reference="a horse ", query=" a  zebra"))  # as one types
    assert np.array_equal(found.mask().whole(), before)
    assert found.revision == revision  # a run under way was asked on the same picture and mask


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 7},
        {"steps": 40},
        {"avoid": "people"},
    ],
)
def test_what_decides_no_heat_map_leaves_it_awake(found, change):
    before = found.mask().whole()
    found.adjust(commands.update_draft(**change))
    assert np.array_equal(found.mask().whole(), before)


def test_swapped_words_find_anew_where_it_matters_which_is_true_of_the_picture(document, heat):
    swapped = commands.update_draft(reference="a zebra", query="a horse")
    for rule in Rule:
        document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
        adjust_part(document, "find", rule=rule)
        document.apply(commands.set_heat(heat), "Find mask")
        document.adjust(swapped)
        assert (document.mask() is None) is (rule is Rule.EVIDENCE)
        other = next(one for one in Rule if one is not rule)
        document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
        assert document.mask() is not None
        adjust_part(document, "find", rule=other)
        assert document.mask() is None


def test_another_area_to_look_in_finds_anew_where_areas_are_looked_into(found, heat):
    adjust_part(found, "find", look_in=LookIn.WHOLE)
    assert found.mask() is None  # a closer look would find another
    found.apply(commands.set_heat(heat), "Find mask")
    found.adjust(commands.update_draft(area=(300, 100, 200, 200)))
    assert found.mask() is not None
    adjust_part(found, "find", look_in=LookIn.AREA)
    assert found.mask() is None
    found.adjust(commands.update_draft(area="auto"))
    assert found.mask() is not None
    adjust_part(found, "find", look_in=LookIn.PLACE)
    assert found.mask() is None


@pytest.mark.parametrize("change", [{"model": "another"}, {"loras": (Lora("style.safetensors"),)}])
def test_another_model_finds_anew(found, change):
    found.adjust(commands.update_draft(**change))
    assert found.mask() is None


def test_a_strength_that_the_engine_wrote_down_is_the_same_search(found):
    adjust_part(found, "find", strength=0.5)
    assert found.mask() is not None
    adjust_part(found, "find", draws=3)
    assert found.mask() is None


def test_another_threshold_cuts_it_anew_but_not_while_it_sleeps(found):
    before = np.count_nonzero(found.mask().values)
    found.apply(commands.set_threshold(0.8), "Threshold")
    assert 0 < np.count_nonzero(found.mask().values) < before
    other(found)
    found.apply(commands.set_threshold(0.3), "Threshold")
    assert found.mask() is None
    assert found.undo_text == "Threshold"  # of before: a setting alone makes no entry
    found.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    assert np.count_nonzero(found.mask().values) > before


def at(rect) -> np.ndarray:
    array = np.zeros((400, 640), np.uint8)
    array[rects.slices(rect)] = 255
    return array


BOTH = at(HERE) | at(THERE)
BY_HAND = {
    "brush": (commands.paint(HERE, DAB), lambda mask: np.maximum(mask, at(HERE))),
    "eraser": (commands.erase(THERE, DAB), lambda mask: np.minimum(mask, 255 - at(THERE))),
    "invert": (commands.invert_mask(), lambda mask: 255 - mask),
    Mode.ADD: (commands.select(Plane.from_array(BOTH), Mode.ADD), lambda mask: np.maximum(mask, BOTH)),
    Mode.SUBTRACT: (
        commands.select(Plane.from_array(BOTH), Mode.SUBTRACT),
        lambda mask: np.minimum(mask, 255 - BOTH),
    ),
    Mode.INTERSECT: (
        commands.select(Plane.from_array(BOTH), Mode.INTERSECT),
        lambda mask: np.minimum(mask, BOTH),
    ),
}


@pytest.mark.parametrize("asleep", [False, True])
@pytest.mark.parametrize("way", BY_HAND)
def test_what_the_hand_has_had_a_part_in_is_its_own_and_nothing_of_it_is_lost(found, way, asleep):
    before = found.mask().whole()
    kept, told = Owned(found, found), []
    kept.told.connect(told.append)
    command, wanted = BY_HAND[way]
    for step in (
        (other, lambda _: found.apply(command, "By hand"))
        if asleep
        else (
            lambda _: found.apply(command, "By hand"),
            other,
        )
    ):
        step(found)
    assert np.array_equal(found.mask().whole(), wanted(before))
    assert len(told) == 1
    assert "no longer follows" in told[0]
    found.adjust(commands.update_draft(query="a cow"))
    found.apply(commands.paint(HERE, DAB), "Brush")
    assert len(told) == 1
    found.undo()
    found.undo()
    assert found.mask() is None  # it follows its words again


def test_a_stroke_wakes_it_with_its_first_dab(found):
    before = found.mask().whole()
    other(found)
    found.preview(commands.paint(HERE, DAB), HERE)
    assert np.array_equal(found.mask().whole(), np.maximum(before, at(HERE)))
    found.rollback()
    assert found.mask() is None


def test_one_that_sleeps_is_reshaped_and_kept_by_name_as_it_is_seen(found):
    before = found.mask().whole()
    other(found)
    assert np.array_equal(found.chosen.mask().array(), before)
    assert found.chosen.mask() is found.chosen.mask()


def test_it_is_seen_in_dashes_with_what_it_was_found_for(qtbot, found, brush):
    canvas = canvas_with(qtbot, found, brush, "rectangle")
    settle(qtbot, canvas)
    tinted = shot(canvas)
    other(found)
    settle(qtbot, canvas)
    asleep = shot(canvas)
    assert "Found for “a horse → a zebra”" in canvas.sleeping.text
    found.apply(commands.clear_mask(), "Clear")
    settle(qtbot, canvas)
    bare = shot(canvas)
    assert canvas.sleeping.text == ""
    edge = np.count_nonzero((asleep != bare).any(axis=2))
    assert 0 < edge < np.count_nonzero((tinted != bare).any(axis=2)) / 2
    found.undo()
    drag_exactly(canvas, (20, 20), (20, 20))  # a click that draws nothing deselects what is seen
    assert not found.state.mask.is_touched


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": "a cow"}, "Found for “a horse → a zebra”"),
        ({"reference": "a zebra", "query": "a horse"}, "Found for “a horse → a zebra”"),
        ({"model": "another"}, "Found with another model"),
        ({"area": (300, 100, 200, 200)}, "Found before the area was changed"),
        ({"loras": (Lora("style.safetensors"),)}, "Found with other settings"),
    ],
)
def test_it_says_what_it_was_found_for(document, heat, change, said):
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    adjust_part(document, "find", rule=Rule.EVIDENCE, look_in=LookIn.AREA)
    document.apply(commands.set_heat(heat), "Find mask")
    document.adjust(commands.update_draft(**change))
    assert document.state.mask.sleeps
    assert found_for(document.state.mask, document.state.draft) == said


def test_a_painted_mask_and_one_from_a_file_stay(document):
    for command in (commands.paint(HERE, DAB), commands.import_mask(np.full((400, 640), 255, np.uint8))):
        document.apply(command, "mask")
        other(document)
        assert document.mask().values.any()
        document.adjust(commands.update_draft(query="a zebra"))


def test_what_is_grown_of_it_stays(found):
    grown = Plane.from_array(np.maximum(found.mask().whole(), 9))
    found.apply(commands.select(grown, Mode.REPLACE), "Grow")
    before = found.mask().whole()
    other(found)
    assert np.array_equal(found.mask().whole(), before)


def test_inverted_there_and_back_it_is_the_hands_own(found):
    before = found.mask().whole()
    found.apply(commands.invert_mask(), "Invert")
    other(found)
    found.apply(commands.invert_mask(), "Invert")
    assert np.array_equal(found.mask().whole(), before)


def test_undo_brings_it_back_asleep_under_other_words(found, heat):
    other(found)
    found.apply(commands.set_heat(heat), "Find mask")
    assert found.mask() is not None
    found.undo()
    assert found.state.mask.sleeps
    found.redo()
    assert found.mask() is not None
