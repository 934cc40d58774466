"""What both benches do: open a model before some judged edits, and score the pictures that come out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from core.edit.method import Method
from core.edit.request import EditRequest
from core.models.backbone import Backbone
from core.models.catalog import STARTER, folder_of
from core.models.load import load
from core.models.ways import begun
from core.photo.region import paste
from tests.bench.storybook import metrics
from tests.bench.storybook.batch import Batch, find
from tests.bench.storybook.cases import SEEDS, Case, cases
from tests.bench.storybook.judge import Judge, Shown, Verdict, judge, place_of
from tests.bench.storybook.strict import Strict

Row = dict[str, Any]
AT_ONCE = 16


@dataclass(frozen=True)
class Edited:
    """What the engine made of one edit: mask uint8 and heat map (H, W), picture uint8 (H, W, 3), cost."""

    mask: np.ndarray
    heat: np.ndarray
    picture: np.ndarray
    finding: int
    evaluations: int


@dataclass
class Study:
    """A model, the judged edits at its size in batches, the two judges, and the masks found so far."""

    model: Backbone
    folder: Path
    batches: list[Batch]
    judge: Judge
    found: dict[int, np.ndarray]
    strict: Strict = field(default_factory=Strict)

    @staticmethod
    def open(model: str, edits: int, seeds: range = SEEDS) -> "Study":
        folder, backbone = folder_of(model), load(model, "cpu")
        judged = cases(edits, backbone.pixels, seeds)
        batches = [Batch(backbone, judged[i : i + AT_ONCE]) for i in range(0, len(judged), AT_ONCE)]
        return Study(backbone, folder, batches, judge(backbone.pixels), {})

    @property
    def cases(self) -> list[Case]:
        return [case for batch in self.batches for case in batch.cases]

    def find_all(self, threshold: float, draws: int) -> None:
        """Fill `found` by the editor's own cut of each heat map."""
        strength = self.model.mask_strength
        for batch in self.batches:
            for case, [heat] in zip(batch.cases, batch.heats([draws], strength, reference=True), strict=True):
                self.found[case.seed] = find(heat, threshold)

    def draw(self, request: EditRequest, batches: int | None = None) -> Iterator[tuple[Case, np.ndarray]]:
        """All cases, or the first batches', with their finished pictures, pasted through the mask if any."""
        for batch in self.batches[:batches]:
            masks = [self.found[case.seed] for case in batch.cases] if request.method.masked else []
            drawn = batch.draw(request, masks)
            for i, case in enumerate(batch.cases):
                yield case, paste(case.page, drawn[i], masks[i]) if masks else drawn[i]

    def score(
        self, pairs: Sequence[tuple[Case, np.ndarray]], masks: Sequence[np.ndarray | None]
    ) -> list[Row]:
        """Scores of finished pictures, one row an edit. masks: uint8, or None where the method has none."""
        verdicts, kept = self.judge.look([shown(*pair) for pair in pairs]), self._kept(pairs)
        rows: list[Row] = []
        for (case, picture), mask, verdict, stays in zip(pairs, masks, verdicts, kept, strict=True):
            now = case.after.subjects[case.edit.change.subject]
            kind = verdict.kind == now.kind
            beyond = ~case.region if mask is None else mask == 0
            rows.append(
                {
                    "kind": kind,
                    "right": kind and (case.edit.change.look is None or verdict.look == now.look),
                    "kept": stays,
                    **self.strict.row(case, picture),
                    "psnr": metrics.psnr(picture, case.truth, case.region),
                    "ssim": metrics.ssim(picture, case.truth, case.region),
                    "outside": metrics.largest_difference(picture, case.page, beyond),
                    "around": metrics.mean_difference(picture, case.truth, ~case.region),
                    "moved": metrics.mean_difference(picture, case.page, np.ones_like(case.region)),
                }
            )
        return rows

    def _kept(self, pairs: Sequence[tuple[Case, np.ndarray]]) -> list[bool | None]:
        """Whether the judge still sees the subject that was to stay, and its look; None where none stands."""
        beside = [shown_beside(*pair) for pair in pairs]
        asked = [one for one in beside if one is not None]
        seen = iter(self.judge.look(asked) if asked else [])
        return [None if one is None else next(seen) == Verdict(one.kind, one.look) for one in beside]


def shown(case: Case, picture: np.ndarray) -> Shown:
    """The edited subject's place on a picture, for the judge."""
    subject = case.edit.change.subject
    now = case.after.subjects[subject]
    return Shown(picture, place_of(case.before, subject), now.kind, now.look)


def shown_beside(case: Case, picture: np.ndarray) -> Shown | None:
    """The place of the subject that was to stay, for the judge; None where nothing else stands."""
    if len(case.before.subjects) < 2:
        return None
    other = 1 - case.edit.change.subject
    stays = case.before.subjects[other]
    return Shown(picture, place_of(case.before, other), stays.kind, stays.look)


def summary(rows: Sequence[Row]) -> Row:
    """Means over edits; the largest difference outside is the largest of all edits."""
    inside = metrics.mean([row["psnr"] for row in rows])
    return {
        "edits": len(rows),
        "kind": fmean(row["kind"] for row in rows),
        "right": fmean(row["right"] for row in rows),
        "strict": fmean(row["strict"] for row in rows),
        "blurred": fmean(row["blurred"] for row in rows),
        "kept": fmean(kept) if (kept := [row["kept"] for row in rows if row["kept"] is not None]) else None,
        "psnr": inside.value,
        "psnr_error": inside.error,
        "ssim": fmean(row["ssim"] for row in rows),
        "outside": max(row["outside"] for row in rows),
        "around": fmean(row["around"] for row in rows),
        "moved": fmean(row["moved"] for row in rows),
    }


def request(**fields: Any) -> EditRequest:
    """What an edit with this model begins with, some fields changed; prompts, seed and photo are a case's."""
    plain = EditRequest(photo="", query="", model=fields.get("model", STARTER))
    return begun(plain, {}).with_(**fields)


METHODS = {
    Method.DIFFEDIT: "DiffEdit",
    Method.MASKED_SDEDIT: "masked SDEdit",
    Method.SDEDIT: "SDEdit",
    Method.ENCODE_DECODE: "encode–decode",
    Method.MASKED_FLOWEDIT: "FlowEdit in the mask",
    Method.FLOWEDIT: "FlowEdit",
}
