"""Work that outlives the window: what is on disk at each moment, and that one click brings it back."""

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.document import commands
from core.document.drawn import Drawn, Undecided
from core.document.layer import new_id
from core.errors import CoreError
from core.project import recovery
from core.project.journal import read
from core.project.ora.read import open_project
from editor.canvas.variants.cell import CELL
from editor.jobs import Jobs
from tests.core.stacks import variant
from tests.core.test_packing import plain
from tests.editor.conftest import edit_result, order_now

TIMEOUT = 60_000


@pytest.fixture
def keep_up(qtbot):
    """keep_up(window): wait until the disk holds all that was done."""

    def wait(window):
        seen = []
        window.autosave.kept.connect(seen.append)
        window.document.adjust(commands.update_draft(seed=window.document.state.draft.seed + 1))
        number = window.autosave.number
        qtbot.waitUntil(lambda: bool(seen) and seen[-1] >= number, timeout=TIMEOUT)

    return wait


def sessions() -> list[Path]:
    root = recovery.home()
    return [path for path in root.iterdir() if path.is_dir()] if root.exists() else []


def work_on(window):
    """A bit of everything: strokes, undo, prompts."""
    window.document.adjust(commands.update_draft(query="a zebra", reference="a horse", steps=7))
    for n in range(3):
        window.document.apply(
            commands.paint((10 * n, 5, 20, 20), np.full((20, 20), 200, np.uint8)), f"paint {n}"
        )
    window.document.undo()


def what(window):
    document = window.document
    states = [(entry.text, plain(entry.state)) for entry in document.snapshot().entries]
    return states, document.snapshot().index, plain(document.state)


@pytest.fixture
def crashed(opened, keep_up):
    """What a window was at, whose process is gone: its journal lies there, and nobody holds its lock."""
    work_on(opened)
    keep_up(opened)
    left = what(opened)
    (folder,) = sessions()
    opened.autosave.close(drop=False)  # as the system leaves it, whatever the window does from now on
    return left, folder


@pytest.fixture
def next_start(qtbot, make_window, crashed):
    window = make_window(Jobs())
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    window.recovery.look()
    qtbot.waitUntil(lambda: bool(window.banner.bars), timeout=TIMEOUT)
    return window


