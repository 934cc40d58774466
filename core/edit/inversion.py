"""The way to noise by the request's solver: the latents to blend with, and the step that leads back."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch

from core.diffusion import diffedit, edit_friendly, fixed_point
from core.diffusion.dpm_solver import second_order
from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.diffusion.step import Solve, ddim, slerp
from core.edit.cache import Cache, Tensors
from core.edit.request import EditRequest


@dataclass(frozen=True)
class Encoded:
    """One latent per level, the picture first, and the step by which decoding comes down from the last."""

    trajectory: Sequence[torch.Tensor]
    solve: Solve = ddim


@dataclass(frozen=True)
class Inversion:
    """A picture's latent x0 under a request's solver. `key` names the photo and how the model sees it.

    predict: unguided, of the empty text; told: of the reference, which edit-friendly inversion is told, so
    many levels `at_once`.
    """

    request: EditRequest
    x0: torch.Tensor
    levels: Sequence[Level]
    predict: diffedit.Predict
    told: edit_friendly.PredictEach
    at_once: int
    key: Hashable

    def encode(self, cache: Cache, on_step: diffedit.OnStep) -> Encoded:
        """Inverted, or from the cache: a shorter ratio's trajectory is a prefix of a longer one's.

        Edit-friendly it is so by whole blocks of levels (docs/decisions/041).
        """
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
        request, levels, blend = self.request, self.levels, self.request.blend
        turn = (blend.seed, blend.seed_share) if blend and blend.seed is not None else None
        key = ("corrections", self.key, request.steps, request.seed, turn, request.reference)

        def keep(block: range, make: Callable[[], Tensors]) -> Tensors:
            # By its length too: a call of another size could round otherwise.
            return cache.get((*key, block.start, len(block)), make)

        found, corrections = edit_friendly.encode(
            self.told, self.x0, levels, self._noises(), on_step, self.at_once, keep
        )
        return Encoded(found, edit_friendly.solver(dict(zip(levels[1:], corrections, strict=True))))

    def _noises(self) -> Iterator[torch.Tensor]:
        """One for each level from the second on, on the way to the blend's seed.

        The first noise of a seed is variation's: the levels take those after it.
        """
        blend, n = self.request.blend, len(self.levels)
        here = noises_of(self.request.seed, self.x0, n)
        if blend is None or blend.seed is None:
            return islice(here, 1, None)
        there = noises_of(blend.seed, self.x0, n)
        turned = (slerp(a, b, blend.seed_share) for a, b in zip(here, there, strict=True))
        return islice(turned, 1, None)


def solve_of(solver: Solver) -> Solve:
    """The step of a decoding that needs nothing from the encoding.

    What edit-friendly decoding adds comes from the encoding: without one it walks as DPM-Solver does.
    """
    return ddim if solver in (Solver.DDIM, Solver.FIXED_POINT) else second_order


def noises_of(seed: int, like: torch.Tensor, n: int) -> Iterator[torch.Tensor]:
    """n standard normal noises from one seed, drawn on the CPU in fp32 so that devices agree.

    The first k are the same whatever n is.
    """
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n):
        yield torch.randn(like.shape, generator=generator).to(like.device)
