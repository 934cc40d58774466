"""How the unconditional prediction u and the conditional t become one: guidance and its rescalings.

plain       p = u + w·(t − u)                            (Ho & Salimans, arXiv 2207.12598)
update      p = u + κ·w·(t − u)·‖u‖/‖t − u‖              (norm-based guidance, Guided-TTS, arXiv 2111.11755)
prediction  p ← p·‖u‖/‖p‖
both        update, then prediction
std         p ← p·(φ·std(t)/std(p) + 1 − φ), φ = 0.7     (Lin et al., arXiv 2305.08891, §3.4)
projected   p = t + (w − 1)·(Δ⊥ + η·Δ∥) on x̂0            (APG: Sadat et al., arXiv 2410.02416, algorithm 1)
            Δ = t − u, shortened to the radius r; Δ∥ its part along t, which is what oversaturates

Norms are Frobenius, per sample, on ε̂ (norms of raw v predictions fail); on x̂0 where a = 0 and ε̂ says nothing.
There `update` is plain: κ was measured on ε̂ and says nothing of x̂0, where ‖t − u‖/‖u‖ is some twenty times as
large. `std` is taken on what the network predicts, as Lin et al. do it, and diffusers after them: a v model's
spread and its ε̂'s are brought back by different factors.
APG's momentum is left out, so that a step's guidance depends on that step alone.
"""

from dataclasses import dataclass, field

import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Field, Prediction
from core.diffusion.trace import StepTrace
from core.diffusion.weight import Projection, Rescale

PHI = 0.7  # Lin et al.'s recommended share of the std rescale
UPDATE_RATIO_LIMIT = 200.0  # cap on ‖u‖/‖t−u‖, which diverges as t → u: typical is 50 (κ ≈ 0.02)
KAPPA_UNKNOWN = 0.02
ZERO_SIGNAL = 1e-6  # below this a, x̂0 can't be had from ε̂


@dataclass(frozen=True)
class Combination:
    """rescale: which formula; kappa: the model's mean ‖t−u‖/‖u‖, which brings `update` to the plain scale.

    projection: the numbers of `projected`.
    least: of the weight that `update` comes to; 1 where u is a text to avoid, towards which less would lead
    predicts: what the network predicts, on which `std` is taken
    """

    rescale: Rescale = Rescale.OFF
    kappa: float = KAPPA_UNKNOWN
    projection: Projection = field(default_factory=Projection)
    least: float = 0.0
    predicts: Field = Field.EPSILON


def combine(
    u: Prediction | None,
    t: Prediction | None,
    weight: float,
    combination: Combination,
    level: Level,
    mask: torch.Tensor | None = None,
) -> tuple[Prediction, StepTrace]:
    """The guided prediction at `level`, and what was measured.

    u or t may be None where `weight.needs` says that the step does without it; then the other one is returned
    as it is. Batch (B, C, h, w); the trace speaks of the first sample. mask: (B, 1, h, w), where the cosine
    is measured; None: everywhere.
    """
    if u is None or t is None:
        only = u or t
        assert only is not None, "a step needs at least one prediction"
        return only, _trace(weight, u, t, only, level, mask)
    rescale = combination.rescale
    if rescale in (Rescale.UPDATE, Rescale.BOTH) and level.a >= ZERO_SIGNAL:
        ratio = _norm(_field(u, level)) / _norm(_field(t, level) - _field(u, level)).clamp_min(1e-12)
        rescaled = combination.kappa * weight * ratio.clamp_max(UPDATE_RATIO_LIMIT)
        p = _towards(u, t, rescaled.clamp_min(combination.least))
    elif rescale is Rescale.PROJECTED and weight > 1:
        p = _projected(u, t, weight, combination.projection, level)
    else:
        p = _towards(u, t, weight)
    if rescale in (Rescale.PREDICTION, Rescale.BOTH):
        p = _scaled(p, _norm(_field(u, level)) / _norm(_field(p, level)).clamp_min(1e-12), level)
    elif rescale is Rescale.STD:
        p = _respread(p, t, combination.predicts, level)
    return p, _trace(weight, u, t, p, level, mask)