def press(qtbot, window, text):
    bar = next(bar for bar in window.banner.bars if "unexpectedly" in bar.text)
    from PySide6.QtWidgets import QPushButton

    button = next(one for one in bar.findChildren(QPushButton) if one.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_everything_is_on_disk_within_a_second_of_it(opened, keep_up):
    work_on(opened)
    keep_up(opened)
    (folder,) = sessions()
    found = read(folder).snapshot(opened.document.state.photo)
    assert plain(found.entries[found.index].state.mask) == plain(opened.document.state.mask)
    assert found.draft == opened.document.state.draft


def test_one_click_restores_all_of_it(qtbot, next_start, crashed):
    left, folder = crashed
    press(qtbot, next_start, "Restore")
    qtbot.waitUntil(lambda: next_start.document.state.photo is not None, timeout=TIMEOUT)
    assert what(next_start) == left
    assert next_start.windowTitle().startswith("square.png")
    next_start.document.redo()
    next_start.document.undo()
    next_start.document.undo()
    assert next_start.document.undo_text == "paint 0"
    qtbot.waitUntil(lambda: not folder.exists(), timeout=TIMEOUT)  # once this window's own holds it
    assert len(sessions()) == 1


@pytest.fixture
def project(qtbot, opened, idle, tmp_path) -> Path:
    """What the picture is saved as before anything else."""
    path = tmp_path / "work.ora"
    opened.files.projects.save_to(path)
    idle(opened)
    assert path.exists()
    return path


def test_a_project_is_offered_by_its_own_name(project, crashed, opened, next_start):
    assert next_start.banner.bars[0].text == "Palimpsest ended unexpectedly while “work.ora” was open."


@pytest.fixture
def restored(qtbot, project, crashed, opened, next_start):
    opened.files.projects.forget()  # its process is gone
    press(qtbot, next_start, "Restore")
    qtbot.waitUntil(lambda: next_start.document.state.photo is not None, timeout=TIMEOUT)
    return next_start


def test_a_project_is_saved_into_again(qtbot, restored, crashed, project, idle):
    assert restored.windowTitle().startswith("work.ora")
    assert restored.isWindowModified()
    restored.files.projects.save()
    idle(restored)
    saved = open_project(project)
    assert plain(saved.state)["mask"] == crashed[0][2]["mask"]
    assert saved.snapshot.draft == restored.document.state.draft
    assert not restored.isWindowModified()


def test_one_that_was_saved_anew_since_is_left_alone(
    qtbot, project, crashed, opened, next_start, monkeypatch
):
    opened.files.projects.forget()  # its process is gone
    project.write_bytes(project.read_bytes() + b"more")
    press(qtbot, next_start, "Restore")
    qtbot.waitUntil(lambda: next_start.document.state.photo is not None, timeout=TIMEOUT)
    assert what(next_start) == crashed[0]
    assert any("saved again since" in bar.text for bar in next_start.banner.bars)
    asked = []
    monkeypatch.setattr(next_start.files.projects, "_ask", asked.append)
    next_start.files.projects.save()
    assert len(asked) == 1


def test_what_waited_and_what_was_to_be_chosen_from_is_offered_too_and_held(
    qtbot, opened, keep_up, make_window
):
    one, two = (order_now(opened.document).with_(group="g", id=new_id()) for _ in range(2))
    drawn = Drawn(one, variant((10, 8, 20, 16), 3))
    opened.document.pending.keep_orders(None, (two,))
    number = opened.autosave.number
    opened.document.pending.keep_choice(Undecided((drawn,), (one.id, two.id), shown=one.id))
    assert opened.autosave.number > number
    keep_up(opened)
    opened.autosave.close(drop=False)
    window = make_window(Jobs())
    with qtbot.waitSignal(window.furnished, timeout=TIMEOUT):
        window.show()
    window.recovery.look()
    qtbot.waitUntil(lambda: bool(window.banner.bars), timeout=TIMEOUT)
    assert "nothing edited yet, 1 to choose from, 1 waiting" in window.banner.bars[0].accessibleName()
    press(qtbot, window, "Restore")
    qtbot.waitUntil(lambda: len(window.runs.queue.waiting) == 1, timeout=TIMEOUT)
    assert window.runs.queue.held
    assert not window.jobs.busy
    strip = window.runs.variants.strip
    assert strip.isVisible()
    assert [strip.list.item(n).data(CELL).drawn for n in range(strip.list.count())] == [True, False]
    window.actions_["queue-clear"].trigger()
    qtbot.waitUntil(lambda: strip.list.count() == 1)


def test_what_is_discarded_is_gone(qtbot, next_start, crashed):
    press(qtbot, next_start, "Discard")
    qtbot.waitUntil(lambda: not crashed[1].exists(), timeout=TIMEOUT)
    assert next_start.document.state.photo is None


def test_who_closes_the_offer_is_asked_again(qtbot, next_start, crashed):
    bar = next(bar for bar in next_start.banner.bars if "unexpectedly" in bar.text)
    bar.close()
    assert [one.session.folder for one in recovery.unfinished(recovery.home())] == [crashed[1]]


def test_a_window_s_own_work_is_not_offered_to_another(opened, keep_up):
    keep_up(opened)
    assert list(recovery.unfinished(recovery.home())) == []
    assert len(sessions()) == 1


def test_a_photo_that_is_gone_comes_from_the_copy(qtbot, next_start, crashed, picture):
    picture.unlink()
    press(qtbot, next_start, "Restore")
    qtbot.waitUntil(lambda: next_start.document.state.photo is not None, timeout=TIMEOUT)
    assert what(next_start) == crashed[0]


def test_damaged_work_is_a_sentence_and_stays(qtbot, next_start, crashed, picture):
    picture.unlink()
    for copy in crashed[1].glob("photo.*"):
        copy.unlink()
    press(qtbot, next_start, "Restore")
    qtbot.waitUntil(
        lambda: any("can't be found" in bar.text for bar in next_start.banner.bars), timeout=TIMEOUT
    )
    assert crashed[1].exists()


def test_closing_leaves_nothing_but_after_a_signal(opened, keep_up):
    keep_up(opened)
    opened.files.ask = lambda _: opened.files.DISCARD
    opened.close()
    assert sessions() == []


def test_a_picture_that_was_closed_is_not_offered_again(qtbot, opened, keep_up, picture):
    work_on(opened)
    keep_up(opened)
    opened.files.ask = lambda _: opened.files.DISCARD
    opened.files.close()
    qtbot.waitUntil(lambda: sessions() == [], timeout=TIMEOUT)
    opened.files.open_path(picture)
    qtbot.waitUntil(lambda: len(sessions()) == 1, timeout=TIMEOUT)


def test_a_signal_keeps_what_no_file_holds_though_it_is_exported(qtbot, opened, keep_up):
    document = opened.document
    document.accept(order_now(document), edit_result(document, (10, 10, 20, 20)), "edit")
    document.mark_exported()
    work_on(opened)
    left = what(opened)
    opened.closing.end()
    qtbot.waitUntil(lambda: not opened.isVisible(), timeout=TIMEOUT)
    (found,) = recovery.unfinished(recovery.home())
    snapshot = found.work.snapshot(opened.document.state.photo)
    assert plain(snapshot.entries[snapshot.index].state.mask) == left[2]["mask"]
    found.session.release()


def test_another_picture_begins_another_journal(qtbot, opened, keep_up, tmp_path, picture):
    keep_up(opened)
    (first,) = sessions()
    other = tmp_path / "other.png"
    other.write_bytes(picture.read_bytes())
    with qtbot.waitSignal(opened.files.opened, timeout=TIMEOUT):
        opened.files.open_path(other)
    keep_up(opened)
    (second,) = sessions()
    assert first != second
    assert json.loads(json.dumps(read(second).source.path)) == str(other)


def test_a_disk_that_refuses_is_said_once_and_work_goes_on(qtbot, opened, keep_up, monkeypatch):
    keep_up(opened)
    failed = []
    opened.autosave.failed.connect(failed.append)

    def refuse(*_):
        raise CoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(opened.autosave._writer._journal, "write", refuse)
        for _ in range(3):
            work_on(opened)
            qtbot.wait(300)
    qtbot.waitUntil(lambda: bool(failed), timeout=TIMEOUT)
    assert len(failed) == 1
    assert sum("not kept" in bar.text for bar in opened.banner.bars) == 1
    work_on(opened)
    keep_up(opened)
    (folder,) = sessions()
    found = read(folder).snapshot(opened.document.state.photo)
    assert plain(found.entries[found.index].state.mask) == plain(opened.document.state.mask)
