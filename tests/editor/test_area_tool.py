"""The frame of the area, by hand: drawn, moved, taken by its sides, taken away; by keys."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from core.document import commands
from core.edit.request import EditRequest
from core.photo import rect as rects
from core.photo.area import check_area, framed
from core.photo.photo import Photo
from editor.canvas.view import Canvas
from tests.editor.conftest import HEIGHT, WIDTH, canvas_with, drag_exactly, shot

LEFT, NOTHING = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
Keys = Qt.KeyboardModifier
FRAME = (100, 80, 120, 90)


@pytest.fixture
def canvas(qtbot, document, brush) -> Canvas:
    return canvas_with(qtbot, document, brush, "area")


def area(document):
    return document.state.draft.area


def put(document, frame=FRAME):
    document.adjust(commands.update_draft(area=frame))


@pytest.mark.parametrize("turned", [0.0, 30.0])
def test_a_drag_draws_the_frame_and_undo_takes_it_back(canvas, document, turned):
    canvas.rotate_view(turned)
    before = shot(canvas)
    drag_exactly(canvas, (220, 170), (100, 80))
    assert area(document) == canvas.frame.rect == FRAME
    assert document.undo_text == "Area"
    assert (shot(canvas) != before).any()
    document.undo()
    assert area(document) == "whole"


@pytest.mark.parametrize(
    ("one", "other", "then"),
    [
        ((150, 120), (160, 125), (110, 85, 120, 90)),  # inside: it moves
        ((150, 120), (-900, 125), (0, 85, 120, 90)),  # no farther than the photo goes
        ((220, 120), (230, 500), (100, 80, 130, 90)),  # its right edge
        ((100, 80), (90, 60), (90, 60, 130, 110)),  # its upper left corner
        ((100, 120), (260, 120), (220, 80, 40, 90)),  # the left edge beyond the right one
        ((400, 300), (450, 340), (400, 300, 50, 40)),  # beside it: a new one
        ((400, 300), (402, 301), (393, 293, 16, 16)),  # never too small for the model
    ],
)
def test_a_frame_is_moved_and_sized_by_where_it_is_taken(canvas, document, one, other, then):
    put(document)
    drag_exactly(canvas, one, other)
    assert area(document) == then


def test_a_hidden_mask_leaves_its_frame_to_the_tool_that_changes_it(canvas, document):
    put(document)
    canvas.tint.visible = False
    with_it = shot(canvas)
    canvas.set_tool("pan")
    differs = (with_it != shot(canvas)).any(axis=2)
    (left, y), (middle, _) = (canvas.viewport.to_widget(QPointF(x, 170)).toTuple() for x in (100, 160))
    between = slice(round(left) + 10, round(middle) - 10)  # its handles
    assert differs[round(y), between].mean() > 0.9


def test_a_click_beside_it_takes_it_away_and_one_inside_leaves_it(canvas, document):
    put(document)
    drag_exactly(canvas, (150, 120), (150, 120))
    assert area(document) == FRAME
    drag_exactly(canvas, (400, 300), (400, 300))
    assert area(document) == "whole"
    assert canvas.frame.rect is None or canvas.frame.follow(document.state)


def test_all_of_it_by_keys(qtbot, canvas, document):
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    x, y, w, h = area(document)
    assert (w, h) == (WIDTH // 2, HEIGHT // 2)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Keys.ShiftModifier)
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    qtbot.keyClick(canvas, Qt.Key.Key_Down, Keys.AltModifier | Keys.ShiftModifier)
    assert area(document) == (x + 1, y - 8, w, h + 1)
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    assert area(document) == "whole"


def test_escape_leaves_the_frame_as_it_was(qtbot, canvas, document):
    put(document)
    place = canvas.viewport.to_widget(QPointF(150, 120)).toPoint()
    qtbot.mousePress(canvas, LEFT, pos=place)
    qtbot.mouseMove(canvas, place * 1.2)
    assert canvas.let_go()
    qtbot.mouseRelease(canvas, LEFT, pos=place)
    assert area(document) == FRAME


def test_a_frame_stands_without_a_model_and_goes_with_the_photo(canvas, document):
    put(document)
    assert canvas.frame.rect == FRAME
    assert canvas.frame.label == "120 × 90"
    document.open(Photo(np.zeros((40, 50, 3), np.uint8)))
    assert area(document) == "whole"
    assert canvas.frame.rect is None


def test_the_cursor_says_what_a_drag_would_do(canvas, document):
    put(document)
    shapes = Qt.CursorShape
    for at, shape in (
        ((150, 120), shapes.SizeAllCursor),
        ((100, 120), shapes.SizeHorCursor),
        ((150, 170), shapes.SizeVerCursor),
        ((220, 170), shapes.SizeFDiagCursor),
        ((220, 80), shapes.SizeBDiagCursor),
        ((400, 300), shapes.CrossCursor),
    ):
        place = canvas.viewport.to_widget(QPointF(*at))
        there = canvas.mapToGlobal(place)
        move = QEvent.Type.MouseMove
        QApplication.sendEvent(canvas, QMouseEvent(move, place, there, NOTHING, NOTHING, Keys.NoModifier))
        assert canvas.cursor().shape() == shape


def test_handles_are_seen_wherever_the_pointer_is_as_long_as_the_tool_is_in_hand(canvas, document):
    canvas.set_tool("pan")
    put(document)
    bare = shot(canvas)
    canvas.set_tool("area")
    x, y = canvas.viewport.to_widget(QPointF(220, 170)).toPoint().toTuple()
    assert (shot(canvas)[y - 1 : y + 2, x - 1 : x + 2] == 255).all()
    assert not (bare[y - 1 : y + 2, x - 1 : x + 2] == 255).all()


@pytest.mark.parametrize("zoom", [1.0, 0.5])
def test_a_frame_as_small_as_its_handles_is_still_moved_by_its_middle(canvas, document, zoom):
    canvas.zoom = zoom
    put(document, (100, 80, 20, 18))
    drag_exactly(canvas, (110, 89), (150, 99))
    assert area(document) == (140, 90, 20, 18)
    drag_exactly(canvas, (160, 99), (170, 99))  # and by its edge as before
    assert area(document) == (140, 90, 30, 18)


def test_every_frame_that_can_be_drawn_can_be_asked_for(document):
    size = document.state.mask.size
    for one, other in (((0, 0), (3, 3)), ((-50, 2), (WIDTH + 9, 4)), ((WIDTH, HEIGHT), (WIDTH + 5, HEIGHT))):
        frame = framed(one, other, size)
        check_area(frame, size)
        assert rects.holds(rects.whole(size), frame)
        assert EditRequest(photo="", query="a", area=frame).searched == frame
