"""Whether two pictures of a part of the window show the same, however their letters are hinted."""

from pathlib import Path

import numpy as np
from PIL import Image

CELL = 8  # pixels a side of what is compared as one
LEVELS = 10  # of 255, by which a cell may differ in a channel: letters are smoothed otherwise elsewhere
CELLS = 2  # that may differ by more; the faintest icon has three


def unlike(now: np.ndarray, before: np.ndarray) -> str:
    """What differs between two uint8 (H, W, 3), as a sentence; "" when they show the same."""
    if now.shape != before.shape:
        (height, width, _), (high, wide, _) = now.shape, before.shape
        return f"is {width} × {height} pixels, was {wide} × {high}"
    apart = np.abs(_cells(now) - _cells(before)).max(-1) > LEVELS
    if apart.sum() <= CELLS:
        return ""
    rows, columns = np.nonzero(apart)
    x, y = CELL * columns.min(), CELL * rows.min()
    width, height = CELL * (columns.max() + 1) - x, CELL * (rows.max() + 1) - y
    return f"differs within {width} × {height} pixels at ({x}, {y})"


def kept(path: Path) -> np.ndarray:
    """A picture from before, uint8 (H, W, 3)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def keep(path: Path, pixels: np.ndarray) -> None:
    """Write a picture to be compared with later ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, optimize=True)


def _cells(pixels: np.ndarray) -> np.ndarray:
    """The mean of each cell, float32 (rows, columns, 3). What is left over at an edge belongs to the last."""
    height, width, _ = pixels.shape
    rows, columns = (np.arange(0, max(1, side - CELL + 1), CELL) for side in (height, width))
    sums = np.add.reduceat(np.add.reduceat(pixels.astype(np.float32), rows, 0), columns, 1)
    counts = np.diff([*rows, height])[:, None] * np.diff([*columns, width])
    return sums / counts[..., None]
