"""How visible the mask's edge is after an edit: `python tests/bench/bench_seam.py`.

Storybook edits at 256 pixels, four times what the starter model works on, by the editor's defaults. The jump
across the mask's edge, of the same edge in the original page, in the page as it should have become, pasted
with a hard edge, pasted through the soft mask as drawn, and mended (core.photo.seam). Beside it: PSNR inside
the region that had to change, and the mean error on what lies inside the mask but should have stayed.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.result import EditResult
from core.errors import InputError
from core.models.catalog import folder_of
from core.photo import rect as rects
from core.photo import seam
from core.photo.region import paste
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook import metrics
from tests.bench.storybook.cases import TUNING, Case, cases
from tests.bench.storybook.study import Row, request

SIZE = 256
FAST, FULL = 12, 96
EDITS = "edits"
REACHES = (0.25, 0.375, 0.5, 0.75, 1.0)
LEASTS = (0.1, 0.25, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"all {FULL} edits, published")
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder")
    options = parser.parse_args()
    count = FULL if options.full else FAST
    with Course({EDITS: 2.0 * count}) as course:
        measure(course, options.model, count)
        figures = course.figures
        figures["made"] = results.made("seam", course.began, folder_of(options.model))
    results.save("seam", figures, published=options.full)
    print(text(figures))
    if options.full:
        results.publish("seam", text(figures))


def measure(course: Course, model: str, edits: int) -> None:
    engine, rows, edited = Engine(), dict[str, list[Row]](), 0
    for case in course.each(EDITS, cases(edits, SIZE, TUNING)):
        asked = request(model=model, device="cpu", seed=case.seed)
        asked = asked.with_(query=case.edit.query, reference=case.edit.reference)
        try:
            ways = pictures(engine, asked, case)
        except InputError:  # it found no region, so there is no edge
            continue
        edited += 1
        for name, (picture, mask) in ways.items():
            rows.setdefault(name, []).append(score(case, picture, mask))
        course.figures |= figures_of(edited, rows)


def figures_of(edited: int, rows: dict[str, list[Row]]) -> Figures:
    """Means over the edits so far."""
    return {
        "size": SIZE,
        "edits": edited,
        "reach": seam.REACH,
        "least": seam.LEAST,
        "ways": {name: mean(some) for name, some in rows.items()},
    }


def pictures(engine: Engine, asked: object, case: Case) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Every way's picture with the mask of the edit. The engine decodes again, from what it keeps."""

    def run() -> EditResult:
        return engine.run(asked, case.page)  # type: ignore[arg-type]

    result = run()
    ways = {"original page": case.page, "as it should have become": case.truth}
    with patch.object(seam, "mend", lambda drawn, *_: drawn):
        plain = run()
    hard = (result.mask.values >= 128) * np.uint8(255)
    cut = paste(case.page[rects.slices(plain.box)], plain.drawn, hard)
    ways["hard edge, as drawn"] = replace(plain, pixels=cut).on(case.page)
    ways["soft mask, as drawn"] = plain.on(case.page)
    ways["soft mask, mended"] = result.on(case.page)
    for reach in REACHES:
        for least in LEASTS:
            with patch.object(seam, "REACH", reach), patch.object(seam, "LEAST", least):
                ways[f"σ {reach:g} cells, certainty {least:g}"] = run().on(case.page)
    return {name: (picture, result.mask.whole()) for name, picture in ways.items()}


def score(case: Case, picture: np.ndarray, mask: np.ndarray) -> Row:
    changed, stays = case.region & (mask > 0), ~case.region & (mask > 0)
    return {
        "jump": metrics.jump(picture, mask),
        "psnr": metrics.psnr(picture, case.truth, changed) if changed.any() else None,
        "halo": metrics.mean_difference(picture, case.truth, stays) if stays.any() else None,
    }


def mean(rows: list[Row]) -> Row:
    known = {key: [row[key] for row in rows if row[key] is not None] for key in rows[0]}
    return {key: round(float(np.mean(values)), 3) for key, values in known.items() if values}


def text(figures: Figures) -> str:
    rows = [
        [
            f"**{name}**" if name == "soft mask, mended" else name,
            *(f"{row[key]:.2f}" for key in ("jump", "psnr", "halo")),
        ]
        for name, row in figures["ways"].items()
    ]
    head = ["picture", "jump", "PSNR inside, dB", "error on what should have stayed"]
    return f"""## The seam

{figures["edits"]} Storybook edits at {figures["size"]} × {figures["size"]} pixels, four times the starter
model's own side. *Jump*: the mean difference of neighbouring pixels across the mask's edge, in levels of 255;
that of the original page is what the edge of the thing itself looks like. The error is the mean difference
from the page as it should have become, inside the mask but outside the region that had to change. The editor
mends with σ = {figures["reach"]:g} latent cells and a least certainty of {figures["least"]:g}.

{results.table(head, rows)}

{results.origin(figures)}
"""


if __name__ == "__main__":
    main()
