"""Tools → Movie: the dialog round a stand-in engine; what can't be made, what was noticed, whose colours."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor

from core.diffusion.solver import Solver
from core.document.commands import update_draft
from core.edit.method import Method
from core.edit.progress import Cancel, Progress, Stage
from core.edit.request import EditRequest
from editor.document.document import Document
from editor.flows.many.movie_dialog import MovieDialog
from editor.flows.many.movies import Movies
from tests.core.test_movie import swapped
from tests.editor.conftest import HEIGHT, WIDTH, edit_result, order_now

TIMEOUT = 20_000  # ms
ICC = swapped()  # by which red is green; made once: it holds the time
RED = (250, 10, 10)


class Engine:
    """Draws every frame red; `go`, while it is cleared, holds each back."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.notices: tuple[str, ...] = ()
        self.previews = 1
        self.began, self.go = threading.Event(), threading.Event()
        self.go.set()

    def load(self, model, device):
        pass

    def tokens(self, texts, style):
        return ()

    def run(self, request: EditRequest, pixels, mask, on_progress, cancel: Cancel):
        for i in range(self.previews):
            on_progress(Progress(Stage.DECODING, i, 9, preview=np.full((40, 64, 3), RED, np.uint8)))
        self.began.set()
        assert self.go.wait(TIMEOUT / 1000)
        return replace(edit_result(self._document, (0, 0, WIDTH, HEIGHT), RED), notices=self.notices)


@pytest.fixture
def engine(document) -> Engine:
    return Engine(document)


@pytest.fixture
def make_dialog(document, jobs, photo, tmp_path):
    """make_dialog(**of the photo) → the dialog that the menu opens; no mask is looked for.

    edited: with a layer over the photo
    """
    opened = []

    def make(*, edited=False, **changes) -> MovieDialog:
        document.open(replace(photo, **changes))
        if edited:
            document.accept(order_now(document), edit_result(document, (10, 10, 40, 30)), "a circle")
        document.adjust(
            update_draft(
                reference="a square",
                query="a circle",
                method=Method.ENCODE_DECODE,
                solver=Solver.DPM,
                variation=0,
                model=str(tmp_path / "nothing"),
            )
        )
        dialog = Movies(document, jobs, None).open()
        dialog.form.seconds.setValue(0.5)
        dialog.form.fps.setValue(4)
        dialog.form.file.setText(str(tmp_path / "m.apng"))
        opened.append(dialog)
        return dialog

    yield make
    for dialog in opened:
        dialog.reject()


def made(qtbot, dialog, jobs) -> None:
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        dialog.start.click()
    qtbot.waitUntil(lambda: not jobs.busy, timeout=TIMEOUT)


def test_frames_keep_the_photo_s_profile_and_transparency(qtbot, make_dialog, jobs, tmp_path):
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:9] = 0
    dialog = make_dialog(icc=ICC, alpha=alpha)
    made(qtbot, dialog, jobs)
    with Image.open(tmp_path / "m.apng") as image:
        assert image.info["icc_profile"] == ICC
        frame = np.array(image.convert("RGBA"))
    assert np.array_equal(frame[..., 3], alpha)
    assert tuple(frame[50, 50, :3]) == RED


def test_the_dialog_shows_frames_in_the_colours_that_they_mean(qtbot, make_dialog, jobs):
    dialog = make_dialog(icc=ICC)
    made(qtbot, dialog, jobs)
    color = QColor(dialog.player._frames[0][1].toImage().pixel(9, 9))
    assert color.green() > 200 > 60 > max(color.red(), color.blue())


def test_the_picture_is_made_whole_in_the_worker_s_thread(qtbot, make_dialog, jobs, made_whole):
    made(qtbot, make_dialog(edited=True), jobs)
    assert made_whole == ["engine"]


def test_what_is_lost_is_said_before_anything_is_drawn(make_dialog, tmp_path):
    dialog = make_dialog(alpha=np.zeros((HEIGHT, WIDTH), np.uint8))
    assert "transparent" not in dialog.says.text()
    dialog.form.file.setText(str(tmp_path / "m.gif"))
    assert dialog.says.text().startswith("3 frames")
    assert "a GIF movie isn't" in dialog.says.text()
    assert dialog.start.isEnabled()


