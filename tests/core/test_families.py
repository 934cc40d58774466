"""SDXL, Stable Diffusion 3 and inpainting models against diffusers' own pipelines and modules."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.diffusion.weight import Rescale, Weight
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.request import EditRequest
from core.errors import InputError
from core.models.backbone import Text
from core.models.catalog import describe
from core.models.load import load
from tests.core.tiny import (
    tiny_chroma,
    tiny_flux,
    tiny_inpainting,
    tiny_klein,
    tiny_qwen_image,
    tiny_sd3,
    tiny_sdxl,
    tiny_stable_diffusion,
    tiny_z_image,
)

MAKERS = {
    "sd-flow": lambda folder: tiny_stable_diffusion(folder, flow={}),
    "sdxl": tiny_sdxl,
    "sdxl-v": lambda folder: tiny_sdxl(folder, prediction="v_prediction"),
    "sd3": tiny_sd3,
    "sd3-without-t5": lambda folder: tiny_sd3(folder, t5=False),
    "inpainting": tiny_inpainting,
    "sdxl-inpainting": lambda folder: tiny_sdxl(folder, inpainting=True),
    "z-image": lambda folder: tiny_z_image(folder, dynamic=True),
    "klein": tiny_klein,
    "flux": tiny_flux,
    "chroma": tiny_chroma,
    "qwen-image": tiny_qwen_image,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, small_pictures: None) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    return {name: make(root / name) for name, make in MAKERS.items()}


def latent(channels: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(2, channels, 12, 16, generator=torch.Generator().manual_seed(seed))


def close(a: torch.Tensor, b: torch.Tensor, off: float = 1e-5) -> bool:
    return torch.allclose(a, b, atol=off, rtol=1e-5)


Conditioning = tuple[torch.Tensor, torch.Tensor]  # tokens and pooled


def checked_text(ours: Any, prompts: list[str], theirs: Conditioning, empty: Conditioning) -> Text:
    """The prompts, as text of ours: what diffusers' own pipeline makes of them and of no prompt."""
    text, none = Text.stack([ours.text(prompt) for prompt in prompts]), ours.text("")
    for mine, other in zip((text.tokens, text.pooled), theirs, strict=True):
        assert close(mine, other)
    for mine, other in zip((none.tokens, none.pooled), empty, strict=True):
        assert close(mine, other[:1])
    return text


@pytest.mark.parametrize("family", ["sdxl", "sdxl-v"])
def test_sdxl_is_what_diffusers_own_pipeline_makes_of_the_folder(folders, family):
    from diffusers import StableDiffusionXLPipeline

    theirs = StableDiffusionXLPipeline.from_pretrained(folders[family], low_cpu_mem_usage=False)
    ours = load(str(folders[family]), "cpu")
    prompts = ["a zebra", "a tame old horse that is longer than the encoder reads"]
    with torch.no_grad():
        tokens, empty, pooled, empty_pooled = theirs.encode_prompt(prompts, do_classifier_free_guidance=True)
        x, level = latent(4), ours.schedule.levels(10)[7]
        sizes = torch.tensor([[24, 32, 0, 0, 24, 32]] * 2)
        out = theirs.unet(
            x,
            level.timestep,
            encoder_hidden_states=tokens,
            added_cond_kwargs={"text_embeds": pooled, "time_ids": sizes},
        ).sample
    text = checked_text(ours, prompts, (tokens, pooled), (empty, empty_pooled))
    prediction = ours.predict(x, level, text)
    expected = out if family == "sdxl" else level.a * out + level.s * x
    assert close(prediction.eps, expected)
    assert close(level.a * prediction.x0 + level.s * prediction.eps, x)


@pytest.mark.parametrize("family", ["sd", "sd-v", "sdxl-v"])
@pytest.mark.parametrize("rescale", [0.0, 0.7])
def test_std_rescale_is_the_pipelines_guidance_rescale(family, rescale, tiny, tiny_v, tmp_path, monkeypatch):
    """From the same noise to the same latent, by guidance 7.5; the v models at zero terminal SNR."""
    from diffusers import DDIMScheduler, DiffusionPipeline

    folder = {"sd": tiny, "sd-v": tiny_v}.get(family) or tiny_sdxl(
        tmp_path, prediction="v_prediction", zero_snr=True
    )
    theirs = DiffusionPipeline.from_pretrained(folder, low_cpu_mem_usage=False)
    changed = {"timestep_spacing": "trailing", "clip_sample": False}
    theirs.scheduler = DDIMScheduler.from_config(theirs.scheduler.config, **changed)
    theirs.set_progress_bar_config(disable=True)
    noise = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(3))
    expected = theirs(
        "a zebra",
        num_inference_steps=5,
        guidance_scale=7.5,
        guidance_rescale=rescale,
        latents=noise,
        output_type="latent",
    ).images
    request = EditRequest(photo="", query="a zebra", model=str(folder), device="cpu", steps=5, seed=3)
    request = request.with_(solver=Solver.DDIM, guidance=Weight(7.5))
    engine, drawn = Engine(), list[torch.Tensor]()
    engine.load(request.model, "cpu")
    model = engine._model
    decode = model.decode
    monkeypatch.setattr(model, "decode", lambda latent: drawn.append(latent) or decode(latent))
    engine.draw(request.with_(rescale=Rescale.STD if rescale else Rescale.OFF), (32, 32))
    assert close(drawn[0], expected, off=1e-4)


