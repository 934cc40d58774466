"""Selection tools on the canvas: by mouse and keyboard, in every mode, undone, turned and zoomed."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QRegion
from PySide6.QtWidgets import QApplication

from core.diffusion.clamp import Clamp
from core.document import commands
from core.document.shapes import Ellipse, Feathered, Gradient, Polygon, Rectangle
from core.document.strokes import Mode
from core.edit.result import HeatMap
from core.photo.masks.click import Click
from core.photo.photo import Photo
from editor.banner import Banner
from editor.canvas.tools import selection, trace
from editor.canvas.view import Canvas
from editor.flows.masks.line import MaskLine
from editor.flows.masks.wand import Wand
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tasks import Tasks
from editor.tint import Tint
from tests.editor.conftest import HEIGHT, WIDTH, order_now, settle, shot

SIZE = WIDTH, HEIGHT
LEFT, RIGHT, NOTHING = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
Keys = Qt.KeyboardModifier
NONE, SHIFT, ALT = Keys.NoModifier, Keys.ShiftModifier, Keys.AltModifier
PRESS, MOVE, RELEASE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
)


@pytest.fixture
def selecting() -> Selecting:
    return Selecting(Settings())


@pytest.fixture
def canvas(qtbot, document, brush, selecting) -> Canvas:
    canvas = Canvas(document, brush, Tint(Settings()), selecting)
    qtbot.addWidget(canvas)
    canvas.resize(800, 600)
    canvas.show()
    in_the_middle(canvas)
    canvas.set_tool("rectangle")
    canvas.setFocus()
    return canvas


def in_the_middle(canvas: Canvas) -> None:
    """One pixel of the picture to one of its own, the picture's middle in that of the canvas."""
    canvas.one_to_one()
    canvas.viewport.centre = QPointF(WIDTH / 2, HEIGHT / 2)


def send(canvas, kind, at, keys=NONE, button=LEFT):
    """One event of the mouse at a photo point."""
    place = canvas.viewport.to_widget(QPointF(*at))
    held = NOTHING if kind is RELEASE else button
    changes = NOTHING if kind is MOVE else button
    QApplication.sendEvent(canvas, QMouseEvent(kind, place, canvas.mapToGlobal(place), changes, held, keys))


def drag(canvas, *points, begun=NONE, keys=NONE, button=LEFT):
    """begun: keys at the press; keys: while it is dragged."""
    send(canvas, PRESS, points[0], begun, button)
    for point in points[1:]:
        send(canvas, MOVE, point, begun, button)
        send(canvas, MOVE, point, NONE, button)
        send(canvas, MOVE, point, keys, button)
    send(canvas, RELEASE, points[-1], keys, button)


def mask(document):
    return document.state.mask.array()


def covered(shape):
    return shape.plane(SIZE).array(SIZE)


# -- rectangle and ellipse


@pytest.mark.parametrize(
    ("tool", "made", "text"), [("rectangle", Rectangle, "Rectangle"), ("ellipse", Ellipse, "Ellipse")]
)
def test_a_drag_is_the_mask_and_one_undo(canvas, document, tool, made, text):
    canvas.set_tool(tool)
    drag(canvas, (100, 200), (150, 220), (300.3, 120.4))
    assert np.array_equal(mask(document), covered(made(100, 200, 300, 120)))
    assert document.undo_text == text
    document.undo()
    assert document.state.mask.is_empty
    assert not document.can_undo


def test_the_tools_feather_is_that_of_what_is_drawn_next_alone(canvas, document, selecting):
    assert selecting.feather == 0
    drag(canvas, (100, 200), (300, 120))
    before = mask(document)
    selecting.feather, selecting.mode = 9, Mode.ADD
    assert np.array_equal(mask(document), before)
    canvas.set_tool("ellipse")
    drag(canvas, (400, 200), (600, 320))
    added = covered(Feathered(Ellipse(400, 200, 600, 320), 9))
    assert np.array_equal(mask(document), np.maximum(before, added))
    assert document.request().feather == 0
    canvas.set_tool("gradient")
    selecting.mode = Mode.REPLACE
    drag(canvas, (200, 100), (300, 100))
    assert np.array_equal(mask(document), covered(Gradient(200, 100, 300, 100)))


def test_a_click_selects_nothing(canvas, document):
    drag(canvas, (100, 200))
    drag(canvas, (-300, -200), (-100, -90))  # beside the picture
    assert not document.can_undo


