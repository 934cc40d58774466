"""The deprecated DiffEdit pipeline of diffusers, on the same weights, asked as its documentation asks it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from PIL import Image

FAULTS: Final = (
    "guidance inside the mask, where it cancels: 4n evaluations instead of 2n",
    "guidance inside the inversion (its default): twice the evaluations, and not the paper's method",
    "prompt and negative prompt change places in the mask; harmless while the negative is empty",
    "its mask fails at guidance ≤ 1, so it is asked at 7.5 throughout",
    "the photo encoded once for every draw, and the VAE's posterior sampled instead of its mode",
    "the blend puts back the latent of the level above, so that the background never becomes the photo",
    "its clamp is taken over the whole batch: masks are asked for one by one",
    "no paste-back: every pixel goes through the VAE",
)


class Said(Protocol):
    """What is there and what it should be."""

    @property
    def reference(self) -> str: ...
    @property
    def query(self) -> str: ...


class Asked(Protocol):
    """An edit to make: the picture, uint8 (H, W, 3), the words, and the seed of all noise."""

    @property
    def page(self) -> np.ndarray: ...
    @property
    def edit(self) -> Said: ...
    @property
    def seed(self) -> int: ...


@dataclass(frozen=True)
class PeerSettings:
    """What the pipeline is asked for; inverting with the reference is its documentation's way."""

    steps: int = 50
    draws: int = 10
    strength: float = 0.5
    ratio: float = 0.8
    guidance: float = 7.5
    inverts_with_reference: bool = True
    inversion_guidance: float = 7.5


@dataclass(frozen=True)
class PeerEdit:
    """What came out: mask bool (H, W), picture uint8 (H, W, 3), and the UNet evaluations of the edit."""

    mask: np.ndarray
    drawn: np.ndarray
    evaluations: int


class Peer:
    """The pipeline with a hook that counts samples through its UNet."""

    def __init__(self, folder: Path) -> None:
        from diffusers import DDIMInverseScheduler, StableDiffusionDiffEditPipeline
        from diffusers.utils import logging

        logging.disable_progress_bar()  # of its own parts, while the bench tells what it is at

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipe: Any = StableDiffusionDiffEditPipeline.from_pretrained(folder, safety_checker=None)
        pipe.inverse_scheduler = DDIMInverseScheduler.from_config(pipe.scheduler.config)
        pipe.unet.to(memory_format=torch.channels_last)
        pipe.vae.to(memory_format=torch.channels_last)
        pipe.set_progress_bar_config(disable=True)
        self._pipe, self._samples = pipe, 0
        self.pixels = int(pipe.unet.config.sample_size * pipe.vae_scale_factor)
        pipe.unet.register_forward_pre_hook(self._count)

    def _count(self, _module: object, arguments: tuple[torch.Tensor, ...]) -> None:
        self._samples += arguments[0].shape[0]

    def edit(self, cases: Sequence[Asked], asked: PeerSettings) -> list[PeerEdit]:
        """Edit some cases of one size; inversion and decoding share the calls of the network."""
        self._samples = 0
        masks = np.concatenate([self._mask(case, asked) for case in cases])
        photos = [Image.fromarray(case.page) for case in cases]
        said = [case.edit.reference if asked.inverts_with_reference else "" for case in cases]
        random = [torch.Generator().manual_seed(case.seed) for case in cases]
        latents = self._pipe.invert(
            prompt=said,
            image=photos,
            num_inference_steps=asked.steps,
            inpaint_strength=asked.ratio,
            guidance_scale=asked.inversion_guidance,
            generator=random,
        ).latents
        drawn = self._pipe(
            prompt=[case.edit.query for case in cases],
            mask_image=torch.from_numpy(masks).float()[:, None],
            image_latents=latents,
            num_inference_steps=asked.steps,
            inpaint_strength=asked.ratio,
            guidance_scale=asked.guidance,
            generator=random,
            output_type="np",
        ).images
        cost = self._samples // len(cases)
        scale = cases[0].page.shape[0] // masks.shape[-1]
        whole = np.kron(masks, np.ones((scale, scale))).astype(bool)
        pictures = (drawn * 255).round().astype(np.uint8)
        return [PeerEdit(*one, cost) for one in zip(whole, pictures, strict=True)]

    def _mask(self, case: Asked, asked: PeerSettings) -> np.ndarray:
        """0 or 1 on the latent grid, (1, h, w)."""
        return self._pipe.generate_mask(
            image=Image.fromarray(case.page),
            source_prompt=case.edit.reference,
            target_prompt=case.edit.query,
            num_maps_per_mask=asked.draws,
            num_inference_steps=asked.steps,
            mask_encode_strength=asked.strength,
            guidance_scale=asked.guidance,
            generator=torch.Generator().manual_seed(case.seed),
        )
