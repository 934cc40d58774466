"""Which statistic of a heat map tells edits of the whole picture from edits of a subject, and where to cut.

Storybook's edits of ground, hour and sky against those of a subject, one of each in a scene, on the whole
page and on crops and zooms of it. Thresholds are chosen on one half and judged on the other. Few scenes by
default; `--full` writes docs/results/global.json and its section of docs/results.md.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion.rule import Rule
from core.edit.engine import Engine
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.edit.result import HeatMap
from core.photo import rect as rects
from core.photo.masks.locality import EVERYWHERE, FAR, GLOBAL, Reach, border, evenness
from core.photo.rect import Rect
from resources import starter_folder
from resources.starter.world import JUDGING_SEEDS, Edit, Scene, edits, sample
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook.cases import pages

SEEDS = JUDGING_SEEDS[300_000:]  # no other bench uses these
SIZE = 256
FAST, FULL = 10, 120
HEATS = "heat maps"
WHOLE = 0.0
FILLS = 0.65, 0.8, 1.0
CROP = 0.6
SMALLEST = 48  # pixels of a page's part, which has to be seen


def entropy(h: np.ndarray) -> float:
    p = h.ravel() / h.sum()
    return float(-(p * np.log(np.maximum(p, 1e-12))).sum() / np.log(p.size))


def largest(h: np.ndarray) -> float:
    """Share of the largest island above 0.5."""
    from scipy import ndimage

    labels, count = ndimage.label(h >= 0.5)
    return float(np.bincount(labels.ravel())[1:].max() / h.size) if count else 0.0


def between(h: np.ndarray) -> float:
    """Otsu: the largest share of the variance that two classes explain."""
    x = np.sort(h.ravel())
    i, total = np.arange(1, x.size), np.cumsum(x)
    low, high = total[:-1] / i, (total[-1] - total[:-1]) / (x.size - i)
    return float((i / x.size * (1 - i / x.size) * (high - low) ** 2).max() / x.var())


OF_REACH: dict[str, Callable[[Reach], float]] = {
    "border over strength": lambda reach: reach.border / reach.strength,
    "strength": lambda reach: reach.strength,
}
STATISTICS: dict[str, Callable[[np.ndarray], float]] = {
    "median / 99th percentile": evenness,
    "median / mean": lambda h: float(np.median(h) / h.mean()),
    "median": lambda h: float(np.median(h)),
    "mean": lambda h: float(h.mean()),
    "mean / root mean square": lambda h: float(h.mean() / np.sqrt((h * h).mean())),
    "standard deviation": lambda h: float(h.std()),
    "share above 0.5": lambda h: float((h >= 0.5).mean()),
    "share clamped": lambda h: float((h >= 0.999).mean()),
    "largest island's share": largest,
    "entropy": entropy,
    "border / mean": border,
    "Otsu's variance between classes": between,
}


def pairs(count: int) -> list[tuple[Scene, Edit, Edit]]:
    """Scenes with one edit of a subject and one of the whole page; their families are drawn first."""
    found = []
    for seed in SEEDS[:count]:
        scene, rng = sample(seed), np.random.default_rng([seed, 43])
        known = edits(scene)
        found.append(
            (scene, *(_pick([e for e in known if e.local is local], rng) for local in (True, False)))
        )
    return found


def _pick(some: list[Edit], rng: np.random.Generator) -> Edit:
    family = str(rng.choice(sorted({one.family for one in some})))
    fitting = [one for one in some if one.family == family]
    return fitting[int(rng.integers(len(fitting)))]


@dataclass(frozen=True)
class Found:
    """A map of the difference, by the editor's defaults but its rule.

    fill  the larger side of what must change as a share of the picture; WHOLE for a page, whatever it shows
    """

    local: bool
    fill: float
    heat: HeatMap


def heats(course: Course, count: int) -> list[list[Found]]:
    """Of each scene: a local and a global edit of its page, of the first zooms until the subject fills the
    picture, of the other one a crop."""
    engine, scenes = Engine(), list[list[Found]]()
    for scene, one, other in course.each(HEATS, pairs(count)):
        page, _, region = pages(scene, one, SIZE)
        rng = np.random.default_rng([scene.geometry, 44])

        def find(asked: Edit, box: Rect, seed: int = scene.geometry, page: np.ndarray = page) -> HeatMap:
            find = MaskRequest(rule=Rule.DIFFERENCE, look_in=LookIn.WHOLE)
            words = EditRequest(photo="", reference=asked.reference, query=asked.query, seed=seed, find=find)
            return engine.find(words, np.ascontiguousarray(page[rects.slices(box)])).heat

        whole = rects.whole((SIZE, SIZE))
        known = [Found(True, WHOLE, find(one, whole)), Found(False, WHOLE, find(other, whole))]
        for fill in FILLS:
            box = zoomed(region, fill)
            if box is not None:
                known.append(Found(True, fill, find(one, box)))
        side = round(CROP * SIZE)
        x, y = (int(at) for at in rng.integers(0, SIZE - side, 2))
        known.append(Found(False, CROP, find(other, (x, y, side, side))))
        scenes.append(known)
    return scenes


def zoomed(region: np.ndarray, fill: float) -> Rect | None:
    """A square of the page of whose side what must change takes such a share; None if it leaves the page or
    is too small to be seen."""
    box = rects.bounding_box(region)
    if box is None:
        return None
    side = round(max(box[2:]) / fill)
    if not SMALLEST <= side < SIZE:
        return None
    x, y = (
        int(np.clip(begin + length / 2 - side / 2, 0, SIZE - side))
        for begin, length in zip(box[:2], box[2:], strict=True)
    )
    return x, y, side, side


def separated(low: np.ndarray, high: np.ndarray) -> Figures:
    """How well a value tells two groups apart: the area under the ROC curve, and the best cut.

    The cut has the best balanced accuracy on the first half; `judged` is its accuracy on the second.
    """
    area = (low[:, None] < high[None]).mean() + 0.5 * (low[:, None] == high[None]).mean()
    sign = 1 if area >= 0.5 else -1
    (low, other_low), (high, other_high) = (
        (one[: len(one) // 2], one[len(one) // 2 :]) for one in (low, high)
    )
    cuts = np.unique(np.concatenate([low, high]))
    cuts = (cuts[1:] + cuts[:-1]) / 2
    scores = [balanced(low, high, cut, sign) for cut in cuts]
    most = max(scores)
    cut = float(np.median([cut for cut, score in zip(cuts, scores, strict=True) if score == most]))
    return {
        "area": float(max(area, 1 - area)),
        "cut": cut,
        "chosen": most,
        "judged": balanced(other_low, other_high, cut, sign),
        "local": float(np.median(np.concatenate([low, other_low]))),
        "global": float(np.median(np.concatenate([high, other_high]))),
    }


def balanced(low: np.ndarray, high: np.ndarray, cut: float, sign: int = 1) -> float:
    """The mean of both groups' shares on their own side of a cut."""
    return float(((sign * low < sign * cut).mean() + (sign * high >= sign * cut).mean()) / 2)


