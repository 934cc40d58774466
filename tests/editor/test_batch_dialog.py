"""Tools → Batch: the dialog round stand-ins for the processes."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from core.batch.outcome import Outcome
from core.batch.run import Tally
from core.document.commands import update_draft
from core.edit.report import read_recipe
from core.edit.request import EditRequest
from core.photo.photo import Photo
from editor.flows.many import batch_thread
from editor.flows.many.batch_dialog import BatchDialog
from editor.flows.many.batches import Batches
from editor.flows.many.thumbs import of_photo

TIMEOUT = 20_000  # ms
REQUEST = EditRequest(photo="", query="a zebra", reference="a horse")


@pytest.fixture
def batch(qtbot, tmp_path):
    dialog = BatchDialog(lambda: REQUEST)
    dialog.form.pictures.setText(str(tmp_path / "photos"))
    dialog.form.output.setText(str(tmp_path / "out"))
    dialog.show()
    yield dialog
    dialog.end()
    qtbot.waitUntil(lambda: not dialog.running, timeout=TIMEOUT)
    dialog.close()


def works(monkeypatch, edit):
    """Let `edit` stand in for the processes; the (request, workers, quality) that they were asked for."""
    asked = []

    class Workers:
        def run(self, items, stopped):
            for item in items:
                if stopped():
                    return
                yield edit(item)

    def local(*order):
        asked.append(order)
        return Workers()

    monkeypatch.setattr("editor.flows.many.batch_thread.local", local)
    return asked


def photos(folder: Path, n: int) -> None:
    (folder / "photos").mkdir()
    for i in range(n):
        (folder / "photos" / f"{i}.png").write_bytes(bytes([i]))


def test_a_batch_runs_and_lists_what_failed(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 3)
    works(monkeypatch, lambda item: Outcome(item.name, error="It would not." if item.name == "1.png" else ""))
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not batch.running, timeout=TIMEOUT)
    assert batch.says.text() == "2 pictures done, 1 failed."
    assert batch.list.item(0).text() == "1.png: It would not."
    assert (tmp_path / "out" / "batch.csv").exists()


def test_stop_keeps_what_is_done(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 50)

    def slow(item):
        time.sleep(0.05)
        return Outcome(item.name)

    works(monkeypatch, slow)
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: batch.bar.value() > 0, timeout=TIMEOUT)
    assert not batch.start.isEnabled()
    qtbot.mouseClick(batch.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not batch.running, timeout=TIMEOUT)
    assert "Stopped" in batch.says.text()
    assert batch.start.isEnabled()


def test_what_can_not_be_is_said_and_nothing_is_left_running(qtbot, batch, tmp_path):
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not batch.running, timeout=TIMEOUT)
    assert "There is no picture" in batch.says.text()
    batch.form.recipe.setText(str(tmp_path / "nowhere.json"))
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    assert "can't be read" in batch.says.text()
    batch.form.recipe.setText("")
    assert batch.says.text() == "The same edit for every picture: “a zebra”"


def test_rate_and_time_left_are_shown(batch):
    batch._told(Tally(120, 20, 30, 1, 22.4, 185.0, Outcome("a.png", error="Bad.")))
    assert batch.says.text() == "51 of 120 pictures · 22.4 a minute · 3:05 left"


def test_the_recipe_is_saved_for_the_command_line(batch, tmp_path):
    batch.write_recipe(tmp_path / "recipe.json")
    assert read_recipe((tmp_path / "recipe.json").read_bytes()).query == "a zebra"


def run(qtbot, dialog) -> None:
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.running, timeout=TIMEOUT)


def test_the_settings_are_those_of_the_window_when_start_is_pressed(qtbot, document, tmp_path, monkeypatch):
    photos(tmp_path, 1)
    asked = works(monkeypatch, lambda item: Outcome(item.name))
    document.adjust(update_draft(query="a zebra"))
    batches = Batches(document, None)
    dialog = batches.open()
    assert "a zebra" in dialog.says.text()
    document.adjust(update_draft(query="a cow", steps=7))
    assert "a cow" in dialog.says.text()
    dialog.form.pictures.setText(str(tmp_path / "photos"))
    dialog.form.output.setText(str(tmp_path / "out"))
    run(qtbot, dialog)
    ((request, workers, quality),) = asked
    assert (request.query, request.steps, workers, quality) == ("a cow", 7, None, 95)
    document.adjust(update_draft(query="a goat"))
    assert dialog.says.text() == "All 1 pictures are done."
    dialog.write_recipe(tmp_path / "recipe.json")
    assert read_recipe((tmp_path / "recipe.json").read_bytes()).query == "a goat"
    dialog.reject()
    document.adjust(update_draft(query="a hen"))  # nobody follows any more


def test_the_form_is_as_it_was_when_the_dialog_opens_again(document):
    batches = Batches(document, None)
    form = batches.open().form
    for field, text in zip((form.pictures, form.output, form.masks, form.recipe), "abcd", strict=True):
        field.setText(text)
    form.workers.setValue(3)
    form.quality.setValue(60)
    batches.open().reject()
    again = batches.open()
    assert again.form is not form
    assert again.form.typed() == (("a", "b", "c", "d"), (3, 60))
    again.reject()


def test_masks_and_quality_reach_the_work(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 2)
    seen = []
    asked = works(monkeypatch, lambda item: seen.append(item.mask) or Outcome(item.name))
    batch.form.masks.setText(str(tmp_path / "masks"))
    batch.form.quality.setValue(60)
    batch.form.workers.setValue(3)
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    assert not batch.running
    assert "There is no folder" in batch.says.text()
    (tmp_path / "masks").mkdir()
    run(qtbot, batch)
    assert seen == [tmp_path / "masks" / "0.png", tmp_path / "masks" / "1.png"]
    assert asked[0][1:] == (3, 60)
    assert '"quality":null' in (tmp_path / "out" / "batch.jsonl").read_text()  # PNGs have none


def test_a_lossy_picture_is_done_again_at_another_quality(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 1)
    (tmp_path / "photos" / "0.png").rename(tmp_path / "photos" / "0.jpg")
    done = []

    def edit(item):
        Image.new("RGB", (8, 8)).save(item.output)
        return done.append(item.name) or Outcome(item.name)

    works(monkeypatch, edit)
    for quality in (90, 90, 60):
        batch.form.quality.setValue(quality)
        run(qtbot, batch)
    assert done == ["0.jpg"] * 2


def test_a_recipe_is_never_written_over(qtbot, batch, tmp_path):
    photos(tmp_path, 1)
    (tmp_path / "out").mkdir()
    recipe = tmp_path / "out" / "batch.json"
    recipe.write_bytes(REQUEST.to_json())
    batch.form.recipe.setText(str(recipe))
    run(qtbot, batch)
    assert "would replace the recipe" in batch.says.text()
    assert recipe.read_bytes() == REQUEST.to_json()


def test_a_recipe_with_a_painted_mask_says_that_regions_are_found(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 1)
    works(monkeypatch, lambda item: Outcome(item.name, notices=("It is dark.",)))
    (tmp_path / "r.json").write_bytes(REQUEST.with_(mask="0" * 64).to_json())
    batch.form.recipe.setText(str(tmp_path / "r.json"))
    run(qtbot, batch)
    assert not batch.unlisted.isVisible()
    assert "painted mask" in batch.list.item(0).text()
    assert batch.list.item(1).text() == "0.png: It is dark."


def draws(item) -> Outcome:
    """A picture of 900 × 600 in the tone of its number."""
    tone = 40 + 10 * int(Path(item.name).stem)
    Image.new("RGB", (900, 600), (tone, 0, 0)).save(item.output)
    return Outcome(item.name)


def test_the_picture_finished_last_is_shown_small_by_its_thread(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 12)
    works(monkeypatch, draws)
    threads, original = set(), batch_thread.of_photo

    def watched(photo, longest):
        threads.add(threading.current_thread() is threading.main_thread())
        return original(photo, longest)

    monkeypatch.setattr(batch_thread, "of_photo", watched)
    batch.form.pictures.setText(str(tmp_path / "photos" / "*.png"))
    assert batch.empty.isVisible()
    run(qtbot, batch)
    assert not batch.empty.isVisible()
    assert batch.unlisted.isVisible()  # nothing failed
    last = sorted(f"{i}.png" for i in range(12))[-1]
    assert batch.caption.text() == last
    image = batch.picture._pixmap.toImage()
    assert (image.width(), image.height()) == (512, 341)
    assert image.pixelColor(9, 9).red() == 40 + 10 * int(Path(last).stem)
    assert threads == {False}


def test_a_result_that_can_not_be_read_is_not_shown(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 1)
    works(monkeypatch, lambda item: item.output.write_bytes(b"no picture") and Outcome(item.name))
    run(qtbot, batch)
    assert batch.says.text() == "All 1 pictures are done."
    assert batch.picture._pixmap.isNull()


def test_a_transparent_picture_stays_so_in_small():
    alpha = np.zeros((600, 900), np.uint8)
    alpha[:, :450] = 255
    image = of_photo(Photo(np.full((600, 900, 3), 90, np.uint8), alpha=alpha), 90)
    assert (image.width(), image.height()) == (90, 60)
    assert image.pixelColor(5, 5).getRgb() == (90, 90, 90, 255)
    assert image.pixelColor(85, 5).alpha() == 0


def test_escape_stops_a_batch_and_then_closes(qtbot, batch, tmp_path, monkeypatch):
    photos(tmp_path, 50)
    works(monkeypatch, lambda item: time.sleep(0.05) or Outcome(item.name))
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: batch.bar.value() > 0, timeout=TIMEOUT)
    qtbot.keyClick(batch, Qt.Key.Key_Escape)
    assert batch.isVisible()
    qtbot.waitUntil(lambda: not batch.running, timeout=TIMEOUT)
    assert "Stopped" in batch.says.text()
    qtbot.keyClick(batch, Qt.Key.Key_Escape)
    assert not batch.isVisible()
