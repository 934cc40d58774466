"""Repaint while something runs: it waits for its turn, drawn from what was there when it was asked for."""

from functools import partial

import numpy as np
import pytest

from core.child.engine import ChildEngine
from core.document import commands
from core.document.commands import update_draft
from editor.banner import Kind
from editor.jobs import Jobs
from resources import STARTER
from tests.core.stand_in import StandIn
from tests.editor.window.conftest import TIMEOUT


@pytest.fixture
def told(tmp_path):
    """The folder by which the engine is told what to do."""
    folder = tmp_path / "told"
    folder.mkdir()
    return folder


@pytest.fixture
def window(qtbot, make_window, told, picture, idle):
    """A picture is open and a model is loaded; an edit is drawn in its seed's colour."""
    window = make_window(Jobs(partial(ChildEngine, partial(StandIn, str(told)))))
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    window.files.open_path(picture)
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        window.models.choose(STARTER, "cpu")
    idle(window)
    window.document.adjust(update_draft(reference="a square", query="a circle", seed=7))
    return window


@pytest.fixture
def busy(qtbot, window, told):
    """The window while it draws, until `told / "waits"` is gone."""
    (told / "waits").touch()
    with qtbot.waitSignal(window.jobs.progressed, timeout=TIMEOUT):
        window.actions_["repaint"].trigger()
    return window


def ask(window, **changes):
    window.document.adjust(update_draft(**changes))
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
    assert texts(busy, Kind.QUESTION) == ["What waits in the queue is held: 2."]
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
