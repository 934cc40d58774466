"""The mask overlay: mended in part, it looks as if it had been made whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from core.document import commands
from core.document.composite import NOWHERE
from core.document.mask import Mask
from core.edit.result import HeatMap
from core.photo import rect as rects
from editor.canvas import overlay as overlays
from editor.canvas.overlay import MaskOverlay
from editor.canvas.view import Canvas
from editor.selecting import Selecting
from editor.settings import Settings
from editor.tint import MaskView, Tint
from tests.editor.conftest import pixels

SIZE = (1301, 903)
Y, X = np.mgrid[0:40, 0:64].astype(np.float32)
FOUND = Mask(SIZE).with_heat(HeatMap(np.exp(-((X - 20) ** 2 + (Y - 20) ** 2) / 120)), 0.5, 0.0)


def state(overlay: MaskOverlay):
    return overlay._cover, overlay._values.copy(), overlay._pixels.copy()


def fresh(mask, seen, factor) -> MaskOverlay:
    overlay = MaskOverlay(QColor("#d0104c"), 0.5)
    overlay.show(mask)
    overlay.look(seen, factor)
    return overlay


def dab(mask, x, y, side, erase):
    patch = np.full((side, side), 255, np.uint8)
    return (mask.erased_by if erase else mask.painted)((x, y, side, side), patch), (x, y, side, side)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-50, 1300), st.integers(-50, 900), st.integers(1, 500), st.booleans()),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([1, 2, 8]),
)
def test_mended_is_made_anew(strokes, factor):
    seen = (200, 100, 700, 500) if factor == 1 else (0, 0, *SIZE)
    overlay, mask = fresh(FOUND, seen, factor), FOUND
    for x, y, side, erase in strokes:
        mask, rect = dab(mask, x, y, side, erase)
        overlay.refresh(mask, rect)
        tinted = rects.bounding_box(overlay._values)
        assert overlay.box == (NOWHERE if tinted is None else overlay._photo(tinted))
    cover, values, pixels = state(overlay)
    whole = fresh(mask, seen, factor)
    assert cover == whole._cover
    assert np.abs(values.astype(int) - whole._values).max() <= 1
    assert np.mean(pixels != whole._pixels) < 0.002


@pytest.mark.parametrize("factor", [1, 4])
def test_made_in_slices_it_is_as_made_at_once(monkeypatch, factor):
    monkeypatch.setattr(overlays, "AT_ONCE", 0)
    monkeypatch.setattr(overlays, "SLICE", 20_000 // factor**2)
    mask = Mask(SIZE).painted((100, 100, 900, 700), np.full((700, 900), 255, np.uint8))
    overlay = fresh(mask, (0, 0, 900, 600), factor)
    mask, _ = dab(Mask(SIZE), 300, 200, 400, erase=False)
    before = overlay._values.copy()
    assert not overlay.show(mask, sliced=True)
    assert overlay.is_stale
    assert (overlay._values == before).all()
    assert overlay.step()[3] < 600  # of all that differs, a slice
    mask, rect = dab(mask, 350, 250, 450, erase=False)  # painted on meanwhile, and panned
    overlay.refresh(mask, rect, sliced=True)
    overlay.look((250, 200, 900, 600), factor)
    changed = [overlay.step() for _ in range(60) if overlay.is_stale]
    assert not overlay.is_stale
    whole = fresh(mask, (250, 200, 900, 600), factor)
    assert overlay._cover == whole._cover
    assert (overlay._values == whole._values).all()
    assert (overlay._pixels == whole._pixels).all()
    assert any(not rects.is_empty(part) for part in changed)


def test_what_is_shown_at_once_leaves_no_slice_of_before(monkeypatch):
    monkeypatch.setattr(overlays, "AT_ONCE", 0)
    monkeypatch.setattr(overlays, "SLICE", 20_000)
    overlay = fresh(FOUND, (0, 0, 900, 600), 1)
    overlay.show(Mask(SIZE), sliced=True)
    overlay.show(FOUND)
    assert not overlay.is_stale
    overlay.show(Mask(SIZE), sliced=True)
    overlay.look((0, 0, *SIZE), 2)  # another zoom is filled anew
    assert not overlay.is_stale
    assert overlay.is_empty


def test_a_pan_fills_only_what_comes_into_view():
    overlay = fresh(FOUND, (0, 0, 600, 400), 2)
    assert not overlay.look((20, 20, 600, 400), 2)  # within the margin
    assert overlay.look((300, 250, 600, 400), 2)
    whole = fresh(FOUND, (300, 250, 600, 400), 2)
    assert overlay._cover == whole._cover
    assert np.abs(overlay._values.astype(int) - whole._values).max() <= 1


def test_refresh_tells_only_of_tiles_that_changed():
    overlay = fresh(FOUND, (0, 0, *SIZE), 2)
    mask, rect = dab(FOUND, 300, 300, 20, erase=False)
    assert overlay.refresh(mask, rect) == [rect]
    again, rect = dab(mask, 290, 290, 600, erase=False)
    again, rect = dab(again, 290, 290, 600, erase=False)
    overlay.refresh(again, rect)
    assert overlay.refresh(dab(again, 290, 290, 600, erase=False)[0], rect) == []


def test_the_tint_is_the_colour_at_its_opacity():
    mask = Mask(SIZE).painted((100, 100, 400, 300), np.full((300, 400), 255, np.uint8))
    overlay = fresh(mask, (0, 0, *SIZE), 1)
    overlay.restyle(QColor(0, 200, 0), 0.5)
    pixel = int(overlay._pixels[250, 300])
    assert (pixel >> 24, pixel >> 16 & 255, pixel >> 8 & 255, pixel & 255) == (128, 0, 100, 0)
    assert overlay._pixels[50, 50] == 0
    assert overlay._pixels[100, 300] >> 24 == 255  # the outline
    overlay.fill(False)
    assert overlay._pixels[250, 300] == 0
    assert overlay._pixels[100, 300] >> 24 == 255


def test_ants_march_along_the_edge_and_nowhere_else():
    mask = Mask(SIZE).painted((100, 100, 400, 300), np.full((300, 400), 255, np.uint8))
    overlay = fresh(mask, (0, 0, *SIZE), 1)
    overlay.restyle(QColor(0, 200, 0), 0.5, ants=True)
    edge = overlay._pixels[100, 100:500].copy()
    assert set(edge.tolist()) == {0xFF000000, 0xFFFFFFFF}
    assert not overlay._pixels[101:399, 101:499].any()
    assert overlay.march() == (100, 100, 400, 300)
    assert (overlay._pixels[100, 100:499] == edge[1:]).all()
    mask, rect = dab(mask, 600, 100, 50, erase=False)
    overlay.refresh(mask, rect)
    assert overlay.march() == (100, 100, 550, 300)
    overlay.show(Mask(SIZE))
    assert overlay.march() == (0, 0, 0, 0)


def test_alone_the_mask_is_seen_as_it_is():
    mask = Mask(SIZE).painted((100, 100, 256, 256), np.tile(np.arange(256, dtype=np.uint8), (256, 1)))
    overlay = fresh(mask, (0, 0, *SIZE), 1)
    overlay.restyle(QColor(0, 200, 0), 0.5, ants=True, alone=True)
    greys = overlay._pixels.view(np.uint8).reshape(*overlay._pixels.shape, 4)
    assert (greys[..., :3] == overlay._values[..., None]).all()
    assert (greys[..., 3] == 255).all()
    assert overlay.march() == (0, 0, 0, 0)
    overlay.fill(False)  # under a heat map the edge alone
    assert not overlay._pixels[50, 50]


def test_feathered_at_rest_and_plain_again():
    mask = Mask(SIZE).painted((400, 300, 400, 300), np.full((300, 400), 255, np.uint8))
    overlay = fresh(mask, (0, 0, *SIZE), 2)
    plain = overlay._values.copy()
    assert not overlay.feather(0.0)
    assert overlay.feather(40.0)
    assert 0 < overlay._values[195, 195] < 255
    assert overlay.feather(0.0)
    assert np.array_equal(overlay._values, plain)


@pytest.mark.parametrize("change", [Mask.toggled, lambda mask: mask.recut(0.9, 0.0)])
def test_another_mask_is_not_mended_but_made(change):
    overlay = fresh(FOUND, (0, 0, *SIZE), 2)
    overlay.refresh(change(FOUND), (0, 0, 10, 10))
    overlay.look((0, 0, *SIZE), 2)
    assert np.array_equal(overlay._values, fresh(change(FOUND), (0, 0, *SIZE), 2)._values)


@pytest.mark.parametrize("feathered", [0.0, 30.0])
@pytest.mark.parametrize("threshold", [0.3, 0.501, 0.9])
def test_another_cut_is_mended_where_it_differs(monkeypatch, threshold, feathered):
    touched = []
    tint = MaskOverlay._tint
    monkeypatch.setattr(
        MaskOverlay, "_tint", lambda self, *at: touched.append(self._values[at].size) or tint(self, *at)
    )
    overlay = fresh(FOUND, (0, 0, *SIZE), 2)
    overlay.feather(feathered)
    touched.clear()
    mask = FOUND.recut(threshold, 0.0)
    parts = overlay.show(mask)
    whole = fresh(mask, (0, 0, *SIZE), 2)
    assert np.array_equal(overlay._values, whole._values)
    assert np.array_equal(overlay._pixels, whole._pixels)
    assert touched[0] < overlay._values.size / 4  # of a region in a corner
    before = fresh(FOUND, (0, 0, *SIZE), 2)
    before.feather(feathered)
    differing = np.argwhere(before._pixels != whole._pixels) * 2
    assert all(
        any(x <= column < x + w and y <= row < y + h for x, y, w, h in parts) for row, column in differing
    )
    assert overlay.show(mask) == []


def test_feathered_square_by_square_is_feathered_whole():
    mask = FOUND.painted((900, 500, 300, 300), np.full((300, 300), 255, np.uint8))
    for other in (mask, mask.toggled()):
        overlay = fresh(other, (0, 0, *SIZE), 2)
        plain = Image.fromarray(overlay._values.copy())
        (part,) = overlay.feather(40.0)
        whole = np.asarray(plain.filter(ImageFilter.GaussianBlur(10)))
        assert np.abs(overlay._values.astype(int) - whole).max() <= 1
        assert part[2] * part[3] <= SIZE[0] * SIZE[1]


def test_a_prompt_typed_feathers_nothing_anew_but_a_stroke_does():
    mask = Mask(SIZE).painted((400, 300, 400, 300), np.full((300, 400), 255, np.uint8))
    overlay = fresh(mask, (0, 0, *SIZE), 2)
    assert overlay.feather(40.0)
    assert not overlay.feather(40.0)
    overlay.refresh(*dab(mask, 100, 100, 50, erase=False))
    assert overlay.feather(40.0)
    overlay.look((0, 0, *SIZE), 4)
    assert overlay.feather(40.0)


def test_a_canvas_shows_tint_ants_or_the_mask_alone(qtbot, document, brush):
    tint = Tint(Settings(overlay_ants=True))
    canvas = Canvas(document, brush, tint, Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.resize(700, 500)
    canvas.show()
    canvas.one_to_one()
    document.apply(commands.paint((200, 100, 200, 200), np.full((200, 200), 255, np.uint8)), "Brush")
    inside = canvas.viewport.to_widget(QPointF(300, 200)).toPoint()

    def colour():
        return pixels(canvas.grab().toImage())[inside.y(), inside.x()].tolist()

    def edge():
        return pixels(canvas.grab().toImage()).tobytes()

    bare = colour()
    assert tint.remember()["overlay_ants"]
    before = edge()
    qtbot.waitUntil(lambda: edge() != before)  # they march
    tint.look = MaskView.TINT
    assert colour() != bare
    tint.visible = False
    assert colour() == bare
    tint.turn_alone()
    assert colour() == [255, 255, 255]
    document.apply(commands.clear_mask(), "Clear")
    assert colour() == [0, 0, 0]
    tint.turn_alone()
    assert colour() == bare


def test_a_canvas_shows_a_mask_on_trial_and_then_its_own_again(qtbot, document, brush):
    canvas = Canvas(document, brush, Tint(Settings()), Selecting(Settings()))
    qtbot.addWidget(canvas)
    canvas.resize(700, 500)
    canvas.show()
    document.apply(commands.paint((100, 100, 60, 60), np.full((60, 60), 255, np.uint8)), "Brush")

    def shown():
        return pixels(canvas.grab().toImage()).tobytes()

    own, photo = shown(), document.state.mask.size
    canvas.try_mask(Mask(photo).painted((200, 100, 200, 200), np.full((200, 200), 255, np.uint8)))
    assert shown() != own
    canvas.try_mask(None)
    assert shown() == own
