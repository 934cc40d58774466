"""`palimpsest models get`, `remove` and `login`, against a hub on this machine's own loopback."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import cli
from core.edit.engine import Engine
from core.edit.request import EditRequest
from core.errors import InputError
from core.models.catalog import folder_of
from core.models.hub.address import Address, read_address
from core.models.memory.machine import Machine, Memory
from core.models.offered import shelf
from core.models.programs import lora_files
from core.models.recognise.kinds import ModelKind, Recognised
from tests.core.tiny import tiny_chroma, tiny_flux, tiny_klein, tiny_qwen_image, tiny_z_image
from tests.hub_server import SHA, asked_by_itself, lora, running

GB = 1_000_000_000
NAMES = ("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model")
FILES = {"model_index.json": b'{"_class_name": "StableDiffusionPipeline"}', "tokenizer/merges.txt": b"a b",
         "scheduler/scheduler_config.json": b"{}"}  # fmt: skip
FILES |= {f"{name}.safetensors": b"plain weights" for name in NAMES}
FILES |= {f"{name}.fp16.safetensors": b"half" for name in NAMES}


@pytest.fixture
def hub(monkeypatch):
    """A hub that the client asks by itself."""
    with asked_by_itself(FILES, monkeypatch) as server:
        yield server


@pytest.fixture
def card(monkeypatch):
    """A graphics card of 12 GB."""
    machine = Machine("cuda", "Card", Memory(12 * GB, 11 * GB), Memory(64 * GB, 60 * GB))
    monkeypatch.setattr("core.models.memory.machine.this_machine", lambda: machine)


def run(*words):
    return cli.main(["models", *words])


def test_without_a_name_the_list_is_told(home, card, capsys):
    assert run("get") == 0
    told = capsys.readouterr().out
    for known in shelf().models:
        assert known.repo in told
        assert known.licence_link in told
    first = told.split("\n\n")[0]
    assert "(recommended)" in first
    assert "It fits: it takes about 9.0 GB of 11.0 GB that are free (Card)." in first
    assert told.count("(recommended)") == 1
    assert "no commercial use" in told
    assert "16.2 GB to fetch in half precision, 6.7 GB with --without-t5" in told
    assert "behind a gate" in told
    assert "usual guidance 2; 8 steps" in told


def test_a_model_is_fetched_used_and_removed(home, hub, card, capsys):
    hub.info = {"cardData": {"license": "openrail++"}}
    assert run("get", "some/model") == 0
    told = capsys.readouterr()
    assert "Licence: openrail++" in told.out
    assert "In half precision (--precision single would be 0.0 MB)." in told.out
    assert "It fits: it takes about 0.0 MB of 11.0 GB that are free (Card)." in told.out
    assert "Use it with --model some/model" in told.out
    folder = home / "some--model"
    assert (folder / "unet/diffusion_pytorch_model.safetensors").read_bytes() == b"half"
    assert run("get", "some/model", "--precision", "single") == 0
    assert (folder / "unet/diffusion_pytorch_model.safetensors").read_bytes() == b"plain weights"
    assert run("remove", "some/model") == 0
    assert "some/model: removed, 0.0 MB are free again." in capsys.readouterr().out
    assert not folder.exists()
    assert run("remove", "some/model") == 2
    assert "no fetched model" in capsys.readouterr().err


@pytest.mark.parametrize("make", [tiny_z_image, tiny_klein, tiny_flux, tiny_chroma, tiny_qwen_image])
def test_every_family_draws_by_its_name_on_the_hub(make, home, hub, card, small_pictures, tmp_path):
    folder = make(tmp_path / "theirs")
    files = (path for path in folder.rglob("*") if path.is_file())
    hub.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    hub.info = {"cardData": {"license": "apache-2.0"}}
    assert run("get", "some/model", "--precision", "single") == 0
    asked = len(hub.requests)
    drawn = [
        Engine().draw(EditRequest(photo="", query="a zebra", model=model, device="cpu", steps=2), (32, 32))
        for model in ("some/model", str(folder))
    ]
    assert np.array_equal(drawn[0].pixels, drawn[1].pixels)
    assert drawn[0].request.model_digest == drawn[1].request.model_digest
    assert len(hub.requests) == asked  # nothing is asked for once it is here


def test_the_tokenizer_of_t5_is_fetched_alone(home, hub, capsys):
    hub.files = {"tokenizer.json": b"{}", "tokenizer_config.json": b"{}", "model.safetensors": b"weights"}
    hub.info = {"cardData": {"license": "apache-2.0"}}
    assert run("tokenizer") == 0
    folder = home.parent / "tokenizers" / "t5"
    assert sorted(file.name for file in folder.iterdir()) == ["tokenizer.json", "tokenizer_config.json"]
    assert "google-t5/t5-small: Licence: apache-2.0" in capsys.readouterr().out
    hub.files = {"model.safetensors": b"weights"}
    assert run("tokenizer") == 2
    assert "holds no tokenizer.json any more" in capsys.readouterr().err


def test_the_tokenizer_of_qwen3_is_fetched_from_its_room_in_a_model(home, hub, capsys):
    names = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
    hub.files = {f"tokenizer/{name}": b"{}" for name in names} | {"transformer/model.safetensors": b"weights"}
    hub.info = {"cardData": {"license": "apache-2.0"}}
    assert run("tokenizer", "--of", "qwen3") == 0
    folder = home.parent / "tokenizers" / "qwen3"
    assert sorted(file.name for file in folder.iterdir()) == sorted(names)
    assert "Tongyi-MAI/Z-Image-Turbo: Licence: apache-2.0" in capsys.readouterr().out


def test_it_goes_where_it_is_told_to(home, hub, card, tmp_path, capsys):
    assert run("get", f"{hub.url}/some/model/tree/main", "--to", str(tmp_path / "disk")) == 0
    folder = tmp_path / "disk" / "some--model"
    assert (folder / "model_index.json").is_file()
    assert f"Use it with --model {folder}" in capsys.readouterr().out
    assert not home.exists()


def test_one_of_several_files_is_asked_for(home, hub, card, capsys):
    hub.files = {"a.safetensors": lora(1), "b.safetensors": lora(2)}
    assert run("get", "some/model") == 2
    said = capsys.readouterr().err
    assert "a.safetensors (0.0 MB), b.safetensors (0.0 MB)" in said
    assert "--file" in said
    assert run("get", "some/model", "--file", "b.safetensors") == 0
    file = home / "loras" / "some--model" / "b.safetensors"
    assert f"Use it with --lora {file}" in capsys.readouterr().out
    assert file.read_bytes() == lora(2)
    assert run("get", "https://huggingface.co/some/model/blob/main/a.safetensors?download=true") == 0
    assert (home / "loras" / "some--model" / "a.safetensors").read_bytes() == lora(1)
    assert [path.name for path in lora_files()] == ["a.safetensors", "b.safetensors"]
    capsys.readouterr()
    assert run() == 0
    assert "safetensors" not in capsys.readouterr().out
    assert run("remove", "some/model") == 0
    assert not list(home.rglob("*.safetensors"))


def test_the_offered_file_of_a_repository_comes_by_the_name_of_the_list(home, hub, card, capsys, monkeypatch):
    known = next(known for known in shelf().models if known.file and known.kind == "model")
    monkeypatch.setattr("core.models.hub.named.told_of", lambda *_: Recognised(ModelKind.CHECKPOINT))
    hub.files = {known.file: lora(1), "other.safetensors": lora(2)}
    assert run("get", known.name) == 0
    assert [path.relative_to(home) for path in home.rglob("*.safetensors")] == [
        Path("cyberdelia--CyberRealistic") / known.file
    ]
    assert run() == 0
    assert known.file in capsys.readouterr().out
    assert folder_of(known.repo) == home / "cyberdelia--CyberRealistic" / known.file


def test_a_search_is_one_request(home, hub, capsys):
    hub.models = [
        {"id": "some/model", "downloads": 1234, "gated": "auto", "tags": ["license:mit"]},
        {"id": "other/model", "gated": False, "cardData": {"license": "cc-by-nc-4.0"}},
        {"id": "no name at all", "tags": []},
    ]
    assert run("get", "--search", "real", "vision") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("\t")[:2] == ["some/model", "1,234 downloads"]
    assert "mit" in lines[0]
    assert "an account on the hub is asked for" in lines[0]
    assert "no commercial use" in lines[1]
    assert len(lines) == 2
    assert len(hub.requests) == 1
    assert "search=real+vision" in hub.requests[0]
    hub.models = []
    assert run("get", "--search", "nothing") == 0
    assert "No model" in capsys.readouterr().err


def test_a_token_is_read_from_a_pipe_and_never_from_the_command(hub, tmp_path, monkeypatch, capsys):
    for name in ("TOKEN", "STORED_TOKENS"):
        monkeypatch.setattr(f"huggingface_hub.constants.HF_{name}_PATH", str(tmp_path / "hf" / name))
    hub.token = "hf_secret"
    monkeypatch.setattr("sys.stdin", io.StringIO("hf_secret\n"))
    assert run("login") == 0
    said = capsys.readouterr()
    assert "hf_secret" not in said.out + said.err
    assert (tmp_path / "hf" / "TOKEN").read_text() == "hf_secret"


def test_what_makes_no_sense_is_said(home, capsys):
    assert run("get", "a/b", "--search", "x") == 2
    assert "one at a time" in capsys.readouterr().err
    assert run("get", "https://civitai.com/models/4201") == 2
    assert "not an address of the hub" in capsys.readouterr().err
    for words in (["--to", "x"], ["remove"], ["login", "hf_secret"], ["get", "--precision", "x"]):
        with pytest.raises(SystemExit) as raised:
            run(*words)
        assert raised.value.code == 2
        assert "--help" in capsys.readouterr().err


def test_options_stand_before_and_behind_the_name(home, hub, card, tmp_path):
    assert run("get", "--to", str(tmp_path / "a"), "some/model") == 0
    assert run("get", "some/model", "--to", str(tmp_path / "b")) == 0
    assert (tmp_path / "a" / "some--model").is_dir()
    assert (tmp_path / "b" / "some--model").is_dir()


HUB = "https://huggingface.co"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("owner/model", Address("owner/model")),
        (" “owner/model” ", Address("owner/model")),
        (f"{HUB}/owner/model", Address("owner/model")),
        (f"{HUB}/owner/model/", Address("owner/model")),
        (f"<{HUB}/owner/model?library=diffusers#files>", Address("owner/model")),
        ("huggingface.co/owner/model", Address("owner/model")),
        ("http://hf.co/owner/model", Address("owner/model")),
        (f"{HUB}/models/owner/model", Address("owner/model")),
        (f"{HUB}/owner/model/discussions/3", Address("owner/model")),
        (f"{HUB}/owner/model/tree/main", Address("owner/model")),
        (f"{HUB}/owner/model/tree/main/unet", Address("owner/model")),
        (f"{HUB}/owner/model/tree/refs%2Fpr%2F1", Address("owner/model", "refs/pr/1")),
        (f"{HUB}/owner/model/tree/refs/pr/1", Address("owner/model", "refs/pr/1")),
        (f"{HUB}/owner/model/tree/fp16", Address("owner/model", "fp16")),
        (f"{HUB}/owner/model/blob/main/a.safetensors", Address("owner/model", file="a.safetensors")),
        (f"{HUB}/owner/model/resolve/main/x/a%20b.safetensors?download=true",
         Address("owner/model", file="x/a b.safetensors")),
        (f"{HUB}/owner/model/blob/1a2b/a.ckpt", Address("owner/model", "1a2b", "a.ckpt")),
        (f"{HUB}/owner/model/blob/main/README.md", Address("owner/model")),
        (f"{HUB}/owner/model/blob/main/model_index.json", Address("owner/model")),
        ("Stable Diffusion XL", Address("stabilityai/stable-diffusion-xl-base-1.0")),
        ("lykon/DREAMSHAPER-8", Address("Lykon/dreamshaper-8")),
    ],
)  # fmt: skip
def test_names_and_addresses_are_understood(text, address):
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "a/b/c", "https://", "https://[", "ftp://huggingface.co/a/b", f"{HUB}/owner",
     f"{HUB}/datasets/a/b", f"{HUB}/spaces/a/b", f"{HUB}.evil.com/a/b", "https://evil.com/huggingface.co/a/b",
     f"{HUB}/owner/model/blob/main/../../x", f"{HUB}/owner/model/blob/main/a%2Fb.safetensors",
     f"{HUB}/owner/model/blob/main/nul.safetensors", f"{HUB}/..%2F../model", f"{HUB}/a b/c",
     f"{HUB}/owner/model/tree/a%20b", "\x00/\x01", "https://civitai.com/models/1"],
)  # fmt: skip
def test_what_names_no_model_is_refused(text):
    with pytest.raises(InputError):
        read_address(text)


def test_a_mirror_is_asked_for_nothing_but_the_model(tmp_path):
    """HF_ENDPOINT is the client's own variable; its list of coding agents and telemetry are switched off."""
    with running(FILES) as server:
        told = {"HF_ENDPOINT": server.url, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf"),
                "XDG_DATA_HOME": str(tmp_path / "data"), "HF_HUB_DISABLE_TELEMETRY": "0"}  # fmt: skip
        command = "import sys; from core import cli; sys.exit(cli.main(sys.argv[1:]))"
        words = ["models", "get", "some/model", "--to", str(tmp_path / "models"), "--precision", "half"]
        done = subprocess.run(
            [sys.executable, "-c", command, *words],
            env={**os.environ, **told},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    here = f"/some/model/resolve/{SHA}"
    assert [path.split("?")[0] for path in server.requests[:3]] == [
        "/api/models/some/model",
        f"/api/models/some/model/tree/{SHA}",
        f"{here}/model_index.json",
    ]
    wanted = [f"{name}.fp16.safetensors" for name in NAMES]
    wanted += ["tokenizer/merges.txt", "scheduler/scheduler_config.json", "model_index.json"]
    assert sorted(server.requests[3:]) == sorted(f"{here}/{name}" for name in wanted)
    assert not (tmp_path / "hf" / ".agent_harnesses.json").exists()
