"""Edit-friendly DDPM inversion (Huberman-Spiegelglas et al., arXiv 2304.06140).

Every level gets its own independent noise, x_t = a_t·x0 + s_t·ε̃_t (their eq. 6), and what DDPM's step
then misses is kept: z_t = (x_{t−1} − μ(x_t))/σ_t (eq. 5). Decoding adds the same z_t again, which gives the
picture back exactly whatever the network, in any number of steps. Kept is c_t = σ_t·z_t itself, so that the
last step, where σ = 0 and z has no value, is exact too.

No latent waits for another's prediction: the network may be asked for a block of levels at once.

In the few steps of a distilled model these noise maps haven't the statistics that its schedule expects, and
edits come out with artefacts. A shift mends it: the picture is noised as at a level some 200 of 1000 steps
lower, while network and step are told the level itself (TurboEdit: Deutch et al., arXiv 2408.00735). c then
holds the difference too, so that the picture still comes back exactly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, Solve, noised

Tensors = tuple[torch.Tensor, ...]
PredictEach = Callable[[Sequence[torch.Tensor], Sequence[Level]], Sequence[Prediction]]  # one for each latent
Keep = Callable[[range, Callable[[], Tensors]], Tensors]  # a block of levels, and what makes its c


def _anew(_block: range, make: Callable[[], Tensors]) -> Tensors:
    return make()


def encode(
    predict: PredictEach,
    x0: torch.Tensor,
    levels: Sequence[Level],
    noises: Iterable[torch.Tensor],
    on_step: Callable[[int, Prediction], None],
    at_once: int = 1,
    keep: Keep = _anew,
    seen: Sequence[Level] | None = None,
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """The latents, one per level, the first being x0; and c, one per level from the second on.

    noises: one per level from the second on, each of x0's shape. at_once: levels in a block, counted from
    the picture; what is over makes a smaller one at the end. keep: has a block's c or lets them be made.
    seen: for each of the levels the one that the picture is noised to, where that is another.
    """
    above = zip(noises, (seen or levels)[1:], strict=True)
    trajectory = [x0, *(noised(x0, noise, level) for noise, level in above)]
    corrections: list[torch.Tensor] = []
    for first in range(1, len(levels), at_once):
        block = range(first, min(first + at_once, len(levels)))
        corrections += keep(block, partial(_missed, predict, trajectory, levels, block, on_step))
    return trajectory, corrections


def _missed(
    predict: PredictEach,
    trajectory: Sequence[torch.Tensor],
    levels: Sequence[Level],
    block: range,
    on_step: Callable[[int, Prediction], None],
) -> Tensors:
    """c of a block's levels: by what each step down misses the latent below."""
    found = predict([trajectory[i] for i in block], [levels[i] for i in block])
    missed: list[torch.Tensor] = []
    for i, prediction in zip(block, found, strict=True):
        missed.append(trajectory[i - 1] - mean(prediction, levels[i], levels[i - 1]))
        on_step(i, prediction)
    return tuple(missed)


def solver(corrections: Mapping[Level, torch.Tensor]) -> Solve:
    """Decoding's step: x_{t−1} = μ(x_t) + c_t, c_t by the level that is left."""

    def solve(now: Seen, _before: Seen | None, to: Level) -> torch.Tensor:
        return mean(now.prediction, now.level, to) + corrections[now.level]

    return solve


def mean(prediction: Prediction, here: Level, to: Level) -> torch.Tensor:
    """μ = a_to·x̂0 + √(s_to² − σ²)·ε̂ with DDPM's σ² = (s_to/s)²·(1 − (a/a_to)²): DDIM at η = 1.

    (arXiv 2010.02502, eq. 12 and 16.) Wide steps of flow models can ask for more noise than there is: then
    σ = s_to.
    """
    variance = min((to.s / here.s) ** 2 * (1 - (here.a / to.a) ** 2), to.s**2)
    return to.a * prediction.x0 + (to.s**2 - variance) ** 0.5 * prediction.eps
