"""Horse, zebra, cow, dog and cat on one skeleton: the same step, the same lift of the head."""

from dataclasses import dataclass

import numpy as np

from resources.starter.world.place import Place
from resources.starter.world.sheet import Field, Figure, Limb, Paint, Point, Sheet, mix, rgb, smooth


@dataclass(frozen=True)
class Build:
    """Proportions of one kind, in units of its width."""

    back: float
    """Height of the spine."""
    chest: float
    belly: float
    """Half the thickness of the body, front and rear."""
    leg: float
    """Radius of a leg where it leaves the body."""
    neck: float
    """Radius of the neck."""
    head: Point
    """Where the head is when held at middle height."""
    skull: float
    muzzle: Point
    """From the head to the nose."""
    nose: float
    tail: tuple[Point, Point]
    """Middle and end of the tail."""


BUILDS = {
    "horse": Build(
        0.56,
        0.155,
        0.150,
        0.062,
        0.088,
        (0.375, 0.83),
        0.072,
        (0.105, -0.10),
        0.05,
        ((-0.42, 0.50), (-0.44, 0.26)),
    ),
    "cow": Build(
        0.50,
        0.185,
        0.190,
        0.062,
        0.115,
        (0.385, 0.64),
        0.088,
        (0.085, -0.075),
        0.066,
        ((-0.41, 0.50), (-0.42, 0.22)),
    ),
    "dog": Build(
        0.46,
        0.140,
        0.110,
        0.055,
        0.088,
        (0.345, 0.71),
        0.098,
        (0.125, -0.035),
        0.05,
        ((-0.40, 0.58), (-0.46, 0.72)),
    ),
    "cat": Build(
        0.42,
        0.125,
        0.130,
        0.050,
        0.080,
        (0.335, 0.62),
        0.125,
        (0.060, -0.03),
        0.055,
        ((-0.44, 0.56), (-0.42, 0.84)),
    ),
}
BUILDS["zebra"] = BUILDS["horse"]

COATS = {
    ("horse", "brown"): ("#9a5a2e", "#3d2416"),
    ("horse", "white"): ("#ece6da", "#b9b0a4"),
    ("horse", "black"): ("#46424a", "#201e25"),
    ("zebra", "striped"): ("#f3efe6", "#25222a"),
    ("cow", "spotted"): ("#f4efe6", "#322d31"),
    ("cow", "brown"): ("#b4703f", "#f0e4d2"),
    ("dog", "golden"): ("#dda854", "#b9803a"),
    ("dog", "brown"): ("#7c5134", "#553522"),
    ("dog", "grey"): ("#9a9aa2", "#6b6b75"),
    ("dog", "spotted"): ("#f3eee6", "#2f2b30"),
    ("cat", "orange"): ("#e58a35", "#b95f1d"),
    ("cat", "grey"): ("#93979f", "#666b76"),
    ("cat", "black"): ("#403d47", "#222029"),
}
"""Coat and second colour (mane, patches, ears) of every look."""


@dataclass(frozen=True)
class Pose:
    """One skeleton for all animals; it comes from geometry alone."""

    lift: float
    """How far the head is raised, -1 to 1."""
    feet: tuple[float, float, float, float]
    """How far each foot is put forward: far rear, far front, near rear, near front."""
    tail: float


def pose(place: Place) -> Pose:
    draws = place.rng(1).uniform(-1, 1, 6)
    stride = float(draws[1]) * 0.055
    far, near = (-stride, stride), (stride, -stride)
    feet = (far[0] + float(draws[2]) * 0.015, far[1] + float(draws[3]) * 0.015, near[0], near[1])
    return Pose(float(draws[0]), feet, float(draws[4]))


