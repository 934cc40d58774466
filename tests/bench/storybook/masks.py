"""Found masks against the regions that must change, over thresholds, draws, strengths and references."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from resources.starter.world import render
from tests.bench.storybook import metrics
from tests.bench.storybook.batch import find
from tests.bench.storybook.cases import Case, table_names
from tests.bench.storybook.study import Row, Study

THRESHOLDS = np.round(np.arange(0.1, 0.851, 0.05), 2)
DRAWS = (1, 3, 5, 10, 20)
PAPER = (5, 10)  # … and by the paper's rule
STRENGTHS = (0.3, 0.4, 0.5, 0.6, 0.8, 0.9)


@dataclass
class Setting:
    """One way to find masks, and each edit's overlap at every threshold (edits, thresholds)."""

    name: str
    draws: int
    strength: float
    reference: bool
    overlaps: list[list[metrics.Overlap]]
    clamp: Clamp = Clamp.RANGE
    rule: Rule = Rule.EVIDENCE
    attention: bool = False
    evaluations: float | None = None  # measured, where a mask may settle before all draws

    def row(self, default: float) -> Row:
        """The setting's line in the table. default: the editor's threshold."""
        ious = np.array([[one.iou for one in edit] for edit in self.overlaps])
        column = int(np.abs(THRESHOLDS - default).argmin())
        common = metrics.best_column(ious)
        reached = metrics.mean(list(ious[:, column]))
        return {
            "name": self.name,
            "draws": self.draws,
            "strength": self.strength,
            "reference": self.reference,
            "edits": len(ious),
            "iou": reached.value,
            "iou_error": reached.error,
            "precision": float(np.mean([edit[column].precision for edit in self.overlaps])),
            "recall": float(np.mean([edit[column].recall for edit in self.overlaps])),
            "iou_best": float(ious.max(axis=1).mean()),
            "common_threshold": float(THRESHOLDS[common]),
            "iou_common": float(ious[:, common].mean()),
            "evaluations": 2 * self.draws if self.evaluations is None else self.evaluations,
        }


def default(cases: Sequence[Case], heats: Sequence[np.ndarray], draws: int, strength: float) -> Setting:
    """The editor's own setting, from the heat maps that its engine found."""
    found = [_overlaps(case, heat) for case, heat in zip(cases, heats, strict=True)]
    return Setting("the default", draws, strength, True, found)


def study_masks(study: Study, draws: int, strength: float) -> list[Setting]:
    """Other draws, an empty reference and other strengths."""
    settings = {n: Setting(f"{n} draws", n, strength, True, []) for n in DRAWS}
    others = [Setting("reference empty", draws, strength, False, [])]
    paper = (
        Setting(f"the paper's rule, {n} draws", n, strength, True, [], rule=Rule.DIFFERENCE) for n in PAPER
    )
    others += paper
    for rule, name in (Rule.DIFFERENCE, "the paper's rule"), (Rule.EVIDENCE, "evidence"):
        named = f"{name} and attention"
        others.append(Setting(named, draws, strength, True, [], rule=rule, attention=True))
    others.append(Setting("scaled by the peak alone", draws, strength, True, [], Clamp.PEAK))
    others.append(Setting("clamped at 3 × mean", draws, strength, True, [], Clamp.MEAN))
    others += [Setting(f"strength {s:g}", draws, s, True, []) for s in STRENGTHS]
    for batch in study.batches:
        for case, heats in zip(batch.cases, batch.heats(DRAWS, strength, reference=True), strict=True):
            for n, heat in zip(DRAWS, heats, strict=True):
                settings[n].overlaps.append(_overlaps(case, heat))
        for setting in others:
            found = batch.heats(
                [setting.draws],
                setting.strength,
                reference=setting.reference,
                clamp=setting.clamp,
                rule=setting.rule,
                attention=setting.attention,
            )
            pairs = zip(batch.cases, found, strict=True)
            setting.overlaps += [_overlaps(case, heat) for case, [heat] in pairs]
    return [*settings.values(), *others]


def bounds(study: Study) -> list[Setting]:
    """What needed no search: how far the path itself goes, and an outline of what stands there now."""
    perfect = [heat for batch in study.batches for heat in batch.true_heats()]
    standing = [_standing(case).astype(np.float32) for case in study.cases]
    named = {"a perfect map of the model's cells": perfect, "the outline of what stands there": standing}
    return [
        Setting(name, 0, 0, True, [_overlaps(*one) for one in zip(study.cases, heats, strict=True)])
        for name, heats in named.items()
    ]


def by_number(cases: Sequence[Case], setting: Setting, default: float) -> Row:
    """The mean IoU of the edits of scenes with one subject, and with two."""
    column = int(np.abs(THRESHOLDS - default).argmin())
    ious = np.array([edit[column].iou for edit in setting.overlaps])
    two = np.array([len(case.before.subjects) > 1 for case in cases])
    return {"one": float(ious[~two].mean()), "two": float(ious[two].mean())}


def _standing(case: Case) -> np.ndarray:
    return render(case.before, case.page.shape[0])[1][case.edit.change.subject]


def _overlaps(case: Case, heat: np.ndarray) -> list[metrics.Overlap]:
    return [metrics.overlap(find(heat, float(t)) >= 128, case.region) for t in THRESHOLDS]


def by_group(cases: Sequence[Case], setting: Setting, default: float) -> list[Row]:
    """The mask's scores for each family, and for one subject, two, and unseen combinations apart."""
    rows: list[Row] = []
    for name in table_names(cases):
        part = [o for case, o in zip(cases, setting.overlaps, strict=True) if name in case.tables]
        row = Setting(name, setting.draws, setting.strength, setting.reference, part).row(default)
        rows.append(row)
    return rows
