"""What a closed outline covers of each pixel, exactly: the area inside, as a plane."""

import numpy as np

from core.document.plane import TILE, Plane
from core.photo import rect as rects
from core.photo.rect import Size

LEVEL = 1e-9  # pixels: an edge that goes down by less has no slope that could be told


def filled(outline: np.ndarray, size: Size) -> Plane:
    """The plane of a polygon in a picture of `size` (W, H): 255 inside, its share where the edge runs.

    outline  (n, 2), x and y in pixels, where pixel i spans i…i+1; closed by itself, may stick out of the
             picture. Where it overlaps itself it is inside if it runs round more often one way than the other
    """
    plane, width = Plane(), size[0] + 2  # two columns take in what lies at the right of the picture
    starts, values = _runs(np.asarray(outline, np.float64), size, width)
    if not len(starts):
        return plane
    columns = starts[values > 0] % width
    left = int(columns.min(initial=size[0]))
    for band in rects.strips(rects.whole(size), TILE):
        top, pixels = band[1], band[3] * width
        here = slice(*np.searchsorted(starts, [top * width, top * width + pixels]))
        if here.start == here.stop:
            continue
        begins = np.concatenate([[0], starts[here] - top * width])
        runs = np.concatenate([[0], values[here]]).astype(np.uint8)  # each row begins and ends outside
        rows = np.repeat(runs, np.diff(begins, append=pixels)).reshape(band[3], width)
        plane = plane.with_max((left, top, size[0] - left, band[3]), rows[:, left : size[0]])
    return plane


def _runs(outline: np.ndarray, size: Size, width: int) -> tuple[np.ndarray, np.ndarray]:
    """What is covered, line by line: where runs of pixels alike begin, in rows of `width`, and their values,
    uint8, both (n,).

    Each edge counts, for the pixel that it crosses and for all at the right of it, how far it goes down: that
    sum is the area inside.
    """
    column, row, down, share = _pieces(outline, size)
    at = row * width + column
    starts, which = np.unique(np.concatenate([at, at + 1]), return_inverse=True)
    turns = np.cumsum(np.bincount(which, np.concatenate([down * (1 - share), down * share])))
    values = (np.minimum(np.abs(turns), 1) * 255 + 0.5).astype(np.uint8)
    return starts, values


def _pieces(outline: np.ndarray, size: Size) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The edges cut where they cross from pixel to pixel, (n,) each: column, row, how far it goes down, and
    where in its pixel's width it lies, 0…1. What lies beside the picture is put at its edge.
    """
    start, end = _inside_rows(outline, np.roll(outline, -1, axis=0), size[1])
    cuts = [_crossings(start[:, axis], end[:, axis]) for axis in (0, 1)]
    all_ = np.arange(len(start))
    edge = np.concatenate([all_, all_, *(which for which, _ in cuts)])
    way = np.concatenate([np.zeros(len(start)), np.ones(len(start)), *(share for _, share in cuts)])
    order = np.lexsort((way, edge))
    edge, way = edge[order], way[order]
    points = start[edge] + (end - start)[edge] * way[:, None]
    same = edge[1:] == edge[:-1]
    one, other = points[:-1][same], points[1:][same]
    x, y = ((one + other) / 2).T
    x, row = np.clip(x, 0, size[0]), np.clip(y, 0, size[1] - 1).astype(np.int64)
    column = x.astype(np.int64)
    return column, row, (other - one)[:, 1], x - column


def _inside_rows(start: np.ndarray, end: np.ndarray, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges cut off above and below the picture, those alone that lie in it."""
    way = end - start
    slope = np.divide(way[:, 0], way[:, 1], out=np.zeros(len(way)), where=np.abs(way[:, 1]) > LEVEL)

    def cut(point: np.ndarray) -> np.ndarray:
        y = np.clip(point[:, 1], 0, height)
        return np.stack([point[:, 0] + (y - point[:, 1]) * slope, y], axis=1)

    start, end = cut(start), cut(end)
    runs = start[:, 1] != end[:, 1]
    return start[runs], end[runs]


def _crossings(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where edges cross whole numbers along one axis: which edge, and the share of its way, both (n,)."""
    first = np.floor(np.minimum(start, end)) + 1
    counts = np.maximum(np.ceil(np.maximum(start, end)) - first, 0).astype(np.int64)
    which = np.repeat(np.arange(len(start)), counts)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    return which, (first[which] + nth - start[which]) / (end - start)[which]
