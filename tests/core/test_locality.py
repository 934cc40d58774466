"""When a heat map counts as global: a region, none, and the maps between."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.diffusion.clamp import Clamp
from core.edit.result import HeatMap
from core.photo.locality import evenness, is_global
from tests.core.contrasts import heat


def clamped(difference: np.ndarray, clamp: Clamp = Clamp.PEAK) -> np.ndarray:
    """A heat map as the engine makes it."""
    return heat(torch.from_numpy(difference), clamp).numpy()


def blot(share: float, background: float = 0.1, clamp: Clamp = Clamp.PEAK) -> np.ndarray:
    """A disc of difference 1 that covers a share of the picture, on little noise."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    noise = np.random.default_rng(0).gamma(20, 1 / 20, (64, 64))
    return clamped(np.where(np.pi * (x**2 + y**2) <= 4 * share, 1.0, background) * noise, clamp)


@pytest.mark.parametrize("clamp", list(Clamp))
@pytest.mark.parametrize("share", [0.05, 0.2, 0.45])
def test_a_region_that_stands_out_is_local(share: float, clamp: Clamp):
    found = blot(share, background=0.09, clamp=clamp)
    assert not HeatMap(found, clamp=clamp).is_global


def test_differences_everywhere_are_global():
    noise = np.random.default_rng(1).gamma(20, 1 / 20, (64, 64))
    assert is_global(evenness(clamped(noise)))
    assert is_global(evenness(clamped(noise, Clamp.MEAN)), by_mean=True)
    assert evenness(np.full((5, 7), 1 / 3)) == pytest.approx(1)


def test_prompts_that_say_the_same_change_nothing_at_all():
    assert not is_global(evenness(np.zeros((8, 8), np.float32)))


@pytest.mark.parametrize("share", [0.05, 0.4])
def test_neither_scale_nor_resolution_matter(share: float):
    warm = blot(share).astype(np.float32)
    large = np.asarray(Image.fromarray(warm).resize((160, 96), Image.Resampling.BILINEAR))
    assert evenness(warm * 0.5) == pytest.approx(evenness(warm), rel=1e-5)
    assert evenness(large) == pytest.approx(evenness(warm), abs=0.05)


def test_the_verdict_is_part_of_the_heat_map():
    assert HeatMap(np.full((4, 4), 0.3, np.float32)).is_global
    assert not HeatMap(blot(0.1)).is_global
    assert HeatMap(blot(0.1), even=0.5).is_global  # by what the values were made of
