"""An engine that is killed, in the window: a sentence, the model again, and the document as it was."""

import os
import signal
from functools import partial
from multiprocessing import active_children

import numpy as np
import pytest

from core.child.engine import ChildEngine
from core.document.commands import update_draft
from editor.banner import Kind
from editor.jobs import Jobs
from resources import STARTER
from tests.alive import alive
from tests.core.stand_in import StandIn
from tests.editor.window.conftest import TIMEOUT


@pytest.fixture
def window(qtbot, make_window, told, picture, idle, monkeypatch):
    """A picture is open, a model is loaded, and an edit is accepted."""
    monkeypatch.setattr("editor.jobs.LOOKS", 50)
    window = make_window(Jobs(partial(ChildEngine, partial(StandIn, str(told)))))
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    window.files.open_path(picture)
    with qtbot.waitSignal(window.jobs.modelReady, timeout=TIMEOUT):
        window.models.choose(STARTER, "cpu")
    idle(window)
    window.document.adjust(update_draft(reference="a square", query="a circle", seed=7))
    edit(window, idle)
    assert len(window.document.state.layers) == 1
    return window


def edit(window, idle):
    window.actions_["repaint"].trigger()
    idle(window)


def errors(window):
    return [bar.text for bar in window.banner.bars if bar.kind is Kind.ERROR]


def child() -> int:
    (one,) = [process for process in active_children() if process.name == "engine"]
    return one.pid


@pytest.mark.parametrize("stage", ["finding", "encoding", "decoding", "pasting"])
def test_killed_in_an_edit(qtbot, window, told, idle, stage):
    window.document.adjust(update_draft(seed=9))
    state, revision = window.document.state, window.document.revision
    (told / "dies").write_text(stage)
    with qtbot.waitSignals([window.jobs.lost, window.jobs.modelReady], timeout=TIMEOUT):
        window.actions_["repaint"].trigger()
    idle(window)
    assert errors(window)[0].startswith("The engine ended unexpectedly")
    assert window.status.state.text() == "ready"
    assert window.document.state is state
    assert window.document.revision == revision
    edit(window, idle)
    assert (window.document.composite.whole() == 9).any()
    window.document.undo()
    assert (window.document.composite.whole() == 7).all()


def test_killed_as_what_a_stopped_edit_had_reached_is_drawn_out(qtbot, window, told, idle):
    layers = window.document.state.layers
    (told / "waits").touch()
    (told / "dies").write_text("keeping")
    with qtbot.waitSignal(window.jobs.progressed, timeout=TIMEOUT):
        window.actions_["repaint"].trigger()
    with qtbot.waitSignals([window.jobs.lost, window.jobs.modelReady], timeout=TIMEOUT):
        window.actions_["stop"].trigger()
    (told / "waits").unlink()
    idle(window)
    (bar,) = window.banner.bars  # and nobody is asked about what is gone
    assert bar.text.startswith("The engine ended unexpectedly")
    assert not window.runs.busy
    assert window.document.state.layers is layers
    edit(window, idle)
    assert window.document.state.layers is not layers


def test_killed_while_it_waits(qtbot, window, idle):
    with qtbot.waitSignals([window.jobs.lost, window.jobs.modelReady], timeout=TIMEOUT):
        os.kill(child(), signal.SIGKILL)
    idle(window)
    assert errors(window)[0].startswith("The engine ended unexpectedly")
    assert (window.document.composite.whole() == 7).all()


def test_killed_while_a_model_loads(qtbot, window, told, idle):
    (told / "dies").write_text("loading")
    with qtbot.waitSignals([window.jobs.modelFailed, window.jobs.modelReady], timeout=TIMEOUT):
        window.models.choose("/large", "cpu")
    idle(window)
    assert errors(window)[0].startswith("The engine ended unexpectedly")
    assert window.models.asked[0] == STARTER
    window.document.adjust(update_draft(query="a disc"))
    edit(window, idle)
    assert len(window.document.state.layers) == 2


def test_killed_in_a_series(qtbot, window, told, idle):
    ended = []
    window.jobs.ended.connect(lambda error, _job: ended.append(error))
    (told / "dies").write_text("decoding")
    request, photo = window.document.request(), window.document.composite.photo()

    def work(engine, _tell, cancel):
        engine.run(request, photo, None, lambda _: None, cancel)

    with qtbot.waitSignals([window.jobs.lost, window.jobs.modelReady], timeout=TIMEOUT):
        window.jobs.series(work, "Many")
    assert "ended unexpectedly" in str(ended[0])


def test_closing_ends_it_in_mid_run(qtbot, window, told):
    (told / "waits").touch()
    pid = child()
    with qtbot.waitSignal(window.jobs.progressed, timeout=TIMEOUT):
        window.actions_["repaint"].trigger()
    window.files.ask = lambda _: window.files.DISCARD
    window.close()
    qtbot.waitUntil(lambda: not alive(pid), timeout=TIMEOUT)
    assert window.quiet
    assert np.asarray(window.document.composite.whole()).any()
