"""The files opened before: in the empty window, in the menu, in the palette."""

import os

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from core.photo.files.open import open_photo
from core.project.journal import Snapshot
from core.project.ora.write import Origin, save_project
from editor.document.document import Document
from editor.flows.files.thumbnails import Thumbnails
from editor.flows.help.controls import controls
from editor.flows.help.palette import Palette
from editor.jobs import Jobs
from editor.settings import RECENT
from editor.widgets.recent import GAP, MOST, TILE, RecentFile, RecentFiles
from tests.editor.conftest import pixels
from tests.editor.window.conftest import TIMEOUT


def known(qtbot, window):
    """The recent files, once all of them were looked at."""
    qtbot.waitUntil(lambda: not window.files.recent._tasks.busy, timeout=TIMEOUT)
    return window.files.recent.files


def test_a_picture_that_was_opened_has_a_small_picture(qtbot, opened, picture):
    (file,) = known(qtbot, opened)
    assert (file.path, file.missing) == (picture, False)
    # small enough to be kept as it is
    assert np.array_equal(pixels(file.picture), opened.document.composite.whole())


def test_the_next_window_offers_it_and_a_click_opens_it(qtbot, opened, make_window, picture):
    known(qtbot, opened)
    again = make_window(Jobs())
    with qtbot.waitSignal(again.furnished, timeout=TIMEOUT):
        again.show()
    known(qtbot, again)
    (tile,) = again.canvas.empty.recent.tiles
    assert tile.isVisible()
    assert (tile.text(), tile.toolTip()) == ("square.png", str(picture))
    again.activateWindow()
    again.canvas.empty._sample.setFocus()
    QTest.keyClick(again.canvas.empty._sample, Qt.Key.Key_Tab)
    assert again.focusWidget() is tile
    with qtbot.waitSignal(again.files.opened, timeout=TIMEOUT):
        QTest.keyClick(tile, Qt.Key.Key_Return)
    assert again.files.path == picture
    assert not again.canvas.empty.isVisible()


def test_what_is_missing_stays_in_the_list_and_is_told(qtbot, opened, store, picture):
    picture.unlink()
    menu = opened.actions_.submenus["recent"]
    menu.aboutToShow.emit()
    known(qtbot, opened)
    line = menu.actions()[0]
    assert line.text() == "square.png (missing)"
    line.trigger()
    qtbot.waitUntil(lambda: bool(opened.banner.bars), timeout=TIMEOUT)
    (bar,) = opened.banner.bars
    assert bar.text == "“square.png” is missing."
    assert store.settings.recent == (str(picture),)
    button = next(one for one in bar.findChildren(QPushButton) if one.text() == "Take Off the List")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert store.settings.recent == ()


def test_the_palette_opens_one_of_two_files_of_one_name(qtbot, opened, tmp_path, picture):
    other = tmp_path / "other" / tmp_path.name / "square.png"  # nor are their folders told apart
    other.parent.mkdir(parents=True)
    Image.new("RGB", (20, 10), "red").save(other)
    with qtbot.waitSignal(opened.files.opened, timeout=TIMEOUT):
        opened.files.open_path(other)
    palette = Palette(opened.actions_, opened.shortcuts, controls(opened.docks.side), opened)
    qtbot.addWidget(palette)
    palette.search.setText(f"{tmp_path.name}/square")
    assert palette.table.rows.rowCount() == 2
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(opened.files.opened, timeout=TIMEOUT):
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert opened.files.path == picture


def test_a_cleared_list_leaves_nothing_on_the_disk(qtbot, opened, store, own_folders):
    known(qtbot, opened)
    folder = own_folders / "cache" / "palimpsest" / "recent"
    assert len(list(folder.iterdir())) == 1
    opened.files.recent.clear()
    known(qtbot, opened)
    assert store.settings.recent == ()
    assert not list(folder.iterdir())


def test_what_was_forgotten_elsewhere_leaves_nothing_either(qtbot, opened, store, own_folders):
    known(qtbot, opened)
    store.reset()  # as another window or the command does
    opened.files.recent.look()
    assert known(qtbot, opened) == ()
    assert not list((own_folders / "cache" / "palimpsest" / "recent").iterdir())


def test_as_many_small_pictures_are_kept_as_files_are_remembered(qtbot, opened, tmp_path, own_folders):
    for i in range(RECENT + 3):
        path = tmp_path / f"{i}.png"
        Image.new("RGB", (4, 4)).save(path)
        opened.files.recent.add(path, open_photo(path))
    assert len(known(qtbot, opened)) == RECENT
    assert len(list((own_folders / "cache" / "palimpsest" / "recent").iterdir())) == RECENT


def test_a_small_picture_is_small_in_srgb_and_made_anew_with_the_file(tmp_path):
    path, kept = tmp_path / "a.png", Thumbnails(tmp_path / "cache")
    Image.new("RGBA", (600, 300), (255, 0, 0, 128)).save(path)
    kept.keep(path, open_photo(path))
    image = kept.find(path)
    assert (image.width(), image.height()) == (256, 128)
    assert image.pixelColor(100, 60).getRgb() == (255, 0, 0, 128)
    Image.new("RGB", (300, 300), "blue").save(path)
    os.utime(path, (1, 1))
    assert kept.find(path).pixelColor(100, 60).red() == 255  # until it is opened again
    kept.keep(path, open_photo(path))
    assert kept.find(path).pixelColor(100, 60).getRgb() == (0, 0, 255, 255)
    path.unlink()
    assert kept.find(path).pixelColor(100, 60).blue() == 255
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_project_brings_its_own(tmp_path, qtbot):
    document, path = Document(), tmp_path / "work.ora"
    Image.new("RGB", (40, 20), "lime").save(tmp_path / "a.png")
    document.open(open_photo(tmp_path / "a.png"))
    now: Snapshot = document.snapshot()
    save_project(path, now, Origin())
    kept = Thumbnails(tmp_path / "cache")
    assert kept.find(path).pixelColor(5, 5).getRgb() == (0, 255, 0, 255)
    path.write_bytes(b"PK, but no project")
    assert kept.find(path).pixelColor(5, 5).getRgb() == (0, 255, 0, 255)  # the one of before
    assert Thumbnails(tmp_path / "empty").find(path) is None


def test_a_full_disk_costs_only_the_picture(tmp_path):
    (tmp_path / "cache").write_text("no folder")
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 4)).save(path)
    kept = Thumbnails(tmp_path / "cache")
    kept.keep(path, open_photo(path))
    kept.forget_others(())
    assert kept.find(path) is None


def test_as_many_as_have_room(qtbot, tmp_path):
    row = RecentFiles()
    qtbot.addWidget(row)
    row.show_files([RecentFile(tmp_path / f"{i}.png") for i in range(RECENT)])
    assert len(row.tiles) == MOST
    row.resize(3 * (TILE.width() + GAP) - GAP, 200)
    row.show()
    assert [tile.isVisible() for tile in row.tiles] == [True, True, True, False, False]