def cosine(u: Prediction, t: Prediction, mask: torch.Tensor | None = None) -> torch.Tensor:
    """cos(t, u) of each sample, (B,) in [−1, 1], where the mask (B, 1, h, w) is > 0; None: everywhere.

    On x̂0: ε̂ is mostly the noise that both see, and so nearly parallel from the first step on.
    """
    inside = 1.0 if mask is None else (mask > 0).float()
    both = ((one.x0.float() * inside).flatten(1) for one in (t, u))
    return torch.cosine_similarity(*both, dim=1).clamp(-1, 1)


def _towards(u: Prediction, t: Prediction, weight: float | torch.Tensor) -> Prediction:
    """u + w·(t − u), on both fields alike: guidance is linear."""
    return Prediction(eps=u.eps + weight * (t.eps - u.eps), x0=u.x0 + weight * (t.x0 - u.x0))


def _projected(
    u: Prediction, t: Prediction, weight: float, projection: Projection, level: Level
) -> Prediction:
    """APG above w = 1. Up to there guidance exaggerates nothing, and stays plain."""
    update = t.x0 - u.x0
    if projection.radius > 0:
        update = update * (projection.radius / _norm(update).clamp_min(1e-12)).clamp_max(1)
    along = _dot(update, t.x0) / _dot(t.x0, t.x0).clamp_min(1e-12) * t.x0
    x0 = t.x0 + (weight - 1) * (update - (1 - projection.eta) * along)
    return Prediction(eps=t.eps + (level.a / level.s) * (t.x0 - x0), x0=x0)


def _respread(p: Prediction, t: Prediction, predicts: Field, level: Level) -> Prediction:
    """p with the spread of the predicted field brought back towards that of t."""
    if predicts is Field.EPSILON:
        return _scaled(p, _spread(_field(p, level), _field(t, level)), level)
    v = p.velocity(predicts, level)
    more = (_spread(v, t.velocity(predicts, level)) - 1) * v
    return Prediction(eps=p.eps + level.a * more, x0=p.x0 - level.s * more)


def _spread(p: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """φ·std(t)/std(p) + 1 − φ, per sample."""
    return PHI * _std(t) / _std(p).clamp_min(1e-12) + 1 - PHI


def _scaled(p: Prediction, factor: torch.Tensor, level: Level) -> Prediction:
    """p with its field scaled, and the other field kept true to the same x = a·x0 + s·eps."""
    if level.a < ZERO_SIGNAL:
        return Prediction(eps=p.eps, x0=factor * p.x0)
    eps = factor * p.eps
    return Prediction(eps=eps, x0=p.x0 + (level.s / level.a) * (p.eps - eps))


def _field(p: Prediction, level: Level) -> torch.Tensor:
    return p.x0 if level.a < ZERO_SIGNAL else p.eps


def _dot(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x.float() * y.float()).sum(dim=tuple(range(1, x.ndim)), keepdim=True)


def _norm(x: torch.Tensor) -> torch.Tensor:
    return _dot(x, x).sqrt()


def _std(x: torch.Tensor) -> torch.Tensor:
    return x.float().std(dim=tuple(range(1, x.ndim)), keepdim=True)


def _trace(
    weight: float,
    u: Prediction | None,
    t: Prediction | None,
    p: Prediction,
    level: Level,
    mask: torch.Tensor | None,
) -> StepTrace:
    def norm(field: torch.Tensor) -> float:
        return float(field[0].float().square().sum().sqrt())

    update = parallel = None
    if u is not None and t is not None:
        update = norm(_field(t, level) - _field(u, level))
        parallel = float(cosine(u, t, mask)[0])
    return StepTrace(
        weight=weight,
        u=None if u is None else norm(_field(u, level)),
        t=None if t is None else norm(_field(t, level)),
        update=update,
        p=norm(_field(p, level)),
        cosine=parallel,
    )
