"""Guidance through the engine on a tiny random model: what it spends, what it changes, what it leaves."""

from pathlib import Path

import numpy as np
import pytest

from core.diffusion.guidance import combine
from core.diffusion.target import Target
from core.diffusion.weight import Projection, Rescale, Weight
from core.edit.engine import Engine
from core.edit.progress import Progress, Stage
from core.edit.request import EditRequest
from core.edit.result import EditResult
from core.errors import InputError


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def request_(tiny: Path) -> EditRequest:
    constant = Weight(7.5)
    return EditRequest(photo="", query="a zebra", model=str(tiny), device="cpu", steps=5, guidance=constant)


@pytest.fixture(scope="module")
def left(picture: np.ndarray) -> np.ndarray:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :16] = 255
    return mask


@pytest.fixture(scope="module")
def plain(engine: Engine, request_: EditRequest, picture: np.ndarray, left: np.ndarray) -> EditResult:
    return engine.run(request_, picture, left)


def test_skipping_stops_at_the_first_parallel_step_and_the_report_says_so(
    engine, request_, picture, left, plain
):
    cosines = [trace.cosine for trace in plain.traces]
    below = min(cosines) - 1e-6
    for skip in (below, sorted(cosines)[1]):
        first = next(i for i, cosine in enumerate(cosines) if cosine > skip)
        result = engine.run(request_.with_(skip=skip), picture, left)
        assert result.evaluations.decode == 4 + first + 1 < result.request.cost().decode == 8
        assert [trace.weight for trace in result.traces] == [7.5] * (first + 1) + [1.0] * (3 - first)
        assert [trace.u is None for trace in result.traces] == [False] * (first + 1) + [True] * (3 - first)
        assert not np.array_equal(result.pixels, plain.pixels)
    again = Engine().run(request_.with_(skip=skip), picture, left)
    assert again.pixels.tobytes() == result.pixels.tobytes()
    assert again.evaluations.decode == result.evaluations.decode


def test_a_skipped_step_needs_no_norms_and_a_step_without_the_prompt_stays_one(
    engine, request_, picture, left
):
    both = engine.run(request_.with_(skip=0, rescale=Rescale.BOTH), picture, left)
    assert both.evaluations.decode == 5
    fading = request_.with_(skip=0, guidance=Weight(curve=((0.0, 7.5), (0.5, 0.0), (1.0, 0.0))))
    traces = engine.run(fading, picture, left).traces
    assert [trace.weight for trace in traces] == [7.5, 1.0, 0.0, 0.0]
    assert [trace.t is None for trace in traces] == [False, False, True, True]


def test_the_numbers_of_the_projection_reach_the_pixels(engine, request_, picture, left, plain):
    request = request_.with_(rescale=Rescale.PROJECTED)
    as_plain = engine.run(request.with_(projection=Projection(eta=1)), picture, left)
    difference = np.abs(as_plain.pixels.astype(int) - plain.pixels)
    assert difference.max() <= 1
    drawn = {
        engine.run(request.with_(projection=projection), picture, left).pixels.tobytes()
        for projection in (Projection(), Projection(eta=0.5), Projection(radius=1.0))
    }
    assert len(drawn | {plain.pixels.tobytes()}) == 4


def colour(request: EditRequest, picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, EditResult]:
    """The mean colour of the masked part of the last preview, in 0…1: what the linear map sees."""
    seen: list[Progress] = []
    result = Engine().run(request, picture, mask, on_progress=seen.append)
    last = [p.preview for p in seen if p.stage is Stage.DECODING][-1]
    inside = last[:, : round(last.shape[1] * 16 / 48)]
    return inside.reshape(-1, 3).mean(axis=0) / 255, result


def test_a_target_moves_the_region_there_for_no_evaluation_and_leaves_the_rest(
    request_, picture, left, plain
):
    """Random weights pull it back, and in the last steps little may move: it gets nearer, not there."""
    before, _ = colour(request_, picture, left)
    for target, of in (
        (Target(colour="#808060", until=1), lambda c: np.abs(c - np.array([0.5, 0.5, 0.376])).max()),
        (Target(brightness=0.8, until=1), lambda c: abs(c @ [0.2126, 0.7152, 0.0722] - 0.8)),
    ):
        after, result = colour(request_.with_(target=target), picture, left)
        assert of(after) < 0.8 * of(before)
        assert result.evaluations.decode == plain.evaluations.decode
        assert np.array_equal(result.on(picture)[left == 0], picture[left == 0])
        assert not np.array_equal(result.pixels, plain.pixels)


def test_a_target_without_strength_draws_what_none_draws(engine, request_, picture, left, plain):
    idle = engine.run(request_.with_(target=Target(brightness=0.9, strength=0)), picture, left)
    assert idle.pixels.tobytes() == plain.pixels.tobytes()


def test_a_grey_picture_can_t_be_steered_to_a_colour(engine, request_, left):
    grey = np.repeat((np.arange(40 * 48).reshape(40, 48, 1) % 200).astype(np.uint8), 3, axis=2)
    with pytest.raises(InputError, match="too few colours"):
        engine.run(request_.with_(target=Target(colour="#ff0000")), grey, left)


def test_with_a_text_to_avoid_a_rescaled_update_is_at_least_the_prompt_s_own(
    engine, request_, picture, left, monkeypatch
):
    seen = []

    def watched(u, t, weight, combination, level, mask):
        seen.append((weight, combination.least))
        return combine(u, t, weight, combination, level, mask)

    monkeypatch.setattr("core.edit.guide.combine", watched)
    falling = request_.with_(rescale=Rescale.UPDATE, guidance=Weight(7.5, decay=1, decay_to=0))
    engine.run(falling.with_(avoid="a dog"), picture, left)
    assert [least for _, least in seen] == [float(weight >= 1) for weight, _ in seen]
    assert {least for _, least in seen} == {0.0, 1.0}
    seen.clear()
    engine.run(falling, picture, left)
    assert {least for _, least in seen} == {0.0}
