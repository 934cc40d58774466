"""Selections: what shapes cover, and what each mode makes of the mask that is there."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document import commands, layer_commands
from core.document.history import History
from core.document.layer import Layer, Variant
from core.document.mask import Mask
from core.document.plane import FULL, Plane
from core.document.shapes import Ellipse, Feathered, Gradient, Polygon, Rectangle
from core.document.state import State
from core.document.strokes import Mode, Strokes
from core.edit.result import HeatMap
from core.photo.masks.click import Click
from core.photo.photo import Photo

SIZE = (330, 290)  # two tiles each way, the last ones cut off
WIDTH, HEIGHT = SIZE
places = st.floats(-60, 380, allow_nan=False)
corners = st.tuples(places, places, places, places)
shapes = st.one_of(
    st.builds(lambda at: Rectangle(*at), corners),
    st.builds(lambda at: Ellipse(*at), corners),
    st.builds(lambda points: Polygon(tuple(points)), st.lists(st.tuples(places, places), max_size=6)),
    st.builds(lambda at, radial: Gradient(*at, radial=radial), corners, st.booleans()),
)


@st.composite
def soft(draw):
    """Any mask, as an array: squares of any value, one tile full, one empty."""
    cells = np.random.default_rng(draw(st.integers(0, 99))).integers(0, 256, (29, 33), np.uint8)
    values = np.kron(cells, np.ones((10, 10), np.uint8))
    values[draw(st.integers(0, 200)) :, :40] = draw(st.sampled_from((0, 255)))
    return values


@st.composite
def masks(draw):
    """A mask with painted and erased parts, found or not, inverted or not."""
    mask = Mask(SIZE, strokes=Strokes(Plane.from_array(draw(soft()))))
    if draw(st.booleans()):
        values = np.random.default_rng(draw(st.integers(0, 99))).random((9, 11), np.float32)
        mask = mask.with_heat(HeatMap(values), 0.5, 0.0)
    mask = mask.erased_by((50, 20, WIDTH, 100), draw(soft())[:100])
    return mask.toggled() if draw(st.booleans()) else mask


def put(mask, selection, mode):
    """What a mode makes of a mask and a selection, uint8 all three."""
    return {
        Mode.REPLACE: lambda: selection,
        Mode.ADD: lambda: np.maximum(mask, selection),
        Mode.SUBTRACT: lambda: np.minimum(mask, 255 - selection),
        Mode.INTERSECT: lambda: np.minimum(mask, selection),
    }[mode]()


def whole() -> Plane:
    return Plane.from_array(np.full((HEIGHT, WIDTH), 255, np.uint8))


def sampled(points, size, times=8):
    """The share of each pixel whose sample points the outline runs round, float (H, W), 0…255."""
    width, height = size
    x, y = ((np.arange(side * times) + 0.5) / times for side in size)
    turns = np.zeros((height * times, width * times), np.int32)
    for (x0, y0), (x1, y1) in pairwise([*points, points[0]]):
        if y0 != y1:
            rows = np.flatnonzero((y >= min(y0, y1)) & (y < max(y0, y1)))
            cross = x0 + (y[rows] - y0) * (x1 - x0) / (y1 - y0)
            turns[rows] += (x[None] >= cross[:, None]) * (1 if y1 > y0 else -1)
    return (turns != 0).reshape(height, times, width, times).mean(axis=(1, 3)) * 255


# -- shapes


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(-20, 90), st.floats(-20, 90)), min_size=3, max_size=3))
def test_a_polygon_covers_the_area_inside_it(points):
    got = Polygon(tuple(points)).plane((70, 60)).array((70, 60))
    far = np.abs(got - sampled(points, (70, 60), 16))
    assert far.max() <= 24  # of as many samples a pixel, those along an edge
    assert far.mean() <= 0.5


def test_an_outline_that_overlaps_itself_is_inside_wherever_it_runs_round():
    star = [(35 + 30 * np.sin(4 * np.pi * i / 5), 30 - 30 * np.cos(4 * np.pi * i / 5)) for i in range(5)]
    got = Polygon(tuple(star)).plane((70, 60)).array((70, 60))
    assert got[30, 35] == 255  # the middle too
    assert np.abs(got - sampled(star, (70, 60), 16)).mean() < 0.5


def test_a_rectangle_between_pixels_is_soft_there_alone():
    array = Rectangle(20.75, 30.5, 3.25, 4.5).plane((60, 50)).array((60, 50))
    assert [array[10, 3], array[4, 10], array[30, 10], array[10, 20]] == [191, 128, 128, 191]
    assert (array[5:30, 4:20] == 255).all()
    assert np.count_nonzero(array) == 18 * 27


def test_an_ellipse_is_as_far_from_its_middle_as_its_box_says():
    array = Ellipse(100, 50, 20, 10).plane(SIZE).array(SIZE)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    away = np.hypot((x - 60) / 40, (y - 30) / 20)
    assert (array[away < 0.96] == 255).all()
    assert (array[away > 1.04] == 0).all()
    assert abs(array.sum() / 255 - np.pi * 40 * 20) < 3


def test_what_is_full_is_one_tile_for_all_and_what_lies_beside_the_photo_is_nothing():
    plane = Rectangle(-900, -900, 2000, 2000).plane((1024, 512))
    assert all(tile is FULL for tile in plane.tiles.values())
    assert len(plane.tiles) == 8
    for place in ((-50, -50, -1, 100), (2000, 0, 2100, 100), (10, -60, 40, 0), (10, 512, 40, 600)):
        assert Rectangle(*place).plane((1024, 512)).is_empty
    assert Polygon(()).plane(SIZE).is_empty
    assert Polygon(((3, 4), (90, 80))).plane(SIZE).is_empty


@settings(max_examples=25, deadline=None)
@given(shapes)
def test_a_shape_is_the_same_at_any_resolution(shape):
    near = shape.scaled(4).plane((4 * WIDTH, 4 * HEIGHT)).array((4 * WIDTH, 4 * HEIGHT))
    small = near.reshape(HEIGHT, 4, WIDTH, 4).mean(axis=(1, 3))
    far = np.abs(small - shape.plane(SIZE).array(SIZE))
    steep = isinstance(shape, Gradient) and math.hypot(shape.x - shape.to_x, shape.y - shape.to_y) < 20
    assert steep or far.mean() <= 0.5
    if not (steep or isinstance(shape, Polygon)):  # a pixel where one crosses itself holds more than a number
        assert far.max() <= 4


def test_a_feathered_shape_fades_as_far_as_it_says_to_either_side_of_its_edge():
    rectangle = Rectangle(60, -50, 200, 120)
    crisp, soft = (one.plane(SIZE).array(SIZE) for one in (rectangle, Feathered(rectangle, 12)))
    assert np.array_equal(Feathered(rectangle, 0).plane(SIZE).array(SIZE), crisp)
    row = soft[50].astype(int)  # the same at the picture's border: the shape goes on beyond
    assert np.array_equal(row, soft[0])
    assert (row[: 60 - 12] == 0).all()
    assert (row[60 + 12 : 130] == 255).all()
    edge = row[60 - 12 : 60 + 12]
    offset = np.arange(-12, 13)
    disc = np.hypot(offset[:, None], offset) <= 12
    weight = (np.exp(-2 * (offset[:, None] ** 2 + offset**2) / 12**2) * disc).sum(0)
    wanted = np.array([weight[:i].sum() for i in range(1, 25)]) / weight.sum() * 255  # of a straight edge
    assert np.abs(edge - wanted).max() <= 1


@pytest.mark.parametrize("shape", [Ellipse(50, 40, 250, 200), Polygon(((-20, 30), (200, 90), (80, 280)))])
def test_a_feathered_shape_is_the_same_at_any_resolution(shape):
    size, shape = (2 * WIDTH, 2 * HEIGHT), Feathered(shape, 15)
    near = shape.scaled(2).plane(size).array(size)
    small = near.reshape(HEIGHT, 2, WIDTH, 2).mean(axis=(1, 3))
    far = np.abs(small - shape.plane(SIZE).array(SIZE))
    assert far.max() <= 6  # where the disc that it fades over is cut off
    assert far.mean() <= 0.5


@pytest.mark.parametrize("radial", [False, True])
def test_a_gradient_fades_from_its_first_point_to_its_second(radial):
    size = (700, 290)
    array = Gradient(300.5, 100.5, 600.5, 100.5, radial=radial).plane(size).array(size)
    assert np.array_equal(array[100, 300:601], np.floor(255.5 - 255 * np.arange(301) / 300))
    assert array[100, 601:].max() == 0
    if radial:
        y, x = np.mgrid[: size[1], : size[0]]
        away = np.hypot(x - 300, y - 100) / 300
        assert np.abs(array - 255 * (1 - np.minimum(away, 1))).max() <= 0.51
    else:
        assert array[:, :300].min() == 255
        assert (array == array[:1]).all()
    assert Gradient(3, 4, 3, 4, radial=radial).plane(size).is_empty


def test_a_gradient_costs_only_where_it_fades():
    plane = Gradient(600, 0, 700, 0).plane((2048, 512))
    assert [sorted(column for column, row in plane.tiles if row == n) for n in (0, 1)] == [[0, 1, 2]] * 2
    assert plane.tiles[0, 0] is plane.tiles[1, 1] is FULL


# -- modes


@settings(max_examples=20, deadline=None)
@given(masks(), shapes, shapes)
def test_additions_may_come_in_any_order(mask, one, other):
    a, b = one.plane(SIZE), other.plane(SIZE)
    there = mask.selected(a, Mode.ADD).selected(b, Mode.ADD)
    back = mask.selected(b, Mode.ADD).selected(a, Mode.ADD)
    assert np.array_equal(there.array(), back.array())


@settings(max_examples=20, deadline=None)
@given(masks(), soft())
def test_each_mode_does_to_every_pixel_what_it_says(mask, values):
    """By what is seen of the mask and of the selection, however the mask came about."""
    plane, before = Plane.from_array(values), mask.array()
    for mode in Mode:
        once = mask.selected(plane, mode)
        assert np.array_equal(once.array(), put(before, values, mode))
        assert np.array_equal(once.selected(plane, mode).array(), put(once.array(), values, mode))


@settings(max_examples=20, deadline=None)
@given(masks(), soft())
def test_a_dab_is_a_selection_added_or_taken_away(mask, values):
    rect = 0, 0, WIDTH, HEIGHT
    for dabbed, mode in ((mask.painted, Mode.ADD), (mask.erased_by, Mode.SUBTRACT)):
        assert np.array_equal(dabbed(rect, values).array(), put(mask.array(), values, mode))


@settings(max_examples=20, deadline=None)
@given(masks(), shapes)
def test_what_was_added_and_taken_away_leaves_the_outside_as_it_was(mask, shape):
    plane = shape.plane(SIZE)
    after = mask.selected(plane, Mode.ADD).selected(plane, Mode.SUBTRACT).array()
    covered = plane.array(SIZE)
    assert np.array_equal(after[covered == 0], mask.array()[covered == 0])
    assert not after[covered == 255].any()


def test_what_has_no_height_to_speak_of_covers_nothing():
    assert Ellipse(0.0, 0.0, 1.0, 2.2250738585072014e-308).plane(SIZE).is_empty


@settings(max_examples=20, deadline=None)
@given(masks(), shapes)
def test_to_intersect_leaves_what_is_inside_and_nothing_else(mask, shape):
    plane = shape.plane(SIZE)
    after, covered = mask.selected(plane, Mode.INTERSECT).array(), plane.array(SIZE)
    assert np.array_equal(after[covered == 255], mask.array()[covered == 255])
    assert not after[covered == 0].any()
    assert np.array_equal(mask.selected(whole(), Mode.INTERSECT).array(), mask.array())
    assert np.array_equal(mask.selected(plane, Mode.INTERSECT).array(), after)


def test_what_is_added_over_an_erased_part_is_there_as_it_was_drawn():
    mask = Mask(SIZE).replaced(np.full((HEIGHT, WIDTH), 255, np.uint8)).selected(whole(), Mode.SUBTRACT)
    drawn = Ellipse(30.3, 40.2, 200.1, 180.9).plane(SIZE)
    assert np.array_equal(mask.selected(drawn, Mode.ADD).array(), drawn.array(SIZE))
    dab = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(mask.painted((5, 5, 16, 16), dab).crop((5, 5, 16, 16)), dab)


def test_a_selection_in_place_of_a_found_mask_no_threshold_moves(heat):
    found = Mask(SIZE).with_heat(heat, 0.5, 0.0)
    drawn = Rectangle(3, 4, 50, 60).plane(SIZE)
    replaced = found.selected(drawn, Mode.REPLACE)
    assert replaced.heat is None
    assert np.array_equal(replaced.recut(0.1, 5.0).array(), drawn.array(SIZE))
    for mode in (Mode.ADD, Mode.SUBTRACT, Mode.INTERSECT):
        kept = found.selected(drawn, mode)
        assert kept.heat is found.heat
        assert np.array_equal(
            kept.recut(0.8, 0.0).array(), found.recut(0.8, 0.0).selected(drawn, mode).array()
        )


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("mode", Mode)
def test_what_is_found_is_put_into_the_mask_as_any_selection(heat, mode, inverted):
    before = Mask(SIZE).replaced(Ellipse(30.3, 40.2, 280.1, 230.9).plane(SIZE).array(SIZE))
    before = before.erased_by((100, 60, 40, 60), np.full((60, 40), 180, np.uint8))
    before = before.toggled() if inverted else before
    state = State(Photo(np.zeros((HEIGHT, WIDTH, 3), np.uint8)), mask=before)
    asked = state.draft.with_(reference="a horse", query="a zebra")
    found = commands.select_found(heat, asked, mode)(state.with_(draft=asked))
    for threshold in (0.4, 0.7):  # no draw more: what is found is cut anew, and put there anew
        mask = commands.set_threshold(threshold)(found).mask
        cut = Mask(SIZE).with_heat(heat, threshold, 0.0).array()
        assert np.array_equal(mask.array(), put(before.array(), cut, mode))
    other = found.mask.meant_by(asked.with_(query="a cow"))
    assert other.sleeps is (mode is Mode.REPLACE)  # what it was put into makes it the hand's own


@pytest.mark.parametrize("mode", Mode)
def test_what_is_found_next_is_put_into_one_that_sleeps_as_into_any(heat, mode):
    horse, tree = heat, HeatMap(np.roll(heat.values, 4, axis=1))
    state = State(Photo(np.zeros((HEIGHT, WIDTH, 3), np.uint8)), mask=Mask(SIZE))
    first = state.draft.with_(reference="a horse", query="a zebra")
    now = first.with_(reference="a tree", query="a palm")
    awake = commands.set_heat(horse, first)(state.with_(draft=first))
    asleep = awake.with_(mask=awake.mask.meant_by(now), draft=now)
    assert asleep.mask.sleeps
    got = commands.select_found(tree, now, mode)(asleep).mask.array()
    wanted = commands.select_found(tree, now, mode)(awake).mask.array()
    assert np.array_equal(got, wanted)
    assert got.any()


def test_added_to_a_mask_that_is_empty_it_replaces_it_and_clicks_go_with_what_they_were_made_on(heat):
    state = State(Photo(np.zeros((HEIGHT, WIDTH, 3), np.uint8)), mask=Mask(SIZE))
    asked = state.draft.with_(reference="a horse", query="a zebra")
    found = commands.select_found(heat, asked, Mode.ADD)(state.with_(draft=asked))
    assert found.mask.search is not None  # as if it had replaced it
    for mode in (Mode.SUBTRACT, Mode.INTERSECT):
        assert commands.select_found(heat, asked, mode)(state).mask.is_empty
    clicked = commands.click(Click(5, 5, keep=True))(found)
    for again in (commands.set_heat(heat, asked), commands.select_found(heat, asked, Mode.REPLACE)):
        assert not again(clicked).draft.find.clicks
        assert np.array_equal(again(clicked).mask.array(), found.mask.array())


def test_a_found_mask_that_is_kept_is_awake_under_any_words_and_still_cut_by_the_threshold(heat):
    state = State(Photo(np.zeros((HEIGHT, WIDTH, 3), np.uint8)), mask=Mask(SIZE))
    asked = state.draft.with_(reference="a horse", query="a zebra")
    found = commands.set_heat(heat, asked)(state.with_(draft=asked))
    elsewhere = asked.with_(query="a cow")
    asleep = found.with_(mask=found.mask.meant_by(elsewhere), draft=elsewhere)
    assert asleep.mask.is_empty
    kept = commands.own_mask()(asleep)
    assert np.array_equal(kept.mask.array(), found.mask.array())
    assert kept.mask.meant_by(asked) is kept.mask
    cut = commands.set_threshold(0.8)(kept).mask
    assert np.array_equal(cut.array(), commands.set_threshold(0.8)(found).mask.array())


@settings(max_examples=10, deadline=None)
@given(shapes, st.sampled_from(Mode))
def test_every_selection_is_undone(shape, mode):
    photo = Photo(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    state = commands.paint((20, 20, 90, 90), np.full((90, 90), 200, np.uint8))(
        commands.open_photo(photo)(State())
    )
    history = History(state)
    history.push("Select", commands.select(shape.plane(SIZE), mode)(state))
    assert history.undo().mask is state.mask


@settings(max_examples=15, deadline=None)
@given(soft(), shapes, st.sampled_from(Mode))
def test_a_layer_s_own_mask_is_selected_as_one_s_own_is_within_its_box(values, shape, mode):
    x, y, width, height = box = (40, 30, 250, 240)
    inside = values[y : y + height, x : x + width].copy()
    layer = Layer("a zebra", Variant(box, np.zeros((height, width, 3), np.uint8), inside, None))
    state = State(layers=(layer,), mask=Mask(SIZE))
    plane = shape.plane(SIZE)
    variant = layer_commands.select_layer(layer.id, plane, mode)(state).layers[0].variant
    alike = Mask(SIZE).replaced(values).selected(plane, mode)
    assert np.array_equal(variant.soft(box), alike.crop(box))
    shown = variant.retouch.over(Plane().with_max(box, variant.mask)).added
    assert np.array_equal(shown.array(SIZE), shown.within(box).array(SIZE))
