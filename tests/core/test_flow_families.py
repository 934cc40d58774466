"""Flow models with language models for text encoders: what their folders, texts and edits have in common."""

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core import cli
from core.diffusion.flow_settings import FlowSettings
from core.diffusion.solver import Solver
from core.diffusion.weight import Guided, Rescale, Weight
from core.edit.engine import Engine
from core.edit.method import Method
from core.edit.request import Blend, EditRequest, Lora
from core.edit.words.weighted import PromptStyle
from core.errors import InputError
from core.models.backbone import Reading, Text
from core.models.load import load
from core.models.memory.device import place
from core.models.text.t5 import t5_tokenizer
from core.models.text.tokenizer_places import T5, TOKENIZER, keep_tokenizer
from tests.core.tiny import tiny_chroma, tiny_flux, tiny_klein, tiny_qwen_image, tiny_z_image

CHATS = {"z-image": tiny_z_image, "klein": tiny_klein, "qwen-image": tiny_qwen_image}
MAKERS = {**CHATS, "flux": tiny_flux, "chroma": tiny_chroma}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, small_pictures: None) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("flow-families")
    return {name: make(root / name) for name, make in MAKERS.items()}


@pytest.fixture(scope="module", params=MAKERS)
def folder(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


@pytest.fixture(scope="module", params=CHATS)
def chat(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[request.param]


def off(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())


def asked(folder: Path, **more: Any) -> EditRequest:
    request = EditRequest(photo="", query="a zebra", reference="a horse", model=str(folder), device="cpu")
    return request.with_(steps=4, solver=Solver.EDIT_FRIENDLY, **more)


def ends(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """The latents that edits end with, as they come."""
    model, reached = engine._model, list[torch.Tensor]()
    decode = model.decode
    monkeypatch.setattr(model, "decode", lambda latent: reached.append(latent) or decode(latent))
    return reached


def test_prompts_that_say_the_same_give_the_picture_back(folder, picture, monkeypatch):
    engine, request = Engine(), asked(folder, query="a horse", guidance=Weight(1), change=1.0)
    engine.load(request.model, "cpu")
    reached = ends(engine, monkeypatch)
    assert not engine.find(request, picture).heat.values.any()
    engine.run(request.with_(method=Method.ENCODE_DECODE), picture)
    whole = np.full(picture.shape[:2], 255, np.uint8)
    engine.run(request.with_(query="a zebra"), picture, whole)
    same, other = reached
    kept = [value for key, value in engine._cache._kept.items() if key[0] == "latent"]
    assert off(same, kept[0][0]) < 1e-5
    assert off(other, kept[0][0]) > 1e-3


@pytest.mark.parametrize("method", [Method.MASKED_FLOWEDIT, Method.FLOWEDIT])
def test_flow_edit_leaves_the_rest_and_gives_the_picture_back_for_equal_prompts(
    folder, method, picture, monkeypatch
):
    left = np.zeros(picture.shape[:2], np.uint8)
    left[:, :16] = 255
    engine, mask = Engine(), left if method.masked else None
    request = asked(folder, method=method, flow=FlowSettings(3.0, 2), guidance=Weight(3.0))
    engine.load(request.model, "cpu")
    reached = ends(engine, monkeypatch)
    drawn = engine.run(request, picture, mask)
    engine.run(request.with_(query="a horse"), picture, mask)
    other, same = reached
    (x0,) = next(value for key, value in engine._cache._kept.items() if key[0] == "latent")
    assert off(same, x0) < 1e-5
    assert off(other, x0) > 1e-3
    changed = (drawn.on(picture) != picture).any(axis=-1)
    assert changed[:, :16].any()
    assert changed[:, 16:].any() != method.masked


def test_texts_of_unequal_length_are_read_together_as_each_alone(folder):
    model = load(str(folder), "cpu")
    prompts = ("a", "a zebra on a meadow by the river " * 2, "a horse")
    texts = [model.text(prompt) for prompt in prompts]
    together = Text.stack(texts)
    x = torch.randn(3, model.channels, 8, 12, generator=torch.Generator().manual_seed(0))
    level = model.schedule_at(8, 12).levels(8)[5]
    model.batch = 3
    every = model.predict(x, level, together).eps
    for i, text in enumerate(texts):
        assert torch.equal(together.each[i], text.tokens[0])
        assert off(every[i : i + 1], model.predict(x[i : i + 1], level, text).eps) < 1e-5


def test_a_movie_goes_from_one_prompt_to_a_longer_one(folder, picture, monkeypatch):
    engine, far = Engine(), "a brown cow beside a river"
    request = asked(folder, method=Method.SDEDIT, change=0.5)
    engine.load(request.model, "cpu")
    reached = ends(engine, monkeypatch)
    shares = (0.0, 0.5, 1.0)
    for share in shares:
        engine.run(request.with_(blend=Blend(query=far, share=share)), picture)
    engine.run(request, picture)
    engine.run(request.with_(query=far), picture)
    first, between, last, here, there = reached
    assert torch.equal(first, here)
    assert torch.equal(last, there)
    assert min(off(between, here), off(between, there)) > 1e-4


def test_weights_in_a_prompt_are_read_as_words(chat):
    model = load(str(chat), "cpu")
    assert torch.equal(
        model.text("(a zebra:1.4)", Reading(weighted=True)).tokens, model.text("a zebra").tokens
    )
    count = model.tokens("a zebra")
    assert count.used == 7  # of bytes, each a token here
    limits = {"z-image": 512 - 19, "klein": 512 - 38, "qwen-image": 1058 - 162}  # less the template
    assert count.limit == limits[chat.name]
    assert model.tokens("a" * 900).too_long


def test_that_weights_count_for_nothing_is_told(folder, picture):
    engine, request = Engine(), asked(folder, query="a (zebra:1.4)", avoid="[grass]")
    assert not engine.load(request.model, "cpu").weighs
    whole = np.full(picture.shape[:2], 255, np.uint8)
    told = [notice for notice in engine.run(request, picture, whole).notices if "weights" in notice]
    assert told == [
        f"“{name}” has weights; this model reads the words without them."
        for name in ("What it should be", "Avoid")
    ]
    plain = request.with_(prompt_style=PromptStyle.PLAIN)
    assert not any("weights" in notice for notice in engine.run(plain, picture, whole).notices)


def test_a_search_by_command_tells_it_too(folders, picture, tmp_path, capsys):
    Image.fromarray(picture).save(tmp_path / "photo.png")
    words = "--to", "a (zebra:1.4)", "--from", "a horse", "--model", str(folders["flux"]), "--draws", "2"
    cli.main(["mask", str(tmp_path / "photo.png"), "-o", str(tmp_path / "m.png"), "--device", "cpu", *words])
    told = "“What it should be” has weights; this model reads the words without them."
    assert capsys.readouterr().err.count(told) == 1


def stranger(**config: int) -> torch.nn.Module:
    """A part of another model, of which nothing but its configuration is looked at."""
    return type("Stranger", (torch.nn.Module,), {"config": SimpleNamespace(**config)})()


STRANGERS = {  # model → a part, the configuration of another model's, and what is said
    "z-image": (
        ("text_encoder", {"hidden_size": 24}, "reads texts of width 32, but the encoders write 24"),
        ("vae", {"latent_channels": 4}, "takes 16 channels, but the VAE makes 4"),
    ),
    "klein": (
        ("text_encoder", {"hidden_size": 24}, "reads texts of width 48, but the encoders write 72"),
        ("vae", {"latent_channels": 4}, "takes 32 channels, but the VAE makes 16"),
    ),
    "qwen-image": (
        ("text_encoder", {"hidden_size": 24}, "reads texts of width 32, but the encoders write 24"),
        ("vae", {"z_dim": 4}, "takes 64 channels, but the VAE makes 16"),
    ),
    "flux": (
        ("text_encoder_2", {"d_model": 32}, "reads texts of width 64, but the encoders write 32"),
        ("text_encoder", {"hidden_size": 12}, "reads pooled texts of width 24, but the encoders write 12"),
        ("vae", {"latent_channels": 4}, "takes 64 channels, but the VAE makes 16"),
    ),
    "chroma": (
        ("text_encoder", {"d_model": 32}, "reads texts of width 64, but the encoders write 32"),
        ("vae", {"latent_channels": 4}, "takes 64 channels, but the VAE makes 16"),
    ),
}


def test_parts_of_two_models_are_refused(folder):
    model = load(str(folder), "cpu")
    for part, config, said in STRANGERS[folder.name]:
        parts = replace(model.parts, **{part: stranger(**config)})
        with pytest.raises(InputError, match=f"In some the .* {said}"):
            type(model)(Path("some"), "some", parts, place("cpu"))


def test_a_language_model_of_too_few_layers_is_refused(folders):
    model = load(str(folders["klein"]), "cpu")
    model.parts.text_encoder.config.num_hidden_layers = 20
    with pytest.raises(InputError, match="The text encoder has 20 layers, too few for this model"):
        type(model)(Path("some"), "some", model.parts, place("cpu"))


@pytest.mark.parametrize("lost", ["tokenizer", "tokenizer/tokenizer.json", "tokenizer/chat_template.jinja"])
def test_a_folder_without_its_tokenizer_is_told_in_a_sentence(chat, tmp_path, lost):
    if chat.name == "qwen-image" and "template" in lost:
        pytest.skip("its template is no tokenizer's")
    shutil.copytree(chat, tmp_path / "m")
    gone = tmp_path / "m" / lost
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    with pytest.raises(InputError) as said:
        load(str(tmp_path / "m"), "cpu")
    assert "okenizer" in said.value.message
    assert said.value.hint


def test_a_tokenizer_of_another_model_is_told_in_a_sentence(chat, tmp_path):
    shutil.copytree(chat, tmp_path / "m")
    config = tmp_path / "m" / "text_encoder" / "config.json"
    tokenizer = tmp_path / "m" / "tokenizer" / "tokenizer.json"
    words = json.loads(tokenizer.read_text())
    words["model"]["vocab"] = {word: place + 400 for word, place in words["model"]["vocab"].items()}
    tokenizer.write_text(json.dumps(words))
    model = load(str(tmp_path / "m"), "cpu")
    told = json.loads(config.read_text())
    assert told.get("text_config", told)["vocab_size"] == 300
    with pytest.raises(
        InputError, match="The tokenizer doesn't fit the text encoder, which knows 300 tokens"
    ):
        model.text("a horse")


def test_one_evaluation_a_step_where_the_scale_is_an_input(folders, picture, monkeypatch):
    """Decoding is told the curve, everything else a scale of 1; what can't count then is said."""
    engine, scales = Engine(), list[float]()
    request = asked(folders["flux"], method=Method.DIFFEDIT, guidance=Weight(4, decay=1), change=1.0)
    assert engine.load(request.model, "cpu").guided is Guided.EMBEDDED
    transformer = engine._model.parts.transformer
    forward = transformer.forward
    monkeypatch.setattr(
        transformer, "forward", lambda **told: scales.extend(told["guidance"].tolist()) or forward(**told)
    )
    mask = np.full(picture.shape[:2], 255, np.uint8)
    result = engine.run(request.with_(avoid="a cow", skip=0.9, rescale=Rescale.STD), picture, mask)
    assert scales == pytest.approx([1, 1, 1, 1, 4, 3, 2, 1])
    assert (result.evaluations.encode, result.evaluations.decode) == (4, 4)
    assert [trace.weight for trace in result.traces] == pytest.approx([4, 3, 2, 1])
    (said,) = (note for note in result.notices if "no effect" in note)
    assert said.endswith("is asked once a step: text to avoid, rescale and skip have no effect.")
    plain = engine.run(request, picture, mask)
    assert plain.pixels.tobytes() == result.pixels.tobytes()
    assert not [note for note in plain.notices if "no effect" in note]
    assert (
        engine.run(request.with_(guidance=Weight(2)), picture, mask).pixels.tobytes()
        != plain.pixels.tobytes()
    )


def test_a_model_without_guidance_ignores_the_scale_and_says_so(tmp_path, picture, small_pictures):
    engine, request = Engine(), asked(tiny_flux(tmp_path / "schnell", guided=False), method=Method.SDEDIT)
    strong, alone = (engine.run(request.with_(guidance=Weight(scale)), picture) for scale in (5, 1))
    assert strong.pixels.tobytes() == alone.pixels.tobytes()
    assert strong.evaluations.decode == len(strong.traces) == request.decode_steps
    assert strong.notices[-1].endswith("is asked once a step: guidance has no effect.")
    assert not alone.notices


def test_the_schedule_of_a_folder_is_its_own(folders, tmp_path):
    """Z-Image and Z-Image-Turbo differ in it, and other models may too."""
    folder = shutil.copytree(folders["z-image"], tmp_path / "m")
    config = folder / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"shift": 4.5}))
    assert load(str(folder), "cpu").schedule.shift == 4.5


