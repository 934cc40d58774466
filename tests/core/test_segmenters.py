"""Segmentation models: fetched by name, found, told for what they are; pictures read once and kept."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from core import cli
from core.edit.engine import Engine
from core.edit.pointed import Pointed
from core.edit.request import EditRequest
from core.edit.segmenting import KEPT, Segmenting
from core.errors import InputError
from core.models.catalog import catalog
from core.models.hub.fetched import fetched
from core.models.hub.repository import rooms
from core.models.memory.machine import Fit, Machine, Memory
from core.models.offered import offered
from core.models.segment.folders import TINY, segmenter_of, segmenters
from core.models.segment.sam import Segmenter
from core.models.show import as_json, show
from core.photo.masks.click import Click
from core.photo.photo import Photo
from tests.hub_server import SHA, asked_by_itself
from tests.tiny_sam import saved, tiny_sam

GB = 1_000_000_000
MACHINE = Machine("cpu", "", Memory(16 * GB, 16 * GB), Memory(16 * GB, 16 * GB))
CLICK = Pointed((Click(20, 10),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tiny_sam(), tmp_path_factory.mktemp("sam") / "my-sam")


@pytest.fixture
def hub(folder, monkeypatch):
    """A hub that has SAM 2.1 as Meta's repository does: other layouts and settings lie beside it."""
    files = {name: (folder / name).read_bytes() for name in ("config.json", "model.safetensors")}
    files |= {"sam2.1_hiera_tiny.pt": b"pickle", "processor_config.json": b"{}"}
    with asked_by_itself(files, monkeypatch) as server:
        yield server


def test_one_is_fetched_by_its_name_used_and_removed(home, hub, capsys, tmp_path):
    hub.info = {"cardData": {"license": "apache-2.0"}}
    assert cli.main(["models", "get", TINY]) == 0
    told = capsys.readouterr().out
    assert "Licence: apache-2.0" in told
    assert f"Select with it: palimpsest select --model {TINY}" in told
    place = home / "sams" / "facebook--sam2.1-hiera-tiny"
    assert sorted(file.name for file in place.iterdir()) == ["config.json", "model.safetensors"]
    assert hub.asked[-1][0] == "config.json"  # what makes it whole comes last
    assert segmenters() == [place] == [segmenter_of(TINY)] == [segmenter_of("")]
    assert [one.where for one in offered(MACHINE) if one.known.repo == TINY] == [place]
    assert [(one.repo, one.model) for one in fetched(rooms())] == [(TINY, place)]
    assert [entry.name for entry in catalog() if entry.folder == place] == []  # it draws nothing

    Image.new("RGB", (40, 30)).save(tmp_path / "photo.png")
    words = ["select", str(tmp_path / "photo.png"), "--at", "20,10", "--device", "cpu", "-o"]
    assert cli.main([*words, str(tmp_path / "one.png"), "--model", TINY]) == 0
    assert cli.main([*words, str(tmp_path / "two.png")]) == 0  # there is no other
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()

    assert cli.main(["models", "remove", "sam 2.1 TINY"]) == 0
    assert not place.exists()
    assert cli.main([*words, str(tmp_path / "three.png")]) == 2
    assert f"palimpsest models get {TINY}" in capsys.readouterr().err


def test_one_in_the_hubs_own_cache_is_found(home, folder, tmp_path):
    place = tmp_path / "cache" / "models--facebook--sam2.1-hiera-tiny" / "snapshots" / SHA
    place.parent.mkdir(parents=True)
    place.symlink_to(folder, target_is_directory=True)
    assert segmenter_of(TINY) == place
    assert segmenters([folder, tmp_path]) == [folder, place]


def test_weights_that_only_their_makers_read_are_refused_before_they_are_fetched(home, hub, capsys):
    del hub.files["config.json"]
    assert cli.main(["models", "get", TINY]) == 2
    assert "another layout" in capsys.readouterr().err
    assert not home.exists()


def test_the_list_offers_two_and_says_what_they_take(home):
    """Measured: 498 MB over the weights for the tiny one's encoder, 495 for the small one's."""
    ours = [one for one in offered(MACHINE) if one.known.kind == "segmenter"]
    assert [one.known.name for one in ours] == ["SAM 2.1 tiny", "SAM 2.1 small"]
    for one in ours:
        assert one.known.licence == "Apache License 2.0"
        assert one.verdict.memory == pytest.approx(one.known.numbers * 4 + 500e6, rel=0.05)
        assert one.verdict.fit is Fit.YES
        assert not one.recommended


