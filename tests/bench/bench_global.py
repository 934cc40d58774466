"""Which statistic of a heat map tells edits of the whole picture from edits of a subject, and where to cut.

Storybook's edits of ground, hour and sky against those of a subject, one of each in a scene. Thresholds are
chosen on one half of the scenes and judged on the other. Few scenes by default; `--full` writes
docs/results/global.json and its section of docs/results.md.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion.rule import Rule
from core.edit.engine import Engine
from core.edit.request import EditRequest, MaskRequest
from core.photo.locality import GLOBAL, evenness
from resources import starter_folder
from resources.starter.world import JUDGING_SEEDS, Edit, Scene, edits, render, sample
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures

SEEDS = JUDGING_SEEDS[300_000:]  # no other bench uses these
SIZE = 256
FAST, FULL = 10, 120
HEATS = "heat maps"


def border(h: np.ndarray) -> float:
    """Mean heat of the outermost cells over the mean of all."""
    rim = np.concatenate([h[0], h[-1], h[:, 0], h[:, -1]])
    return float(rim.mean() / h.mean())


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


def heats(course: Course, count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Maps of the difference for the local and the global edits, by the editor's defaults but its rule."""
    engine, find = Engine(), MaskRequest(rule=Rule.DIFFERENCE)
    local: list[np.ndarray] = []
    everywhere: list[np.ndarray] = []
    for scene, *both in course.each(HEATS, pairs(count)):
        page = np.ascontiguousarray(render(scene, SIZE)[0])
        for one, kept in zip(both, (local, everywhere), strict=True):
            asked = EditRequest(
                photo="", reference=one.reference, query=one.query, seed=scene.geometry, find=find
            )
            kept.append(engine.find(asked, page).heat.values)
    return local, everywhere


def separated(low: np.ndarray, high: np.ndarray) -> Figures:
    """How well a value tells two groups apart: the area under the ROC curve, and the best cut.

    The cut has the best balanced accuracy on the first half; `judged` is its accuracy on the second.
    """
    area = (low[:, None] < high[None]).mean() + 0.5 * (low[:, None] == high[None]).mean()
    sign = 1 if area >= 0.5 else -1
    half = len(low) // 2
    cuts = np.unique(np.concatenate([low[:half], high[:half]]))
    cuts = (cuts[1:] + cuts[:-1]) / 2
    scores = [balanced(low[:half], high[:half], cut, sign) for cut in cuts]
    most = max(scores)
    cut = float(np.median([cut for cut, score in zip(cuts, scores, strict=True) if score == most]))
    return {
        "area": float(max(area, 1 - area)),
        "cut": cut,
        "chosen": most,
        "judged": balanced(low[half:], high[half:], cut, sign),
        "local": float(np.median(low)),
        "global": float(np.median(high)),
    }


def balanced(low: np.ndarray, high: np.ndarray, cut: float, sign: int = 1) -> float:
    """The mean of both groups' shares on their own side of a cut."""
    return float(((sign * low < sign * cut).mean() + (sign * high >= sign * cut).mean()) / 2)


def measure(course: Course, count: int) -> Figures:
    """Every statistic's separation, and the two distributions of the one that the editor uses."""
    groups = heats(course, count)
    rows = []
    for name, statistic in STATISTICS.items():
        low, high = (np.array([statistic(heat) for heat in group]) for group in groups)
        rows.append({"statistic": name, **separated(low, high)})
    low, high = (np.array([evenness(heat) for heat in group])[count // 2 :] for group in groups)
    return {
        "scenes": count,
        "statistics": rows,
        "constant": GLOBAL,
        "balanced": balanced(low, high, GLOBAL),
        "told_of_local": float((low >= GLOBAL).mean()),
        "told_of_global": float((high >= GLOBAL).mean()),
        "percentiles": [5, 25, 50, 75, 95],
        "local": np.percentile(low, [5, 25, 50, 75, 95]).tolist(),
        "global": np.percentile(high, [5, 25, 50, 75, 95]).tolist(),
    }


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    header = [
        "statistic of the heat map",
        "area under ROC",
        "cut",
        "accuracy where chosen",
        "on other scenes",
    ]
    rows = [
        [r["statistic"], f"{r['area']:.3f}", f"{r['cut']:.3f}", f"{r['chosen']:.1%}", f"{r['judged']:.1%}"]
        for r in sorted(figures["statistics"], key=lambda row: -row["area"])
    ]
    spread = [
        [name, *(f"{value:.2f}" for value in figures[key])]
        for name, key in (("edits of a subject", "local"), ("edits of ground, hour or sky", "global"))
    ]
    return "\n\n".join(
        (
            "## When an edit counts as global",
            f"Heat maps of {figures['scenes']} Storybook scenes that training never saw, each with an edit"
            " of a subject and one of ground, hour or sky. Cuts are chosen for balanced accuracy on half of"
            " them.",
            results.table(header, rows),
            f"The editor says “this edit is global” from {figures['constant']:g} on, of median / 99th"
            f" percentile: on the other half to {figures['told_of_global']:.0%} of the global edits and"
            f" {figures['told_of_local']:.0%} of the local ones (balanced accuracy"
            f" {figures['balanced']:.1%}). Its distribution there:",
            results.table(["", *(f"{p} %" for p in figures["percentiles"])], spread),
            results.origin(figures),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL} scenes, and write docs/results")
    chosen = parser.parse_args()
    count = FULL if chosen.full else FAST
    with Course({HEATS: 1.0 * count}) as course:
        figures = course.figures
        figures |= measure(course, count)
        figures["made"] = results.made("global", course.began, starter_folder())
    results.save("global", figures, published=chosen.full)
    print(f"\n{text(figures)}")
    if chosen.full:
        results.publish("global", text(figures))


if __name__ == "__main__":
    main()
