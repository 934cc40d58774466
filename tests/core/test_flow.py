"""Flow matching's schedule and DiffEdit on it, against cases whose answer is known."""

import pytest
import torch

from core.diffusion.between import between
from core.diffusion.clamp import Clamp
from core.diffusion.diffedit import contrasts, decode, encode
from core.diffusion.schedule import Flow, FlowByWalk, Level
from core.diffusion.step import Prediction
from core.errors import InputError

SHAPE = (1, 16, 6, 6)
SCHEDULE = Flow(shift=3.0)
EVERYTHING = torch.ones(1, 1, 6, 6).double()


def ignore(*_: object) -> None:
    """No one watches."""


def noise(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def told(x: torch.Tensor, level: Level, v: torch.Tensor) -> Prediction:
    return Prediction(eps=x + level.a * v, x0=x - level.s * v)


def constant_eps(eps: torch.Tensor):
    def predict(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
        return Prediction(eps, (x - level.s * eps) / level.a)

    return predict


def straight(v: torch.Tensor):
    """A network whose paths are straight lines: v doesn't depend on x."""

    def predict(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
        return told(x, level, v)

    return predict


def gaussian(spread: float):
    """The exact network of data x0 ~ N(0, spread²): v = E[ε − x0 | x]."""

    def predict(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
        variance = (level.a * spread) ** 2 + level.s**2
        return told(x, level, (level.s - level.a * spread**2) / variance * x)

    return predict


def round_trip_error(predict, levels) -> float:
    x0 = noise(0)
    trajectory = encode(predict, x0, levels, ignore)
    back = decode(predict, trajectory, levels, EVERYTHING, [1.0] * (len(levels) - 1), ignore)
    return float((back - x0).norm() / x0.norm())


def test_a_walk_goes_from_the_picture_to_pure_noise_on_shifted_levels():
    levels = SCHEDULE.levels(4)
    assert [level.s for level in levels] == pytest.approx([0, 0.5, 0.75, 0.9, 1])  # 3u / (1 + 2u)
    assert all(level.a == pytest.approx(1 - level.s) for level in levels)
    assert [level.timestep for level in levels[1:]] == pytest.approx([500, 750, 900, 1000])
    assert levels[0].timestep == pytest.approx(3 / 1.002)  # the smallest one it was trained on
    assert (levels[-1].a, levels[-1].s) == (0, 1)
    assert SCHEDULE.at_strength(0.5).s == pytest.approx(0.75)
    assert [level.s for level in Flow().levels(2)] == [0, 0.5, 1]
    with pytest.raises(InputError):
        SCHEDULE.levels(0)


def test_inverting_and_decoding_is_exact_for_a_constant_eps():
    assert round_trip_error(constant_eps(noise(1)), SCHEDULE.levels(7)[:-1]) < 1e-12


def test_inverting_and_decoding_is_exact_on_straight_paths_up_to_pure_noise():
    assert round_trip_error(straight(noise(1)), SCHEDULE.levels(7)) < 1e-12


@pytest.mark.parametrize("change", [0.8, 1.0])
def test_for_gaussian_data_the_round_trip_error_falls_about_as_one_over_n(change):
    def error(steps: int) -> float:
        return round_trip_error(gaussian(0.5), SCHEDULE.levels(steps)[: round(steps * change) + 1])

    errors = {n: error(n) for n in (25, 50, 100, 200)}
    assert errors[25] > 1e-3  # else the case would prove nothing
    for n in (25, 50, 100):
        assert 1.6 < errors[n] / errors[2 * n] < 2.4


def test_inversion_of_gaussian_data_has_the_level_s_own_spread():
    """The flow of N(0, σ²) is a scaling: x_s = x0·√(a²σ² + s²)/σ."""
    x0, levels = noise(0), SCHEDULE.levels(1000)
    end = encode(gaussian(0.5), x0, levels, ignore)[-1]
    assert torch.allclose(end, x0 / 0.5, rtol=0.01)


def test_at_pure_noise_the_prompts_are_told_apart_by_what_they_would_draw():
    """At a = 0 both noises equal x, whatever the prompts say: the difference is taken on x̂0."""
    level = SCHEDULE.levels(2)[-1]
    gain = torch.linspace(0, 1, 36).view(1, 1, 6, 6)

    def both(x, level):
        return told(x, level, torch.zeros_like(x)), told(x, level, gain * torch.ones_like(x))

    *_, found = contrasts(both, noise(0), level, [noise(1)])
    assert torch.allclose(found.apart, gain[0, 0])
    assert found.scaled(Clamp.RANGE).apart.any()


@pytest.mark.parametrize("shape", ["exponential", "linear"])
@pytest.mark.parametrize("end", [None, 0.02])
@pytest.mark.parametrize("patches", [256, 1000, 4096, 8192])
def test_a_shift_that_grows_with_the_picture_is_diffusers_own(shape, end, patches):
    from diffusers import FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.flux.pipeline_flux import calculate_shift

    from core.models.adapters.flow import read_flow

    config = {"use_dynamic_shifting": True, "time_shift_type": shape, "shift_terminal": end}
    theirs = FlowMatchEulerDiscreteScheduler(**config, base_shift=0.6, max_shift=0.9, max_image_seq_len=8192)
    theirs.set_timesteps(sigmas=[1, 0.8, 0.6, 0.4, 0.2], mu=calculate_shift(patches, 256, 8192, 0.6, 0.9))
    ours = (
        read_flow("some", {"_class_name": type(theirs).__name__, **theirs.config})
        .for_patches(patches)
        .levels(5)
    )
    assert [level.s for level in reversed(ours)] == pytest.approx(theirs.sigmas.tolist(), abs=1e-6)
    assert [level.timestep for level in ours[:0:-1]] == pytest.approx(theirs.timesteps.tolist(), abs=1e-3)


@pytest.mark.parametrize("patches", [256, 4096, 4300, 8000])
@pytest.mark.parametrize("steps", [4, 50])
def test_flux_2_shifts_by_patches_and_steps(patches, steps):
    from diffusers import FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

    theirs = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
    even = [i / steps for i in range(steps, 0, -1)]
    theirs.set_timesteps(sigmas=even, mu=compute_empirical_mu(patches, steps))
    ours = FlowByWalk().for_patches(patches)
    assert [level.s for level in reversed(ours.levels(steps))] == pytest.approx(
        theirs.sigmas.tolist(), abs=1e-6
    )
    theirs.set_timesteps(sigmas=[0.5], mu=compute_empirical_mu(patches, 200))
    assert ours.at_strength(0.5).s == pytest.approx(float(theirs.sigmas[0]), abs=1e-6)


def test_texts_of_unequal_length_meet_in_between():
    short, long = noise(1)[0, :2, 0], noise(2)[0, :5, 0]
    assert torch.equal(between(short, long, 0, spherical=True), short)
    assert torch.equal(between(short, long, 1, spherical=False), long)
    half = between(short, long, 0.5, spherical=False)
    assert torch.allclose(half, (torch.cat([short, *[short[-1:]] * 3]) + long) / 2)
    assert torch.allclose(half, between(long, short, 0.5, spherical=False))