def test_a_folder_and_the_file_in_it_are_told_for_what_they_are(folder, tmp_path):
    for given in (folder, folder / "model.safetensors"):
        shown = show(str(given))
        assert (shown.path, shown.is_segmenter, shown.is_model, shown.is_lora) == (folder, True, False, False)
        assert shown.sentence.startswith("my-sam is a segmentation model, which selects on pictures: SAM 2,")
        assert "Select Object" in shown.hint
        assert as_json(shown, MACHINE)["kind"] == "segmenter"
    theirs = ("image_encoder.trunk.x", "sam_prompt_encoder.x", "sam_mask_decoder.x")
    save_file({key: torch.zeros(2) for key in theirs}, tmp_path / "sam2.1_hiera_tiny.safetensors")
    shown = show(str(tmp_path / "sam2.1_hiera_tiny.safetensors"))
    assert (shown.usable, shown.is_segmenter) == (False, False)
    assert "is a segmentation model (SAM 2)" in shown.sentence
    with pytest.raises(InputError, match="no SAM"):
        Segmenter.open(tmp_path, "cpu")


def photo_of(seed: int) -> Photo:
    return Photo(np.random.default_rng(seed).integers(0, 256, (48, 80, 3), np.uint8))


def test_a_picture_is_read_once_and_the_last_ones_are_kept(folder, monkeypatch, tmp_path):
    read: list[int] = []
    plain = Segmenter.look

    def look(self, pixels, space):
        read.append(int(pixels[0, 0, 0]))
        return plain(self, pixels, space)

    monkeypatch.setattr(Segmenter, "look", look)
    segmenting, photos = Segmenting(), [photo_of(n) for n in range(KEPT + 1)]
    first, model = photos[0], str(folder)
    assert segmenting.take(model, "cpu", first.digest, CLICK) is None
    for photo in (first, Photo(first.pixels.copy()), *photos[1:KEPT]):
        segmenting.look(model, "cpu", photo)
    assert len(read) == KEPT
    taken = segmenting.take(model, "cpu", first.digest, CLICK)
    assert taken.notices == ()
    segmenter = Segmenter.open(folder, "cpu")
    np.testing.assert_array_equal(taken.mask, segmenter.take(plain(segmenter, first.pixels), CLICK.clicks))
    assert segmenting.bytes == KEPT * plain(segmenter, first.pixels).bytes
    segmenting.look(model, "cpu", first)  # the one that was asked for last stays
    segmenting.look(model, "cpu", photos[KEPT])
    assert segmenting.take(model, "cpu", photos[1].digest, CLICK) is None
    assert segmenting.take(model, "cpu", first.digest, CLICK) is not None

    other = tmp_path / "other"
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    assert segmenting.take(str(other), "cpu", first.digest, CLICK) is None
    segmenting.look(str(other), "cpu", first)
    assert segmenting.bytes == plain(segmenter, first.pixels).bytes


def test_an_edit_comes_first_to_the_device(folder, tiny, monkeypatch):
    """It leaves the device before a model is loaded, and before an edit begins, and comes back when asked."""
    engine, photo = Engine(), photo_of(0)
    engine.look(str(folder), "cpu", photo)
    segmenter = engine._segmenting._segmenter
    moves: list[str] = []
    monkeypatch.setattr(segmenter._model, "to", lambda device: moves.append(str(device)) or segmenter._model)
    segmenter._device = torch.device("cpu", 0)  # in a card's place
    engine.load(str(tiny), "cpu")
    assert moves == ["cpu"]
    engine.draw(EditRequest("", model=str(tiny), device="cpu", query="a", steps=2), (32, 32))
    assert moves == ["cpu", "cpu"]
    engine.take(str(folder), "cpu", photo.digest, CLICK)
    assert moves[-1] == "cpu:0"
    assert engine.cached >= engine._segmenting.bytes > 0


def test_settings_of_another_model_are_no_segmenter(folder, tmp_path):
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    assert segmenters([tmp_path]) == []
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip"}))
    assert segmenters([tmp_path]) == []
    assert not show(str(tmp_path)).is_segmenter
