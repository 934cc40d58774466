"""Whatever is done to a mask, in any order: undo and redo find it as it was, to the bit."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document import commands
from core.document.commands import Command
from core.document.history import History
from core.document.kept_commands import drop_kept, keep_mask, rename_kept
from core.document.plane import Plane
from core.document.shapes import Ellipse, Feathered, Gradient, Rectangle
from core.document.state import State
from core.document.strokes import Mode
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.errors import InputError
from core.photo.masks import morphology
from core.photo.masks.click import Click
from core.photo.masks.clicks import guide
from core.photo.masks.placed import Transform, placed
from core.photo.photo import Photo

SIZE = WIDTH, HEIGHT = 300, 270  # two tiles each way, the last ones cut off
PIXELS = np.random.default_rng(0).integers(0, 256, (9, 10, 3), np.uint8).repeat(30, 0).repeat(30, 1)
WORDS = (("a horse", "a zebra"), ("a tree", ""), ("a cow", "a dog"))


def heat(seed: int) -> HeatMap:
    """Some warm places."""
    spots = np.random.default_rng(seed).random((5, 6), np.float32)
    values = spots.repeat(4, 0).repeat(4, 1)
    return HeatMap(values, guide=guide(PIXELS))


def asked(words: tuple[str, str], *clicks: Click) -> EditRequest:
    request = EditRequest("", reference=words[0], query=words[1])
    return request.with_(find=replace(request.find, clicks=clicks))


def reworded(words: tuple[str, str]) -> Command:
    """Other prompts, with which what was found for others sleeps, as the window has it."""

    def command(state: State) -> State:
        draft = state.draft.with_(reference=words[0], query=words[1])
        return state.with_(draft=draft, mask=state.mask.meant_by(draft))

    return command


def reshaped(change) -> Command:
    """The mask as it stands, changed as a whole."""
    return lambda state: commands.select(Plane.from_array(change(state.mask.array())), Mode.REPLACE)(state)


def kept(at: int, change) -> Command:
    """Something done with one of the masks that are kept, if there are any."""
    return lambda state: change(state.kept[at % len(state.kept)])(state) if state.kept else state


def attempted(command: Command) -> Command:
    """As in the window: what is refused leaves everything as it was."""

    def tried(state: State) -> State:
        try:
            return command(state)
        except InputError:
            return state

    return tried


x, y = st.integers(-20, WIDTH + 20), st.integers(-20, HEIGHT + 20)
modes, pixels = st.sampled_from(Mode), st.integers(1, 9)
boxes = st.tuples(x, y, x, y)
shapes = st.one_of(
    st.builds(lambda box: Rectangle(*box), boxes),
    st.builds(lambda box, feather: Feathered(Ellipse(*box), feather), boxes, st.integers(2, 20)),
    st.builds(lambda box, radial: Gradient(*box, radial=radial), boxes, st.booleans()),
)
clicks = st.builds(Click, st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.booleans())
heats = st.integers(0, 9).map(heat)
requests = st.builds(asked, st.sampled_from(WORDS), clicks)
dabs = st.builds(
    lambda seed, side: np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8),
    st.integers(0, 99),
    st.integers(5, 90),
)
BY_PIXELS = (
    morphology.grow, morphology.smooth, morphology.border, morphology.soften, morphology.remove_islands,
    lambda mask, pixels: morphology.grow(mask, -pixels), lambda mask, _: morphology.fill_holes(mask),
)  # fmt: skip
placements = st.builds(
    Transform,
    st.tuples(x, y),
    st.tuples(st.integers(-50, 50), st.floats(-50, 50)),
    st.floats(0.3, 2),
    st.floats(0.3, 2),
    st.sampled_from((0, 90, 33.3)),
)
everything = st.one_of(
    st.builds(lambda shape, mode: commands.select(shape.plane(SIZE), mode), shapes, modes),
    st.builds(
        lambda act, x, y, dab: act((x, y, *dab.shape), dab),
        st.sampled_from((commands.paint, commands.erase)),
        x,
        y,
        dabs,
    ),
    st.builds(commands.click, clicks),
    st.builds(commands.set_heat, heats, requests),
    st.builds(commands.select_found, heats, requests, modes),
    st.builds(commands.set_threshold, st.floats(0.1, 0.9)),
    st.builds(commands.set_grow, st.floats(-6, 6)),
    st.builds(reworded, st.sampled_from(WORDS)),
    st.builds(lambda by, pixels: reshaped(lambda mask: by(mask, pixels)), st.sampled_from(BY_PIXELS), pixels),
    st.builds(lambda placement: reshaped(lambda mask: placed(mask, placement)), placements),
    st.just(lambda state: keep_mask("kept", state.mask.plane())(state)),
    st.builds(
        lambda at, mode: kept(at, lambda one: commands.select(one.plane, mode)), st.integers(0, 9), modes
    ),
    st.builds(lambda at: kept(at, lambda one: rename_kept(one.id, "renamed")), st.integers(0, 9)),
    st.builds(lambda at: kept(at, lambda one: drop_kept(one.id)), st.integers(0, 9)),
    st.sampled_from((commands.invert_mask(), commands.own_mask())),
    st.sampled_from((commands.clear_mask(), commands.import_mask(PIXELS[..., 0]))),
).map(attempted)


def seen(state: State) -> tuple[object, ...]:
    """All that the user has made, looked at anew."""
    mask, draft = replace(state.mask), state.draft
    names = [(one.name, one.plane.array(SIZE).tobytes()) for one in state.kept]
    awake = mask.awake(draft).array()
    return mask.array().tobytes(), awake.tobytes(), mask.box, mask.sleeps, mask.inverted, draft, names


@settings(max_examples=25, deadline=None)
@given(st.lists(everything, min_size=2, max_size=12))
def test_undo_and_redo_find_everything_as_it_was(acts):
    history = History(commands.open_photo(Photo(PIXELS))(State(draft=asked(WORDS[0]))))
    looks = [seen(history.state)]
    for act in acts:
        history.push("", act(history.state))
        looks.append(seen(history.state))
    for look in looks[-2::-1]:
        assert seen(history.undo()) == look
    for act, look in zip(acts, looks[1:], strict=True):
        again = act(history.state)  # what is kept of one cut serves another
        assert seen(again) == look
        assert seen(history.redo()) == look
    assert history.redo_text is None
