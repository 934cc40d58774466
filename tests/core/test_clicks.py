"""Clicks on a found mask: the cut goes to the nearer one along the picture's edges; undone, kept, written."""

import heapq
import math
import pickle
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core import cli
from core.document import commands
from core.document.recipe import reuse
from core.document.state import State
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.parameters import named
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.edit.saved_preset import SETTINGS, SavedPreset
from core.errors import InputError
from core.photo.masks import clicks as on_clicks
from core.photo.masks.click import Click
from core.photo.masks.clicks import EDGE, Ground, chosen, flat, guide
from core.photo.photo import Photo
from resources import samples_folder

SIZE = 48, 32
FULL = np.full((32, 48), 255, np.uint8)
EVEN = np.ones((4, 6), np.float32)
LEFT, RIGHT = Click(6, 16), Click(41, 16, keep=False)


def way(ground: np.ndarray, start: tuple[int, int]) -> np.ndarray:
    """The cheapest way from one cell to every other, by a plain heap."""
    rows, columns = ground.shape[:2]
    colours, far = ground.astype(float) / 255, np.full((rows, columns), math.inf)
    far[start], heap = 0, [(0.0, start)]
    while heap:
        gone, (y, x) = heapq.heappop(heap)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                there = y + dy, x + dx
                if there == (y, x) or not (0 <= there[0] < rows and 0 <= there[1] < columns):
                    continue
                apart = math.sqrt(np.square(colours[y, x] - colours[there]).mean())
                on = gone + math.hypot(dy, dx) + EDGE * apart
                if on < far[there]:
                    far[there] = on
                    heapq.heappush(heap, (on, there))
    return far


def test_each_place_goes_to_the_click_with_the_shorter_way():
    ground = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    kept, dropped = way(ground, (16, 6)), way(ground, (16, 41))
    found = chosen(FULL, EVEN, Ground(ground), (LEFT, RIGHT), SIZE)
    clear = np.abs(kept - dropped) > 1.5
    assert clear.mean() > 0.8
    np.testing.assert_array_equal(found[clear] >= 128, (kept < dropped)[clear])
    assert set(np.unique(found[clear])) == {0, 255}


def test_an_edge_of_the_picture_divides_where_the_middle_would_not():
    pixels = np.zeros((320, 480, 3), np.uint8)
    pixels[:, 150:] = 255
    clicks = Click(140, 160), Click(470, 160, keep=False)
    at_edge = chosen(FULL, EVEN, Ground(guide(pixels)), clicks, (480, 320))
    assert at_edge[:, :15].min() == 255
    assert at_edge[:, 16:].max() == 0
    in_middle = chosen(FULL, EVEN, Ground(flat((480, 320))), clicks, (480, 320))
    assert in_middle[16, 28] == 255 > in_middle[16, 32]


def test_clicks_add_nothing_to_the_cut():
    mask = FULL.copy()
    mask[:, 20:] = 100
    found = chosen(mask, EVEN, Ground(flat(SIZE)), (LEFT, RIGHT), SIZE)
    assert (found <= mask).all()
    assert found[16, 21] == 100


def two_islands() -> np.ndarray:
    mask = np.zeros((32, 48), np.uint8)
    mask[10:20, 2:12] = mask[10:22, 30:46] = 255
    return mask


@pytest.mark.parametrize(
    ("clicks", "left", "right"),
    [
        ((LEFT,), 255, 0),
        ((LEFT, Click(40, 15)), 255, 255),
        ((Click(20, 2),), 255, 255),  # on neither: it says nothing
        ((RIGHT,), 255, 0),
        ((Click(20, 2, keep=False),), 255, 255),
        ((Click(6, 16, keep=False),), 0, 255),
        ((Click(1000, 1000, keep=False), Click(99, 9)), 255, 255),  # beside the photo
    ],
)
def test_clicks_of_one_kind(clicks, left, right):
    found = chosen(two_islands(), EVEN, Ground(flat(SIZE)), clicks, SIZE)
    assert (found[15, 6], found[15, 38]) == (left, right)


