"""The mask panel: find, cut, correct, and what it says about the mask."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from core.diffusion.clamp import Clamp
from core.diffusion.weight import Guided
from core.document import commands
from core.document.strokes import Mode
from core.edit.look_in import LookIn
from core.edit.method import Method
from core.edit.result import HeatMap
from core.photo.masks.click import Click
from core.photo.pyramid import windows
from editor.document.document import Document
from editor.panels.mask import HeatSlider, MaskPanel, coverage
from tests.editor.conftest import order_now

DAB = np.full((200, 320), 255, np.uint8)


@pytest.fixture
def panel(qtbot, document):
    panel = MaskPanel(document)
    qtbot.addWidget(panel)
    panel.resize(320, panel.sizeHint().height())
    panel.show()
    return panel


def says(qtbot, panel, words):
    qtbot.waitUntil(lambda: words in panel.words.text())


def test_without_a_photo_nothing_can_be_found(qtbot):
    panel = MaskPanel(Document())
    qtbot.addWidget(panel)
    assert not panel.find_button.isEnabled()
    assert "No mask yet" in panel.words.text()


def test_find_is_a_wish(qtbot, panel):
    with qtbot.waitSignal(panel.findRequested):
        qtbot.mouseClick(panel.find_button, Qt.MouseButton.LeftButton)


def test_what_was_found_for_other_words_can_be_kept_or_found_again_and_nothing_moves(
    qtbot, document, heat, panel
):
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    document.apply(commands.set_heat(heat), "Find")
    assert not panel.keep_button.isVisible()
    assert panel.find_button.text() == "Find It"
    places = {one: one.y() for one in (panel.find_button, panel.words, panel.edge)}
    document.adjust(commands.update_draft(query="a cow"))
    says(qtbot, panel, "Found for “a horse → a zebra”")
    assert panel.find_button.text() == "Find Again"
    with qtbot.waitSignal(panel.keepRequested):
        qtbot.mouseClick(panel.keep_button, Qt.MouseButton.LeftButton)
    assert {one: one.y() for one in places} == places


def test_a_search_says_what_it_does_to_the_mask_and_keys_say_otherwise(qtbot, panel):
    asked = []
    panel.findRequested.connect(asked.append)
    for mode, name in zip(
        Mode, ("Find It", "Find and Add", "Find and Subtract", "Find and Intersect"), strict=True
    ):
        panel.set_mode(mode)
        assert panel.find_button.text() == name
        qtbot.mouseClick(panel.find_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.find_button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    assert asked == [*Mode, Mode.ADD]


def test_the_mode_of_a_search_is_seen_and_chosen_beside_it(qtbot, panel):
    actions = {mode: QAction(f"&Mode: {mode}", panel, checkable=True) for mode in Mode}
    panel.set_modes(actions)
    assert not panel.mode_button.isVisible()  # without a mask there is nothing to choose
    for mode, action in actions.items():
        action.setIcon(QIcon(QPixmap(8, 8)))
        panel.set_mode(mode)
        assert panel.mode_button.isVisible() is (mode is not Mode.REPLACE)
        assert panel.mode_button.accessibleName() == f"Mode: {mode}"
        assert panel.mode_button.icon().cacheKey() == action.icon().cacheKey()
    assert panel.mode_button.menu().actions() == list(actions.values())


def test_of_an_empty_mask_it_says_why_and_the_way_out(qtbot, document, heat, panel):
    panel.set_mode(Mode.SUBTRACT)
    assert "nothing to subtract from" in panel.words.text()
    document.apply(commands.set_heat(HeatMap(np.zeros((40, 64), np.float32))), "Find")
    panel.set_mode(Mode.REPLACE)
    says(qtbot, panel, "nothing is above the threshold")
    panel.set_mode(Mode.INTERSECT)
    says(qtbot, panel, "nothing to intersect with")
    panel.set_mode(Mode.REPLACE)
    document.apply(commands.set_heat(heat), "Find")
    width, height = document.state.mask.size
    for x, y, keep in ((width - 1, height - 1, True), (width * 20 // 64, height // 2, False)):
        document.apply(commands.click(Click(x, y, keep)), "Click")
    says(qtbot, panel, "clicks drop all")
    document.undo()
    document.undo()
    everywhere = (0, 0, width, height)
    document.apply(commands.erase(everywhere, np.full(everywhere[:1:-1], 255, np.uint8)), "Eraser")
    says(qtbot, panel, "taken away again")
    document.apply(commands.clear_mask(), "Clear")
    asked = document.request()
    document.apply(commands.paint((0, 0, 20, 20), DAB[:20, :20]), "Brush")
    whole = HeatMap(np.ones((40, 64), np.float32), clamp=Clamp.PEAK)
    document.apply(commands.select_found(whole, asked, Mode.SUBTRACT), "Find")
    says(qtbot, panel, "Raise the threshold")


def test_it_says_what_the_mask_is(qtbot, document, heat, panel):
    assert "No mask yet" in panel.words.text()
    assert not panel.controls["threshold"].isEnabled()
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    document.apply(commands.set_heat(heat), "Find")
    assert panel.controls["threshold"].isEnabled()
    says(qtbot, panel, "Found: ")
    document.apply(commands.paint((0, 0, 320, 200), DAB), "Brush")
    says(qtbot, panel, "Found and corrected")
    document.apply(commands.clear_mask(), "Clear")
    document.apply(commands.paint((0, 0, 320, 200), DAB), "Brush")
    says(qtbot, panel, "Made by hand: 25 % of the picture.")
    document.apply(commands.erase((0, 0, 320, 200), DAB), "Eraser")
    says(qtbot, panel, "The mask is empty")
    document.adjust(commands.update_draft(method=Method.SDEDIT))
    says(qtbot, panel, "Not used")
    assert not panel.find_button.isEnabled()


def test_it_counts_what_is_tried_in_the_mask_s_place(qtbot, document, panel):
    document.apply(commands.paint((0, 0, 320, 200), DAB), "Brush")
    says(qtbot, panel, "25 %")
    panel.try_mask(document.state.mask.painted((320, 0, 320, 200), DAB))
    says(qtbot, panel, "As it is shown now, the mask covers 50 %")
    panel.try_mask(None)
    assert "Made by hand: 25 %" in panel.words.text()


@pytest.fixture
def scaled(document, heat, panel):
    """A region was found in all of a picture of 640 × 400, which the model sees at 128 × 128."""
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    document.model.meet(Guided.PROMPTS, 128)
    document.apply(commands.set_heat(heat), "Find")
    return panel.words


def test_where_all_of_a_large_picture_was_searched_a_way_on_is_offered_and_nothing_moves(
    qtbot, document, panel, scaled
):
    assert scaled.closer.isVisible()
    assert scaled.closer.words.text() == "Is it small in the picture?"
    seen = windows((640, 400), 128)
    said = f"up to {4 * 3 * 20 + 6 * len(seen)} evaluations of the model instead of 60"
    assert said in scaled.closer.button.toolTip()
    assert "the area tool, then" in scaled.closer.button.toolTip()
    tool = QAction(panel)
    tool.setShortcut("C")
    panel.set_frame_tool(tool)
    assert "the area tool (C), then" in scaled.closer.button.toolTip()
    says(qtbot, panel, "Found: ")
    places = [(one.y(), one.height()) for one in (panel.find_button, scaled, panel.edge, panel)]
    assert scaled.closer.geometry().bottom() <= scaled.height()
    document.model.meet(Guided.PROMPTS, 640)
    assert not scaled.closer.isVisible()
    QApplication.processEvents()
    assert [(one.y(), one.height()) for one in (panel.find_button, scaled, panel.edge, panel)] == places
    document.model.meet(Guided.PROMPTS, 128)
    with qtbot.waitSignal(panel.closerRequested):
        qtbot.mouseClick(scaled.closer.button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    "changes",
    [
        {"find.look_in": LookIn.WHOLE},  # that is meant
        {"find.look_in": LookIn.PLACE},
        {"area": (0, 0, 300, 300)},
        {"query": "a cow"},
        {"method": Method.SDEDIT},
    ],
)
def test_a_search_that_is_another_by_now_is_no_question(document, scaled, changes):
    before = document.state.draft
    document.adjust(commands.put_settings(changes))
    assert not scaled.closer.isVisible()
    document.adjust(lambda state: state.with_(draft=before))
    assert scaled.closer.isVisible()


def test_what_was_looked_for_in_an_area_or_by_its_place_is_no_question(document, heat, scaled):
    once = {"find.look_in": LookIn.AREA}
    for draft, area in (({"find.look_in": LookIn.PLACE}, None), (once, (0, 0, 200, 200))):
        document.adjust(commands.put_settings(draft))
        document.apply(commands.set_heat(replace(heat, area=area)), "Find")
        assert not document.state.mask.sleeps
        assert not scaled.closer.isVisible()
        document.undo()
        document.adjust(commands.put_settings({"find.look_in": LookIn.ZOOM}))
        assert scaled.closer.isVisible()


def test_what_the_hand_has_made_or_kept_is_no_question(document, heat, panel, scaled):
    for command in (
        commands.clear_mask(),
        commands.invert_mask(),
        commands.own_mask(),
        commands.paint((0, 0, 320, 200), DAB),
        commands.set_heat(replace(heat, same=True)),
    ):
        document.apply(command, "change")
        assert not scaled.closer.isVisible()
        document.undo()
        assert scaled.closer.isVisible()
    panel.try_mask(document.state.mask.painted((320, 0, 320, 200), DAB))
    assert not scaled.closer.isVisible()
    panel.try_mask(None)
    assert scaled.closer.isVisible()


def test_a_selection_by_name_may_be_looked_for_closer_too(document, heat, scaled):
    document.adjust(commands.update_draft(query=""))
    assert not scaled.closer.isVisible()
    document.apply(commands.set_heat(heat), "Find")
    assert document.state.mask.search is None
    assert scaled.closer.isVisible()


def test_while_something_runs_nothing_else_is_offered(document, scaled):
    running = order_now(document)
    document.pending.keep_orders(running, ())
    assert not scaled.closer.isVisible()
    document.pending.keep_orders(None, (running,))  # held
    assert scaled.closer.isVisible()


def test_the_same_prompts_are_named_as_the_reason(qtbot, document, panel):
    document.apply(commands.set_heat(HeatMap(np.zeros((40, 64), np.float32), same=True)), "Find")
    qtbot.waitUntil(lambda: "No mask yet" not in panel.words.text())
    assert "both prompts say the same" in panel.words.text()


def test_coverage_is_the_mean_of_the_soft_mask(document):
    assert coverage(document.state.mask) == 0
    document.apply(commands.paint((0, 0, 320, 200), DAB // 2), "Brush")
    assert coverage(document.state.mask) == pytest.approx(0.25 * 127 / 255, abs=0.002)


def test_typing_a_threshold_recuts_and_undo_brings_it_back(qtbot, document, heat, panel):
    document.apply(commands.set_heat(heat), "Find")
    before = coverage(document.state.mask)
    entry = panel.controls["threshold"].entry
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, "0.20")
    assert document.state.draft.find.threshold == 0.2
    assert coverage(document.state.mask) > before
    document.undo()
    assert coverage(document.state.mask) == before
    assert panel.controls["threshold"].value() == 0.4


def test_grow_recuts_too(document, heat, panel):
    document.apply(commands.set_heat(heat), "Find")
    before = coverage(document.state.mask)
    panel.shape["grow"].setValue(20)
    assert coverage(document.state.mask) > before
    assert document.undo_text == "Grow"
    panel.shape["grow"].setValue(-10)
    assert coverage(document.state.mask) < before


def test_feather_is_a_setting(document, panel):
    panel.shape["feather"].setValue(12)
    assert document.state.draft.feather == 12
    document.undo()
    assert document.state.draft.feather == panel.shape["feather"].value() == 0


def test_the_histogram_shows_where_the_heat_is(qtbot, document, panel):
    slider = panel.controls["threshold"].slider
    assert isinstance(slider, HeatSlider)
    assert slider._heights.max() == 0
    values = np.zeros((40, 64), np.float32)
    values[:20], values[0] = 0.74, 1
    document.apply(commands.set_heat(HeatMap(values)), "Find")
    filled, last = np.flatnonzero(slider._heights), len(slider._heights) - 1
    assert list(filled) == [0, int(0.74 * len(slider._heights)), last]
    assert not slider.grab().toImage().isNull()
