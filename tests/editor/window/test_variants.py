"""Variants in the whole window, with the real engine: asked for, kept, and what else is done meanwhile."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from core.document import commands
from core.photo.masks import locality
from tests.editor.window.conftest import TIMEOUT

Key = Qt.Key


@pytest.fixture(autouse=True)
def _regions_stand_out(monkeypatch):
    """To random weights every edit is global."""
    monkeypatch.setattr(locality, "FAR", 1e9)
    monkeypatch.setattr(locality, "EVERYWHERE", 1e9)


@pytest.fixture
def several(loaded):
    """Three at a time."""
    loaded.activateWindow()
    loaded.panels.run.count.setValue(3)
    return loaded


def repaint(window):
    window.actions_["repaint"].trigger()


def cells(window):
    rows = window.runs.variants.strip.list
    return [rows.item(row).data(Qt.ItemDataRole.UserRole) for row in range(rows.count())]


def layers(window):
    return window.document.state.layers


def test_three_through_the_mask_that_the_first_has_found(qtbot, several, idle):
    document, strip = several.document, several.runs.variants.strip
    seen = []
    several.jobs.edited.connect(lambda result: seen.append(result))
    assert not several.actions_["variants-keep"].isEnabled()
    repaint(several)
    idle(several)
    first, *others = seen
    assert [result.request.seed for result in seen] == [0, 1, 2]
    assert first.request.mask is None
    assert {result.request.mask for result in others} != {None}
    assert all(result.evaluations.mask == 0 for result in others)
    assert len({result.request.mask for result in others}) == 1
    assert [cell.drawn for cell in cells(several)] == [True] * 3
    assert layers(several) == ()
    assert document.mask() is None
    assert strip.list.hasFocus()
    several.actions_["variants-grid"].trigger()
    assert strip.list.grid
    qtbot.keyClick(strip.list, Key.Key_Left)
    qtbot.keyClick(strip.list, Key.Key_Return)
    (layer,) = layers(several)
    assert layer.variant.request.seed == 1
    assert document.mask() is not None
    assert not several.tint.visible
    assert document.undo_text == "Repaint: a circle"
    assert several.canvas.hasFocus()
    assert not several.actions_["variants-grid"].isEnabled()
    # another seed for the same words is another variant of it
    several.panels.run.count.setValue(1)
    several.panels.run.seed.dice.click()
    repaint(several)
    idle(several)
    (again,) = layers(several)
    assert (again.id, again.others) == (layer.id, (layer.variant,))
    assert not several.runs.variants.is_open


def test_stop_keeps_what_is_finished_and_asks_about_what_is_begun(qtbot, several, idle):
    several.panels.run.count.setValue(4)
    several.document.adjust(commands.update_draft(steps=100))
    several.document.apply(commands.paint((30, 16, 40, 32), np.full((32, 40), 255, np.uint8)), "Brush")
    done, stopped = [], []

    def stop_in_the_second(steps):
        if len(done) == 1 and steps[-1].trace is not None and not stopped:
            stopped.append(steps[-1])
            several.actions_["stop"].trigger()

    several.jobs.edited.connect(done.append)
    several.jobs.progressed.connect(stop_in_the_second)
    repaint(several)
    idle(several)
    qtbot.waitUntil(lambda: len(cells(several)) == 2, timeout=TIMEOUT)
    (bar,) = several.banner.bars
    assert bar.text.startswith("Stopped at step")
    assert [cell.drawn for cell in cells(several)] == [True, False]
    strip, canvas = several.runs.variants.strip.list, several.canvas
    reached = canvas.scene._edited._composite.whole()
    strip.setCurrentRow(0)
    assert (canvas.scene._edited._composite.whole() != reached).any()
    strip.setCurrentRow(1)
    assert (canvas.scene._edited._composite.whole() == reached).all()
    next(button for button in bar.findChildren(QPushButton) if button.text() == "Keep").click()
    idle(several)
    assert [cell.drawn for cell in cells(several)] == [True, True]
    assert strip.currentRow() == 1
    assert (canvas.scene._edited._composite.whole() == reached).all()
    assert not several.runs.queue.waiting


def test_one_that_is_finished_is_looked_at_while_another_is_drawn(qtbot, several, idle):
    several.document.apply(commands.paint((30, 16, 40, 32), np.full((32, 40), 255, np.uint8)), "Brush")
    several.document.adjust(commands.update_draft(steps=100))
    strip, scene, done, seen = several.runs.variants.strip, several.canvas.scene, [], []
    assert several.tint.visible

    def look(steps):
        if len(done) != 1 or len(seen) > 2 or steps[-1].trace is None:
            return
        strip.list.setCurrentRow(1 if len(seen) == 1 else 0)
        seen.append(scene.preview is not None)

    several.jobs.edited.connect(done.append)
    several.jobs.progressed.connect(look)
    repaint(several)
    idle(several)
    assert seen == [False, True, False]  # what is drawn meanwhile is not painted over what is looked at
    assert strip.list.currentRow() == 0
    assert not several.tint.visible
    qtbot.keyClick(strip.list, Key.Key_Escape)
    assert several.tint.visible  # the picture and its mask are as they were
    assert scene.preview is None


def test_closing_asks_about_them_and_a_project_brings_them_back(qtbot, several, idle, tmp_path):
    repaint(several)
    idle(several)
    strip, files, path = several.runs.variants.strip, several.files, tmp_path / "work.ora"
    strip.list.setCurrentRow(1)
    qtbot.keyClick(strip.list, Key.Key_Space)
    asked, before = [], cells(several)
    files.ask = lambda text: asked.append(text)
    several.close()
    (text,) = asked
    assert text.startswith("Variants")
    assert several.isVisible()
    assert cells(several) == before
    with qtbot.waitSignal(files.projects.saved, timeout=TIMEOUT):
        files.projects.save_to(path)
    assert layers(several) == ()
    with qtbot.waitSignal(files.opened, timeout=TIMEOUT):
        files.open_sample()
    assert len(asked) == 1  # the file holds them
    assert strip.isHidden()
    with qtbot.waitSignal(files.opened, timeout=TIMEOUT):
        files.open_path(path)
    assert strip.isVisible()
    assert not several.tint.visible  # it would hide what is looked at
    assert cells(several) == before
    assert strip.list.currentRow() == 1
    assert not several.isWindowModified()
    several.actions_["variants-grid"].trigger()
    assert strip.list.grid
    qtbot.keyClick(several.canvas, Key.Key_Left)
    assert several.isWindowModified() is False  # to look is no change
    qtbot.keyClick(several.canvas, Key.Key_Return)
    assert [layer.visible for layer in layers(several)] == [True, False]
    assert several.isWindowModified()


def test_what_is_copied_is_what_is_seen(qtbot, several, idle):
    repaint(several)
    idle(several)
    several.actions_["copy"].trigger()
    assert len(layers(several)) == 1
    idle(several)
    assert QApplication.clipboard().mimeData().hasImage()
    QApplication.clipboard().clear()  # it outlives the window, and what it holds would outlive Qt


def test_words_that_the_model_does_not_know_are_asked_about_once_for_all(qtbot, several, idle, monkeypatch):
    from editor.flows.runs.doubts import Doubts

    held = []

    def doubt(self, order, go, doubted, anyway):
        if held:
            go()
        else:
            held.append(anyway)
            doubted()

    monkeypatch.setattr(Doubts, "when_clear", doubt)
    repaint(several)
    idle(several)
    assert not several.runs.variants.is_open
    assert not several.runs.queue.waiting
    held[0]()
    idle(several)
    assert [cell.drawn for cell in cells(several)] == [True] * 3


def test_without_a_region_none_of_the_others_is_tried(qtbot, several, idle):
    several.document.adjust(commands.update_draft(query="a square"))
    failures = []
    several.jobs.failed.connect(failures.append)
    repaint(several)
    idle(several)
    assert len(failures) == 1
    assert not several.runs.variants.is_open
    assert not several.runs.queue.waiting


def test_the_next_start_draws_one(qtbot, several, make_window):
    again = make_window(type(several.jobs)())
    with qtbot.waitSignal(again.furnished, timeout=TIMEOUT):
        again.show()
    assert again.panels.run.count.value() == 1


def test_a_thing_is_removed_once(several, idle):
    wanted = []
    several.runs.asks.wanted.connect(wanted.append)
    several.actions_["remove"].trigger()
    repaint(several)
    assert list(map(len, wanted)) == [1, 3]
    idle(several)


def test_a_thing_that_is_found_and_removed_again_is_drawn_from_another_seed(loaded, idle):
    for _ in range(2):
        loaded.actions_["remove"].trigger()
        idle(loaded)
    (layer,) = layers(loaded)
    assert loaded.document.mask() is None  # so that it is found by each
    assert [one.request.seed for one in (layer.variant, *layer.others)] == [1, 0]
    assert layer.variant.drawn.tobytes() != layer.others[0].drawn.tobytes()
