"""What is stored of a document: everything comes back, arrays are kept once, and damage is a sentence."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.diffusion.clamp import Clamp
from core.document import commands, layer_commands
from core.document.kept_commands import keep_mask
from core.document.layer import Layer, Variant
from core.document.shapes import Rectangle
from core.document.state import State, arrays
from core.document.strokes import Mode, Strokes
from core.edit.request import EditRequest, Lora
from core.edit.result import HeatMap
from core.errors import InputError
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.click import Click
from core.photo.masks.clicks import guide
from core.photo.masks.locality import Reach
from core.photo.photo import Photo, digest
from core.project.blobs import from_bytes, to_bytes
from core.project.packing import Packer, unpack
from core.project.stored import ArrayRef, StoredState
from core.text import to_json

WIDTH, HEIGHT = 600, 300
REQUEST = EditRequest("ab", "a zebra", "a horse", seed=3, loras=(Lora("/a.safetensors", 0.5),))


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def variant(seed: int = 0, **fields: Any) -> Variant:
    made = {
        "box": (10, 20, 40, 30), "drawn": values(30, 40, 3, seed=seed), "mask": values(30, 40, seed=seed),
        "request": REQUEST.with_(seed=seed),
    }  # fmt: skip
    return Variant(**{**made, **fields})


@pytest.fixture(scope="module")
def photo() -> Photo:
    return Photo(values(HEIGHT, WIDTH, 3), name="horse.png")


@pytest.fixture(scope="module")
def state(photo) -> State:
    """A bit of everything that a document can hold."""
    state = State(photo).with_(draft=REQUEST.with_(photo="", model="/sd"))
    state = commands.open_photo(photo)(state)
    heat = HeatMap(
        np.linspace(0, 1, 512, dtype=np.float32).reshape(16, 32),
        snapped=np.linspace(0, 1, 5000, dtype=np.float32).reshape(50, 100),
        clamp=Clamp.PEAK,
        unsure=np.linspace(0, 0.5, 512, dtype=np.float32).reshape(16, 32),
        even=0.3,
        area=(0, 10, 200, 150),
        reach=Reach(0.4, 2.5),
        guide=guide(photo.pixels),
    )
    state = commands.set_heat(heat)(state)
    for place in (Click(580, 280), Click(300, 150, keep=False)):
        state = commands.click(place)(state)
    state = commands.paint((500, 200, 150, 150), values(150, 150, seed=1))(state)
    state = commands.erase((20, 20, 30, 30), values(30, 30, seed=2))(state)
    strokes = Strokes().painted((15, 25, 8, 8), values(8, 8, seed=3))
    region = BoxedMask(values(8, 9, seed=8), (15, 25, 9, 8), photo.size)
    known = {"made_with": state.mask.strokes, "retouch": strokes, "region": region}
    top = variant(4, area=(0, 0, 100, 100), beneath="x" * 5, **known)
    layers = (
        Layer("a zebra", top, others=(variant(5), variant(6)), opacity=0.4),
        Layer("von Hand", variant(7, request=None), visible=False),
    )
    state = state.with_(layers=layers)
    for at, name in enumerate(("sky", "")):
        state = keep_mask(name, Rectangle(10 + at, 20.5 + at, 300 + at, 280 + at).plane(photo.size))(state)
    return state


class Kept(dict):
    """Arrays as bytes, by reference."""

    def put(self, ref, array):
        assert ref.name not in self, "kept already"
        self[ref.name] = to_bytes(array)

    def get(self, ref):
        return from_bytes(ref, self[ref.name])


def through_json(stored: StoredState) -> StoredState:
    return msgspec.json.decode(to_json(stored), type=StoredState)


def plain(value: Any) -> Any:
    """A state in types that can be compared."""
    if isinstance(value, np.ndarray):
        return digest(value)
    if isinstance(value, dict) or hasattr(value, "items"):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def test_everything_comes_back(state, photo):
    kept = Kept()
    again = unpack(through_json(Packer(kept.put).state(state)), photo, kept.get)
    assert plain(again) == plain(state)
    moved = (
        commands.set_threshold(0.2)(one).mask.array() for one in (again, state)
    )  # clicks go with the cut
    assert np.array_equal(*moved)


def test_every_array_but_the_photo_s_is_kept_once_and_under_its_content(state):
    kept = Kept()
    packer = Packer(kept.put)
    packer.state(state)
    packer.state(state.with_(draft=state.draft.with_(steps=3)))
    of_photo = {id(array) for array in arrays(State(state.photo))}
    assert set(kept) == {digest(array) for array in arrays(state) if id(array) not in of_photo}


def test_a_stroke_costs_its_tiles_alone(state):
    kept = Kept()
    packer = Packer(kept.put)
    packer.state(state)
    before = set(kept)
    packer.state(commands.paint((300, 10, 5, 5), np.full((5, 5), 9, np.uint8))(state))
    assert len(set(kept) - before) == 1


@pytest.mark.parametrize("mode", Mode)
def test_selections_come_back_and_cost_the_tiles_of_their_edges_alone(state, photo, mode):
    kept, place = Kept(), Rectangle(-20, -20, 560, 270.5).plane(photo.size)
    packer = Packer(lambda ref, array: kept.setdefault(ref.name, to_bytes(array)))
    packer.state(state)
    before = set(kept)
    selected = commands.select(place, mode)(commands.clear_mask()(state))
    selected = layer_commands.select_layer(state.layers[0].id, place, mode)(selected)
    again = unpack(through_json(packer.state(selected)), photo, kept.get)
    assert plain(again) == plain(selected)
    assert len(set(kept) - before) <= 12  # of six tiles, full ones once; of the layer's one, in both planes


def test_an_array_in_the_place_of_one_that_is_gone_is_another():
    kept = Kept()
    packer = Packer(kept.put)
    for i in range(3000):  # the allocator hands out the same places again and again
        packer._array(np.full((3, 3), i % 251, np.uint8)) if i < 251 else None
    assert len(kept) == 251


def damaged(stored: StoredState, path: tuple[Any, ...], value: Any) -> Any:
    data = json.loads(to_json(stored))
    at = data
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("layers", 0, "variant", "box"), [590, 290, 40, 30]),
        (("layers", 0, "variant", "box"), [0, 0, 0, 0]),
        (("layers", 0, "variant", "box"), [-1, 0, 40, 30]),
        (("layers", 0, "variant", "area"), [0, 0, 9999, 1]),
        (("layers", 0, "variant", "region", "box"), [595, 25, 9, 8]),
        (("layers", 0, "variant", "region", "values", "shape"), [9, 8]),
        (("layers", 0, "variant", "drawn", "shape"), [30, 41, 3]),
        (("layers", 0, "variant", "drawn", "kind"), "u2"),
        (("layers", 0, "variant", "request", "steps"), -1),
        (("layers", 0, "variant", "request", "photo"), 3),
        (("layers", 0, "opacity"), 2),
        (("layers", 0, "id"), "../../x"),
        (("mask", "auto", "shape"), [3]),
        (("mask", "heat"), None),
        (("mask", "strokes", "added", 0, "column"), 99),
        (("mask", "strokes", "added", 0, "values", "shape"), [9]),
        (("mask", "search", "draws"), "many"),
        (("mask", "heat", "values", "shape"), [1 << 20, 1 << 20]),
        (("mask", "heat", "values", "name"), "0" * 63),
        (("draft", "solver"), "magic"),
        (("draft", "version"), 99),
    ],
)
def test_what_doesn_t_fit_is_refused(state, photo, path, value):
    kept = Kept()
    stored = Packer(kept.put).state(state)
    with pytest.raises((InputError, msgspec.ValidationError)):
        unpack(msgspec.convert(damaged(stored, path, value), StoredState), photo, kept.get)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda data: data * 40), st.integers(0, 400))
def test_damaged_bytes_are_no_array(data, at):
    array = values(9, 7, 3)
    ref, good = ArrayRef(digest(array), "u1", array.shape), to_bytes(array)
    assert np.array_equal(from_bytes(ref, good), array)
    with pytest.raises(InputError):
        from_bytes(ref, good[: at % len(good)] + data)


def test_a_bomb_is_not_unpacked():
    ref = ArrayRef("0" * 64, "u1", (2, 2))
    with pytest.raises(InputError):
        from_bytes(ref, to_bytes(np.zeros(1 << 26, np.uint8)))
    with pytest.raises(InputError, match="larger"):
        from_bytes(replace(ref, shape=(1 << 20, 1 << 20)), b"")


def test_every_field_of_the_document_is_stored():
    """A field that nobody stores would be lost without a word."""
    from core.document.mask import Mask
    from core.project import stored as kinds

    pairs = [
        (State, kinds.StoredState, {"photo"}), (Layer, kinds.StoredLayer, set()),
        (Variant, kinds.StoredVariant, set()), (Strokes, kinds.StoredStrokes, set()),
        (Mask, kinds.StoredMask, {"size"}), (HeatMap, kinds.StoredHeat, set()),
    ]  # fmt: skip
    for kind, stored, apart in pairs:
        assert set(kind.__dataclass_fields__) - apart == set(stored.__dataclass_fields__), kind
