"""Short jobs: what writes is finished, what only reads may be given up; neither holds up the other."""

import threading
import weakref
from functools import partial

import pytest

from core.errors import CoreError, InputError
from editor.tasks import Tasks


@pytest.fixture
def tasks(qapp):
    tasks = Tasks()
    yield tasks
    if not tasks._closed:
        tasks.close()


def test_a_look_up_that_does_not_end_holds_up_no_writing_and_no_closing(qtbot, tasks, monkeypatch):
    monkeypatch.setattr("editor.tasks.GRACE", 0.1)
    gone, told = threading.Event(), []
    tasks.start(gone.wait, told.append, told.append)
    tasks.start(lambda: told.append("behind it"), told.append, told.append)
    with qtbot.waitSignal(tasks.written):
        tasks.write(lambda: "written", told.append, told.append)
    assert told == ["written"]
    assert not tasks.close()
    gone.set()
    qtbot.waitUntil(lambda: not tasks._reads._thread.is_alive())
    assert told == ["written"]  # nobody is told any more, and what had not begun is dropped


def test_closing_waits_for_what_writes(tasks, tmp_path):
    begun, path = threading.Event(), tmp_path / "file"

    def slow() -> None:
        begun.wait()
        path.write_text("whole")

    tasks.write(slow, print, print)
    tasks.write(lambda: path.with_suffix(".2").write_text("too"), print, print)
    threading.Timer(0.1, begun.set).start()
    assert tasks.close()
    assert path.read_text() == "whole"
    assert path.with_suffix(".2").is_file()


def test_what_was_on_its_way_when_it_closed_is_told_to_nobody(qapp, tasks):
    told, after = [], threading.Event()
    tasks.start(lambda: "late", told.append, told.append)
    tasks.start(after.set, told.append, told.append)
    assert after.wait(60)  # the first one's result is among the window's events by now
    tasks.close()
    qapp.processEvents()
    assert told == []


def test_what_is_read_was_written_before(qtbot, tasks, tmp_path):
    go, path, read = threading.Event(), tmp_path / "file", []

    def slow() -> None:
        go.wait()
        path.write_text("new")

    tasks.write(slow, print, print)
    tasks.start(path.read_text, read.append, read.append)
    go.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert read == ["new"]


def test_what_fails_to_be_written_is_told_before_the_writing_counts_as_over(qtbot, tasks):
    def fail() -> None:
        raise InputError("The disk is full.")

    told: list[CoreError] = []
    with qtbot.waitSignal(tasks.written):
        tasks.write(fail, print, told.append)
        assert tasks.writing
    assert [str(error) for error in told] == ["The disk is full."]
    assert not tasks.writing


def test_what_a_finished_job_knew_of_is_let_go(qtbot, tasks):
    photo = threading.Event()  # or anything that can be watched
    gone = weakref.ref(photo)
    tasks.start(partial(str, photo), lambda _: None, lambda _: None)
    del photo
    qtbot.waitUntil(lambda: gone() is None)
