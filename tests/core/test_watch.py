"""One share and one time left for a whole job, measured by evaluations."""

from types import SimpleNamespace
from typing import Any

from core.edit.evaluations import Evaluations
from core.edit.progress import Cancel, Progress, Stage
from core.edit.watch import Watch


def run(expected: Evaluations, *stages: tuple[Stage, list[int]]) -> list[Progress]:
    """A job whose stages make so many evaluations before each thing they tell."""
    model: Any = SimpleNamespace(evaluations=100)
    told: list[Progress] = []
    watch = Watch(model, expected, told.append, Cancel())
    for stage, steps in stages:
        with watch.stage(stage):
            for i, made in enumerate(steps, start=1):
                model.evaluations += made
                watch.tell(stage, i, len(steps))
    return told


def test_the_share_is_of_all_stages():
    told = run(Evaluations(4, 2, 2), (Stage.FINDING, [2, 2]), (Stage.ENCODING, [1, 1]), (Stage.DECODING, [2]))
    assert [step.share for step in told] == [0.25, 0.5, 0.625, 0.75, 1.0]


def test_a_stage_that_ends_early_or_was_remembered_has_none_left():
    told = run(Evaluations(20, 4, 6), (Stage.FINDING, [4]), (Stage.DECODING, [3, 3]), (Stage.PASTING, [0]))
    assert [step.share for step in told] == [4 / 30, 7 / 10, 1.0, 1.0]
    assert told[-1].seconds_left == 0


def test_a_job_whose_evaluations_are_all_remembered_is_at_its_end():
    assert [step.share for step in run(Evaluations(), (Stage.PASTING, [0]))] == [1.0]
