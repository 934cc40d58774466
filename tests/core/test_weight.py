"""The guidance weight over the steps: end points, shapes, the free curve, and what each weight costs."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from core.diffusion.weight import Needs, Rescale, Shape, Weight, evaluations, monotone_cubic, needs

scales = st.floats(0, 100)
shares = st.floats(0, 1)


def test_without_decay_the_weight_is_constant():
    assert Weight(scale=7.5).over(16) == (7.5,) * 16


@given(scale=scales, shape=st.sampled_from(Shape), end=st.sampled_from([0, 1]), steps=st.integers(2, 60))
def test_a_full_decay_starts_at_the_scale_and_ends_exactly_at_its_end(scale, shape, end, steps):
    weights = Weight(scale=scale, decay=1, decay_to=end, shape=shape).over(steps)
    assert weights[0] == pytest.approx(scale, abs=1e-3)  # snapped when within a thousandth of 0 or 1
    assert weights[-1] == end
    direction = 1 if scale >= end else -1
    assert all(direction * (a - b) >= -1e-3 for a, b in pairwise(weights))


@given(scale=scales, decay=shares, end=st.sampled_from([0, 1]))
def test_a_partial_decay_ends_its_share_of_the_way(scale, decay, end):
    assert Weight(scale=scale, decay=decay, decay_to=end).at(1) == pytest.approx(
        scale + decay * (end - scale), abs=1e-9
    )


def test_the_shapes_are_the_formulas():
    assert Shape.LINEAR.fraction(0.25) == 0.25
    assert Shape.COSINE.fraction(0.25) == pytest.approx((1 - math.cos(math.pi / 4)) / 2)
    assert Shape.EXPONENTIAL.fraction(0.25) == pytest.approx((1 - math.exp(-1.25)) / (1 - math.exp(-5)))
    for shape in Shape:
        assert shape.fraction(0) == 0
        assert shape.fraction(1) == pytest.approx(1, abs=1e-15)


def test_one_step_takes_the_scale():
    assert Weight(scale=7.5, decay=1).over(1) == (7.5,)


def test_outside_its_interval_the_weight_is_one():
    assert Weight(scale=5, interval=(0.25, 0.75)).over(5) == (1, 5, 5, 5, 1)


@pytest.mark.parametrize(
    "points",
    [
        ((0.0, 7.5), (0.3, 9.0), (0.5, 4.0), (0.8, 4.0), (1.0, 1.0)),  # extrema, where the slope is 0
        ((0.0, 9.0), (0.1, 8.5), (0.4, 3.0), (0.45, 2.5), (1.0, 1.0)),  # falling: the slope between is a mean
        ((0.0, 0.5), (0.7, 1.0), (0.8, 6.0), (1.0, 20.0)),
        ((0.0, 5.0), (1.0, 2.0)),
    ],
)
def test_the_free_curve_is_pchip(points):
    reference = PchipInterpolator(*zip(*points, strict=True))
    for i in range(101):
        assert monotone_cubic(points, i / 100) == pytest.approx(float(reference(i / 100)), abs=1e-9)


curves = st.lists(
    st.tuples(st.integers(0, 50).map(lambda i: i / 50), st.floats(0, 20)),
    min_size=1,
    max_size=8,
    unique_by=lambda point: point[0],
).map(lambda points: tuple(sorted(points)))


@given(points=curves, p=shares)
def test_the_free_curve_passes_its_points_and_never_leaves_their_range(points, p):
    for x, y in points:
        assert monotone_cubic(points, x) == pytest.approx(y, abs=1e-9)
    low, high = min(y for _, y in points), max(y for _, y in points)
    assert low - 1e-9 <= monotone_cubic(points, p) <= high + 1e-9


def test_a_curve_replaces_scale_and_ends_at_its_last_point():
    weights = Weight(scale=7.5, curve=((0.0, 7.5), (0.5, 4.0), (1.0, 1.0))).over(16)
    assert weights[0] == 7.5
    assert weights[-1] == 1


@pytest.mark.parametrize(
    ("weight", "rescale", "expected"),
    [
        (0.0, Rescale.OFF, Needs(True, False)),
        (0.0, Rescale.BOTH, Needs(True, False)),
        (0.0, Rescale.STD, Needs(True, False)),
        (1.0, Rescale.OFF, Needs(False, True)),
        (1.0, Rescale.STD, Needs(False, True)),
        (1.0, Rescale.PREDICTION, Needs(True, True)),
        (1.0, Rescale.UPDATE, Needs(True, True)),
        (1.0, Rescale.BOTH, Needs(True, True)),
        (0.5, Rescale.OFF, Needs(True, True)),
        (7.5, Rescale.OFF, Needs(True, True)),
        (1.0, Rescale.PROJECTED, Needs(False, True)),
        (7.5, Rescale.PROJECTED, Needs(True, True)),
    ],
)
def test_what_a_step_must_evaluate(weight, rescale, expected):
    assert needs(weight, rescale) == expected
    parallel = Needs(weight == 0, weight != 0)
    assert needs(weight, rescale, parallel=True) == parallel


def test_weights_close_to_one_snap_and_save_an_evaluation():
    weights = Weight(scale=7.5, curve=((0.0, 7.5), (1.0, 1.0004))).over(4)
    assert weights[-1] == 1
    assert evaluations(weights, Rescale.OFF) == 7
    assert evaluations(weights, Rescale.PREDICTION) == 8


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": -1},
        {"scale": float("nan")},
        {"decay": 1.5},
        {"decay_to": 2},
        {"interval": (0.7, 0.3)},
        {"curve": ()},
        {"curve": ((0.5, 1.0), (0.5, 2.0))},
        {"curve": ((0.0, -1.0),)},
        {"curve": ((0.0, 5.0),), "interval": (0.0, 0.5)},
        {"curve": ((0.0, 5.0),), "decay": 0.5},
    ],
)
def test_impossible_weights_are_refused(wrong):
    with pytest.raises(ValueError, match=r"guidance|decay|interval|curve"):
        Weight(**wrong)
