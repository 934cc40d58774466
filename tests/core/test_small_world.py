"""A model of a small world and a picture that is none of it: what the command line says, and goes on."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import cli
from core.batch.pictures import Item
from core.batch.worker import CHANGES_ALL, PictureWorker, Setup
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.edit.words.small_world import is_sample, out_of_place, world
from core.photo.masks import locality
from resources import samples_folder

QUICK = ["--device", "cpu", "--steps", "2", "--draws", "1", "--no-snap", "--threshold", "0.1"]
PROMPTS = ["--from", "a horse", "--to", "a zebra"]
SAYS = (
    "knows a toy world only and makes nothing of a photograph: "
    "“palimpsest models get” lists models for photographs, and --model takes one."
)


@pytest.fixture
def model(tiny: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    shutil.copytree(tiny, folder)
    (folder / "palimpsest.json").write_text(json.dumps({"knows": "a toy world: a horse and a zebra."}))
    return folder


@pytest.fixture
def photo(tmp_path: Path, picture: np.ndarray) -> Path:
    Image.fromarray(picture).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def say(model, photo, tmp_path, monkeypatch, capsys):
    """Run a command on the photo, no region of which stands out; what it says of the model and of methods."""
    monkeypatch.setattr(locality, "EVERYWHERE", 0.0)

    def run(words: list[str], taken: Path = photo) -> list[str]:
        named = {"PHOTO": str(taken), "OUT": str(tmp_path / "out")}
        given = [word.replace("OUT", named["OUT"]).replace("PHOTO", named["PHOTO"]) for word in words]
        assert cli.main(given) == 0
        told = capsys.readouterr().err.splitlines()
        return [line for line in told if "photograph" in line or "encode-decode" in line]

    return run


@pytest.mark.parametrize(
    "words",
    [
        ["edit", "PHOTO", *PROMPTS, "-o", "OUT.png"],
        ["mask", "PHOTO", *PROMPTS, "-o", "OUT.png"],
        ["grid", "PHOTO", *PROMPTS, "-o", "OUT.png", "--x", "guidance=3"],
        ["movie", "PHOTO", *PROMPTS, "-o", "OUT.gif", "--fps", "1", "--seconds", "1"],
    ],
)
def test_every_command_says_once_what_the_model_makes_of_a_photograph(words, say, model):
    quick = [word for word in QUICK if words[0] != "mask" or word not in ("--steps", "2")]
    assert say([*words, *quick, "--model", str(model)]) == [f"Note: toy {SAYS}"]


def test_a_batch_says_it_once_for_all(say, model, photo, tmp_path):
    recipe = {"photo": "", "query": "a zebra", "reference": "a horse", "steps": 2, "device": "cpu"}
    (tmp_path / "recipe.json").write_text(
        json.dumps({**recipe, "model": str(model), "version": 5, "find": {"draws": 1, "threshold": 0.1}})
    )
    shutil.copy(photo, tmp_path / "other.png")
    words = ["batch", str(tmp_path / "recipe.json"), "PHOTO", str(tmp_path / "other.png"), "-o", "OUT"]
    assert say([*words, "--workers", "1"]) == [f"Note: toy {SAYS}"]


def test_a_batch_s_workers_advise_no_other_method(model, photo, tmp_path, monkeypatch):
    monkeypatch.setattr(locality, "EVERYWHERE", 0.0)
    request = EditRequest("", "a zebra", "a horse", steps=2, device="cpu", model=str(model))
    setup = Setup(request.with_(find=MaskRequest(draws=1, threshold=0.1)))
    outcome = PictureWorker(setup).edit(Item("photo.png", photo, tmp_path / "out.png"))
    assert not outcome.error
    assert CHANGES_ALL not in outcome.notices


def test_a_sample_and_a_model_of_the_whole_world_get_the_other_advice(say, model, tiny, tmp_path):
    words = ["mask", "PHOTO", *PROMPTS, "-o", "OUT.png", *QUICK[:2], *QUICK[4:]]
    advice = ["Note: This edit seems to change the whole picture; try --method encode-decode."]
    assert say([*words, "--model", str(model)], samples_folder() / "horse-on-a-meadow.png") == advice
    assert say([*words, "--model", str(tiny)]) == advice


@pytest.mark.parametrize("command", ["edit", "mask"])
def test_a_search_alone_tells_of_the_prompts_too(command, model, photo, tmp_path, capsys):
    words = [command, str(photo), *PROMPTS, "-o", str(tmp_path / "out.png"), *QUICK[:2], *QUICK[4:]]
    assert cli.main([*words, "--model", str(model)]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "that this model" in line]
    assert len(said) == 2
    assert said[1].startswith(
        "Note: “What it should be” has no word that this model knows: zebra. It can but"
    )


def test_what_is_out_of_place(tmp_path, monkeypatch):
    sample = samples_folder() / "cat-in-the-snow.jpg"
    monkeypatch.chdir(samples_folder())
    assert is_sample(sample)
    assert is_sample(Path(sample.name))  # as it is typed there
    assert not is_sample(tmp_path / sample.name)
    assert not is_sample(None)
    assert out_of_place("a toy world", tmp_path / "photo.png")
    assert out_of_place("a toy world", None)  # pasted
    assert not out_of_place("a toy world", sample)
    assert not out_of_place("", tmp_path / "photo.png")
    assert world("picture-book scenes: horse, zebra") == "picture-book scenes"
    assert world("One kind of cat.") == "One kind of cat"
