"""Loss guidance by the linear latent→RGB map: the region's mean colour goes where it should, nothing else."""

import pytest
import torch

from core.diffusion.diffedit import decode
from core.diffusion.dpm_solver import second_order
from core.diffusion.loss_guidance import LIMIT, steer, straight
from core.diffusion.preview import LatentToRgb
from core.diffusion.schedule import Level
from core.diffusion.step import Prediction, Seen, ddim
from core.diffusion.target import LUMA, Target
from core.errors import InputError
from tests.core.schedules import SCHEDULE

MIX = torch.tensor([[0.8, 0.6, 0.0, 0.2], [0.6, -0.5, 0.6, -0.2], [0.7, -0.2, -0.8, 0.1]])  # (3, C)
EARLY = Level(600, 0.3, 0.95)  # where half the noise is room enough for every target here


@pytest.fixture
def mask() -> torch.Tensor:
    """The left quarter."""
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :2] = 1
    return mask


def normal(seed: int) -> torch.Tensor:
    return torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


def to_rgb(mix: torch.Tensor = MIX) -> LatentToRgb:
    """Fitted on a picture of which each latent makes 2 × 2 pixels, some lighter than their mean."""
    latent = normal(0)
    colours = torch.einsum("rc,bchw->brhw", mix, latent) / 2 + 0.1
    pixels = colours.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return LatentToRgb.fit(latent, pixels)


def seen(level: Level = EARLY, seed: int = 1) -> Seen:
    x, eps = normal(seed), normal(seed + 100)
    return Seen(x, level, Prediction(eps, (x - level.s * eps) / level.a))


def mean_colour(x0: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    a, b = to_rgb().mean_colour()
    return a @ ((mask * x0).sum((0, 2, 3)) / mask.sum()) + b


def test_the_map_s_mean_colour_is_the_mean_of_its_patch():
    a, b = to_rgb().mean_colour()
    assert torch.allclose(a, MIX / 2, atol=0.01)
    assert torch.allclose(b, torch.full((3,), 0.1), atol=0.01)


@pytest.mark.parametrize("strength", [0.25, 1.0])
def test_a_step_goes_its_share_of_the_way_to_a_colour(mask, strength):
    target = Target(colour="#c0a040", strength=strength)
    before, wanted = seen(), torch.tensor(target.wanted())
    after = steer(target, 10, to_rgb(), mask)(1, before)
    start, end = (mean_colour(one.prediction.x0, mask) for one in (before, after))
    assert (end - start).norm() > 0.05
    assert torch.allclose(end, start + strength * (wanted - start), atol=0.01)


def test_a_step_goes_its_share_of_the_way_to_a_brightness(mask):
    after = steer(Target(brightness=0.6, strength=1), 10, to_rgb(), mask)(1, seen())
    assert float(torch.tensor(LUMA) @ mean_colour(after.prediction.x0, mask)) == pytest.approx(0.2, abs=0.01)


def test_it_goes_down_the_gradient_of_the_loss(mask):
    """Against autograd: along the gradient's own direction for one colour sum, downhill for three."""
    before = seen()
    for target, rows in (
        (Target(brightness=0.9), torch.tensor([LUMA])),
        (Target(colour="#ff2080"), torch.eye(3)),
    ):
        x0 = before.prediction.x0.clone().requires_grad_()
        loss = (rows @ mean_colour(x0, mask) - torch.tensor(target.wanted())).square().sum() / 2
        (gradient,) = torch.autograd.grad(loss, x0)
        shift = steer(target, 10, to_rgb(), mask)(1, before).prediction.x0 - before.prediction.x0
        cosine = torch.cosine_similarity(-gradient.flatten(), shift.flatten(), dim=0)
        assert cosine > (0.999 if len(rows) == 1 else 0.1)


def test_outside_the_mask_nothing_moves_and_inside_all_moves_alike(mask):
    before = seen()
    after = steer(Target(colour="#00ff00"), 10, to_rgb(), mask)(1, before)
    shift = after.prediction.x0 - before.prediction.x0
    assert not shift[..., 2:].any()
    assert torch.equal(after.x[..., 2:], before.x[..., 2:])
    assert torch.allclose(shift[..., :2], shift[..., :1, :1].expand(1, 4, 8, 2), atol=1e-5)
    assert shift[..., :2].abs().max() > 0.1
    assert torch.equal(after.prediction.eps, before.prediction.eps)
    level, p = after.level, after.prediction
    assert torch.allclose(after.x, level.a * p.x0 + level.s * p.eps, atol=1e-5)


def test_x_moves_by_no_more_than_a_share_of_its_noise(mask):
    level = Level(10, 0.995, 0.1)
    before = seen(level)
    after = steer(Target(colour="#00ff00", strength=1), 10, to_rgb(), mask)(1, before)
    moved = (after.x - before.x)[..., :2].norm()
    assert float(moved) == pytest.approx(
        LIMIT * level.s * float(before.prediction.eps[..., :2].norm()), rel=1e-4
    )


def test_only_the_first_steps_are_steered(mask):
    way, before = steer(Target(brightness=0.9, until=0.3), 10, to_rgb(), mask), seen()
    assert [way(step, before) is before for step in range(1, 11)] == [False] * 3 + [True] * 7
    assert Target(brightness=0.9, until=0.01).steps(10) == 1
    assert steer(Target(), 10, to_rgb(), mask) is straight


@pytest.mark.parametrize("solve", [ddim, second_order])
def test_a_decoding_arrives_and_the_rest_is_the_photo_s(mask, solve):
    """Through the exact network of Gaussian data, which pulls every colour back to its own mean."""

    def gaussian(x: torch.Tensor, level: Level, _weight: float) -> Prediction:
        eps = level.s * x / (level.a**2 * 0.25 + level.s**2)
        return Prediction(eps, (x - level.s * eps) / level.a)

    levels = SCHEDULE.levels(20)[:17]
    photo = [normal(3)] * len(levels)

    def colour(target: Target) -> torch.Tensor:
        way = steer(target, 16, to_rgb(), mask)
        y = decode(gaussian, photo, levels, mask, [1.0] * 16, lambda *_: None, solve=solve, steer=way)
        assert torch.equal(y[..., 2:], photo[0][..., 2:])
        return mean_colour(y, mask)

    wanted = torch.tensor(Target(colour="#a08060").wanted())
    apart = [
        float((colour(target) - wanted).norm())
        for target in (Target(), Target("#a08060", until=0.3), Target("#a08060", strength=1, until=1))
    ]
    assert apart[0] > 0.3
    assert apart[1] < 0.7 * apart[0]
    assert apart[2] < 0.05


def test_a_picture_without_colours_can_steer_brightness_only(mask):
    grey = to_rgb(MIX[:1].expand(3, 4))
    assert steer(Target(brightness=0.2), 10, grey, mask)(1, seen()) is not None
    with pytest.raises(InputError, match="too few colours"):
        steer(Target(colour="#ff0000"), 10, grey, mask)
    with pytest.raises(InputError, match="too little contrast"):
        steer(Target(brightness=0.2), 10, to_rgb(MIX * 0), mask)
