"""Which weights a request is computed with: told by content, written down, and missed in a recipe."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from core.edit.engine import OTHERS, Engine
from core.edit.method import Method
from core.edit.report import read_recipe, report
from core.edit.request import EditRequest, Lora
from core.edit.together import put
from core.models import identity
from core.models.identity import identity_of

REQUEST = EditRequest(photo="", query="a zebra", device="cpu")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    for name in ("unet/model.safetensors", "unet/config.json", "tokenizer/merges.txt", "README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def digest(model: Path, *loras: Path) -> str:
    found = identity_of(REQUEST.with_(model=str(model), loras=tuple(Lora(str(lora)) for lora in loras)))
    assert found is not None
    return found.digest


def test_it_is_the_digest_of_names_and_contents(model):
    total = hashlib.sha256()
    for name in ("tokenizer/merges.txt", "unet/config.json", "unet/model.safetensors"):
        total.update(f"{name}\n{hashlib.sha256(name.encode()).hexdigest()}\n".encode())
    assert digest(model) == total.hexdigest()


@pytest.mark.parametrize("name", ["unet/model.safetensors", "unet/config.json", "tokenizer/merges.txt"])
def test_every_file_that_matters_tells(model, name):
    before = digest(model)
    content = (model / name).read_bytes()
    (model / name).write_bytes(content[::-1])
    assert digest(model) != before
    (model / name).write_bytes(content)
    os.utime(model / name, ns=(1, 1))
    (model / "README.md").write_bytes(b"other words")
    assert digest(model) == before


def test_a_lora_counts_and_a_place_does_not(model, tmp_path):
    lora = tmp_path / "one.safetensors"
    lora.write_bytes(b"one")
    assert digest(model, lora) != digest(model)
    moved = model.rename(tmp_path / "elsewhere")
    assert digest(moved, lora) == digest(moved, lora.rename(tmp_path / "two.safetensors"))


def test_a_file_is_read_once_also_by_a_later_process(model, monkeypatch):
    before = digest(model)
    monkeypatch.setattr(identity.hashlib, "file_digest", None)
    assert digest(model) == before
    (model / "unet" / "model.safetensors").write_bytes(b"changed")
    with pytest.raises(TypeError):  # it would be read
        digest(model)


def test_what_can_not_be_remembered_is_read_again(model, monkeypatch):
    before = digest(model)
    place = identity._place()
    for damage in (b"no JSON", b"[[1]]", b'[[["a", 1, 2], 3]]'):
        place.write_bytes(damage)
        assert digest(model) == before
    place.unlink()
    place.parent.rmdir()
    place.parent.write_bytes(b"no folder")
    assert digest(model) == before


def test_what_is_not_here_can_not_be_told(model, tmp_path):
    known = identity_of(REQUEST.with_(model=str(model)))
    gone = REQUEST.with_(model=str(tmp_path / "nowhere"))
    assert identity_of(gone) is None
    assert identity_of(gone, known) is known


def test_a_report_tells_the_weights_and_another_s_recipe_is_told_apart(tiny, picture):
    request = REQUEST.with_(model=str(tiny), method=Method.SDEDIT, steps=2)
    engine = Engine()
    first = engine.run(request, picture)
    recipe = read_recipe(report(first, "tiny"))
    assert recipe.model_digest == digest(tiny)
    again = engine.run(recipe, picture)
    assert np.array_equal(again.pixels, first.pixels)
    assert OTHERS not in again.notices
    other = engine.run(recipe.with_(model_digest="0" * 64), picture)
    assert other.notices[0] == OTHERS
    assert other.request.model_digest == digest(tiny)


def test_another_model_or_lora_over_a_recipe_is_no_surprise():
    recipe = REQUEST.with_(model_digest="0" * 64)
    assert put(recipe, {"model": "other"}).model_digest is None
    assert put(recipe, {"loras": (Lora("a.safetensors"),)}).model_digest is None
    assert put(recipe, {"steps": 4}).model_digest == "0" * 64
