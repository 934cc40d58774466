"""FlowEdit against its paper's algorithm, written down plainly here; what it leaves, costs and keeps."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from core.diffusion.flow_edit import SourcePath, edit, turned
from core.diffusion.flow_settings import FlowSettings
from core.diffusion.schedule import Flow, Level
from core.diffusion.step import Prediction, noised
from core.diffusion.weight import Guided, Rescale, Weight
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.progress import Cancel, Stage
from core.edit.request import Blend, EditRequest
from core.errors import Cancelled
from core.grid.parameters import axis
from core.grid.plan import Plan
from core.models.load import load
from tests.core.schedules import SCHEDULE
from tests.core.tiny import tiny_flux, tiny_inpainting, tiny_sd3

SHAPE = (1, 4, 8, 8)
WALKS = {"flow": Flow(3.0).levels(5)[:5], "vp": SCHEDULE.levels(5)[:5]}


def noise(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def network(x: torch.Tensor, level: Level, weight: float) -> Prediction:
    """Far from any denoiser, not linear, and another for every weight."""
    eps = torch.sin(x.roll(1, -1) * weight) + level.s
    return Prediction(eps, (x - level.s * eps) / level.a)


def given(levels: tuple[Level, ...], n_avg: int, n_min: int, weight: float) -> SourcePath:
    """A source whose noises are counted through."""
    x0, draws = noise(0), []
    for i in range(n_min + 1, len(levels)):
        noises = [noise(10 * i + k) for k in range(n_avg)]
        draws.append([(one, network(noised(x0, one, levels[i]), levels[i], weight)) for one in noises])
    return SourcePath(x0, levels, draws, noise(99))


def ignore(*_: object) -> None:
    """No one watches."""


def plainly(levels: tuple[Level, ...], n_avg: int, n_min: int, source: float, target: list[float]):
    """Algorithm 1 of arXiv 2412.08629 on x/a, where a flow and a VP model are the same: dx = ε̂·dσ, σ = s/a.

    Its v, the derivative by the level, is ε̂ there. The last n_min steps are Euler's from z_tar.
    """
    x0, steps = noise(0), len(levels) - 1
    z, sigma = x0.clone(), [level.s / level.a for level in levels]

    def v(z: torch.Tensor, i: int, weight: float) -> torch.Tensor:
        return network(levels[i].a * z, levels[i], weight).eps

    for i in range(steps, n_min, -1):
        mean = torch.zeros_like(x0)
        for k in range(n_avg):
            z_src = x0 + sigma[i] * noise(10 * i + k)
            z_tar = z + z_src - x0
            mean += (v(z_tar, i, target[steps - i]) - v(z_src, i, source)) / n_avg
        z = z + (sigma[i - 1] - sigma[i]) * mean
    if n_min:
        z = z + sigma[n_min] * noise(99)
    for i in range(n_min, 0, -1):
        z = z + (sigma[i - 1] - sigma[i]) * v(z, i, target[steps - i])
    return z


@pytest.mark.parametrize("walk", WALKS)
@pytest.mark.parametrize(("n_avg", "n_min"), [(1, 0), (3, 0), (2, 2), (1, 4)])
def test_it_is_the_paper_s_algorithm(walk, n_avg, n_min):
    levels, weights = WALKS[walk], [3.0, 2.5, 2.0, 1.5]
    source, everywhere = given(levels, n_avg, n_min, 0.7), torch.ones(1, 1, 8, 8)
    found = edit(network, source, everywhere, weights, ignore)
    expected = plainly(levels, n_avg, n_min, 0.7, weights)
    assert torch.allclose(found, expected, atol=1e-9)
    assert not torch.allclose(found, noise(0), atol=0.1)


@pytest.mark.parametrize("n_min", [0, 2, 4])
@pytest.mark.parametrize("variation", [0.0, 0.6])
def test_nothing_outside_the_mask_moves(variation, n_min):
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :3] = 1
    levels = WALKS["vp"]
    turn = turned(noise(50), mask, variation)
    found = edit(network, given(levels, 2, n_min, 0.7), mask, [3.0] * 4, ignore, turn)
    assert torch.equal(found[..., 3:], noise(0)[..., 3:])
    assert not torch.allclose(found[..., :3], noise(0)[..., :3], atol=0.1)


@pytest.mark.parametrize("walk", WALKS)
def test_equal_predictions_give_the_picture_back(walk):
    found = edit(network, given(WALKS[walk], 2, 0, 1.5), torch.ones(1, 1, 8, 8), [1.5] * 4, ignore)
    assert torch.equal(found, noise(0))


def test_all_of_its_variation_walks_from_fresh_noise_less_what_the_source_misses():
    """The source's step misses its next latent by c: DDIM from the fresh noise, c added at every level."""
    levels, everywhere = WALKS["flow"], torch.ones(1, 1, 8, 8)
    source = given(levels, 1, 0, 0.7)
    found = edit(network, source, everywhere, [3.0] * 4, ignore, turned(noise(50), everywhere, 1.0))
    y = noised(noise(0), noise(50), levels[-1])
    for i in range(4, 0, -1):
        ((own, told),) = source.draws[i - 1]
        here, to = levels[i], levels[i - 1]
        missed = noised(noise(0), own, to) - (to.a * told.x0 + to.s * told.eps)
        now = network(y, here, 3.0)
        y = to.a * now.x0 + to.s * now.eps + missed
    assert torch.allclose(found, y, atol=1e-9)


