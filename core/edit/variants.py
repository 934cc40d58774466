"""Several drawings of one edit, that differ by their seeds alone."""

from collections.abc import Collection, Iterator

from core.diffusion.solver import Solver
from core.diffusion.weight import Guided
from core.edit.evaluations import Evaluations
from core.edit.request import LARGEST_SEED, EditRequest

MOST = 16  # in one run
REROLLED = 0.3  # variation that another seed needs to be seen


def reseeded(request: EditRequest, seed: int) -> EditRequest:
    """The same edit from another seed, and so another picture.

    Most inversions don't depend on the seed: without variation it would change nothing in what they draw.
    """
    alike = request.variation == 0 and _inverts_alike(request)
    return request.with_(seed=seed, **({"variation": REROLLED} if alike else {}))


def series(request: EditRequest, n: int, drawn: Collection[int] = ()) -> tuple[EditRequest, ...]:
    """`n` edits, from the request's own seed and those that follow it; 0 follows the largest.

    drawn: seeds that are left out
    """
    seeds = _seeds_from(request.seed, drawn)
    found = [next(seeds) for _ in range(n)]
    return tuple(request if seed == request.seed else reseeded(request, seed) for seed in found)


def cost(request: EditRequest, n: int, guided: Guided = Guided.PROMPTS, windows: int = 0) -> Evaluations:
    """Evaluations of `n` edits that differ by their seeds, with nothing cached before the first.

    They share a mask, and an inversion that doesn't depend on the seed. At most these, as `EditRequest.cost`.
    """
    one = request.cost(guided, windows)
    return Evaluations(one.mask, one.encode if _inverts_alike(request) else n * one.encode, n * one.decode)


def _inverts_alike(request: EditRequest) -> bool:
    """One inversion serves every seed: edit-friendly ones are made of the seed's noise."""
    return request.method.inverts and request.solver is not Solver.EDIT_FRIENDLY


def _seeds_from(first: int, without: Collection[int]) -> Iterator[int]:
    seed = first
    while True:
        if seed not in without:
            yield seed
        seed = 0 if seed == LARGEST_SEED else seed + 1
