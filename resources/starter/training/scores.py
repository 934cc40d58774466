"""Measures an exported model on scenes it never saw: reconstruction, and masks against known regions.

python -m resources.starter.training.scores resources/starter/model
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as fn
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from numpy.typing import NDArray
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from resources.starter.recipe import MASK_STRENGTH
from resources.starter.training import autoencoder, text
from resources.starter.training.clock import log
from resources.starter.training.objective import Velocity
from resources.starter.training.pictures import held_out
from resources.starter.world import (
    JUDGING_SEEDS,
    LOOKS,
    Change,
    Scene,
    Subject,
    captions,
    edit,
    render,
    sample,
)

DRAWS = 10
CUT = 0.3  # suits heat maps that follow no edges and start at 0; the editor's own are cut at 0.4
THRESHOLDS = np.linspace(0.05, 0.95, 37)
VISIBLE = 16  # levels of 255: a larger difference between two renders is seen

EDITS: tuple[tuple[str, Change], ...] = (
    ("horse", Change(kind="zebra")),
    ("zebra", Change(kind="horse")),
    ("horse", Change(kind="cow")),
    ("dog", Change(kind="cat")),
    ("bowl", Change(kind="basket")),
    ("tree", Change(look="winter")),
    ("car", Change(kind="truck")),
    ("ball", Change(kind="cube")),
)
"""What is changed in the 64 judged scenes, eight of each."""


@dataclass(frozen=True)
class Case:
    """One judged edit: the page, the region that must change, and both prompts."""

    page: NDArray[np.uint8]
    region: NDArray[np.bool_]
    reference: str
    query: str


@dataclass(frozen=True)
class Model:
    """An exported model, in full precision."""

    vae: AutoencoderKL
    unet: UNet2DConditionModel
    text: CLIPTextModel
    tokenizer: CLIPTokenizer
    abar: Tensor

    @classmethod
    def open(cls, folder: Path) -> "Model":
        return cls(
            AutoencoderKL.from_pretrained(folder / "vae").eval(),
            UNet2DConditionModel.from_pretrained(folder / "unet").eval(),
            CLIPTextModel.from_pretrained(folder / "text_encoder").eval(),
            CLIPTokenizer.from_pretrained(folder / "tokenizer"),
            DDIMScheduler.from_pretrained(folder / "scheduler").alphas_cumprod,
        )


def cases(size: int, per_edit: int = 8) -> list[Case]:
    """Single-subject judging scenes with a changed subject.

    What must change is where either subject is seen; where the look alone changes, what visibly differs.
    """
    found: list[Case] = []
    seeds = iter(JUDGING_SEEDS[5000:])
    for kind, change in EDITS:
        found += [_case(_scene(next(seeds), kind), change, size) for _ in range(per_edit)]
    return found


def _scene(seed: int, kind: str) -> Scene:
    """A judging scene's light and ground with one subject of this kind on it."""
    drawn = sample(seed)
    look = {"tree": "summer", "horse": "brown"}.get(kind)
    rng = np.random.default_rng([seed, 40])
    subject = Subject(kind, look or str(rng.choice(LOOKS[kind])))
    indoors = kind == "bowl"
    ground = (
        ("wood", "cloth")[int(rng.integers(2))]
        if indoors
        else ("meadow", "sand", "snow")[int(rng.integers(3))]
    )
    return Scene(seed, (subject,), ground, drawn.sky, "day" if indoors else drawn.time, drawn.season)


def _case(before: Scene, change: Change, size: int) -> Case:
    after = edit(before, change)
    page, (old,) = render(before, size)
    truth, (new,) = render(after, size)
    region = old | new if change.kind else np.abs(page.astype(int) - truth).max(-1) > VISIBLE
    named = 1 if before.subjects[0].kind == "tree" else 0
    return Case(page, region, captions(before)[named], captions(after)[named])


@torch.no_grad()
def heat(model: Model, case: Case, seed: int) -> NDArray[np.float32]:
    """DiffEdit's heat map at the page's size, 0 to 1: h = min(d, p) / p, p the 99th percentile of d."""
    latent = model.vae.encode(autoencoder.to_tensor(case.page[None])).latent_dist.mode()
    latent = latent * float(model.vae.config.scaling_factor)
    words = model.text(text.tokens(model.tokenizer, [case.reference, case.query])).last_hidden_state
    level = round(MASK_STRENGTH["v"] * len(model.abar)) - 1
    a = model.abar[level]
    noise = torch.randn(DRAWS, *latent.shape[1:], generator=torch.Generator().manual_seed(seed))
    noisy = a.sqrt() * latent + (1 - a).sqrt() * noise
    guesses = [_noise(model, noisy, level, side) for side in words.split(1)]
    d = (guesses[1] - guesses[0]).abs().mean((0, 1))[None, None]
    peak = d.quantile(0.99)
    h = d.clamp(max=peak) / peak
    page_size = case.page.shape[:2]
    return fn.interpolate(h, page_size, mode="bilinear", align_corners=False)[0, 0].numpy()


def _noise(model: Model, noisy: Tensor, level: int, words: Tensor) -> Tensor:
    v = model.unet(noisy, level, words.expand(len(noisy), -1, -1), return_dict=False)[0]
    a, s = Velocity().levels(torch.tensor(level))
    return Velocity().to_noise(v, noisy, a, s)


def iou(mask: NDArray[np.bool_], region: NDArray[np.bool_]) -> float:
    return float((mask & region).sum() / max(1, (mask | region).sum()))


def mask_scores(model: Model, judged: list[Case]) -> NDArray[np.float64]:
    """IoU of every case (rows) at every threshold of `THRESHOLDS` (columns)."""
    rows: list[list[float]] = []
    for number, case in enumerate(judged):
        found = heat(model, case, seed=number)
        rows.append([iou(found > threshold, case.region) for threshold in THRESHOLDS])
    return np.array(rows)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args(arguments)
    model = Model.open(chosen.folder)
    size = int(model.unet.config.sample_size) * 2 ** (len(model.vae.config.block_out_channels) - 1)
    reached = autoencoder.held_out_psnr(model.vae, held_out(256, size, start=3000))
    log(f"autoencoder: {reached:.2f} dB on 256 pages")
    table = mask_scores(model, cases(size))
    default = table[:, int(np.argmin(np.abs(THRESHOLDS - CUT)))]
    log(f"mask IoU at threshold {CUT}: {default.mean():.3f}; at each scene's best: {table.max(1).mean():.3f}")
    log(f"best common threshold: {THRESHOLDS[table.mean(0).argmax()]:.3f} with {table.mean(0).max():.3f}")
    per_edit = len(default) // len(EDITS)
    for row, (kind, change) in enumerate(EDITS):
        part = slice(row * per_edit, (row + 1) * per_edit)
        log(
            f"  {kind} -> {change.kind or change.look}: {default[part].mean():.3f}, "
            f"best {table[part].max(1).mean():.3f}"
        )


if __name__ == "__main__":
    main()
