"""A photograph and a model of a small world: the card over the canvas, and what becomes of the edit."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from core.document.commands import update_draft
from core.edit.evaluations import Evaluations
from core.edit.removing import removal
from core.edit.request import EditRequest
from core.edit.result import FindResult, HeatMap, ModelInfo, Working
from core.edit.words.token_count import TokenCount
from core.errors import CoreError
from core.models.catalog import CatalogEntry
from core.photo.files.export import export_photo
from core.photo.photo import Photo
from editor.jobs import Jobs
from editor.widgets.filled import FilledButton
from editor.widgets.rows import DETAIL
from resources import STARTER
from tests.editor.conftest import edit_result, order_now

TIMEOUT = 60_000
RECIPE = EditRequest("", query="a zebra").to_json().decode()
SMALL = ModelInfo("Storybook", "/starter", 64, "cpu", "float32", knows="picture-book scenes: a horse")
LARGE = ModelInfo("Large", "/large", 64, "cpu", "float32")


class Worlds:
    """An engine that keeps what it was asked, with one model of a small world."""

    def __init__(self):
        self.model, self.found = "", []

    def devices(self):
        return ("cpu",)

    def load(self, model, device):
        self.model = model
        return SMALL if model == STARTER else LARGE

    def tokens(self, texts, style):
        return tuple(TokenCount(1, 77) for _ in texts)

    def find(self, request, photo, *, on_progress, cancel):
        self.found.append(self.model)
        values = np.zeros((8, 8), np.float32)
        values[2:5, 2:5] = 1
        return FindResult(request, HeatMap(values), Evaluations(), {}, Working(64, 64), "cpu")


@pytest.fixture
def engine():
    return Worlds()


@pytest.fixture
def here(monkeypatch):
    """What lies on this machine: `here.append(entry)`."""
    entries = []
    monkeypatch.setattr("core.models.suitable.catalog", lambda given: entries)
    return entries


@pytest.fixture
def world(qtbot, make_window, engine, here, picture, idle):
    """A photograph is open, the starter is loaded, and the edit is said."""
    window = make_window(Jobs(lambda: engine))
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    window.files.open_path(picture)
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        window.models.choose(STARTER, "cpu", remember=False)  # as when the program starts
    idle(window)
    window.document.adjust(update_draft(reference="a square", query="a circle"))
    return window


def button(window, text):
    return next(one for one in window.canvas.card.findChildren(QPushButton) if one.text() == text)


def press(qtbot, window, text):
    qtbot.mouseClick(button(window, text), Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    ("asked", "why"), [("find", "what it finds in a photograph is a guess"), ("repaint", "it would smear")]
)
def test_a_photograph_brings_the_card_and_nothing_is_run(world, engine, idle, asked, why):
    world.actions_[asked].trigger()
    idle(world)
    card = world.canvas.card
    assert card.isVisible()
    assert card.accessibleName().startswith(f"Storybook knows picture-book scenes only: {why}")
    assert not world.jobs.busy
    assert not engine.found
    assert not world.banner.bars  # it says what the notice said
    assert world.canvas.rect().contains(card.geometry())
    filled = [one for one in world.findChildren(FilledButton) if one.isVisible() and one.stands_out]
    assert filled == [card._get]  # one of all that are in sight


def test_escape_puts_the_card_and_the_edit_away(qtbot, world, engine, idle):
    world.actions_["find"].trigger()
    assert world.focusWidget() is button(world, "Get a Model for Photographs…")
    qtbot.keyClick(world.focusWidget(), Qt.Key.Key_Escape)
    assert not world.canvas.card.isVisible()
    assert world.focusWidget() is world.canvas
    with qtbot.waitSignal(world.jobs.modelReady, timeout=TIMEOUT):
        world.models.choose("/large", "cpu")
    idle(world)
    assert not engine.found


def test_escape_works_wherever_the_keyboard_is(qtbot, world):
    world.actions_["find"].trigger()
    world.panels.prompts.query.setFocus()
    qtbot.keyClick(world.panels.prompts.query, Qt.Key.Key_Escape)
    assert not world.canvas.card.isVisible()


def test_the_starter_is_tried_anyway_and_not_asked_about_again(qtbot, world, engine, idle):
    world.actions_["find"].trigger()
    press(qtbot, world, "Try the Starter Anyway")
    idle(world)
    assert engine.found == [STARTER]
    world.actions_["find"].trigger()
    idle(world)
    assert engine.found == [STARTER, STARTER]
    assert not world.canvas.card.isVisible()


def test_another_photograph_is_asked_about_anew(qtbot, world, engine, idle, picture):
    world.actions_["find"].trigger()
    press(qtbot, world, "Try the Starter Anyway")
    idle(world)
    with qtbot.waitSignal(world.files.opened, timeout=TIMEOUT):
        world.files.ask = lambda _: world.files.DISCARD
        world.files.open_path(picture)
    world.actions_["find"].trigger()
    assert world.canvas.card.isVisible()
    with qtbot.waitSignal(world.files.opened, timeout=TIMEOUT):
        world.files.open_path(picture)
    assert not world.canvas.card.isVisible()  # what was asked for was asked for on the one before


def test_the_edit_goes_on_with_a_model_that_knows_the_world(qtbot, world, engine, idle, monkeypatch):
    world.actions_["find"].trigger()
    with qtbot.waitSignal(world.jobs.found, timeout=TIMEOUT):
        world.models.choose("/large", "cpu")
    assert engine.found == ["/large"]
    assert not world.canvas.card.isVisible()
    assert world.document.state.mask.auto is not None
    monkeypatch.setattr("editor.flows.runs.runs.AT_ONCE", 0)  # pixels: now this is a large picture
    idle(world)
    world.selecting.subtract()
    world.actions_["find"].trigger()
    qtbot.waitUntil(lambda: world.document.state.mask.inverted, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not world.runs.busy, timeout=TIMEOUT)


def test_a_model_on_this_machine_is_offered_by_name(qtbot, world, engine, here, idle):
    here.append(CatalogEntry("/models/sd", "my favourite", Path("/models/sd"), 9, family="Stable Diffusion"))
    world.actions_["find"].trigger()
    idle(world)
    with qtbot.waitSignal(world.jobs.found, timeout=TIMEOUT):
        qtbot.keyClick(world.focusWidget(), Qt.Key.Key_Return)  # the first button of the card, now its name
    assert engine.found == ["/models/sd"]


def test_a_model_that_fails_brings_the_card_back(qtbot, world, engine, monkeypatch):
    world.actions_["find"].trigger()

    def refuse(model, device, load=engine.load):
        if model != STARTER:
            raise CoreError("It is broken.", "Take another.")
        return load(model, device)

    monkeypatch.setattr(engine, "load", refuse)
    world.models.choose("/broken", "cpu")
    qtbot.waitUntil(lambda: world.canvas.card.isVisible() and not world.models.loading, timeout=TIMEOUT)
    assert not engine.found


def test_a_sample_is_searched_at_once(qtbot, world, engine, idle):
    with qtbot.waitSignal(world.files.opened, timeout=TIMEOUT):
        world.files.open_sample()
    world.actions_["find"].trigger()
    idle(world)
    assert engine.found == [STARTER]
    assert not world.banner.bars


def test_what_is_asked_while_the_model_loads_waits_for_it(qtbot, world, engine):
    world.models.choose(STARTER, "cpu")
    world.actions_["find"].trigger()
    qtbot.waitUntil(world.canvas.card.isVisible, timeout=TIMEOUT)
    assert not engine.found


def test_before_anything_is_tried_a_notice_says_it(qtbot, world):
    (bar,) = world.banner.bars
    assert bar.text == "The Storybook model knows a small world only: picture-book scenes: a horse."
    with qtbot.waitSignal(world.jobs.modelReady, timeout=TIMEOUT):
        world.models.choose("/large", "cpu")
    assert not any("small world" in bar.text for bar in world.banner.bars)


@pytest.fixture
def slow(world, engine, monkeypatch):
    """A model is being loaded, until the event is set."""
    go, load = threading.Event(), engine.load
    monkeypatch.setattr(engine, "load", lambda *wanted: go.wait(60) and load(*wanted))
    world.models.choose("/large", "cpu")
    yield go
    go.set()


@pytest.mark.parametrize("by", ["escape", "stop"])
def test_what_waits_for_the_model_says_so_and_is_taken_back(qtbot, world, engine, idle, slow, by):
    status, stop = world.status, world.actions_["stop"]
    assert not stop.isEnabled()
    world.actions_["find"].trigger()
    assert status.work.isVisible()
    assert status._stage.text() == "waiting for the model…"
    assert stop.isEnabled()
    if by == "escape":
        world.activateWindow()
        world.canvas.setFocus()
        qtbot.keyClick(world.canvas, Qt.Key.Key_Escape)
    else:
        qtbot.mouseClick(status._stop, Qt.MouseButton.LeftButton)
    assert not status.work.isVisible()
    assert not stop.isEnabled()
    slow.set()
    idle(world)
    qtbot.waitUntil(lambda: not world.models.loading, timeout=TIMEOUT)
    assert not engine.found


def test_what_waits_for_the_model_goes_on_with_it(qtbot, world, engine, slow):
    world.actions_["find"].trigger()
    with qtbot.waitSignal(world.jobs.found, timeout=TIMEOUT):
        slow.set()
    assert engine.found == ["/large"]


@pytest.fixture
def behind(qtbot, world, engine, monkeypatch):
    """A search is under way until the event is set, another model is chosen, and a search is asked for."""
    with qtbot.waitSignal(world.jobs.modelReady, timeout=TIMEOUT):
        world.models.choose("/large", "cpu")
    go, find = threading.Event(), engine.find
    monkeypatch.setattr(engine, "find", lambda *given, **how: go.wait(60) and find(*given, **how))
    world.actions_["find"].trigger()
    qtbot.waitUntil(lambda: world.runs.busy, timeout=TIMEOUT)
    world.models.choose("/other", "cpu")
    world.document.adjust(update_draft(query="a cow"))
    world.actions_["find"].trigger()
    yield go
    go.set()


def queued(world):
    rows = world.panels.queue.list
    return [(rows.item(row).text(), rows.item(row).data(DETAIL)) for row in range(rows.count())]


def test_what_is_asked_behind_a_run_while_another_model_loads_is_seen_to_wait(qtbot, world, engine, behind):
    assert world.status.waiting.isVisible()
    assert world.status.waiting.text() == "1 waiting"
    assert queued(world)[1:] == [("a cow", "waits for the model")]
    world.document.adjust(update_draft(query="a dog"))  # by these words it will be asked for
    assert queued(world)[1:] == [("a dog", "waits for the model")]
    behind.set()
    qtbot.waitUntil(lambda: len(engine.found) == 2, timeout=TIMEOUT)
    assert engine.model == "/other"
    qtbot.waitUntil(lambda: not world.runs.busy, timeout=TIMEOUT)
    assert not queued(world)
    assert not world.status.waiting.isVisible()


def test_what_waited_for_the_model_and_comes_to_nothing_waits_no_longer(qtbot, world, engine, idle, behind):
    world.document.adjust(update_draft(reference="", query=""))
    behind.set()
    idle(world)
    qtbot.waitUntil(
        lambda: any(bar.text.startswith("Say first") for bar in world.banner.bars), timeout=TIMEOUT
    )
    assert not queued(world)
    assert not world.status.work.isVisible()


@pytest.mark.parametrize("by", ["queue-drop", "queue-clear"])
def test_what_waits_for_the_model_behind_a_run_is_taken_back_in_the_queue(
    qtbot, world, engine, idle, behind, by
):
    world.panels.queue.list.setCurrentRow(1)
    world.actions_[by].trigger()
    assert len(queued(world)) == 1
    assert not world.status.waiting.isVisible()
    cleared = [bar for bar in world.banner.bars if bar.text == "An edit was dropped from the queue."]
    if by == "queue-clear":
        (bar,) = cleared
        next(one for one in bar.findChildren(QPushButton) if one.text() == "Put Back").click()
        assert queued(world)[1:] == [("a cow", "waits for the model")]
        world.actions_[by].trigger()
    behind.set()
    idle(world)
    qtbot.waitUntil(lambda: not world.models.loading, timeout=TIMEOUT)
    assert len(engine.found) == 1


def test_a_search_of_a_sample_waits_for_the_model_in_sight_and_is_taken_back(
    qtbot, world, engine, idle, slow
):
    with qtbot.waitSignal(world.files.opened, timeout=TIMEOUT):
        world.files.open_sample()
    qtbot.waitUntil(lambda: not world.models.ways.looking, timeout=TIMEOUT)
    world.actions_["find"].trigger()
    assert world.runs.busy
    assert world.status._stage.text() == "waiting for the model…"
    world.actions_["stop"].trigger()
    assert not world.runs.busy
    assert not world.status.work.isVisible()
    world.actions_["repaint"].trigger()  # its words wait to be read
    assert world.status._stage.text() == "waiting for the model…"
    world.actions_["stop"].trigger()
    assert not world.runs.busy
    assert not world.status.work.isVisible()
    slow.set()
    idle(world)
    qtbot.waitUntil(lambda: not world.models.loading, timeout=TIMEOUT)
    assert not engine.found


def test_the_card_keeps_the_mouse_from_the_picture_under_it(qtbot, world):
    world.actions_["brush"].trigger()
    world.actions_["find"].trigger()
    before = world.document.state
    qtbot.mouseClick(world.canvas.card, Qt.MouseButton.LeftButton)
    assert world.document.state is before


def test_after_the_first_edit_of_a_sample_its_size_is_told_once(qtbot, world):
    with qtbot.waitSignal(world.files.opened, timeout=TIMEOUT):
        world.files.open_sample()
    world.runs.accepted.emit()
    (bar,) = world.banner.bars
    assert f"{SMALL.pixels} × {SMALL.pixels} pixels" in bar.text
    assert [button.text() for button in bar.findChildren(QPushButton)] == ["Get a Model…"]
    bar.close()
    world.runs.accepted.emit()
    assert not world.banner.bars


def test_after_the_first_removal_it_says_why_it_is_soft(qtbot, world):
    with qtbot.waitSignal(world.files.opened, timeout=TIMEOUT):
        world.files.open_sample()
    for asked in (EditRequest("", "a zebra"), removal(EditRequest("", ""), "the horse")):
        result = replace(edit_result(world.document, (10, 10, 20, 20)), request=asked)
        world.document.accept(order_now(world.document), result, "edit")
        world.runs.accepted.emit()
    drawn, removed = (bar.text for bar in world.banner.bars)
    assert "removed" not in drawn
    assert f"{SMALL.pixels} × {SMALL.pixels} pixels: what it puts in the place of a removed thing" in removed
    world.banner.bars[-1].close()
    world.banner.bars[-1].close()
    world.runs.accepted.emit()
    assert not world.banner.bars


def test_a_recipe_is_asked_about_before_the_world_of_the_model_is_told(world, idle, picture):
    path = picture.with_name("recipe.png")
    export_photo(path, np.zeros((8, 8, 3), np.uint8), Photo(np.zeros((8, 8, 3), np.uint8)), recipe=RECIPE)
    world.files.open_path(path)
    idle(world)
    assert [bar.text for bar in world.banner.bars] == ["This picture carries its recipe: → a zebra"]
    world.banner.bars[0].close()
    assert [bar.text for bar in world.banner.bars] == [
        "The Storybook model knows a small world only: picture-book scenes: a horse."
    ]
