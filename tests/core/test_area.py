"""The area that the model works on, and the edit pasted back from it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.edit.engine import Engine
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest
from core.errors import InputError
from core.photo import area, region
from core.photo.masks.boxed import BoxedMask
from core.photo.masks.mask import feather
from core.photo.rect import expand


def boxed(size: tuple[int, int], box: tuple[int, int, int, int]) -> np.ndarray:
    x, y, w, h = box
    mask = np.zeros((size[1], size[0]), np.uint8)
    mask[y : y + h, x : x + w] = 255
    return mask


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_an_area_holds_the_feathered_mask_and_lies_in_a_photo_the_model_can_see(data: st.DataObject) -> None:
    width, height = (data.draw(st.integers(64, 700)) for _ in range(2))
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    box = x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    mask, radius = boxed((width, height), box), data.draw(st.integers(0, 40))
    found = area.for_mask(BoxedMask.of(mask), radius, 64)
    if found is None:
        return
    area.check_area(found, (width, height))
    region.view(found[2:], 64, 8)
    soft = feather(BoxedMask.of(mask), radius).whole()
    inside = np.zeros_like(soft)
    area.crop(inside, found)[:] = 1
    assert not soft[inside == 0].any()
    part = area.within(BoxedMask.of(mask), found, 0)
    assert (feather(part, radius).whole() == area.crop(soft, found)).all()


def test_it_stays_put_while_the_mask_is_corrected() -> None:
    places = {
        area.for_mask(BoxedMask.of(boxed((2000, 1500), (600 + i, 500 - i, 200 + i, 180))), 8, 64)
        for i in range(0, 12, 3)
    }
    assert len(places) == 1
    assert None not in places


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_dabs_leave_an_earlier_area_where_it_is(data: st.DataObject) -> None:
    """Corrections of a few percent, wherever the mask lies: quantised alone, an area would jump."""
    size, pixels = (6000, 4000), 512
    w, h = data.draw(st.integers(400, 1500)), data.draw(st.integers(400, 1500))
    x, y = data.draw(st.integers(0, size[0] - w)), data.draw(st.integers(0, size[1] - h))
    feather = data.draw(st.integers(0, 20))
    first = area.for_box((x, y, w, h), size, feather, pixels)
    dabs = st.tuples(*(st.integers(-side // 50, side // 50) for side in (w, h, w, h)))
    for left, top, right, bottom in data.draw(st.lists(dabs, min_size=1, max_size=8)):
        begin = max(0, x + left), max(0, y + top)
        end = min(size[0], x + w + right), min(size[1], y + h + bottom)
        box = *begin, end[0] - begin[0], end[1] - begin[1]
        assert area.for_box(box, size, feather, pixels, first) == first


def test_a_mask_on_the_limit_of_two_places_moves_no_area() -> None:
    boxes = [(x, 1500, 700, 500) for x in range(600, 660, 2)]
    alone = {area.for_box(box, (6000, 4000), 40, 512) for box in boxes}
    assert len(alone) == 2
    found, kept = None, set[object]()
    for box in [*boxes, *reversed(boxes)]:
        found = area.for_box(box, (6000, 4000), 40, 512, found)
        kept.add(found)
    assert len(kept) == 1


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_an_earlier_area_goes_when_it_no_longer_serves(data: st.DataObject) -> None:
    """Whatever came before: the mask with its feather inside, the photo's limits, within one size."""
    size, pixels = (3000, 2000), 256
    ask = [(data.draw(st.integers(0, full - 40)), data.draw(st.integers(1, full))) for full in size]
    (x, w), (y, h) = ((at, min(length, full - at)) for (at, length), full in zip(ask, size, strict=True))
    earlier = tuple(data.draw(st.integers(0, 1500)) for _ in range(2)) + tuple(
        data.draw(st.integers(16, 2500)) for _ in range(2)
    )
    fresh = area.for_box((x, y, w, h), size, 10, pixels)
    found = area.for_box((x, y, w, h), size, 10, pixels, earlier)
    if found == fresh:
        return
    assert found == earlier
    area.check_area(found, size)
    left, top, width, height = expand((x, y, w, h), 10, 10, size)
    assert found[0] <= left
    assert found[1] <= top
    assert left + width <= found[0] + found[2]
    assert top + height <= found[1] + found[3]
    assert min(found[2:]) >= pixels
    if fresh is not None:
        assert all(0.7 < one / other < 1.43 for one, other in zip(found[2:], fresh[2:], strict=True))


def test_it_is_never_smaller_than_what_the_model_draws() -> None:
    found = area.for_mask(BoxedMask.of(boxed((2000, 1500), (600, 500, 5, 5))), 2, 512)
    assert found is not None
    assert min(found[2:]) >= 512


def test_a_large_mask_takes_the_whole_photo() -> None:
    assert area.for_mask(BoxedMask.of(boxed((300, 200), (10, 10, 250, 160))), 4, 64) is None


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (180, 240, 3), np.uint8)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def request_(tiny: Path) -> EditRequest:
    asked = EditRequest(photo="", query="a zebra", model=str(tiny), device="cpu", steps=4, feather=5)
    return asked.with_(area="auto")


def test_an_edit_changes_nothing_outside_its_feathered_mask(
    engine: Engine, request_: EditRequest, picture: np.ndarray
) -> None:
    mask = boxed((240, 180), (150, 90, 40, 30))
    previews: list[np.ndarray] = []
    result = engine.run(
        request_,
        picture,
        mask,
        on_progress=lambda step: previews.append(step.preview) if step.preview is not None else None,
    )
    assert result.area == area.for_mask(BoxedMask.of(mask), 5, 32)
    assert result.area is not None
    soft, pixels, inside = result.mask.whole(), result.on(picture), result.mask.values == 255
    assert (soft == feather(BoxedMask.of(mask), 5).whole()).all()
    assert (pixels[soft == 0] == picture[soft == 0]).all()
    assert (result.pixels[inside] == result.drawn[inside]).all()
    assert (pixels != picture).any()
    assert previews
    assert previews[0].shape[1] / previews[0].shape[0] == pytest.approx(240 / 180, rel=0.05)


