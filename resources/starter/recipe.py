"""Trains the starter model, start to finish, and exports it as a diffusers folder.

    python -m resources.starter.recipe --size small --device cpu --minutes 90 --out build/starter

draws the pictures once, trains the autoencoder, then the tokenizer, then UNet and text encoder together.
A checkpoint is written every few minutes and the model exported at each (`OUT/model`); `--resume` goes on
from the last one, as long as the world and its captions are those that it was made of. `--minutes` is divided
among the parts and sets the decay of the learning rates.
`--start FOLDER` teaches an exported model of the same size more: its autoencoder and tokenizer stay.
`--rate` sets another learning rate than the size's own: a short run that goes on wants a lower one.
"""

import argparse
import json
import math
import platform
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from resources.starter.training import autoencoder, denoiser, text
from resources.starter.training.clock import Clock, log
from resources.starter.training.export import export
from resources.starter.training.pictures import Pictures, cached, fingerprint, held_out, origin

KNOWS = (
    "picture-book scenes: horse, zebra, cow, dog, cat, fruit, trees, cars, trucks, houses, balls and cubes"
)

MASK_STRENGTH = 0.7
"""Noise level at which heat maps fit best, of 0.4 … 0.9 on 96 edits apart from the judged ones."""


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
    autoencoder_share: float = 0.15
    """Share of the minutes that the autoencoder gets."""


SIZES = {
    "small": Size(64, 20_000, 12, (16, 32, 64), (48, 96, 96), 192, 3, 16, 24, 8e-4),
    "large": Size(256, 40_000, 16, (32, 64, 128, 128), (64, 160, 240), 256, 4, 32, 128, 3e-4),
}


AUTOENCODER, LATENTS, DENOISER = CHECKPOINTS = "autoencoder.pt", "latents.pt", "denoiser.pt"


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
    start: Path | None = None

    @property
    def every(self) -> float:
        """Minutes between two checkpoints: a machine with a GPU may be taken away at any time."""
        return 8.0 if self.device.type == "cpu" else 3.0

    @property
    def origin(self) -> str:
        pages = origin(self.size.pictures, self.size.pixels)
        return f"{pages}, after {self.start.resolve()}" if self.start else pages

    def path(self, name: str) -> Path:
        return self.out / name

    def keep(self, name: str, content: dict[str, Any]) -> None:
        """Write a checkpoint, marked with its origin: whole or not at all.

        Those that follow on it are of an earlier run, and go.
        """
        path = self.path(name)
        unfinished = path.with_suffix(".new")
        torch.save({**content, "origin": self.origin}, unfinished)
        for later in CHECKPOINTS[CHECKPOINTS.index(name) + 1 :]:
            self.path(later).unlink(missing_ok=True)
        unfinished.replace(path)

    def kept(self, name: str, *, look: bool = False) -> dict[str, Any] | None:
        """What `keep` left, if the run is to go on from it. SystemExit when it belongs to other pages.

        look: only at that; nothing is read yet.
        """
        path = self.path(name)
        if not self.resume or not path.exists():
            return None
        found = torch.load(path, map_location=self.device, weights_only=True, mmap=look)
        made_of = found.get("origin") if isinstance(found, dict) else None
        if made_of != self.origin:
            raise SystemExit(
                f"{path} was made of {made_of or 'pages that it does not name'}, but today's are "
                f"{self.origin}: its latents and words would be paired with other captions. Leave --resume "
                f"out and begin anew, or teach the model that it exported more: --start {self.path('model')}"
                " with another --out."
            )
        return found


def main(arguments: list[str] | None = None) -> None:
    run = _options(arguments)
    torch.manual_seed(run.seed)
    run.out.mkdir(parents=True, exist_ok=True)
    for name in CHECKPOINTS:
        run.kept(name, look=True)  # before the pages that they were made of are replaced
    pictures = cached(run.path("pictures.npz"), run.size.pictures, run.size.pixels, run.processes)
    log(f"{len(pictures.pixels)} pictures of {pictures.size} px")
    vae, latents = _autoencoder(run, pictures)
    tokenizer = _tokenizer(run, pictures)
    scaled = latents * float(vae.config.scaling_factor)
    lessons = denoiser.Lessons(
        scaled.cpu(),
        [text.tokens(tokenizer, said) for said in pictures.captions],
        text.tokens(tokenizer, [""])[0],
    )
    _denoiser(run, lessons, tokenizer, vae)


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
    chosen = parser.parse_args(arguments)
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
    )


def _positive(said: str) -> float:
    """A number above 0; a rate of nothing teaches nothing, and one below unteaches."""
    try:
        number = float(said)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{said} is not a number above 0")
    return number


