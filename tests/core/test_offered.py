"""The models that are offered: the list that ships, whether they fit, where they are, and removing them."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import CoreError, InputError
from core.models.families import FAMILIES
from core.models.hub.fetched import fetched as all_fetched
from core.models.hub.fits import offer_fits
from core.models.hub.named import Offer
from core.models.hub.remove import remove, space
from core.models.hub.repository import Remote, home_of, is_hub_name, is_plain_name
from core.models.memory.machine import Fit, Machine, Memory, fits, main_memory, needed, this_machine
from core.models.offered import known_model, offered, shelf
from tests.fresh import TORCH, loaded_by

GB = 1_000_000_000


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """No models but those of the test."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path / "data")
    monkeypatch.setattr("core.models.programs.roots", lambda: ())
    return tmp_path / "data" / "models"


def card(total, free=None, main=64):
    """A graphics card of so many GB, in a computer of `main`."""
    free = total if free is None else free
    return Machine("cuda", "Card", Memory(total * GB, free * GB), Memory(main * GB, main * GB))


def processor(total):
    return Machine("cpu", "", Memory(total * GB, total * GB), Memory(total * GB, total * GB))


def test_the_list_says_what_is_true_of_its_families():
    models = shelf().models
    families = {family.name: family for family in FAMILIES.values()}
    assert len({known.repo for known in models}) == len({known.name for known in models}) == len(models) == 21
    for known in models:
        assert is_hub_name(known.repo)
        assert not known.file or is_plain_name(known.file)
        assert known.licence_link.startswith("https://")
        assert known.good_at.endswith(".")
        assert known.network + known.t5 <= known.numbers
        assert known.t5 == 0 or families[known.family].optional
        assert known.family in families or known.kind == "segmenter"
        assert known.lean == pytest.approx(known.bytes - 2 * known.t5)
        stored = needed(known.parts(t5=True), "half") / 1.3
        if known.kind == "model":
            assert known.bytes == pytest.approx(stored, rel=0.02)
        assert known.licence or known.commercial == "unknown"
        assert known.commercial != "limited" or known.terms
        assert known.kind != "vae" or known.file


def test_the_same_family_has_the_same_weights():
    for one in shelf().models:
        for other in shelf().models:
            if (one.family, one.kind) == (other.family, other.kind) and one.kind != "segmenter":
                assert one.numbers == other.numbers, (one.name, other.name)


def test_the_list_brings_no_torch():
    code = "import sys, core.models.offered, core.models.hub.remove; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("machine", "fit"),
    [
        (card(12), Fit.YES),
        (card(12, free=5), Fit.TIGHT),
        (card(8), Fit.TIGHT),
        (card(8, main=6), Fit.NO),
        (card(6), Fit.TIGHT),
        (card(1), Fit.NO),
        (processor(64), Fit.YES),
        (processor(16), Fit.NO),
        (Machine("cuda", "Card", Memory(), Memory()), Fit.UNKNOWN),
        (Machine("mps", "Apple graphics", Memory(12 * GB), Memory(16 * GB)), Fit.YES),
        (Machine("mps", "Apple graphics", Memory(8 * GB), Memory(64 * GB)), Fit.NO),
    ],
)
def test_whether_sdxl_fits(machine, fit):
    """9.0 GB in half precision, of which the network takes 6.7; 18.0 in single."""
    known = known_model("stabilityai/stable-diffusion-xl-base-1.0")
    verdict = fits(known.parts(t5=True), machine)
    assert verdict.fit is fit
    assert verdict.sentence.endswith(".")
    assert fit is Fit.UNKNOWN or ("18.0 GB" if machine.device == "cpu" else "9.0 GB") in verdict.sentence


