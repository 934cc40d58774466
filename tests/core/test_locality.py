"""When a heat map counts as global: a region, none, and the maps between."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.diffusion.clamp import Clamp
from core.diffusion.contrast import Draws
from core.diffusion.rule import Rule
from core.edit.result import HeatMap
from core.photo.masks.locality import Reach, border, evenness, is_global
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


@pytest.mark.parametrize("rule", list(Rule))
def test_the_strength_is_of_the_difference_itself_whatever_the_map_is_scaled_to(rule: Rule):
    generator = torch.Generator().manual_seed(3)
    told, true = (torch.randn(4, 3, 16, 16, generator=generator) for _ in range(2))
    asked = told + 0.02 * torch.randn(4, 3, 16, 16, generator=generator)
    draws = Draws(rule)
    *_, last = draws.add(told, asked, true)
    expected = np.quantile((asked - told).abs().mean(dim=(0, 1)).numpy(), 0.99)
    for clamp in Clamp:
        assert last.scaled(clamp).strongest == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize(
    ("reach", "whole"),
    [
        (Reach(0.3, 3.0), False),  # a subject
        (Reach(0.7, 3.0), False),  # one that fills the picture
        (Reach(0.98, 3.0), True),  # all of the picture, strongly
        (Reach(0.8, 0.5), True),  # far and wide, faintly
        (Reach(0.4, 0.5), True),  # nothing that stands out from what the prompts always disagree about
        (Reach(0.0, 0.0), False),  # the prompts say the same
    ],
)
def test_a_subject_that_fills_the_picture_is_told_from_an_edit_of_all_of_it(reach: Reach, whole: bool):
    assert reach.is_global is whole
    assert HeatMap(blot(0.1), even=0.0 if whole else 1.0, reach=reach).is_global is whole


@pytest.mark.parametrize("shape", [(16, 16), (64, 48), (208, 320)])
def test_the_border_is_a_sixteenth_of_each_side_at_any_resolution_and_scale(shape: tuple[int, int]):
    heat = np.ones(shape, np.float32)
    assert border(3 * heat) == pytest.approx(1)
    heat[shape[0] // 16 : -(shape[0] // 16), shape[1] // 16 : -(shape[1] // 16)] = 0
    assert border(heat) == pytest.approx(1 / heat.mean())
    assert border(1 - heat) == pytest.approx(0)
    assert border(0 * heat) == 0


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
