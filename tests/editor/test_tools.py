"""Hand, brush and eraser, by mouse, pen and keyboard."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from core.document import commands
from core.document.layer_commands import delete_layer
from core.photo import rect as rects
from editor.brush import Brush, Tip
from editor.canvas.tools.dab import Stroke, stamp
from editor.canvas.view import Canvas
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tint import Tint
from tests.editor.conftest import canvas_with, order_now, shot

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
SHIFT, ALT, CTRL = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def canvas(qtbot, document, brush) -> Canvas:
    canvas = canvas_with(qtbot, document, brush, "brush")
    brush.size, brush.hardness = 40, 1.0
    return canvas


def place(canvas, x, y) -> QPoint:
    return canvas.viewport.to_widget(QPointF(x, y)).toPoint()


def drag(qtbot, canvas, *points, button=LEFT, keys=NONE) -> None:
    first, *rest = [place(canvas, *point) for point in points]
    qtbot.mousePress(canvas, button, keys, first)
    for point in rest:
        qtbot.mouseMove(canvas, point)
    qtbot.mouseRelease(canvas, button, keys, rest[-1] if rest else first)


def value(document, x, y) -> int:
    return int(document.state.mask.crop((x, y, 1, 1))[0, 0])


# -- dabs


@pytest.mark.parametrize("radius", [0.5, 3.0, 15.5, 40.0, 300.0])
@pytest.mark.parametrize("hardness", [0.0, 0.5, 1.0])
def test_a_dab_is_full_within_its_hardness_and_nothing_outside(radius, hardness):
    values = stamp(radius, hardness, 0.0, 0.0)
    n = values.shape[0] // 2
    at = np.arange(-n, n) + 0.5
    far = np.hypot(at[:, None], at[None, :])
    assert (values[far <= radius * hardness - 0.5] == 255).all()
    assert (values[far >= radius + 0.5] == 0).all()
    assert (np.diff(values[n, n:].astype(int)) <= 0).all()
    if radius >= 3 and hardness == 0:
        assert np.count_nonzero((values > 0) & (values < 255)) > 20


def test_dabs_follow_the_pointer_by_less_than_a_pixel():
    one, other = stamp(8.0, 0.5, 0.0, 0.0).astype(float), stamp(8.0, 0.5, 0.5, 0.0).astype(float)
    n = one.shape[0] // 2
    at = np.arange(-n, n) + 0.5
    middle = [(values.sum(axis=0) * at).sum() / values.sum() for values in (one, other)]
    assert middle == pytest.approx([0.0, 0.5], abs=0.02)


@pytest.mark.parametrize("size", [1, 7.3, 40, 300])
def test_a_stroke_is_as_wide_as_the_brush_all_along(size):
    stroke = Stroke(Tip(size, 1.0))
    canvas = np.zeros((700, 1200), np.uint8)
    for point in [(300.5, 350.5), (420.2, 350.5), (900.5, 350.5)]:
        dabs = stroke.to(QPointF(*point))
        x, y, width, height = dabs.box
        here = canvas[y : y + height, x : x + width]
        np.maximum(here, dabs[slice(0, height), slice(0, width)], out=here)
    wide = (canvas[:, 310:890] / 255.0).sum(axis=0)
    assert wide.min() >= size - 1
    assert wide.max() <= size + 1.1
    assert wide.max() - wide.min() <= 1.0  # no scallops


@pytest.mark.parametrize("hardness", [0.0, 0.5, 0.9])
def test_a_large_soft_stroke_is_even_to_three_values_along_its_way(hardness):
    stroke = Stroke(Tip(2000, hardness))
    band = np.zeros((2200, 600), np.uint8)
    for x in range(0, 2601, 100):
        dabs = stroke.to(QPointF(x - 1000, 1100))
        if dabs is not None:
            place = (0, 0, 600, 2200)
            both = rects.common(dabs.box, place)
            here = band[rects.slices(both, place)]
            np.maximum(here, dabs[rects.slices(both, dabs.box)], out=here)
    assert (band.max(axis=1) - band.min(axis=1)).max() <= 3


def test_dabs_are_an_eighth_of_the_size_apart_at_most():
    stroke = Stroke(Tip(80, 0.5))
    dabs = list(stroke._between(QPointF(0, 0), QPointF(200, 0), 1.0))
    ways = np.diff([x for x, _, _ in dabs])
    assert ways.max() <= 10
    assert len(dabs) >= 20


def test_pressure_scales_the_size_along_the_way():
    stroke = Stroke(Tip(100, 1.0))
    stroke.to(QPointF(0, 0), 0.2)
    radii = [radius for _, _, radius in stroke._between(QPointF(0, 0), QPointF(400, 0), 1.0)]
    assert radii[0] == pytest.approx(10, abs=1)
    assert radii[-1] == pytest.approx(50, abs=2)
    assert (np.diff(radii) >= 0).all()
    assert len(set(radii)) > 30


# -- mouse


def test_a_drag_paints_and_is_one_undo(qtbot, canvas, document):
    drag(qtbot, canvas, (100, 200), (150, 210), (300, 200))
    assert value(document, 100, 200) == value(document, 200, 206) == value(document, 300, 200) == 255
    assert value(document, 200, 250) == 0
    assert document.undo_text == "Brush stroke"
    document.undo()
    assert document.state.mask.is_empty
    assert not document.can_undo


def test_a_click_is_a_dab(qtbot, canvas, document):
    drag(qtbot, canvas, (100, 200))
    assert value(document, 100, 200) == value(document, 115, 200) == 255
    assert value(document, 125, 200) == 0


def test_the_brush_keeps_its_size_on_the_photo_at_any_zoom(qtbot, canvas, document):
    canvas.fit()
    canvas.zoom = 4.0
    drag(qtbot, canvas, (320, 200))
    assert value(document, 335, 200) == 255
    assert value(document, 345, 200) == 0


def test_the_eraser_takes_away(qtbot, canvas, document):
    document.apply(commands.paint((0, 0, 640, 400), np.full((400, 640), 255, np.uint8)), "all")
    canvas.set_tool("eraser")
    drag(qtbot, canvas, (100, 200), (300, 200))
    assert value(document, 200, 200) == 0
    assert value(document, 200, 300) == 255
    assert document.undo_text == "Eraser stroke"


@pytest.mark.parametrize(("button", "keys"), [(RIGHT, NONE), (LEFT, ALT)])
def test_right_button_or_alt_swaps_brush_and_eraser(qtbot, canvas, document, button, keys):
    drag(qtbot, canvas, (100, 200), (300, 200))
    drag(qtbot, canvas, (200, 200), button=button, keys=keys)
    assert value(document, 200, 200) == 0
    canvas.set_tool("eraser")
    drag(qtbot, canvas, (200, 200), button=button, keys=keys)
    assert value(document, 200, 200) == 255


def test_shift_draws_a_straight_line_from_the_last_point(qtbot, canvas, document):
    drag(qtbot, canvas, (100, 100))
    drag(qtbot, canvas, (500, 300), keys=SHIFT)
    assert value(document, 300, 200) == 255
    document.undo()
    assert value(document, 300, 200) == 0
    assert value(document, 100, 100) == 255


def test_escape_takes_back_the_stroke_under_way(qtbot, canvas, document):
    qtbot.mousePress(canvas, LEFT, NONE, place(canvas, 100, 200))
    qtbot.mouseMove(canvas, place(canvas, 200, 200))
    assert not document.state.mask.is_empty
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.mouseMove(canvas, place(canvas, 300, 200))
    qtbot.mouseRelease(canvas, LEFT, NONE, place(canvas, 300, 200))
    assert document.state.mask.is_empty
    assert not document.can_undo


def test_changing_the_tool_in_mid_stroke_takes_the_stroke_back(qtbot, canvas, document):
    qtbot.mousePress(canvas, LEFT, NONE, place(canvas, 100, 200))
    canvas.set_tool("pan")
    assert document.state.mask.is_empty


def test_opening_a_photo_in_mid_stroke_leaves_no_stroke(qtbot, canvas, document, photo):
    qtbot.mousePress(canvas, LEFT, NONE, place(canvas, 100, 200))
    document.open(photo)
    qtbot.mouseMove(canvas, place(canvas, 200, 200))
    qtbot.mouseRelease(canvas, LEFT, NONE, place(canvas, 200, 200))
    assert document.state.mask.is_empty
    assert not document.can_undo


@pytest.mark.parametrize("with_space", [True, False])
def test_space_or_the_middle_button_pans_with_a_brush_in_hand(qtbot, canvas, document, with_space):
    canvas.zoom = 4.0
    centre = QPointF(canvas.viewport.centre)
    if with_space:
        qtbot.keyPress(canvas, Qt.Key.Key_Space)
    button = LEFT if with_space else MIDDLE
    qtbot.mousePress(canvas, button, NONE, QPoint(400, 300))
    qtbot.mouseMove(canvas, QPoint(360, 300))
    qtbot.mouseRelease(canvas, button, NONE, QPoint(360, 300))
    assert canvas.viewport.centre.x() == pytest.approx(centre.x() + 10, abs=0.3)
    assert document.state.mask.is_empty
    if with_space:
        qtbot.keyRelease(canvas, Qt.Key.Key_Space)
    drag(qtbot, canvas, (320, 200))
    assert not document.state.mask.is_empty


def test_the_hand_pans_and_paints_nothing(qtbot, canvas, document):
    canvas.set_tool("pan")
    canvas.zoom = 4.0
    centre = QPointF(canvas.viewport.centre)
    drag(qtbot, canvas, (320, 200), (300, 190))
    assert canvas.viewport.centre.x() == pytest.approx(centre.x() + 20, abs=0.5)
    drag(qtbot, canvas, (320, 200), button=RIGHT)
    assert document.state.mask.is_empty


def test_no_photo_no_stroke(qtbot):
    from editor.document.document import Document

    canvas = Canvas(Document(), Brush(Settings()), Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.show()
    canvas.set_tool("brush")
    qtbot.mousePress(canvas, LEFT, NONE, QPoint(5, 5))
    qtbot.mouseMove(canvas, QPoint(15, 5))
    qtbot.mouseRelease(canvas, LEFT, NONE, QPoint(15, 5))
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert not canvas.document.can_undo


# -- pen


def pen(canvas, kind, x, y, pressure, pointer=QPointingDevice.PointerType.Pen) -> None:
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, pointer, QInputDevice.Capability.Pressure, 1, 1
    )
    at = QPointF(place(canvas, x, y))
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.TabletRelease else LEFT
    event = QTabletEvent(kind, device, at, at, pressure, 0, 0, 0, 0, 0, NONE, LEFT, held)
    QApplication.sendEvent(canvas, event)


def test_a_pen_paints_as_wide_as_it_is_pressed(canvas, document):
    pen(canvas, QEvent.Type.TabletPress, 100, 200, 0.25)
    pen(canvas, QEvent.Type.TabletMove, 400, 200, 1.0)
    pen(canvas, QEvent.Type.TabletRelease, 400, 200, 0.0)
    assert value(document, 100, 210) == 0
    assert value(document, 395, 215) == 255
    assert value(document, 425, 200) == 0
    document.undo()
    assert document.state.mask.is_empty


def test_the_other_end_of_the_pen_erases(canvas, document):
    document.apply(commands.paint((0, 0, 640, 400), np.full((400, 640), 255, np.uint8)), "all")
    for tool in ("brush", "eraser"):
        canvas.set_tool(tool)
        x = 100 if tool == "brush" else 400
        pen(canvas, QEvent.Type.TabletPress, x, 200, 1.0, QPointingDevice.PointerType.Eraser)
        pen(canvas, QEvent.Type.TabletRelease, x, 200, 0.0, QPointingDevice.PointerType.Eraser)
        assert value(document, x, 200) == 0


# -- keyboard


def test_the_brush_can_be_worked_by_keyboard_alone(qtbot, canvas, document):
    for _ in range(4):
        qtbot.keyClick(canvas, Qt.Key.Key_Right)  # from the middle, a quarter of 40 pixels each
    qtbot.keyClick(canvas, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert value(document, 360, 201) == value(document, 378, 201) == 255
    assert value(document, 330, 201) == 0
    for _ in range(10):
        qtbot.keyClick(canvas, Qt.Key.Key_Left)
    qtbot.keyClick(canvas, Qt.Key.Key_Return, SHIFT)
    assert value(document, 300, 201) == 255
    document.undo()
    assert value(document, 300, 201) == 0
    assert value(document, 360, 201) == 255


def test_the_keyboard_brush_goes_where_the_arrow_points_in_a_turned_view(qtbot, canvas, document):
    canvas.rotate_view(90)
    before = canvas.viewport.to_widget(canvas.viewport.centre)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    after = canvas.viewport.to_widget(canvas._tools["brush"]._at)
    assert after.x() > before.x() + 5
    assert after.y() == pytest.approx(before.y(), abs=1)


def test_the_view_follows_the_keyboard_brush(qtbot, canvas):
    canvas.zoom = 8.0
    for _ in range(20):
        qtbot.keyClick(canvas, Qt.Key.Key_Right)
    at = canvas.viewport.to_widget(canvas._tools["brush"]._at)
    assert canvas.rect().contains(at.toPoint())


def test_arrows_pan_with_the_hand_and_with_ctrl_always(qtbot, canvas):
    canvas.zoom = 4.0
    centre = QPointF(canvas.viewport.centre)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, CTRL)
    assert canvas.viewport.centre.x() == pytest.approx(centre.x() + 16)
    canvas.set_tool("pan")
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.viewport.centre.x() == pytest.approx(centre.x())
    qtbot.keyClick(canvas, Qt.Key.Key_Down, SHIFT)
    assert canvas.viewport.centre.y() == pytest.approx(centre.y() + 64)


def test_plus_and_minus_zoom(qtbot, canvas):
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.zoom == 1.5
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.zoom == 1.0


def test_size_and_hardness_keep_their_limits_and_tell(qtbot, brush):
    with qtbot.waitSignal(brush.changed):
        brush.size = 5000
    assert brush.size == 2000
    brush.hardness = -1
    assert brush.hardness == 0
    brush.size = 1
    brush.smaller()
    assert brush.size == 1
    sizes = []
    for _ in range(60):
        brush.larger()
        sizes.append(brush.size)
    assert sizes[:3] == [2, 3, 4]
    assert sizes[-1] == 2000
    assert all(size == round(size) for size in sizes)


def test_the_cursor_shows_the_brush_in_its_true_size(qtbot, canvas):
    plain = canvas.grab().toImage()
    qtbot.mouseMove(canvas, place(canvas, 320, 200))
    shown = canvas.grab().toImage()
    middle = place(canvas, 320, 200)
    changed = [
        x for x in range(canvas.width())
        if plain.pixel(x, middle.y()) != shown.pixel(x, middle.y())
    ]  # fmt: skip
    assert min(changed) == pytest.approx(middle.x() - 20, abs=3)
    assert max(changed) == pytest.approx(middle.x() + 20, abs=3)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert canvas.grab().toImage() == plain


def test_an_unknown_tool_is_a_mistake(canvas):
    with pytest.raises(KeyError):
        canvas.set_tool("crayon")


def test_working_on_a_layer_s_mask_is_said_on_the_canvas(canvas, document, make_result):
    document.accept(order_now(document), make_result(document, (4, 4, 8, 8)), "a circle")
    layer = document.state.layers[0]
    assert canvas.mode == ""
    before = shot(canvas)
    document.chosen.choose(layer.id, masked=True)
    assert canvas.mode == f"Working on the mask of “{layer.name}” – Esc ends it"
    low = slice(canvas.height() - 40, None)
    assert not np.array_equal(before[low], shot(canvas)[low])
    document.apply(delete_layer(layer.id), "Delete layer")
    assert canvas.mode == ""