def measure(course: Course, count: int) -> Figures:
    """Every statistic's separation, and how the editor decides, by how much of the picture the subject is."""
    scenes = heats(course, count)
    every = [one for scene in scenes for one in scene]
    rows = []
    for name in (*OF_REACH, *STATISTICS):
        low, high = (
            np.array([valued(name, one.heat) for one in every if one.local is local])
            for local in (True, False)
        )
        rows.append({"statistic": name, **separated(low, high)})
    decides = next(iter(OF_REACH))
    low, high = (
        [valued(decides, one.heat) for one in every if one.local is local] for local in (True, False)
    )
    groups = {
        f"{'local' if local else 'global'} {fill:g}": [
            one.heat.is_global for one in every if (one.local, one.fill) == (local, fill)
        ]
        for local, fill in sorted({(one.local, one.fill) for one in every}, reverse=True)
    }
    return {
        "scenes": count,
        "statistics": rows,
        "constants": {"far": FAR, "everywhere": EVERYWHERE},
        "told": {name: {"maps": len(said), "share": float(np.mean(said))} for name, said in groups.items()},
        "told_of_local": float(np.mean([one.heat.is_global for one in every if one.local])),
        "told_of_global": float(np.mean([one.heat.is_global for one in every if not one.local])),
        "before": {
            "local": float(np.mean([evenness(one.heat.values) >= GLOBAL for one in every if one.local])),
            "global": float(np.mean([evenness(one.heat.values) >= GLOBAL for one in every if not one.local])),
        },
        "percentiles": [5, 25, 50, 75, 95],
        "local": np.percentile(low, [5, 25, 50, 75, 95]).tolist(),
        "global": np.percentile(high, [5, 25, 50, 75, 95]).tolist(),
    }


