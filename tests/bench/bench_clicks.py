"""How much of a found mask is right after a click on what is meant, and one on its neighbour.

`make bench-clicks` finds the region of Storybook's edits that defaults are chosen on, and clicks at the
middle of the subject that changes and at that of its neighbour. IoU with what must change, at the default
threshold.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.photo.click import Click
from resources import STARTER
from resources.starter.world import render
from tests.bench.course import Course
from tests.bench.storybook.cases import TUNING, Case, cases
from tests.bench.storybook.metrics import mean, overlap

SIZE = 256
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
    count = parser.parse_args().count
    engine = Engine()
    engine.load(STARTER, "cpu")
    with Course({"edits": 2.0 * count}) as course:
        rows: dict[int, list[list[float]]] = {}
        for case in course.each("edits", cases(count, SIZE, TUNING)):
            rows.setdefault(len(case.before.subjects), []).append(scores(engine, case))
        for subjects, some in sorted(rows.items()):
            for way, values in zip(WAYS, zip(*some, strict=True), strict=True):
                iou = mean(values)
                course.found(f"{subjects} standing, {way:18} {iou.value:.3f} ± {iou.error:.3f}")


if __name__ == "__main__":
    main()
