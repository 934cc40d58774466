"""Journeys need a screen: skipped loudly where there is none, and a failure where all checks have to run."""

import os

import numpy as np
import pytest

from resources import starter_folder
from tests.flow.desk import Desk, Program, missing

NAMES = ("CONFIG", "DATA", "CACHE", "STATE")
CANVAS = "window.canvas"
MASK = "window.document.state.mask"
SUM = f"int({MASK}.array().astype(int).sum())"


@pytest.fixture(scope="session")
def desk():
    lacking = missing()
    if lacking:
        reason = f"no journey in a real window: {', '.join(lacking)} not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    desk = Desk()
    yield desk
    desk.close()


@pytest.fixture
def program(desk, tmp_path):
    if not (starter_folder() / "model_index.json").is_file():
        pytest.fail("the starter model is missing from resources/starter")
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in NAMES}
    program = Program(desk, tmp_path, "--model", "starter", "--device", "cpu", HOME=str(tmp_path), **homes)
    program.until("window.isActiveWindow() and window.panels.guidance.curve is not None")
    yield program
    program.close()
    assert not [line for line in program.complaints if "Traceback" in line]


def start(program):
    """The sample that the empty canvas offers, which brings the prompts of its edit."""
    program.click("button('Try a Sample')")
    program.until("window.document.state.photo.name == 'horse-on-a-meadow.png'")
    program.until("window.models.info is not None")
    assert program.ask("window.document.state.draft.reference") == "a horse"
    assert program.ask("window.document.state.draft.query") == "a zebra"


def on_canvas(program, x: float, y: float) -> tuple[float, float]:
    """Where a place of the photo, in its pixels, is seen: shares of the canvas."""
    point = f"type({CANVAS}.viewport.centre)({x}, {y})"
    place = f"zip({CANVAS}.viewport.to_widget({point}).toTuple(), {CANVAS}.size().toTuple())"
    return tuple(program.ask(f"[at / (of - 1) for at, of in {place}]"))


def mask_of(program) -> np.ndarray:
    """The mask as it is now, uint8 (H, W)."""
    width, height = program.ask(f"{MASK}.size")
    values = bytes.fromhex(program.ask(f"{MASK}.array().tobytes().hex()"))
    return np.frombuffer(values, np.uint8).reshape(height, width)