def valued(name: str, heat: HeatMap) -> float:
    if name in OF_REACH:
        assert heat.reach is not None
        return OF_REACH[name](heat.reach)
    return STATISTICS[name](heat.values)


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    header = ["statistic", "area under ROC", "cut", "accuracy where chosen", "on other scenes"]
    rows = [
        [r["statistic"], f"{r['area']:.3f}", f"{r['cut']:.3f}", f"{r['chosen']:.1%}", f"{r['judged']:.1%}"]
        for r in sorted(figures["statistics"], key=lambda row: -row["area"])
    ]
    spread = [
        [name, *(f"{value:.2f}" for value in figures[key])]
        for name, key in (("edits of a subject", "local"), ("edits of ground, hour or sky", "global"))
    ]
    said = [
        [_named(name), str(told["maps"]), f"{told['share']:.0%}"] for name, told in figures["told"].items()
    ]
    far, everywhere = figures["constants"]["far"], figures["constants"]["everywhere"]
    before = figures["before"]
    return "\n\n".join(
        (
            "## When an edit counts as global",
            f"Maps of the difference on {figures['scenes']} Storybook scenes that training never saw, each"
            " with an edit of a subject and one of ground, hour or sky: on the whole page, zoomed until the"
            f" larger side of the subject is {', '.join(f'{fill:.0%}' for fill in FILLS)} of the picture's,"
            f" and of the other one on a crop of {CROP:.0%} of the page's sides. Cuts are chosen for balanced"
            " accuracy on half of the maps. The strength is the 99th percentile of the difference over the"
            " model's κ; all others are of the map, scaled.",
            results.table(header, rows),
            f"The editor says “this edit is global” from {far:g} on, of border over strength, or from a"
            f" border of {everywhere:g} on: to {figures['told_of_global']:.0%} of the global edits"
            f" and {figures['told_of_local']:.0%} of the local ones (balanced accuracy"
            f" {(1 - figures['told_of_local'] + figures['told_of_global']) / 2:.1%})."
            f" By the median alone, from {GLOBAL:g} on,"
            f" it was to {before['global']:.0%} and {before['local']:.0%}. By what the picture shows:",
            results.table(["edit", "maps", "called global"], said),
            "The distribution of border over strength:",
            results.table(["", *(f"{p} %" for p in figures["percentiles"])], spread),
            results.origin(figures),
        )
    )


def _named(group: str) -> str:
    kind, fill = group.split()
    if float(fill) == WHOLE:
        return f"{kind}, whole page"
    return f"local, subject {float(fill):.0%}" if kind == "local" else "global, crop"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL} scenes, and write docs/results")
    parser.add_argument("--scenes", type=int, help="so many instead")
    chosen = parser.parse_args()
    count = chosen.scenes or (FULL if chosen.full else FAST)
    with Course({HEATS: 4.0 * count}) as course:
        figures = course.figures
        figures |= measure(course, count)
        figures["made"] = results.made("global", course.began, starter_folder())
    results.save("global", figures, published=chosen.full)
    print(f"\n{text(figures)}")
    if chosen.full:
        results.publish("global", text(figures))


if __name__ == "__main__":
    main()
