"""Fixed-point inversion (AIDI, Pan et al., arXiv 2309.04907; ReNoise, Garibi et al., arXiv 2403.14602).

DDIM's inversion steps up with what the network says *below*, and so does not lead back. Here the noisier
latent y is sought from which DDIM's own step Φ down leads exactly to x. Φ is close to the identity, so the
residual is the correction:

    y ← y + (x − Φ(y; prediction at y))

It leaves y alone where Φ(y) = x, whatever the network. The form of the papers, y ← Φ⁻¹(x; ε̂(y)), has the same
fixed point, but divides by a of the noisier level, which is 0 at zero terminal SNR.
"""

from collections.abc import Callable, Sequence

import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, step


def encode(
    predict: Callable[[torch.Tensor, Level], Prediction],
    x0: torch.Tensor,
    levels: Sequence[Level],
    on_step: Callable[[int, Prediction], None],
    iterations: int,
    start: Sequence[torch.Tensor] = (),
) -> list[torch.Tensor]:
    """The trajectory from the picture up to the last level; see `diffedit.encode`.

    Evaluates 1 + iterations × steps times. Each step is guessed from where the last one came from, so that it
    depends on the trajectory alone and a known beginning of it (`start`) is a prefix.
    """
    trajectory = list(start) or [x0]
    for i in range(len(trajectory) - 1, len(levels) - 1):
        x, here, above = trajectory[i], levels[i], levels[i + 1]
        prediction = through(trajectory[i - 1], levels[i - 1], x, here) if i else predict(x, here)
        y = step(prediction, above)
        for _ in range(iterations):
            prediction = predict(y, above)
            y = y + (x - step(prediction, here))
        trajectory.append(y)
        on_step(i + 1, prediction)
    return trajectory


def through(below: torch.Tensor, low: Level, above: torch.Tensor, high: Level) -> Prediction:
    """The one (ε̂, x̂0) whose line runs through two latents: below = a·x0 + s·eps at `low`, above at `high`.

    Where `above` is the fixed point this is what the network says there.
    """
    determinant = low.a * high.s - high.a * low.s
    return Prediction(
        eps=(low.a * above - high.a * below) / determinant,
        x0=(high.s * below - low.s * above) / determinant,
    )
