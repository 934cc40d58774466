"""Models in several files, as other programs keep them: found, named, and part of the digest."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.edit.request import EditRequest
from core.errors import InputError
from core.models import programs
from core.models.checkpoint import read_checkpoint
from core.models.identity import identity_of
from core.models.load import load
from tests.core import original_layout as layout
from tests.core.original_layout import thin_clip, thin_unet, thin_vae


@pytest.fixture
def comfy(tmp_path, monkeypatch) -> Path:
    """ComfyUI's folder in a home without others."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    for name in programs.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "ComfyUI" / "models"


def put(path: Path, weights: layout.Weights, strip: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({key.removeprefix(strip): it.contiguous().clone() for key, it in weights.items()}, path)
    return path


@pytest.fixture(scope="module")
def sd1():
    torch.manual_seed(0)
    modules = thin_unet(64, attention_head_dim=8), thin_vae(), thin_clip(64, "quick_gelu", 2)
    unet, vae, clip = (module.eval().state_dict() for module in modules)
    return layout.original_unet(unet), layout.original_vae(vae), layout.shelled(clip)


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
@pytest.mark.parametrize("room", ["diffusion_models", "unet"])
def test_a_network_opens_with_the_parts_in_comfyui_s_folders(sd1, comfy, tmp_path, prefix, room):
    unet, vae, clip = sd1
    strip = "" if prefix else "model.diffusion_model."
    network = put(comfy / room / "drawing.safetensors", unet, strip)
    with pytest.raises(InputError, match="lacks the VAE and the text encoder, and no file"):
        read_checkpoint(network)
    put(comfy / "vae" / "sdxl_vae.safetensors", vae, "first_stage_model.")  # another family's by its name
    words = put(comfy / "text_encoders" / "clip_l.safetensors", clip)
    with pytest.raises(InputError, match="lacks the VAE, and no file") as refused:
        read_checkpoint(network)
    assert str(comfy / "vae") in refused.value.hint
    colours = put(comfy / "vae" / "vae-ft-mse-840000.safetensors", vae, "first_stage_model.")
    assert network in programs.model_files()
    whole = {f"cond_stage_model.transformer.{key}": it for key, it in clip.items()}
    one = load(str(layout.write(tmp_path / "whole.safetensors", unet, vae, whole)), "cpu")
    split = load(str(network), "cpu")
    assert torch.equal(split.text("a red car").tokens, one.text("a red car").tokens)
    for part in ("unet", "vae"):
        states = (getattr(it.parts, part).state_dict() for it in (split, one))
        assert all(torch.equal(*pair) for pair in zip(*(state.values() for state in states), strict=True))
    (said,) = split.notices
    assert str(words) in said
    assert str(colours) in said
    request = EditRequest(photo="", query="a", model=str(network))
    before = identity_of(request)
    put(colours, {key: it * 2 for key, it in vae.items()}, "first_stage_model.")
    assert before is not None
    assert identity_of(request).digest != before.digest


def test_an_sdxl_network_takes_each_encoder_by_its_width(comfy):
    from diffusers import UNet2DConditionModel

    torch.manual_seed(2)
    unet = UNet2DConditionModel(
        block_out_channels=(32, 64, 128),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=256,
        attention_head_dim=(1, 1, 2),
        transformer_layers_per_block=(1, 1, 1),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=160 + 6 * 256,
    )
    first, second = thin_clip(96, "quick_gelu", 2).eval(), thin_clip(160, "gelu", 3, projected=160).eval()
    network = put(comfy / "unet" / "xl.safetensors", layout.original_unet(unet.state_dict()))
    put(
        comfy / "vae" / "sdxl_vae.safetensors",
        layout.original_vae(thin_vae().state_dict()),
        "first_stage_model.",
    )
    put(comfy / "clip" / "a_wide_one.safetensors", layout.shelled(second.state_dict()))
    put(comfy / "clip" / "clip_l.safetensors", layout.shelled(first.state_dict()))
    found = load(str(network), "cpu").parts
    for ours, written in ((found.text_encoder, first), (found.text_encoder_2, second)):
        expected = written.state_dict()
        assert all(torch.equal(value, expected[key]) for key, value in ours.state_dict().items())
