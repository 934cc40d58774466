"""The starter model that ships: a plain diffusers folder, small, safe, and able to draw."""

import json
import re

import numpy as np
import pytest
import torch

from core.models.load import load
from resources import samples_folder, starter_folder
from resources.starter.training import autoencoder, text
from resources.starter.training.pictures import draw
from resources.starter.world import captions, sample

MIB = 2**20


@pytest.fixture(scope="module")
def files():
    return [path for path in starter_folder().rglob("*") if path.is_file()]


def test_weights_are_safetensors_and_small(files):
    suffixes = {path.suffix for path in files}
    assert suffixes <= {".json", ".md", ".safetensors", ".txt"}
    weights = [path for path in files if path.suffix == ".safetensors"]
    assert {path.parent.name for path in weights} == {"unet", "vae", "text_encoder"}
    assert all(path.stat().st_size < 16 * MIB for path in weights)
    assert sum(path.stat().st_size for path in files) < 24 * MIB


def test_no_variant_in_a_file_name(files):
    assert not [path.name for path in files if re.search(r"\.(fp16|bf16|fp32)\.", path.name)]


def test_the_text_encoder_names_its_precision():
    config = json.loads((starter_folder() / "text_encoder" / "config.json").read_text(encoding="utf-8"))
    assert config["dtype"] == "float32"


def test_no_config_says_where_its_part_lay_in_training(files):
    configs = [path for path in files if path.suffix == ".json"]
    assert len(configs) > 4
    assert not [path.name for path in configs if "name_or_path" in path.read_text(encoding="utf-8")]


def test_the_editor_finds_its_constants():
    about = json.loads((starter_folder() / "palimpsest.json").read_text(encoding="utf-8"))
    assert 0.001 < about["kappa"] < 1
    assert about["size"] == 128
    assert "picture-book" in about["knows"]
    assert (starter_folder() / "README.md").stat().st_size > 1000


def test_the_pipeline_of_diffusers_opens_it_and_draws():
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(starter_folder())
    pipe.set_progress_bar_config(disable=True)
    assert {part.dtype for part in (pipe.unet, pipe.vae, pipe.text_encoder)} == {torch.float32}
    drawn = pipe(
        "a red ball",
        num_inference_steps=12,
        guidance_scale=3.0,
        generator=torch.Generator().manual_seed(0),
        output_type="np",
    ).images
    assert drawn.shape == (1, 128, 128, 3)
    assert np.isfinite(drawn).all()
    assert drawn.std() > 0.05


def test_every_byte_is_a_word():
    """No letter turns into end-of-text in mid-prompt."""
    tokenizer = text.train_tokenizer(captions(sample(7)))
    for prompt in ("a qüx zebra", "東京", "ж", "a horse, 50%!"):
        ids = tokenizer(prompt).input_ids
        assert tokenizer.eos_token_id not in ids[1:-1]
        assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.model_max_length == text.MAX_TOKENS


def test_the_encoder_starts_at_the_linear_optimum():
    pictures = draw(24, 32, processes=1)
    found = autoencoder.components(pictures, 8)
    vae = autoencoder.build(8, (16, 32, 64))
    autoencoder.start_linear(vae, found)
    latents = autoencoder.encode_all(vae, pictures).numpy()
    pages = pictures.pixels.astype(np.float32) / 127.5 - 1
    patches = pages.reshape(24, 8, 4, 8, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(24, 8, 8, 48)
    expected = (patches - found.mean) @ found.rows.T * (found.spread / found.deviation)
    assert np.corrcoef(latents.transpose(0, 2, 3, 1).ravel(), expected.ravel())[0, 1] > 0.999


def test_there_are_samples_of_both_kinds():
    names = sorted(path.name for path in samples_folder().iterdir())
    assert any(name.startswith("horse-") and name.endswith(".png") for name in names)
    assert any(name.startswith("bowl-of-fruit-") and name.endswith(".jpg") for name in names)
    assert any(name.startswith("summer-tree-") for name in names)


def test_it_knows_every_word_that_it_was_taught_and_tells_others():
    model = load("starter", "cpu")
    said = " ".join(caption for seed in range(300) for caption in captions(sample(seed)))
    assert model.tokens(said).unknown == ()
    assert model.tokens("a dragon and a horse, a Dragon and unicorns").unknown == ("dragon", "unicorns")


def test_it_reads_a_word_in_the_number_that_it_was_taught_and_says_so():
    model = load("starter", "cpu")
    said, read = "a red Apple beside zebras and a dragon", "a red apples beside zebra and a dragon"
    count = model.tokens(said)
    assert count.unknown == ("dragon",)
    assert count.notes == ("“apple” is read as “apples”.", "“zebras” is read as “zebra”.")
    assert count.used == model.tokens(read).used
    assert torch.equal(model.text(said).tokens, model.text(read).tokens)
    assert model.tokens(read).notes == ()


def test_every_word_that_it_was_taught_is_read_as_it_stands():
    model = load("starter", "cpu")
    said = " ".join(caption for seed in range(300) for caption in captions(sample(seed)))
    assert model._words.forms(said) == {}
    assert model._words.forms("gas is as ass") == {}  # pieces of words are none
