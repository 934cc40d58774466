"""SAM 2.1 on tiny random weights made from its configuration: end to end, against transformers' own way."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import Sam2Config, Sam2Model
from transformers.models.sam2.configuration_sam2 import (
    Sam2HieraDetConfig,
    Sam2MaskDecoderConfig,
    Sam2PromptEncoderConfig,
    Sam2VisionConfig,
)

from core import cli
from core.errors import InputError
from core.models.segment import DEVIATION, MEAN, Looked, Segmenter, prepared
from core.photo.click import Click
from core.photo.mask import enlarge_box

SIDE = 64
CLICK = Click(20, 10)


def tiny_model() -> Sam2Model:
    torch.manual_seed(0)
    backbone = Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[SIDE, SIDE],
        window_positional_embedding_background_size=[2, 2],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[4, 4, 4, 4],
        global_attention_blocks=[3],
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
        fpn_hidden_size=32,
    )
    prompts = Sam2PromptEncoderConfig(hidden_size=32, image_size=SIDE, patch_size=16)
    decoder = Sam2MaskDecoderConfig(hidden_size=32, mlp_dim=32, num_attention_heads=2, iou_head_hidden_dim=16)
    config = Sam2Config(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)
    model = Sam2Model(config).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
    return model


@pytest.fixture(scope="module")
def model() -> Sam2Model:
    return tiny_model()


@pytest.fixture(scope="module")
def folder(model: Sam2Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sam")
    model.save_pretrained(place)
    return place


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


def own_answer(model: Sam2Model, pixels: np.ndarray, **asked: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The model's own masks, in [0, 1], and how much it trusts each."""
    with torch.inference_mode():
        found = model(pixel_values=prepared(pixels, SIDE), **asked)
    return torch.sigmoid(found.pred_masks[0, 0]).numpy(), found.iou_scores[0, 0].numpy()


def test_one_click_takes_what_the_model_trusts_most(segmenter, looked, model, pixels):
    at = torch.tensor([[[[20.5 * SIDE / 80 - 0.5, 10.5 * SIDE / 48 - 0.5]]]])
    masks, trust = own_answer(model, pixels, input_points=at, input_labels=torch.tensor([[[1]]]))
    assert len(masks) == 3
    np.testing.assert_allclose(segmenter.take(looked, [CLICK]), masks[trust.argmax()] * 255, atol=0.51)


def test_clicks_and_a_box_are_asked_together(segmenter, looked, model, pixels):
    points = torch.tensor([[[[20.5, 10.5], [70.5, 40.5]]]]) * torch.tensor([SIDE / 80, SIDE / 48]) - 0.5
    box = torch.tensor([[[8 * SIDE / 80, 6 * SIDE / 48, 48 * SIDE / 80, 36 * SIDE / 48]]]) - 0.5
    labels = torch.tensor([[[1, 0]]])
    asked = {"input_points": points, "input_labels": labels, "input_boxes": box}
    masks, _ = own_answer(model, pixels, multimask_output=False, **asked)
    found = segmenter.take(looked, [CLICK, Click(70, 40, keep=False)], (8, 6, 40, 30))
    np.testing.assert_allclose(found, masks[0] * 255, atol=0.51)
    alone = segmenter.take(looked, [], (8, 6, 40, 30))
    masks, _ = own_answer(model, pixels, multimask_output=False, input_boxes=box)
    np.testing.assert_allclose(alone, masks[0] * 255, atol=0.51)


def test_a_mask_goes_back_over_the_picture_as_by_a_plain_reference(segmenter, looked):
    small = segmenter.take(looked, [CLICK])
    back = enlarge_box(small, looked.size).whole()
    torch_small = torch.from_numpy(small)[None, None].float()
    expected = torch.nn.functional.interpolate(torch_small, (48, 80), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(back, expected[0, 0].numpy(), atol=0.51)


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
    assert len(segmenter.measures) == 1
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