@pytest.mark.parametrize("tool", ["rectangle", "ellipse", "lasso"])
def test_a_click_without_a_drag_deselects_where_a_selection_would_replace_the_mask(
    canvas, document, selecting, tool
):
    document.apply(commands.select(Rectangle(100, 200, 300, 120).plane(SIZE), Mode.REPLACE), "Rectangle")
    before = document.state.mask
    canvas.set_tool(tool)
    points = ((50, 50), (52, 51))  # a hand that isn't quite still
    for begun in (SHIFT, ALT):
        for _ in range(1 + (tool == "lasso")):
            drag(canvas, *points, begun=begun)
        canvas.let_go()
    assert document.state.mask is before
    for _ in range(1 + (tool == "lasso")):
        drag(canvas, *points)
    assert document.state.mask.is_empty
    assert document.undo_text == "Deselect"
    document.undo()
    assert document.state.mask is before
    selecting.mode = Mode.ADD
    for _ in range(1 + (tool == "lasso")):
        drag(canvas, *points)
    assert document.state.mask is before


def test_shift_makes_it_square_and_alt_draws_it_from_its_middle(canvas, document):
    for keys, shape in (
        (SHIFT, Rectangle(200, 100, 280, 20)),
        (ALT, Rectangle(120, 130, 280, 70)),
        (SHIFT | ALT, Rectangle(120, 180, 280, 20)),
    ):
        drag(canvas, (200, 100), (280, 70), keys=keys)
        assert np.array_equal(mask(document), covered(shape)), keys
    drag(canvas, (200, 100), (240, 90), begun=SHIFT, keys=SHIFT)  # added, and square
    assert np.array_equal(mask(document), np.maximum(covered(shape), covered(Rectangle(200, 100, 240, 60))))


def test_shift_and_alt_held_since_the_press_say_the_mode_alone(canvas, document):
    drag(canvas, (10, 10), (20, 20))
    for kind, point in ((PRESS, (200, 100)), (MOVE, (240, 90)), (MOVE, (280, 70)), (RELEASE, (280, 70))):
        send(canvas, kind, point, SHIFT)
    both = np.maximum(covered(Rectangle(10, 10, 20, 20)), covered(Rectangle(200, 100, 280, 70)))
    assert np.array_equal(mask(document), both)


def test_shift_and_alt_are_followed_while_the_mouse_rests(qtbot, canvas, document):
    send(canvas, PRESS, (200, 100))
    send(canvas, MOVE, (280, 70))
    qtbot.keyPress(canvas, Qt.Key.Key_Shift)
    square = canvas._tool._shape()
    qtbot.keyRelease(canvas, Qt.Key.Key_Shift)
    assert square == Rectangle(200, 100, 280, 20)
    assert canvas._tool._shape() == Rectangle(200, 100, 280, 70)
    send(canvas, RELEASE, (280, 70))
    assert np.array_equal(mask(document), covered(Rectangle(200, 100, 280, 70)))


MODES = [
    (Mode.ADD, SHIFT, LEFT, np.maximum),
    (Mode.SUBTRACT, ALT, LEFT, lambda old, new: np.minimum(old, 255 - new)),
    (Mode.SUBTRACT, NONE, RIGHT, lambda old, new: np.minimum(old, 255 - new)),
    (Mode.INTERSECT, SHIFT | ALT, LEFT, np.minimum),
    (Mode.REPLACE, NONE, LEFT, lambda _, new: new),
]


@pytest.mark.parametrize(("mode", "keys", "button", "law"), MODES)
@pytest.mark.parametrize("by", ["keys", "buttons"])
def test_modes_by_keys_at_the_press_and_by_buttons(canvas, document, selecting, mode, keys, button, law, by):
    drag(canvas, (100, 100), (300, 300))
    before = mask(document)
    if by == "buttons":
        selecting.mode, keys, button = mode, NONE, LEFT
    drag(canvas, (200, 50), (400, 200), begun=keys, button=button)
    assert np.array_equal(mask(document), law(before, covered(Rectangle(200, 50, 400, 200))))
    document.undo()
    assert np.array_equal(mask(document), before)


def test_a_found_part_is_cut_by_what_is_selected_and_stays_found(canvas, document, heat):
    document.apply(commands.set_heat(heat), "Find")
    found = mask(document)
    drag(canvas, (0, 0), (200, 400), begun=SHIFT | ALT)
    assert document.state.mask.heat is heat
    assert np.array_equal(mask(document)[:, :200], found[:, :200])
    assert found[:, 200:].any()
    assert not mask(document)[:, 200:].any()


