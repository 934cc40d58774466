"""Holding colours against drift: a picture given the Lab mean and spread of another (Reinhard et al. 2001).

CIE L*a*b* under D65, from sRGB by IEC 61966-2-1.
"""

import numpy as np

from core.photo import bands
from core.photo.space import SRGB, Space

_TO_XYZ = np.array(
    [
        [0.4123907992659593, 0.3575843393838780, 0.1804807884018343],
        [0.2126390058715104, 0.7151686787677559, 0.0721923153607337],
        [0.0193308187155918, 0.1191947797946259, 0.9505321522496606],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)
_EDGE = 6 / 29  # below it CIE's cube root is a line
_SPREAD = 4.0  # a flat picture's spread is not blown up beyond this factor
SAMPLED = 1024  # samples along the longer side are enough to measure colours
STILL = 0.7  # share of a picture taken to have drifted only; a prompt may change the rest
ROUNDS = 6  # of finding that share
Colours = tuple[np.ndarray, np.ndarray]


def to_lab(pixels: np.ndarray) -> np.ndarray:
    """uint8 sRGB (H, W, 3) → float64 L* in 0…100, a*, b*."""
    srgb = np.asarray(pixels, np.float64) / 255
    linear: np.ndarray = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f: np.ndarray = np.where(xyz > _EDGE**3, np.cbrt(xyz), xyz / (3 * _EDGE**2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def from_lab(lab: np.ndarray) -> np.ndarray:
    """The nearest uint8 sRGB (H, W, 3); colours outside it are clipped."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > _EDGE, f**3, 3 * _EDGE**2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1)
    srgb: np.ndarray = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(srgb * 255).astype(np.uint8)


def samples(pixels: np.ndarray, space: Space = SRGB) -> np.ndarray:
    """Lab of evenly spread samples of uint8 (H, W, 3): float64 (h, w, 3), all of a small picture."""
    every = max(1, round(max(pixels.shape) / SAMPLED))
    return to_lab(space.to_srgb(pixels[::every, ::every]))


def colours(lab: np.ndarray) -> Colours:
    """Mean and standard deviation of each channel of Lab (..., 3): (3,) each."""
    values = lab.reshape(-1, 3)
    return values.mean(axis=0), values.std(axis=0)


def drift(now: np.ndarray, first: np.ndarray) -> tuple[Colours, Colours]:
    """The colours of both in the STILL share of them where `hold` explains best how they differ.

    What a prompt changes, such as a crown of other leaves, moves the colours of the whole by right; what has
    only drifted is found in the rest. Trimmed least squares by concentration (Rousseeuw & Van Driessen 2006).
    now, first: `samples` of two pictures of one size, float64 (h, w, 3).
    """
    same = np.ones(now.shape[:2], bool)
    for _ in range(ROUNDS):
        found = colours(now[same]), colours(first[same])
        apart = np.linalg.norm(_moved(now, *found) - first, axis=-1)
        same = apart <= np.quantile(apart, STILL)
    return colours(now[same]), colours(first[same])


def hold(pixels: np.ndarray, now: Colours, like: Colours) -> np.ndarray:
    """Move the colours of a picture as those measured `now` have to move to become those of `like`."""
    return bands.converted(pixels, lambda band: from_lab(_moved(to_lab(band), now, like)), np.uint8)


def _moved(lab: np.ndarray, now: Colours, like: Colours) -> np.ndarray:
    (mean, spread), (wanted_mean, wanted_spread) = now, like
    factor = np.clip(wanted_spread / np.maximum(spread, 1e-6), 1 / _SPREAD, _SPREAD)
    return (lab - mean) * factor + wanted_mean
