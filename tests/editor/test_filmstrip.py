"""The filmstrip: frames come in, are run through by mouse and keys, and go."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from editor.panels.filmstrip import THUMB, Filmstrip


def pixels(shade, height=40, width=64):
    return np.full((height, width, 3), shade, np.uint8)


@pytest.fixture
def strip(qtbot):
    strip = Filmstrip()
    qtbot.addWidget(strip)
    strip.resize(700, strip.height())
    strip.show()
    return strip


@pytest.fixture
def filled(strip):
    strip.add_frame("heat", np.linspace(0, 1, 64 * 40, dtype=np.float32).reshape(40, 64))
    for i in range(5):
        strip.add_frame(f"step {i + 1}", pixels(40 * i))
    return strip


@pytest.fixture
def told(filled):
    heard = []
    filled.framePicked.connect(heard.append)
    filled.frameReleased.connect(lambda: heard.append(None))
    return heard


def middle(strip, i):
    return strip.visualItemRect(strip.item(i)).center()


def picture(strip, i):
    return strip.item(i).data(Qt.ItemDataRole.DecorationRole).toImage()


def test_a_heat_map_is_shown_in_colour(filled):
    image = picture(filled, 0)
    cold, hot = image.pixelColor(0, 0), image.pixelColor(image.width() - 1, image.height() - 1)
    assert hot.lightness() > cold.lightness()
    assert hot.red() > hot.blue()


def test_nothing_is_picked_while_frames_come(filled, told):
    filled.add_frame("step 6", pixels(9))
    assert told == []
    assert filled.currentRow() == -1


def test_a_run_follows_its_last_frame_until_somebody_looks(qtbot, filled):
    for i in range(30):
        filled.add_frame(str(i), pixels(i))
    bar = filled.horizontalScrollBar()
    assert bar.value() >= bar.maximum() - 2 > 0
    filled.setCurrentRow(3)
    there = bar.value()
    filled.add_frame("more", pixels(1))
    assert bar.value() == there


def test_dragging_runs_through_the_frames(qtbot, filled, told):
    view = filled.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=middle(filled, 1))
    for i in (2, 3):
        qtbot.mouseMove(view, middle(filled, i))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle(filled, 3))
    assert told == [1, 2, 3]
    assert filled.currentRow() == 3


def test_a_second_click_or_escape_shows_the_picture_again(qtbot, filled, told):
    view = filled.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(filled, 2))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(filled, 2))
    assert told == [2, None]
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle(filled, 4))
    qtbot.keyClick(filled, Qt.Key.Key_Escape)
    assert told == [2, None, 4, None]


def test_arrow_keys_step(qtbot, filled, told):
    filled.setCurrentRow(2)
    qtbot.keyClick(filled, Qt.Key.Key_Right)
    qtbot.keyClick(filled, Qt.Key.Key_Left)
    qtbot.keyClick(filled, Qt.Key.Key_End)
    assert told == [2, 3, 2, 5]


def test_the_focus_alone_picks_nothing(qtbot, filled, told):
    filled.activateWindow()
    filled.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(filled.hasFocus)
    assert [i for i in told if i is not None] == []
    qtbot.keyClick(filled, Qt.Key.Key_Right)
    assert told[-1] is not None


def test_another_run_begins_empty(filled, told):
    filled.setCurrentRow(2)
    filled.clear()
    assert told == [2, None]
    assert filled.count() == 0
    filled.add_frame("step 1", pixels(3))
    assert filled.item(0).text() == "step 1"


@pytest.mark.parametrize("large", [np.zeros((1200, 800), np.float32), np.zeros((800, 1200, 3), np.uint8)])
def test_large_frames_are_kept_small(strip, large):
    strip.add_frame("heat", large)
    image = picture(strip, 0)
    assert THUMB * strip.devicePixelRatio() == image.size().expandedTo(THUMB * strip.devicePixelRatio())


def test_it_can_be_drawn_empty_and_full(strip, filled):
    filled.setCurrentRow(1)
    assert not filled.grab().isNull()
    filled.clear()
    assert not filled.grab().isNull()
