"""Tree, house, car, truck, ball and cube."""

import numpy as np

from resources.starter.world.place import Place
from resources.starter.world.scene import MATERIALS
from resources.starter.world.sheet import Field, Figure, Limb, Paint, Sheet, mix, rgb, smooth

COLOURS = {
    "red": "#d0382e",
    "blue": "#3468b8",
    "yellow": "#efc22f",
    "green": "#3f9a4b",
    "purple": "#7d4bab",
    "white": "#f1ede4",
}
_WALLS = {"red": "#b9503f", "blue": "#6d93bd", "yellow": "#ecc766", "white": "#f3eee2"}
_CROWNS = {
    "spring": ("#f3b3cc", "#fbdde6", "#e287ab"),
    "summer": ("#4f9240", "#86bb55", "#35702f"),
    "autumn": ("#dd7a26", "#f3ac38", "#b94a22"),
}


def draw_tree(sheet: Sheet, place: Place, look: str) -> Figure:
    """Trunk, branches and the season's crown; bare with snow in winter."""
    figure = Figure(sheet)
    bark = rgb("#6e4c35") if look != "winter" else rgb("#5c4a42")
    limbs = _branches(place)
    figure.paint(sheet.limbs(limbs, 0.006), bark, 0.03)
    if look == "winter":
        snow = [
            ((px, py - rp * 0.75), (qx, qy - rq * 0.75), rp * 0.5, rq * 0.55)
            for (px, py), (qx, qy), rp, rq in limbs[2:]
        ]
        figure.paint(sheet.limbs(snow), rgb("#f6f9fd"))
        return figure
    base, light, dark = (rgb(c) for c in _CROWNS[look])
    circles = _crown(place)
    crown = sheet.blobs(circles, 0.006)
    figure.paint(crown, base, 0.07)
    rng = place.rng(6)
    for colour, dy in ((dark, 0.03), (light, -0.02)):
        clumps = [
            (x + float(rng.uniform(-0.7, 0.7)) * r, y + dy + float(rng.uniform(-0.6, 0.6)) * r, r * 0.3)
            for x, y, r in circles
        ]
        figure.tint(sheet.blobs(clumps, 0.004) * crown * 0.75, colour)
    return figure


def _branches(place: Place) -> list[Limb]:
    """Trunk first, then boughs and twigs."""
    rng = place.rng(4)
    w = place.width
    fork = place.at(float(rng.uniform(-0.03, 0.03)), 0.46)
    limbs: list[Limb] = [
        (place.at(0, 0.0), fork, 0.075 * w, 0.05 * w),
        (place.at(-0.07, 0.0), place.at(0.07, 0.0), 0.03 * w, 0.03 * w),
    ]
    for angle in np.linspace(-1.05, 1.05, 5):
        lean, reach = float(angle + rng.uniform(-0.12, 0.12)), float(rng.uniform(0.30, 0.40))
        tip = fork[0] + np.sin(lean) * reach * w, fork[1] - np.cos(lean) * reach * w
        limbs.append((fork, (float(tip[0]), float(tip[1])), 0.042 * w, 0.026 * w))
        for turn in (-0.55, 0.5):
            bend, far = lean + turn, float(rng.uniform(0.14, 0.2))
            end = tip[0] + np.sin(bend) * far * w, tip[1] - np.cos(bend) * far * w
            limbs.append(
                ((float(tip[0]), float(tip[1])), (float(end[0]), float(end[1])), 0.024 * w, 0.013 * w)
            )
    return limbs


def _crown(place: Place) -> list[tuple[float, float, float]]:
    rng = place.rng(5)
    w = place.width
    circles: list[tuple[float, float, float]] = [(*place.at(0, 0.76), 0.24 * w)]
    for turn in np.linspace(0, 2 * np.pi, 9, endpoint=False):
        x, y = place.at(float(np.cos(turn)) * 0.29, 0.77 + float(np.sin(turn)) * 0.21)
        circles.append((x, y, w * float(rng.uniform(0.13, 0.18))))
    return circles


def draw_house(sheet: Sheet, place: Place, look: str) -> Figure:
    """Walls in the look's colour under a tiled roof, with door, windows and chimney."""
    figure = Figure(sheet)
    p = place.at
    figure.paint(
        sheet.polygon([p(0.2, 0.6), p(0.2, 0.92), p(0.31, 0.92), p(0.31, 0.6)]), rgb("#9c5b48"), 0.02
    )
    wall = sheet.polygon([p(-0.40, 0), p(-0.40, 0.50), p(0.40, 0.50), p(0.40, 0)])
    shade = smooth((sheet.x - place.x) * -sheet.light / place.width, -0.4, 0.5)
    figure.paint(wall, mix(rgb(_WALLS[look]) * 0.86, rgb(_WALLS[look]), 1 - shade))
    roof = sheet.polygon([p(-0.5, 0.46), p(-0.27, 0.84), p(0.27, 0.84), p(0.5, 0.46)], 0.004)
    tiles = smooth(np.sin((sheet.y - place.base) / place.width * 62).astype(np.float32), -0.3, 0.3)
    red = rgb("#a8433a") if look != "red" else rgb("#5e6470")
    figure.paint(roof, mix(red, red * 0.8, tiles), 0.05)
    eave = sheet.polygon([p(-0.40, 0.46), p(-0.40, 0.40), p(0.40, 0.40), p(0.40, 0.46)])
    figure.tint(eave * 0.35, rgb("#3b3340"))
    figure.paint(
        sheet.polygon([p(-0.09, 0), p(-0.09, 0.27), p(0.09, 0.27), p(0.09, 0)], 0.004), rgb("#6b4a34"), 0.02
    )
    for u in (-0.25, 0.25):
        _window(figure, place, u)
    return figure


