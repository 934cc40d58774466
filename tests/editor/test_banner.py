"""Sentences over the canvas: one of a kind, where there is room, and gone with their cause."""

from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton, QWidget

from core.errors import InputError
from editor.banner import MOST, Banner, Kind


class Cause(QObject):
    changed = Signal(int)


@pytest.fixture
def canvas(qtbot):
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(900, 500)
    canvas.show()
    return canvas


@pytest.fixture
def banner(canvas):
    return Banner(canvas)


def shown(banner):
    return [bar.text for bar in banner.bars if bar.isVisible()]


def test_one_of_each_kind_is_shown_and_an_earlier_one_comes_back(banner):
    for i in range(3):
        banner.notice(f"notice {i}")
    question = banner.ask("what?", ("Yes", lambda: None))
    banner.error(InputError("wrong"))
    assert shown(banner) == ["notice 2", "what?", "wrong"]
    assert banner.bars[2]._others.text() == "2 earlier"
    banner.bars[2].close()
    assert shown(banner) == ["notice 1", "what?", "wrong"]
    question.close()
    assert shown(banner) == ["notice 1", "wrong"]


def test_old_ones_go_and_the_same_is_said_once_but_a_question_stays(banner):
    for i in range(MOST + 2):
        banner.notice(f"notice {i}")
        banner.ask(f"question {i}")
    banner.notice("notice 4")
    assert [bar.text for bar in banner.bars if bar.kind is Kind.NOTICE] == [
        "notice 2",
        "notice 3",
        "notice 4",
    ]
    assert sum(bar.kind is Kind.QUESTION for bar in banner.bars) == MOST + 2


def test_it_lies_over_the_canvas_as_narrow_as_that_is(qtbot, canvas, banner):
    banner.notice("a sentence " * 20, "and a hint " * 20)
    for width in (900, 300):
        canvas.resize(width, 500)
        qtbot.waitUntil(lambda: banner.height() == banner._column.heightForWidth(banner.width()))
        assert canvas.rect().contains(banner.geometry())
    assert banner.bars[0].isVisible()
    banner.bars[0].close()
    assert banner.isHidden()


def test_a_press_beside_its_button_is_no_press_on_the_canvas(qtbot, canvas, banner):
    pressed = []
    canvas.mousePressEvent = pressed.append
    bar = banner.notice("a sentence")
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    assert not pressed


def test_it_is_gone_once_it_is_no_longer_true(banner):
    cause = Cause()
    bar = banner.notice("too few").until(cause.changed, lambda n: n > 2)
    cause.changed.emit(1)
    assert banner.bars == [bar]
    cause.changed.emit(3)
    assert banner.bars == []
    cause.changed.emit(4)  # nothing is left that hears


def test_escape_closes_it(qtbot, banner):
    bar = banner.notice("a sentence")
    qtbot.keyClick(bar, Qt.Key.Key_Escape)
    assert banner.bars == []


def test_a_file_that_was_written_says_where_and_leads_there(qtbot, banner, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    bar = banner.written("Exported: {name}", tmp_path / "a zebra.png", "Its profile is left out.")
    assert bar.text == "Exported: a zebra.png"
    assert str(tmp_path) in bar.accessibleName()
    assert "profile" in bar.accessibleName()
    (button,) = bar.findChildren(QPushButton)
    assert button.text() == "Show in Folder"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert [Path(path) for path in opened] == [tmp_path]
    assert banner.bars == [bar]


def test_a_cause_that_outlives_the_bar_does_no_harm(qtbot, canvas):
    cause, banner = Cause(), Banner(canvas)
    bar = banner.notice("nothing is there").until(cause.changed)
    shiboken6.delete(bar)  # with its window, without having been closed
    cause.changed.emit(1)
