"""An engine in a process of its own is one like any other, and its end is a sentence."""

import logging
import os
import signal
import subprocess
import sys
import threading
from functools import partial
from multiprocessing import active_children

import numpy as np
import pytest

from core.child import channel
from core.child.engine import ChildEngine
from core.edit.progress import Cancel, Stage
from core.edit.protocol import Apart
from core.edit.request import EditRequest
from core.edit.words.weighted import PromptStyle
from core.errors import Cancelled, CoreError, DeviceError, InputError, LostError
from core.photo.photo import Photo
from tests.alive import alive, wait_for
from tests.core.stand_in import HEAT, StandIn, drawn
from tests.fresh import ROOT

REQUEST = EditRequest(photo="", query="a zebra", seed=7)
PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
PIXELS.setflags(write=False)
PHOTO = Photo(PIXELS)
MASK = np.zeros((40, 60), np.uint8)
MASK[10:20, 10:30] = 255


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """One child for all tests that do it no harm, and the folder that tells it what to do."""
    folder = tmp_path_factory.mktemp("child")
    engine = ChildEngine(partial(StandIn, str(folder)))
    yield engine, folder
    engine.close()


@pytest.fixture
def engine(kept):
    return kept[0]


@pytest.fixture
def folder(kept):
    yield kept[1]
    for file in kept[1].iterdir():
        file.unlink()


def run(engine, request=REQUEST, photo=PHOTO, mask=MASK, on_progress=lambda _: None, cancel=None):
    return engine.run(request, photo, mask, on_progress, cancel or Cancel())


def child() -> int:
    """Its process."""
    (one,) = [process for process in active_children() if process.name == "engine"]
    return one.pid


def kill() -> None:
    """And wait until all of it is gone: its first thread goes before the others."""
    (one,) = [process for process in active_children() if process.name == "engine"]
    one.kill()
    one.join()


def test_results_and_steps_are_the_engine_s_own(engine):
    steps = []
    result = run(engine, on_progress=steps.append)
    alone = drawn(REQUEST, PHOTO, MASK)
    for name in ("pixels", "drawn"):
        assert np.array_equal(getattr(result, name), getattr(alone, name))
    assert np.array_equal(result.mask.whole(), MASK)
    assert result.request == REQUEST
    assert [step.stage for step in steps] == [
        Stage.FINDING,
        Stage.ENCODING,
        Stage.DECODING,
        Stage.PASTING,
    ]
    assert np.array_equal(steps[0].preview, PIXELS[:8, :8])
    found = engine.find(REQUEST, PHOTO, steps.append, Cancel())
    assert np.array_equal(found.heat.values, HEAT.values)
    assert np.array_equal(steps[-1].found.values, HEAT.values)
    assert engine.devices() == ("cpu",)
    assert isinstance(engine, Apart)


def test_what_is_logged_over_there_stands_in_the_log_here(engine, caplog):
    with caplog.at_level(logging.WARNING):
        info = engine.load("starter", "cpu")
    assert info.name == "starter"
    assert [(one.name, one.message) for one in caplog.records] == [("stand_in", "loading starter")]
    assert engine.tokens(["a zebra"], PromptStyle.AUTO)[0].used == 7


def test_what_it_may_keep_is_told_with_the_next_call_and_what_it_keeps_with_the_answer(engine):
    engine.devices()
    assert engine.cached == 0
    engine.limit_cache(1000)
    assert engine.cached == 0
    engine.devices()
    assert engine.cached == 500
    kill()
    with pytest.raises(LostError):
        engine.check()
    assert engine.cached == 0
    engine.devices()  # another process, and the same limit
    assert engine.cached == 500


@pytest.mark.parametrize(("name", "kind", "message", "hint"), [
    ("core", CoreError, "No memory left.", "Take a smaller picture."),
    ("input", InputError, "The mask is empty.", ""),
    ("lacking", InputError, "It needs a tokenizer.", "Get it."),
    ("device", DeviceError, "There is no such device.", "Choose another."),
    ("own", InputError, "It can't be used.", "Take another."),
])  # fmt: skip
def test_errors_come_over_whole(engine, name, kind, message, hint):
    with pytest.raises(CoreError) as raised:
        run(engine, REQUEST.with_(query=f"raise {name}"))
    error = raised.value
    assert (type(error), error.message, error.hint) == (kind, message, hint)
    assert error.lacks == ("t5" if name == "lacking" else "")
    assert "in run" in str(error.__cause__)


@pytest.mark.parametrize(("name", "kind"), [("fault", "ZeroDivisionError"), ("unheard", "UnheardError")])
def test_faults_come_over_by_name_and_with_their_traceback(engine, name, kind):
    with pytest.raises(Exception, match="oops") as raised:
        run(engine, REQUEST.with_(query=f"raise {name}"))
    assert type(raised.value).__name__ == kind
    assert "stand_in.py" in str(raised.value.__cause__)
    assert np.array_equal(run(engine).mask.whole(), MASK)


def test_stop_reaches_it_and_what_was_reached_can_be_kept(engine, folder):
    (folder / "waits").touch()
    cancel = Cancel()
    with pytest.raises(Cancelled) as stopped:
        run(engine, on_progress=lambda step: step.stage is Stage.DECODING and cancel.ask(), cancel=cancel)
    result = engine.keep(stopped.value.partial)
    assert not result.complete
    assert np.array_equal(result.pixels, drawn(REQUEST, PHOTO, MASK).pixels)


