"""SAM 2.1 on tiny random weights made from its configuration: end to end, against transformers' own way."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import Sam2Model

from core import cli
from core.errors import InputError
from core.models.memory.ladder import Measure
from core.models.segment.sam import DEVIATION, MEAN, Looked, Segmenter, prepared
from core.photo.masks.click import Click
from core.photo.masks.mask import cut, enlarge_box
from tests.tiny_sam import SIDE, saved, tiny_sam

CLICK = Click(20, 10)


@pytest.fixture(scope="module")
def model() -> Sam2Model:
    return tiny_sam()


@pytest.fixture(scope="module")
def folder(model: Sam2Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(model, tmp_path_factory.mktemp("sam"))


@pytest.fixture(scope="module")
def segmenter(folder: Path) -> Segmenter:
    return Segmenter.open(folder, "cpu")


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (48, 80, 3), np.uint8)


@pytest.fixture(scope="module")
def looked(segmenter: Segmenter, pixels: np.ndarray) -> Looked:
    return segmenter.look(pixels)


def test_a_picture_is_squeezed_and_normalised_as_by_a_plain_reference(pixels):
    wide = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
    small = torch.nn.functional.interpolate(wide, (SIDE, SIDE), mode="bilinear", antialias=True)
    mean, deviation = (torch.tensor(of)[None, :, None, None] for of in (MEAN, DEVIATION))
    expected = (small / 255 - mean) / deviation
    assert prepared(pixels, SIDE).shape == expected.shape
    torch.testing.assert_close(prepared(pixels, SIDE), expected, atol=1.1 / 255 / 0.224, rtol=0)


def own_answer(model: Sam2Model, pixels: np.ndarray, **asked: torch.Tensor) -> tuple[list, np.ndarray]:
    """The model's own masks as the photo's, and how much it trusts each."""
    with torch.inference_mode():
        found = model(pixel_values=prepared(pixels, SIDE), **asked)
    odds = found.pred_masks[0, 0].numpy()
    return [cut(np.clip(one / 16 + 0.5, 0, 1), (80, 48), 0.5) for one in odds], found.iou_scores[0, 0].numpy()


def test_one_click_takes_what_the_model_trusts_most(segmenter, looked, model, pixels):
    at = torch.tensor([[[[20.5 * SIDE / 80 - 0.5, 10.5 * SIDE / 48 - 0.5]]]])
    masks, trust = own_answer(model, pixels, input_points=at, input_labels=torch.tensor([[[1]]]))
    assert len(masks) == 3
    np.testing.assert_array_equal(segmenter.take(looked, [CLICK]), masks[trust.argmax()])
    assert 0 < (masks[trust.argmax()] >= 128).mean() < 1


def test_clicks_and_a_box_are_asked_together(segmenter, looked, model, pixels):
    points = torch.tensor([[[[20.5, 10.5], [70.5, 40.5]]]]) * torch.tensor([SIDE / 80, SIDE / 48]) - 0.5
    box = torch.tensor([[[8 * SIDE / 80, 6 * SIDE / 48, 48 * SIDE / 80, 36 * SIDE / 48]]]) - 0.5
    labels = torch.tensor([[[1, 0]]])
    asked = {"input_points": points, "input_labels": labels, "input_boxes": box}
    masks, _ = own_answer(model, pixels, multimask_output=False, **asked)
    found = segmenter.take(looked, [CLICK, Click(70, 40, keep=False)], (8, 6, 40, 30))
    np.testing.assert_array_equal(found, masks[0])
    alone = segmenter.take(looked, [], (8, 6, 40, 30))
    masks, _ = own_answer(model, pixels, multimask_output=False, input_boxes=box)
    np.testing.assert_array_equal(alone, masks[0])


def answering(monkeypatch, segmenter: Segmenter, odds: np.ndarray) -> None:
    """Whatever is asked, these log-odds are the answer."""
    found = SimpleNamespace(
        iou_scores=torch.ones(1, 1, 1), pred_masks=torch.from_numpy(odds)[None, None, None]
    )
    monkeypatch.setattr(segmenter, "_asked", lambda *_, **__: found)


def test_a_mask_goes_back_over_a_large_picture_without_a_rim(segmenter, monkeypatch):
    """A disc that the picture's left and upper border cut off, as its log-odds on a square of 256."""
    size, side = (6000, 4000), 256
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side * np.array(size[::-1])[:, None, None]
    far = 1500 - np.hypot(x - 900, y - 700)  # in pixels of the picture: how far inside
    odds = np.clip(far / 20, -6, 6)  # the model is never quite sure
    answering(monkeypatch, segmenter, odds.astype(np.float32))
    small = segmenter.take(Looked((), size), [CLICK])
    assert max(small.shape) == 512
    mask = enlarge_box(small, size)
    assert mask.box[:2] == (0, 0)
    assert mask.box[2] < 2450
    rows, columns = np.arange(0, 4000, 9), np.arange(0, 6000, 9)
    found = mask.whole()[np.ix_(rows, columns)]
    far = 1500 - np.hypot(*np.meshgrid(columns + 0.5 - 900, rows + 0.5 - 700))
    assert (found[far > 40] == 255).all()  # the picture's border among it
    assert (found[far < -40] == 0).all()
    assert ((found >= 128) == (far > 0)).mean() > 0.998


