"""The solvers against cases whose answer is known: constant ε, Gaussian data, any network at all."""

import pytest
import torch

from core.diffusion import diffedit, edit_friendly, fixed_point
from core.diffusion.diffedit import decode, encode
from core.diffusion.dpm_solver import second_order
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, ddim, step
from tests.core.schedules import SCHEDULE

SHAPE = (1, 4, 8, 8)
EVERYTHING = torch.ones(1, 1, 8, 8, dtype=torch.float64)
SPREAD = 0.5


def ignore(*_: object) -> None:
    """No one watches."""


def each(predict: diffedit.Predict) -> edit_friendly.PredictEach:
    """A network that is asked level by level, for a block of them."""
    return lambda latents, levels: [predict(x, level) for x, level in zip(latents, levels, strict=True)]


def noise(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def constant_eps(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
    """A network whose ε̂ doesn't depend on x."""
    eps = noise(1)
    return Prediction(eps, (x - level.s * eps) / level.a)


def gaussian_eps(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
    """The exact network of data x0 ~ N(0, SPREAD²)."""
    eps = level.s * x / (level.a**2 * SPREAD**2 + level.s**2)
    return Prediction(eps, (x - level.s * eps) / level.a)


def wild_eps(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
    """A network that is far from any denoiser, and not linear."""
    eps = torch.sin(x.roll(1, -1)) + level.s
    return Prediction(eps, (x - level.s * eps) / level.a)


def gaussian_flow(x: torch.Tensor, here: Level, to: Level) -> torch.Tensor:
    """Where the exact probability flow of N(0, SPREAD²) takes x: a scaling."""
    widths = [((level.a * SPREAD) ** 2 + level.s**2) ** 0.5 for level in (here, to)]
    return x * widths[1] / widths[0]


def between(steps: int) -> list[Level]:
    """A walk evenly spaced in log-SNR, which ends where both a and s are far from 0."""
    lambdas = torch.linspace(2.0, -2.0, steps + 1, dtype=torch.float64)
    s = torch.sigmoid(-2 * lambdas).sqrt().tolist()
    return [Level(i, (1 - value**2) ** 0.5, value) for i, value in enumerate(s)]


def error(solve, steps: int, *, up: bool) -> float:
    """Against the exact flow of Gaussian data, over a walk without ends at a = 0 or s = 0."""
    levels, x = between(steps), noise(0)
    if up:
        found, exact = encode(gaussian_eps, x, levels, ignore, solve=solve)[-1], (levels[0], levels[-1])
    else:
        found = decode(
            gaussian_eps, [x] * len(levels), levels, EVERYTHING, [1.0] * steps, ignore, solve=solve
        )
        exact = levels[-1], levels[0]
    return float((found - gaussian_flow(x, *exact)).norm() / x.norm())


@pytest.mark.parametrize("up", [True, False], ids=["inverting", "decoding"])
@pytest.mark.parametrize(("solve", "order"), [(ddim, 1), (second_order, 2)], ids=["ddim", "2m"])
def test_the_order_of_convergence(solve, order, up):
    errors = {n: error(solve, n, up=up) for n in (20, 40, 80, 160)}
    for n in (40, 80):
        assert 0.8 * 2**order < errors[n] / errors[2 * n] < 1.25 * 2**order


def test_second_order_is_the_paper_s_formula():
    """Algorithm 2 of arXiv 2211.01095, written with its own exponentials."""
    import math

    levels, (x, old, new) = between(7), (noise(i) for i in range(3))
    p, t, to = levels[4], levels[3], levels[1]
    lam = {level: math.log(level.a / level.s) for level in levels}
    h, r = lam[to] - lam[t], (lam[t] - lam[p]) / (lam[to] - lam[t])
    d = (1 + 1 / (2 * r)) * new - 1 / (2 * r) * old
    expected = to.s / t.s * x - to.a * (math.exp(-h) - 1) * d
    before = Seen(noise(7), p, Prediction(noise(8), old))
    now = Seen(x, t, Prediction((x - t.a * new) / t.s, new))
    assert torch.allclose(second_order(now, before, to), expected)


@pytest.mark.parametrize("solve", [ddim, second_order])
def test_inverting_and_decoding_is_exact_for_a_constant_eps(solve):
    levels, x0 = SCHEDULE.levels(9), noise(0)
    trajectory = encode(constant_eps, x0, levels, ignore, solve=solve)
    back = decode(constant_eps, trajectory, levels, EVERYTHING, [1.0] * 9, ignore, solve=solve)
    assert torch.allclose(back, x0, atol=1e-9)
    assert not torch.allclose(trajectory[-1], x0, atol=0.1)


def test_2m_survives_zero_terminal_snr():
    levels = (*SCHEDULE.levels(6)[:-1], Level(999, 0.0, 1.0))

    def v_network(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
        v = 0.3 * x.roll(1, -1)
        return Prediction(eps=level.a * v + level.s * x, x0=level.a * x - level.s * v)

    trajectory = encode(v_network, noise(0), levels, ignore, solve=second_order)
    back = decode(v_network, trajectory, levels, EVERYTHING, [1.0] * 6, ignore, solve=second_order)
    assert torch.isfinite(trajectory[-1]).all()
    assert torch.isfinite(back).all()


def test_the_fixed_point_leads_back_to_its_tolerance():
    levels, x0 = SCHEDULE.levels(12), noise(0) * SPREAD
    errors = []
    for iterations in (1, 2, 3, 60):
        trajectory = fixed_point.encode(gaussian_eps, x0, levels, ignore, iterations)
        back = decode(gaussian_eps, trajectory, levels, EVERYTHING, [1.0] * 12, ignore)
        errors.append(float((back - x0).norm() / x0.norm()))
    plain = encode(gaussian_eps, x0, levels, ignore)
    back = decode(gaussian_eps, plain, levels, EVERYTHING, [1.0] * 12, ignore)
    ddim_error = float((back - x0).norm() / x0.norm())
    assert ddim_error > 0.05  # else the case would prove nothing
    assert errors[0] < ddim_error / 2
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-10


def test_at_the_fixed_point_every_step_down_is_the_trajectory():
    levels = SCHEDULE.levels(12)
    trajectory = fixed_point.encode(gaussian_eps, noise(0), levels, ignore, 80)
    for i in range(1, len(levels)):
        assert torch.allclose(
            step(gaussian_eps(trajectory[i], levels[i]), levels[i - 1]), trajectory[i - 1], atol=1e-10
        )


def test_the_fixed_point_of_a_constant_eps_is_ddim_s():
    levels, x0 = SCHEDULE.levels(8), noise(0)
    ours, plain = (
        fixed_point.encode(constant_eps, x0, levels, ignore, 2),
        encode(constant_eps, x0, levels, ignore),
    )
    assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(ours, plain, strict=True))


def test_a_known_beginning_of_a_fixed_point_trajectory_is_a_prefix():
    levels, x0, asked = SCHEDULE.levels(8), noise(0), []

    def predict(x: torch.Tensor, level: Level) -> Prediction:
        asked.append(level)
        return wild_eps(x, level)

    whole = fixed_point.encode(predict, x0, levels, ignore, 2)
    assert len(asked) == 1 + 2 * 8
    asked.clear()
    again = fixed_point.encode(predict, x0, levels, ignore, 2, start=whole[:4])
    assert len(asked) == 2 * 5
    assert all(torch.equal(a, b) for a, b in zip(whole, again, strict=True))


@pytest.mark.parametrize("steps", [1, 4, 20])
@pytest.mark.parametrize("network", [gaussian_eps, wild_eps])
def test_edit_friendly_noise_gives_any_picture_back(network, steps):
    """To float32's rounding, which the network passes on; whatever the network, in however few steps."""
    levels, x0 = SCHEDULE.levels(steps), noise(0).float()
    noises = [noise(i + 10).float() for i in range(steps)]

    def predict(x: torch.Tensor, level: Level, weight: float = 0) -> Prediction:
        found = network(x, level)
        return Prediction(found.eps.float(), found.x0.float())

    trajectory, corrections = edit_friendly.encode(each(predict), x0, levels, noises, ignore)
    solve = edit_friendly.solver(dict(zip(levels[1:], corrections, strict=True)))
    back = decode(predict, trajectory, levels, EVERYTHING.float(), [1.0] * steps, ignore, solve=solve)
    assert torch.allclose(back, x0, atol=1e-4)
    plain = decode(predict, trajectory, levels, EVERYTHING.float(), [1.0] * steps, ignore)
    assert not torch.allclose(plain, x0, atol=1e-2)


def test_every_level_has_its_own_noise():
    levels, x0 = SCHEDULE.levels(5), noise(0)
    noises = [noise(i + 10) for i in range(5)]
    trajectory, _ = edit_friendly.encode(each(gaussian_eps), x0, levels, noises, ignore)
    for latent, level, eps in zip(trajectory[1:], levels[1:], noises, strict=True):
        assert torch.allclose(latent, level.a * x0 + level.s * eps)


def test_the_mean_is_ddpm_s_posterior():
    """arXiv 2006.11239, eq. 7, in the terms of one step of its chain."""
    here, to = SCHEDULE.at(500), SCHEDULE.at(499)
    x, x0 = noise(0), noise(1)
    prediction = Prediction(eps=(x - here.a * x0) / here.s, x0=x0)
    beta = 1 - (here.a / to.a) ** 2
    expected = to.a * beta / here.s**2 * x0 + (1 - beta) ** 0.5 * to.s**2 / here.s**2 * x
    assert torch.allclose(edit_friendly.mean(prediction, here, to), expected)
