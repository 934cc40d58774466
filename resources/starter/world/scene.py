"""Scenes of Storybook: what there is to see, before anything is drawn.

A scene is geometry (one seed decides every position, pose and texture) and attributes (what stands
there, in which look, on which ground, under which sky). Keeping the first and changing the second is a
counterfactual edit with a known answer.
"""

from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import numpy as np

TRAINING_SEEDS: Final = range(0, 10_000_000)
"""Geometry seeds a model may be trained on."""

JUDGING_SEEDS: Final = range(10_000_000, 11_000_000)
"""Geometry seeds kept for samples, tests and scores. Training never draws a scene from here."""

PAINTS: Final = ("red", "blue", "yellow", "green", "purple", "white")
MATERIALS: Final = ("striped", "spotted")
FRUITS: Final = ("fruit", "apples", "oranges", "lemons", "pears")
SEASONS: Final = ("spring", "summer", "autumn", "winter")

LOOKS: Final[dict[str, tuple[str, ...]]] = {
    "horse": ("brown", "white", "black"),
    "zebra": ("striped",),
    "cow": ("spotted", "brown"),
    "dog": ("golden", "brown", "grey", "spotted"),
    "cat": ("orange", "grey", "black"),
    "bowl": FRUITS,
    "basket": FRUITS,
    "tree": SEASONS,
    "car": PAINTS,
    "truck": PAINTS,
    "house": ("red", "blue", "yellow", "white"),
    "ball": (*PAINTS, *MATERIALS),
    "cube": (*PAINTS, *MATERIALS),
}
"""Every kind of subject with the looks it can have; the first is its plainest."""

ANIMALS: Final = ("horse", "zebra", "cow", "dog", "cat")
INDOORS: Final = ("bowl", "basket")
VEHICLES: Final = ("car", "truck")
SHAPES: Final = ("ball", "cube")
GROUNDS: Final = ("meadow", "sand", "snow", "road")
TABLES: Final = ("wood", "cloth")
SKIES: Final = ("clear", "cloudy")
TIMES: Final = ("day", "morning", "evening", "night")
PLACINGS: Final = ("centred", "anywhere")

UNSEEN: Final[tuple[tuple[str, str | None, str | None, str | None], ...]] = (
    ("zebra", None, "snow", "night"),
    ("cow", "brown", "sand", None),
    ("cat", "black", "snow", None),
    ("dog", "grey", None, "evening"),
    ("tree", "autumn", "sand", None),
    ("truck", "purple", None, None),
    ("cube", "striped", "snow", None),
    ("ball", "spotted", None, "evening"),
    ("house", "blue", "road", None),
    ("basket", "pears", "cloth", None),
)
"""Combinations (kind, look, ground, time; None is any) kept out of training: does a model compose?"""

_FREQUENCY: Final[dict[str, float]] = {"horse": 1.5, "zebra": 1.5, "tree": 1.6, "bowl": 1.5, "basket": 1.5}
_PAIR_SHARE: Final = 0.45
"""Share of scenes with two subjects: choosing between them has to be learnt."""

_GROUND_ODDS: Final = (0.55, 0.17, 0.16, 0.12)
_TIME_ODDS: Final = (0.62, 0.14, 0.16, 0.08)


@dataclass(frozen=True)
class Subject:
    """One thing in a scene. `look` is one of `LOOKS[kind]`: a colour, a season or a kind of fruit."""

    kind: str
    look: str

    def __post_init__(self) -> None:
        if self.kind not in LOOKS:
            raise ValueError(f"Storybook has no {self.kind!r}")
        if self.look not in LOOKS[self.kind]:
            raise ValueError(f"a {self.kind} cannot look {self.look!r}")


@dataclass(frozen=True)
class Scene:
    """Geometry seed and attributes. Indoors the ground is a table and there is no sky to see.

    subjects   none, one, or two from left to right
    placing    centred: large and whole; anywhere: down to 0.15 of the page, perhaps cut by its edge
    """

    geometry: int
    subjects: tuple[Subject, ...]
    ground: str
    sky: str = "clear"
    time: str = "day"
    season: str = "summer"
    placing: str = "centred"

    def __post_init__(self) -> None:
        if len(self.subjects) > 2:
            raise ValueError("a scene holds two subjects at most")
        for value, allowed in (
            (self.ground, GROUNDS + TABLES),
            (self.sky, SKIES),
            (self.time, TIMES),
            (self.season, SEASONS),
            (self.placing, PLACINGS),
        ):
            if value not in allowed:
                raise ValueError(f"{value!r} is none of {', '.join(allowed)}")

    @property
    def indoors(self) -> bool:
        return self.ground in TABLES