def _window(figure: Figure, place: Place, u: float) -> None:
    p, sheet = place.at, figure.sheet
    for grow, colour in ((0.022, rgb("#fbf6ea")), (0.0, rgb("#8fbdd6"))):
        a, b, low, high = u - 0.075 - grow, u + 0.075 + grow, 0.17 - grow, 0.34 + grow
        figure.paint(sheet.polygon([p(a, low), p(a, high), p(b, high), p(b, low)]), colour)
    bars = [
        (p(u, 0.17), p(u, 0.34), 0.009 * place.width, 0.009 * place.width),
        (p(u - 0.075, 0.255), p(u + 0.075, 0.255), 0.009 * place.width, 0.009 * place.width),
    ]
    figure.tint(sheet.limbs(bars), rgb("#fbf6ea"))


def draw_car(sheet: Sheet, place: Place, look: str) -> Figure:
    """A round little car, side view."""
    figure = Figure(sheet)
    p, w = place.at, place.width
    paint = rgb(COLOURS[look])
    body = [
        p(-0.5, 0.11),
        p(-0.49, 0.27),
        p(-0.36, 0.32),
        p(-0.24, 0.52),
        p(0.10, 0.52),
        p(0.25, 0.32),
        p(0.44, 0.28),
        p(0.5, 0.20),
        p(0.5, 0.11),
    ]
    figure.paint(sheet.polygon(body, 0.028 * w), paint, 0.07 * w)
    for a, b, c, d in ((-0.27, -0.20, -0.07, -0.07), (-0.035, -0.035, 0.07, 0.175)):
        glass = [p(a, 0.325), p(b, 0.47), p(c, 0.47), p(d, 0.325)]
        figure.tint(
            sheet.polygon(glass, 0.008), mix(rgb("#bfe0ea"), rgb("#6d9bb0"), smooth(sheet.y, 0.4, 0.8))
        )
    figure.tint(sheet.blobs([(*p(0.46, 0.235), 0.035 * w)]), rgb("#fff0b8"))
    figure.tint(sheet.blobs([(*p(-0.475, 0.235), 0.026 * w)]), rgb("#8f1f1c"))
    _wheels(figure, place)
    return figure


def draw_truck(sheet: Sheet, place: Place, look: str) -> Figure:
    """A lorry: cab in front, tall box behind, on the car's wheels."""
    figure = Figure(sheet)
    p, w = place.at, place.width
    paint = rgb(COLOURS[look])
    frame = sheet.polygon([p(-0.5, 0.10), p(-0.5, 0.17), p(0.48, 0.17), p(0.48, 0.10)])
    figure.paint(frame, rgb("#4a4647"))
    box = sheet.polygon([p(-0.5, 0.16), p(-0.5, 0.66), p(0.14, 0.66), p(0.14, 0.16)], 0.008)
    plain = mix(paint, rgb("#fffaf0"), 0.12)
    figure.paint(box, plain, 0.05 * w)
    band = sheet.polygon([p(-0.5, 0.36), p(-0.5, 0.45), p(0.14, 0.45), p(0.14, 0.36)])
    figure.tint(band * 0.85, rgb("#fffaf0") if look != "white" else rgb("#8fa7bd"))
    cab = [p(0.17, 0.11), p(0.17, 0.52), p(0.34, 0.52), p(0.42, 0.33), p(0.5, 0.29), p(0.5, 0.11)]
    figure.paint(sheet.polygon(cab, 0.018 * w), paint * 0.93, 0.05 * w)
    figure.tint(
        sheet.polygon([p(0.22, 0.32), p(0.22, 0.47), p(0.32, 0.47), p(0.385, 0.32)], 0.006), rgb("#a8d0de")
    )
    figure.tint(sheet.blobs([(*p(0.475, 0.19), 0.028 * w)]), rgb("#fff0b8"))
    _wheels(figure, place)
    return figure


