"""The Stable Diffusion adapter on tiny random weights, saved by diffusers itself."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from core.diffusion.schedule import Level
from core.errors import CoreError, InputError
from core.models.adapters.stable_diffusion import StableDiffusion
from core.models.backbone import Text
from core.models.catalog import catalog
from core.models.files.diffusers_folder import check_folder
from core.models.load import load
from core.models.memory.device import available, place


@pytest.fixture(scope="module")
def model(tiny: Path) -> StableDiffusion:
    backbone = load(str(tiny), "cpu")
    assert isinstance(backbone, StableDiffusion)
    return backbone


@pytest.fixture
def broken(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model to break."""
    return Path(shutil.copytree(tiny, tmp_path / "broken"))


def latent(seed: int = 0) -> torch.Tensor:
    return torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(seed))


def test_it_says_what_it_is(model):
    assert (model.pixels, model.factor, model.channels, model.precision) == (32, 2, 4, "float32")
    assert model.tokens("horse").used == 5
    assert not model.tokens("x" * 14).too_long
    assert model.tokens("x" * 15).too_long


def test_the_latent_is_the_posterior_s_mode_scaled(model):
    pixels = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    vae = model.parts.vae
    with torch.no_grad():
        expected = vae.encode(pixels).latent_dist.mean * vae.config.scaling_factor
        decoded = vae.decode(expected / vae.config.scaling_factor).sample
    assert torch.allclose(model.encode(pixels), expected, atol=1e-5)
    assert torch.allclose(model.decode(expected), decoded, atol=1e-5)
    assert torch.equal(model.encode(pixels), model.encode(pixels))


def test_an_eps_model_s_prediction_rebuilds_x(model):
    x, level = latent(), model.schedule.at(500)
    before = model.evaluations
    prediction = model.predict(x.expand(2, -1, -1, -1), level, Text.stack([model.text("a")] * 2))
    assert model.evaluations - before == 2
    assert torch.allclose(level.a * prediction.x0 + level.s * prediction.eps, x, atol=1e-5)


def test_it_agrees_with_diffusers_own_ddim_step(model):
    """One of our steps between diffusers' timesteps is DDIMScheduler.step."""
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler

    from core.diffusion.step import step

    scheduler = DDIMScheduler.from_pretrained(Path(model.folder) / "scheduler")
    scheduler.set_timesteps(20)
    here, there = int(scheduler.timesteps[3]), int(scheduler.timesteps[4])
    x, text = latent(), model.text("a zebra")
    prediction = model.predict(x, model.schedule.at(here), text)
    expected = scheduler.step(prediction.eps, here, x).prev_sample
    assert torch.allclose(step(prediction, model.schedule.at(there)), expected, atol=1e-4)


def test_eps_and_v_adapters_agree_on_the_same_model(model, monkeypatch):
    """Let the same network's noise be given once as ε and once as v = a·ε − s·x0: both mean the same."""
    x, text = latent(), model.text("a")
    for timestep in (0, 300, 999):
        level = model.schedule.at(timestep)
        as_eps = model.predict(x, level, text)
        v = level.a * as_eps.eps - level.s * as_eps.x0
        with monkeypatch.context() as patch:
            patch.setattr(model.parts.unet, "forward", lambda *_args, v=v, **_options: (v,))
            patch.setattr(model, "prediction", "v_prediction")
            as_v = model.predict(x, level, text)
        assert torch.allclose(as_v.eps, as_eps.eps, atol=1e-4)
        assert torch.allclose(as_v.x0, as_eps.x0, atol=1e-3)


def test_a_v_model_answers_at_zero_terminal_snr_and_at_the_picture(tiny_v):
    model = load(str(tiny_v), "cpu")
    x, text = latent(), model.text("a")
    last = model.schedule.levels(10)[-1]
    assert last.a == 0
    prediction = model.predict(x, last, text)
    assert torch.allclose(prediction.eps, x, atol=1e-5)
    assert torch.isfinite(prediction.x0).all()
    picture = model.schedule.levels(10)[0]
    assert picture == Level(0, 1.0, 0.0)
    at = model.predict(x, picture, text)
    assert torch.equal(at.x0, x)
    near = model.predict(x, model.schedule.at(0), text)  # what it is asked at, where a² is not yet 1
    assert near.eps.std() > 0
    assert torch.equal(at.eps, near.eps)


