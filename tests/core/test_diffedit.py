"""DiffEdit's mathematics against cases whose answer is known."""

import numpy as np
import pytest
import torch

from core.diffusion.clamp import Clamp
from core.diffusion.contrast import Contrast
from core.diffusion.diffedit import contrasts, decode, encode, renoise, settling, vary
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, noised, slerp, step
from core.errors import InputError
from tests.core.contrasts import heat, of
from tests.core.schedules import SCHEDULE

SHAPE = (1, 4, 8, 8)
EVERYTHING = torch.ones(1, 1, 8, 8)


def ignore(*_: object) -> None:
    """No one watches."""


def noise(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def constant_eps(eps: torch.Tensor):
    """A network whose ε̂ doesn't depend on x."""

    def predict(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
        return Prediction(eps, (x - level.s * eps) / level.a)

    return predict


def gaussian_eps(spread: float):
    """The exact network of data x0 ~ N(0, spread²): ε̂ = s·x / (a²·spread² + s²)."""

    def predict(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
        eps = level.s * x / (level.a**2 * spread**2 + level.s**2)
        return Prediction(eps, (x - level.s * eps) / level.a)

    return predict


def round_trip_error(steps: int, predict) -> float:
    x0, levels = noise(0), SCHEDULE.levels(steps)
    trajectory = encode(predict, x0, levels, ignore)
    back = decode(predict, trajectory, levels, EVERYTHING.double(), [1.0] * steps, ignore)
    return float((back - x0).norm() / x0.norm())


def test_a_walk_starts_at_the_picture_and_ends_at_the_last_timestep():
    levels = SCHEDULE.levels(20)
    assert (levels[0].a, levels[0].s) == (1, 0)
    assert levels[-1].timestep == 999
    assert [level.timestep for level in levels[1:3]] == [49, 99]
    for level in levels:
        assert level.a**2 + level.s**2 == pytest.approx(1, abs=1e-9)
    assert SCHEDULE.at_strength(0.5).timestep == 499
    with pytest.raises(InputError):
        SCHEDULE.levels(1001)


def test_inverting_and_decoding_is_exact_for_a_constant_eps():
    assert round_trip_error(7, constant_eps(noise(1))) < 1e-12


def test_for_gaussian_data_the_round_trip_error_falls_about_as_one_over_n():
    errors = {n: round_trip_error(n, gaussian_eps(0.5)) for n in (25, 50, 100, 200)}
    assert errors[25] > 1e-3  # else the case would prove nothing
    for n in (25, 50, 100):
        assert 1.6 < errors[n] / errors[2 * n] < 2.4


def test_inversion_of_gaussian_data_has_the_level_s_own_spread():
    """The probability-flow map of N(0, σ²) is a scaling: x_t = x0·√(a²σ² + s²)/σ."""
    x0, spread = 0.5 * noise(0), 0.5
    levels = SCHEDULE.levels(1000)[:801]
    end = encode(gaussian_eps(spread), x0, levels, ignore)[-1]
    exact = x0 * ((levels[-1].a * spread) ** 2 + levels[-1].s ** 2) ** 0.5 / spread
    assert torch.allclose(end, exact, rtol=0.01)


def test_a_known_prefix_of_the_trajectory_is_not_computed_again():
    x0, levels, asked = noise(0), SCHEDULE.levels(10), []
    network = gaussian_eps(0.5)

    def predict(x, level):
        asked.append(level.timestep)
        return network(x, level)

    short = encode(predict, x0, levels[:5], ignore)
    asked.clear()
    long = encode(predict, x0, levels, ignore, start=short)
    assert len(asked) == 6
    assert all(torch.equal(a, b) for a, b in zip(long, encode(network, x0, levels, ignore), strict=True))


def test_outside_the_mask_the_picture_comes_back_exactly():
    x0, levels = noise(0), SCHEDULE.levels(10)
    trajectory = encode(gaussian_eps(0.5), x0, levels, ignore)
    mask = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    mask[..., :4] = 1
    edited = decode(constant_eps(noise(3)), trajectory, levels, mask, [7.5] * 10, ignore)
    assert torch.equal(edited[..., 4:], x0[..., 4:])
    assert not torch.allclose(edited[..., :4], x0[..., :4])
    nothing = decode(constant_eps(noise(3)), trajectory, levels, 0 * mask, [7.5] * 10, ignore)
    assert torch.equal(nothing, x0)


def test_blending_happens_at_the_same_level():
    """What a step sees outside the mask is the trajectory's latent of that very level."""
    x0, levels = noise(0), SCHEDULE.levels(6)
    trajectory = encode(gaussian_eps(0.5), x0, levels, ignore)
    seen: list[tuple[Level, torch.Tensor]] = []

    def predict(x, level, weight):
        seen.append((level, x))
        return constant_eps(noise(3))(x, level)

    decode(predict, trajectory, levels, torch.zeros(1, 1, 8, 8).double(), [1.0] * 6, ignore)
    assert [level for level, _ in seen] == list(reversed(levels[1:]))
    for level, x in seen:
        assert torch.equal(x, trajectory[levels.index(level)])


def test_weights_run_from_the_noisiest_step_on():
    levels, seen = SCHEDULE.levels(4), []

    def predict(x, level, weight):
        seen.append((level.timestep, weight))
        return constant_eps(noise(1))(x, level)

    decode(predict, [noise(0)] * 5, levels, EVERYTHING, [4.0, 3.0, 2.0, 1.0], ignore)
    assert seen == [(999, 4.0), (749, 3.0), (499, 2.0), (249, 1.0)]


def test_the_heat_map_equals_a_plain_computation():
    x0, level = noise(0).float(), SCHEDULE.at_strength(0.5)
    noises = [noise(seed).float() for seed in range(3)]
    gain = torch.linspace(0, 1, 64).view(1, 1, 8, 8)

    def both(x, _level):
        return Prediction(x, x), Prediction(x * (1 + gain), x)

    *_, found = contrasts(both, x0, level, noises)
    mean = found.apart
    plain = torch.zeros(8, 8)
    for eps in noises:
        x = level.a * x0 + level.s * eps
        for channel in range(4):
            plain += (x[0, channel] * (1 + gain[0, 0]) - x[0, channel]).abs()
    plain /= 4 * 3
    assert torch.allclose(mean, plain, atol=1e-6)
    by_mean = torch.minimum(plain, 3 * plain.mean()) / (3 * plain.mean())
    assert torch.allclose(heat(mean, Clamp.MEAN), by_mean, atol=1e-5)
    assert torch.equal(heat(mean, Clamp.MEAN) > 0.5, mean > 1.5 * mean.mean())
    second, hottest = plain.flatten().sort().values[-2:]
    peak = second + 0.37 * (hottest - second)  # 0.99 of the way over 64 cells
    assert torch.allclose(heat(mean), torch.minimum(plain, peak) / peak, atol=1e-5)
    assert (heat(mean) == 1).sum() == 1


def test_a_heat_map_by_its_peak_is_the_same_for_a_large_region_and_a_small_one():
    """A region twice as warm as the rest: the mean rises with its share, the peak stays."""
    for share in (3, 60):
        difference = torch.ones(10, 10)
        difference.view(-1)[:share] = 2
        assert heat(difference).unique().tolist() == [0.5, 1.0]
        by_mean = heat(difference, Clamp.MEAN).max()
        assert torch.isclose(by_mean, torch.tensor(2 / (3 + 3 * share / 100)))


@pytest.mark.parametrize("clamp", list(Clamp))
def test_a_difference_in_two_cells_alone_is_a_heat_map_too(clamp):
    difference = torch.zeros(32, 32)
    difference[3, 4:6] = torch.tensor([1.0, 0.5])
    found = heat(difference, clamp)
    assert found.isfinite().all()
    assert found[3, 4] == 1
    assert found.count_nonzero() == 2


def test_the_heat_map_is_zero_where_the_prompts_say_the_same():
    x0, level = noise(0).float(), SCHEDULE.at_strength(0.5)
    same = contrasts(lambda x, _level: (Prediction(x, x), Prediction(x, x)), x0, level, [noise(1).float()])
    assert not next(same).scaled(Clamp.RANGE).apart.any()


def test_both_prompts_see_the_same_noise_and_draws_accumulate():
    seen: list[torch.Tensor] = []

    def both(x, _level):
        seen.append(x)
        return Prediction(x, x), Prediction(2 * x, x)

    noises = [noise(seed).float() for seed in range(2)]
    found = contrasts(both, noise(9).float(), SCHEDULE.at_strength(0.5), noises)
    maps = [one.apart for one in found]
    assert len(seen) == 2
    first, second = (x.abs().mean(dim=(0, 1)) for x in seen)
    assert torch.allclose(maps[0], first)
    assert torch.allclose(maps[1], (first + second) / 2)


def test_draws_in_blocks_give_the_same_maps():
    def both(x, _level):
        return Prediction(x, x), Prediction(x * x, x)

    x0, level = noise(9).float(), SCHEDULE.at_strength(0.5)
    noises = torch.cat([noise(seed).float() for seed in range(5)])
    singly, blocks = (
        [one.apart for one in contrasts(both, x0, level, noises.split(size))] for size in (1, 2)
    )
    assert len(blocks) == 5
    assert all(torch.allclose(a, b) for a, b in zip(singly, blocks, strict=True))


def spots(*values: float) -> Contrast:
    return of(torch.tensor([values], dtype=torch.float32))


def test_drawing_goes_on_until_the_map_has_settled():
    moving = [
        spots(1, 0, 0, 0),
        spots(0, 1, 0, 0),
        spots(0, 1, 0, 0.2),
        spots(0, 1, 0, 0.2),
        spots(9, 9, 0, 9),
    ]
    assert len(list(settling(moving, 0))) == 5
    assert len(list(settling(moving, 0.01))) == 4
    assert len(list(settling(moving, 0.5))) == 3


def test_three_draws_are_the_least():
    assert len(list(settling([spots(1, 0, 0, 0)] * 9, 0.5))) == 3


def test_the_distance_is_the_masks_own_over_all_thresholds():
    """1 − IoU of the two masks, intersection and union both summed over a thousand thresholds."""
    generator = torch.Generator().manual_seed(0)
    one, two = (of(torch.rand(16, 16, generator=generator)) for _ in range(2))
    a, b = heat(one.apart), heat(two.apart)
    cuts = torch.linspace(0.0005, 0.9995, 1000).view(-1, 1, 1)
    distance = 1 - float((((a > cuts) & (b > cuts)).sum()) / ((a > cuts) | (b > cuts)).sum())
    assert len(list(settling([one, one, two, two], 0.0))) == 4
    assert len(list(settling([two, one, two, two], distance * 1.01))) == 3
    assert len(list(settling([two, one, two, two], min(0.5, distance * 0.99)))) == 4


def test_full_variation_is_the_start_of_masked_sdedit():
    x0, fresh, levels = noise(0), noise(5), SCHEDULE.levels(10)[:9]
    encoded = encode(gaussian_eps(0.5), x0, levels, ignore)[-1]
    mask = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    mask[..., :4] = 1
    varied = vary(encoded, x0, fresh, levels[-1], mask, 1.0)
    assert torch.allclose(varied[..., :4], renoise(x0, levels, fresh)[-1][..., :4])
    assert torch.equal(varied[..., 4:], encoded[..., 4:])
    assert torch.equal(vary(encoded, x0, fresh, levels[-1], mask, 0.0), encoded)


@pytest.mark.parametrize("v", [0.01, 0.3, 0.9])
def test_a_variation_turns_the_noise_by_its_share_of_the_angle(v):
    """In NumPy, in the plane of two noises of one length: from the one found by v·θ along the circle."""
    x0, level = noise(0), SCHEDULE.at(700)
    found, fresh = (14 * one / one.norm() for one in (noise(3), noise(5)))
    mask = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    mask[..., :4] = 1
    encoded = noised(x0, found, level)
    varied = vary(encoded, x0, fresh, level, mask, v)
    a, b = (one.numpy().ravel() for one in (found, fresh))
    across = b - (a @ b) / (a @ a) * a
    angle = v * np.arctan2(np.linalg.norm(across), (a @ b) / 14)
    turned = np.cos(angle) * a + np.sin(angle) * 14 * across / np.linalg.norm(across)
    expected = noised(x0, torch.from_numpy(turned).view_as(x0), level)
    assert torch.allclose(varied[..., :4], expected[..., :4], atol=1e-9)
    assert torch.equal(varied[..., 4:], encoded[..., 4:])


@pytest.mark.parametrize("v", [0.0, 0.3, 0.7, 1.0])
def test_slerp_stays_on_the_sphere(v):
    a, b = noise(0), noise(1)
    a, b = a / a.norm(), b / b.norm()
    assert float(slerp(a, b, v).norm()) == pytest.approx(1, abs=1e-9)
    assert torch.allclose(slerp(a, a, v), a)


def test_renoising_is_clean_at_the_picture():
    trajectory = renoise(noise(0), SCHEDULE.levels(5), noise(1))
    assert torch.equal(trajectory[0], noise(0))
    assert len(trajectory) == 6


def test_one_step_lands_on_the_forward_process():
    x0, eps, here, there = noise(0), noise(1), SCHEDULE.at(700), SCHEDULE.at(300)
    prediction = constant_eps(eps)(noised(x0, eps, here), here)
    assert torch.allclose(step(prediction, there), noised(x0, eps, there))
