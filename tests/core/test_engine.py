"""The engine end to end on a tiny random model: what it changes, what it keeps, what it costs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.diffusion.weight import Rescale, Weight
from core.edit.engine import Engine
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.progress import Cancel, Progress, Stage
from core.edit.report import read_recipe, report
from core.edit.request import EditRequest
from core.edit.result import EditResult
from core.edit.words.weighted import PromptStyle
from core.errors import Cancelled, CoreError, DeviceError, InputError
from core.models.load import load
from core.photo.masks import upsample
from core.photo.photo import digest


@pytest.fixture(scope="module")
def engine(tiny: Path) -> Engine:
    return Engine()


# Random weights find noise, which no edge of the picture confirms; a few draws of it are as good as many.
FIND = MaskRequest(draws=3, settle=0, snap=False)


@pytest.fixture
def request_(tiny: Path) -> EditRequest:
    return EditRequest(
        find=FIND,
        photo="",
        query="a zebra",
        reference="a horse",
        model=str(tiny),
        device="cpu",
        steps=5,
        solver=Solver.DDIM,
        feather=3,
    )


@pytest.fixture(scope="module")
def left(picture: np.ndarray) -> np.ndarray:
    """A painted mask: the left third."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :16] = 255
    return mask


def test_outside_the_mask_the_picture_is_bit_identical(engine, request_, picture, left):
    result = engine.run(request_, picture, left)
    outside, inside, pixels = result.mask.whole() == 0, result.mask.values == 255, result.on(picture)
    assert outside[:, 24:].all()
    assert np.array_equal(pixels[outside], picture[outside])
    assert not np.array_equal(pixels[:, :12], picture[:, :12])
    assert np.array_equal(result.pixels[inside], result.drawn[inside])


def test_the_same_request_gives_the_same_bytes(tiny, request_, picture):
    first, second = (Engine().run(request_, picture) for _ in range(2))
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.mask.whole().tobytes() == second.mask.whole().tobytes()
    assert first.heat is not None
    assert np.array_equal(first.heat.values, second.heat.values)


def test_a_cached_run_and_a_report_fed_back_give_the_same_bytes(engine, request_, picture):
    first = engine.run(request_, picture)
    again = engine.run(request_, picture)
    assert again.evaluations.encode == 0
    assert again.pixels.tobytes() == first.pixels.tobytes()
    recipe = read_recipe(report(first, "tiny"))
    assert recipe == first.request
    assert Engine().run(recipe, picture).pixels.tobytes() == first.pixels.tobytes()


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("guidance", [Weight(), Weight(decay=1), Weight(interval=(0, 0.5))])
def test_every_method_evaluates_exactly_what_the_request_says(request_, picture, method, guidance):
    request = request_.with_(method=method, guidance=guidance, find=replace(FIND, draws=1))
    result = Engine().run(request, picture)
    assert result.evaluations == request.cost()
    assert (result.heat is not None) == method.masked
    assert len(result.traces) == request.decode_steps


def test_a_shorter_ratio_is_a_prefix_of_a_longer_one(request_, picture, left):
    engine = Engine()
    engine.run(request_.with_(change=0.6), picture, left)
    assert engine.run(request_.with_(change=0.4), picture, left).evaluations.encode == 0
    longer = engine.run(request_.with_(change=1.0), picture, left)
    assert longer.evaluations.encode == 2
    fresh = Engine().run(request_.with_(change=1.0), picture, left)
    assert longer.pixels.tobytes() == fresh.pixels.tobytes()


def test_another_query_pays_its_own_draws_and_the_decoding(request_, picture):
    engine = Engine()
    first = engine.run(request_, picture)
    assert first.evaluations.as_dict() == {"mask": 6, "encode": 4, "decode": 7, "total": 17}
    second = engine.run(request_.with_(query="a cow"), picture)
    assert second.evaluations.as_dict() == {"mask": 3, "encode": 0, "decode": 7, "total": 10}
    fresh = Engine().run(request_.with_(query="a cow"), picture)
    assert second.pixels.tobytes() == fresh.pixels.tobytes()
    assert np.array_equal(second.heat.values, fresh.heat.values)


