"""Trains the starter model, start to finish, and exports it as a diffusers folder.

    python -m resources.starter.recipe --size small --device cpu --minutes 90 --out build/starter

draws the pictures once, trains the autoencoder on the first of them, then the tokenizer, then UNet and text
encoder together.
A checkpoint is written every few minutes and the model exported at each (`OUT/model`); `--resume` goes on
from the last one, as long as the world and its captions are those that it was made of. `--minutes` is divided
among the parts and sets the decay of the learning rates; on a CPU they are minutes of one core's work, so
that neither other programs nor the number of threads (OMP_NUM_THREADS) changes what is learned.
`--start FOLDER` teaches an exported model more: its tokenizer stays, and its autoencoder, if it is of this
size. One of half the pixels grows: its latents stay, and pages of twice the size are taught onto them.
`--rate` sets another learning rate than the size's own: a short run that goes on wants a lower one.
`--of-start 0.5` exports weights half way from those that it starts with to those that it was taught: after
lessons of another kind a model has forgotten less so.
`--objective flow` teaches a rectified flow instead of v prediction; with `--start` from a model of v, whose
weights are near.
"""

import argparse
import copy
import json
import math
import platform
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from resources.starter.training import autoencoder, denoiser, grown, text
from resources.starter.training.clock import log
from resources.starter.training.export import export
from resources.starter.training.objective import OBJECTIVES
from resources.starter.training.pictures import Pictures, fingerprint, held_out
from resources.starter.training.run import AUTOENCODER, CHECKPOINTS, DENOISER, LATENTS, Run
from resources.starter.training.size import SIZES, Size

KNOWS = (
    "picture-book scenes: horse, zebra, cow, dog, cat, fruit, trees, cars, trucks, houses, balls and cubes"
)

MASK_STRENGTH = {"v": 0.7, "flow": 0.78}
"""Noise level at which heat maps fit best, of 0.4 … 0.9 on 96 edits apart from the judged ones; of a flow the
level with as much noise beside the page."""

WAYS = {"guidance": 3.0, "decay": 0.0, "steps": 15, "change": 0.9}
"""What an edit begins with: nearest to the truth on those 96 (docs/decisions/047)."""


def main(arguments: list[str] | None = None) -> None:
    run = _options(arguments)
    torch.manual_seed(run.seed)
    run.out.mkdir(parents=True, exist_ok=True)
    for name in CHECKPOINTS:
        run.kept(name, look=True)  # before the pages that they were made of are replaced
    vae, latents = _autoencoder(run)
    pictures = run.pages(run.size.pictures)
    tokenizer = _tokenizer(run, pictures)
    judged = held_out(32, run.size.pixels, start=2000)
    _denoiser(
        run,
        _lessons(pictures, latents, vae, tokenizer),
        _lessons(judged, autoencoder.encode_all(vae, judged), vae, tokenizer),
        tokenizer,
        vae,
    )


def _lessons(
    pictures: Pictures, latents: Tensor, vae: AutoencoderKL, tokenizer: CLIPTokenizer
) -> denoiser.Lessons:
    return denoiser.Lessons(
        latents.cpu() * float(vae.config.scaling_factor),
        [text.tokens(tokenizer, said) for said in pictures.captions],
        text.tokens(tokenizer, [""])[0],
    )


def _tokenizer(run: Run, pictures: Pictures) -> CLIPTokenizer:
    if run.start:
        return CLIPTokenizer.from_pretrained(run.start / "tokenizer")
    return text.train_tokenizer(sentence for said in pictures.captions for sentence in said)


