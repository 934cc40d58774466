"""The place of a region: windows that miss nothing, which one is taken, and what it costs."""

from dataclasses import astuple, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.diffusion import place
from core.diffusion.place import Sign, likeliest, sign
from core.edit import searching
from core.edit.engine import Engine
from core.edit.job import Job
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.placing import closer, sharper
from core.edit.progress import Progress, Stage
from core.edit.request import PLACES, PLACING_DRAWS, ZOOMS, EditRequest
from core.edit.result import HeatMap
from core.photo import rect as rects
from core.photo.masks.locality import Reach
from core.photo.pyramid import windows

PIXELS = 64


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_whatever_is_up_to_half_a_window_lies_whole_in_one_of_each_size(data: st.DataObject) -> None:
    size = width, height = data.draw(st.tuples(st.integers(64, 5000), st.integers(64, 5000)))
    found = windows(size, PIXELS)
    if not found:
        assert min(size) <= PIXELS or size == (min(size),) * 2
        return
    assert found[0] == rects.whole(size)
    assert len(set(found)) == len(found)
    assert all(rects.holds(found[0], one) and min(one[2:]) >= PIXELS for one in found)
    for side in {one[2] for one in found[1:]}:
        thing = data.draw(st.integers(1, side // 2 - 1))
        x, y = data.draw(st.integers(0, width - thing)), data.draw(st.integers(0, height - thing))
        assert any(rects.holds(one, (x, y, thing, thing)) for one in found[1:] if one[2] == side)


@pytest.mark.parametrize(
    ("size", "none"), [((64, 64), True), ((60, 40), True), ((88, 88), True), ((91, 91), False)]
)
def test_a_photo_no_larger_than_the_view_has_no_windows(size: tuple[int, int], none: bool) -> None:
    assert (windows(size, PIXELS) == ()) is none


def test_signs_are_those_of_the_formula() -> None:
    """A reference that is right in the middle of a window, on draws of its own."""
    generator = torch.Generator().manual_seed(1)
    true, noise = (torch.randn(3, 4, 16, 16, generator=generator) for _ in range(2))
    spot = torch.zeros(16, 16)
    spot[4:12, 4:12] = 1
    untold = true + 0.2 * noise
    told = true + 0.2 * noise * (1 - spot)
    asked = told + 0.3 * spot
    found = sign(told, asked, untold, true)
    expected = ((untold - true) ** 2 - (told - true) ** 2).numpy().mean()
    assert found.evidence == pytest.approx(float(expected), rel=1e-5)
    assert found.evidence > 0
    expected = ((asked - true) ** 2 - (told - true) ** 2).numpy().mean()
    assert found.against == pytest.approx(float(expected), rel=1e-5)
    assert found.concentration == pytest.approx(0.09, rel=1e-4)
    swapped = sign(untold, asked, told, true)
    assert swapped.evidence == pytest.approx(-found.evidence, rel=1e-5)
    everywhere = sign(told, told + 0.3, untold, true)
    assert everywhere.concentration == pytest.approx(0, abs=1e-6)
    assert sign(told, told, untold, true).against == 0


def test_the_window_that_stands_out_by_all_signs_is_taken_whatever_their_units() -> None:
    rng = np.random.default_rng(2)
    noise = [Sign(*(float(one) for one in rng.normal(0, 0.1, 3))) for _ in range(30)]
    standing = [*noise, Sign(0.4, 0.4, 0.4), *noise[:5]]
    assert likeliest(standing)[0] == 30
    others = [Sign(1e-4 * one.evidence, 7 * one.against, 50 * one.concentration + 3) for one in standing]
    assert likeliest(others) == likeliest(standing)
    for sign_of in range(3):  # each has its say
        alone = [Sign(*(0.4 if i == sign_of and n == 5 else 0 for i in range(3))) for n in range(9)]
        assert likeliest(alone)[:2] == [5, 0]
    assert likeliest([Sign(0, 0, 0)] * 4) == [0, 1, 2, 3]


@pytest.mark.parametrize("reference", ["a horse", ""])
def test_a_place_is_looked_for_at_the_cost_that_was_told(tiny: Path, reference: str) -> None:
    photo = np.random.default_rng(3).integers(0, 256, (60, 90, 3), np.uint8)
    find = MaskRequest(draws=2, settle=0, look_in=LookIn.PLACE)
    request = EditRequest(
        photo="", reference=reference, query="a zebra", model=str(tiny), device="cpu", steps=2, find=find
    )
    engine, shares = Engine(), list[float]()
    found = engine.find(request, photo, on_progress=lambda step: shares.append(step.share or 0.0))
    seen = windows((90, 60), 32)
    assert len(seen) > 4
    texts = 3 if reference else 2
    assert request.finding(len(seen)) == 4 * PLACES * (1 + ZOOMS) + texts * PLACING_DRAWS * len(seen)
    placing = texts * PLACING_DRAWS * len(seen)
    assert placing + 4 * PLACES <= found.evaluations.mask <= request.finding(len(seen))
    assert all(one <= other for one, other in pairwise(shares))
    assert shares[-1] <= 1
    result = engine.run(request, photo)
    assert result.heat is not None
    assert result.heat.area == found.heat.area
    assert result.area is None
    small = engine.find(request, photo[:30, :32])
    assert (small.evaluations.mask, small.heat.area) == (4, None)
    boxed = engine.find(request.with_(area=(0, 0, 40, 40)), photo)
    assert (boxed.evaluations.mask, boxed.heat.area) == (4, (0, 0, 40, 40))


def test_windows_share_calls_of_the_network_and_say_what_each_says_alone(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = np.random.default_rng(5).integers(0, 256, (60, 90, 3), np.uint8)
    seen, find = windows((90, 60), 32)[:7], MaskRequest(draws=2, settle=0, look_in=LookIn.PLACE)
    request = EditRequest(
        photo="", reference="a horse", query="a zebra", model=str(tiny), device="cpu", find=find
    )
    known, sizes = list[list[Sign]](), list[int]()
    monkeypatch.setattr(Engine, "windows", lambda *_: seen)
    monkeypatch.setattr(place, "likeliest", lambda signs: known.append(signs) or [0])
    for batch, calls in ((2, [2] * 21), (6, [2] * 3 + [6] * 6)):
        engine = Engine()
        engine.load(str(tiny), "cpu")
        model = engine._model
        assert model is not None
        predict = model.predict
        monkeypatch.setattr(model, "batch", batch)
        monkeypatch.setattr(model, "predict", lambda x, *told, p=predict: sizes.append(len(x)) or p(x, *told))
        sizes.clear()
        engine.find(request, photo)
        assert sizes[: len(calls)] == calls
    alone, together = (np.array([astuple(sign) for sign in signs]) for signs in known)
    assert len(alone) == len(seen)
    assert np.allclose(alone, together, rtol=1e-3, atol=1e-6)


def test_of_the_places_that_are_looked_into_closer_the_one_is_taken_whose_border_is_coldest(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = np.random.default_rng(4).integers(0, 256, (60, 90, 3), np.uint8)
    find = MaskRequest(draws=2, settle=0, look_in=LookIn.PLACE)
    request = EditRequest(
        photo="", reference="a horse", query="a zebra", model=str(tiny), device="cpu", steps=2, find=find
    )
    looks, told, look = list[tuple[Job, HeatMap]](), list[HeatMap](), searching.look_closer

    def watched(job: Job, *seen: Any) -> tuple[Job, HeatMap]:
        looks.append(look(job, *seen))
        return looks[-1]

    def tell(step: Progress) -> None:
        if step.found is not None:
            told.append(step.found)

    monkeypatch.setattr(searching, "look_closer", watched)
    found = Engine().find(request, photo, on_progress=tell)
    assert len(looks) == PLACES
    borders = [heat.reach.border for _, heat in looks if heat.reach is not None]
    assert len(set(borders)) > 1
    assert found.heat is looks[borders.index(min(borders))][1]
    assert told == [found.heat]


def test_what_was_found_is_looked_at_closer_however_it_is_cut(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = np.random.default_rng(6).integers(0, 256, (60, 90, 3), np.uint8)
    photo[20:32, 30:42] = 255
    find = MaskRequest(draws=2, settle=0)
    request = EditRequest(
        photo="", reference="a horse", query="a zebra", model=str(tiny), device="cpu", steps=2, find=find
    )
    frames = iter([(20, 10, 40, 40), (24, 14, 32, 32), (20, 10, 40, 40), (24, 14, 32, 32)])
    monkeypatch.setattr(searching, "closer", lambda *_: next(frames))
    monkeypatch.setattr(searching, "sharper", lambda *_: True)
    steps = list[Progress]()
    found = Engine().find(request, photo, on_progress=steps.append)
    assert found.heat.area == (24, 14, 32, 32)
    of_searches = [step.closer for step in steps if step.stage is Stage.FINDING]
    assert of_searches == [False] * 2 + [True] * (2 * 2 + 1)  # two draws each, and what came of them
    steps.clear()
    Engine().find(request.with_(area=(20, 10, 40, 40)), photo, on_progress=steps.append)
    assert not any(step.closer for step in steps)  # there nobody looked before
    assert found.evaluations.mask == 2 * 2 * (1 + ZOOMS) == request.finding(1)
    drawn = Engine().run(request, photo).heat
    assert drawn is not None
    assert np.array_equal(drawn.values, found.heat.values)
    once = request.with_(find=replace(find, look_in=LookIn.AREA))
    assert Engine().find(once, photo).heat.area is None
    assert once.finding(9) == 2 * 2
    monkeypatch.undo()
    one, other = (
        Engine().find(request.with_(find=replace(find, threshold=t, grow=t)), photo) for t in (0.4, 0.9)
    )
    with monkeypatch.context() as cutting:
        cutting.setattr("core.edit.result.masks.cut", lambda *_: pytest.fail("a window waits for it"))
        other.heat.small((90, 60), 0.9, 0.9, find.snap)
    assert one.heat.area == other.heat.area
    assert np.array_equal(one.heat.values, other.heat.values)
    small = Engine().find(request, photo[:30, :32])
    assert (small.evaluations.mask, small.heat.area) == (4, None)  # the model sees it as it is


def test_where_a_closer_look_is_no_sharper_the_one_before_counts(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = np.random.default_rng(6).integers(0, 256, (60, 90, 3), np.uint8)
    find = MaskRequest(draws=2, settle=0)
    request = EditRequest(
        photo="", reference="a horse", query="a zebra", model=str(tiny), device="cpu", find=find
    )
    monkeypatch.setattr(searching, "closer", lambda *_: (20, 10, 40, 40))
    monkeypatch.setattr(searching, "sharper", lambda *_: False)
    assert Engine().find(request, photo).heat.area is None
    sought = request.with_(find=replace(find, look_in=LookIn.PLACE))  # where it is small any look counts
    monkeypatch.setattr(searching, "found", lambda *_: (20, 10, 8, 8))
    assert Engine().find(sought, photo).heat.area == (20, 10, 40, 40)
    monkeypatch.setattr(searching, "found", lambda *_: None)
    assert Engine().find(sought, photo).heat.area != (20, 10, 40, 40)


def spotted(x: int, y: int, width: int, height: int) -> HeatMap:
    """Of a photo of 1200 × 800 pixels, warm in a box of it, in cells of 8."""
    values = np.zeros((100, 150), np.float32)
    values[y // 8 : (y + height) // 8, x // 8 : (x + width) // 8] = 1
    return HeatMap(values)


def test_a_frame_goes_round_what_was_found_no_smaller_than_the_view_and_inside_the_photo() -> None:
    size = 1200, 800
    x, y, width, height = closer(spotted(400, 240, 160, 80), size, 64) or rects.whole((0, 0))
    assert width == height == pytest.approx(1.7 * 160, abs=16)
    assert (x + width / 2, y + height / 2) == pytest.approx((480, 280), abs=8)
    x, y, width, height = closer(spotted(400, 240, 16, 16), size, 128) or rects.whole((0, 0))
    assert width == height == 128
    x, y, width, height = closer(spotted(0, 720, 160, 80), size, 64) or rects.whole((0, 0))
    assert (x, y + height) == (0, 800)
    assert closer(HeatMap(np.zeros((100, 150), np.float32)), size, 64) is None
    assert closer(spotted(80, 80, 1040, 640), size, 64) is None  # the whole photo again
    large = spotted(360, 160, 480, 480)
    assert closer(large, size, 64) is None  # and nearly so
    assert closer(replace(large, area=(200, 0, 800, 800)), size, 64) is not None


def test_a_closer_look_is_sharper_where_it_finds_less_and_that_no_colder() -> None:
    size = 1200, 800
    before = replace(spotted(400, 240, 160, 160), reach=Reach(0.1, 2.0))
    for box, strength, better in (
        ((440, 240, 80, 160), 2.0, True),
        ((440, 240, 80, 160), 1.9, False),
        ((400, 240, 160, 160), 3.0, False),
        ((360, 240, 240, 160), 3.0, False),
        ((400, 240, 0, 0), 3.0, False),
    ):
        assert sharper(replace(spotted(*box), reach=Reach(0.1, strength)), before, size) is better
    assert not sharper(before, spotted(0, 0, 0, 0), size)
