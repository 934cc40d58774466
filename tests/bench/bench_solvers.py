"""What each solver makes of edits at so many evaluations, and when a mask has settled: `make bench-solvers`.

The knee of score against evaluations is what the editor's default should be. A fast subset by default;
`--full` writes docs/results/solvers.json and its section of docs/results.md.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion import diffedit
from core.diffusion.contrast import Contrast
from core.diffusion.diffedit import settling
from core.diffusion.rule import Rule
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction
from core.edit.result import HeatMap
from core.models.backbone import Text
from core.photo import region
from core.photo.masks.upsample import edges, snap
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook import metrics, solvers
from tests.bench.storybook.batch import Batch, find
from tests.bench.storybook.cases import TUNING
from tests.bench.storybook.quality_page import nearest
from tests.bench.storybook.study import Study, request

SETTLES = (0.02, 0.03, 0.05, 0.08, 0.12)
FAST, FULL = 16, 48
OPENING, SETTLE, BACK = "masks", "draws that settle", "there and back"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL} edits, published")
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder")
    parser.add_argument(
        "--rewrite", action="store_true", help="write the page anew from the published figures"
    )
    options = parser.parse_args()
    if options.rewrite:
        results.publish("solvers", text(results.load("solvers")))
        return
    edits, asked = FULL if options.full else FAST, request().find
    with Course(parts(edits)) as course:
        course.part(OPENING)
        study, figures = Study.open(options.model, edits, TUNING), course.figures
        study.find_all(asked.threshold, asked.draws)
        figures["edits"] = len(study.cases)
        course.part(SETTLE)
        figures["settle"] = settle_rows(study.batches)
        course.part(BACK)
        figures["ways"] = solvers.there_and_back(study.batches[0])
        solvers.edited(course, study, options.model)
        solvers.fewer(course, study)
        figures["made"] = results.made("solvers", course.began, study.folder)
    results.save("solvers", figures, published=options.full)
    print(text(figures))
    if options.full:
        results.publish("solvers", text(figures))


def parts(edits: int) -> dict[str, float]:
    """What is measured, in order, and its seconds on two cores."""
    walks = sum(cost.encode + cost.decode for _, cost in solvers.walks("starter"))
    return {
        OPENING: 20.0 + edits,
        SETTLE: 0.7 * edits,
        BACK: 60.0,
        solvers.EDITED: 0.014 * walks * edits,
        solvers.FEWER: 0.014 * 260 * edits,
    }


def settle_rows(batches: Sequence[Batch]) -> list[Figures]:
    """For each tolerance: draws taken of the default's, and the IoU with the known region."""
    rows = [{"settle": tolerance, "draws": 0.0, "iou": 0.0} for tolerance in (0.0, *SETTLES)]
    found = [(batch, i) for batch in batches for i in range(len(batch.cases))]
    asked_for = request().find
    for batch, i in found:
        case, level = batch.cases[i], batch.model.schedule.at_strength(batch.model.mask_strength)
        found_after = list(contrasts_of(batch, i, level, asked_for.draws))
        for row in rows:
            settled = settling(iter(found_after), row["settle"], rule=Rule.EVIDENCE)
            *_, (draws, contrast) = enumerate(settled, start=1)
            values = region.unpad(contrast.apart.numpy(), batch.view)
            heat = HeatMap(values, snapped=snap(values, edges(case.page))).on(snap=True)
            mask = find(heat, asked_for.threshold) >= 128
            row["draws"] += draws / len(found)
            row["iou"] += metrics.overlap(mask, case.region).iou / len(found)
    return rows


@torch.inference_mode()
def contrasts_of(batch: Batch, i: int, level: Level, draws: int) -> Iterator[Contrast]:
    case, x0, model = batch.cases[i], batch.latents[i : i + 1], batch.model
    generator = torch.Generator().manual_seed(case.seed)
    noises = torch.cat([torch.randn(x0.shape, generator=generator) for _ in range(draws)])

    def both(x: torch.Tensor, level: Level) -> tuple[Prediction, Prediction]:
        said, wanted = (Text.stack([model.text(t)] * len(x)) for t in (case.edit.reference, case.edit.query))
        return model.predict(x, level, said), model.predict(x, level, wanted)

    yield from diffedit.contrasts(both, x0, level, [noises], Rule.EVIDENCE)


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    settled = [
        (f"{row['settle']:g}", f"{row['draws']:.1f}", f"{row['iou']:.3f}") for row in figures["settle"]
    ]
    missed = [(solvers.name(row), f"{row['evaluations']}", f"{row['error']:.4f}") for row in figures["ways"]]
    return "\n\n".join(
        (
            "## Solvers and steps",
            f"{figures['edits']} held-out edits, none of them among those of the quality tables, through the "
            "masks found at the defaults. Evaluations are those of encoding and decoding; the editor's own "
            "default is bold.",
            results.table(
                ("solver", "evaluations", "right subject", "nearest", "PSNR inside, dB", "SSIM"),
                [_solved(row) for row in figures["solvers"]],
            ),
            f"DDIM at {solvers.FEWER_AT} steps, its inversion at a share of the levels that decoding has; "
            "latents between two lie on the line through both. By constant guidance 3.",
            results.table(
                ("levels asked", "evaluations", "right subject", "nearest", "PSNR inside, dB", "SSIM"),
                [
                    ("all" if row["every"] == 1 else f"one of {row['every']}", *_scored(row))
                    for row in figures.get("fewer", [])  # figures published before this was measured
                ],
            ),
            "There and back without an edit, to 0.8 of the noise: what the latent misses (relative RMS).",
            results.table(("solver", "evaluations", "error"), missed),
            "Masks that stop when they have settled: draws, and IoU with the region that must change.",
            results.table(("settle", "draws", "IoU"), settled),
            results.origin(figures),
        )
    )


def _solved(row: Figures) -> tuple[str, ...]:
    label, asked = solvers.name(row), request()
    default = (row["solver"], row["steps"]) == (asked.solver.value, asked.steps)
    name = f"**{label}**" if default else label
    return (name, *_scored(row))


def _scored(row: Figures) -> tuple[str, ...]:
    right, psnr = f"{row['right']:.1%}", f"{row['psnr']:.2f} ± {row['psnr_error']:.2f}"
    return f"{row['evaluations']}", right, nearest(row), psnr, f"{row['ssim']:.3f}"


if __name__ == "__main__":
    main()
