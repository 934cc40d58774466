"""From a scene to a page: backdrop, soft shadows, subjects, the hour's light, paper grain."""

import numpy as np
from numpy.typing import NDArray

from resources.starter.world.animals import draw_animal
from resources.starter.world.backdrop import backdrop, grade
from resources.starter.world.fruit import draw_fruit
from resources.starter.world.place import Place, places
from resources.starter.world.scene import ANIMALS, INDOORS, Scene, Subject
from resources.starter.world.sheet import Field, Figure, Paint, Sheet, mix, rgb
from resources.starter.world.things import draw_ball, draw_car, draw_cube, draw_house, draw_tree, draw_truck

_THINGS = {
    "tree": draw_tree,
    "house": draw_house,
    "car": draw_car,
    "truck": draw_truck,
    "ball": draw_ball,
    "cube": draw_cube,
}


def render(scene: Scene, size: int) -> tuple[NDArray[np.uint8], tuple[NDArray[np.bool_], ...]]:
    """Draw a scene as a square page of `size` pixels.

    Returns RGB, uint8 `(size, size, 3)`, and for every subject a boolean mask `(size, size)` of the
    pixels it is seen in (its shadow is not part of it; what stands in front hides what is behind).
    Drawn at twice the size (three times below 128 px) and reduced.
    """
    if size < 1:
        raise ValueError(f"a page needs at least one pixel, not {size}")
    factor = 2 if size >= 128 else 3
    light = -1.0 if np.random.default_rng([scene.geometry, 30]).random() < 0.5 else 1.0
    sheet = Sheet(size * factor, light)
    picture = backdrop(scene, sheet)
    spots = places(scene)
    for place in spots:
        picture = _shadow(sheet, picture, place)
    covers: list[Field] = []
    for subject, place in zip(scene.subjects, spots, strict=True):
        figure = draw(sheet, place, subject)
        picture = mix(picture, figure.colour, figure.cover)
        covers = [cover * (1 - figure.cover) for cover in covers] + [figure.cover]
    picture = grade(scene, picture) * _paper(scene, sheet)[..., None]
    masks = tuple(np.asarray(_reduced(cover, factor) > 0.5) for cover in covers)
    return (np.clip(_reduced(picture, factor), 0, 1) * 255 + 0.5).astype(np.uint8), masks


def draw(sheet: Sheet, place: Place, subject: Subject) -> Figure:
    """One subject at its place."""
    if subject.kind in ANIMALS:
        return draw_animal(sheet, place, subject.kind, subject.look)
    if subject.kind in INDOORS:
        return draw_fruit(sheet, place, subject.kind, subject.look)
    return _THINGS[subject.kind](sheet, place, subject.look)


def _shadow(sheet: Sheet, picture: Paint, place: Place) -> Paint:
    """A soft shadow on the ground, thrown away from the sun. It does not depend on what stands there."""
    at = (place.x - sheet.light * 0.07 * place.width, place.base - 0.004)
    wide = sheet.ellipse(at, 0.56 * place.width, 0.10 * place.width, edge=0.75)
    return mix(picture, picture * rgb("#6b6f92"), wide * 0.75)


def _paper(scene: Scene, sheet: Sheet) -> Field:
    """Grain of the paper and slow washes of the brush, about 1 ± 0.02; darker towards the corners."""
    grain = sheet.noise([scene.geometry, 31], 90) * 0.007 + sheet.noise([scene.geometry, 32], 6) * 0.012
    corner = np.hypot(sheet.x - 0.5, sheet.y - 0.5)
    return 1 + grain - 0.10 * np.clip(corner - 0.4, 0, 1)


def _reduced(field: Field, factor: int) -> Field:
    """Mean over blocks of factor x factor pixels."""
    n = field.shape[0] // factor
    blocks = field.reshape(n, factor, n, factor, *field.shape[2:])
    return blocks.mean(axis=(1, 3)).astype(np.float32)
