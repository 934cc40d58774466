"""Tools → Movie in the real window, on a tiny model: frames arrive, play, stop and go on."""

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from core.document import commands
from editor.flows.many.movie_dialog import MovieDialog

TIMEOUT = 60_000


@pytest.fixture
def dialog(loaded, tmp_path):
    loaded.actions_["movie"].trigger()
    dialog = loaded.findChild(MovieDialog)
    dialog.form.prompts.setPlainText("a square\n\na circle\n")
    dialog.form.seconds.setValue(0.5)
    dialog.form.fps.setValue(6)
    dialog.form.file.setText(str(tmp_path / "m.gif"))
    yield dialog
    if dialog.isVisible():
        dialog.reject()


def test_a_movie_is_made_shown_and_written(qtbot, loaded, dialog, idle, tmp_path):
    assert dialog.says.text() == "4 frames, 0.7 seconds."
    dialog.start.click()
    assert not dialog.start.isEnabled()
    idle(loaded)
    qtbot.waitUntil(lambda: "Written: m.gif. 4 frames" in dialog.says.text(), timeout=TIMEOUT)
    assert dialog.player.count == 4
    assert dialog.player.play.isChecked()
    with Image.open(tmp_path / "m.gif") as image:
        assert image.size == (96, 64)


def test_a_stopped_movie_goes_on(qtbot, loaded, dialog, idle, tmp_path):
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.player.count >= 1, timeout=TIMEOUT)
    dialog.stop.click()
    idle(loaded)
    qtbot.waitUntil(lambda: dialog.start.isEnabled(), timeout=TIMEOUT)
    assert not (tmp_path / "m.gif").exists()
    assert list(tmp_path.glob("m.frames-*/00001.png"))
    dialog.start.click()
    idle(loaded)
    qtbot.waitUntil(lambda: (tmp_path / "m.gif").exists(), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: dialog.player.count == 4, timeout=TIMEOUT)


def test_what_can_t_be_is_said_at_once(dialog, tmp_path):
    for lines, file, said in (
        ("a square", "m.gif", "two prompts"),
        ("a\nb", "m.avi", "can't be written"),
        ("a\na", "m.gif", "the same"),
    ):
        dialog.form.prompts.setPlainText(lines)
        dialog.form.file.setText(str(tmp_path / file))
        assert said in dialog.says.text()
        assert not dialog.start.isEnabled()


def test_a_second_seed_turns_the_noise(qtbot, loaded, tmp_path):
    loaded.document.adjust(commands.update_draft(variation=0.5))  # or nothing would read it
    dialog = loaded.movies.open()
    dialog.form.file.setText(str(tmp_path / "m.gif"))
    assert dialog._movie.to_seed is None
    qtbot.keyClicks(dialog.form.to_seed, "41")
    qtbot.keyClick(dialog.form.to_seed, Qt.Key.Key_Up)
    assert dialog._movie.to_seed == 42
    assert dialog._movie.at(1.0).blend.seed == 42
    dialog.form.to_seed.setText(str(2**63))
    assert "second seed" in dialog.says.text()
    assert not dialog.start.isEnabled()
    dialog.form.to_seed.clear()
    assert dialog._movie.to_seed is None
    dialog.reject()


def test_without_a_picture_the_model_draws_alone(window):
    dialog = window.movies.open()
    dialog.form.prompts.setPlainText("a\nb")
    assert dialog.form.side.isVisible()
    assert dialog.form.movie().size == (512, 512)
    dialog.reject()


def test_a_movie_that_is_there_is_replaced_knowingly(dialog, tmp_path):
    assert dialog.start.text() == "Make Movie"
    (tmp_path / "there.gif").write_bytes(b"an earlier movie")
    dialog.form.file.setText(str(tmp_path / "there.gif"))
    assert dialog.start.text() == "Replace"
    assert "will be replaced" in dialog.says.text()


def test_escape_stops_a_movie_and_then_closes(qtbot, loaded, dialog, idle):
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.player.count >= 1, timeout=TIMEOUT)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    idle(loaded)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=TIMEOUT)
    assert dialog.says.text().startswith("Stopped.")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_form_keeps_what_was_typed_into_it(qtbot, opened):
    opened.document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    first = opened.movies.open()
    first.form.fps.setValue(7)
    first.form.pacing.setCurrentIndex(1)
    first.form.file.setText("other.gif")
    first.reject()
    opened.document.adjust(commands.update_draft(query="a cow"))
    second = opened.movies.open()
    assert (second.form.fps.value(), second.form.pacing.currentIndex()) == (7, 1)
    assert second.form.file.text() == "other.gif"
    assert second.form.prompts.toPlainText() == "a horse\na cow"  # not typed here: the window's
    second.form.prompts.selectAll()
    qtbot.keyClicks(second.form.prompts, "a tree")
    second.reject()
    third = opened.movies.open()
    assert third.form.prompts.toPlainText() == "a tree"
    third.reject()
