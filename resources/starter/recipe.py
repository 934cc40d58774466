"""Trains the starter model, start to finish, and exports it as a diffusers folder.

    python -m resources.starter.recipe --size small --device cpu --minutes 90 --out build/starter

draws the pictures once, trains the autoencoder, then the tokenizer, then UNet and text encoder together.
A checkpoint is written every few minutes and the model exported at each (`OUT/model`); `--resume` goes on
from the last one. `--minutes` is divided among the parts and sets the decay of the learning rates.
"""

import argparse
import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from resources.starter.training import autoencoder, denoiser, text
from resources.starter.training.clock import Clock, log
from resources.starter.training.export import export
from resources.starter.training.pictures import Pictures, cached, held_out

KNOWS = (
    "picture-book scenes: horse, zebra, cow, dog, cat, fruit, trees, cars, trucks, houses, balls and cubes"
)


@dataclass(frozen=True)
class Size:
    """Everything that differs between the sizes of the model."""

    pixels: int
    pictures: int
    channels: int
    autoencoder: tuple[int, ...]
    unet: tuple[int, ...]
    text_width: int
    text_layers: int
    autoencoder_batch: int
    batch: int
    rate: float
    autoencoder_share: float = 0.25
    """Share of the minutes that the autoencoder gets."""


SIZES = {
    "small": Size(64, 9_000, 12, (16, 32, 64), (48, 96, 96), 192, 3, 16, 24, 8e-4),
    "large": Size(128, 40_000, 16, (64, 128, 192), (96, 192, 320), 256, 4, 32, 128, 3e-4),
}


@dataclass(frozen=True)
class Run:
    """One call of the recipe."""

    size: Size
    device: torch.device
    out: Path
    minutes: float
    seed: int
    resume: bool
    processes: int

    def path(self, name: str) -> Path:
        return self.out / name


def main(arguments: list[str] | None = None) -> None:
    run = _options(arguments)
    torch.manual_seed(run.seed)
    run.out.mkdir(parents=True, exist_ok=True)
    pictures = cached(run.path("pictures.npz"), run.size.pictures, run.size.pixels, run.processes)
    log(f"{len(pictures.pixels)} pictures of {pictures.size} px")
    vae, latents = _autoencoder(run, pictures)
    tokenizer = text.train_tokenizer(sentence for said in pictures.captions for sentence in said)
    scaled = latents * float(vae.config.scaling_factor)
    lessons = denoiser.Lessons(
        scaled.cpu(),
        [text.tokens(tokenizer, said) for said in pictures.captions],
        text.tokens(tokenizer, [""])[0],
    )
    _denoiser(run, lessons, tokenizer, vae)


def _options(arguments: list[str] | None) -> Run:
    parser = argparse.ArgumentParser(prog="python -m resources.starter.recipe", description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument(
        "--out", type=Path, default=Path("build/starter"), help="pictures, checkpoints, model"
    )
    parser.add_argument("--minutes", type=float, default=90, help="for autoencoder and denoiser together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    parser.add_argument("--processes", type=int, default=2, help="how many draw the pictures")
    chosen = parser.parse_args(arguments)
    return Run(
        SIZES[chosen.size],
        torch.device(chosen.device),
        chosen.out,
        chosen.minutes,
        chosen.seed,
        chosen.resume,
        chosen.processes,
    )


def _autoencoder(run: Run, pictures: Pictures) -> tuple[AutoencoderKL, Tensor]:
    """The trained autoencoder and the latents of all pictures (not scaled)."""
    folder, kept = run.path("autoencoder"), run.path("latents.pt")
    if run.resume and kept.exists():
        log("autoencoder: taken from the last checkpoint")
        return AutoencoderKL.from_pretrained(folder).eval(), torch.load(kept, weights_only=True)
    size = run.size
    vae = autoencoder.build(size.channels, size.autoencoder)
    if run.resume and folder.exists():
        vae = AutoencoderKL.from_pretrained(folder).train()
    else:
        found = autoencoder.components(pictures, size.channels)
        log(f"components alone: {autoencoder.linear_psnr(pictures, found):.2f} dB")
        autoencoder.start_linear(vae, found)
    vae.to(run.device)
    judged = held_out(64, size.pixels, start=2000)

    def save() -> None:
        log(f"autoencoder: {autoencoder.held_out_psnr(vae, judged):.2f} dB on pages it never saw")
        vae.save_pretrained(folder)

    clock = Clock(run.minutes * size.autoencoder_share)
    steps = autoencoder.train(vae, pictures, clock, log, save, batch=size.autoencoder_batch, seed=run.seed)
    vae.eval()
    latents = autoencoder.encode_all(vae, pictures).cpu()
    log(f"autoencoder: {steps} steps; spread of each channel {autoencoder.set_scale(vae, latents)}")
    save()
    torch.save(latents, kept)
    return vae, latents


def _denoiser(run: Run, lessons: denoiser.Lessons, tokenizer: CLIPTokenizer, vae: AutoencoderKL) -> None:
    size, checkpoint = run.size, run.path("denoiser.pt")
    words: CLIPTextModel = text.build(tokenizer, size.text_width, size.text_layers)
    unet = denoiser.build(size.channels, lessons.latents.shape[-1], size.unet, size.text_width)
    learner = denoiser.Learner.new(unet.to(run.device), words.to(run.device), size.rate)
    if run.resume and checkpoint.exists():
        learner.restore(torch.load(checkpoint, map_location=run.device, weights_only=True))
        log(f"denoiser: goes on from step {learner.step}")
    log(
        f"denoiser: {sum(p.numel() for p in unet.parameters()):,} parameters, "
        f"text {sum(p.numel() for p in words.parameters()):,}"
    )

    def save() -> None:
        unfinished = checkpoint.with_suffix(".new")
        torch.save(learner.state(), unfinished)
        unfinished.replace(checkpoint)
        means = learner.mean_unet.cpu().eval(), learner.mean_text.cpu().eval()
        kappa = denoiser.kappa(*means, lessons)
        export(run.path("model"), vae.cpu(), means[1], means[0], tokenizer, _about(run, learner, kappa))
        for mean in means:
            mean.to(run.device)
        log(f"denoiser: exported at step {learner.step}, kappa {kappa:.4f}")

    clock = Clock(run.minutes * (1 - size.autoencoder_share), spent=learner.seconds)
    denoiser.train(learner, lessons, clock, log, save, batch=size.batch, seed=run.seed)
    save()


def _about(run: Run, learner: denoiser.Learner, kappa: float) -> dict[str, Any]:
    """What palimpsest.json says: what the model knows, the constants the editor needs, how it was made."""
    return {
        "name": "Storybook",
        "knows": KNOWS,
        "kappa": round(kappa, 5),
        "size": run.size.pixels,
        "training": {
            "recipe": json.loads(json.dumps(asdict(run.size))),
            "seed": run.seed,
            "steps": learner.step,
            "minutes": round(learner.seconds / 60, 1),
            "machine": platform.machine(),
            "threads": torch.get_num_threads(),
            "device": run.device.type,
        },
    }


if __name__ == "__main__":
    main()
