"""Repaint while something runs: it waits for its turn, drawn from what was there when it was asked for."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from core.document import commands
from core.document.commands import update_draft
from core.edit.words.token_count import TokenCount
from editor.banner import Kind
from editor.flows.masks import line
from editor.widgets.rows import DETAIL, IMAGE
from tests.editor.window.conftest import TIMEOUT


@pytest.fixture
def window(standing_in):
    return standing_in


@pytest.fixture
def busy(qtbot, window, told):
    """The window while it draws, until `told / "waits"` is gone."""
    (told / "waits").touch()
    with qtbot.waitSignal(window.jobs.progressed, timeout=TIMEOUT):
        window.actions_["repaint"].trigger()
    return window


def ask(window, **changes):
    """Repaint with other settings: by other words, too, for the same ones would be a variant."""
    words = {"query": f"thing {changes['seed']}"} if "seed" in changes else {}
    window.document.adjust(update_draft(**{**words, **changes}))
    window.actions_["repaint"].trigger()


def seeds(window):
    return [layer.variant.request.seed for layer in window.document.state.layers]


def texts(window, kind):
    return [bar.text for bar in window.banner.bars if bar.kind is kind]


def test_what_is_asked_for_meanwhile_is_drawn_after_it(busy, told, idle):
    ask(busy, seed=8)
    ask(busy, seed=9)
    busy.document.adjust(update_draft(seed=100))  # on to the next: what waits is frozen
    assert [order.request.seed for order in busy.runs.queue.waiting] == [8, 9]
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [7, 8, 9]
    assert busy.runs.queue.running is None
    assert not busy.banner.bars
    starts = [layer.variant.beneath for layer in busy.document.state.layers]
    assert starts == ["", "", ""]  # each was asked for on the photo alone


def test_a_repaint_waits_for_the_mask_that_was_asked_for_before(qtbot, window, idle, monkeypatch):
    monkeypatch.setattr(line, "AT_ONCE", 0)
    goes_on, before = threading.Event(), 255 * np.eye(64, 96, dtype=np.uint8)
    window.document.apply(commands.import_mask(before), "Import")
    window.line.change(lambda mask: [255 - mask, goes_on.wait()][0], "Inverse")
    ask(window, seed=7)
    assert window.runs.queue.running is None
    qtbot.waitUntil(window.status.masking.isVisible)
    goes_on.set()
    idle(window)
    (layer,) = window.document.state.layers
    assert (layer.variant.region.whole() == 255 - before).all()
    assert window.status.masking.isHidden()


def test_undo_takes_back_a_change_of_the_mask_on_its_way(qtbot, window, monkeypatch):
    monkeypatch.setattr(line, "AT_ONCE", 0)
    goes_on = threading.Event()
    window.masks.whole()
    window.line.change(lambda mask: [255 - mask, goes_on.wait()][0], "Inverse")
    window.actions_["undo"].trigger()
    goes_on.set()
    qtbot.waitUntil(lambda: not window.tasks.busy)
    assert window.document.undo_text == "Select all"


def test_a_result_keeps_the_mask_that_was_painted_meanwhile(busy, told, idle):
    dab = np.full((9, 9), 255, np.uint8)
    busy.document.apply(commands.paint((4, 4, 9, 9), dab), "Brush")
    mask = busy.document.state.mask
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [7]
    assert busy.document.state.mask is mask


def test_undo_while_others_wait(busy, told, idle):
    ask(busy, seed=8)
    (told / "waits").unlink()
    idle(busy)
    busy.document.undo()
    busy.document.undo()
    assert not seeds(busy)
    (told / "waits").touch()
    ask(busy, seed=9)
    ask(busy, seed=10)
    busy.document.redo()
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [7, 9, 10]


def test_one_that_fails_says_so_and_the_rest_goes_on(busy, told, idle):
    ask(busy, query="raise core")
    ask(busy, query="a dog", seed=9)
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [7, 9]
    assert texts(busy, Kind.ERROR) == ["“raise core”: No memory left."]


def test_without_an_engine_what_waits_is_held(qtbot, busy, told, idle):
    ask(busy, seed=8)
    ask(busy, seed=9)
    (told / "dies").write_text("pasting")
    with qtbot.waitSignals([busy.jobs.lost, busy.jobs.modelReady], timeout=TIMEOUT):
        (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == []
    assert texts(busy, Kind.ERROR)[0].startswith("The engine ended unexpectedly")
    assert texts(busy, Kind.QUESTION) == ["2 edits still wait in the queue."]
    assert busy.runs.queue.held
    busy.runs.hold(False)
    idle(busy)
    assert seeds(busy) == [8, 9]
    assert not texts(busy, Kind.QUESTION)


def test_another_picture_drops_what_waits_and_says_so(busy, told, idle, picture):
    ask(busy, seed=8)
    ask(busy, seed=9, query="a dog")
    busy.files.ask = lambda _: busy.files.DISCARD
    busy.files.open_path(picture)
    idle(busy)
    assert not seeds(busy)
    assert not busy.runs.queue.waiting
    assert texts(busy, Kind.NOTICE) == ["2 edits that waited for “square.png” were dropped."]


def test_stop_ends_the_one_under_way_and_the_next_waits_for_the_answer(qtbot, busy, told, idle):
    ask(busy, seed=8)
    busy.actions_["stop"].trigger()
    qtbot.waitUntil(lambda: bool(texts(busy, Kind.QUESTION)), timeout=TIMEOUT)
    assert len(busy.runs.queue.waiting) == 1
    (told / "waits").unlink()
    busy.banner.clear(Kind.QUESTION)
    idle(busy)
    assert seeds(busy) == [8]


def rows(window):
    items = [window.panels.queue.list.item(n) for n in range(window.panels.queue.list.count())]
    return [(item.text(), item.data(DETAIL)) for item in items]


def test_the_list_shows_them_with_pictures_and_lets_them_be_moved_and_dropped(qtbot, busy, told, idle):
    ask(busy, query="a dog", seed=8)
    ask(busy, query="a cow", seed=9)
    busy.status.waiting.click()
    queue, shown = busy.panels.queue, busy.panels.queue.list
    assert queue.isVisible()
    assert busy.status.waiting.text() == "2 waiting"
    assert rows(busy) == [
        ("a circle", "under way · seed 7"), ("a dog", "waits · seed 8"), ("a cow", "waits · seed 9")
    ]  # fmt: skip
    qtbot.waitUntil(lambda: all(shown.item(n).data(IMAGE) is not None for n in range(3)), timeout=TIMEOUT)
    shown.setCurrentRow(2)
    assert not busy.actions_["queue-later"].isEnabled()
    busy.actions_["queue-sooner"].trigger()
    assert [name for name, _ in rows(busy)] == ["a circle", "a cow", "a dog"]
    assert shown.currentItem().text() == "a cow"
    shown.setCurrentRow(2)
    qtbot.keyClick(shown, Qt.Key.Key_Delete)
    assert [name for name, _ in rows(busy)] == ["a circle", "a cow"]
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [7, 9]
    assert rows(busy) == []
    assert not busy.status.waiting.isVisible()


def test_what_was_cleared_can_be_put_back(busy, told, idle):
    ask(busy, seed=8)
    ask(busy, seed=9)
    busy.actions_["queue-clear"].trigger()
    assert not busy.runs.queue.waiting
    (bar,) = busy.banner.bars
    assert bar.text == "2 edits were dropped from the queue."
    next(button for button in bar.findChildren(QPushButton) if button.text() == "Put Back").click()
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [7, 8, 9]


def test_what_is_held_waits_for_go_on(busy, told, idle):
    ask(busy, seed=8)
    busy.actions_["queue-hold"].trigger()
    assert busy.status.waiting.text() == "1 on hold"
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [7]
    ask(busy, seed=9)
    idle(busy)
    assert seeds(busy) == [7, 9]
    assert busy.actions_["queue-hold"].isChecked()
    busy.actions_["queue-hold"].trigger()
    idle(busy)
    assert seeds(busy) == [7, 9, 8]


def test_a_second_press_lines_up_the_next_seed_as_a_variant(qtbot, busy, told, idle):
    button, left = busy.panels.run.button, Qt.MouseButton.LeftButton
    qtbot.mouseClick(button, left)
    qtbot.mouseDClick(button, left)  # as Qt tells the second press of a double click: that is one press
    qtbot.mouseRelease(button, left)
    assert [order.request.seed for order in busy.runs.queue.waiting] == [8]
    assert busy.document.request().seed == 8
    assert not busy.banner.bars
    assert not busy.actions_["repaint"].autoRepeat()
    (told / "waits").unlink()
    idle(busy)
    (layer,) = busy.document.state.layers
    assert [one.request.seed for one in (layer.variant, *layer.others)] == [8, 7]
    busy.document.undo()
    assert busy.document.request().seed == 7
    busy.panels.advanced.fresh.setChecked(True)
    busy.actions_["repaint"].trigger()
    idle(busy)
    assert busy.document.request().seed != 7
    busy.document.undo()
    assert busy.document.request().seed == 7


def test_a_second_search_for_the_same_is_none(busy, told, idle):
    busy.actions_["find"].trigger()
    busy.actions_["find"].trigger()
    assert len(busy.runs.queue.waiting) == 1
    said = "This very search is under way, or waits for its turn."
    assert texts(busy, Kind.NOTICE) == [said]
    (told / "waits").unlink()
    idle(busy)
    assert said not in texts(busy, Kind.NOTICE)


def test_a_project_keeps_what_waits_until_it_may_go_on(qtbot, busy, told, idle, tmp_path, picture):
    ask(busy, seed=8)
    busy.files.projects.save_to(tmp_path / "work.ora")
    qtbot.waitUntil(lambda: not busy.tasks.busy, timeout=TIMEOUT)
    assert busy.files.safe
    with qtbot.waitSignal(busy.files.opened, timeout=TIMEOUT):  # or the edit ends first, and is asked about
        busy.files.open_path(picture)
    (told / "waits").unlink()
    idle(busy)
    assert texts(busy, Kind.NOTICE)[-1] == "An edit that waited for “square.png” was dropped."
    busy.files.open_path(tmp_path / "work.ora")
    idle(busy)
    assert [order.request.seed for order in busy.runs.queue.waiting] == [7, 8]
    assert texts(busy, Kind.QUESTION) == ["2 edits wait in the queue, as you left them."]
    assert not seeds(busy)
    busy.runs.hold(False)
    idle(busy)
    assert seeds(busy) == [7, 8]
    assert not texts(busy, Kind.QUESTION)


def test_what_waits_is_asked_about_before_it_is_lost(busy, told, idle):
    asked = []
    busy.files.ask = lambda text: (asked.append(text), busy.files.DISCARD)[1]
    ask(busy, seed=8)
    busy.files.leave(lambda: None)
    busy.files.leave(lambda: None)  # what was under way has been given up
    assert asked == [
        "An edit is being drawn, and others wait in the queue; a project keeps them.",
        "Edits of this picture wait in the queue; a project keeps them.",
    ]
    (told / "waits").unlink()
    idle(busy)
    assert seeds(busy) == [8]


def test_a_search_is_not_asked_about(qtbot, busy, told, idle):
    (told / "waits").unlink()
    idle(busy)
    busy.document.undo()
    busy.files.ask = None
    busy.actions_["find"].trigger()
    left = []
    busy.files.leave(lambda: left.append(True))
    assert left
    idle(busy)


@pytest.mark.parametrize("saves", [True, False])
def test_leaving_variants_that_are_being_drawn_asks_once(
    qtbot, window, told, idle, tmp_path, picture, monkeypatch, saves
):
    """However many are finished while the question is open, the project is written, the next one is read."""
    asked, files, drawn = [], window.files, []
    window.jobs.edited.connect(drawn.append)

    def answer(text):
        asked.append(text)
        (told / "waits").unlink()
        qtbot.waitUntil(lambda: len(drawn) == 1, timeout=TIMEOUT)
        (told / "waits").touch()
        return files.SAVE if saves else files.DISCARD

    def save(then, save=files.projects.save_to):
        (told / "waits").unlink(missing_ok=True)
        n = len(drawn)
        qtbot.waitUntil(lambda: len(drawn) > n or not window.jobs.busy, timeout=TIMEOUT)
        save(tmp_path / "work.ora", then)

    files.ask = answer
    monkeypatch.setattr(files.projects, "save", save)
    (told / "waits").touch()
    window.panels.run.count.setValue(4)
    with qtbot.waitSignal(window.jobs.progressed, timeout=TIMEOUT):
        window.actions_["repaint"].trigger()
    with qtbot.waitSignal(files.opened, timeout=TIMEOUT):
        files.open_path(picture)
    (told / "waits").unlink(missing_ok=True)
    idle(window)
    assert asked == ["An edit is being drawn, and others wait in the queue; a project keeps them."]
    assert not window.runs.variants.is_open


def test_strange_words_are_asked_about_in_their_turn_and_the_rest_goes_on(
    qtbot, busy, told, idle, monkeypatch
):
    asked = []
    monkeypatch.setattr(busy.tokens, "knows", "a small world")
    monkeypatch.setattr(busy.jobs, "count", lambda texts, _: asked.append(texts[1]))

    def answer(query, *unknown):
        qtbot.waitUntil(lambda: query in asked, timeout=TIMEOUT)
        counts = TokenCount(1, 9), TokenCount(2, 9, unknown, bool(unknown)), TokenCount(0, 9)
        busy.jobs.counted.emit(("a square", query, ""), counts)

    ask(busy, seed=8, query="a unicorn")
    ask(busy, seed=9)
    assert not texts(busy, Kind.QUESTION)  # the engine is at work, and can't say
    (told / "waits").unlink()
    qtbot.waitUntil(lambda: seeds(busy) == [7], timeout=TIMEOUT)
    answer("a unicorn", "unicorn")
    assert texts(busy, Kind.QUESTION) == ["“What it should be” has no word that this model knows: unicorn."]
    answer("thing 9")
    idle(busy)
    assert seeds(busy) == [7, 9]
    (bar,) = busy.banner.bars
    next(button for button in bar.findChildren(QPushButton) if button.text() == "Repaint Anyway").click()
    answer("a unicorn", "unicorn")
    idle(busy)
    assert seeds(busy) == [7, 9, 8]


def test_words_are_lined_up_one_after_the_other_without_leaving_them(qtbot, busy, told, idle):
    busy.activateWindow()
    field = busy.panels.prompts.query
    field.setFocus()
    for words in ("one thing", "another"):
        field.selectAll()
        qtbot.keyClicks(busy.focusWidget(), words)
        qtbot.keyClick(busy.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert busy.focusWidget() is field
    assert [order.request.query for order in busy.runs.queue.waiting] == ["one thing", "another"]
    (told / "waits").unlink()
    idle(busy)
