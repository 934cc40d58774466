"""DiffEdit (Couairon et al., arXiv 2210.11427): heat map · encode · decode, as in §3.2 of the paper.

Everything here takes the network as a function; latents are (1, C, h, w).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch

from core.diffusion.clamp import Clamp
from core.diffusion.contrast import Contrast, Draws
from core.diffusion.guidance import ZERO_SIGNAL
from core.diffusion.loss_guidance import Steer, straight
from core.diffusion.rule import Rule
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, Solve, ddim, noised, slerp

Predict = Callable[[torch.Tensor, Level], Prediction]  # unguided
Guided = Callable[[torch.Tensor, Level, float], Prediction]  # with a guidance weight
OnStep = Callable[[int, Prediction], None]  # steps done, what was predicted

LEAST_DRAWS = 3  # before a heat map may be called settled: two can agree by chance


def contrasts(
    predict_both: Callable[[torch.Tensor, Level], tuple[Prediction, Prediction]],
    x0: torch.Tensor,
    level: Level,
    noises: Iterable[torch.Tensor],
    rule: Rule = Rule.DIFFERENCE,
) -> Iterator[Contrast]:
    """Step 1, draw by draw: where the prompts disagree, over all draws so far; R's prediction is the first.

    By the paper's rule that is the mean of |ε̂_Q − ε̂_R| over channels and draws.
    noises: blocks (B, C, h, w) of B draws, each block predicted at once. Both prompts see the same noise. No
    guidance: with a shared unconditional term it would only scale the difference, which the clamp divides
    out.
    """
    draws = Draws(rule)
    for noise in noises:
        reference, query = predict_both(noised(x0, noise, level), level)
        if level.a < ZERO_SIGNAL:
            fields = reference.x0, query.x0, x0.expand_as(noise)
        else:
            fields = reference.eps, query.eps, noise
        yield from draws.add(*fields)


def settling(
    contrasts: Iterable[Contrast], tolerance: float, clamp: Clamp = Clamp.RANGE, rule: Rule = Rule.DIFFERENCE
) -> Iterator[Contrast]:
    """The contrast after each draw, scaled to a heat map, until one more draw hardly moves it.

    By the difference, once the last one hardly moved it: by the weighted Jaccard distance
    1 − Σ min(h, h′)/Σ max(h, h′), the share by which the masks of before and after differ (1 − IoU), over all
    thresholds at once, so that a new threshold needs no new draw. By evidence, once the next one is expected
    to move it as little, judging by the spread of all draws (docs/decisions/053).
    tolerance: the share that counts as settled; 0 takes every draw.
    """
    before: torch.Tensor | None = None
    for n, contrast in enumerate(contrasts, start=1):
        found = contrast.scaled(clamp)
        yield found
        if before is not None and n >= LEAST_DRAWS and tolerance > 0:
            by_spread = rule is Rule.EVIDENCE
            if found.next_move(n) <= tolerance if by_spread else _alike(before, found.apart, tolerance):
                return
        before = found.apart


def _alike(before: torch.Tensor, now: torch.Tensor, tolerance: float) -> bool:
    overlap, union = torch.minimum(before, now).sum(), torch.maximum(before, now).sum()
    return bool(union - overlap <= tolerance * union)


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
    exactly masked SDEdit at every ratio. At s = 0 there is none. mask: (1, 1, h, w) in {0, 1}.
    """
    if variation == 0 or level.s == 0:
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
