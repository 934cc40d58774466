"""How well a found mask hugs its subject: heat maps cut plainly, and snapped to the picture's edges.

`make bench-boundary` asks the starter model where Storybook's local edits are, on pages of 256 and 512 pixels
that it was not trained on, and cuts its heat maps both ways. Per threshold: IoU with what must change, and
the F-score of the boundary within 0.8 % of the page's diagonal. All of it writes docs/results.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.photo.masks import upsample
from core.photo.masks.mask import cut, stretch
from core.photo.masks.upsample import EPSILON, edges, snap
from core.photo.masks.windows import WINDOWS
from resources import STARTER, starter_folder
from resources.starter.world import JUDGING_SEEDS, Edit, edits, sample
from tests.bench import results
from tests.bench.course import Course
from tests.bench.storybook.cases import pages

FIRST = 1001  # of the judging seeds
DEFAULT = MaskRequest().threshold
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
TOLERANCE = 0.008  # of the diagonal
EDITOR = "four octaves"
WAYS: dict[str, tuple[tuple[float, ...], float] | None] = {
    "bilinear": None,
    **{f"r {r:g}": ((r,), EPSILON) for r in (0.0625, 0.125, 0.16, 0.22, 0.25, 0.3, 0.5)},
    "three octaves": (WINDOWS[1:], EPSILON),
    EDITOR: (WINDOWS, EPSILON),
    "five octaves": ((WINDOWS[0] / 2, *WINDOWS), EPSILON),
    **{f"{EDITOR}, ε {e:g}": (WINDOWS, e) for e in (1e-5, 1e-3)},
}

Case = tuple[np.ndarray, np.ndarray, np.ndarray]  # page, truth, heat map


def cases(count: int, size: int) -> Iterator[Case]:
    """Local edits, the families taking turns as far as the scenes allow."""
    engine, taken, seed = Engine(), dict[str, int](), FIRST
    engine.load(STARTER, "cpu")
    while sum(taken.values()) < count:
        scene = sample(JUDGING_SEEDS[seed])
        seed += 1
        local = [one for one in edits(scene) if one.local]
        if not local:
            continue
        family = min(sorted({one.family for one in local}), key=lambda name: taken.get(name, 0))
        taken[family] = taken.get(family, 0) + 1
        asked: Edit = next(one for one in local if one.family == family)
        page, _, region = pages(scene, asked, size)
        find = MaskRequest(look_in=LookIn.WHOLE)  # where a closer look goes on is no matter of edges
        request = EditRequest(photo="", query=asked.query, reference=asked.reference, find=find)
        yield page, region, engine.find(request, page).heat.values


def overlap(mask: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    return float((mask & truth).sum() / max(1, (mask | truth).sum()))


def boundary(mask: np.ndarray, truth: np.ndarray) -> float:
    """F-score of the boundary: the share of each that lies near the other's, as a harmonic mean."""
    near = max(1, round(TOLERANCE * float(np.hypot(*mask.shape))))
    one, other = _edge(mask), _edge(truth)
    if not one.any() or not other.any():
        return 0.0
    precision = float((ndimage.distance_transform_edt(~other)[one] <= near).mean())
    recall = float((ndimage.distance_transform_edt(~one)[other] <= near).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _edge(mask: np.ndarray) -> np.ndarray:
    return mask ^ ndimage.binary_erosion(mask, border_value=1)


def _snapped(heat: np.ndarray, page: np.ndarray, windows: tuple[float, ...], epsilon: float) -> np.ndarray:
    with patch.object(upsample, "EPSILON", epsilon):
        return snap(heat, edges(page, windows))


def score(known: list[Case], way: tuple[tuple[float, ...], float] | None) -> dict[str, float]:
    """Means over the cases at the default threshold, and at the one that is best over all cases."""
    tables: dict[str, np.ndarray] = {}
    measures: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {"iou": overlap, "f": boundary}
    masks: list[list[np.ndarray]] = []
    for page, _, heat in known:
        values = stretch(heat if way is None else _snapped(heat, page, *way))
        masks.append([cut(values, (page.shape[1], page.shape[0]), at) >= 128 for at in THRESHOLDS])
    for name, measure in measures.items():
        rows = [[measure(mask, case[1]) for mask in row] for row, case in zip(masks, known, strict=True)]
        tables[name] = np.mean(rows, axis=0)
    at = THRESHOLDS.index(DEFAULT)
    figures: dict[str, float] = {}
    for name, means in tables.items():
        best = int(means.argmax())
        figures[name] = round(float(means[at]), 3)
        figures[f"best_{name}"] = round(float(means[best]), 3)
        figures[f"best_{name}_threshold"] = THRESHOLDS[best]
    areas = [row[at].sum() / case[1].sum() for row, case in zip(masks, known, strict=True)]
    figures["area"] = round(float(np.median(areas)), 3)  # of what must change: above 1 it overshoots
    return figures


def parts(sizes: list[int], count: int) -> dict[str, float]:
    """What is measured, in order, and its seconds on two cores."""
    found: dict[str, float] = {}
    for size in sizes:
        found[f"heat maps at {size} px"] = 0.5 * count
        found[f"ways at {size} px"] = len(WAYS) * count * size**2 * 2e-6
    return found


def measure(course: Course, count: int, size: int) -> None:
    """Every way's scores on pages of a size."""
    course.part(f"heat maps at {size} px", count)
    known: list[Case] = []
    for case in cases(count, size):
        known.append(case)
        course.step()
    rows = course.figures["pages"][str(size)] = {}
    course.found(f"{count} pages of {size} px   IoU   best at     F   best at   area")
    for name in course.each(f"ways at {size} px", list(WAYS)):
        row = rows[name] = score(known, WAYS[name])
        course.found(
            f"{name:22} {row['iou']:9.3f} {row['best_iou']:5.3f} {row['best_iou_threshold']:4.2f}"
            f" {row['f']:5.3f} {row['best_f']:5.3f} {row['best_f_threshold']:4.2f} {row['area']:6.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="edits per page size (default 60)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512], help="page sizes in pixels")
    given = parser.parse_args()
    with Course(parts(given.sizes, given.count)) as course:
        course.figures |= {"count": given.count, "pages": {}}
        for size in given.sizes:
            measure(course, given.count, size)
        course.figures["made"] = results.made("boundary", course.began, starter_folder())
    figures = course.figures
    full = given.count == parser.get_default("count") and given.sizes == parser.get_default("sizes")
    print(results.save("boundary", figures, published=full))
    if full:
        results.publish("boundary", text(figures))


