"""Closing: what is being written is waited for, in sight; what never ends is not."""

import threading

from core.errors import CoreError
from editor.banner import Kind
from tests.editor.conftest import edit_result, order_now


def texts(window, kind: Kind) -> list[str]:
    return [bar.text for bar in window.banner.bars if bar.kind is kind]


def edited(window):
    """The window with an edit that no file holds."""
    result = edit_result(window.document, (40, 20, 20, 10))
    window.document.accept(order_now(window.document), result, "edit")


def held_up(monkeypatch) -> threading.Event:
    """Exports wait for the event."""
    go = threading.Event()
    monkeypatch.setattr("core.photo.files.export.export_photo", lambda *_, **__: go.wait() and [])
    return go


def test_a_file_on_its_way_is_waited_for_in_sight_and_nothing_is_asked_before(
    qtbot, opened, tmp_path, monkeypatch
):
    edited(opened)
    go, asked = held_up(monkeypatch), []
    opened.files.ask = lambda text: asked.append(text) or opened.files.DISCARD
    opened.files.exports.export_to(tmp_path / "out.png", 90)
    opened.close()
    opened.close()
    assert opened.isVisible()
    assert texts(opened, Kind.NOTICE) == ["The window closes when the file is written."]
    assert asked == []
    with qtbot.waitSignal(opened.closed):
        go.set()
    assert asked == ["The picture is exported. Its layers and their settings are in no file yet."]
    assert not opened.isVisible()


def test_a_file_that_could_not_be_written_keeps_the_window_open(qtbot, opened, tmp_path, monkeypatch):
    edited(opened)
    go, asked = threading.Event(), []

    def full(*_, **__):
        go.wait()
        raise CoreError("The disk is full.")

    monkeypatch.setattr("core.photo.files.export.export_photo", full)
    opened.files.ask = asked.append
    opened.files.exports.export_to(tmp_path / "out.png", 90)
    opened.close()
    go.set()
    qtbot.waitUntil(lambda: bool(asked))
    assert opened.isVisible()
    assert texts(opened, Kind.ERROR) == ["The disk is full."]
    assert texts(opened, Kind.NOTICE) == []


def test_the_end_asks_nothing(qtbot, opened):
    edited(opened)
    opened.files.ask = None
    with qtbot.waitSignal(opened.closed):
        opened.closing.end()
    assert not opened.isVisible()


def test_a_look_up_that_never_ends_is_given_up(qtbot, window, monkeypatch):
    monkeypatch.setattr("editor.tasks.GRACE", 0.1)
    gone = threading.Event()
    window.lookups.start(gone.wait, print, print)
    window.close()
    assert not window.isVisible()
    assert not window.quiet
    gone.set()
