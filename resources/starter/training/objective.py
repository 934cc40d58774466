"""What the denoiser learns to predict, and on which way from the page to noise: x = a x0 + s ε."""

from typing import Protocol

from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from torch import Tensor

TIMES = 1000


class Objective(Protocol):
    """times: what the network is asked at, of numbers in [0, 1); levels: a and s at such times, one each."""

    name: str

    def scheduler(self) -> DDIMScheduler | FlowMatchEulerDiscreteScheduler: ...
    def times(self, shares: Tensor, /) -> Tensor: ...
    def levels(self, times: Tensor, /) -> tuple[Tensor, Tensor]: ...

    def target(self, latents: Tensor, noise: Tensor, a: Tensor, s: Tensor, /) -> Tensor:
        """What the network is to say."""
        ...

    def to_noise(self, said: Tensor, noisy: Tensor, a: Tensor, s: Tensor, /) -> Tensor:
        """ε̂ by what it says."""
        ...


class Velocity:
    """v = a ε − s x0 on Stable Diffusion's noise levels, a² + s² = 1."""

    name = "v"

    def __init__(self) -> None:
        self._abar = self.scheduler().alphas_cumprod

    def scheduler(self) -> DDIMScheduler:
        return DDIMScheduler(
            num_train_timesteps=TIMES,
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
            prediction_type="v_prediction",
        )

    def times(self, shares: Tensor, /) -> Tensor:
        return (shares * TIMES).long()

    def levels(self, times: Tensor, /) -> tuple[Tensor, Tensor]:
        abar = self._abar[times]
        return abar.sqrt(), (1 - abar).sqrt()

    def target(self, latents: Tensor, noise: Tensor, a: Tensor, s: Tensor, /) -> Tensor:
        return a * noise - s * latents

    def to_noise(self, said: Tensor, noisy: Tensor, a: Tensor, s: Tensor, /) -> Tensor:
        return a * said + s * noisy


class RectifiedFlow:
    """v = ε − x0 on straight lines, a = 1 − s (arXiv 2209.03003); the network is asked at s · 1000."""

    name = "flow"

    def scheduler(self) -> FlowMatchEulerDiscreteScheduler:
        return FlowMatchEulerDiscreteScheduler(num_train_timesteps=TIMES)

    def times(self, shares: Tensor, /) -> Tensor:
        return (1 - shares) * TIMES  # never 0: there is nothing to predict

    def levels(self, times: Tensor, /) -> tuple[Tensor, Tensor]:
        s = times / TIMES
        return 1 - s, s

    def target(self, latents: Tensor, noise: Tensor, _a: Tensor, _s: Tensor, /) -> Tensor:
        return noise - latents

    def to_noise(self, said: Tensor, noisy: Tensor, a: Tensor, _s: Tensor, /) -> Tensor:
        return noisy + a * said


OBJECTIVES: dict[str, Objective] = {it.name: it for it in (Velocity(), RectifiedFlow())}
