"""The mask moved, scaled and turned by its box: by mouse and keys, made so, taken back, undone."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from core.document import commands
from core.document.shapes import Rectangle
from core.document.strokes import Mode
from core.photo import rect as rects
from core.photo.masks.placed import placed
from editor.canvas.view import Canvas
from tests.editor.conftest import HEIGHT, WIDTH, canvas_with, drag_exactly, settle, shot

LEFT, NOTHING = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
Keys = Qt.KeyboardModifier
BLOCK = 200, 100, 100, 60


@pytest.fixture
def canvas(qtbot, document, brush) -> Canvas:
    canvas = canvas_with(qtbot, document, brush, "transform")
    document.apply(commands.select(Rectangle(200, 100, 300, 160).plane((WIDTH, HEIGHT)), Mode.REPLACE), "R")

    def place(placement):
        mask = placed(document.state.mask.array(), placement)
        document.apply(commands.import_mask(mask), "Transform")

    canvas.placed.connect(place)
    return canvas


def box(document):
    return rects.bounding_box(document.state.mask.array() >= 128)


def test_a_drag_inside_moves_it_and_shows_it_there_before_it_is_so(qtbot, canvas, document):
    before = shot(canvas)
    drag_exactly(canvas, (250, 130), (290, 110))
    assert box(document) == BLOCK
    canvas.repaint()
    shown = shot(canvas)
    assert (shown != before).any()
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert box(document) == (240, 80, 100, 60)
    assert canvas.scene.lifted is None
    assert not canvas._tool.pending
    document.undo()
    assert box(document) == BLOCK


@pytest.mark.parametrize(
    ("one", "other", "keys", "wanted"),
    [
        ((300, 160), (350, 190), Keys.NoModifier, (200, 100, 150, 90)),  # the corner across from it stays
        ((200, 100), (250, 130), Keys.NoModifier, (250, 130, 50, 30)),
        ((300, 130), (340, 170), Keys.NoModifier, (200, 100, 140, 60)),  # a side: its own direction alone
        ((300, 160), (400, 165), Keys.ShiftModifier, (200, 100, 200, 120)),
        ((320, 130), (250, 300), Keys.NoModifier, (220, 80, 60, 100)),  # beside it: a quarter turn
    ],
)
def test_handles_scale_it_and_the_outside_turns_it(qtbot, canvas, document, one, other, keys, wanted):
    drag_exactly(canvas, one, other, keys)
    assert canvas._tool.pending
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert np.allclose(box(document), wanted, atol=1)


def test_escape_takes_it_back_and_a_click_changes_nothing(qtbot, canvas, document):
    drag_exactly(canvas, (250, 130), (300, 200))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    drag_exactly(canvas, (250, 130), (250, 130))
    assert canvas.scene.lifted is None
    assert not canvas._tool.pending
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert document.undo_text == "R"


def test_another_tool_makes_it_so_and_another_mask_ends_it(canvas, document):
    drag_exactly(canvas, (250, 130), (250, 150))
    canvas.set_tool("brush")
    assert box(document) == (200, 120, 100, 60)
    canvas.set_tool("transform")
    drag_exactly(canvas, (250, 150), (250, 170))
    document.apply(commands.invert_mask(), "Invert")
    assert canvas.scene.lifted is None
    canvas.set_tool("brush")
    assert document.undo_text == "Invert"


def test_by_keys(qtbot, canvas, document):
    for key, modifier in (
        (Qt.Key.Key_Right, Keys.ShiftModifier),
        (Qt.Key.Key_Down, Keys.NoModifier),
        (Qt.Key.Key_Left, Keys.AltModifier),
    ):
        qtbot.keyClick(canvas, key, modifier)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert np.allclose(box(document), (201, 108, 92, 60), atol=1)
    qtbot.keyClick(canvas, Qt.Key.Key_PageDown)
    assert canvas._tool._placement.angle == 1
    document.apply(commands.clear_mask(), "Clear")
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert document.undo_text == "Clear"


def test_without_a_mask_there_is_no_box(qtbot, canvas, document):
    document.apply(commands.clear_mask(), "Clear")
    canvas.repaint()
    drag_exactly(canvas, (250, 130), (300, 200))
    assert not canvas._tool.pending


def test_its_handles_go_with_the_mask_and_come_with_it(qtbot, canvas, document):
    """Beside a picture that is shown small, where nothing but they is painted."""
    painted = []

    def paint(event):
        painted.append(event.region())

    def seen_again():
        """What sticks out of the handle in the middle of the upper side was painted anew."""
        top = canvas.viewport.to_widget(QPointF(WIDTH / 2, 0)).toPoint() - QPoint(0, 4)
        qtbot.waitUntil(lambda: any(region.contains(top) for region in painted), timeout=2000)
        painted.clear()

    whole = commands.select(Rectangle(0, 0, WIDTH, HEIGHT).plane((WIDTH, HEIGHT)), Mode.REPLACE)
    document.apply(whole, "All")
    canvas.zoom = 0.25
    settle(qtbot, canvas)
    canvas.repaint()
    canvas.paintEvent = paint
    document.apply(commands.clear_mask(), "Deselect")
    seen_again()
    document.undo()
    seen_again()