@pytest.mark.parametrize(
    ("machine", "fit", "lean"),
    [
        (card(24), Fit.YES, Fit.YES),
        (card(16), Fit.TIGHT, Fit.YES),
        (card(8), Fit.TIGHT, Fit.TIGHT),
        (card(1), Fit.NO, Fit.NO),
        (processor(32), Fit.NO, Fit.YES),
    ],
)
def test_a_model_can_fit_without_t5(machine, fit, lean):
    """21.1 GB in half precision, of which T5 takes 12.4; without it 8.7, of which the network takes 6.4."""
    it = standing("Stable Diffusion 3.5 medium", machine)
    assert (it.verdict.fit, it.lean.fit) == (fit, lean)
    assert standing("RealVisXL 5", machine).lean is None


def test_a_model_of_unknown_size_fits_nobody_knows():
    assert fits({}, card(80)).fit is Fit.UNKNOWN


LAYERS = (
    "its layers go there in turn, at each evaluation anew, which can be several times slower (the copying "
    "alone takes about {} seconds each time, an estimate)."
)
TURNS = "its parts take turns there, which takes an edit some seconds more."


SDXL, FLUX = "Stable Diffusion XL", "FLUX.1 schnell"
LARGE, SMALL = "It takes about 43.9 GB,", "It takes about 12.3 GB, Card has 4.0 GB: "
SMALLER = "Smaller files of it open too: with its large parts in Q4_K (GGUF) it shrinks to about 28%."


@pytest.mark.parametrize(
    ("name", "memory", "fit", "sentence"),
    [
        (SDXL, 4, Fit.TIGHT, f"It takes about 9.0 GB, Card has 4.0 GB: {LAYERS.format(0.4)}"),
        (SDXL, 8, Fit.TIGHT, f"It takes about 9.0 GB, Card has 8.0 GB: {TURNS}"),
        (SDXL, 12, Fit.YES, "It fits: it takes about 9.0 GB of 12.0 GB that are free (Card)."),
        (SDXL, 24, Fit.YES, "It fits: it takes about 9.0 GB of 24.0 GB that are free (Card)."),
        (FLUX, 4, Fit.NO, f"{LARGE} but Card has 4.0 GB. {SMALLER} {SMALL}{LAYERS.format(0.6)}"),
        (FLUX, 8, Fit.TIGHT, f"{LARGE} Card has 8.0 GB: {LAYERS.format(2.0)}"),
        (FLUX, 12, Fit.TIGHT, f"{LARGE} Card has 12.0 GB: {LAYERS.format(2.0)}"),
        (FLUX, 24, Fit.TIGHT, f"{LARGE} Card has 24.0 GB: {LAYERS.format(2.0)}"),
    ],
)
def test_the_plan_is_told_of_the_list_and_of_any_folder_of_the_hub_alike(name, memory, fit, sentence):
    known = known_model(name)
    folders = ("transformer", "text_encoder_2") if known.family == "FLUX.1" else ("unet", "text_encoder_2")
    held = (2 * known.network, 2 * (known.numbers - known.network))
    files = [
        Remote(file, file, count // 2, "", "")  # in two files each
        for folder, count in zip(folders, held, strict=True)
        for file in (f"{folder}/one.safetensors", f"{folder}/two.safetensors")
    ]
    files.append(Remote("model_index.json", "model_index.json", 500, "", ""))
    offer = Offer("some/other", "", tuple(files), Path("folder"))
    told = standing(name, card(memory)).verdict
    assert (told.fit, told.sentence) == (fit, sentence)
    assert offer_fits(offer, card(memory), t5=True) == told


def test_what_streams_once_a_prompt_is_told_apart_from_what_streams_at_each_step():
    """T5 has 9.5 GB in half precision, the network 4.9."""
    said = standing("Stable Diffusion 3.5 medium", card(8)).verdict.sentence
    assert "its parts take turns there, a text encoder's layers too, which takes an edit some seconds" in said


def test_where_smaller_files_do_not_fit_either_none_are_spoken_of():
    assert "GGUF" in standing("FLUX.1 dev", processor(16)).verdict.sentence  # it would fit
    assert "GGUF" not in standing("FLUX.1 dev", processor(8)).verdict.sentence
    packed = {name: part.packed_as("Q4_K") for name, part in known_model("FLUX.1 dev").parts(t5=True).items()}
    assert fits(packed, card(1)).fit is Fit.NO
    assert "GGUF" not in fits(packed, card(1)).sentence  # it is one


def test_one_of_the_list_is_told_the_same_once_the_hub_was_asked():
    """Whatever the bytes of its files make one believe: they may be in single precision."""
    known = known_model("Stable Diffusion 3.5 medium")
    weights = Remote("transformer/x.safetensors", "transformer/x.safetensors", 90 * GB, "", "")
    offer, here = Offer(known.repo, "", (weights,), Path("folder")), standing(known.name, card(16))
    assert offer_fits(offer, card(16), t5=True) == here.verdict
    assert offer_fits(offer, card(16), t5=False) == here.lean
    assert offer_fits(replace(offer, repo="some/other"), card(16), t5=True).fit is Fit.NO


def test_the_computers_memory_is_asked():
    memory = main_memory()
    assert memory.total > 100_000_000
    assert memory.free is None or 0 < memory.free <= memory.total


@pytest.mark.parametrize(
    ("machine", "first"),
    [
        (card(24), "RealVisXL 5"),
        (card(4), "CyberRealistic 4.1"),
        (processor(64), "CyberRealistic 4.1"),
        (processor(8), "CyberRealistic 4.1"),
    ],
)
def test_one_is_recommended_for_photographs_and_stands_first(machine, first):
    models = offered(machine)
    assert [it.known.name for it in models if it.recommended] == [first]
    assert models[0].recommended
    assert len(models) == 21
    assert all(it.known.kind != "model" for it in models[-3:])


def test_none_is_recommended_where_none_fits():
    assert not any(it.recommended for it in offered(processor(2)))


def fetched(home, repo, file="model_index.json"):
    path = home_of(repo, home) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{}" + bytes(98))
    return path


def standing(name, machine=None):
    return next(it for it in offered(machine or card(24)) if it.known.name == name)


def test_what_is_here_is_known(home, tmp_path, monkeypatch):
    repo = "Lykon/dreamshaper-8"
    assert standing("DreamShaper 8").where is None
    folder = fetched(home, repo).parent
    here = standing("DreamShaper 8")
    assert (here.where, here.own, here.begun) == (folder, True, 0)
    remove(repo)
    fetched(home, repo, "unet/x.safetensors.part")
    here = standing("DreamShaper 8")
    assert (here.where, here.own, here.begun) == (None, False, 100)


def test_what_the_hubs_cache_holds_is_here_but_not_ours(tmp_path):
    snapshot = tmp_path / "cache" / "models--Lykon--dreamshaper-8" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "model_index.json").write_text("{}")
    here = standing("DreamShaper 8")
    assert (here.where, here.own) == (snapshot, False)


