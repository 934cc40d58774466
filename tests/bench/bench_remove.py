"""Things taken away whose true page without them is known: `python tests/bench/bench_remove.py`.

Storybook scenes with one subject, half of them of any size and anywhere, against plain inpainting and SDEdit.
All but the last row are given the subject's true mask, which takes in rim and shadow in the same way.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion.weight import Weight
from core.edit.engine import Engine
from core.edit.method import Method
from core.edit.removing import OWN
from core.edit.removing import removal as removing
from core.edit.request import EditRequest
from core.errors import InputError
from core.models.catalog import folder_of
from core.photo.fill import completion, harmonic
from core.photo.fill.removal import reach
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from resources.starter.world import JUDGING_SEEDS, edit, render
from resources.starter.world.changes import removal
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook import metrics
from tests.bench.storybook.judge import place_of
from tests.bench.storybook.stands import alone, examine, stands
from tests.bench.storybook.study import request

SEEDS = JUDGING_SEEDS[500_000:501_000]
"""None of them is among those that the mask's reach and the ratio were chosen on."""
FAST, FULL, SHOWN = 4, 48, 8
JUDGE, PAGES = "judge", "pages"
RATIOS = (0.07, 0.15, 0.3, 0.6, 1.0)
FOUND = "**Remove**, found by its name"


@dataclass(frozen=True)
class Case:
    """One page: with the thing and without, uint8 (H, W, 3); where it stands, bool (H, W); its words."""

    seed: int
    page: np.ndarray
    truth: np.ndarray
    thing: np.ndarray
    at: tuple[float, float, float]
    what: str
    place: str

    @property
    def changes(self) -> np.ndarray:
        return self.thing | metrics.changed(self.page, self.truth)

    @property
    def mask(self) -> np.ndarray:
        return self.thing * np.uint8(255)

    @property
    def reached(self) -> np.ndarray:
        return reach(Photo(self.page), BoxedMask.of(self.mask)).whole()


Way = Callable[[Case], tuple[np.ndarray, np.ndarray]]  # → picture, and what of it may differ from the page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL} pages, published")
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder")
    options = parser.parse_args()
    count = FULL if options.full else FAST
    with Course({JUDGE: 60.0, PAGES: 20.0 * count}) as course:
        pictures = measure(course, options.model, count)
        figures = course.figures
        figures["made"] = results.made("remove", course.began, folder_of(options.model))
    path = results.save("remove", figures, published=options.full)
    Image.fromarray(pictures).save(path.with_suffix(".png"))
    print(text(figures))
    if options.full:
        results.publish("remove", text(figures))


def cases(count: int, size: int) -> list[Case]:
    found: list[Case] = []
    for scene in islice((one for one in alone(SEEDS)), count):
        asked = removal(scene)
        page, (thing,) = render(scene, size)
        truth, _ = render(edit(scene, asked.change), size)
        what = asked.reference.split(" on ")[0].split(" in ")[0]
        if thing.any():
            at = place_of(scene, 0)
            found.append(Case(scene.geometry, page, truth, thing, at, what, asked.query))
    return found


def measure(course: Course, model: str, count: int) -> np.ndarray:
    """Fill the figures; the pictures of every page by the ways that are shown, side by side."""
    engine = Engine()
    size = engine.load(model, "cpu").pixels
    course.part(JUDGE)
    judge = stands(size)
    course.figures |= {"size": size, "judge": examine(judge, size), "ratio": OWN["change"]}
    all_ways, rows, shown = ways(engine, model), dict[str, list[dict[str, float]]](), list[np.ndarray]()
    some = cases(count, size)
    for case in course.each(PAGES, some):
        line = [case.page, case.truth]
        for name, way in all_ways.items():
            picture, mask = way(case)
            stands_ = judge.look([picture], [case.at])[0]
            kept = metrics.largest_difference(picture, case.page, mask == 0)
            rows.setdefault(name, []).append(
                {
                    "gone": float(not stands_),
                    "psnr": metrics.psnr(picture, case.truth, case.changes),
                    "outside": float(kept),
                }
            )
            line.append(picture)
        if len(shown) < SHOWN:
            shown.append(np.hstack(line))
        course.figures |= {"pages": len(rows[FOUND]), "ways": {name: mean(one) for name, one in rows.items()}}
    return np.vstack(shown)


