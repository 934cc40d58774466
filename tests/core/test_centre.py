"""What is named alone is cut about its own middle: the mean of its heat map weighted by itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from core.diffusion.clamp import Clamp
from core.edit.engine import Engine
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.errors import InputError
from core.photo.masks.mask import centring

heats = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=st.floats(0, 1, width=32)
)
thresholds = st.floats(0.01, 0.99)


def middle(heat: np.ndarray) -> float:
    return float(np.average(heat, weights=heat))


def warm(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((6, 9), np.float32) ** 2


@settings(max_examples=60, deadline=None)
@given(heats, thresholds)
def test_the_middle_comes_to_the_threshold_and_nothing_changes_places(heat: np.ndarray, threshold: float):
    power = centring(heat, threshold)
    exact = heat.astype(float)
    assert power > 0
    raised = np.sort(exact, axis=None) ** power
    assert (np.diff(raised) >= 0).all()
    assert (0**power, 1**power) == (0, 1)
    if power != 1:
        assert middle(exact) ** power == pytest.approx(threshold)


@pytest.mark.parametrize("heat", [np.zeros((3, 4)), np.ones((3, 4)), np.full((3, 4), 0.3), np.eye(4)])
def test_a_map_without_a_middle_stays(heat: np.ndarray):
    assert centring(heat, 0.4) == 1
    found = HeatMap(heat.astype(np.float32), snapped=heat.astype(np.float32)).centred(0.4)
    for snap in (False, True):
        assert np.array_equal(found.on(snap), heat.astype(np.float32))


@pytest.mark.parametrize("clamp", list(Clamp))
def test_a_heat_map_is_cut_where_its_middle_was_with_and_without_the_picture_s_edges(clamp: Clamp):
    before = HeatMap(0.1 + 0.8 * warm(), snapped=0.2 + 0.7 * warm(1), clamp=clamp)
    after = before.centred(0.4)
    for snap in (False, True):
        heat = before.on(snap)
        assert np.array_equal(after.on(snap) >= 0.4, heat >= middle(heat))
        assert (after.on(snap).dtype, after.on(snap).flags.writeable) == (np.float32, False)
    assert list(map(id, after.arrays())) == [id(after.values), id(after.snapped)]


def test_what_is_unsure_follows_the_map():
    values = np.array([[0.0, 0.2, 0.5, 0.8, 1.0]], np.float32)
    found = HeatMap(values, unsure=np.array([[0.0, 0.001, 0.001, 0.001, 0.1]], np.float32)).centred(0.4)
    power = centring(values, 0.4)
    assert found.unsure is not None
    assert found.unsure[0, 0] == 0
    slope = power * values[0, 1:4].astype(float) ** (power - 1)
    np.testing.assert_allclose(found.unsure[0, 1:4], 0.001 * slope, rtol=1e-2)
    assert 0 < found.unsure[0, 4] < 1


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def named(tiny: Path) -> EditRequest:
    find = MaskRequest(draws=2, settle=0, look_in=LookIn.AREA)
    return EditRequest(photo="", query="", reference="a horse", model=str(tiny), device="cpu", find=find)


def as_before(request: EditRequest) -> EditRequest:
    return request.with_(find=replace(request.find, centre=False))


@pytest.mark.parametrize("area", ["whole", (4, 6, 34, 30)])
def test_the_engine_cuts_what_is_named_alone_at_its_middle_for_no_more(engine, named, picture, area):
    request = named.with_(area=area)
    before, now = (Engine().find(one, picture) for one in (as_before(request), request))
    assert now.evaluations == before.evaluations
    size = picture.shape[1], picture.shape[0]
    for snap in (True, False):
        heat = before.heat.on(snap)
        if area == "whole":
            assert np.array_equal(now.heat.on(snap) >= MaskRequest.threshold, heat >= middle(heat))
        at = [one.heat.small(size, MaskRequest.threshold, 0, snap) for one in (before, now)]
        assert not np.array_equal(*at)
    for change in ({}, {"query": "  "}):
        assert np.array_equal(engine.find(request.with_(**change), picture).heat.values, now.heat.values)


@pytest.mark.parametrize(
    "words", [{"query": "a zebra"}, {"query": "a zebra", "reference": ""}, {"remove": True}]
)
def test_an_edit_and_what_shall_go_are_found_as_before(engine, named, picture, words):
    request = named.with_(**words)
    both = [engine.find(one, picture).heat for one in (request, as_before(request))]
    for one, other in zip(*(heat.arrays() for heat in both), strict=True):
        assert np.array_equal(one, other)


def test_no_words_at_all_find_nothing(engine, named, picture):
    found = engine.find(named.with_(reference=""), picture)
    assert found.heat.same
    assert not found.heat.values.any()
    with pytest.raises(InputError, match="say the same"):
        engine.run(named.with_(reference=""), picture)
