"""Behind and below the subjects: sky, hills, textured ground, a table in a room."""

import numpy as np

from resources.starter.world.scene import Scene
from resources.starter.world.sheet import Field, Paint, Sheet, mix, rgb, smooth

_SKY = {
    "day": ("#7fb4dd", "#d9ecf3"),
    "morning": ("#a9c3e6", "#fde3cf"),
    "evening": ("#8d7fb5", "#fbc08a"),
    "night": ("#232c57", "#56639a"),
}
_GROUND = {
    "meadow": ("#8fb75f", "#5f9345"),
    "sand": ("#ecd6a0", "#d3ae6c"),
    "snow": ("#f3f6fa", "#d3deeb"),
    "road": ("#a9a49f", "#827d7c"),
}
_HILL = {"spring": "#a5c98a", "summer": "#7fae7c", "autumn": "#c79e66", "winter": "#d7e1ea"}
_FLOWER = {"spring": "#f7c3d6", "summer": "#f6e07a", "autumn": "#d98a3d", "winter": "#eef3f8"}
_GRADE = {
    "day": (1.0, 1.0, 1.0),
    "morning": (1.02, 0.97, 0.94),
    "evening": (1.03, 0.88, 0.76),
    "night": (0.50, 0.56, 0.80),
}
_WALL = ("#efe0c4", "#cfdccd", "#d5dbe8", "#efd3c8")


def horizon(scene: Scene) -> float:
    """Height of the skyline (or of the table's far edge), in units from the top."""
    return float(np.random.default_rng([scene.geometry, 2]).uniform(0.46, 0.60))


def backdrop(scene: Scene, sheet: Sheet) -> Paint:
    """Everything but the subjects and their shadows, H x W x 3."""
    return _room(scene, sheet) if scene.indoors else _landscape(scene, sheet)


def grade(scene: Scene, picture: Paint) -> Paint:
    """The hour's colour over the whole page."""
    return picture * np.array(_GRADE[scene.time], dtype=np.float32)


def _landscape(scene: Scene, sheet: Sheet) -> Paint:
    line = horizon(scene)
    picture = _sky(scene, sheet, line)
    picture = _hills(scene, sheet, picture, line)
    return mix(picture, _ground(scene, sheet, line), smooth(sheet.y, line - 2 / sheet.n, line + 2 / sheet.n))


def _sky(scene: Scene, sheet: Sheet, line: float) -> Paint:
    # The grade darkens the whole page later; the sky's own colours already tell the hour.
    undo = np.array(_GRADE[scene.time], dtype=np.float32) ** -0.7
    top, low = (rgb(c) * undo for c in _SKY[scene.time])
    picture = mix(top, low, smooth(sheet.y, 0.0, line))
    rng = np.random.default_rng([scene.geometry, 3])
    at = (0.5 + sheet.light * float(rng.uniform(0.28, 0.42)), float(rng.uniform(0.08, 0.2)))
    disc = rgb("#fff6d6") if scene.time == "night" else rgb("#fff3c4")
    glow = sheet.ellipse(at, 0.22, 0.22, edge=0.95)
    picture = mix(picture, disc * undo, glow * 0.35 + sheet.ellipse(at, 0.05, 0.05, edge=0.1) * 0.6)
    if scene.time == "night":
        picture = mix(picture, rgb("#ffffff") * undo, _stars(rng, sheet))
    if scene.sky == "cloudy":
        cloud = mix(rgb("#ffffff"), low, 0.15 if scene.time == "day" else 0.45)
        picture = mix(picture, cloud, _clouds(rng, sheet, line) * (0.4 if scene.time == "night" else 0.9))
    return picture


def _stars(rng: np.random.Generator, sheet: Sheet) -> Field:
    spots = [(float(x), float(y), 0.006) for x, y in zip(rng.random(22), rng.random(22) * 0.5, strict=True)]
    return sheet.blobs(spots) * 0.8


def _clouds(rng: np.random.Generator, sheet: Sheet, line: float) -> Field:
    puffs: list[tuple[float, float, float]] = []
    for start in (0.1, 0.45, 0.8):
        x, y = start + float(rng.uniform(-0.1, 0.1)), float(rng.uniform(0.08, line - 0.18))
        for step in range(5):
            r = (0.03 + 0.035 * float(rng.random())) * (1.3 - 0.3 * abs(step - 2))
            puffs.append((x + (step - 2) * 0.055, y - r * 0.4, r))
    return sheet.blurred(sheet.blobs(puffs), 0.012)


def _hills(scene: Scene, sheet: Sheet, picture: Paint, line: float) -> Paint:
    rng = np.random.default_rng([scene.geometry, 4])
    colour = rgb(_HILL[scene.season])
    far = rgb(_SKY[scene.time][1])
    for height, haze in ((0.13, 0.6), (0.07, 0.25)):
        phase, waves = rng.uniform(0, 6.28, 2), rng.uniform(4, 9, 2)
        ridge = np.sin(sheet.x * waves[0] + phase[0]) + 0.5 * np.sin(sheet.x * waves[1] * 1.7 + phase[1])
        top = line - height * (0.65 + 0.3 * ridge)
        picture = mix(
            picture, mix(colour * 0.92, far, haze), smooth(sheet.y - top, -1.5 / sheet.n, 1.5 / sheet.n)
        )
    return picture