def _wheels(figure: Figure, place: Place) -> None:
    w, sheet = place.width, figure.sheet
    hubs = [place.at(u, 0.105) for u in (-0.29, 0.30)]
    figure.paint(sheet.blobs([(x, y, 0.105 * w) for x, y in hubs]), rgb("#2d2a2e"), 0.03)
    figure.tint(sheet.blobs([(x, y, 0.052 * w) for x, y in hubs]), rgb("#c9c8c6"))


def draw_ball(sheet: Sheet, place: Place, look: str) -> Figure:
    """A round ball with a broad band, lit like a sphere."""
    figure = Figure(sheet)
    r = 0.40 * place.width
    x, y = place.at(0, 0.40)
    shape = sheet.ellipse((x, y), r, r)
    dx, dy = (sheet.x - x) / r, (sheet.y - y) / r
    tilt = float(place.rng(7).uniform(-0.6, 0.6))
    across = dy * np.cos(tilt) + dx * np.sin(tilt)
    if look in MATERIALS:
        bulge = 1 / np.sqrt(np.clip(1.25 - dx**2 - dy**2, 0.2, None))
        along = dx * np.cos(tilt) - dy * np.sin(tilt)
        paint = _pattern(place, look, along * bulge * 0.5, across * bulge * 0.5)
    else:
        band = 1 - smooth(np.abs(across), 0.14, 0.19)
        stripe = rgb("#fbf6ea") if look != "white" else rgb("#d0382e")
        paint = mix(rgb(COLOURS[look]), stripe, band)
    figure.paint(shape, sphere(sheet, dx, dy, paint))
    return figure


_PATTERNS = (("#2f7fb0", "#f6efdd"), ("#c8453b", "#f6efdd"), ("#3b8f5a", "#f7e9b8"), ("#6b4a9c", "#f4e3ee"))


def _pattern(place: Place, look: str, u: Field, v: Field) -> Paint:
    """Stripes or spots of one of four pairs of colours over a surface's own coordinates (about -1 to 1)."""
    dark, light = (rgb(c) for c in _PATTERNS[int(place.rng(9).integers(len(_PATTERNS)))])
    if look == "striped":
        return mix(light, dark, smooth(np.sin(v * 17 + 0.6).astype(np.float32), -0.15, 0.15))
    row = np.floor(v * 2.6 + 0.5)
    cell_u, cell_v = (u * 2.6 + 0.5 * row) % 1 - 0.5, (v * 2.6 + 0.5) % 1 - 0.5
    return mix(light, dark, 1 - smooth(np.hypot(cell_u, cell_v).astype(np.float32), 0.27, 0.34))


def sphere(sheet: Sheet, dx: Paint, dy: Paint, paint: Paint) -> Paint:
    """A sphere's own light: full where it faces the sun, deep and cool on the far side, one soft glint."""
    facing = (dx * sheet.light * 0.55 - dy * 0.75).astype(np.float32)
    paint = mix(
        paint, paint * np.array([0.42, 0.42, 0.55], dtype=np.float32), smooth(-facing, -0.25, 0.95) * 0.9
    )
    glint = 1 - smooth(np.hypot(dx - sheet.light * 0.38, dy + 0.42).astype(np.float32), 0.0, 0.38)
    return mix(paint, rgb("#fffdf4"), glint * 0.75)


def draw_cube(sheet: Sheet, place: Place, look: str) -> Figure:
    """A building block seen from a corner: a bright top, a lit side, a shaded side."""
    figure = Figure(sheet)
    p = place.at
    edge = float(place.rng(8).uniform(-0.08, 0.12))
    left = [p(-0.38, 0.14), p(-0.38, 0.56), p(edge, 0.44), p(edge, 0.0)]
    right = [p(0.38, 0.14), p(0.38, 0.56), p(edge, 0.44), p(edge, 0.0)]
    top = [p(-0.38, 0.56), p(edge, 0.44), p(0.38, 0.56), p(-edge * 0.6, 0.68)]
    sunny = place.facing * sheet.light < 0
    tones = (1.0, 0.62) if sunny else (0.62, 1.0)
    u, v = (sheet.x - place.x) / place.width * place.facing, (place.base - sheet.y) / place.width
    slopes = (-(0.44 - 0.56) / (edge + 0.38), -(0.56 - 0.44) / (0.38 - edge))
    for face, tone, slope, start in ((left, tones[0], slopes[0], -0.38), (right, tones[1], slopes[1], edge)):
        paint = _face(place, look, (u - start) * 2.2, (v + slope * (u - edge)) * 2.2)
        figure.paint(
            sheet.polygon(face), paint * np.array([tone, tone, (tone + 0.12) / 1.12], dtype=np.float32)
        )
    figure.paint(sheet.polygon(top), mix(_face(place, look, u * 2.2, v * 6), rgb("#fffaf0"), 0.42))
    return figure


def _face(place: Place, look: str, u: Field, v: Field) -> Paint:
    """One face of a cube: a colour, or a pattern that runs along the face."""
    return _pattern(place, look, u, v) if look in MATERIALS else rgb(COLOURS[look])
