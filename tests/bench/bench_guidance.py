"""What rescaling, decay and intervals of guidance do to masked edits: `python tests/bench/bench_guidance.py`.

A fast subset by default; `--full` publishes docs/results/guidance.json and its section of docs/results.md.
"""

import argparse
import sys
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.diffusion.weight import Projection, Rescale, Shape, Weight
from core.edit.request import EditRequest
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook import metrics
from tests.bench.storybook.cases import TUNING
from tests.bench.storybook.guidances import Combine, apart, plus, soft, zero
from tests.bench.storybook.quality_page import nearest
from tests.bench.storybook.study import Row, Study, request, summary

SCALES = (5.0, 7.5, 15.0)
FAST, FULL = 16, 96
OPENING, PRESETS = "masks", "presets"


def presets() -> dict[str, EditRequest]:
    """Everything compared, by name."""
    found = {f"constant {g:g}": request(guidance=Weight(g)) for g in (1.0, 2.0, 3.0, *SCALES)}
    for rescale in (Rescale.PREDICTION, Rescale.UPDATE, Rescale.BOTH, Rescale.STD):
        for g in SCALES:
            found[f"{g:g}, rescale {rescale}"] = request(guidance=Weight(g), rescale=rescale)
    for eta, radius in ((0.0, 0.0), (0.5, 0.0), (0.0, 2.5), (1.0, 2.5)):
        for g in (7.5, 15.0):
            projected = request(
                guidance=Weight(g), rescale=Rescale.PROJECTED, projection=Projection(eta, radius)
            )
            found[f"{g:g}, projected η {eta:g}, r {radius:g}"] = projected
    for skip in (0.95, 0.97, 0.98, 0.99, 0.995):
        found[f"3, skip at {skip:g}"] = request(guidance=Weight(3.0), skip=skip)
    for g in (7.5, 15.0):
        for shape in (Shape.LINEAR, Shape.COSINE):
            for end in (1, 0):
                weight = Weight(g, decay=1.0, decay_to=end, shape=shape)
                found[f"{g:g} → {end}, {shape}"] = request(guidance=weight)
    found["7.5 → 1, exponential"] = request(guidance=Weight(7.5, decay=1.0, shape=Shape.EXPONENTIAL))
    for a, b in ((0.0, 0.5), (0.2, 0.8), (0.25, 0.75), (0.5, 1.0)):
        found[f"7.5 in {a:g}:{b:g}, else 1"] = request(guidance=Weight(7.5, interval=(a, b)))
    mixed = Weight(7.5, decay=1.0, shape=Shape.COSINE)
    found["7.5 → 1, cosine, rescale both"] = request(guidance=mixed, rescale=Rescale.BOTH)
    return found


def others() -> dict[str, tuple[EditRequest, Combine]]:
    """What is compared beside, by formulas that the program doesn't have."""
    found: dict[str, tuple[EditRequest, Combine]] = {}
    for g in (3.0, 5.0):
        asked = request(guidance=Weight(g))
        found[f"{g:g}, CFG-Zero* without its first step"] = asked, zero(from_nothing=True)
        found[f"{g:g}, CFG-Zero*"] = asked, zero(from_nothing=False)
        found[f"{g:g}, weight by pixel"] = asked, soft
    for share in (0.6, 1.0):
        found[f"CFG++, λ {share:g}"] = request(guidance=Weight(3.0)), plus(share)
    for low, high in ((1.5, 3.0), (2.0, 5.0), (3.0, 7.5)):
        found[f"frequencies apart, {low:g} and {high:g}"] = request(guidance=Weight(high)), apart(low, high)
    return found


def measure(course: Course, study: Study) -> None:
    """A row for each preset, over the same edits, masks and inversions."""
    ways: dict[str, tuple[EditRequest, Combine | None]] = {
        name: (one, None) for name, one in presets().items()
    }
    for name, (asked, combining) in course.each(PRESETS, list((ways | others()).items())):
        for batch in study.batches:
            batch.combining = combining
        pairs = list(study.draw(asked))
        scored = study.score(pairs, [study.found[case.seed] for case, _ in pairs])
        row = {"preset": name, **summary(scored), **drift(pairs), "each": [one["right"] for one in scored]}
        row["decode"] = sum(batch.decoding for batch in study.batches) / len(study.cases)
        course.figures["presets"].append(row)
        course.found(f"{name:32} right {row['right']:.1%}  {row['psnr']:.2f} dB")


