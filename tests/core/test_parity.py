"""The engine beside diffusers' own pipelines: the same weights, the same noise, the same latent at the end.

The folders are tiny, random, and saved by diffusers. Both walk by DDIM, or by Euler's steps on a flow. Where
diffusers' defaults differ for no better picture it is told ours: "trailing" timesteps, evenly spaced sigmas.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.diffusion.solver import Solver
from core.diffusion.weight import Weight
from core.edit.engine import Engine
from core.edit.request import EditRequest
from core.edit.words.weighted import PromptStyle
from tests.core.tiny import (
    tiny_chroma,
    tiny_flux,
    tiny_klein,
    tiny_qwen_image,
    tiny_sd3,
    tiny_sdxl,
    tiny_stable_diffusion,
    tiny_z_image,
)

NEAR = 1e-5  # ‖ours − theirs‖ / ‖theirs‖
GUIDANCE, SEED = 5.0, 3
MODELS: dict[str, Callable[[Path], Path]] = {
    "SD 1.5": tiny_stable_diffusion,
    "SD, a flow": lambda folder: tiny_stable_diffusion(folder, flow={"shift": 2.0}),
    "SD 2 v": lambda folder: tiny_stable_diffusion(folder, prediction="v_prediction"),
    "SDXL": tiny_sdxl,
    "SDXL v, zero terminal SNR": lambda folder: tiny_sdxl(folder, prediction="v_prediction", zero_snr=True),
    "SD 3": tiny_sd3,
    "SD 3 without T5": lambda folder: tiny_sd3(folder, t5=False),
    "SD 3.5 medium": lambda folder: tiny_sd3(folder, medium=True),
    "Z-Image": tiny_z_image,
    "Z-Image-Turbo": tiny_z_image,
    "Z-Image, shifted by size": lambda folder: tiny_z_image(folder, dynamic=True, head=True),
    "FLUX.2 klein base": tiny_klein,
    "FLUX.2 klein": lambda folder: tiny_klein(folder, distilled=True),
    "FLUX.1 dev": tiny_flux,
    "Chroma": tiny_chroma,
    "Qwen-Image": tiny_qwen_image,
    "FLUX.1 schnell": lambda folder: tiny_flux(folder, guided=False),
}
UNGUIDED = ("Z-Image-Turbo", "FLUX.2 klein")  # asked by the prompt alone
STEPS = 4, 5
SIZES = (32, 32), (64, 16)  # width × height, of as many pixels as the models were made for
# past the places of every encoder, T5's 256 and Qwen2.5-VL's 896 too: all cut them, read plainly
LONG = "a zebra on a meadow by the river " * 30, "a horse in a stable far from any water " * 30
WORDS = {  # prompt, negative prompt
    "plain": ("a zebra", ""),
    "long against short": (LONG[0], "a tame horse"),
    "long": LONG,
}
CASES = [  # every pair of these three comes
    (STEPS[(i + j) % len(STEPS)], size, words)
    for (i, size), (j, words) in product(enumerate(SIZES), enumerate(WORDS))
]


@pytest.fixture(scope="module", params=MODELS)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, small_pictures: None
) -> tuple[Engine, str, Any, float]:
    """Our engine with a model loaded, the model's folder, diffusers' pipeline of that, and the guidance."""
    from diffusers import DDIMScheduler, DiffusionPipeline

    folder = str(MODELS[request.param](tmp_path_factory.mktemp("parity") / "model"))
    missing = {} if request.param != "SD 3 without T5" else {"text_encoder_3": None, "tokenizer_3": None}
    theirs = DiffusionPipeline.from_pretrained(folder, low_cpu_mem_usage=False, **missing)
    if "FlowMatch" not in type(theirs.scheduler).__name__:
        told = {"timestep_spacing": "trailing", "clip_sample": False}
        theirs.scheduler = DDIMScheduler.from_config(theirs.scheduler.config, **told)
    if request.param == "SD, a flow":  # which that pipeline draws as soon as the scheduler says this
        theirs.scheduler.init_noise_sigma = 1.0
    if "Chroma" in request.param:  # it adds a mask of floats to attention, which lets padding through
        mask = theirs._prepare_attention_mask
        theirs._prepare_attention_mask = lambda *told, **more: mask(*told, **more).bool()
    theirs.set_progress_bar_config(disable=True)
    engine = Engine()
    engine.load(folder, "cpu")
    return engine, folder, theirs, 1.0 if request.param in UNGUIDED else GUIDANCE


@pytest.mark.parametrize(("steps", "size", "words"), CASES)
def test_a_picture_from_noise_ends_where_diffusers_own_pipeline_ends(both, steps, size, words, monkeypatch):
    engine, folder, theirs, guidance = both
    prompt, negative = WORDS[words]
    request = EditRequest(
        photo="",
        query=prompt,
        avoid=negative,
        model=folder,
        device="cpu",
        steps=steps,
        seed=SEED,
        prompt_style=PromptStyle.PLAIN,
        solver=Solver.DDIM,
        guidance=Weight(guidance),
    )
    model, reached = engine._model, list[torch.Tensor]()
    if words == "long":
        assert all(model.tokens(text).too_long for text in LONG)
    decode = model.decode
    monkeypatch.setattr(model, "decode", lambda latent: reached.append(latent) or decode(latent))
    engine.draw(request, size)
    (ours,) = reached
    noise = torch.randn(ours.shape, generator=torch.Generator().manual_seed(SEED))
    packs = hasattr(theirs, "_unpack_latents")  # FLUX.1's pipeline takes and hands on patches in a row
    expected = theirs(
        prompt=prompt,
        width=size[0],
        height=size[1],
        num_inference_steps=steps,
        latents=theirs._pack_latents(noise, *ours.shape) if packs else noise,
        output_type="latent",
        **_even(theirs, steps),
        **_guided(theirs, negative, guidance, monkeypatch),
    ).images
    if packs:
        expected = theirs._unpack_latents(expected, size[1], size[0], theirs.vae_scale_factor)
        expected = expected.reshape(ours.shape)  # Qwen-Image's are films
    elif expected.shape != ours.shape:
        ours = model.space.outward(ours)  # FLUX.2's pipeline hands on what its VAE reads
    assert float((ours - expected).norm() / expected.norm()) < NEAR


def _guided(pipeline: Any, negative: str, guidance: float, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Guidance and the text to avoid, as this pipeline takes them."""
    match type(pipeline).__name__:
        case "ZImagePipeline":  # which adds to the prompt's own
            return {"guidance_scale": guidance - 1, "negative_prompt": negative or None}
        case "Flux2KleinPipeline":
            return {"guidance_scale": guidance, "negative_prompt_embeds": pipeline.encode_prompt(negative)[0]}
        case (
            "QwenImagePipeline"
        ):  # which brings what is guided back to the prompt's own length, patch by patch
            ask, avoid = pipeline.transformer.forward, pipeline.encode_prompt(negative)[0]

            def guided(**told: Any) -> tuple[torch.Tensor]:
                (prompt,), (other,) = ask(**told), ask(**told | {"encoder_hidden_states": avoid})
                return (other + guidance * (prompt - other),)

            monkeypatch.setattr(pipeline.transformer, "forward", guided)
            return {"max_sequence_length": 1024}
        case "FluxPipeline":  # one evaluation a step: nothing avoids
            length = 512 if pipeline.transformer.config.guidance_embeds else 256
            return {"guidance_scale": guidance, "max_sequence_length": length}
        case _:
            return {"guidance_scale": guidance, "negative_prompt": negative or None}


def _even(pipeline: Any, steps: int) -> dict[str, Any]:
    """Sigmas for a flow, evenly spaced before its scheduler shifts them; nothing for the others."""
    if "FlowMatch" not in type(pipeline.scheduler).__name__:
        return {}
    return {"sigmas": np.linspace(1, 1 / steps, steps).tolist()}