def test_an_sdxl_that_reads_the_empty_prompt(tmp_path):
    from diffusers import StableDiffusionXLPipeline

    folder = tiny_sdxl(tmp_path / "reads", zero_empty=False)
    theirs = StableDiffusionXLPipeline.from_pretrained(folder, low_cpu_mem_usage=False)
    with torch.no_grad():
        _, empty, _, pooled = theirs.encode_prompt("a", do_classifier_free_guidance=True)
    text = load(str(folder), "cpu").text("")
    assert empty.any()
    assert close(text.tokens, empty)
    assert close(text.pooled, pooled)


@pytest.mark.parametrize("family", ["sd3", "sd3-without-t5"])
def test_sd3_is_what_diffusers_own_pipeline_makes_of_the_folder(folders, family):
    from diffusers import StableDiffusion3Pipeline

    absent = {} if family == "sd3" else {"text_encoder_3": None, "tokenizer_3": None}
    theirs = StableDiffusion3Pipeline.from_pretrained(folders[family], low_cpu_mem_usage=False, **absent)
    assert (theirs.text_encoder_3 is None) == bool(absent)
    ours = load(str(folders[family]), "cpu")
    prompts = ["a zebra", "a tame old horse that is longer than the first encoders read"]
    with torch.no_grad():
        tokens, empty, pooled, empty_pooled = theirs.encode_prompt(prompts, prompts, prompts)
        x, level = latent(16), ours.schedule.levels(10)[7]
        v = theirs.transformer(
            hidden_states=x,
            timestep=torch.full((2,), level.s * 1000),
            encoder_hidden_states=tokens,
            pooled_projections=pooled,
        ).sample
    text = checked_text(ours, prompts, (tokens, pooled), (empty, empty_pooled))
    prediction = ours.predict(x, level, text)
    assert close(prediction.x0, x - level.s * v)
    assert close(prediction.eps, x + (1 - level.s) * v)


def test_a_flow_step_is_diffusers_own_euler_step(folders):
    from diffusers import FlowMatchEulerDiscreteScheduler

    from core.diffusion.step import step

    model = load(str(folders["sd3"]), "cpu")
    scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(folders["sd3"] / "scheduler")
    levels = model.schedule.levels(8)
    shares = [i / 8 for i in range(8, 0, -1)]
    scheduler.set_timesteps(sigmas=shares)  # which it shifts itself
    assert close(scheduler.timesteps, torch.tensor([level.timestep for level in reversed(levels[1:])]))
    x, text = latent(16)[:1], model.text("a zebra")
    prediction = model.predict(x, levels[-3], text)
    v = prediction.eps - prediction.x0
    expected = scheduler.step(v, scheduler.timesteps[2], x).prev_sample
    assert close(step(prediction, levels[-4]), expected)


def test_the_sd3_vae_is_shifted_and_scaled(folders):
    model = load(str(folders["sd3"]), "cpu")
    pixels = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        mode = model.parts.vae.encode(pixels).latent_dist.mean
        decoded = model.parts.vae.decode(mode).sample
    assert close(model.encode(pixels), (mode - 0.06) * 0.5)
    assert close(model.decode((mode - 0.06) * 0.5), decoded)


@pytest.mark.parametrize("family", ["sd3", "sd-flow"])
def test_at_the_picture_x0_is_x_and_eps_is_told_by_the_smallest_time(folders, family):
    model = load(str(folders["sd3"]), "cpu")
    x, level = latent(16)[:1], model.schedule.levels(10)[0]
    assert (level.a, level.s) == (1, 0)
    assert level.timestep == pytest.approx(1000 * 3 * 0.001 / 1.002)
    at = model.predict(x, level, model.text("a"))
    asked = level.timestep / 1000
    near = model.predict(x, Level(level.timestep, 1 - asked, asked), model.text("a"))
    assert torch.equal(at.x0, x)
    assert close(at.eps, near.eps)


