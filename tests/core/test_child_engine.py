"""The real engine in a process of its own: the bytes of one in this process, also after it was killed."""

import os
import signal
from multiprocessing import active_children

import numpy as np
import pytest

from core.child.engine import ChildEngine
from core.diffusion.solver import Solver
from core.document.mask import Mask
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.progress import Cancel, Stage
from core.edit.request import EditRequest
from core.errors import Cancelled, LostError
from core.grid.parameters import axis
from core.grid.plan import Plan
from core.grid.run import Grid
from core.photo.photo import Photo
from tests.core.tiny import tiny_stable_diffusion

FIND = MaskRequest(draws=2, settle=0, threshold=0.2)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tiny_stable_diffusion(tmp_path_factory.mktemp("tiny"))
    return EditRequest(
        photo="", reference="a square", query="a circle", model=str(folder), device="cpu", steps=4, find=FIND
    )


@pytest.fixture(scope="module")
def photo():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 90, (64, 96, 3), np.uint8)
    pixels[16:48, 32:64] = (200, 120, 40)
    return Photo(pixels)


@pytest.fixture(scope="module")
def engine():
    engine = ChildEngine()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def here():
    return Engine()


def same(one, other):
    assert one.request == other.request
    assert one.traces == other.traces
    assert one.evaluations == other.evaluations
    for name in ("pixels", "drawn"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(one.mask.whole(), other.mask.whole())


def nothing(_):
    """Nobody is told."""


def test_the_bytes_are_those_of_an_engine_here(engine, here, base, photo):
    mask = np.zeros((64, 96), np.uint8)
    mask[20:40, 30:70] = 255
    for request, painted in (
        (base, None),
        (base.with_(seed=3, variation=0.5), mask),
        (base.with_(solver=Solver.DDIM), mask),
        (base.with_(method=Method.SDEDIT), None),
    ):
        same(*(one.run(request, photo, painted, nothing, Cancel()) for one in (engine, here)))
    found = [one.find(base, photo, nothing, Cancel()).heat for one in (engine, here)]
    assert np.array_equal(*(heat.values for heat in found))
    same(*(one.draw(base, (64, 64), nothing, Cancel()) for one in (engine, here)))
    assert engine.devices() == here.devices()
    assert engine.tokens(["a circle"], base.prompt_style) == here.tokens(["a circle"], base.prompt_style)


def test_what_a_stopped_run_had_reached_is_kept_there_and_told_of(engine, base, photo):
    cancel, steps = Cancel(), []

    def stop(step):
        steps.append(step)
        if step.stage is Stage.DECODING:
            cancel.ask()

    slow = base.with_(steps=400, change=1.0, method=Method.SDEDIT)  # Stop comes in the middle of it
    with pytest.raises(Cancelled) as stopped:
        engine.run(slow, photo, None, stop, cancel)
    result = engine.keep(stopped.value.partial)
    assert not result.complete
    assert 0 < len(result.traces) < 400
    assert steps[-1].stage is Stage.PASTING


def test_killed_in_a_grid_one_cell_fails_and_the_others_are_as_ever(engine, here, base, photo):
    plan = Plan(base, axis("seed=0,1"))
    killed = []

    def kill(step):
        if step.progress.stage is Stage.DECODING and not killed:
            killed.append(next(one.pid for one in active_children() if one.name == "engine"))
            os.kill(killed[0], signal.SIGKILL)

    cells = list(Grid(plan, photo).cells(engine, kill))
    assert isinstance(cells[0].error, LostError)
    expected = list(Grid(plan, photo).cells(here))
    assert np.array_equal(cells[1].pixels, expected[1].pixels)


def test_a_region_comes_with_its_cut(engine, here, base, photo, monkeypatch):
    def found(engine):
        return engine.find(base, photo, on_progress=lambda _: None, cancel=Cancel()).heat

    heat, other = found(engine), found(here)
    assert np.array_equal(
        Mask(photo.size).with_heat(heat, 0.2, 0).array(), other.mask(FIND, photo.size).whole()
    )
    monkeypatch.setattr(
        "core.photo.masks.mask.cut", None
    )  # half a hundredth of a second for whoever shows it
    Mask(photo.size).with_heat(heat, FIND.threshold, FIND.grow)
    with pytest.raises(TypeError):
        Mask(photo.size).with_heat(heat, FIND.threshold, FIND.grow + 1)
