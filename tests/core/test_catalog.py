"""What is listed as a model on this machine, and what is said of it."""

import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core import cli
from core.errors import InputError
from core.models import programs
from core.models.catalog import catalog, describe, folder_of
from core.models.files.diffusers_folder import check_folder, stored
from core.models.load import load
from core.models.memory.machine import size
from core.models.recognise.formats import Weights
from resources import STARTER


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """A home folder without other programs."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    for name in programs.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("core.models.catalog.models_home", lambda: home / "downloads")
    monkeypatch.setattr(
        "core.models.catalog.home_of", lambda repo: home / "downloads" / repo.replace("/", "--")
    )
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home / "hub"))
    return home


def test_size_and_needs_come_from_the_headers(tiny):
    entry = describe(str(tiny))
    parts = {
        folder: Weights(sum(t.numel() for file in files for t in load_file(file).values()))
        for folder in ("unet", "vae", "text_encoder")
        if (files := list((tiny / folder).glob("*.safetensors")))
    }
    assert (entry.kind, entry.family, entry.parts) == ("folder", "SD 1.x", parts)
    assert entry.memory("single") == pytest.approx(2 * entry.memory("half"), abs=2)
    assert entry.memory("half") > 2 * sum(part.numbers for part in parts.values())


def test_other_programs_folders_are_found(home, tmp_path, monkeypatch):
    comfy, web = home / "ComfyUI", tmp_path / "web"
    extra = tmp_path / "extra" / "more"
    for folder in (
        comfy / "models/checkpoints",
        web / "models/Stable-diffusion",
        comfy / "models/loras",
        extra,
    ):
        folder.mkdir(parents=True)
    (comfy / "models/checkpoints/old.ckpt").write_bytes(b"pickle")
    save_file({"x": torch.zeros(2)}, web / "models/Stable-diffusion/strange.safetensors")
    save_file({"x": torch.zeros(2)}, comfy / "models/loras/style.safetensors")
    save_file({"x": torch.zeros(2)}, extra / "third.safetensors")
    monkeypatch.setenv("SD_WEBUI_PATH", str(web))
    (comfy / programs.EXTRA).write_text(
        f"mine:\n  base_path: {tmp_path / 'extra'}\n  checkpoints: |\n    more\n    none\n"
    )
    found = {entry.name: entry for entry in catalog()}
    assert set(found) == {"Storybook (starter)", "old", "strange", "third"}
    assert "pickled" in found["old"].problem
    assert "no kind of model" in found["strange"].problem
    assert found["third"].kind == "file"
    assert [file.name for file in programs.lora_files()] == ["style.safetensors"]
    (comfy / programs.EXTRA).write_text("{ no yaml")
    assert "third" not in {entry.name for entry in catalog()}


def test_a_hub_name_leads_to_what_was_downloaded(home, tiny):
    folder = shutil.copytree(tiny, home / "downloads" / "some--model")
    assert folder_of("some/model") == folder
    entry = next(entry for entry in catalog() if entry.kind == "hub")
    assert (entry.name, entry.problem) == ("some/model", "")
    with pytest.raises(InputError, match="no model folder") as refused:
        check_folder(folder_of("other/model"))
    assert "models get other/model" in refused.value.hint


def test_a_missing_shard_and_a_file_cut_off_are_named(tiny, tmp_path):
    folder = Path(shutil.copytree(tiny, tmp_path / "broken"))
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-10])
    assert "broken/unet: diffusion_pytorch_model.safetensors is cut off" in describe(str(folder)).problem
    weights.write_bytes(whole)
    index = {"weight_map": {"a": weights.name, "b": "second.safetensors"}}
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    assert (
        "broken/unet lacks 1 of 2 files of its weights: second.safetensors" in describe(str(folder)).problem
    )


def half_only(folder: Path, tiny: Path, **options) -> Path:
    """The tiny model as a hub cache holds it after a download of the variant "fp16"."""
    parts = load(str(tiny), "cpu").parts
    shutil.copytree(tiny, folder)
    for name in ("unet", "vae", "text_encoder"):
        for file in (folder / name).glob("*.safetensors"):
            file.unlink()
        getattr(parts, name).half().save_pretrained(folder / name, variant="fp16", **options)
    return folder


def same_weights(model, tiny: Path) -> bool:
    plain = load(str(tiny), "cpu").parts.unet.state_dict()
    found = model.parts.unet.state_dict()
    return all(torch.equal(found[name], weight.half().float()) for name, weight in plain.items())


@pytest.mark.parametrize("options", [{}, {"max_shard_size": "40KB"}], ids=["single", "shards"])
def test_a_folder_of_half_precision_only_is_listed_and_loads(tiny, tmp_path, options):
    folder = half_only(tmp_path / "half", tiny, **options)
    shards = len(stored(folder, "unet"))
    assert (shards > 1) == bool(options)
    assert all(
        ".fp16" in file.name for part in ("unet", "vae", "text_encoder") for file in stored(folder, part)
    )
    assert (describe(str(folder)).problem, describe(str(folder)).parts) == ("", describe(str(tiny)).parts)
    assert same_weights(load(str(folder), "cpu"), tiny)


def test_of_two_number_formats_the_one_that_is_whole_is_taken(tiny, tmp_path):
    folder = half_only(tmp_path / "both", tiny, max_shard_size="40KB")
    load(str(tiny), "cpu").parts.unet.save_pretrained(tmp_path / "plain", max_shard_size="40KB")
    shutil.copytree(tmp_path / "plain", folder / "unet", dirs_exist_ok=True)
    assert not any(".fp16" in file.name for file in stored(folder, "unet"))
    plain, half = (sorted((folder / "unet").glob(f"*model{mark}-0*.safetensors")) for mark in ("", ".fp16"))
    plain[1].unlink()
    assert all(".fp16" in file.name for file in stored(folder, "unet"))
    assert same_weights(load(str(folder), "cpu"), tiny)
    half[0].unlink()
    half[1].unlink()
    with pytest.raises(InputError, match=rf"both/unet lacks 1 of {len(plain)} files.*{plain[1].name}"):
        check_folder(folder)
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").unlink()
    with pytest.raises(InputError, match=rf"both/unet lacks 2 of {len(half)} files.*{half[0].name}"):
        check_folder(folder)


def test_weights_by_names_that_are_never_loaded_are_none(tiny, tmp_path):
    folder = Path(shutil.copytree(tiny, tmp_path / "named"))
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_name("diffusion_pytorch_model.non_ema.safetensors"))
    assert "named/unet holds no weights" in describe(str(folder)).problem


def test_the_command_says_family_needs_and_problems(tiny, tmp_path, capsys):
    (tmp_path / "old.ckpt").write_bytes(b"pickle")
    assert cli.main(["models", str(tiny), str(tmp_path / "old.ckpt")]) == 0
    lines = {line.split("\t")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "SD 1.x\tneeds" in lines["tiny"]
    assert "pickled" in lines["old"]


def test_size_and_needs_are_said_before_a_model_is_loaded(tiny, tmp_path, capsys, monkeypatch):
    def load(*_):
        said.append(capsys.readouterr().err)
        raise InputError("Enough.", "")

    said: list[str] = []
    monkeypatch.setattr("core.edit.engine.load", load)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    photo = Path(__file__).parents[2] / "resources/samples/horse-on-a-meadow.png"
    for model in (str(tiny), STARTER):
        given = ["edit", str(photo), "--to", "a zebra", "--model", model, "-o", str(tmp_path / "o.png")]
        assert cli.main(given) == 2
        capsys.readouterr()
    entry = describe(str(tiny))
    assert said[0].strip() == f"Loading tiny (SD 1.x, {size(entry.bytes)}); an edit {entry.needs}."
    assert said[1] == ""  # it is small


def test_one_odd_entry_hides_no_other(home, tiny, tmp_path, caplog):
    """Whatever lies about in a folder, in the cache or in another program's list, the rest is shown."""
    downloads, hub = home / "downloads", home / "hub"
    comfy = home / "ComfyUI"
    (comfy / "models/checkpoints").mkdir(parents=True)

    def copy(name: str) -> Path:
        return Path(shutil.copytree(tiny, downloads / name))

    (copy("no--card") / "palimpsest.json").write_text("{ no JSON")
    (copy("odd--card") / "palimpsest.json").write_text('{"kappa": "much"}')
    (copy("odd--index") / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(
        '{"weight_map": {"a": 3, "b": ["x"], "c": "unet.safetensors"}}'
    )
    (copy("way--out") / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "../vae/diffusion_pytorch_model.safetensors"}}'
    )
    (copy("deep--json") / "model_index.json").write_text("[" * 100_000)
    (copy("no--part") / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    snapshot = shutil.copytree(tiny, hub / "models--dangling--link" / "snapshots" / "abc")
    weights = Path(snapshot) / "vae" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    weights.symlink_to(hub / "blobs" / "gone")
    copy("whole--model")
    ring = comfy / "models/checkpoints/ring.safetensors"
    ring.symlink_to(ring)
    (comfy / "models/checkpoints/gone.safetensors").symlink_to(tmp_path / "gone")
    (comfy / "models/checkpoints/empty.safetensors").write_bytes(b"")

    found = {entry.name: entry for entry in catalog()}
    assert not found["whole/model"].problem
    assert not found["Storybook (starter)"].problem
    problems = {name: entry.problem for name, entry in found.items() if entry.problem}
    assert {name: bool(problem) for name, problem in problems.items()} == dict.fromkeys(
        ("odd/index", "way/out", "deep/json", "no/part", "dangling/link",
         "ring.safetensors", "gone.safetensors", "empty"), True
    )  # fmt: skip
    assert {"no/card", "odd/card"} <= found.keys(), "they are used without their cards"
    assert problems["gone.safetensors"] == "gone.safetensors is a link that leads nowhere."


def bomb(line: str) -> str:
    """YAML in which each letter is nine times the one before it: 9⁸ in the end."""
    return "".join(
        f"{new}: &{new} {line.format(', '.join([f'*{old}'] * 9))}\n" for old, new in pairwise("abcdefghi")
    )


@pytest.mark.parametrize(
    "text",
    [
        "a:\n  base_path: ~nouser\n  checkpoints: models\n",
        "a:\n  base_path: 3\n  checkpoints: [1, 2]\n",
        "a:\n  base_path: 2001-99-99\n  checkpoints: x\n",
        "[" * 5000,
        "a: &a [x, x]\n" + bomb("[{}]") + "z:\n  checkpoints: *i\n",
        "a: &a {x: 1}\n" + bomb("{{<<: [{}]}}"),
        "a: &a\n  checkpoints: *a\n",
        "\x00",
    ],
    ids=["nobody", "numbers", "no date", "nested", "aliases", "merged", "itself", "zero"],
)
def test_another_program_s_odd_list_hides_nothing_and_takes_no_memory(home, text):
    comfy = home / "ComfyUI"
    (comfy / "models/checkpoints").mkdir(parents=True)
    save_file({"x": torch.zeros(2)}, comfy / "models/checkpoints/there.safetensors")
    (comfy / programs.EXTRA).write_text(text)
    assert "there" in {entry.name for entry in catalog()}


def test_a_folder_that_can_t_be_looked_into_hides_no_other(home, tiny, monkeypatch):
    """As a folder of another user's is; root may look into all, so the refusal is made here."""
    shutil.copytree(tiny, home / "downloads" / "whole--model")
    closed = Path(shutil.copytree(tiny, home / "downloads" / "closed--model"))
    stat = Path.stat

    def refused(path: Path, **options):
        if closed in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refused)
    found = {entry.name: entry for entry in catalog([closed])}
    assert not found["whole/model"].problem
    assert found["closed/model"].problem


def test_an_environment_that_names_nobody_s_home(home, monkeypatch):
    monkeypatch.setenv("COMFYUI_PATH", "~nouser/ComfyUI")
    assert [entry.name for entry in catalog()] == ["Storybook (starter)"]
    assert "no model folder ~nouser/x" in describe("~nouser/x").problem


@pytest.mark.parametrize("text", ["parameterization: v\n", "a: &a\n  b: *a\n  parameterization: v\n"])
def test_a_yaml_beside_a_file_is_read_through_its_circles(text, tmp_path):
    from core.models.files.documents import read_yaml
    from core.models.recognise.beside import leaves

    (tmp_path / "x.yaml").write_text(text)
    assert dict(leaves(read_yaml(tmp_path / "x.yaml")))["parameterization"] == "v"
