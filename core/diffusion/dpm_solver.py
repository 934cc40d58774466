"""DPM-Solver++(2M) (Lu et al., arXiv 2211.01095, algorithm 2): second order from two steps' x̂0, both ways.

Between two levels x̂0 is taken as linear in the log-SNR λ = log(a/s). With h = λ_to − λ_now and
r = (λ_now − λ_before)/h (their eq. 16 ff.):

    D    = x̂0_now + (x̂0_now − x̂0_before)/(2r)
    x_to = (s_to/s)·x − a_to·(e^{−h} − 1)·D  =  a_to·D + s_to·(x − a·D)/s

The second form is DDIM's step with D in place of x̂0; it inverts when `to` is noisier.
"""

import math

import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, ddim, step


def second_order(now: Seen, before: Seen | None, to: Level) -> torch.Tensor:
    """One step of 2M. First order (DDIM) at the first step, and where λ is infinite: a = 0 or s = 0."""
    here = now.level
    if before is None or not all(level.a and level.s for level in (before.level, here, to)):
        return ddim(now, before, to)
    h, last = _log_snr(to) - _log_snr(here), _log_snr(here) - _log_snr(before.level)
    x0 = now.prediction.x0 + (now.prediction.x0 - before.prediction.x0) * (h / (2 * last))
    return step(Prediction(eps=(now.x - here.a * x0) / here.s, x0=x0), to)


def _log_snr(level: Level) -> float:
    """λ = log(a/s)."""
    return math.log(level.a / level.s)
