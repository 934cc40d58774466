"""An edit is computed inside the box of its mask: byte for byte what it would be on the whole picture."""

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.diffusion.weight import Guided
from core.edit.cache import Cache
from core.edit.evaluations import Evaluations
from core.edit.job import Job, Partial
from core.edit.method import Method
from core.edit.progress import Cancel
from core.edit.request import EditRequest
from core.edit.result import EditResult
from core.edit.sight import Sight
from core.edit.watch import Watch
from core.photo import area as areas
from core.photo import deep, region, seam
from core.photo import rect as rects
from core.photo.masks import mask as masks
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.rect import Rect, Size
from core.photo.region import View
from core.photo.space import SRGB, Space
from tests.core import profiles
from tests.core.schedules import SCHEDULE

SIZE = (200, 150)
RNG = np.random.default_rng(7)
HIGH, LOW = (RNG.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8) for _ in range(2))
PHOTOS = {
    "8 bits": Photo(HIGH, HIGH[..., 0]),
    "16 bits": Photo(HIGH, deep=deep.Deep(HIGH, LOW, (HIGH[..., 0], LOW[..., 0]))),
    "wide, 8 bits": Photo(HIGH, icc=profiles.DISPLAY_P3),
    "wide, 16 bits": Photo(HIGH, icc=profiles.PROPHOTO, deep=deep.Deep(HIGH, LOW)),
}
PLACES: dict[str, Rect | None] = {"the whole": None, "an area": (40, 20, 120, 100)}


