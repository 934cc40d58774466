"""Pictures and masks in and out of the window."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import QBuffer, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox, QPushButton

from core.document import commands, layer_commands
from core.edit.carried.read import generation_in
from core.edit.method import Method
from core.edit.report import carried
from core.photo.deep import Deep
from core.photo.files import xmp
from core.photo.files.export import export_photo
from core.photo.files.open import open_photo
from core.photo.photo import Photo
from editor.banner import Kind
from editor.document.filed import Lack
from editor.flows.files.export_dialog import ExportDialog
from editor.flows.files.samples import WORDS, samples
from editor.flows.files.unfiled import question, what_is_lost
from resources.starter.world import captions, sample
from tests.editor.conftest import edit_result, entering, order_now

EDITS = "The edits of this picture are in no file yet."
EXPORTED = "The picture is exported. Its layers and their settings are in no file yet."
EXPORTED_WITH_MASK = (
    "The picture is exported. Its layers, their settings and the mask that you made are in no file yet."
)
MASK = "The mask that you made is in no file yet."
BOTH = "The edits of this picture and the mask that you made are in no file yet."


@pytest.fixture
def edited(opened):
    """The window with an edit that no file holds."""
    result = edit_result(opened.document, (10, 10, 20, 20))
    opened.document.accept(order_now(opened.document), result, "edit")
    assert opened.document.modified
    return opened


def texts(window):
    return [bar.text for bar in window.banner.bars]


def answer(window, choice, asked=None):
    """Answer the question about unsaved work, and note that it was asked."""

    def ask(text):
        if asked is not None:
            asked.append(text)
        return choice

    window.files.ask = ask


def test_opening_shows_the_picture_and_remembers_it(opened, picture, store):
    assert opened.document.composite.whole().shape == (64, 96, 3)
    assert "square.png" in opened.windowTitle()
    assert store.settings.recent == (str(picture),)
    assert opened.actions_["repaint"].isEnabled()


def test_a_file_that_is_no_picture_is_a_sentence_and_the_open_one_stays(opened, idle, tmp_path):
    before = opened.document.composite.whole()
    (tmp_path / "notes.png").write_text("no picture")
    opened.files.open_path(tmp_path / "notes.png")
    idle(opened)
    (bar,) = opened.banner.bars
    assert bar.kind is Kind.ERROR
    assert opened.document.composite.whole() is before


def test_samples_are_not_among_the_recent_files(qtbot, window, idle, store):
    window.files.open_sample()
    idle(window)
    assert window.files.sample
    assert store.settings.recent == ()


def test_dropped_files_open(qtbot, opened, idle, tmp_path):
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("red.png", "other.png")])
    let_go(opened.canvas, data)
    idle(opened)
    assert opened.document.composite.whole().shape == (30, 40, 3)
    assert texts(opened) == ["Only the first of the dropped files was opened."]


def let_go(canvas, data):
    """Drag and drop, as the window system sends it; False when the canvas refuses it."""
    enter, at = entering(QPointF(9, 9), data), QPointF(9, 9)
    enter.ignore()
    QApplication.sendEvent(canvas, enter)
    if enter.isAccepted():
        copies, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(canvas, QDropEvent(at, copies, data, Qt.MouseButton.LeftButton, keys))
    return enter.isAccepted()


def browser(kind) -> QMimeData:
    """What browsers hold out while a picture is dragged: 8 × 6 pixels of red."""
    data, image = QMimeData(), QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    buffer = QBuffer()
    image.save(buffer, "PNG")
    address = "data:image/png;base64," + buffer.data().toBase64().toStdString()
    data.setUrls([QUrl("https://example.org/page.html")])
    match kind:
        case "beside its address":
            data.setImageData(image)
        case "in the page":
            data.setHtml(f'<meta charset="utf-8"><img alt="" src="{address}">')
        case "as its address":
            data.setUrls([QUrl(address)])
        case "as text":
            data = QMimeData()
            data.setText(address)
        case "percent":
            body = "".join(f"%{byte:02X}" for byte in buffer.data().data())
            data.setUrls([QUrl("data:image/png," + body)])
    return data


@pytest.mark.parametrize("way", ["dropped", "pasted"])
def test_a_picture_from_a_browser_opens(opened, idle, way):
    for kind in ("beside its address", "in the page", "as its address", "as text", "percent"):
        before = opened.document.state.photo
        if way == "dropped":
            assert let_go(opened.canvas, browser(kind))
        else:
            QGuiApplication.clipboard().setMimeData(browser(kind))
            opened.actions_["paste"].trigger()
            QGuiApplication.clipboard().clear()
        idle(opened)
        assert opened.document.state.photo is not before, kind
        assert opened.document.composite.whole().shape == (6, 8, 3)
        assert (opened.document.composite.whole() == (255, 0, 0)).all()
        assert texts(opened) == []


def test_what_would_have_to_be_fetched_is_refused_while_it_hovers(opened):
    assert not let_go(opened.canvas, browser("nothing but an address"))
    text = QMimeData()
    text.setText("see data:image/png;base64,AAAA there")
    assert not let_go(opened.canvas, text)


def test_a_broken_picture_that_is_dropped_is_told(opened, idle):
    before, data = opened.document.composite.whole(), QMimeData()
    data.setUrls([QUrl("data:image/png;base64,AAAA")])
    assert let_go(opened.canvas, data)
    idle(opened)
    assert [bar.kind for bar in opened.banner.bars] == [Kind.ERROR]
    assert opened.document.composite.whole() is before


def test_only_an_edited_picture_says_that_a_model_made_a_part_of_it(opened, idle, make_result, tmp_path):
    plain, edited = tmp_path / "plain.png", tmp_path / "edited.png"
    opened.files.exports.export_to(plain, 90)
    idle(opened)
    document = opened.document
    document.accept(order_now(document), make_result(document, (4, 4, 8, 8)), "a circle")
    opened.files.exports.export_to(edited, 90)
    idle(opened)
    assert xmp.COMPOSITE.encode() not in (open_photo(plain).xmp or b"")
    assert xmp.COMPOSITE.encode() in (open_photo(edited).xmp or b"")


def test_an_export_is_the_picture_and_no_project(edited, idle, tmp_path):
    path = tmp_path / "out.png"
    edited.files.exports.export_to(path, 90)
    idle(edited)
    assert (np.asarray(Image.open(path)) == edited.document.composite.whole()).all()
    assert texts(edited) == ["Exported: out.png"]
    assert edited.isWindowModified()
    asked = []
    answer(edited, None, asked)
    edited.close()
    assert edited.isVisible()
    edited.document.apply(commands.paint((4, 4, 9, 9), np.full((9, 9), 255, np.uint8)), "stroke")
    edited.actions_["close"].trigger()
    edited.files.open_sample()
    assert asked == [EXPORTED, EXPORTED_WITH_MASK, EXPORTED_WITH_MASK]
    assert edited.document.state.layers


def test_export_again_writes_the_same_file(edited, idle, tmp_path):
    path = tmp_path / "out.png"
    edited.files.exports.export_to(path, 90)
    idle(edited)
    edited.actions_["layer-show"].trigger()
    edited.actions_["export-again"].trigger()
    idle(edited)
    assert (np.asarray(Image.open(path)) == edited.document.state.photo.pixels).all()


def test_an_edit_made_while_the_disk_was_busy_is_not_taken_for_saved(edited, idle, tmp_path):
    edited.files.exports.export_to(tmp_path / "out.png", 90)
    result = edit_result(edited.document, (40, 10, 20, 20), (0, 250, 0))
    edited.document.accept(order_now(edited.document), result, "edit")
    idle(edited)
    assert not edited.document.lacks.exported


def test_an_export_that_fails_is_a_sentence_and_nothing_counts_as_exported(edited, idle, tmp_path):
    edited.files.exports.export_to(tmp_path / "nowhere" / "out.png", 90)
    idle(edited)
    assert edited.banner.bars[0].kind is Kind.ERROR
    assert not edited.document.lacks.exported


def test_edits_that_wait_are_told_beside_what_else_is_lost():
    waiting = what_is_lost(Lack(orders=True))
    assert waiting == "Edits of this picture wait in the queue; a project keeps them."
    assert what_is_lost(Lack(layers=True)) == EDITS
    both = what_is_lost(Lack(layers=True, orders=True))
    assert both == f"{EDITS} Edits wait in the queue, too; a project keeps them."
    drawing = what_is_lost(Lack(layers=True, drawing=True))
    assert drawing == f"{EDITS} An edit is being drawn, too; a project keeps it in its queue."
    all_ = what_is_lost(Lack(layers=True, orders=True, drawing=True))
    assert all_ == f"{EDITS} An edit is being drawn, and others wait in the queue; a project keeps them."


def test_opening_asks_about_unsaved_edits(edited, idle, tmp_path):
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    asked = []
    answer(edited, None, asked)
    edited.files.open_path(tmp_path / "red.png")
    idle(edited)
    assert asked == [EDITS]
    assert edited.document.composite.whole().shape == (64, 96, 3)
    answer(edited, edited.files.DISCARD)
    edited.files.open_path(tmp_path / "red.png")
    idle(edited)
    assert edited.document.composite.whole().shape == (30, 40, 3)


def test_closing_asks_and_cancel_stays(qtbot, edited):
    asked = []
    answer(edited, None, asked)
    edited.close()
    assert asked == [EDITS]
    assert edited.isVisible()


def test_a_picture_that_nothing_was_done_to_goes_unasked_and_leaves_an_empty_window(
    opened, idle, picture, tmp_path
):
    opened.files.ask = pytest.fail
    close = opened.actions_["close"]
    opened.files.exports.export_to(tmp_path / "out.png", 90)
    idle(opened)
    zoom = opened.status.zoom.text()
    close.trigger()
    assert opened.isVisible()
    assert opened.document.state.photo is None
    offers = [button.text() for button in opened.canvas.empty.findChildren(QPushButton) if button.isVisible()]
    assert offers[:2] == ["&Open…", "Try a &Sample"]
    assert (opened.windowTitle(), opened.isWindowModified(), texts(opened)) == ("Palimpsest", False, [])
    assert opened.status.zoom.text() != zoom
    assert not close.isEnabled()
    assert "no picture is open" in close.toolTip()
    opened.files.open_path(picture)
    idle(opened)
    assert close.isEnabled()
    assert "no picture" not in close.toolTip()
    assert opened.status.zoom.text() == zoom


def test_the_question_names_what_its_buttons_do(qtbot, edited):
    box = question(EDITS, edited)
    qtbot.addWidget(box)
    assert {button.text() for button in box.buttons()} == {"&Save Project", "&Don't Save", "Cancel"}
    assert box.defaultButton().text() == "&Save Project"
    box.button(edited.files.DISCARD).click()
    assert box.standardButton(box.clickedButton()) == edited.files.DISCARD


def test_closing_by_saving_writes_first_and_then_closes(qtbot, edited, tmp_path, monkeypatch):
    path = tmp_path / "out.ora"
    monkeypatch.setattr(edited.files.projects, "_ask", lambda _: path)
    answer(edited, edited.files.SAVE)
    edited.close()
    qtbot.waitUntil(lambda: not edited.isVisible(), timeout=60_000)
    assert path.is_file()


def test_closing_asks_about_a_painted_mask_until_a_file_holds_it(qtbot, opened, idle, tmp_path, monkeypatch):
    asked = []
    answer(opened, None, asked)
    opened.document.apply(commands.paint((4, 4, 9, 9), np.full((9, 9), 255, np.uint8)), "stroke")
    opened.close()
    assert asked == [MASK]
    assert opened.isVisible()
    opened.document.undo()
    assert opened.files.safe
    opened.document.redo()
    assert not opened.files.safe
    path = tmp_path / "mask.png"
    opened.masks.save_to(path)
    qtbot.waitUntil(lambda: opened.files.safe, timeout=60_000)
    assert np.count_nonzero(np.asarray(Image.open(path))) == 81
    opened.close()
    assert asked == [MASK]


def test_a_mask_that_an_edit_was_made_with_may_go_but_not_further_strokes(edited):
    document = edited.document
    document.apply(commands.paint((4, 4, 9, 9), np.full((9, 9), 255, np.uint8)), "stroke")
    asked = []
    answer(edited, None, asked)
    edited.files.leave(pytest.fail)
    document.accept(order_now(document), edit_result(document, (4, 4, 9, 9)), "edit")
    edited.files.leave(pytest.fail)
    assert asked == [BOTH, EDITS]
    document.undo()  # the edit is gone, and with it what held the strokes
    edited.files.leave(pytest.fail)
    document.redo()
    document.apply(commands.erase((4, 4, 2, 2), np.full((2, 2), 255, np.uint8)), "stroke")
    document.apply(commands.invert_mask(), "Invert mask")
    edited.files.leave(pytest.fail)
    assert asked[2:] == [BOTH, BOTH]


def test_an_edit_of_the_whole_picture_uses_no_mask(edited):
    document = edited.document
    document.apply(commands.paint((4, 4, 9, 9), np.full((9, 9), 255, np.uint8)), "stroke")
    result = edit_result(document, (0, 0, 96, 64))
    whole = replace(result, request=result.request.with_(method=Method.SDEDIT))
    document.adjust(commands.update_draft(method=Method.SDEDIT))
    document.accept(order_now(document), whole, "edit")
    assert document.lacks.mask


def test_strokes_that_were_erased_again_are_nothing_to_lose(opened):
    dab = np.full((9, 9), 255, np.uint8)
    opened.document.apply(commands.paint((4, 4, 9, 9), dab), "stroke")
    assert not opened.files.safe
    opened.document.apply(commands.erase((4, 4, 9, 9), dab), "stroke")
    assert opened.files.safe


def test_a_found_mask_and_an_imported_one_are_no_work_to_lose(opened, idle, heat, tmp_path):
    opened.document.apply(commands.set_heat(heat), "Find")
    assert opened.files.safe
    Image.new("L", (96, 64), 255).save(tmp_path / "mask.png")
    opened.masks.load_from(tmp_path / "mask.png")
    idle(opened)
    assert not opened.document.state.mask.strokes.added.is_empty
    assert opened.files.safe


def test_copy_and_paste_keep_every_pixel(opened, idle):
    pixels = opened.document.composite.whole()
    opened.actions_["copy"].trigger()
    idle(opened)
    opened.actions_["paste"].trigger()
    idle(opened)
    assert (opened.document.composite.whole() == pixels).all()
    assert opened.document.state.photo.name == ""
    assert opened.document.composite.whole() is not pixels


def test_pasting_a_file_opens_it_and_nothing_is_told(opened, idle, picture):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture))])
    QGuiApplication.clipboard().setMimeData(data)
    opened.files.paste()
    idle(opened)
    assert opened.document.state.photo.name == "square.png"
    QGuiApplication.clipboard().clear()
    opened.files.paste()
    assert texts(opened) == ["There is no picture on the clipboard."]


def test_a_mask_comes_back_as_it_was_written(opened, idle, tmp_path):
    mask = np.random.default_rng(1).integers(0, 256, (64, 96), np.uint8)
    opened.document.apply(commands.import_mask(mask), "mask")
    opened.masks.save_to(tmp_path / "mask.png")
    idle(opened)
    opened.actions_["clear"].trigger()
    opened.masks.load_from(tmp_path / "mask.png")
    idle(opened)
    assert (opened.document.state.mask.array() == mask).all()


def holed(path: Path) -> np.ndarray:
    """A photo with a hole where it is to be repainted, as ComfyUI keeps a mask; the mask."""
    pixels = np.random.default_rng(1).integers(0, 256, (64, 96, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[10:20, 30:50, 3] = 0
    Image.fromarray(pixels).save(path)
    return 255 - pixels[..., 3]


def press(monkeypatch, words: str) -> list[str]:
    """Press the button of these words in the next question; what there is to press, the default first."""
    seen = []

    def exec_(box):
        buttons = {button.text(): button for button in box.buttons()}
        seen[:] = [box.defaultButton().text(), *buttons]
        buttons[words].click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    return seen


def test_a_photo_given_for_a_mask_is_asked_about_and_its_hole_offered(opened, idle, tmp_path, monkeypatch):
    hole = holed(tmp_path / "m.png")
    seen = press(monkeypatch, "Where it is transparent")
    opened.masks.load_from(tmp_path / "m.png")
    idle(opened)
    idle(opened)
    assert (opened.document.state.mask.array() == hole).all()
    assert seen[0] == "Where it is transparent"
    assert not opened.banner.bars


def test_a_photo_without_holes_is_no_mask_unless_one_insists(opened, idle, picture, monkeypatch):
    rgb = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
    Image.fromarray(rgb).save(picture.with_name("m.png"))
    seen = press(monkeypatch, "Cancel")
    opened.masks.load_from(picture.with_name("m.png"))
    idle(opened)
    assert not opened.document.state.mask.is_touched
    assert seen == ["Cancel", *sorted(seen[1:], key=seen[1:].index)]
    assert "Where it is transparent" not in seen
    press(monkeypatch, "What is bright")
    opened.masks.load_from(picture.with_name("m.png"))
    idle(opened)
    idle(opened)
    assert not opened.document.state.mask.is_empty


def test_a_mask_of_another_size_is_refused_in_words(opened, idle, tmp_path):
    Image.new("L", (10, 10)).save(tmp_path / "small.png")
    opened.masks.load_from(tmp_path / "small.png")
    idle(opened)
    assert opened.banner.bars[0].kind is Kind.ERROR
    assert not opened.document.state.mask.is_touched


def test_the_heat_map_is_saved_as_a_picture(opened, heat, idle, tmp_path):
    assert not opened.actions_["save-heat"].isEnabled()
    opened.document.apply(commands.set_heat(heat), "find")
    assert opened.actions_["save-heat"].isEnabled()
    opened.masks.save_heat_to(tmp_path / "heat.png")
    idle(opened)
    assert np.asarray(Image.open(tmp_path / "heat.png")).shape == (64, 96, 3)


@pytest.mark.parametrize(("action", "share"), [("whole", 1.0), ("clear", 0.0)])
def test_mask_operations(opened, heat, action, share):
    opened.document.apply(commands.set_heat(heat), "find")
    opened.actions_[action].trigger()
    assert (opened.document.state.mask.array() / 255).mean() == share
    opened.actions_["undo"].trigger()
    assert opened.document.state.mask.heat is heat


def test_grow_shrink_and_invert(opened):
    opened.document.apply(commands.paint((40, 20, 16, 16), np.full((16, 16), 255, np.uint8)), "dab")
    before = opened.document.state.mask.array().astype(int).sum()
    opened.actions_["grow"].trigger()
    grown = opened.document.state.mask.array().astype(int).sum()
    opened.actions_["invert"].trigger()
    inverted = opened.document.state.mask.array().astype(int).sum()
    assert before < grown
    assert grown + inverted == 255 * 64 * 96


def test_feather_follows_the_size_of_the_picture_until_the_user_sets_it(opened):
    opened.document.adjust(commands.update_draft(feather=33.0))
    opened.files._show(Photo(np.zeros((2000, 3000, 3), np.uint8), name="large.png"), None)
    assert opened.document.state.draft.feather == 33.0


@pytest.mark.parametrize(
    ("name", "able", "lossy"),
    [("a.png", True, False), ("a.jpg", True, True), ("a.TIFF", True, False), ("a.txt", False, False),
     ("a", False, False)],
)  # fmt: skip
def test_the_export_dialog_judges_the_name(qtbot, tmp_path, name, able, lossy):
    dialog = ExportDialog(tmp_path / name, 80)
    qtbot.addWidget(dialog)
    assert dialog.save.isEnabled() == able
    assert dialog.spin.isEnabled() == lossy
    assert dialog.note.text()


def test_the_export_dialog_says_that_a_file_will_be_replaced(qtbot, picture):
    dialog = ExportDialog(picture.with_name("new.png"), 80)
    qtbot.addWidget(dialog)
    assert dialog.save.text() == "Export"
    dialog.file.setText(str(picture))
    assert dialog.save.text() == "Replace"
    assert dialog.warning.text()


def test_the_export_dialog_says_that_the_opened_picture_is_kept(qtbot, picture):
    dialog = ExportDialog(picture, 80, original=picture)
    qtbot.addWidget(dialog)
    assert f"{picture.name}~" in dialog.warning.text()
    (picture.with_name("other.png")).write_bytes(b"")
    dialog.file.setText(str(picture.with_name("other.png")))
    assert "will be replaced" in dialog.warning.text()


@pytest.mark.parametrize(("name", "quality"), [("a.jpg", 100), ("a.avif", 100), ("a.webp", 99)])
def test_the_export_dialog_says_what_changes_outside_the_mask(qtbot, tmp_path, name, quality):
    dialog = ExportDialog(tmp_path / name, quality)
    qtbot.addWidget(dialog)
    assert "outside the mask change" in dialog.note.text()
    assert "PNG and TIFF keep" in dialog.note.text()
    dialog.file.setText(str(tmp_path / "a.webp"))
    dialog.spin.setValue(100)
    assert "stays as it was" in dialog.note.text()


def test_an_export_over_the_opened_picture_keeps_it_as_it_was_first(edited, picture, idle):
    first = picture.read_bytes()
    kept = picture.with_name(f"{picture.name}~")
    for _ in ("as edited", "without the edit"):
        edited.files.exports.export_to(picture, 90)
        idle(edited)
        assert kept.read_bytes() == first
        assert (np.asarray(Image.open(picture)) == edited.document.composite.whole()).all()
        edited.actions_["layer-show"].trigger()
    edited.files.exports.export_to(picture.with_name("other.png"), 90)
    edited.files.exports.export_to(picture.with_name("other.png"), 90)
    idle(edited)
    assert sorted(path.name for path in picture.parent.glob("*~")) == [kept.name]


def test_sixteen_bits_go_through_edits_undo_and_export(opened, idle, tmp_path):
    pixels, low = np.random.default_rng(0).integers(0, 256, (2, 60, 80, 3), np.uint8)
    document = opened.document
    document.open(Photo(pixels, deep=Deep(pixels, low)))
    values = pixels.astype(np.uint16) << 8 | low
    for box, colour in (((10, 10, 20, 20), (1, 2, 3)), ((20, 20, 20, 20), (4, 5, 6))):
        document.accept(order_now(document), edit_result(document, box, colour), "edit")

    def exported(name):
        opened.files.exports.export_to(tmp_path / name, 90)
        idle(opened)
        return open_photo(tmp_path / name).deep

    wanted = values.copy()
    wanted[10:30, 10:30] = np.array([1, 2, 3]) * 257
    before = wanted.copy()
    wanted[20:40, 20:40] = np.array([4, 5, 6]) * 257
    assert (exported("both.png").part((0, 0, 80, 60)) == wanted).all()
    document.undo()
    assert (exported("one.tiff").part((0, 0, 80, 60)) == before).all()
    document.apply(layer_commands.show_layer(document.state.layers[0].id, False), "hide")
    assert (exported("none.png").part((0, 0, 80, 60)) == values).all()
    assert exported("small.jpg") is None
    assert "16 were reduced" in opened.banner.bars[-1].accessibleName()


def test_another_picture_takes_the_notices_of_the_one_before_away(opened, idle, picture):
    opened.banner.notice("There is no picture on the clipboard.")
    opened.files.open_path(picture)
    idle(opened)
    assert "There is no picture on the clipboard." not in texts(opened)


def test_an_export_takes_the_error_of_an_earlier_one_away(edited, idle, tmp_path):
    edited.files.exports.export_to(tmp_path / "nowhere" / "a.png", 95)
    idle(edited)
    assert [bar.kind for bar in edited.banner.bars] == [Kind.ERROR]
    edited.files.exports.export_to(tmp_path / "a.png", 95)
    idle(edited)
    assert texts(edited) == ["Exported: a.png"]


def test_an_export_carries_its_recipe_if_asked_and_gives_it_back(edited, idle, tmp_path):
    path = tmp_path / "out.png"
    edited.files.exports.export_to(path, 90, recipe=True)
    idle(edited)
    edited.document.adjust(commands.update_draft(query="a cow", seed=5))
    answer(edited, edited.files.DISCARD)
    edited.files.open_path(path)
    idle(edited)
    (bar,) = [bar for bar in edited.banner.bars if bar.kind is Kind.QUESTION]
    assert bar.text == "This picture carries its recipe: → a zebra"
    bar.findChild(QPushButton).click()
    assert (edited.document.state.draft.query, edited.document.state.draft.seed) == ("a zebra", 0)
    assert not [bar for bar in edited.banner.bars if bar.kind is Kind.QUESTION]


def test_another_program_s_prompt_and_settings_are_offered_and_taken_back(opened, idle, tmp_path):
    line = "a castle\nNegative prompt: people\nSteps: 28, Sampler: Euler a, CFG scale: 6, Seed: 42, Size: 8x8"
    info = PngInfo()
    info.add_text("parameters", line)
    Image.new("RGB", (8, 8)).save(tmp_path / "theirs.png", pnginfo=info)
    opened.files.open_path(tmp_path / "theirs.png")
    idle(opened)
    before = opened.document.state.draft
    (bar,) = [bar for bar in opened.banner.bars if bar.kind is Kind.QUESTION]
    assert bar.text == "Automatic1111 drew this picture: “a castle”"
    bar.findChild(QPushButton).click()
    now = opened.document.state.draft
    assert (now.reference, now.avoid, now.steps, now.seed) == ("a castle", "people", 28, 42)
    assert (now.query, now.guidance.scale, now.guidance.decay) == (before.query, 6, 0)
    opened.document.undo()
    assert opened.document.state.draft == before


def test_an_export_carries_its_settings_for_other_programs_if_asked(
    edited, store, idle, tmp_path, monkeypatch
):
    def answered(dialog):
        assert not dialog.parameters.isChecked()
        dialog.file.setText(str(tmp_path / "out.jpg"))
        dialog.parameters.setChecked(True)
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(ExportDialog, "exec", answered)
    edited.files.exports.export()
    idle(edited)
    assert store.settings.keep_parameters
    assert generation_in(open_photo(tmp_path / "out.jpg")).prompt == "a zebra"
    (tmp_path / "out.jpg").unlink()
    edited.files.exports.export_again()
    idle(edited)
    assert generation_in(open_photo(tmp_path / "out.jpg")).prompt == "a zebra"


def test_another_picture_takes_the_offer_of_a_recipe_away(edited, idle, picture, tmp_path):
    edited.files.exports.export_to(tmp_path / "out.jpg", 90, recipe=True)
    idle(edited)
    answer(edited, edited.files.DISCARD)
    edited.files.open_path(tmp_path / "out.jpg")
    idle(edited)
    assert Kind.QUESTION in [bar.kind for bar in edited.banner.bars]
    edited.files.open_path(picture)
    idle(edited)
    assert Kind.QUESTION not in [bar.kind for bar in edited.banner.bars]


def test_an_export_carries_no_recipe_unless_asked(edited, idle, tmp_path):
    edited.files.exports.export_to(tmp_path / "out.png", 90)
    idle(edited)
    assert carried(open_photo(tmp_path / "out.png").xmp) is None


def test_a_recipe_that_can_t_be_read_leaves_the_picture_be(opened, idle, tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    export_photo(tmp_path / "newer.png", pixels, Photo(pixels), recipe='{"version": 99}')
    opened.files.open_path(tmp_path / "newer.png")
    idle(opened)
    assert opened.document.composite.whole().shape == (8, 8, 3)
    assert opened.banner.bars == []


@pytest.mark.parametrize("keeps", [True, False])
def test_whether_the_recipe_is_kept_is_remembered(edited, store, idle, tmp_path, monkeypatch, keeps):
    store.update(keep_recipe=not keeps)

    def answered(dialog):
        assert dialog.recipe.isEnabled()
        assert dialog.recipe.isChecked() != keeps
        dialog.file.setText(str(tmp_path / "out.png"))
        dialog.recipe.setChecked(keeps)
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(ExportDialog, "exec", answered)
    edited.files.exports.export()
    idle(edited)
    assert store.settings.keep_recipe == keeps
    assert (carried(open_photo(tmp_path / "out.png").xmp) is not None) == keeps


def test_a_picture_without_an_edit_has_no_recipe_to_keep(opened, store, idle, tmp_path, monkeypatch):
    store.update(keep_recipe=True)

    def answered(dialog):
        assert not dialog.recipe.isEnabled()
        dialog.file.setText(str(tmp_path / "out.png"))
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(ExportDialog, "exec", answered)
    opened.files.exports.export()
    idle(opened)
    assert store.settings.keep_recipe


def test_the_export_dialog_says_that_a_folder_is_missing(qtbot, tmp_path):
    dialog = ExportDialog(tmp_path / "nowhere" / "a.png", 80)
    qtbot.addWidget(dialog)
    assert not dialog.save.isEnabled()
    assert dialog.warning.text() == f"There is no folder {tmp_path / 'nowhere'}."
    dialog.file.setText(str(tmp_path / "a.png"))
    assert dialog.save.isEnabled()
    assert dialog.warning.text() == ""


def words(window) -> tuple[str, str]:
    draft = window.document.state.draft
    return draft.reference, draft.query


def test_another_picture_has_other_words_and_the_same_settings(opened, idle, picture, tmp_path):
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    opened.document.adjust(commands.update_draft(reference="a square", query="a circle", steps=7))
    opened.files.open_path(picture)
    idle(opened)
    assert words(opened) == ("a square", "a circle")  # it is the same picture
    opened.files.open_path(tmp_path / "red.png")
    idle(opened)
    assert words(opened) == ("", "")
    assert opened.document.state.draft.steps == 7
    opened.files.open_sample("cat-in-the-snow.jpg")
    idle(opened)
    assert words(opened) == WORDS["cat-in-the-snow.jpg"]
    opened.files.open_sample("red-car-on-a-road.jpg")
    idle(opened)
    assert words(opened) == WORDS["red-car-on-a-road.jpg"]


def test_words_that_were_written_before_any_picture_are_the_first_one_s(window, idle, picture):
    window.document.adjust(commands.update_draft(query="a circle"))
    window.files.open_path(picture)
    idle(window)
    assert words(window) == ("", "a circle")


def test_every_sample_has_words_that_say_something_to_the_starter():
    assert [path.name for path in samples()] == sorted(WORDS)
    known = {word for scene in map(sample, range(400)) for text in captions(scene) for word in text.split()}
    assert {word for pair in WORDS.values() for text in pair for word in text.split()} <= known


def test_dialogs_begin_beside_the_picture_or_where_one_was_last(opened, idle, picture, tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (begun.append(given[2]), ("", ""))[1])
    opened.files.open()
    opened.masks.load()
    other = tmp_path / "other"
    other.mkdir()
    opened.files.exports.export_to(other / "a.png", 95)
    idle(opened)
    opened.files.open_sample()
    idle(opened)
    opened.files.open()
    assert begun == [str(picture.parent), str(picture.parent), str(other)]
    assert opened.files.exports._suggestion(opened.document.state.photo).parent == other
    (other / "a.png").unlink()
    other.rmdir()
    assert opened.files.folder() == Path.home()  # where it was is no longer there
    project = tmp_path / "projects" / "work.ora"
    project.parent.mkdir()
    opened.files.projects.save_to(project)
    idle(opened)
    assert opened.files.exports._suggestion(opened.document.state.photo).parent == project.parent


def test_the_format_is_chosen_and_the_name_follows(qtbot, tmp_path):
    dialog = ExportDialog(tmp_path / "my.photo.png", 80)
    qtbot.addWidget(dialog)
    assert [dialog.format.itemText(i) for i in range(dialog.format.count())][:2] == ["PNG", "JPEG"]
    for kind, name in (("JPEG", "my.photo.jpg"), ("TIFF", "my.photo.tif")):
        dialog.format.activated.emit(dialog.format.findText(kind))
        assert dialog.path == tmp_path / name
    dialog.file.setText("a.TIFF")
    dialog.format.activated.emit(dialog.format.findText("TIFF"))
    assert dialog.file.text() == "a.TIFF"  # it says so already
    dialog.file.setText("my.photo")
    assert dialog.format.currentIndex() == -1
    dialog.format.activated.emit(dialog.format.findText("PNG"))
    assert dialog.file.text() == "my.photo.png"


def test_sheets_movies_and_batches_begin_beside_the_picture_too(opened, picture, monkeypatch):
    begun = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (begun.append(given[2]), ("", ""))[1])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: (begun.append(given[2]), "")[1])
    movie, batch, grid = opened.movies.open(), opened.batches.open(), opened.grids.open()
    assert movie.form.path == picture.with_name("movie.mp4")
    batch.form.pictures.browse.click()
    batch._save_recipe()
    grid._save()
    names = ("", "recipe.json", "sheet.png")
    assert begun == [str(picture.parent / name) for name in names]
    for dialog in (movie, batch, grid):
        dialog.done(0)
