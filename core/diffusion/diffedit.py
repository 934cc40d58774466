"""DiffEdit (Couairon et al., arXiv 2210.11427): heat map · encode · decode, as in §3.2 of the paper.

Everything here takes the network as a function; latents are (1, C, h, w).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch

from core.diffusion.clamp import Clamp
from core.diffusion.guidance import ZERO_SIGNAL
from core.diffusion.loss_guidance import Steer, straight
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, Solve, ddim, noised, slerp

Predict = Callable[[torch.Tensor, Level], Prediction]  # unguided
Guided = Callable[[torch.Tensor, Level, float], Prediction]  # with a guidance weight
OnStep = Callable[[int, Prediction], None]  # steps done, what was predicted

PEAK = 0.99  # the quantile of the difference above which all counts as outliers
MEANS = 3.0  # … or the multiple of its mean
LEAST_DRAWS = 3  # before a heat map may be called settled: two can agree by chance
EQUAL = 1e-6  # a mean difference below this share of |ε̂| ≈ 1 is rounding: the prompts say the same


def differences(
    predict_both: Callable[[torch.Tensor, Level], tuple[Prediction, Prediction]],
    x0: torch.Tensor,
    level: Level,
    noises: Iterable[torch.Tensor],
) -> Iterator[torch.Tensor]:
    """Step 1, draw by draw: the running mean of |ε̂_Q − ε̂_R| over channels and draws, (h, w).

    noises: blocks (B, C, h, w) of B draws, each block predicted at once. Both prompts see the same noise. No
    guidance: with a shared unconditional term it would only scale the difference, which the clamp divides
    out.
    """
    total, n = torch.zeros(()), 0
    for noise in noises:
        reference, query = predict_both(noised(x0, noise, level), level)
        apart = query.x0 - reference.x0 if level.a < ZERO_SIGNAL else query.eps - reference.eps
        for difference in apart.float().abs().mean(dim=1).cpu():
            total, n = total + difference, n + 1
            yield total / n


def heat(difference: torch.Tensor, clamp: Clamp = Clamp.RANGE) -> torch.Tensor:
    """Clamp outliers and scale: h = min(d, l) / l, in [0, 1], the limit l by `clamp`.

    The paper cuts extreme values and scales to [0, 1] without saying where. By the mean a threshold of 0.5 is
    d > 1.5·mean d, which asks the more of every cell the larger the region is. RANGE and PEAK differ later,
    where the map is brought to the picture (`core.edit.result.HeatMap.on`).
    difference: (h, w) ≥ 0. All 0 when the prompts say the same.
    """
    if not difference.mean() > EQUAL:
        return torch.zeros_like(difference)
    limit = MEANS * difference.mean() if clamp is Clamp.MEAN else difference.quantile(PEAK)
    if not limit > EQUAL:  # all but a few cells are 0
        limit = difference.max()
    return difference.clamp(max=limit) / limit


def settling(
    means: Iterable[torch.Tensor], tolerance: float, clamp: Clamp = Clamp.RANGE
) -> Iterator[torch.Tensor]:
    """The heat map after each draw, until one more draw hardly moved it.

    Measured by the weighted Jaccard distance 1 − Σ min(h, h′)/Σ max(h, h′): the share by which the masks of
    before and after differ (1 − IoU), over all thresholds at once, so that a new threshold needs no new draw.
    tolerance: the distance that counts as settled; 0 takes every draw.
    """
    before: torch.Tensor | None = None
    for n, mean in enumerate(means, start=1):
        now = heat(mean, clamp)
        yield now
        if before is not None and n >= LEAST_DRAWS and tolerance > 0:
            overlap, union = torch.minimum(before, now).sum(), torch.maximum(before, now).sum()
            if union - overlap <= tolerance * union:
                return
        before = now


def encode(
    predict: Predict,
    x0: torch.Tensor,
    levels: Sequence[Level],
    on_step: OnStep,
    start: Sequence[torch.Tensor] = (),
    solve: Solve = ddim,
) -> list[torch.Tensor]:
    """Step 2: inversion (DDIM's) from the picture up to the last level, unconditional and unguided.

    Returns the whole trajectory, one latent per level, the first being x0. `start` is a known beginning of it
    (a shorter ratio's trajectory is a prefix of a longer one's).
    """
    trajectory, before = list(start) or [x0], None
    for i in range(len(trajectory) - 1, len(levels) - 1):
        now = Seen(trajectory[i], levels[i], predict(trajectory[i], levels[i]))
        trajectory.append(solve(now, before, levels[i + 1]))
        on_step(i + 1, now.prediction)
        before = now
    return trajectory


def renoise(x0: torch.Tensor, levels: Sequence[Level], noise: torch.Tensor) -> list[torch.Tensor]:
    """SDEdit's encoding (arXiv 2108.01073): the picture at each level with one fixed noise, level 0 clean."""
    return [noised(x0, noise, level) for level in levels]


def vary(
    latent: torch.Tensor,
    x0: torch.Tensor,
    noise: torch.Tensor,
    level: Level,
    mask: torch.Tensor,
    variation: float,
) -> torch.Tensor:
    """Inside the mask, turn the noise that inversion found towards fresh noise: ε ← slerp(ε, noise, v).

    The encoded latent is x_r = a·x0 + s·ε; only its ε is turned, so that v = 0 is DiffEdit and v = 1
    exactly masked SDEdit at every ratio. mask: (1, 1, h, w) in {0, 1}.
    """
    if variation == 0:
        return latent
    found = (latent - level.a * x0) / level.s
    return torch.where(mask > 0, noised(x0, slerp(found, noise, variation), level), latent)


def decode(
    predict: Guided,
    trajectory: Sequence[torch.Tensor],
    levels: Sequence[Level],
    mask: torch.Tensor,
    weights: Sequence[float],
    on_step: OnStep,
    start: torch.Tensor | None = None,
    solve: Solve = ddim,
    steer: Steer = straight,
) -> torch.Tensor:
    """Step 3: masked decoding (DDIM's) with guidance, down to level 0.

    trajectory[i] is the picture's latent at levels[i]; after each step to a level, everything outside the
    mask is put back from the latent stored **at that same level**, so that at level 0 it is the photo's own.
    mask: (1, 1, h, w) in [0, 1]; weights: one per step, noisiest first; `start` replaces trajectory[-1];
    `steer` may move what a step saw before the step is taken.
    """
    y, before = trajectory[-1] if start is None else start, None
    noisiest_first = range(len(levels) - 1, 0, -1)
    for done, (i, weight) in enumerate(zip(noisiest_first, weights, strict=True), start=1):
        now = steer(done, Seen(y, levels[i], predict(y, levels[i], weight)))
        y = mask * solve(now, before, levels[i - 1]) + (1 - mask) * trajectory[i - 1]
        on_step(done, now.prediction)
        before = now
    return y