def ways(engine: Engine, model: str) -> dict[str, Way]:
    """All that is compared, by name."""
    begun = request(model=model, device="cpu")

    def run(case: Case, asked: EditRequest, mask: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        try:
            result = engine.run(asked.with_(seed=case.seed), case.page, mask)
        except InputError:
            return case.page, np.zeros_like(case.mask)
        return result.on(case.page), result.mask.whole()

    def edited(method: Method, change: float, *, words: bool = False) -> Way:
        plain = begun.with_(method=method, change=change, guidance=Weight(3.0))

        def way(case: Case) -> tuple[np.ndarray, np.ndarray]:
            query, avoid = (case.place, "") if words else ("", case.what)
            return run(case, plain.with_(query=query, avoid=avoid, reference=case.what), case.reached)

        return way

    def removed(ratio: float, **more: object) -> Way:
        def way(case: Case) -> tuple[np.ndarray, np.ndarray]:
            asked = removing(begun.with_(change=ratio), case.what, ("change",))
            filled = {name: getattr(case, str(value)) for name, value in more.items()}
            asked = asked.with_(**filled, guidance=Weight(3.0)) if filled else asked
            return run(case, asked, case.mask)

        return way

    def inpainted(flag: int) -> Way:
        return lambda case: (cv2.inpaint(case.page, case.reached, 3, flag), case.reached)

    return {
        "the page, unchanged": lambda case: (case.page, case.mask),
        "the truth": lambda case: (case.truth, np.full_like(case.mask, 255)),
        "OpenCV, Telea": inpainted(cv2.INPAINT_TELEA),
        "OpenCV, Navier–Stokes": inpainted(cv2.INPAINT_NS),
        "the border diffused inwards alone": lambda c: (harmonic.fill(c.page, c.reached > 0), c.reached),
        "what the page shows elsewhere alone": lambda c: (completion.fill(c.page, c.reached > 0), c.reached),
        "masked SDEdit, the thing avoided": edited(Method.MASKED_SDEDIT, 0.9),
        "masked SDEdit, the place named": edited(Method.MASKED_SDEDIT, 0.9, words=True),
        "DiffEdit, the thing avoided": edited(Method.DIFFEDIT, 0.9),
        "DiffEdit, the place named": edited(Method.DIFFEDIT, 0.9, words=True),
        **{f"from the filled page, ratio {ratio:g}": removed(ratio) for ratio in RATIOS},
        "the same, 0.15, the thing avoided": removed(0.15, avoid="what"),
        "the same, 0.6, the place named": removed(0.6, query="place"),
        FOUND: lambda case: run(case, removing(begun, case.what), None),
    }


def mean(rows: list[dict[str, float]]) -> dict[str, float]:
    gone, psnr = (metrics.mean([row[name] for row in rows]) for name in ("gone", "psnr"))
    return {
        "gone": round(gone.value, 3),
        "gone_error": round(gone.error, 3),
        "psnr": round(psnr.value, 2),
        "error": round(psnr.error, 2),
        "outside": max(row["outside"] for row in rows),
    }


def text(figures: Figures) -> str:
    rows = [
        [
            name,
            f"{100 * row['gone']:.0f} ± {100 * row['gone_error']:.0f} %",
            f"{row['psnr']:.2f} ± {row['error']:.2f}",
            f"{row['outside']:.0f}",
        ]
        for name, row in figures["ways"].items()
    ]
    head = ["way", "nothing stands there", "PSNR inside, dB", "largest difference outside"]
    return f"""## Removing

{figures["pages"]} Storybook pages of {figures["size"]} pixels with one subject, half of them of any size and
anywhere, and the same pages rendered without it. *Nothing stands there*: by a small classifier that was
taught on renders with and without a subject (right about {figures["judge"]:.0%} of renders it never saw);
it was never shown a smear, and takes some for a thing. PSNR against the true page over all that has to
change, the shadow among it. *Outside*: in levels of 255, outside the mask that was pasted through. The
editor removes at a ratio of {figures["ratio"]:g}.

{results.table(head, rows)}

The first {SHOWN} pages, their truth, then the ways of the table, left to right:
[results/remove.png](results/remove.png).

{results.origin(figures)}
"""


if __name__ == "__main__":
    main()