def drift(pairs: list) -> Row:
    """How much more saturated and contrasty than the truth, inside the region; 0 is none."""
    saturations, contrasts = [], []
    for case, picture in pairs:
        seen, true = (metrics.saturation(one, case.region) for one in (picture, case.truth))
        saturations.append(seen - true)
        seen, true = (metrics.contrast(one, case.region) for one in (picture, case.truth))
        contrasts.append(seen - true)
    return {"saturation": fmean(saturations), "contrast": fmean(contrasts)}


def best(rows: list[Row]) -> Row:
    """The highest PSNR among presets that draw the right subject hardly less often than the best of them.

    Hardly: by at most one standard error of the difference, edit by edit.
    """
    most = max(rows, key=lambda row: row["right"])
    close = [row for row in rows if _missing(most, row).value <= _missing(most, row).error]
    return max(close, key=lambda row: row["psnr"])


def _missing(most: Row, row: Row) -> metrics.Mean:
    """By how much a preset draws fewer right subjects, as a share of the edits."""
    return metrics.mean([float(a) - float(b) for a, b in zip(most["each"], row["each"], strict=True)])


def text(figures: Figures) -> str:
    """The section of docs/results.md."""
    rows, winner = figures["presets"], best(figures["presets"])
    known = presets()
    default = next((row for row in rows if known.get(row["preset"]) == request()), None)
    assert default is not None, "the editor's default guidance is not among the presets compared"
    lines = [
        (
            f"**{row['preset']}**" if row is winner else row["preset"],
            f"{row['right']:.0%}",
            nearest(row),
            f"{row['psnr']:.2f} ± {row['psnr_error']:.2f}",
            f"{row['ssim']:.3f}",
            f"{row['saturation'] * 100:+.1f}",
            f"{row['contrast']:+.1f}",
            f"{row['decode']:.3g}",
        )
        for row in rows
    ]
    head = (
        "guidance",
        "right subject",
        "nearest",
        "PSNR inside, dB",
        "SSIM",
        "saturation drift, %",
        "contrast drift, levels",
        "evaluations",
    )
    agree = (
        "The editor's default is that preset."
        if default is winner
        else f"The editor's default, {default['preset']}, draws the right subject in {default['right']:.0%} "
        f"at {default['psnr']:.2f} dB and {default['decode']:.3g} evaluations."
    )
    return "\n\n".join(
        (
            f"{rows[0]['edits']} held-out edits, none of them among those of the quality tables, so that the "
            "defaults are not chosen on what they are judged by. DiffEdit at the default ratio "
            f"{figures['ratio']:g} and {figures['steps']} steps, through the masks that the model found at "
            "the default threshold; the same masks, inversions and noise in every row. Drift is measured "
            "inside the region against the true page. Evaluations are those of decoding alone.",
            results.table(head, lines),
            f"Best for masked edits by these numbers: **{winner['preset']}**, right in "
            f"{winner['right']:.0%} at {winner['psnr']:.2f} dB with {winner['decode']:.3g} evaluations (the "
            "highest PSNR among presets that draw the right subject, edit by edit, within one standard error "
            "as often as the best). "
            f"{agree}",
            results.origin(figures),
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"{FULL} edits, published")
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder")
    parser.add_argument(
        "--rewrite", action="store_true", help="write the page anew from the published figures"
    )
    options = parser.parse_args()
    if options.rewrite:
        results.publish("guidance", text(results.load("guidance")))
        return
    edits, asked = FULL if options.full else FAST, request()
    with Course({OPENING: 20.0 + 0.5 * edits, PRESETS: 0.4 * edits * len(presets() | others())}) as course:
        course.part(OPENING)
        study = Study.open(options.model, edits, TUNING)
        study.find_all(asked.find.threshold, asked.find.draws)
        figures = course.figures
        figures |= {"presets": [], "ratio": asked.change, "steps": asked.steps}
        measure(course, study)
        figures["made"] = results.made("guidance", course.began, study.folder)
    print(text(figures))
    results.save("guidance", figures, published=options.full)
    if options.full:
        results.publish("guidance", text(figures))


if __name__ == "__main__":
    main()