@pytest.mark.parametrize(("name", "part"), [("flux", "tokenizer_2"), ("chroma", "tokenizer")])
def test_a_missing_tokenizer_of_t5_is_told_in_a_sentence(folders, tmp_path, name, part):
    """The whole room, and what is in it."""
    shutil.copytree(folders[name], tmp_path / "m")
    (tmp_path / "m" / part / TOKENIZER).unlink()
    with pytest.raises(InputError, match=f"m/{part} lacks its tokenizer's words"):
        load(str(tmp_path / "m"), "cpu")
    shutil.rmtree(tmp_path / "m" / part)
    with pytest.raises(InputError, match=f"m is missing {part}"):
        load(str(tmp_path / "m"), "cpu")


def test_a_lora_by_diffusers_names_is_fused(folder, picture, tmp_path):
    engine, request = Engine(), asked(folder, method=Method.SDEDIT)
    plain = engine.run(request, picture)
    names = (name for name, _ in engine._model.parts.transformer.named_modules())
    layer = next(name for name in names if name.endswith((".to_q", ".to_qkv_mlp_proj")))
    weight = engine._model.parts.transformer.get_submodule(layer).weight
    pair = {"lora_A": torch.ones(2, weight.shape[1]), "lora_B": torch.ones(weight.shape[0], 2)}
    file = tmp_path / "some.safetensors"
    save_file({f"transformer.{layer}.{key}.weight": it for key, it in pair.items()}, file)
    with_lora = engine.run(request.with_(loras=(Lora(str(file), 1.0),)), picture)
    assert with_lora.pixels.tobytes() != plain.pixels.tobytes()


