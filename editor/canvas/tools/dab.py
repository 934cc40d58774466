"""The brush's mathematics: one soft dab, and a stroke as dabs along a line."""

import math
from collections.abc import Sequence
from functools import lru_cache, reduce

import numpy as np
from PySide6.QtCore import QPointF

from core.photo import rect as rects
from core.photo.masks.patch import Part
from core.photo.rect import Rect
from editor.brush import SMALLEST, Tip

GRADES = 64  # of a pen's pressure: so few that large dabs repeat
SCALLOP = 0.25  # photo pixels by which the edge between two dabs may fall short
SOFT = 600  # of as many parts of a soft edge, by one: three values of 255 along the stroke at most


def stamp(radius: float, hardness: float, fx: float, fy: float) -> np.ndarray:
    """A dab, uint8 (2n, 2n), its centre at (n + fx, n + fy), where pixel i spans i…i+1.

    255 within hardness·radius, then a smooth fall to 0 at the radius; never harder than one pixel.
    """
    inner = min(radius * hardness, radius - 0.5)
    outer = max(radius, inner + 1)
    n = math.ceil(outer) + 1
    mirrored = fx == fy == 0
    at = np.arange(0 if mirrored else -n, n, dtype=np.float32) + np.float32(0.5)
    distance = np.sqrt(np.square(at - fx)[None, :] + np.square(at - fy)[:, None])
    inward = np.clip((outer - distance) / (outer - inner), 0, 1)
    values = (inward * inward * (3 - 2 * inward) * 255 + 0.5).astype(np.uint8)
    if mirrored:  # large dabs are centred on pixels: a quarter of them is enough
        half = np.concatenate([values[::-1], values])
        values = np.concatenate([half[:, ::-1], half], axis=1)
    return values


@lru_cache(maxsize=24)  # large dabs take milliseconds; with a quarter of a pixel they repeat
def _kept_stamp(radius: float, hardness: float, fx: float, fy: float) -> np.ndarray:
    return stamp(radius, hardness, fx, fy)


class Dabs:
    """The maximum of some dabs over their `box`, uint8 (h, w), made where it is read: most of what a large
    one covers is full already, and isn't asked for.
    """

    def __init__(self, placed: Sequence[tuple[Rect, np.ndarray]]) -> None:
        self._placed = placed
        self.box = reduce(rects.union, (rect for rect, _ in placed))

    def __getitem__(self, part: Part) -> np.ndarray:
        rows, columns = part
        x, y, *_ = self.box
        wanted = rects.from_corners(x + columns.start, y + rows.start, x + columns.stop, y + rows.stop)
        touched = [
            (rect, values) for rect, values in self._placed if not rects.is_empty(rects.common(rect, wanted))
        ]
        if len(touched) == 1 and rects.holds(touched[0][0], wanted):
            return touched[0][1][rects.slices(wanted, touched[0][0])]
        most = np.zeros((wanted[3], wanted[2]), np.uint8)
        for rect, values in touched:
            both = rects.common(rect, wanted)
            here = most[rects.slices(both, wanted)]
            np.maximum(here, values[rects.slices(both, rect)], out=here)
        return most


class Stroke:
    """Dabs along the pointer's way, at most an eighth of the size apart, closer where scallops would show.

    Each call hands back the dabs that are new.
    """

    def __init__(self, tip: Tip) -> None:
        self._tip = tip
        self._at: QPointF | None = None
        self._pressure = 1.0
        self._owed = 0.0  # photo pixels still to go to the next dab

    def to(self, point: QPointF, pressure: float = 1.0) -> Dabs | None:
        """Go on to `point`, a photo point; `pressure` (0…1) scales the size. None when no dab is due."""
        if self._at is None:
            dabs = [(point.x(), point.y(), self._radius(pressure))]
            self._owed = self._spacing(pressure)
        else:
            dabs = list(self._between(self._at, point, pressure))
        self._at, self._pressure = QPointF(point), pressure
        return self._placed(dabs) if dabs else None

    def end(self, point: QPointF, pressure: float = 1.0) -> Dabs | None:
        """The last dab, just where the pointer was released."""
        dabs = self.to(point, pressure)
        if dabs is None and self._owed < self._spacing(pressure):
            return self._placed([(point.x(), point.y(), self._radius(pressure))])
        return dabs

    def _between(self, start: QPointF, end: QPointF, pressure: float):
        way = math.hypot(end.x() - start.x(), end.y() - start.y())
        done = self._owed
        while done <= way and way > 0:
            share = done / way
            now = self._pressure + (pressure - self._pressure) * share
            x = start.x() + (end.x() - start.x()) * share
            yield x, start.y() + (end.y() - start.y()) * share, self._radius(now)
            done += self._spacing(now)
        self._owed = done - way

    def _placed(self, dabs: list[tuple[float, float, float]]) -> Dabs:
        return Dabs([_placed(*dab, self._tip.hardness) for dab in dabs])

    def _radius(self, pressure: float) -> float:
        return max(self._tip.size * math.ceil(pressure * GRADES) / GRADES, SMALLEST) / 2

    def _spacing(self, pressure: float) -> float:
        radius = self._radius(pressure)
        short = max(SCALLOP, radius * (1 - self._tip.hardness) / SOFT)
        return max(min(radius / 4, 2 * math.sqrt(2 * radius * short)), 0.25)


def _placed(x: float, y: float, radius: float, hardness: float) -> tuple[Rect, np.ndarray]:
    """Place and values of one dab; large ones are placed on a grid, and so can be kept."""
    if radius > 16:
        grain = 4 if radius < 256 else 1
        x, y = round(x * grain) / grain, round(y * grain) / grain
    column, row = math.floor(x), math.floor(y)
    make = _kept_stamp if radius > 16 else stamp
    values = make(radius, hardness, x - column, y - row)
    side = values.shape[0]
    return (column - side // 2, row - side // 2, side, side), values