def test_it_works_on_a_layer_s_own_mask(canvas, document, make_result):
    box = (40, 40, 200, 100)
    document.accept(order_now(document), make_result(document, box), "a circle")
    document.chosen.choose(document.state.layers[0].id, masked=True)
    drag(canvas, (0, 0), (140, 400), begun=ALT)
    soft = document.state.layers[0].variant.soft(box)
    assert not soft[:, :100].any()
    assert soft[:, 100:].min() == 255
    assert document.state.mask.is_empty
    document.undo()
    assert document.state.layers[0].variant.soft(box).min() == 255


@pytest.mark.parametrize("way_out", ["escape", "tool", "photo"])
def test_what_was_begun_is_given_up(qtbot, canvas, document, photo, way_out):
    send(canvas, PRESS, (100, 100))
    send(canvas, MOVE, (200, 200))
    if way_out == "escape":
        assert canvas.let_go()
    elif way_out == "tool":
        canvas.set_tool("ellipse")
    else:
        document.open(photo)
    send(canvas, MOVE, (300, 300))
    send(canvas, RELEASE, (300, 300))
    assert document.state.mask.is_empty
    assert not document.can_undo
    assert not canvas.let_go()


def test_a_turned_and_enlarged_view_selects_the_same(canvas, document):
    canvas.zoom = 2.0
    canvas.rotate_view(30)
    drag(canvas, (300, 190), (340, 210))
    assert np.array_equal(mask(document), covered(Rectangle(300, 190, 340, 210)))


