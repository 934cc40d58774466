"""The mask panel: find, cut, correct, and what it says about the mask."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog

from core.document import commands
from core.edit.request import Method
from core.edit.result import HeatMap
from editor.document.document import Document
from editor.panels.mask import HeatSlider, MaskPanel, coverage

DAB = np.full((200, 320), 255, np.uint8)


@pytest.fixture
def panel(qtbot, document, brush, tint):
    panel = MaskPanel(document, brush, tint)
    qtbot.addWidget(panel)
    panel.resize(320, panel.sizeHint().height())
    panel.show()
    return panel


def says(qtbot, panel, words):
    qtbot.waitUntil(lambda: words in panel.words.text())


def test_without_a_photo_nothing_can_be_found(qtbot, brush, tint):
    panel = MaskPanel(Document(), brush, tint)
    qtbot.addWidget(panel)
    assert not panel.find_button.isEnabled()
    assert "No mask yet" in panel.words.text()


def test_find_is_a_wish(qtbot, panel):
    with qtbot.waitSignal(panel.findRequested):
        qtbot.mouseClick(panel.find_button, Qt.MouseButton.LeftButton)
    panel.set_running(True)
    assert not panel.find_button.isEnabled()


def test_it_says_what_the_mask_is(qtbot, document, heat, panel):
    assert "No mask yet" in panel.words.text()
    assert not panel.controls["threshold"].isEnabled()
    document.apply(commands.set_heat(heat), "Find")
    assert panel.controls["threshold"].isEnabled()
    says(qtbot, panel, "Found: the mask covers")
    document.apply(commands.paint((0, 0, 320, 200), DAB), "Brush")
    says(qtbot, panel, "Found and corrected")
    document.apply(commands.clear_mask(), "Clear")
    document.apply(commands.paint((0, 0, 320, 200), DAB), "Brush")
    says(qtbot, panel, "Painted: the mask covers 25 % of the picture.")
    document.apply(commands.erase((0, 0, 320, 200), DAB), "Eraser")
    says(qtbot, panel, "The mask is empty")
    document.adjust(commands.update_draft(method=Method.SDEDIT))
    says(qtbot, panel, "Not used")
    assert not panel.find_button.isEnabled()


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
    panel.controls["grow"].setValue(20)
    assert coverage(document.state.mask) > before
    assert document.undo_text == "Grow the region"
    panel.controls["grow"].setValue(-10)
    assert coverage(document.state.mask) < before


def test_feather_is_a_setting(document, panel):
    panel.controls["feather"].setValue(12)
    assert document.state.draft.feather == 12
    assert not document.can_undo


def test_invert_fill_and_clear_can_be_undone(qtbot, document, panel):
    ring = DAB.copy()
    ring[80:120, 120:200] = 0
    document.apply(commands.paint((0, 0, 320, 200), ring), "Brush")
    ringed = coverage(document.state.mask)
    for button, expected in ((panel.fill, 0.25), (panel.invert, 0.75), (panel.clear, 0)):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert coverage(document.state.mask) == pytest.approx(expected, abs=0.001)
    for _ in range(3):
        document.undo()
    assert coverage(document.state.mask) == ringed


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


def test_the_panel_sets_brush_and_tint(qtbot, panel, brush, tint):
    panel.brush_size.setValue(100)
    panel.brush_hardness.setValue(0.25)
    panel.opacity.setValue(0.8)
    qtbot.mouseClick(panel.visible, Qt.MouseButton.LeftButton)
    assert (brush.size, brush.hardness) == (100, 0.25)
    assert (tint.opacity, tint.visible) == (0.8, False)


def test_the_panel_shows_brush_and_tint_whoever_sets_them(panel, brush, tint):
    assert (panel.brush_size.value(), panel.brush_hardness.value()) == (brush.size, brush.hardness)
    brush.size, brush.hardness = 12, 0.5
    tint.opacity, tint.visible, tint.color = 0.25, False, QColor("#00ff00")
    assert (panel.brush_size.value(), panel.brush_hardness.value()) == (12, 0.5)
    assert (panel.opacity.value(), panel.visible.isChecked()) == (0.25, False)
    assert panel.color.icon().pixmap(8, 8).toImage().pixelColor(4, 4) == QColor("#00ff00")


@pytest.mark.parametrize("chosen", ["#00ff00", ""])
def test_a_cancelled_colour_leaves_the_tint_as_it_was(qtbot, monkeypatch, panel, tint, chosen):
    before = tint.color
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(chosen))
    qtbot.mouseClick(panel.color, Qt.MouseButton.LeftButton)
    assert tint.color == (QColor(chosen) if chosen else before)
