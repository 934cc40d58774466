"""The drawing sheet: masks, noise, light and paint in unit coordinates (x right, y down, both 0 to 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Field: TypeAlias = NDArray[np.floating[Any]]
"""One number a pixel, H x W."""
Paint: TypeAlias = NDArray[np.floating[Any]]
"""Colour in 0..1: one for all, shape (3,), or one a pixel, H x W x 3."""
Point: TypeAlias = tuple[float, float]
Limb: TypeAlias = tuple[Point, Point, float, float]
"""A rounded, tapering stroke: from, to, radius there, radius here."""


def rgb(colour: str) -> Paint:
    """ "#rrggbb" as three floats in 0..1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=np.float32)


def smooth(value: Field, low: float, high: float) -> Field:
    """Smoothstep: 0 below `low`, 1 above `high`."""
    t = np.clip((value - low) / (high - low), 0, 1).astype(np.float32)
    return t * t * (3 - 2 * t)


def mix(a: Paint, b: Paint, weight: Field | float) -> Paint:
    """`a` where the weight is 0, `b` where it is 1."""
    w = np.asarray(weight, dtype=np.float32)
    if w.ndim < 2:
        return (a * (1 - w) + b * w).astype(np.float32)
    mixed = np.empty((*w.shape, 3), np.float32)
    mixed[:] = a
    here = _touched(w)  # most masks are small: outside of them a stays as it is
    w = np.repeat(w[here], 3, axis=1).reshape(*w[here].shape, 3)  # half as long as by broadcasting it
    one, other = (part[here] if part.ndim == 3 else part for part in (a, b))
    np.add(one * (1 - w), other * w, out=mixed[here], casting="same_kind")
    return mixed


