"""What the model sees of a photo: encoded once for each part of it, before a job begins."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from core.edit.cache import Cache
from core.edit.job import Job
from core.edit.request import EditRequest
from core.edit.sight import Sight
from core.photo import region
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from tests.core.schedules import SCHEDULE

PHOTO = Photo(np.random.default_rng(4).integers(0, 256, (96, 128, 3), np.uint8))
VIEW = region.view(PHOTO.size, 64, 8)
AREA = replace(region.view((64, 64), 64, 8), area=(32, 16, 64, 64))


class Encoder:
    """A model that can but encode, and counts how often it does."""

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        means = torch.nn.functional.avg_pool2d(pixels, 8)
        return torch.cat([means, means[:, :1]], dim=1)


@pytest.fixture
def model() -> Any:
    return Encoder()


def test_a_part_of_a_photo_is_encoded_once(model: Any) -> None:
    cache = Cache()
    whole, again = (Sight.of(PHOTO, VIEW, model, cache) for _ in range(2))
    assert model.calls == 1
    assert torch.equal(whole.latent, again.latent)
    assert Sight.of(PHOTO, AREA, model, cache).key != whole.key
    assert model.calls == 2
    Sight.of(Photo(PHOTO.pixels[::-1].copy()), VIEW, model, cache)
    assert model.calls == 3


def test_its_image_is_its_pixels(model: Any) -> None:
    sight = Sight.of(PHOTO, VIEW, model, Cache())
    assert sight.pixels.shape == (*VIEW.padded[::-1], 3)
    everywhere = BoxedMask.of(np.full(PHOTO.pixels.shape[:2], 255, np.uint8))
    back = (sight.image[0].permute(1, 2, 0).numpy() + 1) * 127.5
    np.testing.assert_allclose(back, sight.pixels, atol=1e-3)
    assert np.array_equal(
        sight.drawn(sight.image, everywhere, mends=False), region.from_model(sight.pixels, VIEW)
    )


def test_a_preview_of_an_area_stands_in_the_photo(model: Any) -> None:
    sight = Sight.of(PHOTO, AREA, model, Cache())
    small = sight.preview(sight.latent)
    assert small.shape[0] * PHOTO.width == pytest.approx(small.shape[1] * PHOTO.height, rel=0.05)
    black = sight.preview(torch.full_like(sight.latent, -50.0))
    scale = small.shape[1] / PHOTO.width
    inside = np.zeros(small.shape[:2], bool)
    x, y, w, h = (round(side * scale) for side in (32, 16, 64, 64))
    inside[y + 1 : y + h - 1, x + 1 : x + w - 1] = True
    outside = np.ones(small.shape[:2], bool)
    outside[y - 1 : y + h + 1, x - 1 : x + w + 1] = False
    assert (small != black)[inside].any()
    assert (small == black)[outside].all()


def test_making_a_job_calls_no_network(model: Any) -> None:
    sight = Sight.of(PHOTO, VIEW, model, Cache())
    untouched: Any = SimpleNamespace(schedule_at=lambda *_: SCHEDULE)  # whatever else is asked of it fails
    watch: Any = object()
    job = Job(EditRequest(photo=PHOTO.digest, query="a zebra"), sight, untouched, Cache(), watch)
    assert job.working.width == VIEW.working[0]
    assert job.at(Sight.of(PHOTO, AREA, model, Cache())).working.width == AREA.working[0]
