"""Edit-friendly DDPM inversion (Huberman-Spiegelglas et al., arXiv 2304.06140).

Every level gets its own independent noise, x_t = a_t·x0 + s_t·ε̃_t (their eq. 6), and what DDPM's step
then misses is kept: z_t = (x_{t−1} − μ(x_t))/σ_t (eq. 5). Decoding adds the same z_t again, which gives the
picture back exactly whatever the network, in any number of steps. Kept is c_t = σ_t·z_t itself, so that the
last step, where σ = 0 and z has no value, is exact too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, Solve, noised


def encode(
    predict: Callable[[torch.Tensor, Level], Prediction],
    x0: torch.Tensor,
    levels: Sequence[Level],
    noises: Iterable[torch.Tensor],
    on_step: Callable[[int, Prediction], None],
    start: Sequence[torch.Tensor] = (),
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """The latents, one per level, the first being x0; and c, one per level from the second on.

    noises: one per level from the second on, each of x0's shape. start: the first c, where they are known:
    each level's is its own, so that a longer way goes on from a shorter one.
    """
    above = zip(noises, levels[1:], strict=True)
    trajectory = [x0, *(noised(x0, noise, level) for noise, level in above)]
    corrections = list(start[: len(levels) - 1])
    for i in range(len(corrections) + 1, len(levels)):
        prediction = predict(trajectory[i], levels[i])
        corrections.append(trajectory[i - 1] - mean(prediction, levels[i], levels[i - 1]))
        on_step(i, prediction)
    return trajectory, corrections


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
