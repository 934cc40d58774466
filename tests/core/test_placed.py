"""A mask moved, scaled and turned as a whole: soft as it was, against other computations."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from core.photo.masks.placed import Transform, placed

HEIGHT, WIDTH = 90, 120
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
SOFT = np.clip(300 - 12 * np.hypot((COLUMNS - 60) / 1.6, ROWS - 45), 0, 255).astype(
    np.uint8
)  # an ellipse that fades, 50 by 31 pixels from its middle
MIDDLE = (60.0, 45.0)


@pytest.mark.parametrize("way", [(0, 0), (3, -4), (-9, 2)])
def test_moved_by_whole_pixels_it_is_the_same_there_and_back(way) -> None:
    there = placed(SOFT, Transform(MIDDLE, way))
    assert (there == np.roll(SOFT, (way[1], way[0]), (0, 1))).all()
    assert (placed(there, Transform(MIDDLE, (-way[0], -way[1]))) == SOFT).all()


def test_what_leaves_the_picture_is_lost() -> None:
    gone = placed(SOFT, Transform(MIDDLE, (40, 0)))
    assert (gone[:, 40:] == SOFT[:, :-40]).all()
    assert not placed(SOFT, Transform(MIDDLE, (500, 0))).any()
    assert not placed(SOFT, Transform(MIDDLE, (500, 0), angle=30)).any()


@pytest.mark.parametrize(
    "placement",
    [
        Transform(MIDDLE, (2.5, -1.25)),
        Transform(MIDDLE, angle=30),
        Transform(MIDDLE, (4, 3), 1.3, 0.8, -70),
        Transform((20, 10), (0, 0), 0.6, 0.9),
    ],
)
def test_it_is_what_an_affine_transform_makes_of_it(placement) -> None:
    forth = np.vstack([placement.matrix(), (0, 0, 1)])
    x, y, _ = np.einsum("ij,jhw->ihw", np.linalg.inv(forth), np.stack([COLUMNS, ROWS, np.ones_like(ROWS)]))
    wanted = ndimage.map_coordinates(SOFT.astype(float), [y - 0.5, x - 0.5], order=1)
    assert abs(placed(SOFT, placement) - wanted).max() <= 1.01


def test_a_quarter_turn_is_exact() -> None:
    square = SOFT[:, 15:105].copy()
    turned = placed(square, Transform((45, 45), angle=90)).astype(int)
    assert abs(turned - np.rot90(square, -1)).max() <= 1


@pytest.mark.parametrize("scale", [0.1, 0.25, 0.5, 0.9, 1.4])
def test_what_it_covers_goes_with_the_scale(scale) -> None:
    scaled = placed(SOFT, Transform(MIDDLE, (0, 0), scale, scale))
    assert scaled.sum() == pytest.approx(SOFT.sum(dtype=float) * scale**2, rel=0.02)


def soft(times: int, y: float, x: float, across: float, down: float) -> np.ndarray:
    """An ellipse that fades over a fifth of it, in a picture so many times as large, uint8."""
    rows, columns = (np.mgrid[0 : times * HEIGHT, 0 : times * WIDTH] + 0.5) / times
    away = np.hypot((columns - x) / across, (rows - y) / down)
    return (np.clip((1.1 - away) * 5, 0, 1) * 255 + 0.5).astype(np.uint8)


sizes = st.floats(8, 40)
ways = st.floats(-30, 30)
scales = st.floats(0.3, 2)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.floats(10, 80), st.floats(10, 110), sizes, sizes),
    st.builds(Transform, st.just(MIDDLE), st.tuples(ways, ways), scales, scales, st.floats(-180, 180)),
    st.sampled_from((2, 3)),
)
def test_it_is_the_same_at_any_resolution(ellipse, placement, times) -> None:
    x, y = (times * part for part in placement.centre)
    way = times * placement.way[0], times * placement.way[1]
    larger = placed(soft(times, *ellipse), replace(placement, centre=(x, y), way=way))
    wanted = placed(soft(1, *ellipse), placement)
    found = larger.reshape(HEIGHT, times, WIDTH, times).mean(axis=(1, 3))
    assert np.abs(found - wanted).mean() <= 1
    low, high = ndimage.minimum_filter(wanted, 3), ndimage.maximum_filter(wanted, 3)
    assert (found >= low - 25.0).all()  # where the picture's border cuts it, its edge is within a pixel
    assert (found <= high + 25.0).all()


def test_the_corners_of_a_box_go_along() -> None:
    corners = Transform((10, 10), (5, 0), 2, 1, 90).corners((8, 9, 4, 2))
    assert np.allclose(corners, [(16, 6), (16, 14), (14, 14), (14, 6)])
