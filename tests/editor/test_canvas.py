"""The canvas widget, looked at as pixels."""

from dataclasses import replace

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton

from core.document import commands
from core.edit.result import HeatMap
from core.photo.photo import Photo
from editor.banner import Banner
from editor.brush import Brush
from editor.canvas.empty import EmptyState
from editor.canvas.offer import files_in
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.icons import icon
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tint import Tint
from tests.core import profiles
from tests.core.stacks import arrived
from tests.editor.conftest import entering, order_now, pixels, settle, shot

WHITE = np.full((400, 640, 3), 255, np.uint8)
BOX = (200, 100, 240, 200)
FULL = np.full((200, 240), 255, np.uint8)


@pytest.fixture
def canvas(qtbot, document) -> Canvas:
    canvas = Canvas(document, Brush(Settings()), Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.resize(800, 600)
    canvas.show()
    canvas.one_to_one()
    settle(qtbot, canvas)
    return canvas


def at(canvas, picture, x, y) -> np.ndarray:
    """The colour shown where photo pixel (x, y) lies."""
    place = canvas.viewport.to_widget(QPointF(x + 0.5, y + 0.5))
    return picture[int(place.y()), int(place.x())].astype(int)


def roll(canvas, notches, where, keys=Qt.KeyboardModifier.NoModifier) -> None:
    event = QWheelEvent(
        where, canvas.mapToGlobal(where), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def test_at_one_to_one_the_screen_shows_the_photos_own_pixels(canvas, photo):
    corner = canvas.viewport.to_widget(QPointF(0, 0)).toPoint()
    picture = shot(canvas)[corner.y() : corner.y() + 400, corner.x() : corner.x() + 640]
    assert np.array_equal(picture, photo.pixels)


@pytest.mark.parametrize(("zoom", "smooth"), [(0.75, True), (1.5, True), (3.0, False), (8.0, False)])
def test_above_200_percent_pixels_are_squares_and_below_they_are_smooth(document, canvas, zoom, smooth):
    checks = np.zeros((400, 640, 3), np.uint8)
    checks[::2, ::2] = checks[1::2, 1::2] = 255
    document.open(Photo(checks))
    canvas.zoom = zoom
    greys = set(shot(canvas)[200:260, 300:360].ravel().tolist()) - {0, 255}
    assert bool(greys) == smooth


def test_where_the_mask_might_have_been_cut_otherwise_is_shown_over_it(qtbot, document, canvas):
    """Two halves on the threshold: of one the draws were sure."""
    values, unsure = np.full((2, 40, 64), 0.0, np.float32)
    values[:, :16], values[:, 16:] = 0, 0.4
    values[0, 0] = 1
    unsure[:, 32:] = 0.1
    document.adjust(commands.update_draft(reference="a horse", query="a zebra"))
    document.apply(commands.set_heat(HeatMap(values, unsure=unsure)), "Find mask")
    settle(qtbot, canvas)
    before = shot(canvas)
    canvas.tint.unsure = True
    picture = shot(canvas)
    assert np.array_equal(at(canvas, picture, 220, 300), at(canvas, before, 220, 300))
    veiled = 0.85 * np.array((255, 214, 10)) + 0.15 * at(canvas, before, 600, 300)
    assert np.abs(at(canvas, picture, 600, 300) - veiled).max() <= 2
    canvas.tint.visible = False  # the veil goes with the mask, and comes back with it
    bare = shot(canvas)
    canvas.tint.unsure = False
    assert np.array_equal(shot(canvas), bare)
    canvas.tint.unsure = canvas.tint.visible = True
    assert np.array_equal(shot(canvas), picture)
    document.apply(commands.set_threshold(0.9), "Threshold")
    settle(qtbot, canvas)
    clear = shot(canvas)
    canvas.tint.unsure = False
    assert np.abs(at(canvas, clear, 600, 300) - at(canvas, shot(canvas), 600, 300)).max() <= 1
    document.adjust(commands.update_draft(query="a cow"))  # it sleeps
    assert not canvas.scene.is_unsure


def test_the_mask_tints_the_photo_where_it_is(qtbot, document, canvas):
    before = shot(canvas)
    document.apply(commands.paint(BOX, FULL), "Brush")
    settle(qtbot, canvas)
    picture = shot(canvas)
    expected = (at(canvas, before, 300, 200) + np.array((0xD0, 0x10, 0x4C))) / 2
    assert np.abs(at(canvas, picture, 300, 200) - expected).max() <= 2
    assert np.array_equal(at(canvas, picture, 150, 50), at(canvas, before, 150, 50))
    canvas.tint.visible = False
    assert np.array_equal(shot(canvas), before)


def test_colour_and_opacity_of_the_mask(qtbot, document, canvas):
    document.open(Photo(WHITE))
    canvas.one_to_one()
    document.apply(commands.paint(BOX, FULL), "Brush")
    canvas.tint.color = QColor(0, 0, 255)
    canvas.tint.opacity = 1.0
    settle(qtbot, canvas)
    assert tuple(at(canvas, shot(canvas), 300, 200)) == (0, 0, 255)


def test_a_stroke_repaints_only_where_it_went(qtbot, document, canvas):
    painted = []
    canvas.paintEvent = lambda event: painted.append(event.rect())
    document.preview(commands.paint((300, 200, 20, 20), np.full((20, 20), 255, np.uint8)), (300, 200, 20, 20))
    qtbot.waitUntil(lambda: bool(painted))
    assert max(painted[0].width(), painted[0].height()) <= 30
    assert painted[0].contains(canvas.viewport.to_widget(QPointF(310, 210)).toPoint())


def test_the_original_is_shown_while_it_is_asked_for(qtbot, document, canvas, make_result):
    before = shot(canvas)
    document.accept(order_now(document), make_result(document, BOX), "edit")
    document.apply(commands.paint(BOX, FULL), "Brush")
    settle(qtbot, canvas)
    assert not np.array_equal(shot(canvas), before)
    canvas.show_original(True)
    assert np.array_equal(shot(canvas), before)
    canvas.show_original(False)
    canvas.tint.visible = False
    assert tuple(at(canvas, shot(canvas), 300, 200)) == (200, 30, 60)


def test_the_divider_shows_both(qtbot, document, canvas, make_result):
    before = shot(canvas)
    document.accept(order_now(document), make_result(document, BOX), "edit")
    settle(qtbot, canvas)
    canvas.set_compare(True)
    picture = shot(canvas)
    assert np.array_equal(at(canvas, picture, 250, 200), at(canvas, before, 250, 200))
    assert tuple(at(canvas, picture, 400, 200)) == (200, 30, 60)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 100))
    qtbot.mouseMove(canvas, QPoint(300, 100))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    assert tuple(at(canvas, shot(canvas), 250, 200)) == (200, 30, 60)


