"""Leaving in the middle of work: a movie, a grid or a batch, and an edit that was stopped half-way."""

import threading

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from core.batch.outcome import Outcome
from core.photo.files.open import open_photo
from editor.banner import Kind
from editor.flows.files.unfiled import quitting
from tests.editor.window.conftest import TIMEOUT

MOVIE = "A movie is being made. Quitting stops it; made again, it goes on from its finished frames."
GRID = "A grid is being drawn. Quitting loses its cells; stop it first to save them as a sheet."
BATCH = "A batch is at its pictures. Quitting stops it; started again, it goes on with what is left."
HALTED = "An edit was stopped half-way, and is neither kept nor dropped; a project keeps it."
SEED = 7  # the colour that the stand-in draws in


@pytest.fixture
def asked(standing_in):
    """What was asked; the answer is to stay."""
    return answered(standing_in, standing_in.files.SAVE.Cancel)


def answered(window, answer):
    asked = []
    window.files.ask = lambda text: (asked.append(text), answer)[1]
    return asked


def make_movie(window, told, tmp_path):
    (told / "waits").touch()
    dialog = window.movies.open()
    dialog.form.file.setText(str(tmp_path / "m.gif"))
    dialog.begin()
    return dialog


def draw_grid(window, told, _):
    (told / "waits").touch()
    dialog = window.grids.open()
    dialog.columns.values.setText("2, 6")
    dialog.begin()
    return dialog


def run_batch(window, told, tmp_path):
    dialog = window.batches.open()
    (tmp_path / "photos").mkdir()
    for name in "ab":
        (tmp_path / "photos" / f"{name}.png").touch()
    dialog.form.pictures.setText(str(tmp_path / "photos"))
    dialog.form.output.setText(str(tmp_path / "out"))
    dialog.begin()
    return dialog


@pytest.fixture
def held_up(monkeypatch):
    """A batch is at its first picture until it is told to stop."""
    gone = threading.Event()

    class Workers:
        def run(self, items, stopped):
            while not stopped():
                gone.wait(0.01)
            yield from (Outcome(item.name) for item in items[:0])

    monkeypatch.setattr("editor.flows.many.batch_thread.local", lambda *_: Workers())
    return gone


@pytest.mark.parametrize(
    ("begin", "said"),
    [(make_movie, MOVIE), (draw_grid, GRID), (run_batch, BATCH)],
    ids=["movie", "grid", "batch"],
)
def test_quitting_names_what_is_being_made_and_leaving_the_picture_does_not(
    qtbot, standing_in, told, asked, idle, tmp_path, held_up, begin, said
):
    dialog = begin(standing_in, told, tmp_path)
    assert dialog.running, dialog.says.text()
    standing_in.close()
    assert asked == [said]
    assert standing_in.isVisible()
    assert dialog.running
    standing_in.files.close()  # it goes on
    assert asked == [said]
    assert dialog.running
    asked = answered(standing_in, standing_in.files.DISCARD)
    with qtbot.waitSignal(standing_in.closed, timeout=TIMEOUT):
        standing_in.close()
    assert asked == [said]
    assert standing_in.quiet


def test_work_and_a_movie_are_one_question_and_a_stopped_movie_is_none(
    qtbot, standing_in, told, asked, idle, tmp_path
):
    standing_in.actions_["repaint"].trigger()
    idle(standing_in)
    edits = "The edits of this picture and the mask that you made are in no file yet."
    standing_in.close()
    (edits,) = asked
    dialog = make_movie(standing_in, told, tmp_path)
    standing_in.close()
    assert asked[1:] == [f"{edits}\n\n{MOVIE}"]
    dialog.stop.click()
    standing_in.close()
    assert asked[2:] == [edits]
    idle(standing_in)


def test_what_only_quitting_stops_can_not_be_saved(qtbot, window):
    box = quitting(MOVIE, window)
    qtbot.addWidget(box)
    assert {button.text() for button in box.buttons()} == {"&Quit", "Cancel"}
    assert box.defaultButton().text() == "Cancel"
    box.button(window.files.DISCARD).click()
    assert box.standardButton(box.clickedButton()) == window.files.DISCARD


@pytest.fixture
def halted(qtbot, standing_in, told, idle):
    """An edit was stopped, and Keep and Drop are asked for."""
    (told / "waits").touch()
    with qtbot.waitSignal(standing_in.jobs.progressed, timeout=TIMEOUT):
        standing_in.actions_["repaint"].trigger()
    qtbot.waitUntil(lambda: standing_in.runs.steps.last is not None, timeout=TIMEOUT)
    standing_in.actions_["stop"].trigger()
    idle(standing_in)
    (told / "waits").unlink()
    assert questions(standing_in)
    assert not standing_in.document.state.layers
    return standing_in


def questions(window):
    return [bar.text for bar in window.banner.bars if bar.kind is Kind.QUESTION]


def is_drawn(window):
    return [layer.variant.request.seed for layer in window.document.state.layers] == [SEED]


def test_leaving_while_keep_and_drop_are_asked_for_asks_about_it(halted, asked):
    assert halted.isWindowModified()
    halted.close()
    halted.files.close()
    assert asked == [HALTED, HALTED]
    assert questions(halted)
    next(bar for bar in halted.banner.bars if bar.kind is Kind.QUESTION).findChildren(QPushButton)[1].click()
    assert not halted.isWindowModified()
    halted.files.close()
    assert len(asked) == 2
    assert halted.document.state.photo is None


def test_a_project_keeps_it_as_a_layer(qtbot, halted, tmp_path, monkeypatch):
    path = tmp_path / "work.ora"
    monkeypatch.setattr(halted.files.projects, "_ask", lambda _: path)
    asked = answered(halted, halted.files.SAVE)
    with qtbot.waitSignal(halted.closed, timeout=TIMEOUT):
        halted.close()
    assert asked == [HALTED]
    assert is_drawn(halted)
    assert path.is_file()


def test_an_export_takes_what_is_seen(halted, idle, tmp_path):
    before, path = halted.document.state.photo.pixels, tmp_path / "out.png"
    halted.files.exports.export_to(path, 90)
    idle(halted)
    written = open_photo(path).pixels
    assert (written != before).any()
    assert (written == halted.document.composite.whole()).all()
    assert is_drawn(halted)
    assert not questions(halted)
    halted.document.undo()
    assert (halted.document.composite.whole() == before).all()


def test_until_it_is_decoded_an_export_waits_for_it(qtbot, standing_in, told, idle, tmp_path):
    path, there = tmp_path / "out.png", []

    def export(_):
        standing_in.files.exports.export_to(path, 90)
        there.append(standing_in.document.state.layers)

    standing_in.jobs.stopped.connect(export)
    (told / "waits").touch()
    with qtbot.waitSignal(standing_in.jobs.progressed, timeout=TIMEOUT):
        standing_in.actions_["repaint"].trigger()
    standing_in.actions_["stop"].trigger()
    qtbot.waitUntil(path.exists, timeout=TIMEOUT)
    idle(standing_in)
    assert there == [()]
    assert np.array_equal(open_photo(path).pixels, standing_in.document.composite.whole())
    assert is_drawn(standing_in)


def test_the_end_asks_nothing_and_keeps_it(qtbot, halted, asked):
    with qtbot.waitSignal(halted.closed, timeout=TIMEOUT):
        halted.closing.end()
    assert asked == []
    assert is_drawn(halted)