# -- through the engine


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    """A fresh engine for every comparison would spend its time on reading files and collecting garbage."""
    read = cache(lambda name, device, told: load(name, device, told))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.edit.engine.load", lambda *named: deepcopy(read(*named)))
        patch.setattr("core.edit.engine.gc", SimpleNamespace(collect=lambda: 0))
        yield


@pytest.fixture(scope="module")
def sd3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_sd3(tmp_path_factory.mktemp("flow-edit") / "sd3")


@pytest.fixture(scope="module")
def left(picture: np.ndarray) -> np.ndarray:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :16] = 255
    return mask


def asked(model: Path, **more: Any) -> EditRequest:
    find, flow = MaskRequest(draws=2, settle=0, snap=False), FlowSettings(2.0, 2, 1)
    request = EditRequest(photo="", query="a zebra", reference="a horse", model=str(model), device="cpu")
    plain = request.with_(steps=5, find=find, flow=flow, guidance=Weight(4.0), method=Method.FLOWEDIT)
    return plain.with_(**more)


def end(request: EditRequest, picture: np.ndarray, mask: np.ndarray | None, monkeypatch: Any):
    """The latents of the photo and of the edit."""
    engine = Engine()
    engine.load(request.model, request.device)
    reached: list[torch.Tensor] = []
    decode = engine._model.decode
    monkeypatch.setattr(engine._model, "decode", lambda latent: reached.append(latent) or decode(latent))
    engine.run(request, picture, mask)
    (x0,) = next(value for key, value in engine._cache._kept.items() if key[0] == "latent")
    return x0, reached[0]


def off(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())


@torch.inference_mode()
def test_an_edit_on_a_flow_model_is_the_paper_s_formula(sd3, picture, monkeypatch):
    """Its own words: σ, v, guided by both prompts, over the noises of the seed."""
    request = asked(sd3, avoid="grass")
    x0, found = end(request, picture, None, monkeypatch)
    model = load(str(sd3), "cpu")
    levels = model.schedule_at(*x0.shape[-2:]).levels(5)[:5]
    texts = {prompt: model.text(prompt) for prompt in ("grass", "a horse", "a zebra")}
    generator = torch.Generator().manual_seed(0)
    drawn = [torch.randn(x0.shape, generator=generator) for _ in range(9)]

    def v(z: torch.Tensor, level: Level, prompt: str, weight: float) -> torch.Tensor:
        u, t = ((lambda p: p.eps - p.x0)(model.predict(z, level, texts[text])) for text in ("grass", prompt))
        return u + weight * (t - u)

    z = x0.clone()
    for i in (4, 3, 2):
        level, sigma, to = levels[i], levels[i].s, levels[i - 1].s
        mean = torch.zeros_like(x0)
        for k in range(2):
            z_src = (1 - sigma) * x0 + sigma * drawn[1 + 2 * (i - 1) + k]
            z_tar = z + z_src - x0
            mean += (v(z_tar, level, "a zebra", 4.0) - v(z_src, level, "a horse", 2.0)) / 2
        z = z + (to - sigma) * mean
    sigma = levels[1].s
    z_tar = z - x0 + (1 - sigma) * x0 + sigma * drawn[1]
    expected = z_tar - sigma * v(z_tar, levels[1], "a zebra", 4.0)
    assert off(found, expected) < 1e-5
    assert off(found, x0) > 1e-2


@pytest.mark.parametrize("rescale", [Rescale.OFF, Rescale.STD])
def test_equal_prompts_and_weights_give_the_photo_back(sd3, tiny, picture, left, rescale, monkeypatch):
    folder = sd3 if rescale is Rescale.OFF else tiny
    same = {"query": "a horse", "flow": FlowSettings(3.0, 2), "guidance": Weight(3.0), "rescale": rescale}
    x0, found = end(asked(folder, **same, method=Method.MASKED_FLOWEDIT), picture, left, monkeypatch)
    assert off(found, x0) < 1e-5


def test_an_inpainting_model_is_told_the_same_of_both(tmp_path, picture, left, monkeypatch):
    folder = tiny_inpainting(tmp_path / "inpainting")
    same = {"query": "a horse", "flow": FlowSettings(), "guidance": Weight(1.0)}
    x0, found = end(asked(folder, **same, method=Method.MASKED_FLOWEDIT), picture, left, monkeypatch)
    assert off(found, x0) < 1e-4  # rounded otherwise in blocks
    engine, request = Engine(), asked(folder, method=Method.MASKED_FLOWEDIT)
    engine.run(request, picture, left)
    elsewhere = engine.run(request, picture, left[:, ::-1])
    assert elsewhere.pixels.tobytes() == Engine().run(request, picture, left[:, ::-1]).pixels.tobytes()


