"""A stroke that follows the photo's edges, on the canvas: painted, erased, undone, and remembered."""

import numpy as np
from PySide6.QtCore import QPointF, Qt

from core.photo.photo import Photo
from editor.brush import Brush
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tint import Tint

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def test_a_stroke_stays_on_its_side_of_an_edge_and_so_does_the_eraser(qtbot):
    halves = np.full((200, 300, 3), 40, np.uint8)
    halves[:, 150:] = 200
    document, brush = Document(), Brush(Settings(brush_size=60.0, brush_hardness=1.0, brush_edges=True))
    document.open(Photo(halves))
    canvas = Canvas(document, brush, Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    canvas.one_to_one()
    assert brush.remember()["brush_edges"]

    def drag(tool, x):
        canvas.set_tool(tool)
        one, other = (canvas.viewport.to_widget(QPointF(x, y)).toPoint() for y in (60, 140))
        qtbot.mousePress(canvas, LEFT, NONE, one)
        qtbot.mouseMove(canvas, other)
        qtbot.mouseRelease(canvas, LEFT, NONE, other)
        return document.state.mask.array() == 255

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
