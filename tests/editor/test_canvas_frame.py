"""The frame round what the model will see."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from core.document import commands
from core.edit.method import Method
from core.photo import area, region
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from editor.brush import Brush
from editor.canvas.view import Canvas
from editor.document.document import Document
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tint import Tint
from tests.core.stacks import arrived
from tests.editor.conftest import edit_result, settle, shot

PIXELS = 64
HERE = (300, 260, 60, 60)
DAB = np.full((60, 60), 255, np.uint8)


@pytest.fixture
def document(qtbot) -> Document:
    document = Document()
    document.open(Photo(np.full((600, 900, 3), 128, np.uint8)))
    return document


@pytest.fixture
def canvas(qtbot, document) -> Canvas:
    canvas = Canvas(document, Brush(Settings()), Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.resize(1000, 700)
    canvas.set_resolution(PIXELS)
    canvas.show()
    canvas.one_to_one()
    document.apply(commands.paint(HERE, DAB), "Brush")
    document.adjust(commands.update_draft(area="auto"))
    settle(qtbot, canvas)
    return canvas


@pytest.mark.parametrize("feather", [4, 120])
def test_it_is_the_area_that_the_engine_takes(qtbot, document, canvas, feather):
    document.adjust(commands.update_draft(feather=feather))
    settle(qtbot, canvas)
    assert canvas.frame.rect is not None
    assert canvas.frame.rect == area.for_mask(document.mask(), document.state.draft.feather, PIXELS)


def test_it_tells_what_the_part_measures_and_at_what_size_the_model_sees_it(canvas):
    part, seen = (side.split(" × ") for side in canvas.frame.label.split(" → "))
    assert tuple(map(int, part)) == canvas.frame.rect[2:]
    assert tuple(map(int, seen)) == region.view(canvas.frame.rect[2:], PIXELS, 8).working


def test_a_dashed_line_runs_where_the_area_ends(canvas, document):
    line = canvas.viewport.transform().mapRect(QRectF(*canvas.frame.rect))
    with_it = shot(canvas)
    canvas.frame.rect = None
    canvas.update()
    differs = (with_it != shot(canvas)).any(axis=2)
    x, y, right, bottom = (round(v) for v in (line.left(), line.top(), line.right(), line.bottom()))
    assert differs[bottom, x + 1 : right].mean() > 0.9
    assert differs[y + 30 : bottom, right].mean() > 0.9
    assert not differs[y + 30 : bottom - 2, x + 2 : right - 2].any()


def test_it_follows_the_mask_and_the_choice(qtbot, document, canvas):
    before = canvas.frame.rect
    document.apply(commands.paint((700, 400, 60, 60), DAB), "Brush")
    settle(qtbot, canvas)
    assert canvas.frame.rect not in (None, before)
    document.undo()
    settle(qtbot, canvas)
    assert canvas.frame.rect == before


@pytest.mark.parametrize(
    "change",
    [
        commands.update_draft(area="whole"),
        commands.update_draft(method=Method.SDEDIT),
        commands.clear_mask(),
    ],
)
def test_it_is_hidden_where_there_is_no_area(qtbot, document, canvas, change):
    assert canvas.frame.rect is not None
    document.apply(change, "Change")
    settle(qtbot, canvas)
    assert canvas.frame.rect is None
    assert canvas.frame.label == ""


def test_with_the_tint_away_the_picture_stands_alone(canvas):
    canvas.tint.visible = False
    without = shot(canvas)
    canvas.frame.rect = None
    canvas.update()
    assert (without == shot(canvas)).all()


def test_the_area_of_the_edit_before_stays_while_it_serves(qtbot, document, canvas):
    """A mask that moves across the limit of two places: alone it would move the area too."""
    mask = np.zeros((600, 900), np.uint8)
    places, kept = set(), set()
    for x in range(300, 312):
        mask[:] = 0
        mask[260:320, x : x + 60] = 255
        document.apply(commands.import_mask(mask), "Mask")
        settle(qtbot, canvas)
        kept.add(canvas.frame.rect)
        places.add(area.for_mask(BoxedMask.of(mask), document.state.draft.feather, PIXELS))
        if not document.state.layers:
            document.apply(arrived(edited(document, canvas.frame.rect)), "Repaint")
            settle(qtbot, canvas)
    assert len(places) > 1
    assert kept == {canvas.frame.rect}


def edited(document, place):
    return replace(edit_result(document, (300, 260, 60, 60)), area=place)