def test_what_was_asked_to_stop_before_never_begins(engine):
    cancel = Cancel()
    cancel.ask()
    with pytest.raises(Cancelled) as stopped:
        run(engine, cancel=cancel)
    assert stopped.value.partial is None


def test_a_fault_of_who_is_told_of_progress_stops_the_run(engine, folder):
    (folder / "waits").touch()

    def fails(_):
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        run(engine, on_progress=fails)
    (folder / "waits").unlink()
    assert np.array_equal(run(engine).mask.whole(), MASK)


def test_a_large_photo_is_sent_once(engine, monkeypatch):
    photo = Photo(np.zeros((1500, 1500, 3), np.uint8))
    photo.pixels.setflags(write=False)
    sent, share = [], channel._shared
    monkeypatch.setattr(channel, "_shared", lambda raws: sent.extend(map(len, raws)) or share(raws))
    for seed in (1, 2):
        request = REQUEST.with_(seed=seed)
        assert np.array_equal(run(engine, request, photo, None).pixels, drawn(request, photo, None).pixels)
    assert sent == [photo.pixels.nbytes]


# -- its end

CALLS = {
    "loading": lambda engine: engine.load("starter", "cpu"),
    "counting": lambda engine: engine.tokens(["a"], PromptStyle.AUTO),
}


@pytest.mark.parametrize("stage", ["loading", "counting", "finding", "encoding", "decoding", "pasting"])
def test_a_killed_child_is_a_sentence_and_the_next_call_starts_another(engine, folder, stage):
    engine.load("starter", "cpu")
    before = child()
    (folder / "dies").write_text(stage)
    with pytest.raises(LostError, match="The engine ended unexpectedly: the system killed it") as lost:
        CALLS.get(stage, run)(engine)
    assert lost.value.hint.startswith("Your work is as it was, and the engine starts anew.")
    assert not alive(before)
    assert np.array_equal(run(engine).pixels, drawn(REQUEST, PHOTO, MASK).pixels)
    assert child() != before
    assert engine.tokens(["a"], PromptStyle.AUTO) == ()  # no model is loaded any more


def test_a_crash_is_told_from_a_kill(engine, folder):
    (folder / "crashes").write_text("decoding")
    with pytest.raises(LostError, match=r"it crashed \(SIGSEGV\)"):
        run(engine)


def test_what_was_reached_goes_with_the_child(engine, folder):
    (folder / "waits").touch()
    cancel = Cancel()
    with pytest.raises(Cancelled) as stopped:
        run(engine, on_progress=lambda _: cancel.ask(), cancel=cancel)
    partial = stopped.value.partial
    (folder / "dies").write_text("keeping")
    with pytest.raises(LostError, match="ended unexpectedly"):
        engine.keep(partial)
    (folder / "waits").unlink()
    run(engine)
    with pytest.raises(LostError, match="What the stopped edit had reached is gone"):
        engine.keep(partial)


def test_an_idle_child_that_dies_is_noticed_once(engine):
    run(engine)
    kill()
    with pytest.raises(LostError, match="ended unexpectedly"):
        engine.check()
    engine.check()
    run(engine)
    kill()
    run(engine)  # nothing was lost: no error
    engine.check()


def test_a_child_that_can_t_start_is_a_sentence(tmp_path):
    (tmp_path / "dies").write_text("starting")
    engine = ChildEngine(partial(StandIn, str(tmp_path)))
    with pytest.raises(LostError):
        engine.devices()
    assert engine.devices() == ("cpu",)
    engine.close()


def test_close_ends_a_run_from_another_thread_and_nothing_starts_any_more(tmp_path):
    (tmp_path / "waits").touch()
    engine = ChildEngine(partial(StandIn, str(tmp_path)))
    begun, said = threading.Event(), []

    def work():
        try:
            run(engine, on_progress=lambda _: begun.set())
        except Cancelled as cancelled:
            said.append(cancelled)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(60)
    engine.close()
    thread.join()
    assert len(said) == 1
    with pytest.raises(Cancelled):
        engine.devices()


ALONE = """
import sys
from functools import partial
import numpy as np
from core.child.engine import ChildEngine
from core.edit.progress import Cancel
from core.edit.request import EditRequest
from core.photo.photo import Photo
from tests.core.stand_in import StandIn
if __name__ == "__main__":
    engine = ChildEngine(partial(StandIn, sys.argv[1]))
    tell = lambda _: print(engine._child.process.pid, flush=True)
    pixels = np.zeros((1500, 1500, 3), np.uint8)
    engine.run(EditRequest(photo="", query="a zebra"), Photo(pixels), None, tell, Cancel())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_ends_with_whoever_started_it(tmp_path, number):
    (tmp_path / "waits").touch()
    script = tmp_path / "alone.py"
    script.write_text(ALONE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    window = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    pid = int(window.stdout.readline())
    try:
        window.send_signal(number)
        _, complaints = window.communicate(timeout=60)
        wait_for(lambda: not alive(pid))
        assert "leaked" not in complaints
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