def test_a_single_file_is_here_by_its_name(home, tmp_path, monkeypatch):
    known = known_model("cyberrealistic 4.1")
    other = tmp_path / "ComfyUI" / known.file
    monkeypatch.setattr("core.models.offered.model_files", lambda: (other,))
    assert standing(known.name).where is None
    other.parent.mkdir()
    other.write_bytes(b"x")
    assert (standing(known.name).where, standing(known.name).own) == (other, False)
    mine = fetched(home, known.repo, known.file)
    assert (standing(known.name).where, standing(known.name).own) == (mine, True)


@pytest.mark.parametrize("name", ["Lykon/dreamshaper-8", "dreamshaper 8", "folder"])
def test_what_was_fetched_is_removed_and_tells_the_space(home, name):
    folder = fetched(home, "Lykon/dreamshaper-8").parent
    fetched(home, "Lykon/dreamshaper-8", "unet/x.safetensors")
    other = fetched(home, "other/model")
    name = str(folder) if name == "folder" else name
    assert space(name) == 200
    assert folder.is_dir()
    assert remove(name) == 200
    assert not folder.exists()
    assert other.is_file()


def test_one_of_two_files_is_removed_alone(home):
    one, two = (fetched(home, "some/files", f"{name}.safetensors") for name in "ab")
    assert remove(str(one)) == 100
    assert two.is_file()
    assert remove(str(two)) == 100
    assert not two.parent.exists()