def test_what_was_noticed_is_said_at_the_end(qtbot, make_dialog, jobs, engine):
    engine.notices = ("Half precision overflowed.",)
    dialog = make_dialog()
    assert dialog.empty.isVisible()
    made(qtbot, dialog, jobs)
    assert dialog.says.text().startswith("Written: m.apng. 3 frames")
    assert dialog.says.text().count("Half precision overflowed.") == 1
    assert not dialog.empty.isVisible()


def refused(dialog, said: str) -> bool:
    return said in dialog.says.text() and not dialog.start.isEnabled() and dialog._movie is None


def test_a_gif_that_is_too_fast_is_refused_while_it_is_set(make_dialog, tmp_path):
    dialog = make_dialog()
    dialog.form.fps.setValue(60)
    assert dialog.start.isEnabled()
    dialog.form.file.setText(str(tmp_path / "m.gif"))
    assert refused(dialog, "at most 50 frames a second")
    dialog.form.fps.setValue(50)
    assert dialog.start.isEnabled()


def test_a_second_seed_that_nothing_reads_is_refused_while_it_is_set(make_dialog):
    dialog = make_dialog()
    dialog.form.to_seed.setText("7")
    assert refused(dialog, "would change nothing")
    dialog.form.to_seed.clear()
    assert dialog.start.isEnabled()


def test_a_photo_too_large_for_the_kind_of_movie_is_refused_while_it_is_set(make_dialog, tmp_path):
    dialog = make_dialog(pixels=np.zeros((8, 16_392, 3), np.uint8))
    assert dialog.start.isEnabled()
    dialog.form.file.setText(str(tmp_path / "m.mp4"))
    assert refused(dialog, "at most 16384 pixels")


def test_frames_are_made_small_by_the_worker(qtbot, make_dialog, jobs, monkeypatch):
    threads, thumbnail = set(), Image.Image.thumbnail

    def watched(self, size, *args, **options):
        if size == (512, 512):
            threads.add(threading.current_thread() is threading.main_thread())
        thumbnail(self, size, *args, **options)

    monkeypatch.setattr(Image.Image, "thumbnail", watched)
    dialog = make_dialog()
    shapes, add = [], dialog.player.add
    monkeypatch.setattr(dialog.player, "add", lambda at, small: (shapes.append(small.shape), add(at, small)))
    made(qtbot, dialog, jobs)
    assert threads == {False}
    assert shapes == [(320, 512, 3)] * 3


def test_a_window_that_is_slow_gets_the_latest_and_no_queue(qtbot, make_dialog, jobs, engine, monkeypatch):
    dialog = make_dialog()
    engine.previews = 50
    engine.go.clear()
    rung, shown = [], []
    jobs.told.connect(rung.append)
    monkeypatch.setattr(dialog.player, "preview", shown.append)
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        dialog.start.click()
        assert engine.began.wait(TIMEOUT / 1000)  # the window doesn't look meanwhile
        qtbot.waitUntil(lambda: bool(shown), timeout=TIMEOUT)
        assert (len(rung), len(shown)) == (1, 1)
        engine.previews = 1
        engine.go.set()
    assert dialog.player.count == 3


def test_a_stop_that_comes_too_late_takes_nothing_back(qtbot, make_dialog, jobs, engine, tmp_path):
    dialog = make_dialog()
    engine.go.clear()
    with qtbot.waitSignal(jobs.ended, timeout=TIMEOUT):
        dialog.start.click()
        assert engine.began.wait(TIMEOUT / 1000)
        dialog.stop.click()  # this engine doesn't heed it: all was drawn already
        engine.go.set()
    assert (tmp_path / "m.apng").exists()
    assert dialog.says.text().startswith("Written: m.apng")


def test_a_movie_from_the_model_alone_has_no_look(qtbot, jobs, tmp_path):
    dialog = Movies(Document(), jobs, None).open()
    dialog.form.prompts.setPlainText("a\nb")
    dialog.form.file.setText(str(tmp_path / "m.gif"))
    dialog.form.to_seed.setText("7")  # the noise is all that there is: it is read
    assert dialog.start.isEnabled()
    assert dialog._look.icc is dialog._look.alpha is None
    dialog.reject()
