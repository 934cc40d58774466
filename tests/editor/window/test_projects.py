"""Projects in the window: saved by keys, asked about, opened again with all that was made, never shared."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from core.document import commands
from core.errors import CoreError
from core.project.ora.read import open_project
from editor.banner import Kind
from editor.jobs import Jobs
from tests.core.test_packing import plain
from tests.editor.conftest import edit_result, order_now

TIMEOUT = 60_000
CTRL, BOTH = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
)
DAB = np.full((9, 9), 255, np.uint8)


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    """What the dialog answers."""
    path = tmp_path / "work.ora"
    monkeypatch.setattr(QFileDialog, "exec", lambda _: QFileDialog.DialogCode.Accepted)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(path)])
    return path


@pytest.fixture
def edited(opened):
    """An edit, a stroke, something undone, prompts."""
    document = opened.document
    document.accept(order_now(document), edit_result(document, (10, 10, 20, 20)), "edit")
    document.apply(commands.paint((40, 20, 9, 9), DAB), "stroke")
    document.apply(commands.paint((50, 20, 9, 9), DAB), "stroke")
    document.undo()
    document.adjust(commands.update_draft(query="a zebra"))
    return opened


@pytest.fixture
def another(qtbot, make_window):
    """another(): a further window."""

    def make():
        window = make_window(Jobs())
        with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
            window.show()
        return window

    return make


def what(window):
    now = window.document.snapshot()
    return [(entry.text, plain(entry.state)) for entry in now.entries], now.index, now.draft


def press(qtbot, window, key, keys=CTRL):
    window.activateWindow()
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, key, keys)


def texts(window):
    return [bar.text for bar in window.banner.bars]


def test_saved_by_keys_and_opened_again_nothing_is_missing(qtbot, edited, idle, path, picture):
    left = what(edited)
    assert edited.isWindowModified()
    press(qtbot, edited, Qt.Key.Key_S)
    idle(edited)
    assert texts(edited) == ["Saved: work.ora"]
    assert edited.windowTitle().startswith("work.ora")
    assert not edited.isWindowModified()
    assert edited.files.safe
    press(qtbot, edited, Qt.Key.Key_Z)
    assert edited.isWindowModified()
    press(qtbot, edited, Qt.Key.Key_Z, BOTH)
    assert not edited.isWindowModified()  # as it was saved
    edited.files.open_path(picture)
    idle(edited)
    assert edited.windowTitle().startswith("square.png")
    edited.files.open_path(path)
    idle(edited)
    assert what(edited) == left
    assert edited.windowTitle().startswith("work.ora")
    assert not edited.isWindowModified()
    edited.document.redo()
    assert edited.document.undo_text == "stroke"


def test_the_second_time_nothing_is_asked(qtbot, edited, idle, path, monkeypatch):
    press(qtbot, edited, Qt.Key.Key_S)
    idle(edited)
    monkeypatch.setattr(QFileDialog, "exec", pytest.fail)
    edited.actions_["layer-show"].trigger()
    press(qtbot, edited, Qt.Key.Key_S)
    idle(edited)
    assert not open_project(path).state.layers[0].visible
    assert not edited.isWindowModified()


def test_save_as_goes_on_under_the_new_name(qtbot, edited, idle, path, tmp_path, monkeypatch):
    press(qtbot, edited, Qt.Key.Key_S)
    idle(edited)
    before = path.read_bytes()
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(tmp_path / "other.ora")])
    edited.actions_["layer-show"].trigger()
    press(qtbot, edited, Qt.Key.Key_S, BOTH)
    idle(edited)
    assert path.read_bytes() == before
    assert edited.files.projects.path == tmp_path / "other.ora"
    assert not open_project(tmp_path / "other.ora").state.layers[0].visible


def test_what_is_done_while_it_is_written_is_not_taken_for_saved(edited, idle, path):
    edited.files.projects.save()
    edited.document.apply(commands.paint((4, 4, 9, 9), DAB), "stroke")
    idle(edited)
    assert edited.isWindowModified()
    assert not edited.files.safe


def test_an_export_is_no_save_of_a_project(edited, idle, path, tmp_path):
    edited.files.projects.save()
    idle(edited)
    edited.document.apply(commands.paint((4, 4, 9, 9), DAB), "stroke")
    edited.files.exports.export_to(tmp_path / "out.png", 90)
    idle(edited)
    asked = []
    edited.files.ask = asked.append
    edited.close()
    assert asked == ["The project has changed since it was saved."]
    assert edited.isVisible()


def test_a_project_that_cannot_be_written_is_a_sentence_and_stays_unsaved(edited, idle, tmp_path):
    edited.files.projects.save_to(tmp_path / "nowhere" / "a.ora")
    idle(edited)
    assert edited.banner.bars[0].kind is Kind.ERROR
    assert edited.isWindowModified()
    assert edited.files.projects.path is None
    (tmp_path / "nowhere").mkdir()
    edited.files.projects.save_to(tmp_path / "nowhere" / "a.ora")
    idle(edited)
    assert not edited.isWindowModified()


def test_a_second_window_reads_only(edited, another, idle, path, tmp_path, monkeypatch):
    edited.files.projects.save()
    idle(edited)
    before = path.read_bytes()
    second = another()
    second.files.open_path(path)
    idle(second)
    assert texts(second) == ["“work.ora” is open in another window: here it can't be saved."]
    second.files.projects.save_to(path)
    idle(second)
    assert "“work.ora” is open in another window." in texts(second)
    assert path.read_bytes() == before
    offered = []
    monkeypatch.setattr(QFileDialog, "selectFile", lambda _, name: offered.append(name))
    monkeypatch.setattr(QFileDialog, "exec", lambda _: QFileDialog.DialogCode.Rejected)
    for window in (second, edited):
        window.files.projects.save_as()
    assert offered == ["work 2.ora", "work.ora"]
    edited.close()
    second.files.projects.save_to(path)  # nobody's any more
    idle(second)
    assert second.files.projects.path == path


def test_what_another_program_made_of_it_is_shown_and_can_be_undone(edited, idle, path):
    from pyora import Project

    edited.files.projects.save()
    idle(edited)
    project = Project.load(str(path))
    next(one for one in project.iter_layers if one.name != "square.png").hidden = True
    project.save(str(path))
    edited.files.open_path(path)
    idle(edited)
    assert [one.visible for one in edited.document.state.layers] == [False]


def test_a_damaged_project_is_a_sentence_and_the_open_one_stays(edited, idle, tmp_path):
    (tmp_path / "b.ora").write_bytes(b"nothing")
    edited.files.ask = lambda _: edited.files.DISCARD
    edited.files.open_path(tmp_path / "b.ora")
    idle(edited)
    assert edited.banner.bars[0].kind is Kind.ERROR
    assert len(edited.document.state.layers) == 1


def test_a_full_disk_leaves_the_project_as_it_was(edited, idle, path, monkeypatch):
    edited.files.projects.save()
    idle(edited)

    def full(*_):
        raise CoreError("“work.ora” was not written: the disk is full.")

    monkeypatch.setattr("core.project.ora.write.write_atomic", full)
    edited.document.apply(commands.paint((4, 4, 9, 9), DAB), "stroke")
    edited.files.projects.save()
    idle(edited)
    assert edited.isWindowModified()
    assert open_project(path).snapshot.index == edited.document.snapshot().index - 1


def test_a_saved_project_is_recent_and_dialogs_begin_beside_it(edited, store, path, idle, picture):
    edited.files.projects.save()
    idle(edited)
    assert store.settings.recent == (str(path), str(picture))
    assert store.settings.folder == str(path.parent)
