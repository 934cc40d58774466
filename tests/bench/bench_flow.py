"""A flow that knows Storybook beside the starter: `python tests/bench/bench_flow.py FOLDER`.

FOLDER is what `python -m resources.starter.recipe --objective flow` made. Of both models on the edits that
defaults are chosen on, at each model's own size: masks by both rules over noise levels, what each inversion
misses without an edit, and edits through the true regions by each solver and by FlowEdit.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.edit.method import Method
from core.edit.request import EditRequest
from core.models.catalog import STARTER
from core.models.load import load
from core.photo.region import paste
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook import metrics, solvers
from tests.bench.storybook.batch import Batch, find
from tests.bench.storybook.cases import FULL, TUNING, cases
from tests.bench.storybook.strict import Strict
from tests.bench.storybook.study import AT_ONCE, METHODS, request

FAST = 48
STRENGTHS = (0.5, 0.6, 0.7, 0.8, 0.9)
STEPS = (10, 15, 30)
SOLVERS = (Solver.EDIT_FRIENDLY, Solver.DDIM, Solver.DPM)
OTHERS = (Method.MASKED_FLOWEDIT, Method.MASKED_SDEDIT)
MASKS, BACK, EDITS = "masks", "there and back", "edits"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the flow")
    parser.add_argument("--edits", type=int, default=FAST, help=f"how many, at most {FULL}")
    parser.add_argument("--publish", action="store_true", help="write docs/results")
    options = parser.parse_args()
    models = {"starter": STARTER, "flow": options.folder}
    seconds = {MASKS: 1.5 * options.edits, BACK: 30.0, EDITS: 6.0 * options.edits}
    with Course({f"{name}: {part}": cost for name in models for part, cost in seconds.items()}) as course:
        for name, model in models.items():
            course.figures[name] = measured(course, name, model, options.edits)
        course.figures["edits"] = options.edits
        course.figures["made"] = results.made("flow", course.began, Path(options.folder))
    results.save("flow", course.figures, published=options.publish)
    print(text(course.figures))
    if options.publish:
        results.publish("flow", text(course.figures))


@dataclass(frozen=True)
class Looked:
    """A model before the edits of its own size."""

    model: str
    batches: list[Batch]
    strict: Strict

    @staticmethod
    def at(model: str, edits: int) -> "Looked":
        backbone = load(model, "cpu")
        some = cases(edits, backbone.pixels, TUNING)
        batches = [Batch(backbone, some[i : i + AT_ONCE]) for i in range(0, len(some), AT_ONCE)]
        return Looked(model, batches, Strict())


def measured(course: Course, name: str, model: str, edits: int) -> Figures:
    """One model's figures."""
    looked, found = Looked.at(model, edits), Figures()
    found["strength"] = looked.batches[0].model.mask_strength
    asked = [(rule, strength) for rule in Rule for strength in STRENGTHS]
    found["masks"] = [masks(looked, *one) for one in course.each(f"{name}: {MASKS}", asked)]
    course.part(f"{name}: {BACK}")
    found["ways"] = solvers.there_and_back(looked.batches[0])
    walks = list(requests(model))
    found["drawn"] = [edited(looked, one) for one in course.each(f"{name}: {EDITS}", walks)]
    return found


def masks(looked: Looked, rule: Rule, strength: float) -> Figures:
    """IoU with the region that must change, cut where the editor cuts and at each edit's best threshold."""
    asked, ious = request(model=looked.model).find, list[list[float]]()
    thresholds = (asked.threshold, *np.arange(0.1, 0.86, 0.05))
    for batch in looked.batches:
        every = batch.heats([asked.draws], strength, reference=True, rule=rule)
        for case, [heat] in zip(batch.cases, every, strict=True):
            cut = (find(heat, threshold) >= 128 for threshold in thresholds)
            ious.append([metrics.overlap(mask, case.region).iou for mask in cut])
    table = np.array(ious)
    row = {"rule": rule.value, "strength": strength, "best": float(table[:, 1:].max(axis=1).mean())}
    return {**row, **_mean("iou", table[:, 0])}


