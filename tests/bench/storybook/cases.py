"""The judged edits: Storybook scenes that training never saw, each with its known region and outcome."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Final

import numpy as np

from resources.starter.world import (
    JUDGING_SEEDS,
    Edit,
    Scene,
    edit,
    edits,
    render,
    sample,
    unseen_subject,
)
from tests.bench.storybook.metrics import changed

SEEDS: Final = JUDGING_SEEDS[20_000:200_000]
"""Scenes of the judged edits. The training's own scores and the samples use earlier judging seeds."""

TUNING: Final = JUDGING_SEEDS[200_000:300_000]
"""Scenes on which defaults are chosen: none of the edits that the results speak of is among them."""

FAMILIES: Final = ("animal", "vessel", "vehicle", "shape", "fruit", "season", "colour", "material")
QUOTAS: Final = {"one": 9, "two": 9, "unseen": 8}
"""Edits of each family: one subject or two in combinations training knew, and new ones.

New is what the edit makes of its subject; whatever else stands in the scene is known.
"""

FULL: Final = len(FAMILIES) * sum(QUOTAS.values())


@dataclass(frozen=True)
class Case:
    """One judged edit.

    seed    of the scene's geometry, of every draw of noise too;  group  one, two or unseen
    page    before, truth: the page that a perfect edit gives, uint8 (size, size, 3)
    region  bool (size, size): what must change
    """

    seed: int
    group: str
    edit: Edit
    before: Scene
    after: Scene
    page: np.ndarray
    truth: np.ndarray
    region: np.ndarray

    @property
    def family(self) -> str:
        return self.edit.family

    @property
    def tables(self) -> tuple[str, str]:
        """The lines of a table by groups that this edit counts in: known or new beside its family."""
        number = ("one", "two")[len(self.before.subjects) - 1]
        return self.group if self.group == number else f"{self.group}, {number}", self.family


def cases(count: int, size: int, seeds: range = SEEDS) -> list[Case]:
    """The first `count` (≤ FULL) judged edits at `size` pixels; families and groups alternate."""
    return [_case(*one, size) for one in chosen(seeds)[:count]]


def chosen(seeds: range = SEEDS) -> list[tuple[Scene, Edit, str]]:
    """Scene, edit and group of FULL edits, at most one a scene, in an order whose starts balance."""
    slots: dict[tuple[str, str], list[tuple[Scene, Edit, str]]] = defaultdict(list)
    wanted = FULL
    for seed in seeds:
        scene = sample(seed)
        fitting = [
            (family, group, one) for family, group, one in _offers(scene) if _open(slots, family, group)
        ]
        if fitting:
            family, group, one = min(fitting, key=lambda offer: len(slots[offer[:2]]) / QUOTAS[offer[1]])
            slots[family, group].append((scene, one, group))
            wanted -= 1
        if not wanted:
            break
    per_family = [_alternating([slots[family, group] for group in QUOTAS]) for family in FAMILIES]
    return list(chain.from_iterable(zip(*per_family, strict=True)))


def _offers(scene: Scene) -> list[tuple[str, str, Edit]]:
    """One edit of each family and group that this scene allows, chosen by its seed."""
    found: dict[tuple[str, str], list[Edit]] = defaultdict(list)
    for one in edits(scene):
        if not one.local:
            continue
        if (group := _group(scene, one)) is not None:
            found[one.family, group].append(one)
    rng = np.random.default_rng([scene.geometry, 60])
    return [(*slot, some[int(rng.integers(len(some)))]) for slot, some in found.items()]


def _group(scene: Scene, one: Edit) -> str | None:
    """None for an edit that begins with an unseen combination, or beside one."""
    subjects = range(len(scene.subjects))
    if any(unseen_subject(scene, i) for i in subjects):
        return None
    new = unseen_subject(edit(scene, one.change), one.change.subject)
    return "unseen" if new else ("one", "two")[len(scene.subjects) - 1]


def _open(slots: dict[tuple[str, str], list[tuple[Scene, Edit, str]]], family: str, group: str) -> bool:
    return len(slots[family, group]) < QUOTAS[group]


def _alternating(groups: list[list[tuple[Scene, Edit, str]]]) -> list[tuple[Scene, Edit, str]]:
    """One of each group in turn, until all are used."""
    turns = chain.from_iterable(zip_longest(*groups))
    return [one for one in turns if one is not None]


def _case(scene: Scene, one: Edit, group: str, size: int) -> Case:
    after = edit(scene, one.change)
    return Case(scene.geometry, group, one, scene, after, *pages(scene, one, size))


def table_names(some: Sequence[Case]) -> list[str]:
    """The lines of a table by groups: known and new combinations, then the families."""
    groups, families = zip(*(case.tables for case in some), strict=True)
    return [*dict.fromkeys(groups), *dict.fromkeys(families)]


def pages(scene: Scene, one: Edit, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The page, the page as it should become, both uint8 (size, size, 3), and what must change, bool.

    Where the subject changes that is the union of the subject's masks before and after; elsewhere the pixels
    that visibly differ.
    """
    page, old = render(scene, size)
    truth, new = render(edit(scene, one.change), size)
    i = one.change.subject
    return page, truth, old[i] | new[i] if one.change.kind else changed(page, truth)
