"""Storybook edits with a known answer, against other methods: `python tests/bench/bench_quality.py`.

A fast subset by default; `--full` publishes docs/results/quality.json, its pictures and its section of
docs/results.md.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.edit.engine import Engine
from core.errors import InputError
from tests.bench import results
from tests.bench.course import Course
from tests.bench.results import Figures
from tests.bench.storybook import masks, metrics, quality_page
from tests.bench.storybook.cases import FULL, Case, table_names
from tests.bench.storybook.judge import EXAMINED_ON, lessons
from tests.bench.storybook.peer import FAULTS, Peer, PeerSettings
from tests.bench.storybook.study import METHODS, Edited, Row, Study, request, summary

RATIOS = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0)
FAST = 16
BEGUN = results.SCRATCH / "quality-begun.json"
OPENING, EDITS, MASKS = "judge", "edits", "masks"
CONTROLS, METHODS_, PEER, JUDGE = "controls", "methods and ratios", "diffusers' pipeline", "judge, examined"


def main() -> None:
    options = arguments()
    if options.rewrite:
        figures = results.load("quality")
        quality_page.trade_off(figures, results.RESULTS)
        results.publish("quality", quality_page.text(figures))
        return
    edits = FULL if options.full else FAST
    known = json.loads(BEGUN.read_text(encoding="utf-8")) if options.resume else {}
    with Course(parts(edits), kept=BEGUN) as course:
        course.part(OPENING)
        study = Study.open(options.model, edits)
        begun = {"edits": edits, "weights": results.weights(study.folder)}
        if known and any(known.get(name) != value for name, value in begun.items()):
            sys.exit(f"{BEGUN} is of other edits or weights: run it anew, without --resume.")
        course.figures |= known | begun
        figures, edited = course.figures, measure(course, study, options.model, known)
        figures["made"] = results.made("quality", course.began, study.folder)
    print(quality_page.text(figures))
    saved = results.save("quality", figures, published=options.full)
    quality_page.pictures(figures, study.cases, edited, saved.parent)
    if options.full:
        results.publish("quality", quality_page.text(figures))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help=f"all {FULL} edits, published")
    parser.add_argument("--model", default="starter", help="starter or a diffusers folder")
    parser.add_argument("--resume", action="store_true", help="measure only what an interrupted run had not")
    parser.add_argument(
        "--rewrite", action="store_true", help="write the page anew from the published figures"
    )
    return parser.parse_args()


def parts(edits: int) -> dict[str, float]:
    """What is measured, in order, and its seconds on two cores."""
    ratios = 0.4 * edits * len(RATIOS) * len(METHODS)
    return {
        OPENING: 20.0,
        EDITS: 1.2 * edits,
        MASKS: 4.0 * edits,
        CONTROLS: 1.0 * edits,
        METHODS_: ratios,
        PEER: 3.5 * edits,
        JUDGE: 10.0,
    }


def measure(course: Course, study: Study, model: str, known: Figures) -> list[Edited]:
    """All figures, and the default edits themselves. known: those of a run that was interrupted."""
    asked, cases, strength = request().find, study.cases, study.model.mask_strength
    figures = course.figures
    figures |= {"threshold": asked.threshold, "draws": asked.draws}
    edited = run_engine(course, study, model)
    course.part(MASKS)
    study.found = {case.seed: one.mask for case, one in zip(cases, edited, strict=True)}
    default = masks.default(cases, [one.heat for one in edited], asked.draws, strength)
    default.evaluations = round(float(np.mean([one.finding for one in edited])), 1)
    figures["masks"] = known.get("masks") or [
        setting.row(asked.threshold) | masks.by_number(cases, setting, asked.threshold)
        for setting in (default, *masks.study_masks(study, asked.draws, strength), *masks.bounds(study))
    ]
    figures["mask_groups"] = masks.by_group(cases, default, asked.threshold)
    pairs = [(case, one.picture) for case, one in zip(cases, edited, strict=True)]
    headline = study.score(pairs, [one.mask for one in edited])
    figures["headline"] = {**summary(headline), "evaluations": mean_cost(edited)}
    figures["groups"] = groups(cases, headline)
    figures["edits"] = [per_edit(*one) for one in zip(cases, edited, headline, strict=True)]
    course.part(CONTROLS)
    figures["rounding"] = rounding(study, edited)
    figures["controls"] = controls(study)
    figures["methods"] = []  # filled row by row: an interruption tells what an hour had measured
    figures["methods"].extend(trade_off(course, study, known.get("methods", [])))
    figures["peers"] = {"rows": [], "faults": list(FAULTS)}
    ours = {"name": "DiffEdit, this editor", **figures["headline"]}
    figures["peers"]["rows"].extend(against_peer(course, study, ours, known.get("peers", {}).get("rows", [])))
    course.part(JUDGE)
    figures["judge"] = examine(study)
    return edited


def examine(study: Study) -> Row:
    """The judge's scores on renders it never saw, and on the edits' truths."""
    exam = lessons(EXAMINED_ON, study.model.pixels)
    truths = [(case, case.truth) for case in study.cases]
    nothing = [None] * len(truths)
    return {
        "renders": len(exam),
        **study.judge.examine(exam),
        "truths": summary(study.score(truths, nothing))["right"],
    }


def run_engine(course: Course, study: Study, model: str) -> list[Edited]:
    """Every edit by the editor's own engine at its defaults. Where it finds no region the page stays."""
    engine, edited = Engine(), []
    for case in course.each(EDITS, study.cases):
        asked = request(model=model, device="cpu", seed=case.seed)
        asked = asked.with_(query=case.edit.query, reference=case.edit.reference)
        try:
            result = engine.run(asked, case.page)
            assert result.heat is not None
            heat, cost = result.heat.on(asked.find.snap), result.evaluations
            edited.append(Edited(result.mask.whole(), heat, result.on(case.page), cost.mask, cost.total))
        except InputError:  # no region above the threshold; the heat map is known already
            found = engine.find(asked, case.page)
            nothing = np.zeros(case.page.shape[:2], np.uint8)
            spent = 2 * asked.find.draws
            edited.append(Edited(nothing, found.heat.on(asked.find.snap), case.page, spent, spent))
    return edited