def test_dropping_alone_takes_what_lies_round_the_click_and_not_half_of_the_thing():
    found = chosen(FULL, EVEN, Ground(flat(SIZE)), (RIGHT,), SIZE)
    assert found[:, :30].min() == 255 > found[16, 36:].max() == 0


def test_dropping_alone_leaves_what_is_hot_before_what_is_not():
    bar = np.zeros((32, 48), np.uint8)
    bar[14:19] = 255
    heat = np.where(np.arange(48) < 24, np.float32(0.9), np.float32(0.2)) + np.zeros((32, 1), np.float32)
    found = chosen(bar, heat, Ground(flat(SIZE)), (Click(24, 16, keep=False),), SIZE)
    assert found[14:19, :12].min() == 255 > found[:, 30:].max() == 0


@pytest.mark.parametrize("seed", range(5))
def test_dropping_alone_goes_by_every_cell_that_is_surely_meant(seed):
    """As if there were a click on each."""
    random = np.random.default_rng(seed)
    ground = Ground(np.asarray(Image.fromarray(random.integers(0, 256, (4, 6, 3), np.uint8)).resize(SIZE)))
    heat = random.random((32, 48), np.float32)
    if seed % 2:
        heat = np.asarray(Image.fromarray(heat[:4, :6]).resize(SIZE))
    mask = np.where(heat > 0.2, 255, 0).astype(np.uint8)
    y, x = np.argwhere(mask)[random.integers(np.count_nonzero(mask))].tolist()
    drop = Click(x, y, keep=False)
    found = chosen(mask, heat, ground, (drop,), SIZE)
    sure = clicks_on_all_surely_meant(mask, heat, ground, drop)
    np.testing.assert_array_equal(found, chosen(mask, heat, ground, (drop, *sure), SIZE))
    assert 0 < found.sum() < mask.sum()


def clicks_on_all_surely_meant(
    mask: np.ndarray, heat: np.ndarray, ground: Ground, drop: Click
) -> list[Click]:
    """All as large as the ground and the photo."""
    worth = mask * heat * ground.far(((drop.y, drop.x),))
    return [Click(column, row) for row, column in np.argwhere(worth >= on_clicks.SURE * worth.max()).tolist()]


def test_dropping_alone_counts_the_inside_as_no_way_off_in_a_mask_coarser_than_the_ground():
    size, drop = (144, 96), Click(70, 50, keep=False)
    y, x = np.mgrid[:96, :144]
    heat, ground = np.exp(-np.hypot(x - 70, y - 50) / 4).astype(np.float32), Ground(flat(size))
    found = chosen(FULL, heat, ground, (drop,), size)
    sure = clicks_on_all_surely_meant(np.full((96, 144), 255, np.uint8), heat, ground, drop)
    np.testing.assert_array_equal(found, chosen(FULL, heat, ground, (drop, *sure), size))


def test_a_region_no_larger_than_the_click_is_dropped_whole():
    mask = np.zeros((32, 48), np.uint8)
    mask[16, 41] = 255
    assert not chosen(mask, EVEN, Ground(flat(SIZE)), (RIGHT,), SIZE).any()