def _ground(scene: Scene, sheet: Sheet, line: float) -> Paint:
    far, near = (rgb(c) for c in _GROUND[scene.ground])
    depth = np.clip((sheet.y - line) / (1 - line), 0, 1)
    picture = mix(far, near, depth)
    patches = sheet.noise([scene.geometry, 6], 5, 9) * 0.05 + sheet.noise([scene.geometry, 7], 14, 30) * 0.035
    picture = picture * (1 + patches * (0.5 + depth))[..., None]
    if scene.ground == "meadow":
        picture = _grass(scene, sheet, picture, line)
    if scene.ground == "road":
        picture = _road(sheet, picture, line)
    if scene.ground == "sand":
        ripple = np.sin(depth**0.6 * 34 + sheet.noise([scene.geometry, 8], 4) * 1.6) * 0.022
        picture = picture * (1 + ripple)[..., None]
    return picture.astype(np.float32)


def _grass(scene: Scene, sheet: Sheet, picture: Paint, line: float) -> Paint:
    """Blades drawn as short strokes, larger towards the reader; a few flowers of the season."""
    rng = np.random.default_rng([scene.geometry, 9])
    depth = np.sort(rng.random(90)).astype(float)
    blades = [
        _blade(float(x), line + 0.02 + d * (0.96 - line), d, rng)
        for x, d in zip(rng.random(90), depth, strict=True)
    ]
    picture = mix(picture, rgb("#4f803a"), sheet.limbs(blades[::2]) * 0.45)
    picture = mix(picture, rgb("#a8cc70"), sheet.limbs(blades[1::2]) * 0.45)
    spots = [
        (float(x), line + 0.05 + float(d) * (0.93 - line), 0.004 + 0.008 * float(d))
        for x, d in zip(rng.random(14), rng.random(14), strict=True)
    ]
    return mix(picture, rgb(_FLOWER[scene.season]), sheet.blobs(spots) * 0.8)


def _blade(
    x: float, y: float, depth: float, rng: np.random.Generator
) -> tuple[tuple[float, float], tuple[float, float], float, float]:
    tall = 0.012 + 0.035 * depth
    return (x, y), (x + float(rng.uniform(-0.4, 0.4)) * tall, y - tall), 0.002 + 0.003 * depth, 0.001


def _road(sheet: Sheet, picture: Paint, line: float) -> Paint:
    """Green verges above and below a grey road with a pale dashed line."""
    verge = rgb("#86ab5c")
    top, bottom = line + 0.10, 0.985
    picture = mix(picture, verge, 1 - smooth(sheet.y, top - 0.006, top + 0.006))
    picture = mix(picture, verge * 0.9, smooth(sheet.y, bottom - 0.006, bottom + 0.006))
    dash = smooth(np.sin(sheet.x * 22), 0.0, 0.25) * (1 - smooth(np.abs(sheet.y - 0.93), 0.006, 0.012))
    return mix(picture, rgb("#efe6cf"), dash * 0.85)


def _room(scene: Scene, sheet: Sheet) -> Paint:
    line = horizon(scene) + 0.02
    rng = np.random.default_rng([scene.geometry, 10])
    wall = rgb(_WALL[int(rng.integers(len(_WALL)))])
    lit_side = 1 - smooth(np.abs(sheet.x - (0.5 + sheet.light * 0.5)), 0.0, 1.1)
    picture = wall * (0.84 + 0.16 * lit_side + sheet.noise([scene.geometry, 11], 5) * 0.012)[..., None]
    stripes = smooth(np.sin(sheet.x * 44 + float(rng.uniform(0, 6))), 0.1, 0.5)
    picture = mix(picture, picture * 0.955, stripes)
    top = _cloth(sheet, line) if scene.ground == "cloth" else _planks(scene, sheet, line)
    top = top * (0.93 + 0.12 * lit_side)[..., None]
    edge = smooth(sheet.y, line - 2 / sheet.n, line + 2 / sheet.n)
    picture = mix(picture, top, edge)
    seam = 1 - smooth(np.abs(sheet.y - line), 0.004, 0.03)
    return mix(picture, picture * 0.8, seam * 0.7)


def _planks(scene: Scene, sheet: Sheet, line: float) -> Paint:
    grain = sheet.noise([scene.geometry, 12], 4, 60) * 0.05 + sheet.noise([scene.geometry, 13], 7, 14) * 0.03
    depth = np.clip((sheet.y - line) / (1 - line), 0, 1)
    gaps = 1 - smooth(np.abs((depth**0.8 * 4) % 1 - 0.5), 0.0, 0.05)
    wood = mix(rgb("#c39262"), rgb("#a4733f"), depth) * (1 + grain)[..., None]
    return mix(wood, wood * 0.72, gaps)


def _cloth(sheet: Sheet, line: float) -> Paint:
    depth = np.clip((sheet.y - line) / (1 - line), 0, 1)
    across = smooth(np.sin((sheet.x - 0.5) / (0.55 + 0.45 * depth) * 26), -0.25, 0.25)
    down = smooth(np.sin(depth**0.75 * 15), -0.25, 0.25)
    return mix(rgb("#f4ece0"), rgb("#b9cfe0"), (across + down) * 0.5)
