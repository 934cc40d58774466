"""The worker thread, with an engine that records what it is asked and in which thread."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QThread

from core.document.composite import Composite
from core.edit.evaluations import Evaluations
from core.edit.progress import Progress, Stage
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, HeatMap, ModelInfo, Working
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle
from core.errors import Cancelled, CoreError
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from editor.jobs import Jobs
from tests.core.stacks import layer, noisy_photo

REQUEST = EditRequest(photo="", query="a zebra")
PIXELS = np.zeros((4, 6, 3), np.uint8)
PICTURE = Composite(Photo(PIXELS))
MASK = BoxedMask.of(PIXELS[..., 0])


def result(complete=True):
    return EditResult(
        request=REQUEST, pixels=PIXELS, drawn=PIXELS, mask=MASK, heat=None, traces=(),
        evaluations=Evaluations(), seconds={}, working=Working(6, 4), device="cpu", complete=complete,
    )  # fmt: skip


class Recorder:
    """Runs until it is told to go on, or stopped; remembers calls and threads."""

    def __init__(self):
        self.calls, self.threads = [], set()
        self.go, self.begun = threading.Event(), threading.Event()
        self.error = None
        self.steps = 5

    def _note(self, *call):
        self.calls.append(call)
        self.threads.add(QThread.currentThread().objectName())
        if self.error:
            raise self.error

    def devices(self):
        return ("cpu",)

    def load(self, model, device):
        self._note("load", model, device)
        return ModelInfo(model, "/models", 64, "cpu", "float32")

    def tokens(self, texts, style):
        self._note("tokens", texts)
        return tuple(TokenCount(1, 16) for _ in texts)

    def find(self, request, pixels, on_progress, cancel):
        self._note("find", request)
        heat = HeatMap(np.zeros((4, 6), np.float32))
        return FindResult(request, heat, Evaluations(), {}, Working(6, 4), "cpu")

    def run(self, request, pixels, mask, on_progress, cancel):
        cancel.check()
        self._note("run", request, mask)
        for i in range(self.steps):
            on_progress(Progress(Stage.DECODING, i + 1, self.steps))
        self.begun.set()
        while not self.go.is_set():
            if cancel.asked:
                raise Cancelled("half")
            time.sleep(0.001)
        return result()

    def keep(self, partial):
        self._note("keep", partial)
        return result(complete=False)


@pytest.fixture
def engine():
    return Recorder()


@pytest.fixture
def jobs(qtbot, engine):
    jobs = Jobs(lambda: engine)
    yield jobs
    jobs.close()


def test_loads_in_its_own_thread_and_tells_the_devices(qtbot, jobs, engine):
    with qtbot.waitSignal(jobs.modelReady) as ready:
        jobs.load("starter", "auto")
    assert ready.args[0].name == "starter"
    assert ready.args[1] == ("cpu",)
    assert engine.threads == {"engine"}
    assert QThread.currentThread().objectName() != "engine"


def test_run_hands_back_its_result_and_was_busy_meanwhile(qtbot, jobs, engine):
    told = []
    jobs.busyChanged.connect(told.append)
    with qtbot.waitSignal(jobs.edited) as edited:
        jobs.run(REQUEST, PICTURE, None)
        assert jobs.busy
        engine.go.set()
    assert edited.args[0].complete
    qtbot.waitUntil(lambda: not jobs.busy)
    assert told == [True, False]


@pytest.mark.parametrize("searches", [True, False])
def test_the_picture_is_made_whole_in_the_worker_s_thread(qtbot, jobs, engine, made_whole, searches):
    picture = Composite(noisy_photo((60, 40)), (layer((3, 4, 20, 10)),))
    engine.go.set()
    with qtbot.waitSignal(jobs.found if searches else jobs.edited):
        jobs.find(REQUEST, picture) if searches else jobs.run(REQUEST, picture, None)
    assert made_whole == ["engine"]


def test_what_is_asked_in_passing_does_not_count_as_busy(qtbot, jobs, engine):
    """Loading, counting words and letting go: nothing that somebody waits for, or could stop."""
    told = []
    jobs.busyChanged.connect(told.append)
    jobs.load("starter", "auto")
    assert not jobs.busy
    with qtbot.waitSignal(jobs.counted):
        jobs.count(("a zebra",), PromptStyle.AUTO)
    jobs.drop()
    qtbot.waitUntil(lambda: not jobs._open)
    assert told == []
    jobs.run(REQUEST, PICTURE, None)
    jobs.count(("a zebra",), PromptStyle.AUTO)  # while something runs, and after it
    engine.go.set()
    qtbot.waitUntil(lambda: not jobs._open)
    assert told == [True, False]


def test_no_step_is_lost_and_the_window_is_rung_once_for_many(qtbot, jobs, engine):
    arrived = []
    jobs.progressed.connect(arrived.append)
    engine.steps = 200
    jobs.run(REQUEST, PICTURE, None)
    assert engine.begun.wait(10)  # the window's thread sleeps here: all steps pile up in the one slot
    engine.go.set()
    qtbot.waitUntil(lambda: not jobs.busy)
    assert [step.i for steps in arrived for step in steps] == list(range(1, 201))
    assert len(arrived) == 1


def test_stop_leaves_something_to_keep(qtbot, jobs, engine):
    jobs.run(REQUEST, PICTURE, None)
    assert engine.begun.wait(10)
    with qtbot.waitSignal(jobs.stopped) as stopped:
        jobs.stop()
    assert stopped.args == [True]
    with qtbot.waitSignal(jobs.reached) as reached:
        jobs.keep()
    assert engine.calls[-1] == ("keep", "half")
    assert not reached.args[0].complete


def test_what_is_not_kept_is_let_go_of(qtbot, jobs, engine):
    jobs.run(REQUEST, PICTURE, None)
    assert engine.begun.wait(10)
    jobs.stop()
    qtbot.waitUntil(lambda: not jobs.busy)
    jobs.drop()
    assert not jobs.busy
    with qtbot.waitSignal(jobs.keepFailed):
        jobs.keep()
    qtbot.waitUntil(lambda: not jobs.busy)
    assert engine.calls[-1][0] == "run"


def test_a_job_stopped_before_it_began_never_reaches_the_engine(qtbot, jobs, engine):
    jobs.run(REQUEST, PICTURE, None)
    assert engine.begun.wait(10)
    jobs.run(REQUEST, PICTURE, None)
    jobs.stop()
    qtbot.waitUntil(lambda: not jobs.busy)
    assert [call[0] for call in engine.calls] == ["run"]


def test_what_waits_for_a_model_is_taken_back_at_once(qtbot, jobs, engine):
    go, load = threading.Event(), engine.load
    engine.load = lambda *wanted: go.wait(60) and load(*wanted)
    jobs.load("starter", "cpu")
    jobs.run(REQUEST, PICTURE, None)
    stopped = []
    jobs.stopped.connect(stopped.append)
    jobs.stop()
    assert stopped == [False]
    assert not jobs.busy
    go.set()
    qtbot.waitUntil(lambda: not jobs._open)
    assert [call[0] for call in engine.calls] == ["load"]
    assert stopped == [False]


@pytest.mark.parametrize(("error", "message"), [
    (CoreError("No memory left.", "Take a smaller picture."), "No memory left."),
    (ZeroDivisionError("oops"), "Something went wrong: ZeroDivisionError."),
])  # fmt: skip
def test_errors_arrive_as_sentences_and_the_worker_lives_on(qtbot, jobs, engine, error, message):
    engine.error = error
    with qtbot.waitSignal(jobs.failed) as failed:
        jobs.run(REQUEST, PICTURE, None)
    assert failed.args[0].message == message
    engine.error = None
    with qtbot.waitSignal(jobs.modelReady):
        jobs.load("starter", "cpu")


def test_a_model_that_fails_is_told_apart(qtbot, jobs, engine):
    engine.error = CoreError("No such folder.")
    with qtbot.waitSignal(jobs.modelFailed), qtbot.assertNotEmitted(jobs.failed):
        jobs.load("/nowhere", "cpu")


def test_close_in_mid_run_ends_the_thread_and_says_no_more(qtbot, engine):
    jobs = Jobs(lambda: engine)
    jobs.run(REQUEST, PICTURE, None)
    jobs.run(REQUEST, PICTURE, None)
    assert engine.begun.wait(10)
    with qtbot.assertNotEmitted(jobs.stopped, wait=50):
        jobs.close()
        assert all(thread.isFinished() for thread in jobs.findChildren(QThread))
    assert [call[0] for call in engine.calls] == ["run"]


def series(engine, name, pictures=3):
    """Work of so many pictures: each waits for `engine.go`."""

    def work(edits, _tell, cancel):
        for i in range(pictures):
            edits.run(REQUEST.with_(query=f"{name} {i}"), PICTURE.photo(), None, lambda _: None, cancel)

    return work


def queries(engine):
    return [call[1].query if call[0] == "run" else call[0] for call in engine.calls]


def test_a_series_gives_way_between_two_pictures_to_all_that_follows(qtbot, jobs, engine):
    job = jobs.series(series(engine, "cell"), "Grid")
    qtbot.waitUntil(engine.begun.is_set)
    jobs.run(REQUEST, PICTURE, None)
    jobs.count(("a zebra",), PromptStyle.AUTO)
    again = iter([lambda: jobs.run(REQUEST.with_(query="a cow"), PICTURE, None)])
    jobs.edited.connect(lambda _: next(again, lambda: None)())  # asked for in answer: no cell comes between
    assert jobs.all_series == (job,)
    engine.go.set()
    with qtbot.waitSignal(jobs.ended) as ended:
        pass
    assert ended.args == [None, job]
    assert queries(engine) == ["cell 0", "a zebra", "tokens", "a cow", "cell 1", "cell 2"]
    qtbot.waitUntil(lambda: not jobs.busy)
    assert jobs.all_series == ()


def test_a_series_waits_for_the_one_before_it(qtbot, jobs, engine):
    first = jobs.series(series(engine, "cell", 2), "Grid")
    second = jobs.series(series(engine, "frame", 2), "Movie")
    assert jobs.all_series == (first, second)
    told = []
    jobs.ended.connect(lambda _, job: told.append(job))
    engine.go.set()
    qtbot.waitUntil(lambda: not jobs.busy)
    assert queries(engine) == ["cell 0", "cell 1", "frame 0", "frame 1"]
    assert told == [first, second]


def test_stop_means_the_edit_and_without_one_the_series(qtbot, jobs, engine):
    jobs.series(series(engine, "cell"), "Grid")
    qtbot.waitUntil(engine.begun.is_set)
    jobs.run(REQUEST, PICTURE, None)
    with qtbot.waitSignal(jobs.stopped):
        jobs.stop()
    assert len(jobs.all_series) == 1
    with qtbot.waitSignal(jobs.ended):
        jobs.stop()
    assert queries(engine) == ["cell 0"]


def test_a_series_given_up_while_it_gives_way_ends_after_that(qtbot, jobs, engine):
    job = jobs.series(series(engine, "cell"), "Grid")
    qtbot.waitUntil(engine.begun.is_set)
    engine.begun.clear()
    jobs.run(REQUEST, PICTURE, None)
    jobs.edited.connect(lambda _: jobs.give_up(job))
    with qtbot.waitSignal(jobs.ended):
        engine.go.set()
    assert queries(engine) == ["cell 0", "a zebra"]


def test_a_series_that_waits_is_given_up_without_a_picture(qtbot, jobs, engine):
    jobs.series(series(engine, "cell", 1), "Grid")
    waits = jobs.series(series(engine, "frame"), "Movie")
    jobs.give_up(waits)
    engine.go.set()
    qtbot.waitUntil(lambda: not jobs.busy)
    assert queries(engine) == ["cell 0"]


def test_closing_ends_a_series_that_gives_way(qtbot, engine):
    jobs = Jobs(lambda: engine)
    jobs.series(series(engine, "cell"), "Grid")
    qtbot.waitUntil(engine.begun.is_set)
    jobs.run(REQUEST, PICTURE, None)
    assert jobs.close()