@pytest.mark.parametrize("keeps", [(True, False), (True,), (False,)])
@pytest.mark.parametrize("seed", range(5))
def test_clicks_mean_the_same_at_any_resolution(seed, keeps):
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (16, 24, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    values = np.asarray(Image.fromarray(random.random((6, 9), np.float32)).resize((48, 32)))
    places = [(*place, keeps[at % len(keeps)]) for at, place in enumerate(random.integers(0, 256, (3, 2)))]
    found = []
    for times in (1, 2, 3):
        photo = pixels.repeat(times, 0).repeat(times, 1)
        clicks = tuple(Click(int(times * x), int(times * y), keep) for x, y, keep in places)
        size = 384 * times, 256 * times
        mask = HeatMap(values, guide=guide(photo)).mask(MaskRequest(clicks=clicks), size).whole()
        found.append(mask.reshape(256, times, 384, times).mean(axis=(1, 3)))
    for large in found[1:]:
        assert (np.abs(large - found[0]) > 64).mean() < 0.01


# -- in the document


@pytest.fixture
def state() -> State:
    values = np.full((8, 12), 0.1, np.float32)
    values[2:6, 1:11] = 0.9
    heat = HeatMap(values, guide=flat(SIZE))
    photo = Photo(np.zeros((32, 48, 3), np.uint8))
    draft = EditRequest(photo="", query="a cow")
    opened = commands.open_photo(photo)(State(draft=draft))
    return commands.set_heat(heat)(opened)


def sides(state: State) -> tuple[int, int]:
    mask = state.mask.array()
    return int(mask[16, 8]), int(mask[16, 38])


def clicked(state: State) -> State:
    return commands.click(RIGHT)(commands.click(LEFT)(state))


def test_clicks_cut_at_every_threshold_and_leave_the_strokes(state):
    state = commands.paint((40, 28, 4, 4), np.full((4, 4), 255, np.uint8))(clicked(state))
    for threshold in (0.3, 0.6):
        state = commands.set_threshold(threshold)(state)
        assert sides(state) == (255, 0)
        assert state.mask.array()[30, 42] == 255


def test_what_is_meant_is_what_is_seen_of_an_inverted_mask(state):
    inverted = commands.invert_mask()(state)
    assert sides(clicked(inverted)) == (255, 0)


@pytest.mark.parametrize(
    "command",
    [
        commands.clear_mask(),
        commands.import_mask(FULL),
        commands.open_photo(Photo(FULL[..., None].repeat(3, 2))),
    ],
)
def test_clicks_go_with_what_they_were_made_on(state, command):
    assert command(clicked(state)).draft.find.clicks == ()


def test_what_means_a_place_or_costs_by_one_stays_with_its_photo():
    """Prompts and all other settings stay."""
    asked = EditRequest(photo="", query="a cow", steps=7, area=(4, 4, 9, 9))
    asked = asked.with_(find=MaskRequest(draws=5, look_in=LookIn.PLACE))
    for command in (commands.open_photo(Photo(FULL[..., None].repeat(3, 2))), commands.close_photo()):
        draft = command(State(draft=asked)).draft
        assert draft == asked.with_(area="whole", find=MaskRequest(draws=5))
        once = asked.with_(find=MaskRequest(look_in=LookIn.WHOLE))
        assert command(State(draft=once)).draft.find.look_in is LookIn.WHOLE


def test_a_sleeping_mask_wakes_with_its_clicks(state):
    state = clicked(state)
    other = state.draft.with_(query="a dog")
    asleep = state.mask.meant_by(other)
    assert asleep.sleeps
    awake = state.with_(mask=asleep.meant_by(state.draft))
    assert sides(awake) == (255, 0)


def test_a_preset_holds_no_clicks_and_leaves_those_that_are_there(state):
    draft = clicked(state).draft
    preset = SavedPreset.of("mine", draft, SETTINGS)
    assert preset.on(EditRequest(photo="", query="")).find.clicks == ()
    assert preset.on(draft).find.clicks == draft.find.clicks


def test_a_layers_settings_come_without_the_clicks_on_its_mask(state):
    request = EditRequest(photo="", query="", find=MaskRequest(clicks=(LEFT,)))
    assert reuse(request)(state).draft.find.clicks == ()


# -- as text


def test_clicks_are_part_of_a_recipe_and_of_what_is_cut_by_it():
    request = EditRequest(photo="", query="a cow", find=MaskRequest(clicks=(LEFT, RIGHT)))
    assert EditRequest.from_json(request.to_json()) == request
    heat = HeatMap(np.array([[0.9, 0.9, 0.9, 0.0]], np.float32), guide=flat(SIZE))
    whole, halved = (
        heat.cut(find, SIZE).whole() for find in (replace(request.find, clicks=()), request.find)
    )
    assert halved.sum() < whole.sum()


def test_clicks_as_people_write_them():
    row = named("clicks")
    assert row is not None
    clicks = row.read("6,16 not:41,16")
    assert clicks == (LEFT, RIGHT)
    assert " ".join(map(str, clicks)) == "6,16 not:41,16"
    assert row.read("") == ()


@pytest.mark.parametrize("text", ["6", "6,", "a,b", "-1,5", "but:3,4", "6,16,1"])
def test_what_is_no_click_is_refused(text):
    row = named("clicks")
    assert row is not None
    with pytest.raises(InputError, match="not: before what isn't meant"):
        row.read(text)


# -- what is kept of them

anywhere = st.builds(Click, st.integers(0, 47), st.integers(0, 31), st.booleans())
cuts = st.tuples(st.floats(0.1, 0.9), st.sampled_from((0.0, 3.0)), st.sets(st.integers(0, 3)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.tuples(*[anywhere] * 4), st.lists(cuts, min_size=2, max_size=8))
def test_what_is_kept_of_other_clicks_and_cuts_changes_nothing(seed, places, asked):
    random = np.random.default_rng(seed)
    ground = random.integers(0, 256, (32, 48, 3), np.uint8)
    heat = HeatMap(random.random((4, 6), np.float32), guide=ground)
    for threshold, grow, some in asked:
        clicks = tuple(places[at] for at in sorted(some))
        got = heat.small(SIZE, threshold, grow, snap=True, clicks=clicks)
        alone = replace(heat).small(SIZE, threshold, grow, snap=True)
        wanted = chosen(alone, heat.on(snap=True), Ground(ground), clicks, SIZE) if clicks else alone
        assert got.tobytes() == wanted.tobytes()


@pytest.fixture
def ways(monkeypatch) -> list[object]:
    """What distances were measured from, one after another."""
    begun, measure = [], on_clicks.csgraph().dijkstra

    def dijkstra(graph, *, indices, **how):
        begun.append(indices)
        return measure(graph, indices=indices, **how)

    monkeypatch.setattr(on_clicks, "csgraph", lambda: SimpleNamespace(dijkstra=dijkstra))
    return begun


def test_a_click_measures_from_its_own_kind_alone_and_a_threshold_from_nothing(state, ways):
    state = clicked(state)
    assert len(ways) == 2
    for place in (Click(9, 9), Click(3, 20), Click(40, 5, keep=False)):
        before = len(ways)
        state = commands.click(place)(state)
        assert len(ways) == before + 1
    before = len(ways)
    for threshold in (0.3, 0.5, 0.7):
        state = commands.set_threshold(threshold)(state)
    assert len(ways) == before


def test_what_stands_against_a_lone_click_is_measured_from_its_rim(ways):
    chosen(FULL, EVEN, Ground(flat(SIZE)), (RIGHT,), SIZE)
    click, rim = map(len, ways)
    assert (click, rim < 100) == (1, True)  # of some 1200 cells


def test_distances_stay_in_their_process(state):
    state = clicked(state)
    heat, find = state.mask.heat, state.draft.find
    assert heat is not None
    sent = pickle.dumps(heat)
    assert len(sent) < 4 * 32 * 48 * 3  # the guide, and the last cut with and without clicks
    assert np.array_equal(pickle.loads(sent).mask(find, SIZE).values, heat.mask(find, SIZE).values)


# -- as a command


def test_the_mask_that_a_command_writes_is_cut_by_its_clicks(tmp_path):
    def found(*more: str) -> np.ndarray:
        words = ["mask", str(samples_folder() / "horse-beside-a-tree.png"), "--device", "cpu", "--draws", "1"]
        words += ["--from", "a horse", "--to", "a zebra", "-o", str(tmp_path / "mask.png")]
        assert cli.main([*words, *more]) == 0
        return np.asarray(Image.open(tmp_path / "mask.png"))

    whole = found()
    y, x = np.nonzero(whole == 255)
    left, right = ((int(x[at]), int(y[at])) for at in (x.argmin(), x.argmax()))
    cut = found("--clicks", "{},{} not:{},{}".format(*left, *right))
    assert (cut <= whole).all()
    assert (cut[left[::-1]], cut[right[::-1]]) == (255, 0)
