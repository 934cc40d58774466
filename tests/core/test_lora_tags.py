"""LoRAs called by their names in the prompt."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core import cli
from core.edit.engine import Engine
from core.edit.request import Blend, EditRequest, Lora
from core.edit.words.lora_tags import LoraTag, tags_of, without_tags
from core.errors import InputError
from core.models import programs
from core.models.identity import identity_of
from core.models.lora.named import with_named_loras
from core.movie.make import make
from core.movie.request import MovieRequest

LAYER = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    """ComfyUI's LoRA folder on a machine with nothing else: ink, Ink Wash, and one in a folder of its own."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    for name in programs.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COMFYUI_PATH", str(tmp_path / "comfy"))
    folder = tmp_path / "comfy" / "models" / "loras"
    for n, name in enumerate(("ink", "Ink Wash", "old/paper.v2"), start=1):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pair = {
            f"{LAYER}.lora_down.weight": torch.ones(2, 32) * n / 10,
            f"{LAYER}.lora_up.weight": torch.ones(32, 2),
        }
        save_file(pair, folder / f"{name}.safetensors")
    return folder


@pytest.mark.parametrize(
    ("prompt", "plain", "tags"),
    [
        ("a zebra", "a zebra", ()),
        ("a  zebra ", "a  zebra ", ()),  # to the letter
        ("a zebra <lora:ink:0.8>", "a zebra", (LoraTag("ink", 0.8),)),
        ("<lora:ink>a zebra", "a zebra", (LoraTag("ink", 1.0),)),
        ("a <LoRA: Ink Wash :-1.5> zebra", "a zebra", (LoraTag("Ink Wash", -1.5),)),
        ("a <lora:a:1> b <lora:b:.5>", "a b", (LoraTag("a", 1.0), LoraTag("b", 0.5))),
        ("<lora:a:1>", "", (LoraTag("a", 1.0),)),
        ("1 < 2 <lore:a:1> >", "1 < 2 <lore:a:1> >", ()),
    ],
)
def test_tags(prompt, plain, tags):
    assert without_tags(prompt) == plain
    assert tags_of(prompt) == tags


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("<lora:ink:much>", r"“<lora:ink:much>” has a weight that is no number"),
        ("<lora:ink:1:0.5>", "has a weight that is no number"),
        ("<lora:ink:>", "has a weight that is no number"),
        ("<lora::1>", "names no LoRA"),
        ("<lora:ink:7>", r"<lora:ink:7>: a LoRA's weight"),
        ("<lora:ink:nan>", r"<lora:ink:nan>: a LoRA's weight"),
    ],
)
def test_tags_that_can_t_be_meant(folder, prompt, says):
    with pytest.raises(InputError, match=says):
        with_named_loras(EditRequest(photo="", query=prompt))


def test_names_are_found_and_join_the_list(folder):
    mine = Lora("/elsewhere/mine.safetensors", 0.5)
    request = EditRequest(
        photo="", query="b <lora:ink:0.8>", reference="a <lora:paper.v2> <lora:INK WASH:0.2>", loras=(mine,),
        blend=Blend("c <lora:ink:0.3>", 0, 0.5),
    )  # fmt: skip
    found = with_named_loras(request)
    assert (found.query, found.reference, found.blend.query) == ("b", "a", "c")
    names = {Path(lora.file).relative_to(folder).as_posix(): lora.weight for lora in found.loras[1:]}
    assert found.loras[0] == mine
    assert names == {"old/paper.v2.safetensors": 1.0, "Ink Wash.safetensors": 0.2, "ink.safetensors": 0.3}
    assert with_named_loras(found) == found
    told = with_named_loras(found.with_(query="b <lora:mine:1> <lora:ink.safetensors:0.1>"))
    assert Lora(mine.file, 1.0) in told.loras  # a file of the list, by its name
    assert Lora(str(folder / "ink.safetensors"), 0.1) in told.loras
    assert len(told.loras) == 4


def test_a_name_that_isn_t_there_names_those_that_are(folder):
    request = EditRequest(photo="", query="b <lora:inc:0.8>")
    with pytest.raises(InputError, match="There is no LoRA called “inc”") as said:
        with_named_loras(request)
    assert said.value.hint == "The LoRA folders hold ink, Ink Wash, paper.v2."
    for file in folder.rglob("*.safetensors"):
        file.unlink()
    with pytest.raises(InputError) as said:
        with_named_loras(request)
    assert "No LoRA files were found" in said.value.hint


def test_an_edit_with_a_tag_is_the_edit_with_the_file(folder, tiny, picture):
    plain = EditRequest(photo="", query="b", reference="a", model=str(tiny), device="cpu", steps=2)
    ink = Lora(str(folder / "ink.safetensors"), 0.8)
    mask = np.full(picture.shape[:2], 255, np.uint8)
    engine = Engine()
    without = engine.run(plain, picture, mask)
    tagged = engine.run(plain.with_(query="b <lora:ink:0.8>"), picture, mask)
    listed = engine.run(plain.with_(loras=(ink,)), picture, mask)
    assert tagged.request == listed.request  # what the report says, and a recipe repeats
    assert tagged.pixels.tobytes() == listed.pixels.tobytes() != without.pixels.tobytes()
    found = engine.find(plain.with_(reference="a <lora:ink:0.8>"), picture)
    assert found.request.loras == (ink,)
    identities = [identity_of(one) for one in (plain, plain.with_(query="b <lora:ink:0.8>"), tagged.request)]
    assert identities[0] != identities[1] == identities[2]


def test_the_command_line_takes_tags(folder, tiny, picture, tmp_path, capsys):
    Image.fromarray(picture).save(tmp_path / "photo.png")
    report = tmp_path / "report.json"
    words = ["edit", str(tmp_path / "photo.png"), "-o", str(tmp_path / "out.png"), "--report", str(report)]
    words += ["--model", str(tiny), "--device", "cpu", "--steps", "2", "--method", "sdedit", "--to"]
    assert cli.main([*words, "turn a horse into a zebra <lora:ink:0.8>"]) == 0
    told = json.loads(report.read_text())["request"]
    assert (told["reference"], told["query"]) == ("a horse", "a zebra")
    assert told["loras"] == [{"file": str(folder / "ink.safetensors"), "weight": 0.8}]
    assert cli.main([*words, "a zebra <lora:inc>"]) == 2
    assert (
        "There is no LoRA called “inc”.\nThe LoRA folders hold ink, Ink Wash, paper.v2."
        in capsys.readouterr().err
    )
    assert cli.main([*words, "<lora:ink>"]) == 2
    assert "What should it be?" in capsys.readouterr().err


def test_a_movie_has_the_loras_of_all_its_prompts_in_every_frame(folder, tiny, tmp_path):
    edit = EditRequest(photo="", query="", reference="a", model=str(tiny), device="cpu", steps=2)
    movie = MovieRequest(edit, ("a", "b <lora:ink:0.8>"), seconds=0.1, fps=10, size=(32, 32))
    made = make(movie, Engine(), None, None, tmp_path / "a.gif")
    assert made.request.prompts == ("a", "b")
    assert made.request.edit.loras == (Lora(str(folder / "ink.safetensors"), 0.8),)
