"""Another VAE than the model's own: of a file in either layout, of a folder, and what is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core import cli
from core.edit.engine import Engine
from core.edit.request import EditRequest
from core.errors import InputError
from core.models.adapters.sdxl import StableDiffusionXL
from core.models.load import load
from core.models.memory.device import Placement
from tests.core import original_layout as layout
from tests.core.tiny import tiny_sdxl, tiny_vae


@pytest.fixture(scope="module")
def vae():
    """Of the tiny models' build, with other weights."""
    torch.manual_seed(11)
    return tiny_vae(4).eval()


@pytest.fixture(scope="module")
def places(vae, tiny, tmp_path_factory) -> dict[str, Path]:
    """The same VAE in every way that people have one."""
    room = tmp_path_factory.mktemp("vaes")
    vae.save_pretrained(room / "folder")
    weights = vae.state_dict()
    shutil.copytree(tiny, room / "model")
    shutil.rmtree(room / "model" / "vae")
    shutil.copytree(room / "folder", room / "model" / "vae")
    save_file(weights, room / "diffusers.safetensors")
    whole = layout.original_vae(weights)
    layout.write(room / "bare.safetensors", whole, strip=layout.VAE)
    layout.write(room / "prefixed.safetensors", whole)
    (room / "alone").mkdir()
    shutil.copyfile(room / "bare.safetensors", room / "alone" / "sdxl_vae.safetensors")
    return {path.name: path for path in room.iterdir()}


WAYS = ("folder", "model", "diffusers.safetensors", "bare.safetensors", "prefixed.safetensors", "alone")


@pytest.mark.parametrize("way", WAYS)
def test_a_model_encodes_and_decodes_by_it(tiny, vae, places, way):
    model = load(str(tiny), "cpu")
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    own = model.encode(picture)
    model.use_vae(str(places[way]))
    with torch.no_grad():
        latent = vae.encode(picture).latent_dist.mode()
        drawn = vae.decode(latent).sample
    assert torch.allclose(model.encode(picture), latent * 0.5, atol=1e-5)
    assert torch.allclose(model.decode(latent * 0.5), drawn, atol=1e-5)
    model.use_vae("")
    assert torch.equal(model.encode(picture), own)


def request(model: Path, vae: str = "") -> EditRequest:
    asked = EditRequest(
        photo="", query="a zebra", reference="a horse", model=str(model), device="cpu", steps=3
    )
    return asked.with_(vae=vae)


def run(engine: Engine, asked: EditRequest, picture: np.ndarray):
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, 20:] = 255
    return engine.run(asked, picture, mask)


def test_the_same_request_gives_the_same_bytes_and_knows_its_vae(tiny, places, picture):
    engine, chosen = Engine(), request(tiny, str(places["folder"]))
    own = run(engine, request(tiny), picture)
    other = run(engine, chosen, picture)
    assert other.pixels.tobytes() != own.pixels.tobytes()
    assert run(engine, request(tiny), picture).pixels.tobytes() == own.pixels.tobytes()
    assert run(Engine(), chosen, picture).pixels.tobytes() == other.pixels.tobytes()
    assert other.request.vae == str(places["folder"])
    assert None not in (own.request.model_digest, other.request.model_digest)
    assert own.request.model_digest != other.request.model_digest
    elsewhere = run(engine, request(tiny, str(places["model"])), picture)
    assert elsewhere.request.model_digest == other.request.model_digest


def test_a_vae_that_can_t_be_used_is_named_and_the_engine_goes_on(tiny, places, picture, tmp_path):
    torch.manual_seed(12)
    tiny_vae(16).save_pretrained(tmp_path / "sixteen")
    shutil.copytree(places["folder"], tmp_path / "scaled")
    config = tmp_path / "scaled" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"scaling_factor": 0.13}))
    save_file(tiny_vae(16).state_dict(), tmp_path / "sixteen.safetensors")
    save_file({"lora_unet_x.lora_down.weight": torch.zeros(2, 4)}, tmp_path / "lora.safetensors")
    (tmp_path / "empty").mkdir()
    shutil.copytree(tiny / "unet", tmp_path / "unet")
    engine = Engine()
    own = run(engine, request(tiny), picture)
    for name, says in (
        ("sixteen", "makes latents of 16 channels, but the model draws in 4"),
        ("sixteen.safetensors", "makes latents of 16 channels, but the model draws in 4"),
        ("scaled", "scales its latents by 0.13, but the model draws in 0.5"),
        ("lora.safetensors", "is a LoRA"),
        ("empty", "holds no VAE"),
        ("unet", "is a UNet2DConditionModel, not a VAE"),
        ("gone.safetensors", "There is no VAE"),
    ):
        with pytest.raises(InputError, match=says) as refused:
            run(engine, request(tiny, str(tmp_path / name)), picture)
        assert refused.value.hint
        assert run(engine, request(tiny), picture).pixels.tobytes() == own.pixels.tobytes()


def test_a_folder_says_whether_it_overflows_in_half_precision_and_a_file_is_tried(tmp_path, vae, places):
    parts = load(str(tiny_sdxl(tmp_path / "xl")), "cpu").parts
    half = Placement(torch.device("cpu"), torch.float16, torch.float16, batch=1)
    model = StableDiffusionXL(tmp_path, "xl", replace(parts), half)
    formats = {}
    for name, upcast in (("wide", True), ("narrow", False)):
        shutil.copytree(places["folder"], tmp_path / name)
        config = tmp_path / name / "config.json"
        config.write_text(json.dumps(json.loads(config.read_text()) | {"force_upcast": upcast}))
        model.use_vae(str(tmp_path / name))
        formats[name] = model.manner[0][1]
    model.use_vae(str(places["bare.safetensors"]))
    assert formats == {"wide": "torch.float32", "narrow": "torch.float16"}
    assert model.manner[0][1] == "torch.float16"


def test_the_command_line_and_recipes_take_it(tiny, places, tmp_path, picture, capsys):
    photo, out, told = tmp_path / "in.png", tmp_path / "out.png", tmp_path / "told.json"
    Image.fromarray(picture).save(photo)
    words = ["edit", str(photo), "--to", "a zebra", "--model", str(tiny), "--device", "cpu", "--steps", "2"]
    words += ["--method", "encode-decode", "-o", str(out), "--report", str(told)]
    assert cli.main([*words, "--vae", str(places["folder"])]) == 0
    first = out.read_bytes()
    assert json.loads(told.read_text())["request"]["vae"] == str(places["folder"])
    again = ["edit", str(photo), "--recipe", str(told), "-o", str(out)]
    assert cli.main(again) == 0
    assert out.read_bytes() == first
    assert cli.main([*words, "--vae", str(tmp_path / "gone")]) == 2
    assert "There is no VAE" in capsys.readouterr().err