@pytest.mark.parametrize(
    ("method", "flow"),
    [
        (Method.MASKED_FLOWEDIT, FlowSettings(2.0, 2, 1)),
        (Method.FLOWEDIT, FlowSettings()),
        (Method.MASKED_FLOWEDIT, FlowSettings(n_min=9)),
    ],
)
def test_it_costs_what_is_told_before_and_leaves_the_rest(tiny, picture, left, method, flow):
    request = asked(tiny, method=method, flow=flow, guidance=Weight(4.0, decay=1), variation=0.3)
    mask, seen = left if method.masked else None, list[Any]()
    engine = Engine()
    result = engine.run(request, picture, mask, on_progress=seen.append)
    assert result.evaluations == result.request.cost()
    outside = result.mask.whole() == 0
    assert np.array_equal(result.on(picture)[outside], picture[outside])
    decoding = [step for step in seen if step.stage is Stage.DECODING]
    assert [step.i for step in decoding] == [1, 2, 3, 4]
    assert all(step.preview is not None and step.trace is not None for step in decoding)
    assert len(result.traces) == request.decode_steps
    other = engine.run(request.with_(query="a cow"), picture, mask)
    assert (other.evaluations.encode, other.evaluations.decode) == (0, result.evaluations.decode)
    assert other.pixels.tobytes() == Engine().run(other.request, picture, mask).pixels.tobytes()


def test_what_is_known_of_few_steps_is_a_beginning_of_more(tiny, picture):
    engine = Engine()
    for change, new in ((1.0, 5), (0.8, 0)):  # a block of four, and what is over
        request = asked(tiny, flow=FlowSettings(), change=change)
        result = engine.run(request, picture)
        assert result.evaluations.encode == new
        assert result.pixels.tobytes() == Engine().run(request, picture).pixels.tobytes()
    assert engine.run(request.with_(guidance=Weight(2.0)), picture).evaluations.encode == 0


def test_another_seed_and_a_blend_draw_others(tiny, picture):
    engine, request = Engine(), asked(tiny)
    there = request.with_(blend=Blend("a cow", 1.0, seed=7, seed_share=1.0))
    first, other, blended = (engine.run(one, picture) for one in (request, request.with_(seed=7), there))
    assert len({one.pixels.tobytes() for one in (first, other, blended)}) == 3
    assert (
        blended.pixels.tobytes() == engine.run(request.with_(seed=7, query="a cow"), picture).pixels.tobytes()
    )


def test_stopped_it_hands_on_what_it_had_reached(tiny, picture, left):
    cancel = Cancel()

    def stop(progress: Any) -> None:
        if progress.stage is Stage.DECODING and progress.i == 2:
            cancel.ask()

    engine = Engine()
    with pytest.raises(Cancelled) as stopped:
        engine.run(asked(tiny, method=Method.MASKED_FLOWEDIT), picture, left, stop, cancel)
    kept = engine.keep(stopped.value.partial)
    assert not kept.complete
    assert len(kept.traces) == 2
    assert np.array_equal(kept.on(picture)[left == 0], picture[left == 0])
    assert not np.array_equal(kept.on(picture), picture)


def test_where_the_scale_is_an_input_each_has_its_own(tmp_path, picture, small_pictures):
    folder = tiny_flux(tmp_path / "flux")
    request = asked(folder, flow=FlowSettings(1.5), guidance=Weight(5.5), avoid="grass")
    engine = Engine()
    result = engine.run(request, picture)
    assert result.evaluations == request.cost(Guided.EMBEDDED)
    assert (result.evaluations.encode, result.evaluations.decode) == (4, 4)
    assert any("text to avoid" in notice for notice in result.notices)
    other = engine.run(request.with_(flow=FlowSettings(3.0)), picture)
    assert other.evaluations.encode == 4
    assert other.pixels.tobytes() != result.pixels.tobytes()


def test_a_grid_tells_what_its_cells_share(tiny, picture):
    base = asked(tiny, flow=FlowSettings(2.0))
    for x, y in (("guidance=2,4", "source-guidance=1,2"), ("seed=1,2", None), ("change=0.4,1", None)):
        plan, engine = Plan(base, axis(x), axis(y) if y else None), Engine()
        cells = [plan.request(row, column) for row, column in plan.order()]
        spent = [engine.run(cell, picture).evaluations for cell in cells]
        assert sum(one.encode for one in spent) == plan.cost().encode
        assert sum(one.decode for one in spent) == plan.cost().decode


def test_an_older_recipe_is_read_without_it(tiny):
    request = asked(tiny)
    fields = (
        replace(request, flow=FlowSettings())
        .to_json()
        .replace(b',"flow":{"source_guidance":1.0,"n_avg":1,"n_min":0}', b"")
    )
    assert b'flow":' not in fields
    assert EditRequest.from_json(fields) == request.with_(flow=FlowSettings())
    assert EditRequest.from_json(request.to_json()) == request
