"""The quality section of docs/results.md and its pictures, from the figures alone."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench.results import Figures, origin, table
from tests.bench.storybook import metrics
from tests.bench.storybook.cases import Case
from tests.bench.storybook.picture import Chart, Line, charts, sheet
from tests.bench.storybook.study import Edited, Row

SHOWN = 4  # edits of each rank on the contact sheet
GROUPS = {
    "one": "one subject, known",
    "two": "two subjects, known",
    "unseen, one": "one subject, unseen combination",
    "unseen, two": "two subjects, unseen combination",
}


def text(figures: Figures) -> str:
    """Markdown, without the section's marks."""
    edits, judge = figures["headline"]["edits"], figures["judge"]
    return "\n\n".join(
        (
            f"{edits} edits of scenes that training never saw, balanced over eight families, at the model's "
            "own size. Every edit has a known region and a known outcome, the same geometry rendered with "
            "one attribute changed. Means over edits; ± is one standard error.",
            "### Targets",
            _targets(figures),
            "### Mask",
            "The app's own path: heat map, cut, enlarged. “Best” takes each edit's own best threshold, "
            "“common” the best one for all. The last two rows search for nothing and show what bounds the "
            "figures: a map that knows every cell's true share, through the same path, and the subject's own "
            "outline, which says nothing of the place that what comes instead will take. *Evidence* is the "
            "editor's rule (docs/decisions/053), the paper's is the plain difference; with *attention* the "
            "map is multiplied by the fourth root of the U-Net's attention to the words that change.",
            _masks(figures["masks"]),
            _mask_groups(figures["mask_groups"]),
            "### Edits",
            f"The judge of subjects is right on {judge['kind']:.1%} of kinds and {judge['look']:.1%} of "
            f"looks ({judge['both']:.1%} of both) in {judge['renders']} subjects of held-out renders, and on "
            f"{judge['truths']:.1%} of the true outcomes of these edits.",
            "Right subject: the judge sees the asked kind and, where the look is what changes, the asked "
            "look. Nearest: of the page, the true outcome and those of all other edits of the same subject "
            "the true one is nearest to the picture by mean squared error inside the region; the second "
            "figure is after a blur of 1.5 / 64 of the page. Neighbour kept: where another subject stands "
            "in the scene, the judge still sees its kind and its look. PSNR and SSIM are inside the region "
            "that must change, against the true outcome. “Outside” is the largest difference from the "
            "opened page, in levels of 255, outside the method's mask (without a mask: outside the region "
            "that must change); “around” is the mean difference from the truth outside that region.",
            _headline(figures),
            "The encoding ratio; all methods with the same masks, guidance and steps. Evaluations are what "
            "an edit costs by itself.",
            _methods(figures["methods"]),
            "![Right subjects and closeness to the truth against how much of the page moved]"
            "(results/trade-off.png)",
            _rounding(figures["rounding"]) if "rounding" in figures else "",
            "### Seen and unseen combinations",
            _groups(figures["groups"]),
            "### The deprecated diffusers pipeline",
            "The same weights, seeds and edits; evaluations counted by a hook on its UNet. “Our settings”: "
            "the same steps, draws, ratio and guidance, inversion without prompt and guidance.",
            _peers(figures["peers"]["rows"]),
            "It ran without a change to its code: both of its schedulers follow v prediction, and the "
            "inverse one is made from the model's own. Its faults, seen in its source: "
            + "; ".join(figures["peers"]["faults"])
            + ".",
            "### Best, median and worst",
            f"By rank of PSNR inside the region, {SHOWN} of each: page, mask, edit, truth.",
            "![Best, median and worst edits](results/edits.png)",
            origin(figures),
        )
    )


