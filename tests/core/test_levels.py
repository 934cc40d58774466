"""Samples at levels of their own in one call: what each family says, and encodings that ask so."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.edit.engine import Engine
from core.edit.progress import Cancel, Progress, Stage
from core.edit.request import EditRequest
from core.errors import Cancelled
from core.models.backbone import Text
from core.models.load import load
from tests.core.tiny import tiny_inpainting, tiny_sd3, tiny_sdxl

PROMPTS = ("a zebra", "", "a tame old horse", "a cow", "")


@pytest.fixture(scope="module")
def folders(tiny: Path, tiny_v: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("levels")
    made = {
        "sd": tiny,
        "sd-v": tiny_v,
        "sdxl": tiny_sdxl(root / "sdxl"),
        "sdxl-v": tiny_sdxl(root / "sdxl-v", prediction="v_prediction", zero_snr=True),
        "sd3": tiny_sd3(root / "sd3"),
        "inpainting": tiny_inpainting(root / "inpainting"),
    }
    return {"starter": "starter", **{name: str(folder) for name, folder in made.items()}}


FAMILIES = ("sd", "sd-v", "sdxl", "sdxl-v", "sd3", "inpainting", "starter")


def asked(model: Any) -> tuple[torch.Tensor, list[Level], Text]:
    """Five samples, each at its own level, the picture and full noise among them, under its own prompt."""
    dice, levels = torch.Generator().manual_seed(0), model.schedule.levels(8)
    x = torch.randn(5, model.channels, 12, 16, generator=dice)
    text = Text.stack([model.text(prompt) for prompt in PROMPTS])
    return x, [levels[i] for i in (3, 8, 1, 6, 0)], text


def off(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("batch", [2, 8])
def test_each_sample_is_what_it_is_alone(folders, family, batch):
    model = load(folders[family], "cpu")
    x, levels, text = asked(model)
    model.batch, before = batch, model.evaluations
    together = model.predict(x, levels, text)
    assert model.evaluations - before == 5
    for i, level in enumerate(levels):
        alone = model.predict(x[i : i + 1], level, text[i : i + 1])
        assert off(together.eps[i], alone.eps[0]) < 1e-6
        assert off(together.x0[i], alone.x0[0]) < 2e-6  # where a is small, it is divided by it
    swapped = model.predict(x, levels[::-1], text)
    assert off(swapped.eps[0], together.eps[0]) > 1e-3


@pytest.mark.parametrize("family", ["sd", "sd-v", "sdxl", "sd3"])
def test_it_is_what_diffusers_own_module_says_at_those_timesteps(folders, family):
    model = load(folders[family], "cpu")
    x, levels, text = asked(model)
    times = torch.tensor([level.timestep for level in levels])
    with torch.inference_mode():
        if family == "sd3":
            v = model.parts.transformer(
                hidden_states=x,
                timestep=times,
                encoder_hidden_states=text.tokens,
                pooled_projections=text.pooled,
            ).sample
            eps = x + (1 - times.view(-1, 1, 1, 1) / 1000) * v
        else:
            sizes = {"text_embeds": text.pooled, "time_ids": torch.tensor([[24, 32, 0, 0, 24, 32]] * 5)}
            more = {"added_cond_kwargs": sizes} if family == "sdxl" else {}
            eps = model.parts.unet(x, times.long(), encoder_hidden_states=text.tokens, **more).sample
            if family == "sd-v":
                a = torch.tensor([model.schedule.abar[int(t)] for t in times]).sqrt().view(-1, 1, 1, 1)
                eps = a * eps + (1 - a**2).sqrt() * x
    model.batch = 8
    assert torch.allclose(model.predict(x, levels, text).eps, eps, atol=1e-5)


@pytest.fixture
def request_(tiny: Path) -> EditRequest:
    return EditRequest(
        photo="", query="a zebra", reference="a horse", model=str(tiny), device="cpu", steps=10, change=1.0
    )


@pytest.fixture(scope="module")
def left(picture: np.ndarray) -> np.ndarray:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :16] = 255
    return mask


def test_edit_friendly_levels_go_through_the_network_in_blocks(request_, picture, left, monkeypatch):
    engine, sizes, seen = Engine(), list[int](), list[Progress]()
    engine.load(request_.model, "cpu")
    predict = engine._model.predict
    monkeypatch.setattr(engine._model, "predict", lambda x, *rest: sizes.append(len(x)) or predict(x, *rest))
    together = engine.run(request_, picture, left, on_progress=seen.append)
    assert sizes[:3] == [4, 4, 2]
    assert together.evaluations == together.request.cost()
    assert [p.i for p in seen if p.stage is Stage.ENCODING] == list(range(1, 11))
    engine = Engine()
    engine.load(request_.model, "cpu")
    monkeypatch.setattr(engine._model, "batch", 1)
    monkeypatch.setattr(engine._model, "_full_batch", 1)
    alone = engine.run(request_, picture, left)
    assert alone.evaluations == together.evaluations
    assert np.abs(alone.pixels.astype(int) - together.pixels).max() <= 1


def rounds_by_size(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every size of a call rounded otherwise, and plainly so."""
    call = model.parts.unet.forward

    def forward(sample: torch.Tensor, *rest: Any, **named: Any) -> tuple[torch.Tensor]:
        return (call(sample, *rest, **named)[0] * (1 + 0.01 * len(sample)),)

    monkeypatch.setattr(model.parts.unet, "forward", forward)