def text(figures: results.Figures) -> str:
    """The section of docs/results.md."""
    rows = [
        [
            f"{size} px, **{name}**" if name == EDITOR else f"{size} px, {name}",
            *(f"{row[key]:.3f}" for key in ("iou", "best_iou", "f", "best_f")),
            f"{row['area']:.2f}",
        ]
        for size, ways in figures["pages"].items()
        for name, row in ways.items()
    ]
    head = ["mask", "IoU", "IoU, best cut", "boundary F", "F, best cut", "area"]
    return "\n\n".join(
        (
            "## Masks along the picture's edges",
            f"Heat maps of {figures['count']} local edits a page size, enlarged plainly and by a guided "
            "filter (radius r as a share of the grid's side; octaves: the mean over four radii from 1/16 to "
            f"1/2, three from 1/8, five from 1/32; ε {EPSILON:g} unless said; the editor's own setting is "
            "bold), then stretched from the coldest pixel to the hottest. Boundary F: the share of each "
            "outline that lies within 0.8 % of the diagonal of the other's, as a harmonic mean. At the "
            "default threshold, and at the one that is best over all. Area: the mask's, of that of what must "
            "change, median.",
            results.table(head, rows),
            results.origin(figures),
        )
    )


if __name__ == "__main__":
    main()