def test_tokens_are_counted_by_the_encoder_that_reads_most(folders):
    assert load(str(folders["sdxl"]), "cpu").tokens("horse").limit == 14
    assert load(str(folders["sd3-without-t5"]), "cpu").tokens("horse").limit == 14
    long = load(str(folders["sd3"]), "cpu").tokens("horse " * 20)
    assert (long.limit, long.too_long) == (255, False)


def test_inpainting_sees_mask_and_masked_picture_while_decoding(folders):
    from diffusers import StableDiffusionInpaintPipeline

    theirs = StableDiffusionInpaintPipeline.from_pretrained(folders["inpainting"], low_cpu_mem_usage=False)
    ours = load(str(folders["inpainting"]), "cpu")
    pixels = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    mask = torch.zeros(1, 1, 12, 16)
    mask[..., 4:9, 5:11] = 1
    full = torch.nn.functional.interpolate(mask, scale_factor=2)
    x, level, text = latent(4), ours.schedule.levels(10)[7], ours.text("a zebra")
    both = Text.stack([text, text])

    def expected(mask, masked):
        with torch.no_grad():
            around = theirs.vae.encode(masked).latent_dist.mean * theirs.vae.config.scaling_factor
            seen = torch.cat([x, mask.expand(2, -1, -1, -1), around.expand(2, -1, -1, -1)], dim=1)
            return theirs.unet(seen, level.timestep, encoder_hidden_states=both.tokens).sample

    told = ours.predict(x, level, both, ours.inpaint_conditioning(pixels, mask)).eps
    assert close(told, expected(mask, pixels * (1 - full)))
    untold = ours.predict(x, level, both).eps
    # A blank picture's normalisation divides by next to nothing, which magnifies rounding.
    assert close(untold, expected(torch.ones_like(mask), torch.zeros_like(pixels)), off=1e-3)
    assert not close(told, untold)
    assert load(str(folders["sdxl"]), "cpu").inpaint_conditioning(pixels, mask) is None


def test_a_refiner_is_refused_by_its_index_and_by_its_network(folders, tmp_path):
    from dataclasses import replace

    from core.models.adapters.sdxl import StableDiffusionXL
    from core.models.memory.device import place
    from tests.core.tiny import tiny_unet

    index = {"_class_name": "StableDiffusionXLImg2ImgPipeline", "requires_aesthetics_score": True}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    assert "is a refiner" in describe(str(tmp_path)).problem
    parts = load(str(folders["sdxl"]), "cpu").parts
    unet = tiny_unet(
        4,
        56,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=20 + 5 * 8,
    )
    with pytest.raises(InputError, match="some is a refiner"):
        StableDiffusionXL(Path("some"), "some", replace(parts, unet=unet), place("cpu"))


def test_parts_of_two_models_are_refused(folders):
    from dataclasses import replace

    from core.models.adapters.sd3 import StableDiffusion3
    from core.models.adapters.sdxl import StableDiffusionXL
    from core.models.memory.device import place

    sdxl, sd3 = (load(str(folders[name]), "cpu").parts for name in ("sdxl", "sd3"))
    wrong = replace(sdxl, text_encoder=sdxl.text_encoder_2)
    with pytest.raises(InputError, match="reads texts of width 56, but the encoders write 64"):
        StableDiffusionXL(Path("some"), "some", wrong, place("cpu"))
    with pytest.raises(InputError, match="takes 16 channels, but the VAE makes 4"):
        StableDiffusion3(Path("some"), "some", replace(sd3, vae=sdxl.vae), place("cpu"))
    with pytest.raises(InputError, match="schedule"):
        StableDiffusion3(Path("some"), "some", replace(sd3, scheduler=sdxl.scheduler), place("cpu"))


@pytest.mark.parametrize("family", list(MAKERS))
def test_every_family_edits_inside_its_mask_and_nowhere_else(folders, family, picture):
    """The odd size asks for padding: SD3's latents come in pairs."""
    photo = picture[:, :46]
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[:, 30:] = 255
    request = EditRequest(photo="", query="a zebra", reference="a horse", model=str(folders[family]))
    request = request.with_(device="cpu", steps=4, find=MaskRequest(draws=2), guidance=Weight(scale=3))
    engine = Engine()
    assert engine.load(request.model, "cpu").pixels == 32
    assert engine.find(request, photo).heat.values.any()
    result = engine.run(request, photo, mask)
    assert result.evaluations == request.with_(mask="painted").cost(engine._model.guided)
    assert np.array_equal(result.on(photo)[mask == 0], photo[mask == 0])
    assert not np.array_equal(result.on(photo), photo)
    assert engine.run(request, photo, mask).pixels.tobytes() == result.pixels.tobytes()
    everywhere = engine.run(request.with_(method=Method.ENCODE_DECODE, query="a cow"), photo)
    assert everywhere.complete