def test_a_vae_has_a_room_of_its_own(home):
    known = known_model("madebyollin/sdxl-vae-fp16-fix")
    file = fetched(home / "vae", known.repo, known.file)
    here = standing(known.name)
    assert (here.where, here.own) == (file, True)
    assert remove(known.name) == 100
    assert standing(known.name).where is None


def test_what_lies_elsewhere_is_not_removed(home, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    link = home / "some--link"
    home.mkdir(parents=True)
    link.symlink_to(mine)
    (tmp_path / "x.safetensors").write_bytes(b"x")
    deep = fetched(home, "some/model", "unet/x.safetensors")
    fetched(home / "vae", "a/vae")
    paths = (mine, tmp_path / "x.safetensors", home, home / "..", home / "vae", link, link / "x", deep)
    for name in (*map(str, paths), "some/link", "starter", "no/model", "vae", "", "../.."):
        with pytest.raises(InputError):
            remove(name)
    assert mine.is_dir()
    assert deep.is_file()


def test_a_disk_that_refuses_leaves_no_model_behind(home, monkeypatch):
    folder = fetched(home, "some/model").parent
    fetched(home, "some/model", "unet/x.safetensors")

    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", refused)
    with pytest.raises(CoreError, match="can't be removed: Permission denied"):
        remove("some/model")
    assert not (folder / "model_index.json").exists()


def test_the_device_is_asked_for_its_memory(monkeypatch):
    import torch

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (5 * GB, 8 * GB))
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "NVIDIA Card")
    machine = this_machine()
    assert (machine.device, machine.name, machine.precision) == ("cuda", "NVIDIA Card", "half")
    assert machine.graphics == Memory(total=8 * GB, free=5 * GB)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 12 * GB)
    assert this_machine().graphics.total == 12 * GB
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    machine = this_machine()
    assert (machine.device, machine.precision) == ("cpu", "single")
    assert machine.graphics.total == machine.main.total == main_memory().total


def test_who_has_no_torch_asks_it_in_a_process_of_its_own():
    """As the window does, of which importing it would take seconds: for the chooser, and for a batch."""
    statement = """
import os
from core.batch.local import local
from core.edit.request import EditRequest
from core.models.memory import machine
machine.DRIVERS = ("/",)  # there may be a card
assert machine.ask_torch(os.getpid) not in (None, os.getpid())
asked = []
machine.spawn.answered = asked.append
local(EditRequest(photo="p", query="a zebra"), None, 95)
machine.this_machine()
assert len(asked) == 2
"""
    assert loaded_by(statement, TORCH) == []


def test_what_was_fetched_elsewhere_is_here_and_removed_there(home, tmp_path):
    other, machine = tmp_path / "other", Machine("cpu", "", Memory(), Memory())
    repo = "SG161222/RealVisXL_V5.0"
    index = home_of(repo, other) / "model_index.json"
    index.parent.mkdir(parents=True)
    index.write_text("{}")
    here = next(it for it in offered(machine, other) if it.known.repo == repo)
    assert (here.where, here.own, here.begun) == (index.parent, True, 0)
    assert space(repo, other) == 2
    with pytest.raises(InputError, match="no fetched model"):
        remove(repo)
    assert remove(str(index.parent), other) == 2
    assert not index.parent.exists()


def test_what_was_fetched_is_told_whole_or_begun(tmp_path):
    for name in (
        *("some--folder/model_index.json", "some--folder/unet/a.safetensors", "one--file/b.safetensors"),
        *("be--gun/unet/c.safetensors.1234.part", "not-ours/model_index.json"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"xy")
    told = all_fetched([tmp_path, tmp_path, tmp_path / "gone"])
    assert [(it.repo, it.model, it.bytes) for it in told] == [
        ("be/gun", None, 2),
        ("one/file", tmp_path / "one--file/b.safetensors", 2),
        ("some/folder", tmp_path / "some--folder", 4),
    ]
