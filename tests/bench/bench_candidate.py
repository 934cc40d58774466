"""Another model of Storybook beside the one that ships: `python tests/bench/bench_candidate.py FOLDER`.

The same edits for both, on pages of 128 pixels, judged at 64 and at 128. Those that defaults are chosen on by
default; `--judged` for the ones that the results speak of, which are looked at once for each candidate.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.models.catalog import STARTER, folder_of
from core.models.load import load
from tests.bench import results
from tests.bench.course import Course
from tests.bench.storybook import metrics
from tests.bench.storybook.batch import Batch
from tests.bench.storybook.cases import FULL, SEEDS, TUNING, Case, cases
from tests.bench.storybook.judge import judge
from tests.bench.storybook.picture import sheet
from tests.bench.storybook.strict import Strict
from tests.bench.storybook.study import AT_ONCE, Row, Study, request

SMALL, LARGE = 64, 128
FAST, SHOWN = 96, 24
SCORES = ("iou", "right", "kind", "kept", "psnr", "strict", "blurred", "psnr128", "strict128", "blurred128")
OPENING, EDITS = "pages", "edits"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the other model")
    parser.add_argument("--edits", type=int, default=FAST, help=f"how many, at most {FULL}")
    parser.add_argument("--judged", action="store_true", help="the edits of the quality tables")
    parser.add_argument("--known", action="store_true", help="through the true regions, nothing is searched")
    options = parser.parse_args()
    seeds = SEEDS if options.judged else TUNING
    with Course({OPENING: 0.8 * options.edits, EDITS: 5.0 * options.edits}) as course:
        course.part(OPENING)
        small, large = (cases(options.edits, size, seeds) for size in (SMALL, LARGE))
        compared = Compared(small, large, known=options.known)
        pictures: list[list[np.ndarray]] = []
        for model in course.each(EDITS, (STARTER, options.folder)):
            rows, drawn = compared.measure(model)
            course.figures[model] = rows
            pictures.append(drawn)
            course.found(f"{model}: {summary(rows)}")
    print(table(*course.figures.values()))
    saved = results.save("candidate", course.figures, published=False)
    side_by_side(large, pictures).save(saved.with_suffix(".png"))


class Compared:
    """The same edits at both sizes, their pages drawn and their judges made once.

    known: the true region is what is repainted.
    """

    def __init__(self, small: list[Case], large: list[Case], *, known: bool) -> None:
        self._small, self._large, self._known = small, large, known
        self._judge, self._stricts = judge(SMALL), (Strict(), Strict())

    def measure(self, model: str) -> tuple[list[Row], list[np.ndarray]]:
        """A model's edits of the large pages, at what an edit with it begins with: scores and pictures."""
        backbone, asked = load(model, "cpu"), request(model=model)
        parts = [self._large[i : i + AT_ONCE] for i in range(0, len(self._large), AT_ONCE)]
        batches = [Batch(backbone, part) for part in parts]
        strict_small, strict_large = self._stricts
        study = Study(backbone, folder_of(model), batches, self._judge, {}, strict_large)
        if self._known:
            study.found = {case.seed: case.region.astype(np.uint8) * 255 for case in self._large}
        else:
            study.find_all(asked.find.threshold, asked.find.draws)
        pictures = [picture for _, picture in study.draw(asked)]
        reduced = [_half(picture) for picture in pictures]
        judged = replace(study, strict=strict_small).score(
            list(zip(self._small, reduced, strict=True)), [None] * len(reduced)
        )
        rows = [
            {**row, **self._at_large(case, picture), "iou": _overlap(study, case)}
            for row, case, picture in zip(judged, self._large, pictures, strict=True)
        ]
        return rows, pictures

    def _at_large(self, case: Case, picture: np.ndarray) -> Row:
        seen = self._stricts[1].row(case, picture)
        psnr = metrics.psnr(picture, case.truth, case.region)
        return {"psnr128": psnr, **{f"{name}128": value for name, value in seen.items()}}


def _half(picture: np.ndarray) -> np.ndarray:
    """uint8 (128, 128, 3) → (64, 64, 3), by means."""
    return np.asarray(Image.fromarray(picture).reduce(LARGE // SMALL))


def _overlap(study: Study, case: Case) -> float:
    return metrics.overlap(study.found[case.seed] >= 128, case.region).iou


def values(rows: Sequence[Row], name: str) -> np.ndarray:
    """One score of every edit that has it; the same edits for every model."""
    return np.array([row[name] for row in rows if row[name] is not None], float)


def summary(rows: Sequence[Row]) -> str:
    return ", ".join(f"{name} {values(rows, name).mean():.3f}" for name in SCORES)


def table(ships: Sequence[Row], other: Sequence[Row]) -> str:
    """Both models' means, and the mean difference edit by edit with its standard error."""
    lines: list[tuple[str, ...]] = []
    for name in SCORES:
        before, after = values(ships, name), values(other, name)
        gain = metrics.mean(list(after - before))
        worse = "**" if gain.value < -gain.error else ""
        cells = f"{before.mean():.3f}", f"{after.mean():.3f}", f"{gain.value:+.3f} ± {gain.error:.3f}"
        lines.append((name, *cells[:2], f"{worse}{cells[2]}{worse}"))
    return results.table((f"{len(ships)} edits", "ships", "candidate", "difference"), lines)


def side_by_side(some: Sequence[Case], pictures: Sequence[Sequence[np.ndarray]]) -> Image.Image:
    """The first edits: page, what each model makes of it, truth."""
    rows = [
        (f"{case.edit.reference} →\n{case.edit.query}", (case.page, *drawn, case.truth))
        for case, *drawn in zip(some[:SHOWN], *(part[:SHOWN] for part in pictures), strict=True)
    ]
    return sheet(rows, ("page", "ships", "candidate", "truth"), tile=LARGE)


if __name__ == "__main__":
    main()
