"""Clicks on a found mask: each place of it goes to the click that is nearer along the picture's edges.

Near is by the cheapest way over a grid of the picture on which colours that differ are far apart: a geodesic
distance, as in Bai & Sapiro, A Geodesic Framework for Fast Interactive Image and Video Segmentation and
Matting (ICCV 2007).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from core.photo import bands
from core.photo.lazy import csgraph, ndimage, sparse
from core.photo.masks.click import Click
from core.photo.rect import Size
from core.photo.space import SRGB, Space

GRID = 192  # longest side of the grid that distances are measured on: a click is answered at once
EDGE = 120.0  # steps that the way from black to white is longer than one on even ground
HALF = 128  # of a mask: it counts as in
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # rows and columns: half of the eight neighbours

Place = tuple[int, int]  # row and column


def guide(pixels: np.ndarray, space: Space = SRGB) -> np.ndarray:
    """What the ways lead over: a photo, uint8 (H, W, 3), in sRGB, at most `GRID` cells wide and high."""
    small = bands.shrink(pixels, _grid((pixels.shape[1], pixels.shape[0])), Image.Resampling.BOX, 2.0)
    return np.ascontiguousarray(space.to_srgb(small))


def flat(size: Size) -> np.ndarray:
    """The same of a photo of `size` (W, H) that nothing is known of: the nearer click is that on the page."""
    width, height = _grid(size)
    return np.zeros((height, width, 3), np.uint8)


def chosen(mask: np.ndarray, ground: np.ndarray, clicks: Sequence[Click], size: Size) -> np.ndarray:
    """What the clicks leave of a small mask, uint8 (h, w), that covers a photo of `size` (W, H).

    ground  the photo's `guide`

    With clicks of both kinds each place goes to the nearer one. Keeping alone leaves the islands that were
    clicked. Dropping alone, of what was cut: the place farthest from the clicks is taken as meant. Clicks
    beside the photo say nothing.
    """
    kept, dropped = (_places(clicks, keep, mask.shape, size) for keep in (True, False))
    if not kept:
        dropped = [place for place in dropped if mask[place] >= HALF]
    if not dropped:
        return _islands(mask, kept)
    ways = _ways(ground)
    away = _far(ways, _on(ground, dropped, mask.shape), ground.shape[:2])
    if kept:
        meant = _on(ground, kept, mask.shape)
    else:
        here = np.asarray(Image.fromarray(mask).resize(away.shape[::-1], Image.Resampling.BOX))
        meant = [divmod(int(np.where(here >= HALF, away, -1).argmax()), away.shape[1])]
    nearer = Image.fromarray(away - _far(ways, meant, ground.shape[:2]))
    wide = np.asarray(nearer.resize(mask.shape[::-1], Image.Resampling.BILINEAR))
    scale = mask.shape[1] / away.shape[1]
    share = np.clip(wide * np.float32(scale / 2) + 0.5, 0, 1)  # a step aside changes both distances by one
    return (mask * share + 0.5).astype(np.uint8)


def _grid(size: Size) -> Size:
    scale = min(1.0, GRID / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _places(clicks: Sequence[Click], keep: bool, shape: tuple[int, ...], size: Size) -> list[Place]:
    """Where in an array of `shape` (h, w) the clicks of one kind are."""
    (width, height), (rows, columns) = size, shape
    there = (click for click in clicks if click.keep is keep and click.x < width and click.y < height)
    return [(click.y * rows // height, click.x * columns // width) for click in there]


def _on(ground: np.ndarray, places: Sequence[Place], shape: tuple[int, ...]) -> list[Place]:
    """The same places of the ground."""
    rows, columns = ground.shape[:2]
    return [(row * rows // shape[0], column * columns // shape[1]) for row, column in places]


def _islands(mask: np.ndarray, kept: Sequence[Place]) -> np.ndarray:
    """The parts of a mask that places lie in; all of it, if they lie in none."""
    labels, _ = ndimage().label(mask > 0, np.ones((3, 3)))
    meant = {int(labels[place]) for place in kept} - {0}
    return np.where(np.isin(labels, list(meant)), mask, 0).astype(np.uint8) if meant else mask


def _ways(ground: np.ndarray) -> Any:
    """The grid as a sparse graph of every cell and half of its neighbours: how far it is to each."""
    rows, columns = ground.shape[:2]
    colours = ground.astype(np.float32) / 255
    cells = np.indices((rows * columns,))[0].reshape(rows, columns)
    one, other, far = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for down, across in STEPS:
        near = slice(0, rows - down), slice(max(0, -across), columns - max(0, across))
        beyond = slice(down, rows), slice(max(0, across), columns - max(0, -across))
        apart = np.sqrt(np.square(colours[near] - colours[beyond]).mean(axis=2))
        one.append(cells[near].ravel())
        other.append(cells[beyond].ravel())
        far.append((np.hypot(down, across) + EDGE * apart).ravel())
    between = np.concatenate(one), np.concatenate(other)
    return sparse().csr_array((np.concatenate(far), between), shape=(rows * columns, rows * columns))


def _far(ways: Any, places: Sequence[Place], shape: tuple[int, ...]) -> np.ndarray:
    """How far each cell is from the nearest of the places, float32 (h, w)."""
    cells = [row * shape[1] + column for row, column in places]
    far = csgraph().dijkstra(ways, directed=False, indices=cells, min_only=True)
    return far.reshape(shape).astype(np.float32)