def _touched(weight: Field) -> tuple[slice, slice]:
    """The rows and columns that hold all weights but 0."""
    rows, columns = (np.flatnonzero(weight.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


@lru_cache(maxsize=4)
def _grid(n: int) -> tuple[Field, Field]:
    axis = ((np.arange(n) + 0.5) / n).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y


@dataclass(frozen=True)
class Sheet:
    """A square of n x n pixels to draw on; `light` is the side the sun stands on, -1 left or 1 right."""

    n: int
    light: float = -1.0

    @property
    def x(self) -> Field:
        return _grid(self.n)[0]

    @property
    def y(self) -> Field:
        return _grid(self.n)[1]

    def blurred(self, mask: Field, radius: float) -> Field:
        """Gaussian blur of a mask; radius in units."""
        picture = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
        soft = picture.filter(ImageFilter.GaussianBlur(radius * self.n))
        return np.asarray(soft, dtype=np.float32) / 255

    def ellipse(self, centre: Point, rx: float, ry: float, edge: float = 0.0) -> Field:
        """Filled ellipse; `edge` > 0 makes its rim soft by that fraction of the radius."""
        r = np.sqrt(((self.x - centre[0]) / rx) ** 2 + ((self.y - centre[1]) / ry) ** 2)
        rim = max(edge, 1.5 / (min(rx, ry) * self.n))
        return 1 - smooth(r, 1 - rim, 1 + rim)

    def polygon(self, points: Sequence[Point], rounded: float = 0.0) -> Field:
        """Filled polygon; corners rounded with about that radius."""
        picture, pen = self._blank()
        pen.polygon([self._px(p) for p in points], fill=255)
        return self._finish(picture, rounded)

    def limbs(self, limbs: Sequence[Limb], rounded: float = 0.0) -> Field:
        """Union of tapering strokes, their joints filled smoothly."""
        picture, pen = self._blank()
        for p, q, rp, rq in limbs:
            self._stroke(pen, p, q, rp, rq)
        return self._finish(picture, rounded)

    def blobs(self, circles: Sequence[tuple[float, float, float]], rounded: float = 0.0) -> Field:
        """Union of circles (x, y, radius)."""
        return self.limbs([((x, y), (x, y), r, r) for x, y, r in circles], rounded)

    def noise(self, seed: Sequence[int], across: int, down: int | None = None) -> Field:
        """Smooth noise of about unit spread with `across` x `down` knots; the same at every size."""
        rows = down or across
        knots = np.random.default_rng(list(seed)).standard_normal((rows + 1, across + 1)).astype(np.float32)
        return np.asarray(Image.fromarray(knots).resize((self.n, self.n), Image.Resampling.BICUBIC))

    def _blank(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        picture = Image.new("L", (self.n, self.n))
        return picture, ImageDraw.Draw(picture)

    def _px(self, p: Point) -> Point:
        return p[0] * self.n - 0.5, p[1] * self.n - 0.5

    def _stroke(self, pen: ImageDraw.ImageDraw, p: Point, q: Point, rp: float, rq: float) -> None:
        (px, py), (qx, qy) = self._px(p), self._px(q)
        for cx, cy, r in ((px, py, rp * self.n), (qx, qy, rq * self.n)):
            pen.ellipse((cx - r, cy - r, cx + r, cy + r), fill=255)
        length = float(np.hypot(qx - px, qy - py))
        if length < 1e-6:
            return
        nx, ny = -(qy - py) / length * self.n, (qx - px) / length * self.n
        pen.polygon(
            [
                (px + nx * rp, py + ny * rp),
                (qx + nx * rq, qy + ny * rq),
                (qx - nx * rq, qy - ny * rq),
                (px - nx * rp, py - ny * rp),
            ],
            fill=255,
        )

    def _finish(self, picture: Image.Image, rounded: float) -> Field:
        if rounded * self.n < 1:
            return np.asarray(picture.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32) / 255
        soft = picture.filter(ImageFilter.GaussianBlur(rounded * self.n))
        slope = min(0.5, 0.25 / (rounded * self.n) + 0.06)
        return smooth(np.asarray(soft, dtype=np.float32) / 255, 0.5 - slope, 0.5 + slope)


class Figure:
    """One subject while it is being painted: colour and coverage."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.colour: Paint = np.zeros((sheet.n, sheet.n, 3), dtype=np.float32)
        self.cover: Field = np.zeros((sheet.n, sheet.n), dtype=np.float32)

    def paint(self, mask: Field, colour: Paint, volume: float = 0.0, depth: float = 1.0) -> None:
        """Lay a colour over the figure where `mask` says.

        `volume` > 0 (units) rounds the part: it is lit from the sun's side and above, shaded opposite.
        """
        if volume > 0:
            colour = lit(colour, relief(self.sheet, mask, volume) * depth)
        self.colour = mix(self.colour, colour, mask)
        self.cover = np.maximum(self.cover, mask)

    def tint(self, mask: Field, colour: Paint) -> None:
        """Lay a colour over what is already there; the outline stays."""
        self.colour = mix(self.colour, colour, mask * np.minimum(self.cover, 1))


def relief(sheet: Sheet, mask: Field, radius: float) -> Field:
    """How much a rounded part faces the light, about -1 to 1: the slope of its blurred outline."""
    height = sheet.blurred(mask, radius)
    down, across = np.gradient(height)
    scale = radius * sheet.n * 1.6
    facing = (across * -sheet.light * 0.7 + down) * scale
    return np.asarray(np.clip(facing, -1, 1), np.float32)


def lit(colour: Paint, facing: Field) -> Paint:
    """Colour under soft light: warm where it faces the sun, cool and deeper where it turns away."""
    bright = np.clip(facing, 0, 1)
    dark = np.clip(-facing, 0, 1)
    base = np.broadcast_to(colour, (*facing.shape, 3))
    lifted = mix(base, rgb("#fff4d8"), bright * 0.38)
    return mix(lifted, base * np.array([0.42, 0.42, 0.56], dtype=np.float32), dark * 0.85)