def test_nan_from_the_network_becomes_a_sentence(broken):
    model = load(str(broken), "cpu")
    model.parts.unet.conv_out.weight.data[0, 0, 0, 0] = float("nan")
    with pytest.raises(CoreError, match="not finite"):
        model.predict(latent(), model.schedule.at(10), model.text("a"))


def test_a_named_device_that_is_not_there():
    missing = next((name for name in ("cuda", "mps") if name not in available()), None)
    assert missing, "no machine has both CUDA and MPS"
    with pytest.raises(InputError, match=f"no “{missing}” device"):
        place(missing)
    with pytest.raises(InputError, match="no device called"):
        place("tpu")
    assert place("auto").device.type == available()[0]


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "tokenizer", "scheduler"])
def test_a_missing_part_is_named(broken, part):
    shutil.rmtree(broken / part)
    with pytest.raises(InputError, match=f"missing {part}"):
        load(str(broken), "cpu")


def test_pickles_are_never_opened(broken):
    weights = broken / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(InputError, match="pickled"):
        load(str(broken), "cpu")
    weights.with_suffix(".bin").unlink()
    with pytest.raises(InputError, match="no weights"):
        load(str(broken), "cpu")


def test_a_truncated_weight_file_is_named(broken):
    weights = broken / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"broken/vae: .*cut off"):
        load(str(broken), "cpu")


def test_missing_weights_are_counted_not_made_up(broken):
    from safetensors.torch import load_file, save_file

    path = broken / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    del weights["conv_out.bias"]
    save_file(weights, path)
    with pytest.raises(InputError, match=r"lacks 1 of its weights.*conv_out\.bias"):
        load(str(broken), "cpu")


def _edit_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_parts_that_do_not_fit_are_refused(broken, tmp_path, make_tiny):
    other = make_tiny(tmp_path / "eight", channels=8)
    shutil.rmtree(broken / "vae")
    shutil.copytree(other / "vae", broken / "vae")
    with pytest.raises(InputError, match="takes 4 channels, but the VAE makes 8"):
        load(str(broken), "cpu")


@pytest.mark.parametrize(
    ("told", "length"), [(None, 16), (2**31, 16), (10**30, 16), (77, 16), (9, 9), (3, 3)]
)
def test_a_tokenizer_that_names_no_length_reads_what_its_encoder_reads(broken, told, length):
    path = broken / "tokenizer" / "tokenizer_config.json"
    config = json.loads(path.read_text()) | {"model_max_length": told}
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
    model = load(str(broken), "cpu")
    assert model.tokens("a b").limit == length - 2
    assert model.text("a b c").tokens.shape == (1, length, 24)


@pytest.mark.parametrize(
    ("file", "changes", "says"),
    [
        ("unet/config.json", {"block_out_channels": [10**9, 10**9]}, "are needed|can't be used"),
        ("unet/config.json", {"block_out_channels": [16, 10**15]}, "where .* are needed|can't be used"),
        ("unet/config.json", {"layers_per_block": 10**9}, "layers_per_block asks for 1,000,000,000 layers"),
        ("unet/config.json", {"transformer_layers_per_block": [1, [1e9]]}, "asks for"),
        ("unet/config.json", {"down_block_types": ["DownBlock2D"] * 5000}, "down_block_types asks for"),
        ("unet/config.json", {"sample_size": 10**6}, "draws pictures of the size 1000000"),
        ("unet/config.json", {"sample_size": "big"}, "draws pictures of the size big"),
        ("vae/config.json", {"latent_channels": 10**9}, "can't be used"),
        ("vae/config.json", {"scaling_factor": 0}, "scales its latents by 0"),
        ("vae/config.json", {"scaling_factor": "x"}, "can't be used"),
        ("text_encoder/config.json", {"num_hidden_layers": 10**9}, "num_hidden_layers asks for"),
        ("text_encoder/config.json", {"vocab_size": 10**12}, "are needed"),
        ("text_encoder/config.json", {"max_position_embeddings": 10**12}, "are needed"),
        ("scheduler/scheduler_config.json", {"num_train_timesteps": 10**9}, "schedule of 1000000000 steps"),
        ("scheduler/scheduler_config.json", {"num_train_timesteps": "x"}, "schedule of x steps"),
        ("scheduler/scheduler_config.json", {"beta_end": 3.0}, "picture to noise"),
        ("scheduler/scheduler_config.json", {"beta_schedule": "odd"}, "can't be used"),
        ("tokenizer/tokenizer_config.json", {"model_max_length": "x"}, "can't be used"),
        ("tokenizer/tokenizer_config.json", {"model_max_length": 1}, "reads 1 tokens"),
    ],
)
def test_a_configuration_that_can_t_be_right_takes_neither_memory_nor_time(broken, file, changes, says):
    _edit_json(broken / file, **changes)
    with pytest.raises(InputError, match=says) as refused:
        load(str(broken), "cpu")
    assert refused.value.hint


