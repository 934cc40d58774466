"""The bench's own mathematics: regions, masks against regions, pictures against pictures. NumPy and SciPy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

VISIBLE = 16  # levels of 255: a larger difference between two renders is a change that must be made
SSIM_SIGMA = 1.5  # Wang et al. 2004: a Gaussian window, C1 = (0.01 L)², C2 = (0.03 L)²
WHITE = 255.0
LUMA = np.array((0.299, 0.587, 0.114))  # Rec. 601


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where two renders visibly differ, small holes closed: uint8 (H, W, 3) twice → bool (H, W)."""
    differs = np.abs(before.astype(int) - after).max(axis=-1) > VISIBLE
    return ndimage.binary_closing(np.pad(differs, 2), np.ones((3, 3)))[2:-2, 2:-2]


@dataclass(frozen=True)
class Overlap:
    """A mask against the region that must change, each in [0, 1]."""

    iou: float
    precision: float
    recall: float


def overlap(mask: np.ndarray, region: np.ndarray) -> Overlap:
    """mask, region: bool (H, W), the region not empty. An empty mask has precision 0."""
    both = int((mask & region).sum())
    return Overlap(
        both / int((mask | region).sum()), both / max(1, int(mask.sum())), both / int(region.sum())
    )


def psnr(drawn: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over the pixels of `where`, all channels; capped at 99 dB (equal)."""
    error = np.square(drawn[where].astype(float) - truth[where]).mean()
    return 99.0 if error == 0 else float(min(99.0, 10 * np.log10(WHITE**2 / error)))


def ssim(drawn: np.ndarray, truth: np.ndarray, where: np.ndarray) -> float:
    """Structural similarity (Wang et al., IEEE TIP 13, 2004) on luma, its map averaged over `where`."""
    x, y = drawn @ LUMA, truth @ LUMA
    c1, c2 = (0.01 * WHITE) ** 2, (0.03 * WHITE) ** 2
    mx, my = _blur(x), _blur(y)
    vx, vy, vxy = _blur(x * x) - mx * mx, _blur(y * y) - my * my, _blur(x * y) - mx * my
    ssims = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(ssims[where].mean())


def _blur(field: np.ndarray) -> np.ndarray:
    return ndimage.gaussian_filter(field, SSIM_SIGMA, truncate=3.5)


def largest_difference(drawn: np.ndarray, photo: np.ndarray, outside: np.ndarray) -> int:
    """Levels of 255, 0 when nothing is outside."""
    return int(np.abs(drawn.astype(int) - photo)[outside].max(initial=0))


def mean_difference(drawn: np.ndarray, photo: np.ndarray, where: np.ndarray) -> float:
    """Mean absolute difference in levels of 255, 0 when `where` is empty."""
    difference = np.abs(drawn.astype(int) - photo)[where]
    return float(difference.mean()) if difference.size else 0.0


def saturation(picture: np.ndarray, where: np.ndarray) -> float:
    """Mean HSV saturation over `where`, in [0, 1]."""
    pixels = picture[where].astype(float)
    high = pixels.max(axis=-1)
    return float(((high - pixels.min(axis=-1)) / np.maximum(high, 1)).mean())


def contrast(picture: np.ndarray, where: np.ndarray) -> float:
    """Standard deviation of luma over `where`, levels of 255."""
    return float((picture[where] @ LUMA).std())


def best_column(table: np.ndarray) -> int:
    """The column of (edits, thresholds) whose mean is highest: the best common threshold."""
    return int(table.mean(axis=0).argmax())


def by_rank(scores: Sequence[float], count: int) -> dict[str, list[int]]:
    """Indices of the `count` worst, middle and best scores, each from low to high; ties keep their order."""
    order = [int(i) for i in np.argsort(np.asarray(scores), kind="stable")]
    middle = max(0, (len(order) - count) // 2)
    return {
        "worst": order[:count],
        "median": order[middle : middle + count],
        "best": order[len(order) - count :],
    }


@dataclass(frozen=True)
class Mean:
    """A mean over edits and its standard error."""

    value: float
    error: float


def mean(values: Sequence[float]) -> Mean:
    """Mean and standard error; the error of fewer than two values is 0."""
    found = np.asarray(values, float)
    error = found.std(ddof=1) / len(found) ** 0.5 if len(found) > 1 else 0.0
    return Mean(float(found.mean()), float(error))


def jump(picture: np.ndarray, mask: np.ndarray) -> float:
    """The seam's height: the mean |difference| of neighbours across the mask's edge, over pairs and channels.

    picture  uint8 (H, W, 3)
    mask     uint8 (H, W); its edge runs between the values up to 127 and those from 128

    0 where the mask has no edge.
    """
    inside, values = mask >= 128, picture.astype(np.int16)
    across = [
        np.abs(np.diff(values, axis=axis))[np.diff(inside, axis=axis)]  # of bools: where they differ
        for axis in (0, 1)
    ]
    pairs = np.concatenate(across)
    return float(pairs.mean()) if len(pairs) else 0.0