def test_a_second_edit_of_the_same_area_knows_its_inversion(
    engine: Engine, request_: EditRequest, picture: np.ndarray
) -> None:
    mask = boxed((240, 180), (20, 30, 40, 30))
    first = engine.run(request_, picture, mask)
    mask[32, 24:40] = 0  # a correction leaves the area where it is
    second = engine.run(request_.with_(query="a cow"), picture, mask)
    assert first.area == second.area
    assert first.evaluations.encode > 0
    assert second.evaluations.encode == 0
    elsewhere = engine.run(request_, picture, boxed((240, 180), (150, 90, 40, 30)))
    assert elsewhere.area != first.area
    whole = engine.run(request_.with_(area="whole"), picture, mask)
    assert whole.area is None


def test_an_area_of_the_user_s_own_keeps_the_feather_inside(
    engine: Engine, request_: EditRequest, picture: np.ndarray
) -> None:
    mine = (100, 40, 64, 64)
    result = engine.run(request_.with_(area=mine), picture, boxed((240, 180), (0, 0, 240, 180)))
    changed = (result.on(picture) != picture).any(axis=2)
    assert area.crop(changed, mine).any()
    area.crop(changed, mine)[:] = False
    assert not changed.any()
    assert result.mask.whole()[71, 100] < 40  # faded, not cut off
    for wrong in ((200, 40, 64, 64), (0, 0, 240, 10)):
        with pytest.raises(InputError):
            engine.run(request_.with_(area=wrong), picture, boxed((240, 180), (0, 0, 240, 180)))
    with pytest.raises(InputError, match="outside the area"):
        engine.run(request_.with_(area=mine), picture, boxed((240, 180), (0, 150, 20, 20)))


def test_a_region_is_looked_for_in_an_area_as_in_a_photo_of_nothing_else(
    engine: Engine, request_: EditRequest, picture: np.ndarray
) -> None:
    mine, find = (100, 40, 64, 96), MaskRequest(draws=3, settle=0)
    asked = request_.with_(area=mine, find=find)
    found = engine.find(asked, picture)
    alone = engine.find(asked.with_(area="whole"), np.ascontiguousarray(area.crop(picture, mine)))
    assert found.heat.area == mine
    assert (found.heat.even, found.heat.reach) == (alone.heat.even, alone.heat.reach)
    assert found.evaluations == alone.evaluations
    mask = found.heat.mask(find, (240, 180)).whole()
    assert mask.any()
    assert (area.crop(mask, mine) >= 128).mean() == pytest.approx(
        (alone.heat.mask(find, mine[2:]).whole() >= 128).mean(), abs=0.02
    )
    area.crop(mask, expand(mine, 1, 1, (240, 180)))[:] = 0
    assert not mask.any()
    whole = engine.find(asked.with_(find=replace(find, look_in=LookIn.WHOLE)), picture)
    assert whole.heat.area is None
    assert whole.heat.mask(find, (240, 180)).whole()[:, :90].any()


def test_an_edit_in_an_area_finds_and_draws_there(
    engine: Engine, request_: EditRequest, picture: np.ndarray
) -> None:
    mine = (100, 40, 64, 96)
    seen: list[np.ndarray] = []
    result = engine.run(
        request_.with_(area=mine),
        picture,
        on_progress=lambda step: seen.append(step.heat) if step.heat is not None else None,
    )
    assert result.heat is not None
    assert result.heat.area == result.area == mine
    changed = (result.on(picture) != picture).any(axis=2)
    assert area.crop(changed, mine).any()
    area.crop(changed, mine)[:] = False
    assert not changed.any()
    assert seen[0].shape[1] / seen[0].shape[0] == pytest.approx(240 / 180, rel=0.05)
    with pytest.raises(InputError, match="leaves the picture"):
        engine.find(request_.with_(area=(200, 40, 64, 64)), picture)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_a_map_of_an_area_lies_in_the_photo_where_the_area_does(data: st.DataObject) -> None:
    size = width, height = data.draw(st.tuples(st.integers(40, 3000), st.integers(40, 3000)))
    w, h = data.draw(st.integers(16, width)), data.draw(st.integers(16, height))
    place = data.draw(st.integers(0, width - w)), data.draw(st.integers(0, height - h)), w, h
    whole = area.spread(np.ones((32, 48), np.float32), place, size)
    assert max(whole.shape) <= area.FRAME
    for axis in (0, 1):
        hot = np.flatnonzero(whole.any(axis=1 - axis))
        cell = size[1 - axis] / whole.shape[axis]
        first, length = place[1 - axis], place[3 - axis]
        assert hot[0] * cell == pytest.approx(first, abs=cell)
        assert (hot[-1] + 1) * cell == pytest.approx(first + length, abs=cell)
    assert set(np.unique(whole)) <= {0.0, 1.0}


@pytest.mark.parametrize("chosen", ["auto", (10, 20, 64, 96)])
def test_a_request_keeps_its_area(chosen: str | tuple[int, int, int, int]) -> None:
    request = EditRequest(photo="", query="a", area=chosen)
    assert EditRequest.from_json(request.to_json()) == request
    with pytest.raises(ValueError, match="area"):
        EditRequest(photo="", query="a", area="mine")
    with pytest.raises(ValueError, match="area"):
        EditRequest(photo="", query="a", area=(0, 0, 0, 9))
