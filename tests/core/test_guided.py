"""What guides a model: what has an effect there, and what an edit costs, is what is told beforehand."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.diffusion.flow_settings import FlowSettings
from core.diffusion.solver import Solver
from core.diffusion.weight import Guided, Rescale, Weight
from core.edit.engine import Engine
from core.edit.evaluations import Evaluations
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.parameter import Parameter
from core.edit.parameters import by_name
from core.edit.request import EditRequest
from core.edit.together import put
from core.edit.variants import cost, series
from core.edit.without_effect import IDLE, without_effect
from core.grid.parameters import axis
from core.grid.plan import Plan
from core.grid.run import Cell, Grid
from tests.core.tiny import tiny_flux

FIND = MaskRequest(draws=2, settle=0, snap=False, threshold=0.05)
BASE = EditRequest(
    photo="", query="a zebra", reference="a horse", device="cpu", steps=2, change=1.0, find=FIND,
    guidance=Weight(3.0), flow=FlowSettings(source_guidance=1.5),
)  # fmt: skip
OTHER: dict[str, object] = {  # another value of each that a model or a method may leave without effect
    "avoid": "grass",
    "rescale": Rescale.STD,
    "skip": 0.0,
    "pseudo-guidance": True,
    "guidance": 6.0,
    "source-guidance": 3.0,
    "n-min": 1,
    "time-shift": 0.3,
    "variation": 0.7,
}
NAMES = {  # by which a notice names them
    "avoid": "text to avoid",
    "rescale": "rescale",
    "skip": "skip",
    "pseudo-guidance": "pseudo-guidance",
    "guidance": "guidance",
}
COSTLY: list[dict[str, object]] = [
    {"pseudo_guidance": True, "rescale": Rescale.UPDATE, "solver": Solver.FIXED_POINT},
    {"avoid": "grass", "flow": FlowSettings(2.0, n_avg=2, n_min=1), "guidance": Weight(3.0, decay=1.0)},
]
KEEP_FORM = (Method.ENCODE_DECODE, Method.FLOWEDIT)


@pytest.fixture(scope="module", params=Guided)
def guided(request: pytest.FixtureRequest) -> Guided:
    return request.param


@pytest.fixture(scope="module")
def engine(guided: Guided, tiny: Path, tmp_path_factory, small_pictures) -> Engine:
    """With a model that is guided so, and without memory of what it has computed."""
    model, embeds = tiny, guided is Guided.EMBEDDED
    if guided is not Guided.PROMPTS:
        model = tiny_flux(tmp_path_factory.mktemp("models") / guided.value, guided=embeds)
    engine = Engine()
    engine.limit_cache(0)
    assert engine.load(str(model), "cpu").guided is guided
    return engine


def asked(engine: Engine, **changes: object) -> EditRequest:
    assert engine._model is not None
    return BASE.with_(model=str(engine._model.folder), **changes)


def idle(row: Parameter, request: EditRequest, guided: Guided) -> bool:
    """As it is told beforehand."""
    return row.idle(request) or row.name in IDLE[request.guided_by(guided)]


def drawn(engine: Engine, request: EditRequest, picture: np.ndarray) -> bytes:
    mask = np.full(picture.shape[:2], 255, np.uint8)
    result = engine.run(request, picture, mask if request.method.masked else None)
    return result.pixels.tobytes()


@pytest.mark.parametrize("method", [*KEEP_FORM, Method.SDEDIT])
def test_what_is_told_to_have_no_effect_has_none(engine, guided, picture, method):
    """A text to avoid by itself: beside it, what else is led away from has no say anyway."""
    request = asked(engine, method=method)
    before = drawn(engine, request, picture)
    rows = [row for row in by_name().values() if row.name in OTHER and idle(row, request, guided)]
    avoid = [row for row in rows if row.name == "avoid"]
    for group in filter(None, ([row for row in rows if row not in avoid], avoid)):
        changed = put(request, {row.field: OTHER[row.name] for row in group})
        assert drawn(engine, changed, picture) == before
        said = " ".join(without_effect(changed, guided))
        assert all(NAMES.get(row.name, "") in said for row in group if not row.idle(request))


@pytest.mark.parametrize("method", KEEP_FORM)
def test_what_is_not_told_to_have_no_effect_has_one(engine, guided, picture, method):
    request = asked(engine, method=method)
    before = drawn(engine, request, picture)
    for name, value in OTHER.items():
        row = by_name()[name]
        if not idle(row, request, guided):
            assert drawn(engine, put(request, {row.field: value}), picture) != before, name


@pytest.mark.parametrize(
    ("method", "changes"),
    [(Method.DIFFEDIT, {}), *((it, more) for it in Method if not it.masked for more in COSTLY)],
)
def test_an_edit_costs_what_is_told_before(engine, guided, picture, method, changes):
    request = put(asked(engine, method=method), changes)
    assert engine.run(request, picture).evaluations == request.cost(guided) == cost(request, 1, guided)


@pytest.mark.parametrize("method", KEEP_FORM)
def test_several_edits_cost_what_is_told_before(engine, guided, picture, method):
    """They share what doesn't depend on what varies: an inversion, FlowEdit's source."""
    request = asked(engine, method=method)
    plan = Plan(request, axis("guidance=1,3"))
    engine.limit_cache(2**28)
    try:
        cells = [cell.evaluations for cell in Grid(plan, picture, guided=guided).cells(engine)]
        engine._cache.clear()
        drawings = [engine.run(one, picture).evaluations for one in series(request, 2)]
    finally:
        engine.limit_cache(0)
    assert sum(cells, Evaluations()) == plan.cost(guided=guided)
    assert sum(drawings, Evaluations()) == cost(request, 2, guided)


def test_the_grid_command_tells_its_cost_by_what_guides_the_model(
    engine, guided, picture, tmp_path, monkeypatch
):
    known: list[Guided] = []

    class Told(Grid):
        def __init__(self, plan, photo, mask, guided) -> None:
            known.append(guided)
            super().__init__(plan, photo, mask, guided)

        def cells(self, *_: object) -> Iterator[Cell]:
            return iter(())

    monkeypatch.setattr("core.grid.run.Grid", Told)
    monkeypatch.setattr("core.edit.engine.Engine", lambda: engine)
    Image.fromarray(picture).save(tmp_path / "a.png")
    model = asked(engine).model
    words = ["grid", str(tmp_path / "a.png"), "--to", "a zebra", "--x", "seed=1,2", "--model", model]
    assert main([*words, "--device", "cpu", "-o", str(tmp_path / "sheet.png")]) == 0
    assert known == [guided]
