"""How well a thing is selected by its name alone, without an edit: `python tests/bench/bench_named.py`.

What Storybook's edits name as there is looked for against the empty text, as a selection, and beside it by
both prompts of the edit. IoU with the subject itself at the default threshold. `--full` does so with the
judged edits, and publishes docs/results/named.json and its section of docs/results.md.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion.rule import Rule
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.models.catalog import folder_of
from resources import STARTER
from resources.starter.world import render
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook.cases import FULL, SEEDS, TUNING, Case, cases
from tests.bench.storybook.metrics import mean, overlap
from tests.bench.storybook.study import request

SIZE = 256
ALL = 0
WAYS = {
    "its name": (True, MaskRequest()),
    "its name, cut as it comes": (True, MaskRequest(centre=False)),
    "its name, by difference": (True, MaskRequest(rule=Rule.DIFFERENCE)),
    "both prompts of the edit": (False, MaskRequest()),
}


def scores(engine: Engine, case: Case) -> dict[str, float]:
    """IoU with the subject, by `WAYS`."""
    subject = render(case.before, SIZE)[1][case.edit.change.subject]
    found: dict[str, float] = {}
    for way, (alone, find) in WAYS.items():
        query = "" if alone else case.edit.query
        asked = request(reference=case.edit.reference, query=query, seed=case.seed, find=find, device="cpu")
        mask = engine.find(asked, case.page).heat.mask(asked.find, (SIZE, SIZE)).whole()
        found[way] = overlap(mask >= 128, subject).iou
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=48, help="edits (default 48)")
    parser.add_argument("--full", action="store_true", help=f"the {FULL} judged edits, published")
    given = parser.parse_args()
    count, seeds = (FULL, SEEDS) if given.full else (given.count, TUNING)
    engine = Engine()
    engine.load(STARTER, "cpu")
    with Course({"edits": 2.0 * count}) as course:
        some = course.each("edits", cases(count, SIZE, seeds))
        found = [(len(case.before.subjects), scores(engine, case)) for case in some]
        course.figures["rows"] = [
            row(way, subjects, [one[way] for standing, one in found if subjects in (standing, ALL)])
            for way in WAYS
            for subjects in (*sorted({standing for standing, _ in found}), ALL)
        ]
        course.figures["made"] = results.made("named", course.began, folder_of(STARTER))
    results.save("named", course.figures, published=given.full)
    print(text(course.figures))
    if given.full:
        results.publish("named", text(course.figures))


def row(way: str, subjects: int, ious: list[float]) -> Figures:
    found = mean(ious)
    return {"way": way, "subjects": subjects, "edits": len(ious), "iou": found.value, "error": found.error}


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    rows = [[one for one in figures["rows"] if one["way"] == way] for way in WAYS]
    heads = [f"{one['subjects'] or 'all'} standing ({one['edits']})" for one in rows[0]]
    lines = [(of[0]["way"], *(f"{one['iou']:.3f} ± {one['error']:.3f}" for one in of)) for of in rows]
    return "\n\n".join(
        (
            "## Selected by name",
            "What each edit names as there, looked for as a selection: without a query, by evidence against "
            "the empty text, and cut about its own middle. Mean IoU with the subject itself at the default "
            "threshold, ± one standard error. Both prompts of the edit look for all that has to change, "
            "which is more.",
            results.table(("found by", *heads), lines),
            results.origin(figures),
        )
    )


if __name__ == "__main__":
    main()
