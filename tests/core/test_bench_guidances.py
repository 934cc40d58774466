"""Ways of guidance that only the benches know, against their formulas written number by number."""

import numpy as np
import pytest
import torch

from core.diffusion.schedule import Level
from core.diffusion.step import Field, Prediction
from tests.bench.storybook.guidances import BINOMIAL, Here, apart, plus, soft, zero

FIELDS = {Field.FLOW: Level(600, 0.4, 0.6), Field.V: Level(600, 0.8, 0.6)}


def told(field: Field) -> tuple[np.ndarray, np.ndarray, np.ndarray, Prediction, Prediction]:
    """x, the two velocities, and the predictions that they mean."""
    level, random = FIELDS[field], np.random.default_rng(0)
    x, u, t = random.standard_normal((3, 2, 3, 6, 6))
    flow = field is Field.FLOW

    def prediction(v: np.ndarray) -> Prediction:
        eps = x + level.a * v if flow else level.a * v + level.s * x
        x0 = x - level.s * v if flow else level.a * x - level.s * v
        return Prediction(torch.from_numpy(eps), torch.from_numpy(x0))

    return x, u, t, prediction(u), prediction(t)


def here(field: Field, *, first: bool = False, weight: float = 4.0) -> Here:
    mask = torch.zeros(2, 1, 6, 6, dtype=torch.float64)
    mask[..., :3] = 1
    return Here(FIELDS[field], weight, first, mask, field)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("first", [False, True])
def test_zero_scales_the_unconditional_velocity_and_begins_with_none(field, first):
    x, u, t, say, tell = told(field)
    found = zero(from_nothing=True)(say, tell, here(field, first=first))
    for i in range(2):
        share = np.vdot(t[i], u[i]) / np.linalg.norm(u[i]) ** 2
        v = np.zeros_like(u[i]) if first else share * u[i] + 4 * (t[i] - share * u[i])
        one = Prediction(found.eps[i], found.x0[i])
        assert np.allclose(one.velocity(field, FIELDS[field]), v)
        assert np.allclose(FIELDS[field].a * one.x0 + FIELDS[field].s * one.eps, x[i])
    later = zero(from_nothing=False)(say, tell, here(field, first=first))
    assert torch.allclose(later.eps, found.eps) is not first


def test_plus_renoises_with_the_unconditional_noise():
    *_, say, tell = told(Field.V)
    found = plus(0.6)(say, tell, here(Field.V))
    assert torch.equal(found.eps, say.eps)
    assert torch.allclose(found.x0, 0.4 * say.x0 + 0.6 * tell.x0)


def test_soft_weighs_each_pixel_by_the_mask_round_it():
    *_, say, tell = told(Field.V)
    found, where = soft(say, tell, here(Field.V)), here(Field.V).mask.numpy()
    for y, x in ((0, 0), (2, 2), (3, 3), (5, 5)):
        share = where[0, 0, max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].mean()
        wanted = say.eps[..., y, x] + (1 + 3 * share) * (tell.eps - say.eps)[..., y, x]
        assert torch.allclose(found.eps[..., y, x], wanted)
    assert {0.0, 1.0} < {float(where[0, 0, :, max(0, x - 1) : x + 2].mean()) for x in range(6)}


def test_apart_weighs_what_is_smooth_and_what_is_not():
    *_, say, tell = told(Field.V)
    same = apart(3.0, 3.0)(say, tell, here(Field.V))
    assert torch.allclose(same.eps, say.eps + 3 * (tell.eps - say.eps))
    update = (tell.x0 - say.x0).numpy()
    padded = np.pad(update, ((0, 0), (0, 0), (2, 2), (2, 2)), mode="reflect")
    kernel = np.outer(BINOMIAL, BINOMIAL)
    small = np.array([[(padded[..., y : y + 5, x : x + 5] * kernel).sum((-1, -2)) for x in (0, 2, 4)]
                      for y in (0, 2, 4)]).transpose(2, 3, 0, 1)  # fmt: skip
    at = np.clip((np.arange(6) + 0.5) / 2 - 0.5, 0, 2)  # bilinear, a cell's middle on a cell's middle
    below, share = np.minimum(at.astype(int), 1), at - np.minimum(at.astype(int), 1)
    rows = small[:, :, below] * (1 - share)[:, None] + small[:, :, below + 1] * share[:, None]
    base = rows[..., below] * (1 - share) + rows[..., below + 1] * share
    found = apart(1.0, 5.0)(say, tell, here(Field.V))
    assert np.allclose(found.x0, say.x0.numpy() + base + 5 * (update - base), atol=1e-6)
