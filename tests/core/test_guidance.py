"""Combining two predictions: what each formula claims, measured."""

from dataclasses import replace

import pytest
import torch

from core.diffusion.guidance import PHI, UPDATE_RATIO_LIMIT, Combination, combine, cosine
from core.diffusion.schedule import Level
from core.diffusion.step import Field, Prediction
from core.diffusion.weight import Projection, Rescale

LEVEL = Level(500, 0.6, 0.8)
ZERO_SIGNAL = Level(999, 0.0, 1.0)


def pair(level: Level = LEVEL, batch: int = 1) -> tuple[Prediction, Prediction]:
    """Two predictions of the same x, t near u as in a real model."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(batch, 4, 8, 8, generator=generator)
    if level.a == 0:
        u_x0 = torch.randn(x.shape, generator=generator)
        t_x0 = u_x0 + 0.05 * torch.randn(x.shape, generator=generator)
        return Prediction(x, u_x0), Prediction(x, t_x0)
    u_eps = torch.randn(x.shape, generator=generator)
    t_eps = u_eps + 0.05 * torch.randn(x.shape, generator=generator)
    return tuple(Prediction(eps, (x - level.s * eps) / level.a) for eps in (u_eps, t_eps))


def projected(eta: float, radius: float = 0.0) -> Combination:
    return Combination(Rescale.PROJECTED, projection=Projection(eta, radius))


def norms(x: torch.Tensor) -> torch.Tensor:
    return x.flatten(1).norm(dim=1)


def consistent(u: Prediction, p: Prediction, level: Level) -> bool:
    """Whatever was rescaled, p still speaks of the same x = a·x0 + s·eps."""
    return torch.allclose(level.a * p.x0 + level.s * p.eps, level.a * u.x0 + level.s * u.eps, atol=1e-4)


def test_plain_is_classifier_free_guidance():
    u, t = pair()
    p, trace = combine(u, t, 7.5, Combination(), LEVEL)
    assert torch.allclose(p.eps, u.eps + 7.5 * (t.eps - u.eps))
    assert torch.allclose(p.x0, u.x0 + 7.5 * (t.x0 - u.x0), atol=1e-5)
    assert trace.weight == 7.5
    assert trace.update == pytest.approx(float((t.eps - u.eps).norm()), rel=1e-5)
    assert trace.cosine == pytest.approx(float((t.x0 * u.x0).sum() / (t.x0.norm() * u.x0.norm())), rel=1e-5)


@pytest.mark.parametrize("rescale", list(Rescale))
@pytest.mark.parametrize("weight", [0.5, 1.0, 7.5])
def test_every_combination_keeps_eps_and_x0_consistent(rescale, weight):
    u, t = pair(batch=3)
    p, _ = combine(u, t, weight, Combination(rescale, kappa=0.05), LEVEL)
    assert consistent(u, p, LEVEL)


@pytest.mark.parametrize("rescale", [Rescale.PREDICTION, Rescale.BOTH])
def test_rescaling_the_prediction_gives_it_the_norm_of_u_per_sample(rescale):
    u, t = pair(batch=3)
    t = Prediction(t.eps * torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1, 1), t.x0)
    p, _ = combine(u, t, 7.5, Combination(rescale, kappa=0.05), LEVEL)
    assert torch.allclose(norms(p.eps), norms(u.eps), rtol=1e-5)


def test_rescaling_the_update_gives_it_a_share_of_the_norm_of_u():
    u, t = pair(batch=3)
    p, _ = combine(u, t, 7.5, Combination(Rescale.UPDATE, kappa=0.02), LEVEL)
    assert torch.allclose(norms(p.eps - u.eps), 0.02 * 7.5 * norms(u.eps), rtol=1e-4)


def test_rescaling_the_update_is_not_plain_in_disguise():
    """The update's length stays the same when t comes nearer to u; plain's shrinks with it."""
    u, t = pair()
    nearer = Prediction(u.eps + 0.5 * (t.eps - u.eps), u.x0 + 0.5 * (t.x0 - u.x0))
    update, plain = Combination(Rescale.UPDATE, kappa=0.05), Combination()
    far_update = norms(combine(u, t, 7.5, update, LEVEL)[0].eps - u.eps)
    near_update = norms(combine(u, nearer, 7.5, update, LEVEL)[0].eps - u.eps)
    assert torch.allclose(far_update, near_update, rtol=1e-4)
    far_plain = norms(combine(u, t, 7.5, plain, LEVEL)[0].eps - u.eps)
    near_plain = norms(combine(u, nearer, 7.5, plain, LEVEL)[0].eps - u.eps)
    assert torch.allclose(near_plain, 0.5 * far_plain, rtol=1e-4)


def test_a_rescaled_update_never_leads_towards_what_u_says_where_that_is_to_be_avoided():
    """At the end of a decay (w = 1) κ‖u‖/‖t − u‖ may come out below 1: that p lies between t and u."""
    u, t = pair()
    short = Combination(Rescale.UPDATE, kappa=0.01)
    between, _ = combine(u, t, 1.0, short, LEVEL)
    assert norms(between.eps - t.eps) > 0.5 * norms(u.eps - t.eps)
    kept, _ = combine(u, t, 1.0, replace(short, least=1.0), LEVEL)
    assert torch.allclose(kept.eps, t.eps, atol=1e-6)
    strong = [combine(u, t, 300.0, one, LEVEL)[0].eps for one in (short, replace(short, least=1.0))]
    assert torch.equal(*strong)


def test_the_update_rescale_is_capped_where_the_predictions_meet():
    u, t = pair()
    meeting = Prediction(u.eps + 1e-6 * (t.eps - u.eps), u.x0)
    p, _ = combine(u, meeting, 7.5, Combination(Rescale.UPDATE, kappa=0.02), LEVEL)
    largest = 0.02 * 7.5 * UPDATE_RATIO_LIMIT * norms(meeting.eps - u.eps)
    assert torch.allclose(norms(p.eps - u.eps), largest, rtol=0.2)


def test_std_rescale_brings_the_spread_back_towards_that_of_t():
    u, t = pair()
    plain, _ = combine(u, t, 15, Combination(), LEVEL)
    p, _ = combine(u, t, 15, Combination(Rescale.STD), LEVEL)
    expected = PHI * t.eps.std() + (1 - PHI) * plain.eps.std()
    assert p.eps.std() == pytest.approx(float(expected), rel=1e-4)


def test_projected_with_the_parallel_part_kept_and_no_cap_is_plain():
    u, t = pair(batch=3)
    plain, _ = combine(u, t, 7.5, Combination(), LEVEL)
    p, trace = combine(u, t, 7.5, projected(eta=1), LEVEL)
    assert torch.allclose(p.x0, plain.x0, atol=1e-4)
    assert torch.allclose(p.eps, plain.eps, atol=1e-4)
    assert trace.p == pytest.approx(float(plain.eps[0].norm()), rel=1e-4)


@pytest.mark.parametrize("eta", [0.0, 0.3])
def test_projected_moves_across_t_and_along_it_by_eta_only(eta):
    u, t = pair(batch=3)
    p, _ = combine(u, t, 7.5, projected(eta), LEVEL)
    moved, update, toward = ((x.x0 - y.x0).flatten(1) for x, y in ((p, t), (t, u), (t, Prediction(0, 0))))
    along = (moved * toward).sum(1)
    assert torch.allclose(along, eta * 6.5 * (update * toward).sum(1), atol=2e-3)
    assert (along.abs() > 1).all() == (eta > 0)
    across = update - (update * toward).sum(1, keepdim=True) / toward.square().sum(1, keepdim=True) * toward
    left = moved - along[:, None] / toward.square().sum(1, keepdim=True) * toward
    assert torch.allclose(left, 6.5 * across, atol=1e-4)


def test_the_radius_caps_the_update_of_each_sample_and_leaves_shorter_ones_alone():
    u, t = pair(batch=2)
    near = Prediction(u.eps + 0.01 * (t.eps - u.eps), u.x0 + 0.01 * (t.x0 - u.x0))
    t = Prediction(
        *(torch.stack([one[0], other[1]]) for one, other in zip(_parts(t), _parts(near), strict=True))
    )
    length = norms(t.x0 - u.x0)
    radius = float(length[0]) / 2
    assert length[1] < radius
    p, _ = combine(u, t, 3.0, projected(1.0, radius), LEVEL)
    assert torch.allclose(norms(p.x0 - t.x0), 2.0 * torch.stack([torch.tensor(radius), length[1]]), rtol=1e-3)


@pytest.mark.parametrize("weight", [0.3, 1.0])
def test_projected_is_plain_where_nothing_is_exaggerated(weight):
    u, t = pair()
    plain, _ = combine(u, t, weight, Combination(), LEVEL)
    assert torch.equal(combine(u, t, weight, projected(0.0, 0.1), LEVEL)[0].x0, plain.x0)


def test_the_cosine_is_measured_inside_the_mask_and_never_above_1():
    u, t = pair()
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    half = Prediction(u.eps, torch.where(mask > 0, u.x0, t.x0))
    assert float(cosine(u, half)) < 0.9999
    _, trace = combine(u, half, 7.5, Combination(), LEVEL, mask)
    assert trace.cosine == pytest.approx(1, abs=1e-6)
    assert trace.cosine <= 1
    inside = (u.x0[..., :4].flatten(), t.x0[..., :4].flatten())
    expected = float(inside[0] @ inside[1] / (inside[0].norm() * inside[1].norm()))
    assert float(cosine(u, t, mask)) == pytest.approx(expected, rel=1e-5)


def _parts(prediction: Prediction) -> tuple[torch.Tensor, torch.Tensor]:
    return prediction.eps, prediction.x0


@pytest.mark.parametrize("field", [Field.V, Field.FLOW])
@pytest.mark.parametrize("a", [0.6, 0.0])
def test_std_rescale_acts_on_the_velocity_where_the_network_predicts_it(field, a):
    """By hand: v guided and rescaled as `rescale_noise_cfg` of diffusers does it, and then taken apart."""
    s = 1 - a if field is Field.FLOW else (1 - a * a) ** 0.5
    level = Level(500, a, s)
    generator = torch.Generator().manual_seed(2)
    x, v_u, noise = (torch.randn(3, 4, 8, 8, generator=generator) for _ in range(3))
    v_t = v_u + 0.2 * noise

    def taken_apart(v: torch.Tensor) -> Prediction:
        if field is Field.FLOW:
            return Prediction(eps=x + (1 - s) * v, x0=x - s * v)
        return Prediction(eps=a * v + s * x, x0=a * x - s * v)

    v = v_u + 7.5 * (v_t - v_u)
    back = v * (v_t.std(dim=(1, 2, 3), keepdim=True) / v.std(dim=(1, 2, 3), keepdim=True))
    expected = taken_apart(PHI * back + (1 - PHI) * v)
    combination = Combination(Rescale.STD, predicts=field)
    p, _ = combine(taken_apart(v_u), taken_apart(v_t), 7.5, combination, level)
    assert torch.allclose(p.eps, expected.eps, atol=1e-5)
    assert torch.allclose(p.x0, expected.x0, atol=1e-5)


@pytest.mark.parametrize("weight", [0.5, 1.0, 7.5])
def test_at_zero_signal_a_rescaled_update_is_plain_because_kappa_was_measured_on_eps(weight):
    """By hand on a flow model's v at s = 1, where x̂0 = x − v; `both` then keeps the norm of u's x̂0."""
    u, t = pair(ZERO_SIGNAL, batch=3)
    v_u, v_t = u.eps - u.x0, t.eps - t.x0
    plain = u.eps - (v_u + weight * (v_t - v_u))
    for kappa in (0.02, 0.4):
        p, _ = combine(u, t, weight, Combination(Rescale.UPDATE, kappa=kappa), ZERO_SIGNAL)
        assert torch.allclose(p.x0, plain, atol=1e-5)
        p, _ = combine(u, t, weight, Combination(Rescale.BOTH, kappa=kappa), ZERO_SIGNAL)
        expected = plain * (norms(u.x0) / norms(plain)).view(3, 1, 1, 1)
        assert torch.allclose(p.x0, expected, atol=1e-5)


@pytest.mark.parametrize(
    "rescale", [Rescale.PREDICTION, Rescale.UPDATE, Rescale.BOTH, Rescale.STD, Rescale.PROJECTED]
)
def test_at_zero_signal_norms_are_taken_on_x0(rescale):
    u, t = pair(ZERO_SIGNAL)
    p, _ = combine(u, t, 7.5, Combination(rescale, kappa=0.05), ZERO_SIGNAL)
    assert torch.equal(p.eps, u.eps)  # nothing can be said of ε̂ there
    assert torch.isfinite(p.x0).all()
    if rescale in (Rescale.PREDICTION, Rescale.BOTH):
        assert torch.allclose(norms(p.x0), norms(u.x0), rtol=1e-5)


def test_one_prediction_alone_is_passed_through_and_the_rest_of_the_trace_is_empty():
    u, t = pair()
    p, trace = combine(None, t, 1.0, Combination(), LEVEL)
    assert p is t
    assert (trace.u, trace.update, trace.cosine) == (None, None, None)
    assert trace.t == pytest.approx(float(t.eps.norm()), rel=1e-5)
    p, trace = combine(u, None, 0.0, Combination(Rescale.BOTH), LEVEL)
    assert p is u
    assert trace.t is None
