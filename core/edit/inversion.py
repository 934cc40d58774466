"""The way to noise by the request's solver: the latents to blend with, and the step that leads back."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch

from core.diffusion import diffedit, edit_friendly, fixed_point
from core.diffusion.dpm_solver import second_order
from core.diffusion.loss_guidance import Steer
from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.diffusion.step import Solve, ddim, slerp
from core.edit.cache import Cache, Tensors
from core.edit.request import EditRequest


@dataclass(frozen=True)
class Walk:
    """How a decoding goes, whatever the picture was encoded to; see `core.diffusion.diffedit.decode`.

    x0: the photo's latent
    fresh, variation: the noise that inside the mask takes the place of the picture's own, and how far
    """

    x0: torch.Tensor
    predict: diffedit.Guided
    levels: Sequence[Level]
    mask: torch.Tensor
    weights: Sequence[float]
    on_step: diffedit.OnStep
    steer: Steer
    fresh: torch.Tensor
    variation: float


@dataclass(frozen=True)
class Encoded:
    """One latent per level, the picture first, and the step by which decoding comes down from the last.

    noised: the level of the last latent's noise, where that is another than it is decoded from
    """

    trajectory: Sequence[torch.Tensor]
    solve: Solve = ddim
    noised: Level | None = None

    def decode(self, walk: Walk) -> torch.Tensor:
        """Masked decoding, down to the picture."""
        levels, mask = walk.levels, walk.mask
        noised = self.noised or levels[-1]
        start = diffedit.vary(self.trajectory[-1], walk.x0, walk.fresh, noised, mask, walk.variation)
        return diffedit.decode(
            walk.predict,
            self.trajectory,
            levels,
            mask,
            walk.weights,
            walk.on_step,
            start,
            self.solve,
            walk.steer,
        )


@dataclass(frozen=True)
class Inversion:
    """A picture's latent x0 under a request's solver. `key` names the photo and how the model sees it.

    predict: unguided, of the empty text; told: of the reference, which edit-friendly inversion is told, so
    many levels `at_once`; seen: the levels that it noises the picture to.
    """

    request: EditRequest
    x0: torch.Tensor
    levels: Sequence[Level]
    seen: Sequence[Level]
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
        request, levels = self.request, self.levels
        noise = request.seed, seed_turn(request), request.time_shift
        key = ("corrections", self.key, request.steps, *noise, request.reference)

        def keep(block: range, make: Callable[[], Tensors]) -> Tensors:
            # By its length too: a call of another size could round otherwise.
            return cache.get((*key, block.start, len(block)), make)

        noises = walk_noises(request, self.x0, len(levels) - 1)
        found, corrections = edit_friendly.encode(
            self.told, self.x0, levels, noises, on_step, self.at_once, keep, self.seen
        )
        solve = edit_friendly.solver(dict(zip(levels[1:], corrections, strict=True)))
        return Encoded(found, solve, self.seen[-1])


def walk_noises(request: EditRequest, x0: torch.Tensor, n: int) -> Iterator[torch.Tensor]:
    """n noises of a walk by the request's seed, on the way to the blend's.

    The first noise of a seed is variation's: a walk takes those after it.
    """
    blend = request.blend
    here = noises_of(request.seed, x0, n + 1)
    if blend is None or blend.seed is None:
        return islice(here, 1, None)
    there = noises_of(blend.seed, x0, n + 1)
    turned = (slerp(a, b, blend.seed_share) for a, b in zip(here, there, strict=True))
    return islice(turned, 1, None)


def seed_turn(request: EditRequest) -> Hashable:
    """What of the blend decides the noises."""
    blend = request.blend
    return (blend.seed, blend.seed_share) if blend and blend.seed is not None else None


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