def draw_animal(sheet: Sheet, place: Place, kind: str, look: str) -> Figure:
    """The animal with its face, coat and tail."""
    build, stance = BUILDS[kind], pose(place)
    coat, second = (rgb(c) for c in COATS[kind, look])
    figure = Figure(sheet)
    w = place.width
    figure.paint(
        sheet.limbs(_tail(place, build, stance, kind), 0.012 * w),
        second if kind in ("horse", "zebra") else coat,
        0.02,
    )
    figure.paint(sheet.limbs(_legs(place, build, stance, near=False), 0.02 * w), coat * 0.66, 0.02)
    if kind in ("horse", "zebra"):
        figure.paint(sheet.limbs(_mane(place, build, stance), 0.02 * w), second, 0.02)
    body = sheet.limbs(
        [
            *_trunk(place, build),
            *_legs(place, build, stance, near=True),
            *_neck_and_head(place, build, stance),
        ],
        0.028 * w,
    )
    figure.paint(body, _coat(sheet, place, kind, look, coat, second), 0.085 * w)
    _hooves(figure, place, kind)
    _face(figure, place, build, stance, kind, coat, second)
    return figure


def _head(build: Build, stance: Pose) -> Point:
    return build.head[0] - 0.02 * stance.lift, build.head[1] + 0.055 * stance.lift


def _limb(place: Place, p: Point, q: Point, rp: float, rq: float) -> Limb:
    return place.at(*p), place.at(*q), rp * place.width, rq * place.width


def _trunk(place: Place, build: Build) -> list[Limb]:
    rear, front = (-0.235, build.back), (0.185, build.back)
    return [
        _limb(place, rear, front, build.belly, build.chest),
        _limb(place, (-0.245, build.back + 0.012), (-0.2, build.back), build.belly, build.belly),
    ]


def _legs(place: Place, build: Build, stance: Pose, near: bool) -> list[Limb]:
    rear, front = stance.feet[2:] if near else stance.feet[:2]
    back = 0.0 if near else 0.055
    limbs: list[Limb] = []
    for hip, foot, bend in ((-0.29 + back, rear, -0.018), (0.20 + back * 0.8, front, 0.014)):
        knee = (hip + foot * 0.45 + bend, build.back * 0.42)
        top, sole = (hip, build.back - 0.04), (hip + foot, build.leg * 0.5)
        limbs.append(_limb(place, top, knee, build.leg * 1.35, build.leg * 0.78))
        limbs.append(_limb(place, knee, sole, build.leg * 0.78, build.leg * 0.62))
    return limbs


def _neck_and_head(place: Place, build: Build, stance: Pose) -> list[Limb]:
    u, v = _head(build, stance)
    nose = (u + build.muzzle[0], v + build.muzzle[1])
    return [
        _limb(place, (0.20, build.back + 0.02), (u - 0.01, v), build.chest * 0.85, build.neck),
        _limb(place, (u, v), (u, v), build.skull, build.skull),
        _limb(place, (u, v), nose, build.skull * 0.85, build.nose),
    ]


def _mane(place: Place, build: Build, stance: Pose) -> list[Limb]:
    u, v = _head(build, stance)
    return [_limb(place, (u - 0.03, v + 0.075), (0.12, build.back + 0.13), 0.05, 0.055)]


def _tail(place: Place, build: Build, stance: Pose, kind: str) -> list[Limb]:
    (mu, mv), (eu, ev) = build.tail
    sway = 0.03 * stance.tail
    thick = {"horse": (0.03, 0.05, 0.035), "zebra": (0.025, 0.03, 0.04), "cow": (0.018, 0.016, 0.036)}
    r = thick.get(kind, (0.036, 0.034, 0.028))
    root = (-0.36, build.back + 0.05)
    return [
        _limb(place, root, (mu + sway * 0.5, mv), r[0], r[1]),
        _limb(place, (mu + sway * 0.5, mv), (eu + sway, ev), r[1], r[2]),
    ]


def _coat(sheet: Sheet, place: Place, kind: str, look: str, coat: Paint, second: Paint) -> Paint:
    """The pattern of the coat, one colour a pixel where it has one."""
    u = (sheet.x - place.x) * place.facing / place.width
    v = (place.base - sheet.y) / place.width
    if kind == "zebra":
        return mix(coat, second, _stripes(u, v))
    if kind == "cow" and look == "spotted":
        spots = sheet.noise([*place.seed, 3], max(4, round(4.2 / place.width)))
        return mix(coat, second, smooth(spots, 0.10, 0.28))
    if kind == "dog" and look == "spotted":
        spots = sheet.noise([*place.seed, 10], max(6, round(9 / place.width)))
        return mix(coat, second, smooth(spots, 0.75, 0.95))
    if kind == "cow":
        return mix(coat, second, (1 - smooth(v, 0.30, 0.40)) * smooth(v, 0.05, 0.15) * 0.8)
    if kind == "cat":
        tabby = smooth(np.sin(u * 42 + np.sin(v * 9)), 0.35, 0.8) * smooth(v, 0.34, 0.46)
        return mix(coat, second, tabby * 0.75)
    return mix(coat, coat * 0.82, (1 - smooth(v, 0.1, 0.5)) * 0.8)


