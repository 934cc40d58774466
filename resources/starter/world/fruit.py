"""A bowl or a basket, heaped with apples, oranges, lemons, pears, or some of each."""

from itertools import pairwise

import numpy as np

from resources.starter.world.place import Place
from resources.starter.world.sheet import Field, Figure, Sheet, mix, rgb, smooth
from resources.starter.world.things import sphere

_KINDS = ("apples", "oranges", "lemons", "pears")
_SKIN = {"apples": "#cf3a30", "oranges": "#f08a24", "lemons": "#f6d63c", "pears": "#a9bf45"}
_HEAP = (
    (-0.27, 0.44),
    (0.27, 0.44),
    (-0.13, 0.60),
    (0.15, 0.60),
    (0.0, 0.45),
    (-0.25, 0.40),
    (0.26, 0.40),
    (0.0, 0.36),
)


def draw_fruit(sheet: Sheet, place: Place, kind: str, look: str) -> Figure:
    """The heap first, then the bowl or basket that holds it."""
    figure = Figure(sheet)
    if kind == "basket":
        _handle(figure, place)
    rng = place.rng(9)
    for number, (u, v) in enumerate(_HEAP):
        du, dv, which, lean = rng.random(4)
        fruit = _KINDS[(number + int(which * 4)) % 4] if look == "fruit" else look
        _fruit(
            figure, place, fruit, (u + (du - 0.5) * 0.05, v + (dv - 0.5) * 0.04), (float(lean) - 0.5) * 1.2
        )
    (_bowl if kind == "bowl" else _basket)(figure, place)
    return figure


def _fruit(figure: Figure, place: Place, fruit: str, at: tuple[float, float], lean: float) -> None:
    sheet, w = figure.sheet, place.width
    x, y = place.at(*at)
    c, s = float(np.cos(lean)), float(np.sin(lean))
    px, py = (sheet.x - x) / w, (sheet.y - y) / w
    a, b = px * c + py * s, -px * s + py * c
    r = 0.155
    if fruit == "lemons":
        a, b = a / (r * 1.12), b / (r * 0.80)
    elif fruit == "pears":
        waist = 1 - 0.42 * smooth(-b / r, -0.2, 1.0)
        a, b = a / (r * 0.95 * waist), b / (r * 1.22)
    else:
        a, b = a / r, b / r
    shape = _inside(sheet, a, b, r * w)
    rim = _inside(sheet, a / 1.07, b / 1.07, r * w)
    skin = rgb(_SKIN[fruit])
    figure.paint(rim, skin * 0.5)
    blush = mix(skin, rgb("#f0b93e"), smooth(a, 0.1, 0.9) * 0.5) if fruit == "apples" else skin
    figure.paint(shape, sphere(sheet, a, b, blush))
    if fruit in ("apples", "pears"):
        top = 0.9 * r if fruit == "apples" else 1.12 * r
        stem = [
            (
                (x + s * top * w, y - c * top * w),
                (x + (s * 1.4 + 0.15) * top * w, y - c * 1.4 * top * w),
                0.014 * w,
                0.01 * w,
            )
        ]
        figure.paint(sheet.limbs(stem), rgb("#5b4228"))


def _inside(sheet: Sheet, a: Field, b: Field, radius: float) -> Field:
    rim = 1.5 / (radius * sheet.n)
    return 1 - smooth(np.hypot(a, b).astype(np.float32), 1 - rim, 1 + rim)


def _bowl(figure: Figure, place: Place) -> None:
    sheet, w = figure.sheet, place.width
    u, v = (sheet.x - place.x) / w, (place.base - sheet.y) / w
    half = 0.5 * np.sqrt(np.clip((v + 0.03) / 0.43, 0, 1)) ** 0.9
    soft = 2 / (w * sheet.n)
    shape = (
        smooth(half - np.abs(u), 0, soft) * smooth(v, 0.02 - soft, 0.02) * (1 - smooth(v, 0.40 - soft, 0.40))
    )
    glaze = mix(rgb("#f2efe6"), rgb("#3f6ea8"), 1 - smooth(np.abs(v - 0.27), 0.045, 0.055))
    figure.paint(shape, _turned(sheet, u / 0.5, glaze))
    figure.paint(
        sheet.limbs([(place.at(-0.49, 0.395), place.at(0.49, 0.395), 0.018 * w, 0.018 * w)]), rgb("#fbf9f2")
    )
    figure.paint(
        sheet.polygon([place.at(-0.17, 0), place.at(-0.15, 0.05), place.at(0.15, 0.05), place.at(0.17, 0)]),
        _turned(sheet, u / 0.2, rgb("#d8d4ca")),
    )


def _basket(figure: Figure, place: Place) -> None:
    sheet, w = figure.sheet, place.width
    p = place.at
    u, v = (sheet.x - place.x) / w, (place.base - sheet.y) / w
    shape = sheet.polygon([p(-0.38, 0), p(-0.48, 0.40), p(0.48, 0.40), p(0.38, 0)], 0.02 * w)
    row = np.floor(v / 0.066)
    weave = np.sin(u * 36 + np.pi * (row % 2)).astype(np.float32)
    straw = mix(rgb("#7d4f26"), rgb("#d9a65c"), smooth(weave, -0.6, 0.5))
    figure.paint(shape, _turned(sheet, u / 0.46, straw))
    figure.paint(sheet.limbs([(p(-0.48, 0.39), p(0.48, 0.39), 0.032 * w, 0.032 * w)]), rgb("#a8733a"), 0.02)


def _handle(figure: Figure, place: Place) -> None:
    turns = np.linspace(0, np.pi, 13)
    arc = [place.at(float(np.cos(t)) * 0.44, 0.40 + float(np.sin(t)) * 0.46) for t in turns]
    w = place.width
    limbs = [(a, b, 0.027 * w, 0.027 * w) for a, b in pairwise(arc)]
    figure.paint(figure.sheet.limbs(limbs), rgb("#9a6632"), 0.02)


def _turned(sheet: Sheet, across: Field, paint: Field) -> Field:
    """Light round an upright vessel: bright on the sun's side, deep on the other."""
    side = (across * sheet.light).astype(np.float32)
    broad = np.broadcast_to(paint, (*side.shape, 3))
    return mix(
        mix(broad, broad * np.array([0.48, 0.46, 0.52], dtype=np.float32), smooth(-side, -0.3, 1.0)),
        rgb("#fffaf0"),
        smooth(side, 0.25, 0.7) * (1 - smooth(side, 0.7, 1.0)) * 0.3,
    )