def _autoencoder(run: Run, pictures: Pictures) -> tuple[AutoencoderKL, Tensor]:
    """The trained autoencoder and the latents of all pictures (not scaled)."""
    folder, finished = run.path("autoencoder"), run.kept(LATENTS)
    if finished is not None:
        log("autoencoder: taken from the last checkpoint")
        return AutoencoderKL.from_pretrained(folder).eval(), finished["latents"].cpu()
    if run.start:
        vae = AutoencoderKL.from_pretrained(run.start / "vae").eval().to(run.device)
        return vae, _kept(run, vae, pictures)
    size = run.size
    vae = autoencoder.build(size.channels, size.autoencoder)
    _start(vae, pictures, size)
    learner = autoencoder.Learner.new(vae.to(run.device))
    if (unfinished := run.kept(AUTOENCODER)) is not None:
        learner.restore(unfinished)
        log(f"autoencoder: goes on from step {learner.step}")
    judged = held_out(64, size.pixels, start=2000)

    def save() -> None:
        log(f"autoencoder: {autoencoder.held_out_psnr(vae, judged):.2f} dB on pages it never saw")
        run.keep(AUTOENCODER, learner.state())

    clock = Clock(run.minutes * size.autoencoder_share, every=run.every, spent=learner.seconds)
    autoencoder.train(learner, pictures, clock, log, save, batch=size.autoencoder_batch, seed=run.seed)
    save()
    vae.eval()
    latents = autoencoder.encode_all(vae, pictures).cpu()
    spread = autoencoder.set_scale(vae, latents)
    log(f"autoencoder: {learner.step} steps; spread of each channel {spread}")
    vae.save_pretrained(folder)
    run.keep(LATENTS, {"latents": latents})
    return vae, latents


def _start(vae: AutoencoderKL, pictures: Pictures, size: Size) -> None:
    """Begin a 4x encoder at the linear optimum; a deeper one has more pixels in a patch than channels."""
    if len(size.autoencoder) != 3:
        return
    found = autoencoder.components(pictures, size.channels)
    log(f"components alone: {autoencoder.linear_psnr(pictures, found):.2f} dB")
    autoencoder.start_linear(vae, found)


def _kept(run: Run, vae: AutoencoderKL, pictures: Pictures) -> Tensor:
    latents = autoencoder.encode_all(vae, pictures).cpu()
    run.keep(LATENTS, {"latents": latents})
    vae.save_pretrained(run.path("autoencoder"))
    return latents


def _denoiser(run: Run, lessons: denoiser.Lessons, tokenizer: CLIPTokenizer, vae: AutoencoderKL) -> None:
    size = run.size
    words, unet = _networks(run, tokenizer, lessons.latents.shape[-1])
    learner = denoiser.Learner.new(unet.to(run.device), words.to(run.device), size.rate)
    if (unfinished := run.kept(DENOISER)) is not None:
        learner.restore(unfinished)
        log(f"denoiser: goes on from step {learner.step}")
    log(
        f"denoiser: {sum(p.numel() for p in unet.parameters()):,} parameters, "
        f"text {sum(p.numel() for p in words.parameters()):,}"
    )

    def save() -> None:
        run.keep(DENOISER, learner.state())
        means = learner.mean_unet.cpu().eval(), learner.mean_text.cpu().eval()
        kappa = denoiser.kappa(*means, lessons)
        export(run.path("model"), vae.cpu(), means[1], means[0], tokenizer, _about(run, learner, kappa))
        for mean in means:
            mean.to(run.device)
        log(f"denoiser: exported at step {learner.step}, kappa {kappa:.4f}")

    share = 0.0 if run.start else size.autoencoder_share
    clock = Clock(run.minutes * (1 - share), every=run.every, spent=learner.seconds)
    denoiser.train(learner, lessons, clock, log, save, batch=size.batch, seed=run.seed)
    save()


def _networks(run: Run, tokenizer: CLIPTokenizer, side: int) -> tuple[CLIPTextModel, UNet2DConditionModel]:
    size = run.size
    if run.start:
        words = CLIPTextModel.from_pretrained(run.start / "text_encoder").float().train()
        return words, UNet2DConditionModel.from_pretrained(run.start / "unet").float().train()
    words = text.build(tokenizer, size.text_width, size.text_layers)
    return words, denoiser.build(size.channels, side, size.unet, size.text_width)


def _about(run: Run, learner: denoiser.Learner, kappa: float) -> dict[str, Any]:
    """What palimpsest.json says: what the model knows, the constants the editor needs, how it was made."""
    return {
        "name": "Storybook",
        "knows": KNOWS,
        "kappa": round(kappa, 5),
        "mask_strength": MASK_STRENGTH,
        "size": run.size.pixels,
        "training": {
            "recipe": json.loads(json.dumps(asdict(run.size))),
            "world": fingerprint(),
            "seed": run.seed,
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
