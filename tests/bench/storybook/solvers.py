"""The walks to noise and back, compared: what each misses without an edit, and what each makes of edits."""

from collections.abc import Sequence

import torch

from core.diffusion import diffedit, edit_friendly, fixed_point
from core.diffusion.dpm_solver import second_order
from core.diffusion.schedule import Level
from core.diffusion.solver import Solver
from core.diffusion.step import Prediction, Solve, ddim
from core.diffusion.weight import Weight
from core.edit.engine import Engine
from core.edit.evaluations import Evaluations
from core.edit.method import Method
from core.edit.request import EditRequest
from core.models.backbone import Text
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook.batch import Batch
from tests.bench.storybook.study import Study, request, summary

RATIO = 0.8
EDITED, FEWER = "solvers", "fewer levels"
WAYS = (
    (Solver.DDIM, 1),
    (Solver.DPM, 1),
    (Solver.FIXED_POINT, 1),
    (Solver.FIXED_POINT, 2),
    (Solver.FIXED_POINT, 3),
    (Solver.EDIT_FRIENDLY, 1),
)
"""Every solver, the fixed point at 1 to 3 iterations a step."""
MISSED_AT = (5, 10, 20, 50)
EDITED_AT = (5, 8, 10, 15, 20, 30)
SHARES = (1, 2, 3, 4)
FEWER_AT = 30  # steps; at RATIO 24, which each of SHARES divides
COSTLY = 100  # evaluations of encoding and decoding, beyond which nothing is edited here


@torch.inference_mode()
def there_and_back(batch: Batch) -> list[Figures]:
    """Without an edit: the root mean square that each solver misses of a unit latent."""
    model, x0 = batch.model, batch.latents[:8]
    empty = Text.stack([model.text("")] * len(x0))
    everything = torch.ones(1, 1, *x0.shape[-2:])

    def predict(x: torch.Tensor, level: Level, _weight: float = 1.0) -> Prediction:
        return model.predict(x, level, empty)

    rows: list[Figures] = []
    for solver, iterations in WAYS:
        for steps in MISSED_AT:
            levels = model.schedule.levels(steps)[: round(RATIO * steps) + 1]
            trajectory, solve = _there(solver, iterations, predict, x0, levels)
            weights = [1.0] * (len(levels) - 1)
            back = diffedit.decode(predict, trajectory, levels, everything, weights, ignore, solve=solve)
            rows.append(
                {
                    "solver": solver.value,
                    "iterations": iterations,
                    "steps": steps,
                    "evaluations": solver.encoding(len(levels) - 1, iterations) + len(levels) - 1,
                    "error": float((back - x0).square().mean().sqrt() / x0.square().mean().sqrt()),
                }
            )
    return rows


def _there(
    solver: Solver, iterations: int, predict: diffedit.Predict, x0: torch.Tensor, levels: Sequence[Level]
) -> tuple[list[torch.Tensor], Solve]:
    match solver:
        case Solver.DPM:
            return diffedit.encode(predict, x0, levels, ignore, solve=second_order), second_order
        case Solver.FIXED_POINT:
            return fixed_point.encode(predict, x0, levels, ignore, iterations), ddim
        case Solver.EDIT_FRIENDLY:
            generator = torch.Generator().manual_seed(0)
            noises = [torch.randn(x0.shape, generator=generator) for _ in levels[1:]]

            def each(latents: Sequence[torch.Tensor], levels: Sequence[Level]) -> list[Prediction]:
                return [predict(x, level) for x, level in zip(latents, levels, strict=True)]

            latents, corrections = edit_friendly.encode(each, x0, levels, noises, ignore)
            return latents, edit_friendly.solver(dict(zip(levels[1:], corrections, strict=True)))
        case _:
            return diffedit.encode(predict, x0, levels, ignore), ddim


def walks(model: str) -> list[tuple[EditRequest, Evaluations]]:
    """Each solver at each number of steps, and FlowEdit, and what it costs; none that is too dear."""
    flows = [
        request(model=model, device="cpu", method=Method.MASKED_FLOWEDIT, steps=steps) for steps in EDITED_AT
    ]
    asked = [
        request(model=model, device="cpu", solver=solver, iterations=iterations, steps=steps)
        for solver, iterations in WAYS
        for steps in EDITED_AT
    ]
    costs = [(one, one.cost()) for one in [*asked, *flows]]
    return [(one, cost) for one, cost in costs if cost.encode + cost.decode <= COSTLY]


def edited(course: Course, study: Study, model: str) -> None:
    """Storybook's scores of the editor's own edits by each solver, and FlowEdit, at each number of steps.

    All through the masks already found; evaluations are those of encoding and decoding.
    """
    rows: list[Figures] = course.figures.setdefault("solvers", [])
    for asked, cost in course.each(EDITED, walks(model)):
        solver = asked.method.value if asked.method.flows else asked.solver.value
        row = {"solver": solver, "iterations": asked.iterations, "steps": asked.steps}
        rows.append({**row, "evaluations": cost.encode + cost.decode, **_scores(study, asked)})
        course.found(f"{name(row)}: right {rows[-1]['right']:.1%}, {rows[-1]['psnr']:.2f} dB")


def fewer(course: Course, study: Study) -> None:
    """DDIM's edits when the inversion asks the network at a share of the levels that decoding has.

    Through the masks already found, by constant guidance 3; evaluations as of `edited`.
    """
    rows: list[Figures] = course.figures.setdefault("fewer", [])
    for every in course.each(FEWER, SHARES):
        asked = request(solver=Solver.DDIM, steps=FEWER_AT, change=RATIO, guidance=Weight(3.0))
        for batch in study.batches:
            batch.every = every
        pairs = list(study.draw(asked))
        scored = study.score(pairs, [study.found[case.seed] for case, _ in pairs])
        cost = asked.cost()
        evaluations = cost.encode // every + cost.decode
        rows.append({"every": every, "evaluations": evaluations, **summary(scored)})
        course.found(f"inverted at one of {every}: right {rows[-1]['right']:.1%}, {rows[-1]['psnr']:.2f} dB")
    for batch in study.batches:
        batch.every = 1


def _scores(study: Study, asked: EditRequest) -> Figures:
    engine, masks = Engine(), [study.found[case.seed] for case in study.cases]
    pairs = []
    for case, mask in zip(study.cases, masks, strict=True):
        one = asked.with_(query=case.edit.query, reference=case.edit.reference, seed=case.seed)
        page = case.page
        pairs.append((case, engine.run(one, page, mask).on(page) if mask.any() else page))
    return summary(study.score(pairs, masks))


def name(row: Figures) -> str:
    """A row's solver, iterations and steps, to read."""
    times = f" × {row['iterations']}" if row["solver"] == Solver.FIXED_POINT else ""
    return f"{row['solver']}{times}, {row['steps']} steps"


def ignore(*_: object) -> None:
    """No one watches."""