def test_by_keyboard_alone(qtbot, canvas, document, selecting):
    selecting.mode = Mode.ADD
    for key, keys in ((Qt.Key.Key_Left, NONE), (Qt.Key.Key_Return, NONE), (Qt.Key.Key_Right, NONE)):
        qtbot.keyClick(canvas, key, keys)
    qtbot.keyClick(canvas, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(canvas, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert np.array_equal(mask(document), covered(Rectangle(312, 200, 320, 202)))
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert np.array_equal(mask(document), covered(Rectangle(312, 200, 320, 202)))


# -- what is seen meanwhile


class Watched:
    """A canvas, and whether it asks for every pixel that changes to be painted anew."""

    def __init__(self, canvas, monkeypatch):
        self.canvas, self._asked, self._before = canvas, QRegion(), shot(canvas)
        monkeypatch.setattr(canvas, "update", self._ask)

    def _ask(self, *what):
        self._asked |= QRegion(*what) if what else QRegion(self.canvas.rect())

    def changed(self) -> int:
        """How many pixels have since the last time; all of them were asked for."""
        after, asked = shot(self.canvas), np.zeros((self.canvas.height(), self.canvas.width()), bool)
        for rect in self._asked:
            asked[max(rect.top(), 0) : rect.bottom() + 1, max(rect.left(), 0) : rect.right() + 1] = True
        differs = (after != self._before).any(axis=2)
        assert not (differs & ~asked).any()
        self._before, self._asked = after, QRegion()
        return int(differs.sum())


@pytest.mark.parametrize("tool", ["rectangle", "ellipse", "gradient"])
def test_the_line_is_painted_where_it_changes_and_nothing_stays_of_it(canvas, monkeypatch, tool):
    canvas.set_tool(tool)
    plain, watched = shot(canvas), Watched(canvas, monkeypatch)
    send(canvas, PRESS, (100, 100))
    for point in ((150, 120), (320, 300), (90, 60), (400, 250)):
        send(canvas, MOVE, point)
        assert watched.changed() > 30
    canvas.let_go()
    assert watched.changed() > 100
    assert np.array_equal(shot(canvas), plain)


def test_the_lasso_is_painted_where_it_changes_and_nothing_stays_of_it(qtbot, lasso, monkeypatch):
    plain, watched = shot(lasso), Watched(lasso, monkeypatch)
    click(lasso, *CORNERS)
    drag(lasso, (200, 250), (180, 270), (150, 200), (140, 150))
    assert watched.changed() > 100
    for point in ((100, 300), (500, 350), (103, 97), (101, 200)):
        send(lasso, MOVE, point)
        assert watched.changed() > 30
    for key in (Qt.Key.Key_Backspace, Qt.Key.Key_Escape):
        qtbot.keyClick(lasso, key)
        assert watched.changed() > 30
    QApplication.sendEvent(lasso, QEvent(QEvent.Type.Leave))
    watched.changed()
    assert np.array_equal(shot(lasso), plain)


def test_only_where_a_line_runs_is_painted_anew():
    line = np.array([(10, 10), (900, 700), (900, 20), (10, 20)], float)
    region = trace.covered(line)
    for point in (QPoint(10, 10), QPoint(454, 355), QPoint(900, 300), QPoint(500, 20)):
        assert region.contains(point)
    assert not region.contains(QPoint(200, 500))
    area = sum(rect.width() * rect.height() for rect in region)
    assert area < 0.15 * 900 * 700
    assert trace.covered(line[:0]).isEmpty()


@pytest.mark.parametrize("keys", [SHIFT, ALT, SHIFT | ALT])
def test_the_pointer_says_what_a_press_will_do(canvas, keys):
    send(canvas, MOVE, (200, 200))
    plain = shot(canvas)
    send(canvas, MOVE, (200, 200), keys)
    assert not np.array_equal(shot(canvas), plain)
    assert canvas.cursor().shape() is Qt.CursorShape.CrossCursor


# -- gradient


@pytest.mark.parametrize("radial", [False, True])
def test_a_drag_fades_from_its_beginning_to_its_end(canvas, document, selecting, radial):
    selecting.radial = radial
    canvas.set_tool("gradient")
    drag(canvas, (100, 100), (150, 100), (300, 250))
    assert np.array_equal(mask(document), covered(Gradient(100, 100, 300, 250, radial=radial)))
    assert document.undo_text == "Gradient"
    drag(canvas, (100, 100), (300, 110), begun=ALT)  # soft, and taken away once
    there, taken = (covered(Gradient(100, 100, 300, y, radial=radial)) for y in (250, 110))
    assert np.array_equal(mask(document), np.minimum(there, 255 - taken))


def test_shift_turns_a_gradient_in_steps(canvas):
    canvas.set_tool("gradient")
    send(canvas, PRESS, (100, 100))
    for point, end in (((300, 110), (300, 100)), ((200, 190), (195, 195)), ((100, 20), (100, 20))):
        send(canvas, MOVE, point, SHIFT)
        drawn = canvas._tool._shape()
        assert (drawn.to_x, drawn.to_y) == pytest.approx(end)
    canvas.let_go()


# -- lasso


CORNERS = (100, 100), (300, 120), (260, 300)


@pytest.fixture
def lasso(canvas):
    canvas.set_tool("lasso")
    return canvas


def click(canvas, *points, keys=NONE):
    for point in points:
        send(canvas, PRESS, point, keys)
        send(canvas, RELEASE, point, keys)


def polygon(*points):
    return covered(Polygon(points))


def test_a_free_drag_closes_where_it_ends(lasso, document):
    way = [(200 + 80 * np.cos(a), 200 + 60 * np.sin(a)) for a in np.linspace(0, 5.5, 60)]
    drag(lasso, *way)
    assert document.undo_text == "Lasso"
    drawn = mask(document)
    assert drawn[200, 200] == 255
    assert np.abs(drawn - polygon(*way).astype(float)).mean() < 3
    document.undo()
    assert document.state.mask.is_empty


@pytest.mark.parametrize("end", ["enter", "double click", "first point"])
def test_clicks_make_straight_sides(qtbot, lasso, document, end):
    click(lasso, *CORNERS)
    send(lasso, MOVE, (150, 250))
    assert not document.can_undo
    if end == "enter":
        qtbot.keyClick(lasso, Qt.Key.Key_Return)
    elif end == "double click":
        send(lasso, QEvent.Type.MouseButtonDblClick, CORNERS[-1])
        send(lasso, RELEASE, CORNERS[-1])
    else:
        click(lasso, (103, 97))
    assert np.array_equal(mask(document), polygon(*CORNERS))
    document.undo()
    assert not document.can_undo


def test_an_outline_that_has_hardly_begun_does_not_close(qtbot, lasso, document):
    click(lasso, CORNERS[0], CORNERS[0], (106, 100), *CORNERS[1:])
    qtbot.keyClick(lasso, Qt.Key.Key_Return)
    assert np.array_equal(mask(document), polygon(CORNERS[0], (106, 100), *CORNERS[1:]))


def test_clicks_and_drags_go_on_from_each_other(qtbot, lasso, document):
    click(lasso, (100, 100), (300, 100))
    drag(lasso, (300, 200), (280, 220), (300, 240), (300, 300))
    click(lasso, (100, 300))
    qtbot.keyClick(lasso, Qt.Key.Key_Return)
    outline = (100, 100), (300, 100), (300, 200), (280, 220), (300, 240), (300, 300), (100, 300)
    assert np.array_equal(mask(document), polygon(*outline))


def test_alt_at_the_end_of_a_drag_leaves_it_open(qtbot, lasso, document):
    drag(lasso, (100, 100), (200, 100), (300, 100), keys=ALT)
    assert lasso._tool.pending
    click(lasso, (300, 300))
    qtbot.keyClick(lasso, Qt.Key.Key_Return)
    assert np.array_equal(mask(document), polygon((100, 100), (300, 100), (300, 300)))


def test_a_drag_that_returns_to_the_first_point_closes(lasso, document):
    click(lasso, (100, 100), (300, 100))
    drag(lasso, (300, 300), (200, 280), (101, 103))
    assert not lasso._tool.pending
    assert mask(document)[200, 250] == 255


def test_backspace_takes_sides_back_and_then_gives_up(qtbot, lasso, document):
    click(lasso, (50, 50))
    qtbot.keyClick(lasso, Qt.Key.Key_Backspace)
    assert not lasso.let_go()
    click(lasso, *CORNERS, (500, 350))
    drag(lasso, (550, 200), (560, 210), (570, 200))
    for _ in range(3):  # what was drawn freely, the side to where that began, the one before
        qtbot.keyClick(lasso, Qt.Key.Key_Backspace)
    qtbot.keyClick(lasso, Qt.Key.Key_Return)
    assert np.array_equal(mask(document), polygon(*CORNERS))


@pytest.mark.parametrize("way_out", ["escape", "tool", "photo"])
def test_an_open_outline_is_given_up(qtbot, lasso, document, photo, way_out):
    plain = shot(lasso)
    click(lasso, *CORNERS)
    send(lasso, MOVE, (90, 260))
    assert not np.array_equal(shot(lasso), plain)
    if way_out == "escape":
        qtbot.keyClick(lasso, Qt.Key.Key_Escape)
    elif way_out == "tool":
        lasso.set_tool("brush")
        lasso.set_tool("lasso")
    else:
        document.open(photo)
        in_the_middle(lasso)
    assert not document.can_undo
    QApplication.sendEvent(lasso, QEvent(QEvent.Type.Leave))
    assert np.array_equal(shot(lasso), plain)
    click(lasso, CORNERS[0])
    qtbot.keyClick(lasso, Qt.Key.Key_Return)  # one point holds nothing
    assert not document.can_undo
    assert not lasso.let_go()


def test_the_mode_is_that_of_the_first_press(qtbot, lasso, document):
    document.apply(commands.paint((0, 0, WIDTH, HEIGHT), np.full((HEIGHT, WIDTH), 255, np.uint8)), "all")
    click(lasso, CORNERS[0], keys=ALT)
    click(lasso, *CORNERS[1:], keys=SHIFT)
    qtbot.keyClick(lasso, Qt.Key.Key_Enter)
    assert np.array_equal(mask(document), 255 - polygon(*CORNERS))


def test_an_outline_goes_on_after_the_view_has_moved(qtbot, lasso, document):
    click(lasso, *CORNERS[:2])
    lasso.zoom = 2.0
    lasso.rotate_view(45)
    click(lasso, CORNERS[2])
    qtbot.keyClick(lasso, Qt.Key.Key_Return)
    near = np.abs(mask(document) - polygon(*CORNERS).astype(float))
    assert near.max() <= 2


def test_an_outline_by_keyboard_alone(qtbot, lasso, document):
    for keys in ("Left Return", "Right Right Return", "Down Return", "Return"):
        for key in keys.split():
            qtbot.keyClick(lasso, getattr(Qt.Key, f"Key_{key}"))
    assert np.array_equal(mask(document), polygon((312, 200), (328, 200), (328, 208)))


# -- on large pictures


@pytest.fixture
def line(canvas, document, tasks, monkeypatch):
    """Every picture is a large one; who makes what is drawn on it."""
    monkeypatch.setattr(selection, "AT_ONCE", 0)
    line = MaskLine(document, tasks, Banner(canvas), canvas)
    canvas.drawn.connect(line.draw)
    line.settled.connect(canvas.clear_lines)
    line.nothing.connect(canvas.tell)
    return line


def test_on_a_large_picture_a_selection_is_made_beside_the_window(qtbot, canvas, document, tasks, line):
    drag(canvas, (100, 100), (300, 200))
    bare = shot(canvas)
    assert document.state.mask.is_empty
    assert (bare[100, 100:300] != bare[98, 100:300]).any()  # the line is there still
    drag(canvas, (200, 150), (400, 250), begun=SHIFT)  # both are made, in their order
    qtbot.waitUntil(lambda: not tasks.busy)
    whole = np.maximum(covered(Rectangle(100, 100, 300, 200)), covered(Rectangle(200, 150, 400, 250)))
    assert (mask(document) == whole).all()
    assert document.undo_text == "Rectangle"
    document.undo()
    assert (mask(document) == covered(Rectangle(100, 100, 300, 200))).all()
    shown = shot(canvas)
    canvas.clear_lines()
    assert (shot(canvas) == shown).all()  # there was none any more


def test_a_selection_on_its_way_is_taken_back_or_dropped_with_its_picture(
    qtbot, canvas, document, tasks, line, photo
):
    drag(canvas, (100, 100), (300, 200))
    assert line.take_back()
    assert not line.take_back()
    drag(canvas, (100, 100), (300, 200))
    document.open(Photo(photo.pixels.copy()))
    qtbot.waitUntil(lambda: not tasks.busy)
    assert document.state.mask.is_empty
    assert not document.can_undo
    canvas.set_tool("ellipse")
    drag(canvas, (100, 100), (300, 200))
    qtbot.waitUntil(lambda: not document.state.mask.is_empty)


def test_a_selection_is_combined_with_the_mask_that_is_there_when_it_comes(
    qtbot, canvas, document, tasks, line
):
    drag(canvas, (100, 100), (300, 200), begun=SHIFT)
    dab = np.full((20, 20), 255, np.uint8)
    document.apply(commands.paint((0, 0, 20, 20), dab), "Brush")  # meanwhile
    qtbot.waitUntil(lambda: document.undo_text == "Rectangle")
    whole = covered(Rectangle(100, 100, 300, 200))
    whole[:20, :20] = 255
    assert (mask(document) == whole).all()


# -- what comes to nothing


def test_a_mode_goes_with_the_picture_that_it_was_chosen_for(canvas, document, selecting):
    selecting.mode = Mode.SUBTRACT
    drag(canvas, (100, 100), (300, 200))
    assert selecting.mode is Mode.SUBTRACT
    document.open(Photo(np.zeros((HEIGHT, WIDTH, 3), np.uint8)))
    assert selecting.mode is Mode.REPLACE


@pytest.mark.parametrize("large", [False, True])
def test_a_selection_that_comes_to_nothing_says_why_and_the_way_out(
    qtbot, request, canvas, document, selecting, tasks, large
):
    if large:
        request.getfixturevalue("line")

    def drawn(one, other, mode):
        selecting.mode = mode
        drag(canvas, one, other)
        qtbot.waitUntil(lambda: not tasks.busy)
        return canvas.told

    for mode, words in ((Mode.SUBTRACT, "subtract from"), (Mode.INTERSECT, "intersect with")):
        told = drawn((100, 100), (300, 200), mode)
        assert words in told
        assert "Replace or Add" in told
        assert not document.can_undo
    assert not drawn((100, 100), (300, 200), Mode.REPLACE)
    assert "lies beside it" in drawn((400, 300), (500, 350), Mode.INTERSECT)
    document.undo()
    assert not canvas.told
    assert "covers all of it" in drawn((90, 90), (310, 210), Mode.SUBTRACT)
    assert document.state.mask.is_empty
    document.undo()
    assert "as it was" in drawn((WIDTH + 5, 10), (WIDTH + 50, 50), Mode.ADD)
    assert (mask(document) == covered(Rectangle(100, 100, 300, 200))).all()


# -- colour wand


@pytest.fixture
def tasks(qapp):
    tasks = Tasks()
    yield tasks
    tasks.close()


@pytest.fixture
def wand(canvas, document, selecting, tasks):
    """The wand in hand, over the left half in one colour, and somebody who finds what has it."""
    pixels = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    pixels[:, 320:] = 90
    pixels[300:320, 500:520] = 45
    document.open(Photo(pixels))
    canvas.one_to_one()
    finder = Wand(document, selecting, MaskLine(document, tasks, Banner(canvas), canvas), canvas)
    canvas.picked.connect(finder.pick)
    canvas.set_tool("wand")
    return canvas


def test_a_press_takes_what_has_its_colour(qtbot, wand, document, selecting, tasks):
    selecting.tolerance = 10
    selecting.contiguous = True
    click(wand, (100, 100))
    assert not document.can_undo  # not in the window's thread
    qtbot.waitUntil(lambda: not tasks.busy)
    assert document.undo_text == "Colour wand"
    assert (mask(document)[:, :320] == 255).all()
    assert not mask(document)[:, 321:].any()
    selecting.contiguous = False
    click(wand, (100, 100), keys=SHIFT)
    click(wand, (400, 100), keys=ALT)  # both are done, in their order
    qtbot.waitUntil(lambda: not tasks.busy)
    assert mask(document)[310, 510] == 255
    assert not mask(document)[:290, 330:].any()
    document.undo()
    document.undo()
    assert mask(document)[310, 510] == 0
    click(wand, (-40, 30))  # beside the picture
    assert not tasks.busy


def test_the_wand_sees_the_picture_or_the_photo(qtbot, wand, document, selecting, tasks, make_result):
    document.accept(order_now(document), make_result(document, (40, 40, 100, 100), (90, 90, 90)), "a circle")
    for as_shown, taken in ((True, 0), (False, 255)):
        selecting.as_shown = as_shown
        click(wand, (10, 200))
        qtbot.waitUntil(lambda: not tasks.busy)
        assert mask(document)[90, 90] == taken


def test_what_was_picked_on_another_picture_is_dropped(qtbot, wand, document, tasks, photo):
    click(wand, (100, 100))
    document.open(photo)
    qtbot.waitUntil(lambda: not tasks.busy)
    assert document.state.mask.is_empty
    assert not document.can_undo


def test_the_wand_by_keyboard_alone(qtbot, wand, document, tasks):
    for _ in range(2):
        qtbot.keyClick(wand, Qt.Key.Key_Left)
    qtbot.keyClick(wand, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not tasks.busy)
    assert mask(document)[200, 10] == 255


# -- keep and drop


@pytest.fixture
def clicks(canvas, document) -> Canvas:
    document.apply(commands.set_heat(HeatMap(np.ones((6, 8), np.float32), clamp=Clamp.PEAK)), "Find")
    canvas.set_tool("clicks")
    return canvas


def test_clicks_keep_and_drop_what_was_found_and_are_undone(clicks, document):
    send(clicks, PRESS, (20, HEIGHT // 2))
    send(clicks, RELEASE, (20, HEIGHT // 2))
    send(clicks, PRESS, (WIDTH - 20, HEIGHT // 2), ALT)
    send(clicks, RELEASE, (WIDTH - 20, HEIGHT // 2), ALT)
    found = mask(document)
    assert (found[HEIGHT // 2, 30], found[HEIGHT // 2, WIDTH - 30]) == (255, 0)
    assert (document.undo_text, len(document.state.draft.find.clicks)) == ("Drop by a click", 2)
    document.undo()
    assert mask(document).all()
    assert document.state.draft.find.clicks == (Click(20, HEIGHT // 2),)
    document.redo()
    np.testing.assert_array_equal(mask(document), found)


def test_a_click_that_keeps_what_is_masked_holds_it_against_later_ones(clicks, document):
    send(clicks, PRESS, (20, HEIGHT // 2))
    assert "stays" in clicks.told
    assert document.state.draft.find.clicks == (Click(20, HEIGHT // 2),)


@pytest.fixture
def left_found(canvas, document) -> Canvas:
    """The left half is found, its upper corner erased; the lower corner of the right half is painted."""
    values = np.zeros((6, 8), np.float32)
    values[:, :4] = 1
    document.apply(commands.set_heat(HeatMap(values, clamp=Clamp.PEAK)), "Find")
    dab = np.full((60, 60), 255, np.uint8)
    document.apply(commands.erase((0, 0, 60, 60), dab), "Eraser")
    document.apply(commands.paint((WIDTH - 60, HEIGHT - 60, 60, 60), dab), "Brush")
    canvas.set_tool("clicks")
    return canvas


FOUND, BESIDE = (60, HEIGHT // 2), (WIDTH // 2 + 60, HEIGHT // 2)
ERASED, PAINTED = (20, 20), (WIDTH - 20, HEIGHT - 20)


@pytest.mark.parametrize(
    ("inverted", "at", "keys", "said"),
    [
        (False, PAINTED, NONE, "this is masked"),
        (False, PAINTED, ALT, "painted by hand"),
        (False, ERASED, NONE, "taken away by hand"),
        (False, BESIDE, NONE, "lower the threshold or paint it"),
        (False, BESIDE, ALT, "isn't masked"),
        (True, PAINTED, NONE, "taken away by hand"),
        (True, PAINTED, ALT, "isn't masked"),
        (True, ERASED, ALT, "painted by hand"),
        (True, BESIDE, NONE, "this is masked"),
        (True, BESIDE, ALT, "lower the threshold or erase it"),
    ],
)
def test_a_click_beside_what_was_found_or_on_the_hands_strokes_is_not_set(
    left_found, document, inverted, at, keys, said
):
    if inverted:
        document.apply(commands.invert_mask(), "Invert")
    before = mask(document)
    click(left_found, at, keys=keys)
    assert said in left_found.told
    assert document.state.draft.find.clicks == ()
    np.testing.assert_array_equal(mask(document), before)


def test_a_click_on_what_was_painted_leaves_the_next_drop_as_it_is(left_found, document):
    click(left_found, FOUND, keys=ALT)
    alone = mask(document)
    document.undo()
    click(left_found, PAINTED)
    click(left_found, FOUND, keys=ALT)
    np.testing.assert_array_equal(mask(document), alone)
    assert alone.any()


def test_of_an_inverted_mask_a_drop_takes_nothing_in_and_holds_what_is_out(left_found, document):
    document.apply(commands.invert_mask(), "Invert")
    before = mask(document)
    click(left_found, BESIDE)
    click(left_found, FOUND, keys=ALT)
    np.testing.assert_array_equal(mask(document), before)
    assert "stays out" in left_found.told
    assert document.state.draft.find.clicks == (Click(*FOUND),)
    click(left_found, (WIDTH // 2 - 40, HEIGHT // 2))
    after = mask(document)
    assert (after[FOUND[::-1]], after[HEIGHT // 2, WIDTH // 2 - 40]) == (0, 255)


def test_the_same_click_is_set_once(clicks, document):
    click(clicks, FOUND)
    steps = document.undo_text
    click(clicks, FOUND)
    assert "this click already" in clicks.told
    assert document.state.draft.find.clicks == (Click(*FOUND),)
    assert document.undo_text == steps
    document.undo()
    assert document.state.draft.find.clicks == ()


def test_clicks_by_keys_keep_and_with_alt_drop_whatever_mode_is_chosen(qtbot, clicks, document, selecting):
    selecting.mode = Mode.SUBTRACT
    send(clicks, MOVE, (20, 20))
    qtbot.keyClick(clicks, Qt.Key.Key_Right)
    qtbot.keyClick(clicks, Qt.Key.Key_Return)
    qtbot.keyClick(clicks, Qt.Key.Key_Return, ALT)
    kept, dropped = document.state.draft.find.clicks
    assert kept.x > 20
    assert (kept.keep, dropped.keep) == (True, False)


def test_clicks_are_seen_while_their_tool_is_in_hand(clicks, document):
    bare = shot(clicks)
    document.apply(commands.click(Click(40, 40)), "Keep")
    x, y = clicks.viewport.to_widget(QPointF(40.5, 40.5)).toPoint().toTuple()
    assert shot(clicks)[y, x].max() < 80 < bare[y, x].max()  # the middle of a plus
    clicks.set_tool("pan")
    np.testing.assert_array_equal(shot(clicks)[y, x], bare[y, x])


def test_clicks_go_and_come_with_the_mask(qtbot, clicks, document):
    document.apply(commands.click(Click(40, 40)), "Keep")
    settle(qtbot, clicks)
    marked = shot(clicks)
    clicks.tint.visible = False  # as it is beside an edit that has to be seen
    bare = shot(clicks)
    clicks.set_tool("pan")
    np.testing.assert_array_equal(shot(clicks), bare)
    clicks.set_tool("clicks")
    clicks.tint.visible = True
    np.testing.assert_array_equal(shot(clicks), marked)
    clicks.set_preview(np.full((4, 4, 3), 200, np.uint8), everywhere=True)
    x, y = clicks.viewport.to_widget(QPointF(40.5, 40.5)).toPoint().toTuple()
    assert shot(clicks)[y, x].min() == 200
    clicks.set_preview(None)
    np.testing.assert_array_equal(shot(clicks), marked)


def test_a_click_that_comes_to_nothing_says_why_until_something_else_is_done(canvas, document):
    canvas.set_tool("clicks")
    send(canvas, PRESS, (20, 20))
    send(canvas, RELEASE, (20, 20))
    assert not document.can_undo
    assert "Nothing is found yet" in canvas.told
    document.apply(commands.paint((5, 5, 4, 4), np.full((4, 4), 255, np.uint8)), "Brush")
    assert not canvas.told
    send(canvas, PRESS, (20, 20))
    send(canvas, RELEASE, (20, 20))
    assert "made by hand" in canvas.told
    canvas.set_tool("pan")
    assert not canvas.told
    canvas.set_tool("clicks")
    document.apply(commands.clear_mask(), "Clear")
    document.adjust(commands.update_draft(query="a zebra"))
    document.apply(commands.set_heat(HeatMap(np.eye(6, 8, dtype=np.float32), clamp=Clamp.PEAK)), "Find")
    for keys, said in ((NONE, "lower the threshold"), (ALT, "isn't masked")):
        send(canvas, PRESS, (WIDTH - 9, 9), keys)
        send(canvas, RELEASE, (WIDTH - 9, 9), keys)
        assert said in canvas.told
        assert document.state.draft.find.clicks == ()  # or it would act by the next one
    document.adjust(commands.update_draft(query="a cow"))
    send(canvas, PRESS, (20, 20))
    assert "for other words" in canvas.told
