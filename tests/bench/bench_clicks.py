"""How much of a found mask is right after a click on what is meant, and one on its neighbour.

`make bench-clicks` finds the region of Storybook's edits that defaults are chosen on, and clicks at the
middle of the subject that changes and at that of its neighbour. IoU with what must change, at the default
threshold. `ARGS="--full"` does so with the judged edits, and publishes.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.models.catalog import folder_of
from core.photo.masks.click import Click
from resources import STARTER
from resources.starter.world import render
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook.cases import FULL, SEEDS, TUNING, Case, cases
from tests.bench.storybook.metrics import mean, overlap

SIZE = 256
ALL = 0
WAYS = ("found", "kept", "kept and dropped")


def middle(region: np.ndarray, *, keep: bool) -> Click:
    """A click on the pixel of a region, bool (h, w), that is nearest to the mean of all."""
    rows, columns = np.nonzero(region)
    at = int(np.hypot(rows - rows.mean(), columns - columns.mean()).argmin())
    return Click(int(columns[at]), int(rows[at]), keep)


def scores(engine: Engine, case: Case) -> list[float]:
    """IoU by `WAYS`."""
    request = EditRequest(photo="", query=case.edit.query, reference=case.edit.reference)
    heat, standing = engine.find(request, case.page).heat, render(case.before, SIZE)[1]
    meant = case.edit.change.subject
    kept = middle(standing[meant], keep=True)
    dropped = [middle(one, keep=False) for i, one in enumerate(standing) if i != meant]
    finds = (MaskRequest(clicks=clicks) for clicks in ((), (kept,), (kept, *dropped)))
    return [overlap(heat.mask(find, (SIZE, SIZE)).whole() >= 128, case.region).iou for find in finds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=64, help="edits (default 64)")
    parser.add_argument(
        "--full", action="store_true", help=f"the {FULL} judged edits, and write docs/results"
    )
    given = parser.parse_args()
    count = FULL if given.full else given.count
    engine = Engine()
    engine.load(STARTER, "cpu")
    with Course({"edits": 2.0 * count}) as course:
        some = course.each("edits", cases(count, SIZE, SEEDS if given.full else TUNING))
        found = [(len(case.before.subjects), scores(engine, case)) for case in some]
        course.figures["rows"] = [
            summary(subjects, [ious for standing, ious in found if subjects in (standing, ALL)])
            for subjects in (*sorted({standing for standing, _ in found}), ALL)
        ]
        course.figures["made"] = results.made("clicks", course.began, folder_of(STARTER))
    results.save("clicks", course.figures, published=given.full)
    print(text(course.figures))
    if given.full:
        results.publish("clicks", text(course.figures))


def summary(subjects: int, some: list[list[float]]) -> Figures:
    """Means by `WAYS` of the edits with so many subjects standing."""
    means = {way: mean(values) for way, values in zip(WAYS, zip(*some, strict=True), strict=True)}
    ious = {way: {"iou": one.value, "error": one.error} for way, one in means.items()}
    return {"subjects": subjects, "edits": len(some), **ious}


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    lines = [
        (
            str(row["subjects"] or "all"),
            str(row["edits"]),
            *(f"{row[way]['iou']:.3f} ± {row[way]['error']:.3f}" for way in WAYS),
        )
        for row in figures["rows"]
    ]
    return "\n".join(
        (
            "## Clicks on what is meant",
            "",
            "The found mask of each edit at the default threshold, and after clicks at the middle of the "
            "subject that is to change and of its neighbour: mean IoU with what must change, ± one standard "
            "error. Where one subject stands no neighbour is clicked.",
            "",
            results.table(["subjects standing", "edits", *WAYS], lines),
            "",
            results.origin(figures),
        )
    )


if __name__ == "__main__":
    main()
