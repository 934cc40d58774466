"""Where the photo lies on the widget: zoom, pan, rotation."""

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF

from editor.canvas.viewport import LEAST, MOST, STEPS, Viewport


@pytest.fixture(params=[1.0, 1.25, 2.0])
def viewport(request) -> Viewport:
    viewport = Viewport()
    viewport.size, viewport.area, viewport.ratio = (640, 400), QSizeF(801, 603), request.param
    viewport.fit()
    return viewport


def near(one: QPointF, other: QPointF, by: float) -> bool:
    return abs(one.x() - other.x()) <= by and abs(one.y() - other.y()) <= by


def test_fit_shows_all_and_touches_a_margin(viewport):
    box = viewport.transform().mapRect(QRectF(0, 0, 640, 400))
    assert QRectF(0, 0, 801, 603).contains(box)
    assert box.width() == pytest.approx(801 - 48, abs=1)
    assert viewport.seen(QRectF(0, 0, 801, 603)) == (0, 0, 640, 400)


@pytest.mark.parametrize("angle", [0, 90])
def test_nothing_is_fitted_under_what_lies_over_the_upper_edge(viewport, angle):
    viewport.turn_to(angle)
    viewport.fit()
    free = viewport.transform().mapRect(QRectF(0, 0, 640, 400))
    viewport.above = int(free.top()) - 20
    viewport.fit()
    assert viewport.transform().mapRect(QRectF(0, 0, 640, 400)) == free  # it is beside the picture
    viewport.above = 150
    viewport.fit()
    box = viewport.transform().mapRect(QRectF(0, 0, 640, 400))
    assert box.top() > 150
    assert box.bottom() < 603
    assert box.center().x() == pytest.approx(801 / 2, abs=1)
    viewport.above = 0
    viewport.fit()
    assert viewport.transform().mapRect(QRectF(0, 0, 640, 400)) == free


def test_above_what_lies_over_the_lower_edge_a_fitted_photo_moves_before_it_shrinks(viewport):
    viewport.area = QSizeF(801, 800)
    viewport.fit()
    free = viewport.transform().mapRect(QRectF(0, 0, 640, 400))
    viewport.below = int(800 - free.bottom()) - 20
    viewport.fit()
    assert viewport.transform().mapRect(QRectF(0, 0, 640, 400)) == free  # it is beside the picture
    viewport.below += 60
    viewport.fit()
    moved = viewport.transform().mapRect(QRectF(0, 0, 640, 400))
    assert moved.size() == free.size()
    assert free.top() - 60 < moved.top() < free.top()
    assert moved.bottom() < 800 - viewport.below
    viewport.below = 500
    viewport.fit()
    box = viewport.transform().mapRect(QRectF(0, 0, 640, 400))
    assert box.width() < free.width()
    assert box.bottom() < 300
    viewport.below = 0
    viewport.fit()
    assert viewport.transform().mapRect(QRectF(0, 0, 640, 400)) == free


def test_a_turned_photo_is_fitted_too(viewport):
    viewport.turn_to(90)
    viewport.fit()
    box = viewport.transform().mapRect(QRectF(0, 0, 640, 400))
    assert QRectF(-1, -1, 803, 605).contains(box)
    assert box.height() > box.width()


@pytest.mark.parametrize("angle", [0, 30, 180])
def test_what_is_under_the_pointer_stays_there(viewport, angle):
    viewport.turn_to(angle)
    pointer = QPointF(320, 340)
    held, start, centre = viewport.to_photo(pointer), viewport.zoom, QPointF(viewport.centre)
    for zoom in (3.0, 12.0, 0.9):
        viewport.zoom_at(zoom, pointer)
        assert near(viewport.to_widget(held), pointer, 1 + zoom / start)  # `held` was under a rounded place
    viewport.zoom_at(start, pointer)
    assert near(viewport.centre, centre, 1e-6)


def test_one_photo_pixel_is_one_device_pixel_and_lies_on_it(viewport):
    viewport.zoom_at(1.0, QPointF(100, 100))
    device = viewport.transform().m11() * viewport.ratio
    assert device == pytest.approx(1.0)
    corner = viewport.to_widget(QPointF(0, 0)) * viewport.ratio
    assert corner.x() == pytest.approx(round(corner.x()), abs=1e-6)
    assert corner.y() == pytest.approx(round(corner.y()), abs=1e-6)


def test_steps_are_round_numbers_and_end_at_the_limits(viewport):
    viewport.zoom_at(1.0, QPointF())
    seen = []
    while viewport.step(1) != viewport.zoom:
        viewport.zoom_at(viewport.step(1), QPointF())
        seen.append(viewport.zoom)
    assert seen == [zoom for zoom in STEPS if zoom > 1]
    assert viewport.zoom == MOST
    while viewport.step(-1) != viewport.zoom:
        viewport.zoom_at(viewport.step(-1), QPointF())
    assert viewport.zoom == LEAST
    viewport.zoom_at(0.9, QPointF())
    assert (viewport.step(-1), viewport.step(1)) == (0.6667, 1.0)


def test_pan_follows_the_hand_and_never_loses_the_photo(viewport):
    viewport.zoom_at(8.0, QPointF(400, 300))
    held = viewport.to_photo(QPointF(400, 300))
    viewport.pan(-37, 21)
    assert near(viewport.to_widget(held), QPointF(363, 321), 1.0)
    viewport.pan(1e6, 1e6)
    assert viewport.centre == QPointF(0, 0)


def test_a_change_repaints_all_the_pixels_that_it_touches(viewport):
    for angle in (0, 45):
        viewport.turn_to(angle)
        inner = viewport.transform().mapRect(QRectF(100, 100, 50, 20))
        assert QRectF(viewport.covering((100, 100, 50, 20))).contains(inner.adjusted(-1, -1, 1, 1))


def test_reveal_moves_no_farther_than_needed(viewport):
    viewport.zoom_at(8.0, QPointF(400, 300))
    before = QPointF(viewport.centre)
    viewport.reveal(viewport.to_photo(QPointF(400, 300)), 32)
    assert viewport.centre == before
    outside = viewport.to_photo(QPointF(-100, 300))
    viewport.reveal(outside, 32)
    assert near(viewport.to_widget(outside), QPointF(32, 300), 1.0)


@pytest.mark.parametrize(("zoom", "factor"), [(32, 1), (1, 1), (0.6, 2), (0.5, 2), (0.25, 4), (0.02, 64)])
def test_the_overlay_has_about_the_screens_pixels(viewport, zoom, factor):
    viewport.zoom = zoom
    assert viewport.factor() == factor
