"""A stroke that follows the photo's edges, on the canvas: painted, erased, undone, and remembered."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from core.document.layer import Layer, Variant
from core.photo.photo import Photo
from editor.brush import Brush
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tint import Tint
from tests.core.stacks import REQUEST

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def bench(qtbot):
    """A canvas over a photo, dark at the left and light at the right, and a brush that follows edges."""
    halves = np.full((200, 300, 3), 40, np.uint8)
    halves[:, 150:] = 200
    document, brush = Document(), Brush(Settings(brush_size=60.0, brush_hardness=1.0, brush_edges=True))
    document.open(Photo(halves))
    canvas = Canvas(document, brush, Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    canvas.one_to_one()

    def drag(tool, x):
        canvas.set_tool(tool)
        one, other = (canvas.viewport.to_widget(QPointF(x, y)).toPoint() for y in (60, 140))
        qtbot.mousePress(canvas, LEFT, NONE, one)
        qtbot.mouseMove(canvas, other)
        qtbot.mouseRelease(canvas, LEFT, NONE, other)
        return document.state.mask.array() == 255

    return SimpleNamespace(document=document, brush=brush, selecting=canvas.selecting, drag=drag)


def test_a_stroke_stays_on_its_side_of_an_edge_and_so_does_the_eraser(bench):
    document, brush, drag = bench.document, bench.brush, bench.drag
    assert brush.remember()["brush_edges"]
    painted = drag("brush", 135)
    assert painted[80:120, 110:147].all()
    assert not painted[:, 153:].any()
    brush.edges = False
    both = drag("brush", 150)
    assert both[80:120, 125:175].all()
    brush.edges = True
    erased = drag("eraser", 165)
    assert erased[80:120, 110:147].all()
    assert not document.state.mask.array()[80:120, 155:170].any()
    for _ in range(2):
        document.undo()
    assert ((document.state.mask.array() == 255) == painted).all()


def test_the_edges_are_those_of_the_picture_as_shown_or_of_the_photo_as_the_wand_s(bench):
    light, all_of_it = np.full((200, 300, 3), 200, np.uint8), np.full((200, 300), 255, np.uint8)
    layer = Layer("light", Variant((0, 0, 300, 200), light, all_of_it, REQUEST))
    bench.document.apply(lambda state: state.with_(layers=(layer,)), "Edit")
    assert bench.drag("brush", 135)[80:120, 110:162].all()  # there is none any more
    bench.document.undo()
    bench.selecting.as_shown = False
    assert not bench.drag("brush", 135)[:, 153:].any()
