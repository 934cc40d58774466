"""The number of the processor's threads: part of how a result is made, written down and set again."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import cli
from core.batch.pictures import Item
from core.batch.worker import PictureWorker, Setup
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.report import read_recipe, report
from core.edit.request import EditRequest
from resources import samples_folder


@pytest.fixture
def threads(monkeypatch):
    """Machines of eight processors, and what torch was told and asks, without a thread being started."""
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    now = [3]
    monkeypatch.setattr(torch, "get_num_threads", lambda: now[0])
    monkeypatch.setattr(torch, "set_num_threads", lambda n: now.__setitem__(0, n))
    return now


@pytest.fixture
def request_(tiny: Path) -> EditRequest:
    return EditRequest(photo="", query="a zebra", model=str(tiny), device="cpu", steps=2)


@pytest.fixture
def left(picture: np.ndarray) -> np.ndarray:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :16] = 255
    return mask


def watched(engine: Engine, request: EditRequest, monkeypatch, threads) -> list[int]:
    """Of each call of the network the threads that it was computed with."""
    engine.load(request.model, request.device)
    seen, predict = list[int](), engine._model.predict
    monkeypatch.setattr(engine._model, "predict", lambda *given: seen.append(threads[0]) or predict(*given))
    return seen


@pytest.mark.parametrize(("asked", "taken"), [(None, 3), (1, 1), (5, 5), (64, 8)])
def test_an_edit_takes_the_request_s_threads_writes_them_down_and_gives_them_back(
    request_, picture, left, threads, monkeypatch, asked, taken
):
    engine = Engine()
    seen = watched(engine, request_, monkeypatch, threads)
    result = engine.run(request_.with_(threads=asked), picture, left)
    assert set(seen) == {taken}
    assert read_recipe(report(result, "tiny")).threads == taken
    assert threads[0] == 3
    assert engine.find(request_.with_(threads=asked), picture).request.threads == taken
    assert engine.draw(request_.with_(threads=asked), (32, 32)).request.threads == taken


def test_what_another_number_of_threads_computed_is_not_mixed_in(request_, picture, left, threads):
    engine = Engine()
    costs = [engine.run(request_.with_(threads=n), picture, left).evaluations.encode for n in (3, None, 4, 4)]
    assert [cost > 0 for cost in costs] == [True, False, True, False]


def test_a_worker_obeys_the_recipe_and_else_takes_its_share(
    request_, picture, tmp_path, threads, monkeypatch
):
    Image.fromarray(picture).save(tmp_path / "a.png")
    everywhere = request_.with_(method=Method.ENCODE_DECODE)
    for n, (recipe, taken) in enumerate(((everywhere, 2), (everywhere.with_(threads=5), 5))):
        worker = PictureWorker(Setup(recipe, threads=2))
        seen = watched(worker._load({}), recipe, monkeypatch, threads)
        outcome = worker.edit(Item("a.png", tmp_path / "a.png", tmp_path / f"{n}.png"))
        assert (outcome.error, outcome.threads, set(seen)) == ("", taken, {taken})


def test_a_report_gives_its_bytes_by_edit_and_by_a_batch_whose_worker_would_take_more_threads(tmp_path):
    photo, out = samples_folder() / "horse-on-a-meadow.png", tmp_path / "out"
    recipe, told = tmp_path / "recipe.json", tmp_path / "report.json"
    quick = EditRequest(photo="", query="a zebra", reference="a horse", steps=2, device="cpu", threads=1)
    quick = quick.with_(find=MaskRequest(draws=2, settle=0))
    recipe.write_bytes(quick.to_json())
    edit = ["edit", str(photo), "--recipe", str(recipe), "-o", str(tmp_path / "alone.png")]
    assert cli.main([*edit, "--report", str(told)]) == 0
    assert cli.main(["batch", str(told), str(photo), "-o", str(out), "--workers", "1"]) == 0
    alone, one = (np.asarray(Image.open(path)) for path in (tmp_path / "alone.png", out / photo.name))
    assert np.array_equal(alone, one)
    (outcome,) = json.loads((out / "batch.json").read_bytes())["outcomes"]
    assert outcome["threads"] == 1