@pytest.mark.parametrize(
    "card", [{"kappa": "x"}, {"kappa": -1}, {"kappa": [1]}, {"mask_strength": 7}, {"knows": 3}, {"steps": 0}]
)
def test_a_card_of_other_types_is_named_and_the_model_used_without_it(broken, card):
    model = load(str(broken), "cpu")
    (broken / "palimpsest.json").write_text(json.dumps(card))
    same = load(str(broken), "cpu")
    assert "palimpsest.json is damaged" in same.notices[0]
    assert (same.kappa, same.mask_strength, same.knows) == (model.kappa, model.mask_strength, model.knows)


def test_a_token_without_meaning_is_refused_before_the_encoder_is_asked(broken):
    path = broken / "tokenizer" / "tokenizer.json"
    words = json.loads(path.read_text())
    words["model"]["vocab"]["b</w>"] = 10**6
    path.write_text(json.dumps(words))
    model = load(str(broken), "cpu")
    assert model.text("a").tokens.shape[0] == 1
    with pytest.raises(InputError, match="doesn't fit the text encoder"):
        model.text("b")


def test_a_tokenizer_whose_words_are_missing_is_refused(broken):
    """transformers would make one of nothing, to which all words are alike."""
    (broken / "tokenizer" / "tokenizer.json").unlink()
    with pytest.raises(InputError, match="/tokenizer lacks its tokenizer's words") as refused:
        load(str(broken), "cpu")
    assert "again" in refused.value.hint


def test_a_network_that_its_library_can_t_compute_is_a_sentence(broken):
    model = load(str(broken), "cpu")
    model.parts.unet.conv_in.stride = (0, 0)
    with pytest.raises(InputError, match="The U-Net can't be used"):
        model.predict(latent(), model.schedule.at(10), model.text("a"))


def test_wrong_folders_and_files(broken, tmp_path):
    with pytest.raises(InputError, match="no model folder"):
        check_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"has no model_index\.json"):
        check_folder(tmp_path)
    (tmp_path / "single.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="not a model folder"):
        check_folder(tmp_path / "single.safetensors")
    _edit_json(broken / "model_index.json", _class_name="SanaPipeline")
    with pytest.raises(InputError, match="SanaPipeline"):
        check_folder(broken)
    (broken / "model_index.json").write_text("{not json")
    with pytest.raises(InputError, match="damaged"):
        check_folder(broken)


def test_an_unknown_prediction_type_is_refused(broken):
    _edit_json(broken / "scheduler" / "scheduler_config.json", prediction_type="sample")
    with pytest.raises(InputError, match="predicts “sample”"):
        load(str(broken), "cpu")


def test_the_card_gives_kappa_and_the_world_it_knows(broken):
    (broken / "palimpsest.json").write_text(
        json.dumps({"kappa": 0.11, "mask_strength": 0.7, "knows": "circles only"})
    )
    model = load(str(broken), "cpu")
    assert (model.kappa, model.mask_strength, model.knows) == (0.11, 0.7, "circles only")


def test_the_catalog_lists_what_is_wrong_beside_what_works(tiny, broken, tmp_path, monkeypatch):
    snapshot = tmp_path / "hub" / "models--someone--painter" / "snapshots" / "abc"
    shutil.copytree(tiny, snapshot)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    shutil.rmtree(broken / "vae")
    entries = {entry.name: entry for entry in catalog([broken])}
    assert next(iter(entries.values())).model == "starter"
    assert "vae" in entries["broken"].problem
    found = entries["someone/painter"]
    assert found.problem == ""
    assert found.bytes == sum(f.stat().st_size for f in tiny.rglob("*.safetensors"))


def test_predictions_do_not_depend_on_what_ran_before(model):
    x, level, text = latent(), model.schedule.at(500), model.text("a zebra")
    first = model.predict(x, level, text).eps
    model.predict(latent(1), model.schedule.at(100), model.text("other"))
    assert np.array_equal(first.numpy(), model.predict(x, level, text).eps.numpy())
