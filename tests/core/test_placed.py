"""A mask moved, scaled and turned as a whole: soft as it was, against other computations."""

import numpy as np
import pytest
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


def test_the_corners_of_a_box_go_along() -> None:
    corners = Transform((10, 10), (5, 0), 2, 1, 90).corners((8, 9, 4, 2))
    assert np.allclose(corners, [(16, 6), (16, 14), (14, 14), (14, 6)])