@dataclass(frozen=True)
class Change:
    """What a counterfactual edit changes; None leaves the attribute alone.

    `subject` is the index that `kind` and `look` apply to. A new kind keeps the old look where it can.
    `remove` takes the only subject away; of two, the one that stays would move.
    """

    subject: int = 0
    kind: str | None = None
    look: str | None = None
    ground: str | None = None
    sky: str | None = None
    time: str | None = None
    season: str | None = None
    remove: bool = False


def edit(scene: Scene, change: Change) -> Scene:
    """The counterfactual: the same geometry with one attribute (or a few) changed."""
    return replace(
        scene,
        subjects=_subjects(scene, change),
        ground=change.ground or scene.ground,
        sky=change.sky or scene.sky,
        time=change.time or scene.time,
        season=change.season or scene.season,
    )


def _subjects(scene: Scene, change: Change) -> tuple[Subject, ...]:
    if change.remove:
        if len(scene.subjects) != 1:
            raise ValueError("only the one subject of a scene can be removed")
        return ()
    if not scene.subjects:
        return ()
    subjects = list(scene.subjects)
    before = subjects[change.subject]
    kind = change.kind or before.kind
    look = change.look or (before.look if before.look in LOOKS[kind] else LOOKS[kind][0])
    subjects[change.subject] = Subject(kind, look)
    return tuple(subjects)


def alike(one: str, other: str) -> bool:
    """Whether two kinds are near relations, which an edit turns into each other."""
    return any(one in some and other in some for some in (ANIMALS, INDOORS, VEHICLES, SHAPES))


def unseen(scene: Scene) -> bool:
    """Whether the scene shows a combination that no training picture holds, though each part is known."""
    return any(unseen_subject(scene, i) for i in range(len(scene.subjects)))


def unseen_subject(scene: Scene, i: int) -> bool:
    """Whether the scene's subject `i` stands there in a combination that no training picture holds."""
    subject = scene.subjects[i]
    return any(
        subject.kind == kind
        and look in (None, subject.look)
        and ground in (None, scene.ground)
        and time in (None, scene.time)
        for kind, look, ground, time in UNSEEN
    )


def sample(seed: int) -> Scene:
    """A random scene; the same seed always gives the same one. Its geometry seed is `seed`.

    From `TRAINING_SEEDS` it never gives an `unseen` combination.
    """
    for attempt in count():
        scene = _draw(seed, np.random.default_rng([seed, 1, attempt] if attempt else [seed, 1]))
        if seed not in TRAINING_SEEDS or not unseen(scene):
            return scene
    raise AssertionError


def _draw(seed: int, rng: np.random.Generator) -> Scene:
    first = _pick_kind(rng, tuple(LOOKS))
    kinds = [first]
    if rng.random() < _PAIR_SHARE:
        kinds.append(_pick_kind(rng, _companions(first)))
        if rng.random() < 0.5:
            kinds.reverse()
    season = str(rng.choice(SEASONS))
    subjects = tuple(Subject(kind, _pick_look(rng, kind, season)) for kind in kinds)
    indoors = any(kind in INDOORS for kind in kinds)
    ground = str(rng.choice(TABLES)) if indoors else _pick_ground(rng, kinds)
    time = "day" if indoors else str(rng.choice(TIMES, p=_TIME_ODDS))
    return Scene(seed, subjects, ground, str(rng.choice(SKIES)), time, season)


def _companions(kind: str) -> tuple[str, ...]:
    """What may stand beside it: on a table only small things, outdoors anything of another kind."""
    if kind in INDOORS:
        return ("ball", "cube")
    return tuple(other for other in LOOKS if other not in INDOORS and other != kind)


def _pick_kind(rng: np.random.Generator, kinds: tuple[str, ...]) -> str:
    weight = np.array([_FREQUENCY.get(kind, 1.0) for kind in kinds])
    return str(rng.choice(kinds, p=weight / weight.sum()))


def _pick_look(rng: np.random.Generator, kind: str, season: str) -> str:
    if kind == "tree" and rng.random() < 0.4:
        return season
    if kind == "horse" and rng.random() < 0.4:
        return "brown"
    return str(rng.choice(LOOKS[kind]))


def _pick_ground(rng: np.random.Generator, kinds: list[str]) -> str:
    if {"car", "truck"} & set(kinds) and rng.random() < 0.5:
        return "road"
    return str(rng.choice(GROUNDS, p=_GROUND_ODDS))