def _targets(figures: Figures) -> str:
    mask = next(row for row in figures["masks"] if row["name"] == "the default")
    headline, judge = figures["headline"], figures["judge"]
    ours, *peers = figures["peers"]["rows"]
    behind = _behind(figures["methods"])
    worse = [name for name, better in _against(ours, peers).items() if not better]
    rows = (
        ("mean IoU at the default threshold", "≥ 0.73", f"{mask['iou']:.3f}", mask["iou"] >= 0.73),
        ("the same where two subjects stand", "≥ 0.67", f"{mask['two']:.3f}", mask["two"] >= 0.67),
        (
            "mean IoU at each edit's best threshold",
            "≥ 0.80",
            f"{mask['iou_best']:.3f}",
            mask["iou_best"] >= 0.8,
        ),
        ("right subject", "≥ 90 %", f"{headline['right']:.1%}", headline["right"] >= 0.9),
        ("the true outcome nearest", "≥ 85 %", f"{headline['strict']:.1%}", headline["strict"] >= 0.85),
        ("the same after a blur", "≥ 92 %", f"{headline['blurred']:.1%}", headline["blurred"] >= 0.92),
        ("neighbour kept", "≥ 85 %", f"{headline['kept']:.1%}", headline["kept"] >= 0.85),
        (
            "PSNR inside above SDEdit and masked SDEdit",
            "at every ratio",
            "below at " + ", ".join(behind) if behind else "at every ratio",
            not behind,
        ),
        ("largest difference outside the mask", "0", str(headline["outside"]), headline["outside"] == 0),
        (
            "better than the deprecated pipeline",
            "in all",
            "not in " + ", ".join(worse) if worse else "in all",
            not worse,
        ),
        (
            "the judge on held-out renders, kind and look",
            "≥ 99 %",
            f"{judge['both']:.1%}",
            judge["both"] >= 0.99,
        ),
    )
    lines = [(name, aim, reached, "yes" if met else "**no**") for name, aim, reached, met in rows]
    return table(("target", "aim", "reached", "met"), lines)


def _behind(rows: Sequence[Row]) -> list[str]:
    """The ratios at which a form of SDEdit is closer to the truth than DiffEdit."""
    found: list[str] = []
    for ratio in dict.fromkeys(row["ratio"] for row in rows):
        psnr = {row["method"]: row["psnr"] for row in rows if row["ratio"] == ratio}
        found += [f"{ratio:g} ({name})" for name in FRESH if psnr.get(name, 0) >= psnr["DiffEdit"]]
    return found


def _against(ours: Row, peers: Sequence[Row]) -> dict[str, bool]:
    def better(key: str, sign: int) -> bool:
        return all(sign * ours[key] > sign * peer[key] for peer in peers)

    return {
        "IoU": better("iou", 1),
        "right subject": better("right", 1),
        "PSNR inside": better("psnr", 1),
        "difference outside": better("outside", -1),
        "evaluations": better("evaluations", -1),
    }


def _masks(rows: Sequence[Row]) -> str:
    lines = [
        (
            f"**{row['name']}**" if row["name"] == "the default" else row["name"],
            str(row["edits"]),
            f"{row['iou']:.3f} ± {row['iou_error']:.3f}",
            f"{row['one']:.3f}",
            f"{row['two']:.3f}",
            f"{row['precision']:.3f}",
            f"{row['recall']:.3f}",
            f"{row['iou_best']:.3f}",
            f"{row['iou_common']:.3f} at {row['common_threshold']:g}",
            str(row["evaluations"]),
        )
        for row in rows
    ]
    scores = "IoU", "one subject", "two", "precision", "recall", "IoU, best", "IoU, common", "evaluations"
    return table(("mask", "edits", *scores), lines)


def _mask_groups(rows: Sequence[Row]) -> str:
    lines = [
        (
            GROUPS.get(row["name"], row["name"]),
            str(row["edits"]),
            f"{row['iou']:.3f} ± {row['iou_error']:.3f}",
            f"{row['precision']:.3f}",
            f"{row['recall']:.3f}",
            f"{row['iou_best']:.3f}",
        )
        for row in rows
    ]
    return table(("at the defaults", "edits", "IoU", "precision", "recall", "IoU, best"), lines)


FRESH = ("SDEdit", "masked SDEdit")  # start from fresh noise
EDIT_HEAD = (
    "right subject",
    "nearest",
    "neighbour kept",
    "PSNR inside, dB",
    "SSIM",
    "outside",
    "around",
    "evaluations",
)


