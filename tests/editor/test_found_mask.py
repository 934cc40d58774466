"""A found mask belongs to the words it was found for; what the hand made stays under any."""

import numpy as np
import pytest

from core.diffusion.rule import Rule
from core.document import commands
from core.document.plane import Plane
from core.document.strokes import Mode
from core.edit.look_in import LookIn
from core.edit.request import Lora
from core.edit.result import HeatMap
from editor.document.changes import What
from tests.editor.conftest import adjust_part

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


def test_another_area_to_look_in_finds_anew_where_areas_are_looked_into(found):
    adjust_part(found, "find", look_in=LookIn.WHOLE)
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


def test_strokes_over_it_stay_and_are_all_that_is_seen(found):
    found.apply(commands.paint(HERE, DAB), "Brush")
    found.apply(commands.erase(THERE, DAB), "Eraser")
    other(found)
    assert found.state.mask.box == HERE
    assert found.mask() is None  # the rest is to be found
    elsewhere = HeatMap(np.roll(found.state.mask.heat.values, 5, axis=1))
    found.apply(commands.set_heat(elsewhere), "Find mask")
    assert found.state.mask.crop(HERE).min() == 255
    assert found.state.mask.crop(THERE).max() == 0


def test_a_painted_mask_and_one_from_a_file_stay(document):
    for command in (commands.paint(HERE, DAB), commands.import_mask(np.full((400, 640), 255, np.uint8))):
        document.apply(command, "mask")
        other(document)
        assert document.mask().values.any()
        document.adjust(commands.update_draft(query="a zebra"))


@pytest.mark.parametrize("inverts", [True, False])
def test_what_the_hand_made_of_it_stays(found, inverts):
    grown = Plane.from_array(np.maximum(found.mask().whole(), 9))
    found.apply(commands.invert_mask() if inverts else commands.select(grown, Mode.REPLACE), "change")
    before = found.mask().whole()
    other(found)
    assert np.array_equal(found.mask().whole(), before)


def test_inverted_there_and_back_it_is_the_hands_own(found):
    before = found.mask().whole()
    found.apply(commands.invert_mask(), "Invert")
    other(found)
    found.apply(commands.invert_mask(), "Invert")
    assert np.array_equal(found.mask().whole(), before)


def test_a_mask_painted_while_it_sleeps_is_just_what_is_painted(found):
    other(found)
    found.apply(commands.paint(HERE, DAB), "Brush")
    assert np.count_nonzero(found.mask().values) == DAB.size
    found.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    assert np.count_nonzero(found.mask().values) == DAB.size
    found.undo()
    assert np.count_nonzero(found.mask().values) > DAB.size  # found for these words, and so awake again


def test_undo_brings_it_back_asleep_under_other_words(found, heat):
    other(found)
    found.apply(commands.set_heat(heat), "Find mask")
    assert found.mask() is not None
    found.undo()
    assert found.state.mask.sleeps
    found.redo()
    assert found.mask() is not None
