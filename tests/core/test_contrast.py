"""Evidence: which prompt explains the picture, against plain NumPy and cases whose answer is known."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from core.diffusion.clamp import Clamp
from core.diffusion.contrast import Contrast, Draws, gathered, widened
from core.diffusion.diffedit import contrasts, settling
from core.diffusion.rule import Rule
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction
from core.edit.result import HeatMap
from tests.core.contrasts import of
from tests.core.schedules import SCHEDULE

THERE, BESIDE = (slice(1, 5), slice(1, 5)), (slice(11, 15), slice(11, 15))


def noise(seed: int, side: int = 16, n: int = 6) -> torch.Tensor:
    return torch.randn(n, 4, side, side, generator=torch.Generator().manual_seed(seed))


def last(draws: Draws, *fields: torch.Tensor) -> Contrast:
    *_, found = draws.add(*fields)
    return found


def scene(true: torch.Tensor, large: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """The reference's and the query's predictions of a noise: at one place only the reference is right, at
    another both are as wrong, elsewhere both are right."""
    told, asked = true.clone(), true.clone()
    there, beside = (
        (..., *(slice(large * one.start, large * one.stop) for one in box)) for box in (THERE, BESIDE)
    )
    asked[there] += 0.3
    told[beside] += 0.3
    asked[beside] -= 0.3
    return told, asked


def test_the_map_equals_a_plain_computation():
    """Squared errors one by one, SciPy's filters, one draw after the other."""
    told, asked, true = noise(1), noise(2), noise(3)
    r, q, e = (one.double().numpy() for one in (told, asked, true))
    length = np.sqrt(((q - r) ** 2).mean(axis=1)).mean(axis=0)
    evidence = ((e - q) ** 2 - (e - r) ** 2).mean(axis=(0, 1))
    near = ndimage.gaussian_filter(evidence, 2, mode="nearest")
    wide = ndimage.maximum_filter(near, 5, mode="nearest")
    plain = length * np.clip(wide / (0.6 * np.quantile(near, 0.99)), 0, 1)
    found = last(Draws(Rule.EVIDENCE), told, asked, true)
    assert 0 < (plain > 0).mean() < 1  # else the gate would show nothing
    assert np.allclose(found.apart, plain, atol=1e-5)


def test_a_place_that_the_reference_knows_is_found_and_one_that_neither_knows_is_not():
    true = noise(0)
    told, asked = scene(true)
    both = last(Draws(Rule.EVIDENCE), told, asked, true)
    plain = last(Draws(Rule.DIFFERENCE), told, asked, true).apart
    assert torch.equal(both.difference, plain)
    found = both.apart
    assert found[THERE].min() == pytest.approx(0.3, abs=1e-5)
    assert found[BESIDE].max() < 0.03
    assert plain[THERE].max() < plain[BESIDE].min()  # the difference alone has it the other way round


@pytest.mark.parametrize("level", [SCHEDULE.at_strength(0.7), Level(999, 0.0, 1.0)])
def test_evidence_is_taken_on_what_the_level_knows(level: Level):
    """With no signal left the noise says nothing: then it is the picture that a prompt is right about."""
    x0, drawn = noise(4, n=1), noise(5)
    field = x0.expand_as(drawn) if level.a == 0 else drawn
    told, asked = scene(field)

    def both(x: torch.Tensor, _level: Level) -> tuple[Prediction, Prediction]:
        return tuple(Prediction(x, one) if level.a == 0 else Prediction(one, x) for one in (told, asked))

    *_, found = contrasts(both, x0, level, [drawn], Rule.EVIDENCE)
    assert found.apart[THERE].min() > 10 * found.apart[BESIDE].max()