def test_a_new_threshold_finds_without_one_evaluation(request_, picture):
    engine = Engine()
    found = engine.find(request_, picture)
    again = engine.find(request_.with_(find=replace(FIND, threshold=0.3, grow=4)), picture)
    assert (found.evaluations.mask, again.evaluations.mask) == (6, 0)
    assert np.array_equal(again.heat.values, found.heat.values)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"reference": "a dog", "query": "a cat"},
        {"find": replace(FIND, strength=0.6)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_decides_the_draws_is_never_taken_from_others(request_, picture, changes):
    engine = Engine()
    engine.find(request_, picture)
    assert engine.find(request_.with_(**changes), picture).evaluations.mask == 6


def test_another_picture_has_its_own_draws(request_, picture):
    engine = Engine()
    engine.find(request_, picture)
    assert engine.find(request_, picture[::-1].copy()).evaluations.mask == 6


@pytest.mark.parametrize(("batch", "at_once"), [(1, 1), (3, 3), (7, 4)])  # of draws never more than four
def test_blocks_of_draws_change_the_calls_and_not_the_map(request_, picture, batch, at_once, monkeypatch):
    request_ = request_.with_(find=replace(FIND, draws=7))
    engine = Engine()
    engine.load(request_.model, request_.device)
    plain = engine.find(request_, picture).heat.values
    engine = Engine()
    engine.load(request_.model, request_.device)
    sizes: list[int] = []
    predict = engine._model.predict
    monkeypatch.setattr(engine._model, "batch", batch)
    monkeypatch.setattr(engine._model, "predict", lambda x, *rest: sizes.append(len(x)) or predict(x, *rest))
    found = engine.find(request_, picture)
    assert max(sizes) == at_once
    assert sum(sizes) == found.evaluations.mask == 14
    assert np.allclose(found.heat.values, plain, atol=1e-4)
    assert engine.find(request_.with_(query="a cow"), picture).evaluations.mask == 7


@pytest.mark.parametrize("solver", list(Solver))
@pytest.mark.parametrize("method", [Method.DIFFEDIT, Method.SDEDIT])
def test_every_solver_costs_what_the_request_says_and_keeps_the_rest(request_, picture, left, solver, method):
    request = request_.with_(method=method, solver=solver, iterations=3, guidance=Weight(decay=1))
    mask = left if method.masked else None
    engine = Engine()
    result = engine.run(request, picture, mask)
    assert result.evaluations == result.request.cost()
    outside = result.mask.whole() == 0
    assert np.array_equal(result.on(picture)[outside], picture[outside])
    again = engine.run(request, picture, mask)
    assert again.evaluations.encode == 0
    assert again.pixels.tobytes() == result.pixels.tobytes()
    plain = engine.run(request.with_(solver=Solver.DDIM), picture, mask).pixels
    same = solver is Solver.DDIM or (method is Method.SDEDIT and solver is Solver.FIXED_POINT)
    assert np.array_equal(result.pixels, plain) == same


@pytest.mark.parametrize("solver", list(Solver))
def test_a_changed_ratio_draws_what_a_fresh_engine_draws(request_, picture, left, solver):
    request = request_.with_(solver=solver, variation=0.3)
    engine = Engine()
    for change in (0.6, 1.0, 0.4):
        drawn = engine.run(request.with_(change=change), picture, left).pixels
        fresh = Engine().run(request.with_(change=change), picture, left).pixels
        assert drawn.tobytes() == fresh.tobytes()
    assert engine.run(request.with_(change=0.8), picture, left).evaluations.encode == 0


def test_a_settled_mask_stops_drawing(request_, picture):
    request = request_.with_(find=MaskRequest(draws=24, settle=0.3))
    seen: list[Progress] = []
    found = Engine().find(request, picture, on_progress=seen.append)
    draws = max(p.i for p in seen if p.i < p.n)
    assert 3 <= draws < 24
    batch = load(request.model, "cpu").batch
    assert found.evaluations.mask == 2 * batch * -(-draws // batch) <= request.cost().mask
    assert (seen[-1].i, seen[-1].n) == (24, 24)
    plain = Engine().find(request.with_(find=MaskRequest(settle=0, draws=draws)), picture)
    assert np.allclose(plain.heat.values, found.heat.values, atol=1e-4)
    assert np.array_equal(Engine().find(request, picture).heat.values, found.heat.values)
    tighter = request.with_(find=MaskRequest(draws=24, settle=0.1))
    assert Engine().find(tighter, picture).evaluations.mask > found.evaluations.mask


def test_another_clamp_of_the_heat_map_needs_no_new_draw(request_, picture):
    engine = Engine()
    request_ = request_.with_(find=replace(request_.find, look_in=LookIn.AREA))  # what is found frames a look
    by_difference = replace(request_.find, rule=Rule.DIFFERENCE)
    evidence = engine.find(request_, picture).heat
    found = engine.find(request_.with_(find=by_difference), picture)
    assert found.evaluations.mask == 0  # nor does another rule
    peak = found.heat.values
    assert not np.array_equal(peak, evidence.values)
    mean = engine.find(request_.with_(find=replace(by_difference, clamp=Clamp.MEAN)), picture)
    assert mean.evaluations.mask == 0
    assert peak.max() > mean.heat.values.max() + 0.1  # flat as it is, nothing reaches three means


def test_progress_tells_every_step_with_previews_and_norms(engine, request_, picture):
    seen: list[Progress] = []
    request = request_.with_(query="a cow", find=replace(FIND, draws=3))
    engine.load(request.model, request.device)
    result = Engine().run(request, picture, on_progress=seen.append)
    stages = {stage: [p for p in seen if p.stage is stage] for stage in Stage}
    assert sorted({p.i for p in stages[Stage.FINDING]}) == [1, 2, 3]
    assert [p.i for p in stages[Stage.ENCODING]] == [1, 2, 3, 4]
    assert [p.i for p in stages[Stage.DECODING]] == [1, 2, 3, 4]
    *drawn, last = stages[Stage.FINDING]
    assert all(p.heat is not None and p.heat.dtype == np.float32 for p in drawn)
    assert last.found is not None
    for p in stages[Stage.DECODING]:
        assert p.preview is not None
        assert p.preview.dtype == np.uint8
        assert abs(p.preview.shape[1] / p.preview.shape[0] - 48 / 40) < 0.1
        assert p.trace is not None
    assert tuple(p.trace for p in stages[Stage.DECODING]) == result.traces
    shares = [p.share for p in seen]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert shares[-1] == 1
    left_over = [p.seconds_left for p in seen if p.seconds_left is not None]
    assert left_over[-1] == 0


def test_a_found_region_streams_and_is_what_run_finds(engine, request_, picture):
    engine = Engine()
    found = engine.find(request_, picture)
    assert found.evaluations.total == 6
    assert 0 < found.heat.values.max() <= 1
    assert found.heat.values.shape == (found.working.height, found.working.width)
    assert np.array_equal(engine.run(request_, picture).heat.values, found.heat.values)


def test_equal_prompts_cost_nothing_and_say_so(engine, request_, picture):
    found = engine.find(request_.with_(reference="a zebra"), picture)
    assert found.heat.same
    assert not found.heat.values.any()
    assert found.evaluations.total == 0
    with pytest.raises(InputError, match="the two prompts say the same"):
        engine.run(request_.with_(reference="a zebra"), picture)


def test_stop_is_honoured_before_the_next_evaluation(request_, picture):
    """Asked in the middle of any stage: not one more evaluation."""
    for stage in (Stage.FINDING, Stage.ENCODING, Stage.DECODING):
        engine, cancel = Engine(), Cancel()
        engine.load(request_.model, request_.device)
        at: list[int] = []

        def stop(progress: Progress, stage=stage, engine=engine, cancel=cancel, at=at) -> None:
            if progress.stage is stage and progress.i == 2:
                cancel.ask()
                at.append(engine._model.evaluations)

        with pytest.raises(Cancelled) as stopped:
            engine.run(request_, picture, on_progress=stop, cancel=cancel)
        assert engine._model.evaluations == at[0]
        assert (stopped.value.partial is not None) == (stage is Stage.DECODING)


def test_what_a_stopped_run_had_can_be_kept(request_, picture, left):
    engine, cancel = Engine(), Cancel()

    def stop(progress: Progress) -> None:
        if progress.stage is Stage.DECODING and progress.i == 3:
            cancel.ask()

    with pytest.raises(Cancelled) as stopped:
        engine.run(request_, picture, left, on_progress=stop, cancel=cancel)
    result = engine.keep(stopped.value.partial)
    assert isinstance(result, EditResult)
    assert not result.complete
    assert len(result.traces) == 3
    outside = result.mask.whole() == 0
    assert np.array_equal(result.on(picture)[outside], picture[outside])
    assert not np.array_equal(result.on(picture), picture)


def test_a_photo_s_edges_are_found_once_and_a_known_map_is_not_brought_to_them_again(
    request_, picture, monkeypatch
):
    """Another query is another heat map along the same edges; the same one again is nothing new."""
    calls: list[str] = []

    def counted(name: str, what):
        def call(*given):
            calls.append(name)
            return what(*given)

        return call

    monkeypatch.setattr("core.edit.sight.edges", counted("edges", upsample.edges))
    monkeypatch.setattr("core.edit.sight.snap", counted("snap", upsample.snap))
    engine, asked = Engine(), request_.with_(find=replace(FIND, snap=True))
    first = engine.find(asked, picture).heat
    assert calls == ["edges", "snap"]
    again = engine.find(asked.with_(seed=asked.seed), picture).heat
    assert calls == ["edges", "snap"]
    assert again.snapped.tobytes() == first.snapped.tobytes()
    assert not again.snapped.flags.writeable
    other = engine.find(asked.with_(query="a cow"), picture).heat
    assert calls == ["edges", "snap", "snap"]
    assert not np.array_equal(other.snapped, first.snapped)
    wider = replace(asked.find, windows=(0.25,))
    engine.find(asked.with_(find=wider), picture)
    engine.find(asked, np.ascontiguousarray(picture[::-1]))
    assert calls[3:] == ["edges", "snap"] * 2
    fresh = upsample.snap(other.values, upsample.edges(picture))
    assert other.snapped.tobytes() == fresh.tobytes()


def test_another_seed_changes_a_painted_edit_only_with_variation(engine, request_, picture, left):
    one, two = (engine.run(request_.with_(seed=seed), picture, left).pixels for seed in (1, 2))
    assert np.array_equal(one, two)
    varied = request_.with_(variation=0.3)
    one, two = (engine.run(varied.with_(seed=seed), picture, left).on(picture) for seed in (1, 2))
    inside = left > 0
    assert np.abs(one[inside].astype(int) - two[inside]).mean() > 0.5


def test_the_request_in_the_result_is_complete(engine, request_, picture, left):
    result = engine.run(request_, picture, left)
    assert result.request.photo == digest(picture)
    assert result.request.mask == digest(left)
    assert result.request.kappa == 0.02
    assert engine.run(request_.with_(kappa=0.5), picture, left).request.kappa == 0.5
    assert result.request.find.strength == 0.5
    at = request_.with_(find=replace(request_.find, strength=0.8))
    assert engine.run(at, picture, left).request.find.strength == 0.8


def test_a_model_s_own_noise_strength_finds_the_mask(engine, request_, picture, monkeypatch):
    engine.load(request_.model, request_.device)
    monkeypatch.setattr(engine._model, "mask_strength", 0.9)
    own = engine.find(request_, picture)
    given = engine.find(request_.with_(find=replace(request_.find, strength=0.9)), picture)
    other = engine.find(request_.with_(find=replace(request_.find, strength=0.5)), picture)
    assert own.request.find.strength == 0.9
    assert np.array_equal(own.heat.values, given.heat.values)
    assert not np.array_equal(own.heat.values, other.heat.values)


def test_what_is_avoided_is_the_u_of_weights_from_one_on_only(request_, picture, left, monkeypatch):
    engine = Engine()
    engine.load(request_.model, request_.device)
    texts: list[str] = []
    original = engine._model.text
    monkeypatch.setattr(
        engine._model, "text", lambda prompt, *how: texts.append(prompt) or original(prompt, *how)
    )
    curve = ((0.0, 5.0), (1.0, 0.5))
    plain = request_.with_(guidance=Weight(curve=curve))
    low = request_.with_(guidance=Weight(scale=0.5))
    base = engine.run(low, picture, left).pixels
    assert np.array_equal(engine.run(low.with_(avoid="stripes"), picture, left).pixels, base)
    assert "stripes" not in texts
    with_avoid = engine.run(plain.with_(avoid="stripes"), picture, left).pixels
    assert "stripes" in texts
    assert not np.array_equal(with_avoid, engine.run(plain, picture, left).pixels)


@pytest.mark.parametrize("rescale", list(Rescale))
def test_every_rescale_draws_something_of_its_own(engine, request_, picture, left, rescale):
    plain = engine.run(request_, picture, left).pixels
    result = engine.run(request_.with_(rescale=rescale, kappa=0.2), picture, left)
    assert np.array_equal(result.pixels, plain) == (rescale is Rescale.OFF)


def test_a_long_prompt_is_edited_with_and_said_to_be_cut(engine, request_, picture, left):
    result = engine.run(request_.with_(query="zebra" * 10, prompt_style=PromptStyle.PLAIN), picture, left)
    assert any("What it should be" in notice and "first 14" in notice for notice in result.notices)


@pytest.mark.parametrize("shape", [(40, 300), (300, 40), (17, 17), (512, 700)])
def test_any_reasonable_shape_works_at_full_resolution(engine, request_, shape):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    mask = np.zeros(shape, np.uint8)
    mask[2:9, 3:11] = 200
    result = engine.run(request_, pixels, mask)
    outside, edited = result.mask.whole() == 0, result.on(pixels)
    assert edited.shape == pixels.shape
    assert np.array_equal(edited[outside], pixels[outside])
    aspect = result.working.width / result.working.height
    assert aspect == pytest.approx(shape[1] / shape[0], rel=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (5000, 1), (1, 5000), (15, 20)])
def test_shapes_that_the_model_can_t_see_are_refused(engine, request_, shape):
    with pytest.raises(InputError, match="can't see"):
        engine.run(request_, np.zeros((*shape, 3), np.uint8))


def test_masks_that_do_not_fit_are_refused(engine, request_, picture):
    with pytest.raises(InputError, match="The mask is 10 × 20 pixels, but the picture is 48 × 40"):
        engine.run(request_, picture, np.full((20, 10), 255, np.uint8))
    with pytest.raises(InputError, match="empty"):
        engine.run(request_, picture, np.zeros(picture.shape[:2], np.uint8))


def test_a_model_that_can_t_load_leaves_the_earlier_one(request_, picture, left, tmp_path):
    engine = Engine()
    engine.load(request_.model, "cpu")
    with pytest.raises(InputError):
        engine.load(str(tmp_path), "cpu")
    assert engine.load(request_.model, "cpu").name == "tiny"
    assert engine.run(request_, picture, left).complete


def test_out_of_memory_becomes_a_sentence(request_, picture, left, monkeypatch):
    engine = Engine()
    engine.load(request_.model, "cpu")

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(engine._model, "predict", full)
    with pytest.raises(DeviceError, match="not enough memory"):
        engine.run(request_, picture, left)


def test_nan_is_an_error_and_no_picture(request_, picture, left):
    engine = Engine()
    engine.load(request_.model, "cpu")
    engine._model.parts.unet.conv_out.bias.data[0] = float("nan")
    with pytest.raises(CoreError, match="not finite"):
        engine.run(request_, picture, left)


def test_words_outside_a_small_world_are_noted_with_the_edit(request_, picture, left, monkeypatch):
    engine = Engine()
    engine.load(request_.model, request_.device)
    plain = request_.with_(query="a zebra", reference="")
    assert engine.run(plain, picture, left).notices == ()
    monkeypatch.setattr(engine._model, "knows", "single letters")
    (notice,) = engine.run(plain, picture, left).notices
    assert notice == (
        "“What it should be” has no word that this model knows: zebra. "
        "It can but guess what that looks like. It knows single letters."
    )
