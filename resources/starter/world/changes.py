"""The counterfactual edits that Storybook knows: what may be changed in a scene, and how one asks for it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resources.starter.world.scene import (
    ANIMALS,
    FRUITS,
    GROUNDS,
    INDOORS,
    LOOKS,
    MATERIALS,
    PAINTS,
    SEASONS,
    SKIES,
    TABLES,
    TIMES,
    Change,
    Scene,
    Subject,
    edit,
    sample,
    unseen,
)
from resources.starter.world.words import GROUND_WORDS, PLACE_WORDS, SKY_WORDS, TIME_WORDS, names

GLOBAL: Final = ("ground", "hour", "sky")
"""Families whose edits change the page at large, which no mask can hold."""

_SWAPS: Final = {
    "bowl": ("vessel", "basket"),
    "basket": ("vessel", "bowl"),
    "car": ("vehicle", "truck"),
    "truck": ("vehicle", "car"),
    "ball": ("shape", "cube"),
    "cube": ("shape", "ball"),
}

_ANYWHERE_SHARE: Final = 0.5
"""Share of lessons whose subjects stand anywhere, of any size; the others are centred."""
_REMOVED_SHARE: Final = 0.36
"""Share of lessons with one subject whose twin shows none: a tenth of all pages."""


@dataclass(frozen=True)
class Edit:
    """One counterfactual edit: the family it belongs to, the change, and the words for before and after."""

    family: str
    """animal, fruit, vessel, vehicle, shape, season, colour, material, removal, ground, hour or sky."""
    change: Change
    reference: str
    query: str

    @property
    def local(self) -> bool:
        return self.family not in GLOBAL


def edits(scene: Scene) -> tuple[Edit, ...]:
    """Every edit of one attribute of a scene, in a fixed order; its `removal` is not one of them."""
    found = [(family, Change(i, kind=kind)) for i, family, kind in _kinds(scene)]
    found += [(family, Change(i, look=look)) for i, family, look in _looks(scene)]
    grounds = TABLES if scene.indoors else GROUNDS
    found += [("ground", Change(ground=ground)) for ground in grounds if ground != scene.ground]
    if not scene.indoors:
        found += [("hour", Change(time=time)) for time in TIMES if time != scene.time]
        if scene.time != "night":  # its sky is not spoken of
            found += [("sky", Change(sky=sky)) for sky in SKIES if sky != scene.sky]
    return tuple(Edit(family, change, *_asked(scene, change)) for family, change in found)


def removal(scene: Scene) -> Edit:
    """The edit that takes a scene's only subject away: of the place nothing else changes."""
    said = names(scene.subjects[0])[0]
    ground = scene.ground
    return Edit("removal", Change(remove=True), f"{said} {GROUND_WORDS[ground][0]}", PLACE_WORDS[ground][0])


def lesson(seed: int) -> tuple[Scene, Scene]:
    """Two scenes to train on, twins: what `sample` gives, half of the time with its subjects anywhere.

    One page in ten shows no subject, so that a place is known without one.
    """
    rng = np.random.default_rng([seed, 42])
    scene = sample(seed)
    if rng.random() < _ANYWHERE_SHARE:
        scene = replace(scene, placing="anywhere")
    if len(scene.subjects) == 1 and rng.random() < _REMOVED_SHARE:
        return scene, edit(scene, removal(scene).change)
    return scene, twin(scene)


def twin(scene: Scene) -> Scene:
    """The scene after one of its `edits`, chosen by its geometry seed; mostly one that changes a subject.

    Never an `unseen` combination, so that a training scene's twin may be trained on; and never another sky,
    whose few soft clouds would teach little.
    """
    rng = np.random.default_rng([scene.geometry, 41])
    known = [one for one in edits(scene) if one.family != "sky" and not unseen(edit(scene, one.change))]
    wanted = rng.random() < 0.85
    families = sorted({one.family for one in known if one.local == wanted} or {one.family for one in known})
    family = str(rng.choice(families))
    fitting = [one for one in known if one.family == family]
    return edit(scene, fitting[int(rng.integers(len(fitting)))].change)


def _kinds(scene: Scene) -> list[tuple[int, str, str]]:
    found: list[tuple[int, str, str]] = []
    present = {subject.kind for subject in scene.subjects}
    for i, subject in enumerate(scene.subjects):
        if subject.kind in ANIMALS:
            found += [(i, "animal", kind) for kind in ANIMALS if kind not in present]
        elif subject.kind in _SWAPS:
            family, other = _SWAPS[subject.kind]
            found += [(i, family, other)] if other not in present else []
    return found


def _looks(scene: Scene) -> list[tuple[int, str, str]]:
    found: list[tuple[int, str, str]] = []
    for i, subject in enumerate(scene.subjects):
        others = [look for look in LOOKS[subject.kind] if look != subject.look]
        found += [(i, _family(subject, look), look) for look in others]
    return found


def _family(subject: Subject, look: str) -> str:
    if subject.kind in INDOORS or look in FRUITS:
        return "fruit"
    if look in SEASONS:
        return "season"
    plain = look in PAINTS and subject.look in PAINTS
    return "material" if not plain and {look, subject.look} & set(MATERIALS) else "colour"


def _asked(scene: Scene, change: Change) -> tuple[str, str]:
    """Reference and query: plain names where the kind changes, fuller ones where the look does."""
    after = edit(scene, change)
    if not scene.subjects:
        return _asked_of_place(scene, after)
    subject = names(scene.subjects[0])[0]
    for words, old, new in (
        (GROUND_WORDS, scene.ground, after.ground),
        (TIME_WORDS, scene.time, after.time),
        (SKY_WORDS, scene.sky, after.sky),
    ):
        if old != new:
            return f"{subject} {words[old][0]}", f"{subject} {words[new][0]}"
    which = 0 if change.kind else 1
    before, now = scene.subjects[change.subject], after.subjects[change.subject]
    return names(before)[which], names(now)[which]


def _asked_of_place(scene: Scene, after: Scene) -> tuple[str, str]:
    """Of a scene without a subject: the places themselves, or one of them under another hour or sky."""
    here, there = PLACE_WORDS[scene.ground][0], PLACE_WORDS[after.ground][0]
    for words, old, new in ((TIME_WORDS, scene.time, after.time), (SKY_WORDS, scene.sky, after.sky)):
        if old != new:
            return f"{here} {words[old][0]}", f"{there} {words[new][0]}"
    return here, there