def requests(model: str) -> Iterator[EditRequest]:
    """Each way at each number of steps, else as an edit with the model begins."""
    for steps in STEPS:
        plain = request(model=model, device="cpu", steps=steps)
        yield from (plain.with_(method=Method.DIFFEDIT, solver=solver) for solver in SOLVERS)
        yield from (plain.with_(method=method) for method in OTHERS)


def edited(looked: Looked, asked: EditRequest) -> Figures:
    """Edits through the true regions: how often the truth is nearest, and how near it is."""
    seen, psnr = list[dict[str, bool]](), list[float]()
    for batch in looked.batches:
        regions = [case.region.astype(np.uint8) * 255 for case in batch.cases]
        for case, region, drawn in zip(batch.cases, regions, batch.draw(asked, regions), strict=True):
            picture = paste(case.page, drawn, region)
            seen.append(looked.strict.row(case, picture))
            psnr.append(metrics.psnr(picture, case.truth, case.region))
    cost, method = asked.cost(), METHODS[asked.method]
    way = f"{method}, {asked.solver.value}" if asked.method is Method.DIFFEDIT else method
    nearest = {name: float(np.mean([row[name] for row in seen])) for name in ("strict", "blurred")}
    row = {"way": way, "steps": asked.steps, "evaluations": cost.encode + cost.decode}
    return {**row, **nearest, **_mean("psnr", np.array(psnr))}


def _mean(name: str, values: np.ndarray) -> Figures:
    found = metrics.mean(list(values))
    return {name: found.value, f"{name}_error": found.error}


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    both = [figures["starter"], figures["flow"]]
    found = [
        (f"{one['rule']}, {one['strength']:g}", *(cell for row in (one, other) for cell in _mask_cells(row)))
        for one, other in zip(*(model["masks"] for model in both), strict=True)
    ]
    missed = [
        (solvers.name(one), f"{one['evaluations']}", f"{one['error']:.4f}", f"{other['error']:.4f}")
        for one, other in zip(*(model["ways"] for model in both), strict=True)
    ]
    drawn = [
        (
            f"{one['way']}, {one['steps']} steps",
            f"{one['evaluations']}",
            *_edit_cells(one),
            *_edit_cells(other),
        )
        for one, other in zip(*(model["drawn"] for model in both), strict=True)
    ]
    near = ("nearest", "blurred", "PSNR inside, dB")
    return "\n\n".join(
        (
            "## A flow on Storybook",
            f"The starter, which predicts v, and a rectified flow that learned the same pages: "
            f"{figures['edits']} edits, none of them among those of the quality tables. Of each pair the "
            f"first is the starter's. Masks by rule and noise level (their cards name "
            f"{both[0]['strength']:g} and {both[1]['strength']:g}): IoU at the default threshold, and at "
            "each edit's best.",
            results.table(("rule, level", *("IoU", "best") * 2), found),
            "There and back without an edit, to 0.8 of the noise: what the latent misses (relative RMS).",
            results.table(("solver", "evaluations", "starter", "flow"), missed),
            "Edits through the true regions: how often the truth is nearest of all that could be, sharp and "
            "blurred, and PSNR.",
            results.table(("way", "evaluations", *near * 2), drawn),
            results.origin(figures),
        )
    )


def _way(row: Figures) -> str:
    return f"{row['way']}, {row['steps']} steps"


def _mask_cells(row: Figures) -> tuple[str, str]:
    return f"{row['iou']:.3f} ± {row['iou_error']:.3f}", f"{row['best']:.3f}"


def _edit_cells(row: Figures) -> tuple[str, str, str]:
    return f"{row['strict']:.3f}", f"{row['blurred']:.3f}", f"{row['psnr']:.2f} ± {row['psnr_error']:.2f}"


if __name__ == "__main__":
    main()