def test_a_finer_grid_gives_the_same_map():
    """Latents of 64 × 64 cells, as those of 16 × 16 enlarged: the filters' sizes are shares of the side."""
    y, x = np.mgrid[:16, :16] / 16
    field = torch.from_numpy(np.sin(5 * x + 1) * np.cos(4 * y)).float()
    fine = field.repeat_interleave(4, 0).repeat_interleave(4, 1)
    for filtered in (gathered, widened):
        small, large = (filtered(one).numpy() for one in (field, fine))
        assert np.abs(large.reshape(16, 4, 16, 4).mean(axis=(1, 3)) - small).max() < 0.05 * np.ptp(small)
    coarse_true = noise(0)
    fine_true = coarse_true.repeat_interleave(4, 2).repeat_interleave(4, 3)
    coarse = last(Draws(Rule.EVIDENCE), *scene(coarse_true), coarse_true).scaled(Clamp.RANGE).apart
    finer = last(Draws(Rule.EVIDENCE), *scene(fine_true, 4), fine_true).scaled(Clamp.RANGE).apart
    assert (finer.reshape(16, 4, 16, 4).mean(dim=(1, 3)) - coarse).abs().mean() < 0.01


def test_where_the_reference_is_nowhere_the_truer_one_the_difference_stays():
    true = noise(0)
    asked, told = scene(true)
    asked[:, :, *BESIDE] = told[:, :, *BESIDE] = true[:, :, *BESIDE]
    found = last(Draws(Rule.EVIDENCE), told, asked, true).apart
    assert torch.allclose(found[THERE], torch.tensor(0.3), atol=1e-5)


def test_prompts_that_say_the_same_have_no_region():
    same = noise(1)
    found = last(Draws(Rule.EVIDENCE), same, same, noise(2)).scaled(Clamp.RANGE)
    assert not found.apart.any()
    assert not found.spread.any()


@pytest.mark.parametrize("rule", list(Rule))
def test_the_spread_is_the_standard_error_over_the_draws(rule: Rule):
    told, asked, true = noise(1), noise(2), noise(3)
    apart = (asked - told).numpy()
    of_draws = np.abs(apart).mean(axis=1) if rule is Rule.DIFFERENCE else np.sqrt((apart**2).mean(axis=1))
    plain = of_draws.std(axis=0, ddof=1) / 6**0.5
    draws = Draws(rule)
    first, *_, found = draws.add(told, asked, true)
    assert not first.spread.any()
    if rule is Rule.DIFFERENCE:
        assert np.allclose(found.spread, plain, atol=1e-6)
    else:  # where the gate is wide open; elsewhere its own spread comes on top
        opened = torch.isclose(found.apart, torch.from_numpy(of_draws.mean(axis=0))).numpy()
        assert opened.any()
        assert np.allclose(found.spread.numpy()[opened], plain[opened], atol=1e-6)
        assert (found.spread.numpy()[~opened & (found.apart.numpy() > 0)] > 0).all()


def test_drawing_by_evidence_goes_on_until_no_draw_is_expected_to_move_the_map():
    """Means over n draws of one spread: the last of them is the first whose next one moves it that little."""
    sigma, level = 0.5, torch.ones(8, 8)
    means = [of(level, sigma / n**0.5) for n in range(1, 30)]
    moves = [np.sqrt(2 / np.pi) * sigma / np.sqrt(n * (n + 1)) for n in range(1, 30)]  # of a normal draw
    taken = list(settling(means, 0.05, rule=Rule.EVIDENCE))
    assert moves[len(taken) - 1] <= 0.05 < moves[len(taken) - 2]
    assert len(list(settling(means, 0, rule=Rule.EVIDENCE))) == 29
    assert len(list(settling(means, 0.05))) == 3  # by the difference: each is as the one before


@pytest.mark.parametrize("clamp", list(Clamp))
def test_doubt_is_the_chance_of_the_other_side_and_none_where_all_draws_agree(clamp: Clamp):
    values = np.array([[0.0, 0.2, 0.3, 0.4, 0.5, 0.8, 0.4]], np.float32)
    unsure = np.array([[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.0]], np.float32)
    doubt = HeatMap(values, clamp=clamp, unsure=unsure).doubt(0.4)
    scale = 0.8 if clamp is Clamp.RANGE else 1  # what is cut goes from 0 to 1
    plain = [math.erfc(abs(value / scale - 0.4) / (0.1 / scale) / 2**0.5) for value in values[0, :-1]]
    assert np.abs(doubt[0, :-1] - plain).max() < 0.02
    assert doubt[0, -1] == 0
    assert HeatMap(values).doubt(0.4) is None