def test_the_divider_says_which_side_is_which(qtbot, canvas):
    def told():
        foot = shot(canvas)[-32:]  # the photo of the test ends above it
        return [bool((side == 255).all(axis=-1).any()) for side in (foot[:, :395], foot[:, 405:])]

    assert told() == [False, False]
    canvas.set_compare(True)
    assert told() == [True, True]
    canvas.show_original(True)
    assert told() == [False, False]
    canvas.show_original(False)
    canvas.scene.divider = 0.01  # no room at its left
    canvas.update()
    assert told() == [True, False]  # the right one's words lie there
    canvas.set_compare(False)
    assert told() == [False, False]


def test_a_heat_map_covers_the_photo_in_inferno(document, canvas):
    document.open(Photo(np.zeros((400, 640, 3), np.uint8)))
    canvas.one_to_one()
    heat = np.zeros((4, 8), np.float32)
    heat[:, 4:] = 1
    canvas.set_heat(heat)
    picture = shot(canvas)
    assert at(canvas, picture, 50, 200).max() < 10
    assert np.abs(at(canvas, picture, 600, 200) - np.array((252, 255, 164)) * 0.75).max() <= 3
    canvas.set_heat(None)
    assert at(canvas, shot(canvas), 600, 200).max() == 0


def test_the_preview_stays_inside_the_mask(qtbot, document, canvas, photo):
    document.apply(commands.paint(BOX, FULL), "Brush")
    settle(qtbot, canvas)
    small = np.full((10, 16, 3), (0, 250, 0), np.uint8)
    canvas.set_preview(small)
    picture = shot(canvas)
    assert tuple(at(canvas, picture, 300, 200)) == (0, 250, 0)
    assert tuple(at(canvas, picture, 100, 50)) == tuple(photo.pixels[50, 100])
    canvas.set_preview(small, everywhere=True)
    assert tuple(at(canvas, shot(canvas), 100, 50)) == (0, 250, 0)
    canvas.set_preview(None)
    assert tuple(at(canvas, shot(canvas), 100, 50)) == tuple(photo.pixels[50, 100])


def test_a_preview_without_a_mask_uses_the_heat_map_that_was_shown(qtbot, canvas, heat, photo):
    canvas.set_heat(heat.values)
    canvas.set_heat(None)
    canvas.set_preview(np.full((10, 16, 3), (0, 250, 0), np.uint8))
    picture = shot(canvas)
    assert tuple(at(canvas, picture, 200, 200)) == (0, 250, 0)
    assert tuple(at(canvas, picture, 600, 50)) == tuple(photo.pixels[50, 600])
    canvas.set_preview(None)
    assert tuple(at(canvas, shot(canvas), 200, 200)) == tuple(photo.pixels[200, 200])


