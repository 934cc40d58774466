"""Edits with models distilled for few steps: TurboEdit's shift and pseudo-guidance, and what guides them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.diffusion import diffedit, edit_friendly
from core.diffusion.flow_settings import FlowSettings
from core.diffusion.schedule import Flow, Level
from core.diffusion.step import Prediction
from core.diffusion.weight import Guided, Rescale, Weight
from core.edit.engine import Engine
from core.edit.method import Method
from core.edit.request import EditRequest
from core.edit.without_effect import without_effect
from core.models.load import load
from core.models.ways import begun
from tests.core.schedules import SCHEDULE
from tests.core.tiny import tiny_flux, tiny_stable_diffusion

SHAPE = (1, 4, 8, 8)
ASKED = EditRequest(photo="", query="a zebra", reference="a horse", device="cpu", steps=4, change=1.0)
TURBO = ASKED.with_(time_shift=0.2, pseudo_guidance=True, guidance=Weight(1.5), method=Method.ENCODE_DECODE)


def test_a_lower_level_is_a_share_of_the_schedule_lower():
    level = SCHEDULE.at(799)
    assert SCHEDULE.below(level, 0.2) == SCHEDULE.at(599)
    assert SCHEDULE.below(SCHEDULE.at(199), 0.2) == Level(0, 1.0, 0.0)
    assert SCHEDULE.below(level, 0) == level
    flow = Flow(3.0)
    assert flow.below(flow.levels(4)[4], 0.2).s == pytest.approx(0.8)
    assert flow.below(Level(100, 0.9, 0.1), 0.2) == Level(0, 1.0, 0.0)


def wild(x: torch.Tensor, level: Level, _weight: float = 1.0) -> Prediction:
    eps = torch.sin(x.roll(1, -1)) + level.s
    return Prediction(eps, (x - level.s * eps) / level.a)


def test_however_it_is_shifted_the_picture_comes_back():
    random = torch.Generator().manual_seed(0)
    x0, *noises = (torch.randn(SHAPE, generator=random, dtype=torch.float64) for _ in range(5))
    levels = SCHEDULE.levels(4)
    seen = [levels[0], *(SCHEDULE.below(level, 0.2) for level in levels[1:])]
    latents, missed = edit_friendly.encode(
        lambda x, at: [wild(*one) for one in zip(x, at, strict=True)],
        x0, levels, noises, lambda *_: None, seen=seen,
    )  # fmt: skip
    assert torch.allclose(latents[2], seen[2].a * x0 + seen[2].s * noises[1])
    solve = edit_friendly.solver(dict(zip(levels[1:], missed, strict=True)))
    everything = torch.ones(1, 1, 8, 8, dtype=torch.float64)
    back = diffedit.decode(wild, latents, levels, everything, [1.0] * 4, lambda *_: None, solve=solve)
    assert torch.allclose(back, x0, atol=1e-9)


@torch.inference_mode()
def test_an_edit_is_turbo_edit_s_formula(tiny, picture, monkeypatch):
    """Their step: x̂₋ = x₋ + (μ(x̂, c) − μ(x, c)) + w·(μ(x̂, ĉ) − μ(x̂, c)), x noised 200 steps lower."""
    engine, request = Engine(), TURBO.with_(model=str(tiny))
    engine.load(request.model, "cpu")
    reached: list[torch.Tensor] = []
    decode = engine._model.decode
    monkeypatch.setattr(engine._model, "decode", lambda latent: reached.append(latent) or decode(latent))
    result = engine.run(request, picture)
    assert result.evaluations == request.cost()
    (x0,) = next(value for key, value in engine._cache._kept.items() if key[0] == "latent")
    model, abar = load(str(tiny), "cpu"), SCHEDULE.abar
    texts = {prompt: model.text(prompt) for prompt in ("a horse", "a zebra")}
    random = torch.Generator().manual_seed(0)
    noises = [torch.randn(x0.shape, generator=random) for _ in range(5)][1:]
    times = [249, 499, 749, 999]

    def noised(t: int, noise: torch.Tensor) -> torch.Tensor:
        return abar[t] ** 0.5 * x0 + (1 - abar[t]) ** 0.5 * noise if t >= 0 else x0

    def mu(x: torch.Tensor, t: int, before: int, prompt: str) -> torch.Tensor:
        """DDPM's posterior mean (arXiv 2006.11239, eq. 7)."""
        eps = model.predict(x, model.schedule.at(t), texts[prompt]).eps
        last = abar[before] if before >= 0 else 1.0
        alpha = abar[t] / last
        found = (x - (1 - abar[t]) ** 0.5 * eps) / abar[t] ** 0.5
        return last**0.5 * (1 - alpha) / (1 - abar[t]) * found + alpha**0.5 * (1 - last) / (1 - abar[t]) * x

    seen = [x0, *(noised(t - 200, noise) for t, noise in zip(times, noises, strict=True))]
    edited = seen[-1]
    for i in range(4, 0, -1):
        t, before = times[i - 1], times[i - 2] if i > 1 else -1
        across = mu(edited, t, before, "a horse") - mu(seen[i], t, before, "a horse")
        prompts = mu(edited, t, before, "a zebra") - mu(edited, t, before, "a horse")
        edited = seen[i - 1] + across + 1.5 * prompts
    assert float((reached[0] - edited).norm() / edited.norm()) < 1e-4
    assert float((reached[0] - x0).norm() / x0.norm()) > 1e-3