def _edit_cells(row: Row) -> tuple[str, ...]:
    return (
        f"{row['right']:.1%}",
        nearest(row),
        "—" if row["kept"] is None else f"{row['kept']:.1%}",
        f"{row['psnr']:.2f} ± {row['psnr_error']:.2f}",
        f"{row['ssim']:.3f}",
        str(row["outside"]),
        f"{row['around']:.2f}",
        str(row["evaluations"]),
    )


def nearest(row: Row) -> str:
    """The strict judge's two shares, where it has looked."""
    return f"{row['strict']:.0%}, {row['blurred']:.0%}" if "strict" in row else "—"


def _headline(figures: Figures) -> str:
    name = f"the engine at its defaults, {figures['headline']['edits']} edits"
    rows = [{**figures["headline"], "name": name}, *figures["controls"]]
    return table(("edit", *EDIT_HEAD), [(row["name"], *_edit_cells(row)) for row in rows])


def _methods(rows: Sequence[Row]) -> str:
    return table(
        ("method", "ratio", *EDIT_HEAD),
        [(row["method"], f"{row['ratio']:g}", *_edit_cells(row)) for row in rows],
    )


def _peers(rows: Sequence[Row]) -> str:
    lines = [(row["name"], f"{row['iou']:.3f}", *_edit_cells(row)) for row in rows]
    return table(("edit", "IoU", *EDIT_HEAD), lines)


def _groups(rows: Sequence[Row]) -> str:
    lines = [
        (
            GROUPS.get(row["name"], row["name"]),
            str(row["edits"]),
            f"{row['kind']:.0%}",
            f"{row['right']:.0%}",
            nearest(row),
            f"{row['psnr']:.2f} ± {row['psnr_error']:.2f}",
            f"{row['ssim']:.3f}",
        )
        for row in rows
    ]
    head = ("at the defaults", "edits", "right kind", "right subject", "nearest", "PSNR inside, dB", "SSIM")
    return table(head, lines)


def _rounding(row: Row) -> str:
    return (
        f"The ratio table is drawn in batches through the engine's own functions: over {row['edits']} edits "
        f"its pictures differ from the engine's by at most {row['levels']} of 255, in {row['share']:.2%} of "
        "the values."
    )


def trade_off(figures: Figures, folder: Path) -> None:
    """The chart of right subjects and closeness against what moved and the ratio, PNG."""
    lines_moved, lines_psnr = [], []
    for name in dict.fromkeys(row["method"] for row in figures["methods"]):
        rows = [row for row in figures["methods"] if row["method"] == name]
        labels = [f"{row['ratio']:g}" for row in rows]
        lines_moved.append(Line(name, [(row["moved"], 100 * row["right"]) for row in rows], labels))
        lines_psnr.append(Line(name, [(row["ratio"], row["psnr"]) for row in rows]))
    drawn = (
        Chart(
            "labels: encoding ratio", "mean change of the whole page, levels", "right subject, %", lines_moved
        ),
        Chart("inside the region", "encoding ratio", "PSNR to the truth, dB", lines_psnr),
    )
    charts(drawn).quantize(64).save(folder / "trade-off.png", optimize=True)


def pictures(figures: Figures, cases: Sequence[Case], edited: Sequence[Edited], folder: Path) -> None:
    """The chart, and the contact sheet of the best, the median and the worst edits, PNG."""
    trade_off(figures, folder)
    ranks = metrics.by_rank([row["psnr"] for row in figures["edits"]], min(SHOWN, len(cases)))
    strips: list[tuple[str, Sequence[np.ndarray]]] = []
    for rank in ("best", "median", "worst"):
        for i in ranks[rank]:
            case, one, scored = cases[i], edited[i], figures["edits"][i]
            asked = f"{case.edit.reference}\nto {case.edit.query}"
            verdict = "right" if scored["right"] else "wrong"
            scores = f"{scored['psnr']:.1f} dB, IoU {scored['iou']:.2f}\n{verdict} subject"
            strips.append((f"{rank}\n{asked}\n{scores}", (case.page, one.mask, one.picture, case.truth)))
    sheet(strips, ("before", "mask", "after", "truth")).quantize(256).save(
        folder / "edits.png", optimize=True
    )