def shape(name: str) -> np.ndarray:
    """A mask of the photo, soft at its rim."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    inside = np.hypot(x - 100, y - 70)
    soft = np.clip((30 - inside) * 40, 0, 255).astype(np.uint8)
    dot = (inside < 1) * np.uint8(90)
    corner = np.clip((25 - np.hypot(x, y - SIZE[1])) * 60, 0, 255).astype(np.uint8)
    named = {"soft": soft, "dot": dot, "corner": corner, "rows": ((y > 60) & (y < 80)) * np.uint8(255)}
    return {**named, "inverted": 255 - soft, "everything": np.full_like(soft, 255)}[name]


# ---------------------------------------------------------------- the whole picture, the plain way


def feathered(mask: np.ndarray, radius: float) -> np.ndarray:
    box = rects.bounding_box(mask)
    if box is None or radius < 1:
        return mask
    reach = rects.slices(rects.expand(box, radius, radius, (mask.shape[1], mask.shape[0])))
    padded, soft = np.pad(mask[reach], math.ceil(radius), mode="edge"), np.zeros_like(mask)
    masks._convolve(padded, masks._gaussian_disc(radius), soft[reach])
    return soft


def enlarged(drawn: np.ndarray, view: View) -> np.ndarray:
    w, h = view.working
    small = Image.fromarray(np.ascontiguousarray(drawn[:h, :w]))
    wide = small.resize((view.photo[0], h), Image.Resampling.BICUBIC)
    return np.asarray(wide.resize(view.photo, Image.Resampling.BICUBIC))


def pasted(photo: np.ndarray, drawn: np.ndarray, mask: np.ndarray, space: Space) -> np.ndarray:
    share = mask[..., None].astype(np.uint32)
    return ((photo * (255 - share) + space.from_srgb(drawn) * share + 127) // 255).astype(np.uint8)


def pasted_deep(photo: Photo, drawn: np.ndarray, mask: np.ndarray) -> np.ndarray:
    assert photo.deep is not None
    share = mask[..., None].astype(np.uint64)
    below = photo.deep.part(rects.whole(photo.size))
    return (below * (255 - share) + photo.space.deep_from_srgb(drawn) * share + 127) // 255


def cells(mask: np.ndarray, view: View) -> np.ndarray:
    """Every latent cell that a pixel above 0 reaches into, pixel by pixel."""
    found = np.zeros(view.latent[::-1], np.float32)
    spans = []
    for axis, count in ((0, view.latent[1]), (1, view.latent[0])):
        full, working = view.photo[1 - axis], view.working[1 - axis]
        edges = [n * view.factor * full / working for n in range(count + 1)]
        spans.append(
            [(min(full - 1, int(a)), min(full, math.ceil(b - 1e-9))) for a, b in zip(edges, edges[1:])]  # noqa: B905, RUF007
        )
    for row, (top, bottom) in enumerate(spans[0]):
        for column, (left, right) in enumerate(spans[1]):
            found[row, column] = mask[top:bottom, left:right].any()
    return found


# ---------------------------------------------------------------- a job that ends


def sight_of(photo: Photo, place: Rect | None) -> Sight:
    size = photo.size if place is None else place[2:]
    view = replace(region.view(size, 64, 8), area=place)
    encoder: Any = SimpleNamespace(encode=lambda image: torch.cat([image[..., ::8, ::8]] * 2, dim=1)[:, :4])
    return Sight.of(photo, view, encoder, Cache())


def end(photo: Photo, mask: np.ndarray, place: Rect | None, request: EditRequest) -> tuple[EditResult, Any]:
    """What a job makes of a drawing, and the drawing itself, uint8 (ph, pw, 3)."""
    sight = sight_of(photo, place)
    drawn = np.random.default_rng(3).integers(0, 256, sight.pixels.shape, np.uint8)
    image = torch.from_numpy(drawn.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
    model: Any = SimpleNamespace(
        schedule_at=lambda *_: SCHEDULE,
        guided=Guided.PROMPTS,
        device="cpu",
        evaluations=0,
        notices=(),
        knows="",
        decode=lambda latent: image,
        tokens=lambda text, reading: SimpleNamespace(too_long=False, unknown=(), notes=()),
    )
    watch = Watch(model, Evaluations(decode=1), None, Cancel())
    boxed = BoxedMask.of(mask).trimmed()
    if place is not None:
        boxed = areas.within(boxed, place, request.feather)
    job = Job(request, sight, model, Cache(), watch)
    return job.paste(Partial(job, boxed, None, sight.latent, ()), complete=True), drawn


@pytest.mark.parametrize("feather", [0.0, 3.0, 37.5])
@pytest.mark.parametrize("name", ["soft", "dot", "corner", "rows", "inverted", "everything"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", PHOTOS)
def test_an_edit_is_that_of_the_whole_picture(kind: str, place: str, name: str, feather: float) -> None:
    photo, mask, at = PHOTOS[kind], shape(name), PLACES[place]
    request = EditRequest(photo="", query="a zebra", feather=feather)
    if at is not None and areas.within(BoxedMask.of(mask), at, feather).is_empty:
        return  # the engine refuses it
    result, image = end(photo, mask, at, request)
    sight = sight_of(photo, at)
    assert result.box == result.mask.box
    assert result.pixels.shape == result.drawn.shape == (*result.mask.values.shape, 3)
    here = areas.within(BoxedMask.of(mask), at, feather).whole() if at else mask
    soft = feathered(here, feather)
    drawn = enlarged(seam.mend(image, sight.pixels, BoxedMask.of(soft), sight.view), sight.view)
    pixels, whole = photo.pixels.copy(), np.zeros_like(mask)
    areas.crop(pixels, at)[:] = pasted(areas.crop(photo.pixels, at), drawn, soft, photo.space)
    areas.crop(whole, at)[:] = soft
    assert np.array_equal(result.mask.whole(), whole)
    assert np.array_equal(result.on(photo.pixels), pixels)
    picture, part = result.whole(photo.pixels)
    assert np.array_equal(picture, pixels)
    assert part.pixels.base is picture
    assert np.array_equal(part.pixels, result.pixels)
    everywhere = np.zeros_like(photo.pixels)
    areas.crop(everywhere, at)[:] = drawn
    assert np.array_equal(result.drawn, everywhere[rects.slices(result.box)])
    if photo.deep is not None:
        finer = pasted_deep(photo, everywhere, whole)
        layered = deep.edited(photo.deep, result.drawn, result.mask, photo.space)
        assert layered is not None
        assert np.array_equal(layered.part(rects.whole(photo.size)), finer)


def test_a_method_without_a_mask_pastes_all_that_was_drawn() -> None:
    photo = PHOTOS["8 bits"]
    request = EditRequest(photo="", query="a zebra", feather=9.0, method=Method.ENCODE_DECODE)
    result, image = end(photo, shape("everything"), None, request)
    assert result.box == (0, 0, *SIZE)
    assert np.array_equal(result.on(photo.pixels), enlarged(image, sight_of(photo, None).view))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_box_anywhere_goes_to_the_model_and_comes_back_as_all_of_it_does(data: st.DataObject) -> None:
    width, height = (data.draw(st.integers(16, 120)) for _ in range(2))
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    values = np.random.default_rng(x).integers(0, 256, (box[3], box[2]), np.uint8)
    mask = BoxedMask(values, box, (width, height))
    pixels, factor = data.draw(st.sampled_from([16, 64])), data.draw(st.sampled_from([1, 8]))
    view = region.view((width, height), pixels, factor)
    assert np.array_equal(region.latent_mask(mask, view), cells(mask.whole(), view))
    drawn = np.random.default_rng(y).integers(0, 256, (*view.padded[::-1], 3), np.uint8)
    assert np.array_equal(region.from_model(drawn, view, box), enlarged(drawn, view)[rects.slices(box)])


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_small_mask_is_enlarged_where_there_is_something_of_it(data: st.DataObject) -> None:
    size: Size = data.draw(st.tuples(st.integers(1, 90), st.integers(1, 90)))
    shape = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    small = np.zeros(shape, np.uint8)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1))
        small[at] = data.draw(st.integers(1, 255))
    found = masks.enlarge_box(small, size)
    wanted = masks.enlarge(small, size)
    assert np.array_equal(found.whole(), wanted)
    assert found.is_empty or found.box == rects.bounding_box(wanted)


def test_a_part_of_a_mask_and_the_mask_of_a_part() -> None:
    mask = BoxedMask.of(shape("soft"))
    assert BoxedMask.of(mask) is mask
    inner = mask.trimmed()
    assert inner.box == rects.bounding_box(mask.values)
    assert inner.trimmed() is inner
    place = 90, 10, 60, 70
    part = inner.within(place)
    assert part.size == place[2:]
    assert np.array_equal(part.whole(), mask.values[rects.slices(place)])
    back = part.outside(place, SIZE).whole()
    assert np.array_equal(back[rects.slices(place)], part.whole())
    assert np.count_nonzero(back) == np.count_nonzero(part.values)
    assert inner.within((0, 0, 20, 20)).is_empty
    assert BoxedMask.of(np.zeros((5, 9), np.uint8)).trimmed().box == (0, 0, 0, 0)


def test_srgb_is_converted_nowhere() -> None:
    assert PHOTOS["8 bits"].space is SRGB
    assert not PHOTOS["wide, 8 bits"].space.is_srgb