def test_specks_and_pinholes_of_the_answer_are_left_out(segmenter, monkeypatch):
    odds = np.full((256, 256), -9, np.float32)
    odds[50:150, 50:150] = 9
    odds[100, 100], odds[200, 200] = -9, 9
    answering(monkeypatch, segmenter, odds)
    small = segmenter.take(Looked((), (512, 512)), [CLICK]) >= 128
    assert small[100:300, 100:300].all()
    assert small.sum() == 200 * 200


def test_the_encoder_runs_once_a_picture(segmenter, looked, monkeypatch):
    monkeypatch.setattr(segmenter._model, "get_image_features", None)  # whoever calls it fails
    one, other = segmenter.take(looked, [CLICK]), segmenter.take(looked, [Click(70, 40)])
    assert not np.array_equal(one, other)
    with pytest.raises(ValueError, match="neither"):
        segmenter.take(looked, [])


def test_the_video_models_files_are_read_and_their_memory_left_out(
    folder, tmp_path, segmenter, looked, pixels
):
    config = json.loads((folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(
        json.dumps({**config, "model_type": "sam2_video", "num_maskmem": 7})
    )
    weights = load_file(folder / "model.safetensors")
    save_file({**weights, "memory_encoder.x": torch.zeros(2)}, tmp_path / "model.safetensors")
    other = Segmenter.open(tmp_path, "cpu")
    np.testing.assert_array_equal(other.take(other.look(pixels), [CLICK]), segmenter.take(looked, [CLICK]))


def test_what_is_no_sam_is_refused(folder, tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(InputError, match="no SAM"):
        Segmenter.open(tmp_path, "cpu")
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    weights = load_file(folder / "model.safetensors")
    weights.pop("no_memory_embedding")
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(InputError, match="lacks 1 of its weights, the first being no_memory_embedding"):
        Segmenter.open(tmp_path, "cpu")


def test_without_memory_the_processor_takes_over(folder, pixels, looked, monkeypatch):
    segmenter = Segmenter.open(folder, "cpu")
    assert not segmenter._to_processor()
    segmenter._device = torch.device("meta")  # in a card's place
    monkeypatch.setattr(segmenter, "_ready", lambda: segmenter._model)  # whose weights can't come back
    plain = segmenter._model.get_image_embeddings
    asked: list[torch.device] = []

    def short(seen: torch.Tensor):
        asked.append(seen.device)
        if seen.device.type != "cpu":
            raise torch.OutOfMemoryError
        return plain(seen)

    monkeypatch.setattr(segmenter._model, "get_image_embeddings", short)
    again = segmenter.look(pixels)
    assert [device.type for device in asked] == ["meta", "cpu"]
    assert segmenter.measures == [Measure.SEGMENTED]
    torch.testing.assert_close(again.embeddings[-1], looked.embeddings[-1])


# -- the command


@pytest.fixture
def select(folder: Path, pixels: np.ndarray, tmp_path: Path):
    """Run `palimpsest select`; the exit code."""
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    base = ["select", str(tmp_path / "photo.png"), "-o", str(tmp_path / "mask.png"), "--device", "cpu"]
    return lambda *words, model=folder: cli.main([*base, "--model", str(model), *words])


def test_the_command_writes_what_is_meant_as_a_mask(select, segmenter, looked, tmp_path):
    assert select("--at", "20,10 not:70,40", "--box", "8,6,40,30") == 0
    small = segmenter.take(looked, [CLICK, Click(70, 40, keep=False)], (8, 6, 40, 30))
    written = np.asarray(Image.open(tmp_path / "mask.png"))
    np.testing.assert_array_equal(written, enlarge_box(small, looked.size).whole())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "What is meant?"),
        (("--at", "80,10"), "The click 80,10 lies beside"),
        (("--box", "50,6,40,30"), "doesn't lie in this photo of 80 × 48"),
        (("--box", "whole"), "is no box"),
    ],
)
def test_the_command_says_what_is_wrong_before_it_loads(select, capsys, words, why):
    assert select(*words, model=Path("nowhere")) == 2
    assert why in capsys.readouterr().err


def test_the_command_names_a_folder_that_is_not_there(select, capsys):
    assert select("--at", "5,5", model=Path("nowhere")) == 2
    assert "no folder" in capsys.readouterr().err