def in_pieces(folder: Path, part: str, pieces: bytes) -> None:
    """A tokenizer as sentencepiece alone reads it."""
    (folder / part / TOKENIZER).unlink(missing_ok=True)
    (folder / part / "spiece.model").write_bytes(pieces)


def test_t5_s_own_pieces_are_read_by_the_tokenizer_kept_here(folders, tmp_path, monkeypatch):
    pieces = b"T5's own"
    monkeypatch.setattr("core.models.text.t5.DIGEST", hashlib.sha256(pieces).hexdigest())
    folder = tmp_path / "chroma"
    shutil.copytree(folders["chroma"], folder)
    in_pieces(folder, "tokenizer", pieces)
    with pytest.raises(
        InputError, match=r"chroma/tokenizer holds T5's tokenizer as spiece.model alone"
    ) as refused:
        load(str(folder), "cpu")
    assert "palimpsest models tokenizer --of t5" in refused.value.hint
    keep_tokenizer(T5, folders["chroma"] / "tokenizer")
    own, kept = (load(str(it), "cpu") for it in (folders["chroma"], folder))
    assert torch.equal(own.text("a zebra").tokens, kept.text("a zebra").tokens)
    in_pieces(folder, "tokenizer", b"of another T5")
    with pytest.raises(InputError, match="has a vocabulary of its own"):
        t5_tokenizer(folder, "tokenizer")
