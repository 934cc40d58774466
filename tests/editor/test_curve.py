"""The guidance curve: valid weights from whatever is dragged, by mouse and by keys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPalette

from core.diffusion.trace import StepTrace
from core.diffusion.weight import Shape, Weight
from editor.panels.curve import CurveEditor
from editor.panels.guidance_weight import (
    GAP,
    Course,
    Preset,
    added,
    as_curve,
    course,
    moved,
    removed,
    with_interval,
)
from editor.panels.traces import SERIES, Legend, TracePlot, values

FREE = ((0.0, 7.5), (0.5, 4.0), (1.0, 1.0))
STEPS = 16

shares = st.floats(-2, 3)
weights = st.floats(-50, 300)


@given(st.lists(st.tuples(st.sampled_from(["move", "add", "remove"]), st.integers(0, 20), shares, weights)))
def test_whatever_is_done_to_the_points_the_weight_stays_valid(acts):
    points = FREE
    for act, i, p, w in acts:
        i %= len(points)
        match act:
            case "move":
                points = moved(points, i, p, w)
            case "add":
                points, i = added(points, p, w)
                assert 0 <= i < len(points)
            case "remove":
                points = removed(points, i)
        Weight(curve=points)


@given(shares, shares)
def test_an_interval_is_valid_whatever_its_ends(a, b):
    weight = with_interval(Weight(5, decay=0.5), (a, b))
    assert course(weight) is Course.INTERVAL


@pytest.mark.parametrize(
    "weight",
    [
        Weight(),
        Weight(6, 0.7, 0),
        Weight(9, 1, 1, Shape.COSINE),
        Weight(9, 1, 0, Shape.EXPONENTIAL),
        Weight(5, interval=(0.2, 0.8)),
        Weight(5, interval=(0, 0.005)),
        Weight(5, interval=(0.995, 1)),
        Weight(curve=FREE),
    ],
)
def test_a_free_curve_begins_as_the_weight_was(weight):
    free = as_curve(weight)
    assert course(free) is Course.CURVE
    apart = [abs(free.at(p) - weight.at(p)) for p in np.linspace(0, 1, 101)]
    assert np.median(apart) < 0.35
    assert free.at(0) == pytest.approx(weight.at(0))
    assert free.at(1) == pytest.approx(weight.at(1))


def test_a_preset_keeps_the_scale_and_drops_the_rest():
    fade = Preset("Fade", "", decay=1.0, decay_to=0)
    assert fade.on(Weight(4, curve=FREE)) == Weight(4, 1.0, 0)


@pytest.fixture
def curve(qtbot):
    curve = CurveEditor()
    qtbot.addWidget(curve)
    curve.resize(296, 168)
    curve.show_weight(Weight(curve=FREE), STEPS)
    curve.show()
    qtbot.waitExposed(curve)
    curve.pointsChanged.connect(lambda points: curve.show_weight(Weight(curve=points), STEPS))
    return curve


def spot(curve, i) -> QPoint:
    return curve.spot(*curve.points[i]).toPoint()


def test_a_point_follows_the_mouse(qtbot, curve):
    end = spot(curve, 1) + QPoint(30, -20)
    qtbot.mousePress(curve.viewport(), Qt.MouseButton.LeftButton, pos=spot(curve, 1))
    qtbot.mouseMove(curve.viewport(), end)
    qtbot.mouseRelease(curve.viewport(), Qt.MouseButton.LeftButton, pos=end)
    p, w = curve.points[1]
    assert p > 0.55
    assert w > 4.3
    assert (spot(curve, 1) - end).manhattanLength() <= 3
    qtbot.mouseMove(curve.viewport(), end + QPoint(-60, 30))  # let go: it stays
    assert curve.points[1] == (p, w)


def test_a_point_can_not_pass_its_neighbour(qtbot, curve):
    qtbot.mousePress(curve.viewport(), Qt.MouseButton.LeftButton, pos=spot(curve, 1))
    qtbot.mouseMove(curve.viewport(), QPoint(1000, 1000))
    qtbot.mouseRelease(curve.viewport(), Qt.MouseButton.LeftButton)
    assert curve.points[1] == (1 - GAP, 0)


def test_a_double_click_adds_and_a_right_click_removes(qtbot, curve):
    place = curve.spot(0.25, 2.0).toPoint()
    qtbot.mouseDClick(curve.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseRelease(curve.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert len(curve.points) == 4
    assert curve.points[1] == pytest.approx((0.25, 2.0), abs=0.1)
    assert curve.selection == 1
    qtbot.mouseClick(curve.viewport(), Qt.MouseButton.RightButton, pos=spot(curve, 1))
    assert curve.points == FREE


def test_the_line_is_dragged_by_a_point_of_its_own(qtbot, curve):
    on = curve.spot(0.25, curve._weight.at(0.25)).toPoint()
    qtbot.mouseClick(curve.viewport(), Qt.MouseButton.LeftButton, pos=on)
    assert curve.points == FREE  # a click alone changes nothing
    qtbot.mousePress(curve.viewport(), Qt.MouseButton.LeftButton, pos=on)
    qtbot.mouseMove(curve.viewport(), on + QPoint(0, -10))
    qtbot.mouseMove(curve.viewport(), on + QPoint(6, -20))
    qtbot.mouseRelease(curve.viewport(), Qt.MouseButton.LeftButton, pos=on + QPoint(6, -20))
    assert len(curve.points) == 4
    assert curve.selection == 1
    assert (spot(curve, 1) - on - QPoint(6, -20)).manhattanLength() <= 3
    off = curve.spot(0.75, curve._weight.at(0.75)).toPoint() + QPoint(0, -30)
    qtbot.mousePress(curve.viewport(), Qt.MouseButton.LeftButton, pos=off)
    qtbot.mouseMove(curve.viewport(), off + QPoint(0, -10))
    qtbot.mouseRelease(curve.viewport(), Qt.MouseButton.LeftButton, pos=off)
    assert len(curve.points) == 4


def test_keys_do_all_that_the_mouse_does(qtbot, curve):
    curve.activateWindow()
    curve.clearFocus()
    curve.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: curve.selection == 0)
    qtbot.keyClick(curve, Qt.Key.Key_Tab)
    assert curve.selection == 1
    qtbot.keyClick(curve, Qt.Key.Key_Up)
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    assert curve.points[1] == pytest.approx((0.5 + 1 / 15, 4.5))
    qtbot.keyClick(curve, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert curve.points[1][1] == pytest.approx(4.45)
    qtbot.keyClick(curve, Qt.Key.Key_Insert)
    assert len(curve.points) == 4
    assert curve.selection == 2
    qtbot.keyClick(curve, Qt.Key.Key_Delete)
    assert len(curve.points) == 3
    qtbot.keyClick(curve, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert curve.selection == 1


def test_the_last_point_stays(qtbot, curve):
    for _ in range(5):
        curve.select(0)
        qtbot.keyClick(curve, Qt.Key.Key_Delete)
    assert len(curve.points) == 1


def test_where_the_point_is_can_be_heard(curve):
    curve.select(1)
    assert curve.accessibleDescription() == "Point 2 of 3 at step 8.5 of 16, weight 4"


def test_the_dots_are_the_steps_and_their_weights(curve):
    weight = Weight(7.5, 1.0)
    curve.show_weight(weight, 5)
    x, y = curve._dots.getData()
    assert list(x) == [0, 0.25, 0.5, 0.75, 1]
    assert tuple(y) == weight.over(5)
    curve.show_weight(weight, 1)
    assert len(curve._dots.getData()[0]) == 1


def test_the_plot_is_as_high_as_the_weights_need(curve):
    for scale, top in ((0, 2), (1, 2), (7.5, 10), (15, 20), (100, 110)):
        curve.show_weight(Weight(scale), STEPS)
        assert curve.view.viewRange()[1][1] == pytest.approx(top)


def trace(weight=5.0, u=90.0, t=92.0, update=2.0, p=100.0, cosine=0.99):
    return StepTrace(weight, u, t, update, p, cosine)


def test_what_was_not_computed_is_a_gap(qtbot):
    traces = (trace(), trace(1.0, u=None, update=None, cosine=None), trace())
    by_field = {series.field: values(traces, series) for series in SERIES}
    assert np.isnan(by_field["u"]).tolist() == [False, True, False]
    assert not np.isnan(by_field["t"]).any()
    plot = TracePlot()
    qtbot.addWidget(plot)
    plot.resize(296, 112)
    plot.show_traces(traces, 8)
    x, y = plot._lines[SERIES[2]].getData()
    assert SERIES[2].field == "u"
    assert np.isnan(y).tolist() == [False, True, False]
    assert list(x) == pytest.approx([0, 1 / 7, 2 / 7])
    assert not plot.grab().isNull()


def test_the_run_before_stands_behind_in_grey_at_its_own_steps(qtbot):
    plot = TracePlot()
    qtbot.addWidget(plot)
    earlier = tuple(trace(p=10.0) for _ in range(3))
    plot.show_traces((trace(p=1000.0),), 8, earlier, 5)
    x, y = plot._grey[SERIES[0]].getData()
    assert list(x) == pytest.approx([0, 1 / 4, 2 / 4])
    assert list(y) == pytest.approx([1, 1, 1])  # decimal logarithms
    assert plot._grey[SERIES[0]].opts["pen"].color() == plot.palette().color(
        QPalette.ColorRole.PlaceholderText
    )
    low, high = plot.view.viewRange()[1]
    assert low < 1
    assert high > 3
    plot.set_shown(SERIES[0], False)
    assert np.isnan(plot._grey[SERIES[0]].getData()[1]).all()
    plot.show_traces((), 8)
    assert plot._grey[SERIES[0]].getData()[0].size == 0


@pytest.mark.parametrize(
    "traces",
    [
        (),
        (trace(),),
        (trace(u=None, t=None, update=None, cosine=None, p=0.0),),
        (trace(update=0.0, cosine=-1.0), trace(update=0.0, cosine=1.0)),
    ],
)
def test_odd_traces_can_be_drawn(qtbot, traces):
    plot = TracePlot()
    qtbot.addWidget(plot)
    plot.show_traces(traces, 2)
    assert not plot.grab().isNull()


def test_the_legend_tells_the_latest_values_and_hides_lines(qtbot):
    plot, legend = TracePlot(), Legend()
    qtbot.addWidget(plot)
    qtbot.addWidget(legend)
    legend.toggled.connect(plot.set_shown)
    traces = (trace(), trace(p=123.0, u=None))
    plot.show_traces(traces, 4)
    legend.show_traces(traces)
    assert legend.button("‖p‖").text() == "‖p‖ 123"
    assert legend.button("‖u‖").text() == "‖u‖"
    legend.show()
    qtbot.mouseClick(legend.button("‖p‖"), Qt.MouseButton.LeftButton)
    assert np.isnan(plot._lines[SERIES[0]].getData()[1]).all()
    qtbot.keyClick(legend.button("‖p‖"), Qt.Key.Key_Space)
    assert np.isfinite(plot._lines[SERIES[0]].getData()[1]).all()


def test_a_value_between_two_gaps_is_a_dot(qtbot):
    plot = TracePlot()
    qtbot.addWidget(plot)
    plot.show_traces(tuple(trace(u=u, t=None, update=None, cosine=None) for u in (None, 50.0, None, None)), 4)
    x, y = plot._dots.getData()
    assert list(x) == pytest.approx([1.0, 1 / 3])
    assert list(y) == pytest.approx([2.0, np.log10(50)])  # the newest p, and u alone