def test_a_model_without_guidance_takes_pseudo_guidance(tmp_path, picture, small_pictures):
    folder = tiny_flux(tmp_path / "schnell", guided=False)
    engine, plain = Engine(), TURBO.with_(model=str(folder), pseudo_guidance=False, guidance=Weight(3.0))
    assert engine.load(str(folder), "cpu").guided is Guided.NOTHING
    alone = engine.run(plain, picture)
    assert (alone.evaluations.encode, alone.evaluations.decode) == (4, 4)
    assert any("guidance has no effect" in said for said in alone.notices)
    for asked, each in ((TURBO, 2), (TURBO.with_(guidance=Weight(1.0)), 1)):
        result = engine.run(asked.with_(model=str(folder)), picture)
        assert result.evaluations.decode == result.request.cost(Guided.NOTHING).decode == 4 * each
        assert not any("no effect" in said for said in result.notices)
        assert (result.pixels.tobytes() == alone.pixels.tobytes()) == (each == 1)
    led = TURBO.with_(model=str(folder), method=Method.FLOWEDIT, flow=FlowSettings(1.2))
    assert engine.run(led, picture).evaluations == led.cost(Guided.NOTHING)


def test_what_leads_away_is_named_and_where_it_can_t_it_is_said():
    assert (ASKED.away_from, TURBO.away_from) == ("", "a horse")
    assert TURBO.with_(avoid="grass").away_from == "grass"
    assert TURBO.guided_by(Guided.EMBEDDED) is Guided.EMBEDDED
    assert TURBO.cost(Guided.EMBEDDED).decode == 4
    (told,) = without_effect(TURBO, Guided.EMBEDDED)
    assert "pseudo-guidance has no effect" in told
    assert without_effect(TURBO.with_(rescale=Rescale.STD), Guided.NOTHING) == ()


def test_distilled_models_begin_with_both(tmp_path: Path):
    folder = tiny_stable_diffusion(tmp_path / "photo-turbo")
    request = begun(EditRequest(photo="", query="a zebra", model=str(folder)), {})
    assert (request.time_shift, request.pseudo_guidance) == (0.2, True)
    assert begun(ASKED, {}).time_shift == 0.0


def test_noise_that_isn_t_there_can_t_be_varied(tiny, picture):
    """So much of a shift that the whole way lies in the picture itself."""
    low = TURBO.with_(model=str(tiny), change=0.25, time_shift=0.5, variation=0.5)
    engine = Engine()
    varied = engine.run(low, picture)
    assert np.isfinite(varied.pixels).all()
    assert varied.pixels.tobytes() == engine.run(low.with_(variation=0.0), picture).pixels.tobytes()
