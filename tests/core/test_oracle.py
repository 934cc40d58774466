"""An outside oracle: the deprecated diffusers DiffEdit pipeline's mask, where that one is right.

Right means: guidance above 1 (at 1 it crashes or swaps its prompts), and the posterior's mode for the photo's
latent (its own encoding samples). Its guidance then cancels in the relative threshold.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.diffusion.clamp import Clamp
from core.diffusion.diffedit import contrasts
from core.models.load import load


@pytest.fixture(scope="module")
def pipeline(tiny: Path):
    from diffusers.pipelines.deprecated.stable_diffusion_diffedit.pipeline_stable_diffusion_diffedit import (
        StableDiffusionDiffEditPipeline,
    )
    from diffusers.schedulers.scheduling_ddim_inverse import DDIMInverseScheduler

    pipe = StableDiffusionDiffEditPipeline.from_pretrained(tiny, low_cpu_mem_usage=False)
    pipe.inverse_scheduler = DDIMInverseScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.mark.parametrize("guidance", [1.5, 7.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_mask_agrees_with_the_deprecated_pipeline(pipeline, tiny, guidance, seed, monkeypatch):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    draws = 4
    model = load(str(tiny), "cpu")
    latent = model.encode(torch.from_numpy(pixels).permute(2, 0, 1)[None] / 127.5 - 1)
    mode = latent.expand(draws, -1, -1, -1)
    monkeypatch.setattr(pipeline, "prepare_image_latents", lambda *_args, **_options: mode)
    theirs = pipeline.generate_mask(
        image=Image.fromarray(pixels),
        source_prompt="a horse",
        target_prompt="a zebra",
        num_maps_per_mask=draws,
        mask_encode_strength=0.5,
        num_inference_steps=20,
        guidance_scale=guidance,
        generator=torch.Generator().manual_seed(seed),
        output_type="np",
    )[0]

    # The same noise, at the very timestep that its scheduler chose.
    noises = torch.randn(
        latent.expand(draws, -1, -1, -1).shape, generator=torch.Generator().manual_seed(seed)
    )
    pipeline.scheduler.set_timesteps(20)
    timestep = int(pipeline.get_timesteps(20, 0.5, torch.device("cpu"))[0][0])
    reference, query = model.text("a horse"), model.text("a zebra")

    def both(x, level):
        return model.predict(x, level, reference), model.predict(x, level, query)

    *_, found = contrasts(both, latent, model.schedule.at(timestep), noises.split(1))
    ours = (found.scaled(Clamp.MEAN).apart > 0.5).numpy()
    assert 0 < ours.mean() < 1  # else agreement would be cheap
    assert np.array_equal(ours, theirs > 0)
