"""Heat maps brought to the picture along its edges."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from core.diffusion.clamp import Clamp
from core.edit.result import HeatMap
from core.photo.masks.mask import cut, cut_grid
from core.photo.masks.upsample import EPSILON, edges, snap


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


def scene(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture of smooth colours and a disc, finely grained, and a heat map that is off by a little."""
    y, x = np.mgrid[:height, :width] / max(width, height)
    disc = np.hypot(x - 0.45, y - 0.3) < 0.2
    colours = np.stack([0.3 + 0.4 * y, 0.6 - 0.3 * x, 0.5 + 0 * x], -1)
    colours[disc] = 0.8, 0.7, 0.3
    grain = np.random.default_rng(3).normal(0, 0.02, colours.shape)
    heat = np.exp(-(((x - 0.5) / 0.2) ** 2) - ((y - 0.3) / 0.2) ** 2).astype(np.float32)
    return (np.clip(colours + grain, 0, 1) * 255).astype(np.uint8), heat


def on_single_pixels(p: np.ndarray, pixels: np.ndarray, radius: int) -> np.ndarray:
    """The guided filter with nothing left out, in double precision."""
    guide = np.moveaxis(pixels / 255, 2, 0)

    def mean(field: np.ndarray) -> np.ndarray:
        return uniform_filter(field, 2 * radius + 1, mode="nearest")

    colours, level = np.stack([mean(one) for one in guide]), mean(p.astype(float))
    spread = np.stack([[mean(one * other) for one in guide] for other in guide])
    spread -= colours[:, None] * colours[None]
    spread += EPSILON * np.eye(3)[..., None, None]
    joint = np.stack([mean(one * p) for one in guide]) - colours * level
    a = np.linalg.solve(np.moveaxis(spread, (0, 1), (2, 3)), np.moveaxis(joint, 0, 2)[..., None])[..., 0]
    b = level - (a * np.moveaxis(colours, 0, 2)).sum(-1)
    return (np.stack([mean(one) for one in np.moveaxis(a, 2, 0)]) * guide).sum(0) + mean(b)


@pytest.mark.parametrize("size", [(300, 211), (211, 300), (96, 96)])
@pytest.mark.parametrize("share", [1 / 16, 1 / 8, 1 / 4, 1 / 2])
def test_cells_come_near_to_single_pixels(size: tuple[int, int], share: float) -> None:
    pixels, heat = scene(*size)
    apart = np.abs(
        snap(heat, edges(pixels, [share])) - on_single_pixels(heat, pixels, round(share * max(size)))
    )
    assert apart.mean() < 0.01
    assert (
        np.quantile(apart, 0.99) < 0.08
    )  # at the corners a window holds more of the edge's cells than pixels


@pytest.mark.parametrize("size", [(300, 211), (131, 512)])
def test_where_cells_begin_is_not_seen(size: tuple[int, int]) -> None:
    """They are counted from the left and the top: mirrored, others are cut off at the edges."""
    pixels, heat = scene(*size)
    found = snap(heat, edges(pixels))
    for axes in ((0,), (1,), (0, 1)):
        mirrored = np.flip(snap(np.flip(heat, axes), edges(np.flip(pixels, axes))), axes)
        assert np.abs(found - mirrored).mean() < 0.003


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