def _options(arguments: list[str] | None) -> Run:
    parser = argparse.ArgumentParser(prog="python -m resources.starter.recipe", description=__doc__)
    parser.add_argument("--size", choices=sorted(SIZES), default="small")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument(
        "--out", type=Path, default=Path("build/starter"), help="pictures, checkpoints, model"
    )
    parser.add_argument("--minutes", type=_positive, default=90, help="for autoencoder and denoiser together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    parser.add_argument("--processes", type=int, default=2, help="how many draw the pictures")
    parser.add_argument("--rate", type=_positive, help="learning rate of the denoiser at its highest")
    parser.add_argument("--start", type=Path, metavar="FOLDER", help="an exported model to teach more")
    parser.add_argument(
        "--of-start", type=_share, default=0.0, help="share of its weights in what is exported"
    )
    parser.add_argument("--objective", choices=sorted(OBJECTIVES), default="v", help="what it predicts")
    chosen = parser.parse_args(arguments)
    if chosen.of_start and not chosen.start:
        parser.error("--of-start is a share of the weights that it starts with: name them by --start")
    size = SIZES[chosen.size]
    return Run(
        replace(size, rate=chosen.rate or size.rate),
        torch.device(chosen.device),
        chosen.out,
        chosen.minutes,
        chosen.seed,
        chosen.resume,
        chosen.processes,
        chosen.start,
        chosen.of_start,
        OBJECTIVES[chosen.objective],
    )


def _share(said: str) -> float:
    """A number from 0 to 1."""
    try:
        number = float(said)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{said} is not a number from 0 to 1")
    return number


def _positive(said: str) -> float:
    """A number above 0; a rate of nothing teaches nothing, and one below unteaches."""
    try:
        number = float(said)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{said} is not a number above 0")
    return number


def _autoencoder(run: Run) -> tuple[AutoencoderKL, Tensor]:
    """The trained autoencoder and the latents of all pictures (not scaled)."""
    folder, finished = run.path("autoencoder"), run.kept(LATENTS)
    if finished is not None:
        log("autoencoder: taken from the last checkpoint")
        return AutoencoderKL.from_pretrained(folder).eval(), finished["latents"].cpu()
    known = AutoencoderKL.from_pretrained(run.start / "vae").eval().to(run.device) if run.start else None
    if known is not None and not run.grows:
        return known, _kept(run, known)
    return _taught(run, known)


def _taught(run: Run, smaller: AutoencoderKL | None) -> tuple[AutoencoderKL, Tensor]:
    """An autoencoder from its beginning, or from a smaller one onto whose latents it learns."""
    size = run.size
    pictures = run.pages(size.autoencoder_pictures)
    if smaller is None:
        vae, rate = autoencoder.build(size.channels, size.autoencoder, size.pixels), autoencoder.RATE
        _start(vae, pictures, size)
    else:
        vae, rate = grown.twice_as_large(smaller), autoencoder.RATE / 2
    learner = autoencoder.Learner.new(vae.to(run.device))
    if (unfinished := run.kept(AUTOENCODER)) is not None:
        learner.restore(unfinished)
        log(f"autoencoder: goes on from step {learner.step}")
    judged = held_out(64, size.pixels, start=2000)

    def save() -> None:
        log(f"autoencoder: {autoencoder.held_out_psnr(vae, judged):.2f} dB on pages it never saw")
        run.keep(AUTOENCODER, learner.state())

    clock = run.clock(size.autoencoder_share, learner.seconds)
    autoencoder.train(
        learner, pictures, clock, log, save, size.autoencoder_batch, rate, run.seed, onto=smaller
    )
    save()
    spread = autoencoder.set_scale(vae.eval(), autoencoder.encode_all(vae, pictures))
    log(f"autoencoder: {learner.step} steps; spread of each channel {spread}")
    return vae, _kept(run, vae)


def _start(vae: AutoencoderKL, pictures: Pictures, size: Size) -> None:
    """Begin a 4x encoder at the linear optimum; a deeper one has more pixels in a patch than channels."""
    if len(size.autoencoder) != 3:
        return
    found = autoencoder.components(pictures, size.channels)
    log(f"components alone: {autoencoder.linear_psnr(pictures, found):.2f} dB")
    autoencoder.start_linear(vae, found)


def _kept(run: Run, vae: AutoencoderKL) -> Tensor:
    """The latents of all pictures, kept beside the autoencoder that made them."""
    latents = autoencoder.encode_all(vae, run.pages(run.size.pictures)).cpu()
    run.keep(LATENTS, {"latents": latents})
    vae.save_pretrained(run.path("autoencoder"))
    return latents


def _denoiser(
    run: Run,
    lessons: denoiser.Lessons,
    judged: denoiser.Lessons,
    tokenizer: CLIPTokenizer,
    vae: AutoencoderKL,
) -> None:
    size = run.size
    words, unet = _networks(run, tokenizer, lessons.latents.shape[-1])
    begun = copy.deepcopy(unet), copy.deepcopy(words)
    learner = denoiser.Learner.new(unet.to(run.device), words.to(run.device), size.rate)
    if (unfinished := run.kept(DENOISER)) is not None:
        learner.restore(unfinished)
        log(f"denoiser: goes on from step {learner.step}")
    log(
        f"denoiser: {sum(p.numel() for p in unet.parameters()):,} parameters, "
        f"text {sum(p.numel() for p in words.parameters()):,}"
    )

    def save(latents: int = 16) -> None:
        run.keep(DENOISER, learner.state())
        taught = learner.mean_unet.cpu().eval(), learner.mean_text.cpu().eval()
        means = (
            grown.between(begun[0], taught[0], run.of_start),
            grown.between(begun[1], taught[1], run.of_start),
        )
        kappa = denoiser.kappa(*means, lessons, run.objective, latents)
        about = _about(run, learner, kappa)
        export(run.path("model"), vae.cpu(), means[1], means[0], tokenizer, run.objective, about)
        missed = denoiser.error(*means, judged, run.objective)
        log(f"denoiser: exported at step {learner.step}; error {missed:.4f} on pages it never saw")
        for mean in taught:
            mean.to(run.device)

    share = 1.0 if run.start and not run.grows else 1 - size.autoencoder_share
    clock = run.clock(share, learner.seconds)
    denoiser.train(learner, lessons, run.objective, clock, log, save, batch=size.batch, seed=run.seed)
    save(latents=64)


def _networks(run: Run, tokenizer: CLIPTokenizer, side: int) -> tuple[CLIPTextModel, UNet2DConditionModel]:
    size = run.size
    if run.start:
        words = CLIPTextModel.from_pretrained(run.start / "text_encoder").float().train()
        unet = UNet2DConditionModel.from_pretrained(run.start / "unet").float().train()
        return words, grown.deeper(unet, size.layers)
    words = text.build(tokenizer, size.text_width, size.text_layers)
    return words, denoiser.build(size.channels, side, size.unet, size.text_width, size.layers)


def _about(run: Run, learner: denoiser.Learner, kappa: float) -> dict[str, Any]:
    """What palimpsest.json says: what the model knows, the constants the editor needs, how it was made."""
    return {
        "name": "Storybook",
        "knows": KNOWS,
        "kappa": round(kappa, 5),
        "mask_strength": MASK_STRENGTH[run.objective.name],
        **WAYS,
        "size": run.size.pixels,
        "training": {
            "objective": run.objective.name,
            "recipe": json.loads(json.dumps(asdict(run.size))),
            "world": fingerprint(),
            "seed": run.seed,
            **({"of_start": run.of_start} if run.of_start else {}),
            "steps": learner.step,
            "minutes": round(learner.seconds / 60, 1),
            "machine": platform.machine(),
            "threads": torch.get_num_threads(),
            "device": run.device.type,
            **_earlier(run),
        },
    }


def _earlier(run: Run) -> dict[str, Any]:
    """How the model was made that this run began with."""
    if not run.start:
        return {}
    return {"after": json.loads((run.start / "palimpsest.json").read_text())["training"]}


if __name__ == "__main__":
    main()