def test_the_canvas_shows_the_colours_of_a_wide_picture(qtbot, document, canvas, photo, make_result):
    wide = replace(photo, icc=profiles.DISPLAY_P3)
    document.open(wide)
    canvas.one_to_one()
    settle(qtbot, canvas)
    wanted = wide.space.to_srgb(photo.pixels)
    shown = shot(canvas)
    assert tuple(at(canvas, shown, 500, 60)) == tuple(wanted[60, 500]) != tuple(photo.pixels[60, 500])
    document.apply(arrived(make_result(document, BOX, (20, 200, 20))), "Repaint")
    settle(qtbot, canvas)
    green = at(canvas, shot(canvas), 300, 200).astype(int)
    assert np.abs(green - (20, 200, 20)).max() <= 3  # drawn in sRGB, and rounded in the picture's own space
    canvas.show_original(True)
    assert tuple(at(canvas, shot(canvas), 300, 200)) == tuple(wanted[200, 300])
    canvas.show_original(False)
    canvas.set_compare(True)
    shown = shot(canvas)
    assert tuple(at(canvas, shown, 60, 60)) == tuple(wanted[60, 60])
    canvas.set_compare(False)
    canvas.set_preview(np.full((10, 16, 3), (0, 250, 0), np.uint8), everywhere=True)
    assert tuple(at(canvas, shot(canvas), 300, 200)) == (0, 250, 0)  # what a model draws is sRGB


def test_transparency_shows_a_checkerboard(qtbot, document, canvas):
    alpha = np.zeros((400, 640), np.uint8)
    alpha[:, 320:] = 255
    document.open(Photo(WHITE, alpha=alpha))
    canvas.one_to_one()
    settle(qtbot, canvas)
    picture = shot(canvas)
    greys = {tuple(at(canvas, picture, x, 100)) for x in range(50, 100)}
    assert greys == {(0x9A,) * 3, (0x66,) * 3}
    assert tuple(at(canvas, picture, 500, 100)) == (255, 255, 255)


def test_the_wheel_zooms_to_the_pointer_in_round_steps(canvas, qtbot):
    where = QPointF(300, 200)
    held = canvas.viewport.to_photo(where)
    with qtbot.waitSignal(canvas.zoomChanged) as said:
        roll(canvas, 1, where)
    assert said.args == [1.5]
    roll(canvas, 2, where, Qt.KeyboardModifier.ControlModifier)
    assert canvas.zoom == 3.0
    under = canvas.viewport.to_photo(where)
    assert abs(under.x() - held.x()) < 0.5
    assert abs(under.y() - held.y()) < 0.5
    roll(canvas, -3, where)
    assert canvas.zoom == 1.0


def test_two_fingers_on_a_touchpad_pan_and_with_ctrl_zoom(canvas):
    def swipe(keys):
        event = QWheelEvent(
            QPointF(400, 300), QPointF(400, 300), QPoint(-40, 0), QPoint(-40, 40),
            Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.ScrollUpdate, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)

    centre = QPointF(canvas.viewport.centre)
    swipe(Qt.KeyboardModifier.NoModifier)
    assert canvas.zoom == 1.0
    assert canvas.viewport.centre.x() == pytest.approx(centre.x() + 40)


def test_a_fitted_photo_fits_after_a_resize_until_the_user_zooms(canvas):
    canvas.fit()
    fitted = canvas.zoom
    canvas.resize(500, 400)
    assert canvas.zoom < fitted
    canvas.zoom_in()
    zoom = canvas.zoom
    canvas.resize(700, 500)
    assert canvas.zoom == zoom


def test_what_is_said_over_a_fitted_photo_lies_over_none_of_it_once_the_hand_rests(qtbot, canvas):
    canvas.fit()
    canvas.set_tool("brush")  # the hand would have moved it
    fitted, middle = canvas.zoom, canvas.rect().center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    canvas.leave_above(90)
    assert canvas.zoom == fitted
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle)
    assert canvas.viewport.to_widget(QPointF(0, 0)).y() > 90
    canvas.leave_above(0)
    assert canvas.zoom == fitted
    canvas.leave_below(200)
    assert canvas.viewport.to_widget(QPointF(640, 400)).y() < canvas.height() - 200
    canvas.leave_above(90)
    assert canvas.viewport.to_widget(QPointF(0, 0)).y() > 90
    canvas.one_to_one()
    canvas.leave_below(0)
    assert canvas.zoom == 1.0


def test_one_sentence_has_its_room_above_a_fitted_photo_which_lies_nearly_in_the_middle(canvas):
    banner = Banner(canvas)
    banner.placed.connect(canvas.leave_above)
    canvas.resize(900, 560)
    canvas.fit()
    before = canvas.viewport.transform()
    banner.notice("Done.").add("Undo", "", lambda: None)
    assert canvas.viewport.transform() == before
    width, height = canvas.document.state.photo.size
    box = before.mapRect(QRectF(0, 0, width, height))
    assert banner.geometry().bottom() < box.top()
    assert 560 - box.bottom() >= 24