def rounding(study: Study, edited: list[Edited]) -> Row:
    """How far a batch's pictures are from the engine's, over the first batch."""
    pairs = list(study.draw(request(), 1))
    differences = [np.abs(picture.astype(int) - edited[i].picture) for i, (_, picture) in enumerate(pairs)]
    return {
        "edits": len(pairs),
        "levels": int(max(one.max() for one in differences)),
        "share": float(np.mean([(one > 0).mean() for one in differences])),
    }


def mean_cost(edited: list[Edited]) -> float:
    return round(float(np.mean([one.evaluations for one in edited])), 1)


def controls(study: Study) -> list[Row]:
    """What nothing reaches, what drawing reaches in the true region, and what the VAE allows."""
    nothing = [(case, case.page) for case in study.cases]
    none = [None] * len(nothing)
    found = study.found
    study.found = {case.seed: case.region.astype(np.uint8) * 255 for case in study.cases}
    known = list(study.draw(request()))
    masks_ = [study.found[case.seed] for case in study.cases]
    study.found = found
    through: list[tuple[Case, np.ndarray]] = []
    for batch in study.batches:
        through += zip(batch.cases, batch.through_vae([case.truth for case in batch.cases]), strict=True)
    return [
        {"name": "the page, unchanged", **summary(study.score(nothing, none)), "evaluations": 0},
        {
            "name": "DiffEdit in the true region",
            **summary(study.score(known, masks_)),
            "evaluations": request(mask="known").cost().total,
        },
        {"name": "the truth, through the VAE", **summary(study.score(through, none)), "evaluations": 0},
    ]


def trade_off(course: Course, study: Study, known: list[Row]) -> Iterator[Row]:
    """Every method at every encoding ratio."""
    measured = {(row["method"], row["ratio"]): row for row in known}
    ways = [(ratio, method) for ratio in RATIOS for method in METHODS]
    for ratio, method in course.each(METHODS_, ways):
        asked, name = request(method=method, change=ratio), METHODS[method]
        if (name, ratio) in measured:
            yield measured[name, ratio]
            continue
        pairs = list(study.draw(asked))
        found = [study.found[case.seed] if method.masked else None for case, _ in pairs]
        row = {"method": name, "ratio": ratio, **summary(study.score(pairs, found))}
        course.found(f"{name} at {ratio:g}: right {row['right']:.1%}, {row['psnr']:.2f} dB")
        yield {**row, "evaluations": asked.cost().total}


def against_peer(course: Course, study: Study, ours: Row, known: list[Row]) -> Iterator[Row]:
    """The deprecated pipeline at its defaults and at this editor's settings, after `ours`."""
    asked, peer = request(), Peer(study.folder)
    settings = {
        "its defaults": PeerSettings(),
        "our settings": PeerSettings(
            steps=asked.steps,
            draws=asked.find.draws,
            strength=study.model.mask_strength,
            ratio=asked.change,
            guidance=asked.guidance.scale,
            inverts_with_reference=False,
            inversion_guidance=1.0,
        ),
    }
    cases, measured = study.cases, {row["name"]: row for row in known}
    yield ours | _mask_means([study.found[case.seed] >= 128 for case in cases], cases)
    for setting, one in course.each(PEER, list(settings.items())):
        name = f"diffusers pipeline, {setting}"
        if name in measured:
            yield measured[name]
            continue
        found = [edit for batch in study.batches for edit in peer.edit(batch.cases, one)]
        pairs = [(case, edit.drawn) for case, edit in zip(cases, found, strict=True)]
        row = summary(study.score(pairs, [edit.mask.astype(np.uint8) for edit in found]))
        course.found(f"{name}: right {row['right']:.1%}, {row['psnr']:.2f} dB")
        means = _mask_means([edit.mask for edit in found], cases)
        yield {"name": name, **row, **means, "evaluations": found[0].evaluations}


def _mask_means(found: list[np.ndarray], cases: list[Case]) -> Row:
    scores = [metrics.overlap(mask, case.region) for mask, case in zip(found, cases, strict=True)]
    return {
        name: float(np.mean([getattr(one, name) for one in scores]))
        for name in ("iou", "precision", "recall")
    }


def groups(cases: list[Case], rows: list[Row]) -> list[Row]:
    """The default edit's scores for each group and family."""
    found: list[Row] = []
    for name in table_names(cases):
        part = [row for case, row in zip(cases, rows, strict=True) if name in case.tables]
        found.append({"name": name, **summary(part)})
    return found


def per_edit(case: Case, edited: Edited, row: Row) -> Row:
    """One edit's line in the JSON file."""
    verdict = metrics.overlap(edited.mask >= 128, case.region)
    return {
        "seed": case.seed,
        "family": case.family,
        "group": case.group,
        "reference": case.edit.reference,
        "query": case.edit.query,
        "iou": round(verdict.iou, 4),
        "psnr": round(row["psnr"], 3),
        "ssim": round(row["ssim"], 4),
        "right": row["right"],
        "outside": row["outside"],
    }


if __name__ == "__main__":
    main()
