"""Heat maps brought to the picture along its edges."""

import numpy as np
import pytest

from core.diffusion.clamp import Clamp
from core.edit.result import HeatMap
from core.photo.mask import cut, cut_grid
from core.photo.upsample import EPSILON, edges, snap


def square(size: int, *, low: int = 60, high: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a square in it that differs in colour, and the square."""
    inside = np.zeros((size, size), bool)
    inside[size // 4 : size * 3 // 4, size // 4 : size * 3 // 4] = True
    return np.where(inside[..., None], (high, low, low), (low, high, low)).astype(np.uint8), inside


def coarse(inside: np.ndarray, cells: int) -> np.ndarray:
    """What a model would say of a region: a few cells, and not quite where it is."""
    step = inside.shape[0] // cells
    heat = inside.reshape(cells, step, cells, step).mean(axis=(1, 3)).astype(np.float32)
    return np.roll(heat, (1, 0), (0, 1))


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


def test_the_cut_hugs_the_subject() -> None:
    pixels, inside = square(256)
    heat = coarse(inside, 16)
    size = (256, 256)
    plain, snapped = (cut(values, size, 0.5) >= 128 for values in (heat, snap(heat, edges(pixels))))
    assert overlap(plain, inside) < 0.85
    assert overlap(snapped, inside) > 0.98


def test_it_is_the_guided_filter() -> None:
    """Against the definition: least squares in every window, solved one by one in double precision."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 10, 3), np.uint8)
    p, guide = rng.random((12, 10)), pixels / 255
    radius = 2
    lines = np.zeros((12, 10, 4))
    ys, xs = (np.clip(np.arange(-radius, n + radius), 0, n - 1) for n in p.shape)
    window = 2 * radius + 1
    for y in range(12):
        for x in range(10):
            here = np.ix_(ys[y : y + window], xs[x : x + window])
            colours, heat = guide[here].reshape(-1, 3), p[here].ravel()
            mean = colours.mean(axis=0)
            spread = (colours - mean).T @ (colours - mean) / len(heat) + EPSILON * np.eye(3)
            a = np.linalg.solve(spread, (colours - mean).T @ (heat - heat.mean()) / len(heat))
            lines[y, x] = (*a, heat.mean() - a @ mean)
    expected = np.zeros_like(p)
    for y in range(12):
        for x in range(10):
            a = lines[np.ix_(ys[y : y + window], xs[x : x + window])].reshape(-1, 4).mean(axis=0)
            expected[y, x] = a[:3] @ guide[y, x] + a[3]
    found = snap(p, edges(pixels, [radius / 12]))
    np.testing.assert_allclose(found, np.clip(expected, 0, 1), atol=1e-5)


def test_several_windows_are_averaged() -> None:
    rng = np.random.default_rng(1)
    pixels, p = rng.integers(0, 256, (40, 48, 3), np.uint8), 0.4 + 0.2 * rng.random((10, 12))
    narrow, wide = snap(p, edges(pixels, [0.05])), snap(p, edges(pixels, [0.3]))
    assert np.abs(narrow - wide).max() > 0.01
    np.testing.assert_allclose(snap(p, edges(pixels, [0.05, 0.3])), (narrow + wide) / 2, atol=1e-6)


@pytest.mark.parametrize("size", [(16, 128), (1030, 700)])
def test_it_comes_on_the_cut_grid(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), 90, np.uint8)
    found = snap(np.full((8, 8), 0.25, np.float32), edges(pixels))
    assert found.dtype == np.float32
    assert found.shape == cut_grid(size)[::-1]
    np.testing.assert_allclose(found, 0.25, atol=1e-5)  # a flat picture neither adds nor takes


def test_a_request_says_whether_a_heat_map_is_cut_along_the_edges() -> None:
    pixels, inside = square(64)
    values = coarse(inside, 16)
    found = HeatMap(values, snapped=snap(values, edges(pixels)), clamp=Clamp.PEAK)
    assert found.on(True) is found.snapped
    assert found.on(False) is values
    assert HeatMap(values, clamp=Clamp.PEAK).on(True) is values


def test_what_is_cut_goes_from_its_own_coldest_to_its_own_hottest() -> None:
    pixels, inside = square(64)
    values = 0.3 + 0.4 * coarse(inside, 16)
    found = HeatMap(values, snapped=snap(values, edges(pixels)))
    assert found.snapped is not None
    for snapping, before in ((True, found.snapped), (False, values)):
        now = found.on(snapping)
        assert now is found.on(snapping)
        assert (now.min(), now.max(), now.dtype) == (0, 1, np.float32)
        assert not now.flags.writeable
        np.testing.assert_allclose(now, (before - before.min()) / np.ptp(before), atol=1e-6)
    flat = np.full((4, 4), 0.6, np.float32)
    assert np.array_equal(HeatMap(flat).on(False), flat)