def _stripes(u: Field, v: Field) -> Field:
    """Upright on the body, level on the legs, across the neck: where a stripe lies depends on both."""
    legs = 1 - smooth(v, 0.30, 0.44)
    body = np.sin(u * 46 + 5 * (v - 0.5) * u * 4 + 1.1)
    rings = np.sin(v * 62)
    return smooth((body * (1 - legs) + rings * legs).astype(np.float32), -0.22, 0.22)


def _hooves(figure: Figure, place: Place, kind: str) -> None:
    if kind in ("dog", "cat"):
        return
    height = (place.base - figure.sheet.y) / place.width
    figure.tint(1 - smooth(height, 0.045, 0.075), rgb("#3a302c"))


def _face(
    figure: Figure, place: Place, build: Build, stance: Pose, kind: str, coat: Paint, second: Paint
) -> None:
    sheet, w = figure.sheet, place.width
    u, v = _head(build, stance)
    nose = (u + build.muzzle[0], v + build.muzzle[1])
    if kind in ("horse", "zebra"):
        _ear(figure, place, (u - 0.035, v + 0.05), (u - 0.03, v + 0.145), 0.03, coat)
        dark = rgb("#4a3530") if kind == "horse" else second
        figure.tint(
            sheet.limbs([_limb(place, nose, nose, build.nose * 0.98, 0.01)], 0.01 * w), mix(coat, dark, 0.7)
        )
    elif kind == "cow":
        _ear(figure, place, (u - 0.05, v + 0.03), (u - 0.15, v + 0.045), 0.034, second)
        horn = [_limb(place, (u + 0.0, v + 0.07), (u + 0.045, v + 0.145), 0.02, 0.008)]
        figure.paint(sheet.limbs(horn), rgb("#efe3c2"))
        figure.tint(
            sheet.limbs([_limb(place, nose, nose, build.nose * 1.05, 0.01)], 0.01 * w), rgb("#e8a9a0")
        )
    elif kind == "dog":
        figure.paint(
            sheet.limbs(
                [_limb(place, (u - 0.045, v + 0.05), (u - 0.085, v - 0.09), 0.035, 0.045)], 0.012 * w
            ),
            second * 0.85,
            0.02,
        )
        _dot(figure, place, (nose[0] + 0.03, nose[1] + 0.02), 0.024, rgb("#241d1f"))
        collar = [_limb(place, (u - 0.11, v - 0.07), (u + 0.015, v - 0.125), 0.017, 0.017)]
        figure.tint(sheet.limbs(collar), rgb("#c9372f"))
    else:
        for side in (-0.075, 0.055):
            _ear(figure, place, (u + side, v + 0.07), (u + side * 1.15, v + 0.2), 0.05, coat)
        figure.tint(
            sheet.limbs([_limb(place, nose, nose, 0.05, 0.01)], 0.01 * w), mix(coat, rgb("#fff6ea"), 0.75)
        )
        _dot(figure, place, (nose[0] + 0.03, nose[1] + 0.025), 0.016, rgb("#d9797c"))
    _dot(figure, place, (u + 0.028, v + 0.022), 0.019, rgb("#17131a"))
    _dot(figure, place, (u + 0.034, v + 0.030), 0.006, rgb("#ffffff"))


def _ear(figure: Figure, place: Place, root: Point, tip: Point, wide: float, colour: Paint) -> None:
    limb = [_limb(place, root, tip, wide, wide * 0.25)]
    figure.paint(figure.sheet.limbs(limb), colour * 0.88, 0.015)


def _dot(figure: Figure, place: Place, at: Point, radius: float, colour: Paint) -> None:
    figure.tint(figure.sheet.blobs([(*place.at(*at), radius * place.width)]), colour)
