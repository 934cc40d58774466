"""UNet and text encoder, trained together to denoise latents.

The UNet predicts a velocity, v = a ε − s x0 or a flow's (resources.starter.training.objective). Where noise
prevails, predicting ε would mean copying the input out again, which a small network learns slowly and never
exactly, and every error in it is divided by a in x̂0.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn

from resources.starter.training.clock import Clock, Log
from resources.starter.training.objective import TIMES, Objective

EMPTY_SHARE = 0.12
"""Share of captions replaced by the empty text, which is what guidance subtracts."""
LATE = 0.55
"""Power on evenly spread times."""
EMPHASIS = 4.0
"""How much more an error counts where a page differs from its twin."""


def build(
    channels: int, sample_size: int, widths: tuple[int, ...], text_width: int, layers: int = 1
) -> UNet2DConditionModel:
    """A small UNet; the text is seen on every level but the first, by so many layers of attention a place."""
    lower = len(widths) - 1
    return UNet2DConditionModel(
        sample_size=sample_size,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=widths,
        layers_per_block=1,
        transformer_layers_per_block=layers,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * lower,
        up_block_types=("CrossAttnUpBlock2D",) * lower + ("UpBlock2D",),
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=text_width,
        attention_head_dim=4,
        norm_num_groups=16,
    )


@dataclass
class Learner:
    """Everything a checkpoint holds: the two networks, their running averages, optimiser and progress."""

    unet: UNet2DConditionModel
    text: nn.Module
    mean_unet: UNet2DConditionModel
    mean_text: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def new(cls, unet: UNet2DConditionModel, text: nn.Module, rate: float) -> "Learner":
        unet.to(memory_format=torch.channels_last)
        groups = [
            {"params": list(unet.parameters()), "base": rate},
            {"params": list(text.parameters()), "base": rate},
        ]
        optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99), weight_decay=1e-2)
        means = copy.deepcopy(unet).requires_grad_(False), copy.deepcopy(text).requires_grad_(False)
        return cls(unet, text, *means, optimizer)

    def state(self) -> dict[str, object]:
        parts = {name: getattr(self, name).state_dict() for name in _PARTS}
        return {**parts, "step": self.step, "seconds": self.seconds}

    def restore(self, state: dict[str, object]) -> None:
        for name in _PARTS:
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds = int(str(state["step"])), float(str(state["seconds"]))

    @torch.no_grad()
    def average(self) -> None:
        """Running average with a memory that grows to about 1,000 steps."""
        keep = min(0.999, (1 + self.step) / (10 + self.step))
        for mean, live in ((self.mean_unet, self.unet), (self.mean_text, self.text)):
            torch._foreach_lerp_(list(mean.parameters()), list(live.parameters()), 1 - keep)


_PARTS = ("unet", "text", "mean_unet", "mean_text", "optimizer")


def emphasis(latents: Tensor) -> Tensor:
    """Weights of every page's errors, `(N, 1, h, w)`, of mean 1 on each: more where it differs from its twin.

    There the words decide what is seen. It is a tenth of a page with a changed subject, and the rest, which
    any words allow, would be most of the lesson. latents: `(N, C, h, w)`, scaled, each scene before its twin.
    """
    twins = latents.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
    changed = (latents - twins).abs().mean(1, keepdim=True)
    weights = 1 + EMPHASIS * (changed / 0.5).clamp(max=1)
    return weights / weights.mean((1, 2, 3), keepdim=True)


@dataclass(frozen=True)
class Lessons:
    """What is learned from: scaled latents and every latent's captions, each scene before its twin."""

    latents: Tensor
    captions: list[Tensor]
    """One `(K, tokens)` tensor a picture."""
    empty: Tensor
    """The empty text, `(tokens,)`."""

    def draw(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Numbers of a batch's pages and a token row of each, `EMPTY_SHARE` of them the empty text."""
        chosen = torch.randint(len(self.latents), (batch,), generator=generator)
        dice = torch.rand(batch, 2, generator=generator)
        rows = [
            self.empty if float(a) < EMPTY_SHARE else self.captions[i][int(float(b) * len(self.captions[i]))]
            for i, (a, b) in zip(chosen.tolist(), dice.tolist(), strict=True)
        ]
        return chosen, torch.stack(rows)


def train(
    learner: Learner,
    lessons: Lessons,
    objective: Objective,
    clock: Clock,
    log: Log,
    save: Callable[[], None],
    batch: int = 32,
    seed: int = 0,
) -> None:
    """Mean square of v̂ − v, weighted by `emphasis`, until the clock is over."""
    generator = torch.Generator().manual_seed(seed + learner.step)
    device = next(learner.unet.parameters()).device
    weights = emphasis(lessons.latents)
    running, since = 0.0, learner.step
    while not clock.over:
        for group in learner.optimizer.param_groups:
            group["lr"] = group["base"] * clock.rate(learner.step, warmup=200)
        pages, words = lessons.draw(batch, generator)
        latents = lessons.latents[pages]
        time = objective.times(_shares(batch, generator))
        noise = torch.randn(latents.shape, generator=generator)
        a, s = (it.view(-1, 1, 1, 1) for it in objective.levels(time))
        noisy = a * latents + s * noise
        v = objective.target(latents, noise, a, s)
        seen = learner.text(words.to(device)).last_hidden_state
        noisy = noisy.to(device, memory_format=torch.channels_last)
        guess = learner.unet(noisy, time.to(device), seen, return_dict=False)[0]
        loss = (weights[pages].to(device) * (guess - v.to(device)) ** 2).mean()
        learner.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_([*learner.unet.parameters(), *learner.text.parameters()], 1.0)
        learner.optimizer.step()
        learner.step += 1
        learner.average()
        running += float(loss.detach())
        if learner.step % 100 == 0:
            log(
                f"denoiser step {learner.step} loss {running / max(1, learner.step - since):.4f} "
                f"lr factor {clock.rate(learner.step):.3f}"
            )
            running, since = 0.0, learner.step
        if clock.due():
            learner.seconds = clock.seconds
            save()
    learner.seconds = clock.seconds


def _shares(count: int, generator: torch.Generator) -> Tensor:
    """Shares of the schedule, from a random start evenly spread: every batch sees every kind of noise.

    The noisy ones come more often, density ∝ t^(1/LATE − 1): only where little is seen do the words matter.
    """
    start = torch.rand(1, generator=generator)
    return ((start + torch.arange(count) / count) % 1) ** LATE


@torch.no_grad()
def error(
    unet: UNet2DConditionModel, text: nn.Module, lessons: Lessons, objective: Objective, seed: int = 2
) -> float:
    """Mean square of v̂ − v over ten levels of the schedule, every page under its first caption."""
    generator = torch.Generator().manual_seed(seed)
    latents = lessons.latents
    told = text(torch.stack([rows[0] for rows in lessons.captions])).last_hidden_state
    missed: list[Tensor] = []
    for time in range(50, TIMES, 100):
        a, s = objective.levels(torch.tensor(time))
        noise = torch.randn(latents.shape, generator=generator)
        v = objective.target(latents, noise, a, s)
        missed.append((unet(a * latents + s * noise, time, told, return_dict=False)[0] - v).square().mean())
    return float(torch.stack(missed).mean())


@torch.no_grad()
def kappa(
    unet: UNet2DConditionModel,
    text: nn.Module,
    lessons: Lessons,
    objective: Objective,
    count: int = 64,
    seed: int = 1,
) -> float:
    """Mean of ‖t − u‖ / ‖u‖, on ε̂, over 20 levels of the schedule and `count` latents with a caption each."""
    generator = torch.Generator().manual_seed(seed)
    latents = lessons.latents[:count]
    words = torch.stack(
        [rows[int(torch.randint(len(rows), (1,), generator=generator))] for rows in lessons.captions[:count]]
    )
    told = text(words).last_hidden_state
    untold = text(lessons.empty[None]).last_hidden_state.expand(len(latents), -1, -1)
    ratios: list[Tensor] = []
    for time in range(1, TIMES, 50):
        a, s = objective.levels(torch.tensor(time))
        noisy = a * latents + s * torch.randn(latents.shape, generator=generator)
        t, u = (
            objective.to_noise(unet(noisy, time, read, return_dict=False)[0], noisy, a, s).flatten(1)
            for read in (told, untold)
        )
        ratios.append((t - u).norm(dim=1) / u.norm(dim=1))
    return float(torch.stack(ratios).mean())
