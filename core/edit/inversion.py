# pyright: reportUnknownMemberType=false
"""The way to noise by the request's solver: the latents to blend with, and the step that leads back."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import torch

from core.diffusion import diffedit, edit_friendly, fixed_point
from core.diffusion.dpm_solver import second_order
from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.diffusion.step import Solve, ddim
from core.edit.cache import Cache
from core.edit.request import EditRequest


@dataclass(frozen=True)
class Encoded:
    """One latent per level, the picture first, and the step by which decoding comes down from the last."""

    trajectory: Sequence[torch.Tensor]
    solve: Solve = ddim


@dataclass(frozen=True)
class Inversion:
    """A picture's latent x0 under a request's solver. `key` names the photo and how the model sees it.

    predict: unguided, of the empty text; told: of the reference, which edit-friendly inversion is told.
    """

    request: EditRequest
    x0: torch.Tensor
    levels: Sequence[Level]
    predict: diffedit.Predict
    told: diffedit.Predict
    key: Hashable

    def encode(self, cache: Cache, on_step: diffedit.OnStep) -> Encoded:
        """Inverted, or from the cache: a shorter ratio's trajectory is a prefix of a longer one's."""
        if self.request.solver is Solver.EDIT_FRIENDLY:
            return self._edit_friendly(cache, on_step)
        request, levels = self.request, self.levels
        key = ("trajectory", self.key, request.steps, *self._how())
        known = (cache.peek(key) or ())[: len(levels)]
        match request.solver:
            case Solver.FIXED_POINT:
                found = fixed_point.encode(
                    self.predict, self.x0, levels, on_step, request.iterations, start=known
                )
            case Solver.DPM:  # a step needs what the last one saw, so a trajectory can't be taken up again
                known = known if len(known) == len(levels) else ()
                found = diffedit.encode(self.predict, self.x0, levels, on_step, known, second_order)
            case _:
                found = diffedit.encode(self.predict, self.x0, levels, on_step, known)
        if len(found) > len(known):
            cache.put(key, tuple(found))
        return Encoded(found, solve_of(request.solver))

    def _how(self) -> tuple[Hashable, ...]:
        """What of the solver decides the trajectory."""
        solver = self.request.solver
        return (solver, self.request.iterations) if solver is Solver.FIXED_POINT else (solver,)

    def _edit_friendly(self, cache: Cache, on_step: diffedit.OnStep) -> Encoded:
        request, levels = self.request, self.levels
        of = (self.key, request.steps, request.seed, request.reference)
        latents, corrections = cache.peek(("latents", *of)), cache.peek(("corrections", *of))
        if latents is None or corrections is None or len(latents) < len(levels):
            # The first noise of a seed is variation's: the levels take those after it.
            _, *noises = noises_of(request.seed, self.x0, len(levels))
            latents, corrections = map(
                tuple, edit_friendly.encode(self.told, self.x0, levels, noises, on_step)
            )
            cache.put(("latents", *of), latents)
            cache.put(("corrections", *of), corrections)
        latents = latents[: len(levels)]
        kept = dict(zip(levels[1:], corrections, strict=False))
        return Encoded(latents, edit_friendly.solver(kept))


def solve_of(solver: Solver) -> Solve:
    """The step of a decoding that needs nothing from the encoding."""
    return second_order if solver is Solver.DPM else ddim


def noises_of(seed: int, like: torch.Tensor, n: int) -> Iterator[torch.Tensor]:
    """n standard normal noises from one seed, drawn on the CPU in fp32 so that devices agree.

    The first k are the same whatever n is.
    """
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n):
        yield torch.randn(like.shape, generator=generator).to(like.device)
