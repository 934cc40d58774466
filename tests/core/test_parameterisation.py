"""What is told of a model beyond its files: prediction, zero SNR, clip skip; by a request or its card."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler
from transformers import CLIPTextConfig, CLIPTextModel

from core.edit.engine import Engine
from core.edit.request import EditRequest
from core.errors import InputError
from core.models.adapters.parameterisation import Parameterisation
from core.models.backbone import Reading
from core.models.card import ModelCard, tell
from core.models.load import load
from tests.core.tiny import tiny_sd3, tiny_sdxl

V = Parameterisation("v", zero_snr=True)


@pytest.fixture
def mine(tiny: Path, tmp_path: Path) -> Path:
    """A model of one's own, which says that it predicts noise."""
    return Path(shutil.copytree(tiny, tmp_path / "mine"))


def predicted(model):
    x = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(3))
    return model.predict(x, model.schedule.at(400), model.text("a zebra"))


def test_a_model_without_a_mark_is_told_that_it_predicts_v(mine, tiny_v):
    told, marked = (
        predicted(load(str(model), "cpu", said)) for model, said in ((mine, V), (tiny_v, Parameterisation()))
    )
    assert torch.equal(told.eps, marked.eps)
    assert torch.equal(told.x0, marked.x0)
    assert not torch.allclose(told.eps, predicted(load(str(mine), "cpu")).eps, atol=1e-2)


def test_what_is_told_is_what_diffusers_makes_of_it(mine):
    model = load(str(mine), "cpu", V)
    x = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(3))
    said = predicted(model)
    config = json.loads((mine / "scheduler" / "scheduler_config.json").read_text())
    scheduler = DDIMScheduler.from_config(config, prediction_type="v_prediction", rescale_betas_zero_snr=True)
    scheduler.set_timesteps(1000)
    with torch.inference_mode():
        v = model.parts.unet(x, 400, model.text("a zebra").tokens).sample
    assert torch.allclose(said.x0, scheduler.step(v, 400, x).pred_original_sample, atol=1e-5)


def test_the_card_tells_it_and_the_request_comes_first(mine):
    tell(mine, ModelCard(prediction="v", zero_snr=True))
    assert load(str(mine), "cpu").parameterisation == V
    assert load(
        str(mine), "cpu", Parameterisation("epsilon", zero_snr=False)
    ).parameterisation == Parameterisation("epsilon", zero_snr=False)


@pytest.mark.parametrize("unet", [False, True])
def test_a_flow_is_not_told_what_it_predicts_and_its_card_does_no_harm(tmp_path, unet, make_tiny):
    folder = make_tiny(tmp_path / "mine", flow={}) if unet else tiny_sd3(tmp_path / "mine", t5=False)
    with pytest.raises(InputError, match="predicts a flow"):
        load(str(folder), "cpu", Parameterisation("v"))
    tell(folder, ModelCard(prediction="v"))
    assert load(str(folder), "cpu").parameterisation == Parameterisation()


def test_a_u_net_s_flow_that_moves_with_the_picture_is_refused(tmp_path, make_tiny):
    folder = make_tiny(tmp_path / "mine", flow={"use_dynamic_shifting": True})
    with pytest.raises(InputError, match="mine shifts its schedule by a number of patches"):
        load(str(folder), "cpu")


def test_noise_at_zero_snr_is_refused_with_a_way_out(mine):
    with pytest.raises(ValueError, match="goes with the prediction v"):
        EditRequest(photo="", query="", prediction="epsilon", zero_snr=True)
    with pytest.raises(InputError, match="leave zero SNR off"):
        load(str(mine), "cpu", Parameterisation(zero_snr=True))


def test_a_changed_card_is_heeded_by_a_warm_engine_and_its_recipe_repeats(mine, picture):
    request = EditRequest(photo="", query="a zebra", model=str(mine), device="cpu", steps=3, change=0.7)
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[10:30, 10:30] = 255
    warm = Engine()
    before = warm.run(request, picture, mask)
    assert (before.request.prediction, before.request.zero_snr, before.request.clip_skip) == (
        "epsilon",
        False,
        1,
    )
    tell(mine, ModelCard(prediction="v", zero_snr=True, clip_skip=2))
    after = warm.run(request, picture, mask)
    assert (after.request.prediction, after.request.zero_snr, after.request.clip_skip) == ("v", True, 2)
    assert after.request.model_digest == before.request.model_digest, "the weights are the same"
    fresh = Engine().run(request, picture, mask)
    assert (after.pixels == fresh.pixels).all()
    assert (after.pixels != before.pixels).any()
    for engine in (warm, Engine()):
        assert (engine.run(before.request, picture, mask).pixels == before.pixels).all()


def test_a_recipe_that_says_what_is_so_loads_nothing_again(mine, picture, monkeypatch):
    engine = Engine()
    request = EditRequest(photo="", query="a zebra", model=str(mine), device="cpu", steps=2)
    mask = np.full(picture.shape[:2], 255, np.uint8)
    filled = engine.run(request, picture, mask).request
    monkeypatch.setattr("core.edit.engine.load", lambda *_: pytest.fail("loaded again"))
    engine.run(filled, picture, mask)
    engine.run(request, picture, mask)


@pytest.mark.parametrize("weighted", [False, True])
def test_clip_skip_reads_the_layer_before_the_last_through_the_last_norm(mine, weighted):
    model = load(str(mine), "cpu")
    encoder = model.parts.text_encoder
    config = CLIPTextConfig(**{**encoder.config.to_dict(), "num_hidden_layers": 1})
    shorter = CLIPTextModel(config).eval()
    shorter.load_state_dict(
        {key: value for key, value in encoder.state_dict().items() if ".layers.1." not in key}
    )
    ids = model.parts.tokenizer(
        "a zebra", padding="max_length", max_length=16, truncation=True, return_tensors="pt"
    )["input_ids"]
    with torch.inference_mode():
        expected = shorter(ids).last_hidden_state
    said = model.text("a zebra", Reading(weighted=weighted, skip=2)).tokens
    assert torch.equal(said, expected)
    assert not torch.allclose(said, model.text("a zebra").tokens, atol=1e-2)


def test_more_layers_than_there_are_can_t_be_skipped(mine):
    with pytest.raises(InputError, match="has 2 layers"):
        load(str(mine), "cpu").text("a", Reading(skip=3))


def test_families_that_always_read_the_last_layer_but_one_take_no_clip_skip(tmp_path, picture):
    folder = tiny_sdxl(tmp_path / "sdxl")
    request = EditRequest(photo="", query="a zebra", model=str(folder), device="cpu", steps=2)
    mask = np.full(picture.shape[:2], 255, np.uint8)
    engine = Engine()
    plain, skipped = (engine.run(request.with_(clip_skip=skip), picture, mask) for skip in (None, 2))
    assert plain.request == skipped.request
    assert (plain.pixels == skipped.pixels).all()
