"""FlowEdit (Kulikov et al., arXiv 2412.08629, algorithm 1): from prompt to prompt, without an inversion.

At every level the picture is seen under fresh noise n, and beside it what has come of it so far:

    z_src = (1 − σ)·x0 + σ·n,   z_tar = z + z_src − x0
    z ← z + (σ_to − σ)·(v(z_tar, query) − v(z_src, reference))

both guided. What is kept here is the gap d = z_tar − z_src. As a flow's deterministic step is
Φ(x) = x + (σ_to − σ)·v, the last line says

    d ← Φ(z_tar) − Φ(z_src),   Φ = a_to·x̂0 + s_to·ε̂

and this form asks for no flow: with the Φ of a VP model it is the same walk on another scale of x. At level 0
the picture is x0 + d: x0 exactly where d is held at 0, outside the mask, and wherever both predictions agree.

The mean over n_avg noises is taken of d, as the paper takes it of v. The last n_min steps go down from z_tar
by the query alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from core.diffusion import diffedit
from core.diffusion.loss_guidance import Steer, straight
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, noised, slerp, step

Turn = Callable[[torch.Tensor], torch.Tensor]  # a noise of the picture → what the query sees in its place


@dataclass(frozen=True)
class SourcePath:
    """The picture x0 (B, C, h, w) as it is seen on the way.

    draws   for each level from n_min + 1 on, the least noisy first, n_avg noises and what the network says of
            x0 under them, told what is there
    levels  from the picture to where the way begins
    noise   of the level n_min, at which the query is left alone
    """

    x0: torch.Tensor
    levels: Sequence[Level]
    draws: Sequence[Sequence[tuple[torch.Tensor, Prediction]]]
    noise: torch.Tensor

    @property
    def n_min(self) -> int:
        return len(self.levels) - 1 - len(self.draws)


def edit(
    predict: diffedit.Guided,
    source: SourcePath,
    mask: torch.Tensor,
    weights: Sequence[float],
    on_step: diffedit.OnStep,
    turn: Turn | None = None,
    steer: Steer = straight,
) -> torch.Tensor:
    """The picture's latent after the edit, outside the mask its own.

    predict: of the query, once for each draw; mask: (1, 1, h, w) in {0, 1}; weights: one per step, noisiest
    first; on_step hears of x0 + x̂0_tar − x̂0_src. `turn` and `steer` move what the query sees.
    """
    x0, levels, steps = source.x0, source.levels, len(source.levels) - 1
    turn = turn or _as_it_is
    gap = torch.zeros_like(x0)
    for done, draws in enumerate(reversed(source.draws), start=1):
        here, to, weight = levels[steps - done + 1], levels[steps - done], weights[done - 1]
        gaps: list[torch.Tensor] = []
        ends: list[Prediction] = []
        for noise, told in draws:
            own = turn(noise)
            z = noised(x0, own, here) + gap
            now = steer(done, Seen(z, here, predict(z, here, weight))).prediction
            gaps.append(step(now, to) - step(told, to) - to.s * (own - noise))
            ends.append(Prediction(now.eps, x0 + now.x0 - told.x0))
        gap = mask * _mean(gaps)
        on_step(done, Prediction(_mean([end.eps for end in ends]), _mean([end.x0 for end in ends])))
    return _drawn(predict, source, gap, mask, weights, on_step, turn, steer)


def turned(fresh: torch.Tensor, mask: torch.Tensor, variation: float) -> Turn:
    """Inside the mask the query sees noise that is turned towards one fresh noise, the same at every level.

    variation in [0, 1]; at 1 it walks as masked SDEdit does, less what the source's steps miss.
    """
    if variation == 0:
        return _as_it_is
    return lambda noise: torch.where(mask > 0, slerp(noise, fresh, variation), noise)


def _drawn(
    predict: diffedit.Guided,
    source: SourcePath,
    gap: torch.Tensor,
    mask: torch.Tensor,
    weights: Sequence[float],
    on_step: diffedit.OnStep,
    turn: Turn,
    steer: Steer,
) -> torch.Tensor:
    """The last n_min steps, by the query alone; at n_min = 0 what the gap has come to."""
    led, levels = len(source.draws), source.levels[: source.n_min + 1]
    return diffedit.decode(
        predict,
        diffedit.renoise(source.x0, levels, source.noise),
        levels,
        mask,
        weights[led:],
        lambda i, prediction: on_step(led + i, prediction),
        start=noised(source.x0, turn(source.noise), levels[-1]) + gap,
        steer=lambda i, seen: steer(led + i, seen),
    )


def _mean(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return tensors[0] if len(tensors) == 1 else torch.stack(list(tensors)).mean(0)


def _as_it_is(noise: torch.Tensor) -> torch.Tensor:
    return noise