def test_what_ran_before_decides_no_block(request_, picture, left, monkeypatch):
    def engine() -> Engine:
        made = Engine()
        made.load(request_.model, "cpu")
        rounds_by_size(made._model, monkeypatch)
        return made

    warm, cost = engine(), list[int]()
    for change in (0.6, 1.0, 0.8, 0.7, 0.4, 0.9):
        asked = request_.with_(change=change)
        result = warm.run(asked, picture, left)
        assert result.pixels.tobytes() == engine().run(asked, picture, left).pixels.tobytes()
        cost.append(result.evaluations.encode)
    # A block that is known is not asked again; one that is shorter is.
    assert cost == [6, 4 + 2, 0, 3, 0, 1]


def test_a_stop_in_the_encoding_waits_for_one_call_and_keeps_it(request_, picture, left):
    engine, cancel, at = Engine(), Cancel(), list[int]()
    engine.load(request_.model, "cpu")

    def stop(progress: Progress) -> None:
        if progress.stage is Stage.ENCODING and progress.i == 5:
            cancel.ask()
            at.append(engine._model.evaluations)

    with pytest.raises(Cancelled):
        engine.run(request_, picture, left, on_progress=stop, cancel=cancel)
    assert engine._model.evaluations == at[0] == 8
    again = engine.run(request_, picture, left)
    assert again.evaluations.encode == 2
    assert again.pixels.tobytes() == Engine().run(request_, picture, left).pixels.tobytes()


def test_a_block_that_does_not_fit_goes_in_smaller_ones_and_the_result_says_so(request_, picture, left):
    plain, engine = Engine().run(request_, picture, left), Engine()
    engine.load(request_.model, "cpu")

    def short(_module: object, given: tuple[torch.Tensor, ...]) -> None:
        if len(given[0]) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")

    engine._model.parts.unet.register_forward_pre_hook(short)
    result = engine.run(request_, picture, left)
    assert any("fewer samples" in notice for notice in result.notices)
    assert result.evaluations == plain.evaluations
    assert np.abs(result.pixels.astype(int) - plain.pixels).max() <= 1


def test_the_deterministic_walks_ask_level_by_level(request_, picture, left, monkeypatch):
    """Each of their latents comes out of the last one's prediction."""
    engine, sizes = Engine(), list[int]()
    engine.load(request_.model, "cpu")
    predict = engine._model.predict
    monkeypatch.setattr(engine._model, "predict", lambda x, *rest: sizes.append(len(x)) or predict(x, *rest))
    engine.run(request_.with_(solver=Solver.DDIM), picture, left)
    assert sizes[:10] == [1] * 10