def test_rotating_turns_the_view_and_reset_brings_it_back(canvas):
    canvas.fit()
    before = shot(canvas)
    canvas.rotate_view(90)
    assert not np.array_equal(shot(canvas), before)
    canvas.reset_view()
    assert np.array_equal(shot(canvas), before)


def test_an_empty_canvas_invites(qtbot):
    canvas = Canvas(Document(), Brush(Settings()), Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.show()
    buttons = {button.text(): button for button in canvas.findChildren(QPushButton)}
    for text, signal in (
        ("&Open…", canvas.empty.openRequested),
        ("Try a &Sample", canvas.empty.sampleRequested),
    ):
        assert buttons[text].isVisible()
        assert buttons[text].toolTip()
        with qtbot.waitSignal(signal):
            buttons[text].click()
    canvas.document.open(Photo(WHITE))
    assert not buttons["&Open…"].isVisible()


def test_a_window_that_goes_while_the_icon_loads_is_let_go(qtbot, monkeypatch):
    canvas = Canvas(Document(), Brush(Settings()), Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.show()
    empty = canvas.findChild(EmptyState)

    def going(*names):
        shiboken6.delete(empty._icon)
        return icon(*names)

    monkeypatch.setattr("editor.canvas.empty.icon", going)
    empty._draw_icon()
    assert not shiboken6.isValid(empty._icon)


def test_files_dropped_are_handed_on_and_the_canvas_shows_that_it_takes_them(canvas, qtbot, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.png")), QUrl("https://example.org/b.png")])
    plain = shot(canvas)
    where, keys = QPointF(100, 100), Qt.KeyboardModifier.NoModifier
    enter = entering(where, data)
    QApplication.sendEvent(canvas, enter)
    assert enter.isAccepted()
    assert not np.array_equal(shot(canvas), plain)
    drop = QDropEvent(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, keys)
    said = []
    canvas.dropped.connect(lambda held: said.append(files_in(held)))
    QApplication.sendEvent(canvas, drop)
    assert said == [(tmp_path / "a.png",)]
    assert np.array_equal(shot(canvas), plain)


def test_text_dropped_is_not_taken(canvas):
    data = QMimeData()
    data.setText("a horse")
    enter = entering(QPointF(9, 9), data)
    enter.ignore()
    QApplication.sendEvent(canvas, enter)
    assert not enter.isAccepted()


def test_the_canvas_follows_light_and_dark(canvas):
    palette = canvas.palette()
    for window, shown in (("#1e1e1e", 0x18), ("#f3f3f3", 0xDC)):
        palette.setColor(palette.ColorRole.Window, QColor(window))
        canvas.setPalette(palette)
        QApplication.sendEvent(canvas, QEvent(QEvent.Type.PaletteChange))
        assert tuple(shot(canvas)[2, 2]) == (shown,) * 3


def test_arriving_by_tab_is_shown(qtbot, canvas):
    canvas.clearFocus()
    plain = shot(canvas)
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert not np.array_equal(shot(canvas)[:2], plain[:2])
    canvas.clearFocus()
    assert np.array_equal(shot(canvas), plain)


@pytest.mark.parametrize(
    ("change", "all_of_it"),
    [(commands.set_threshold(0.9), False), (commands.set_grow(9.0), False), (commands.invert_mask(), True)],
)
def test_another_mask_repaints_what_it_changes_and_looks_as_if_all_were_painted(
    qtbot, canvas, document, change, all_of_it
):
    y, x = np.mgrid[0:40, 0:64].astype(np.float32)
    heat = HeatMap(np.exp(-((x - 20) ** 2 + (y - 20) ** 2) / 60))
    document.apply(commands.set_heat(heat), "Find")
    settle(qtbot, canvas)
    QApplication.processEvents()
    painted, paint = [], canvas.scene.paint
    canvas.scene.paint = lambda *args: painted.append(args[2]) or paint(*args)
    document.apply(change, "Cut")
    QApplication.processEvents()
    on_screen = pixels(canvas.screen().grabWindow(canvas.winId()).toImage())
    assert (painted[0].width() * painted[0].height() > 0.4 * canvas.width() * canvas.height()) == all_of_it
    assert np.abs(on_screen.astype(int) - shot(canvas)).max() <= 1
    settle(qtbot, canvas)  # feathered
    QApplication.processEvents()
    on_screen = pixels(canvas.screen().grabWindow(canvas.winId()).toImage())
    assert np.abs(on_screen.astype(int) - shot(canvas)).max() <= 1
