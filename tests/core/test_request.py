"""EditRequest: validated, frozen, JSON both ways, and an honest cost."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.diffusion.target import Target
from core.diffusion.weight import Projection, Rescale, Shape, Weight
from core.edit.look_in import LookIn
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.report import read_recipe
from core.edit.request import EditRequest
from core.edit.words.weighted import PromptStyle
from core.errors import InputError

weights = st.one_of(
    st.builds(Weight, scale=st.floats(0, 100), decay=st.floats(0, 1), decay_to=st.sampled_from([0, 1])),
    st.builds(Weight, scale=st.floats(0, 100), shape=st.sampled_from(Shape), interval=st.just((0.2, 0.7))),
    st.builds(Weight, curve=st.just(((0.0, 7.5), (0.5, 4.0), (1.0, 1.0)))),
)
targets = st.one_of(
    st.builds(Target, colour=st.sampled_from([None, "#d0104c"]), strength=st.floats(0, 1)),
    st.builds(Target, brightness=st.floats(0, 1), until=st.floats(0.01, 1)),
)
requests = st.builds(
    EditRequest,
    photo=st.text("0123456789abcdef", min_size=64, max_size=64),
    query=st.text(max_size=40),
    reference=st.text(max_size=40),
    mask=st.none() | st.just("0" * 64),
    method=st.sampled_from(Method),
    steps=st.integers(1, 1000),
    change=st.floats(0.01, 1),
    variation=st.floats(0, 1),
    solver=st.sampled_from(Solver),
    iterations=st.integers(1, 10),
    seed=st.integers(0, 2**63 - 1),
    find=st.builds(
        MaskRequest,
        draws=st.integers(1, 100),
        strength=st.none() | st.floats(0.01, 1),
        clamp=st.sampled_from(Clamp),
        threshold=st.floats(0.01, 0.99),
        windows=st.lists(st.floats(0.01, 1), min_size=1, max_size=5).map(tuple),
        settle=st.floats(0, 0.5),
    ),
    guidance=weights,
    rescale=st.sampled_from(Rescale),
    kappa=st.none() | st.floats(0.001, 1),
    projection=st.builds(Projection, eta=st.floats(0, 1), radius=st.floats(0, 1000)),
    skip=st.floats(0, 1),
    target=targets,
)


@given(request=requests)
def test_json_both_ways(request):
    assert EditRequest.from_json(request.to_json()) == request
    assert read_recipe(b'{"request": ' + request.to_json() + b', "seconds": {}}') == request


def test_the_default_edit_costs_what_the_paper_s_stages_need():
    cost = EditRequest(photo="", query="a zebra").cost()
    assert cost.as_dict() == {"mask": 20, "encode": 8, "decode": 15, "total": 43}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mask": "0" * 64}, (0, 16, 32)),
        ({"method": Method.SDEDIT}, (0, 0, 32)),
        ({"method": Method.MASKED_SDEDIT}, (20, 0, 32)),
        ({"method": Method.ENCODE_DECODE}, (0, 16, 32)),
        ({"guidance": Weight(decay=1)}, (20, 16, 31)),
        # 7.5 falling to 0 in 16 steps passes 1 exactly on its way: that step needs no u, the last no t
        ({"guidance": Weight(decay=1, decay_to=0)}, (20, 16, 30)),
        ({"guidance": Weight(decay=1), "rescale": Rescale.PREDICTION}, (20, 16, 32)),
        ({"guidance": Weight(decay=1), "rescale": Rescale.PROJECTED}, (20, 16, 31)),
        ({"skip": 0.9, "target": Target(brightness=0.5)}, (20, 16, 32)),
        ({"guidance": Weight(scale=1)}, (20, 16, 16)),
        ({"guidance": Weight(interval=(0.0, 0.5))}, (20, 16, 24)),
        ({"change": 0.01}, (20, 1, 2)),
        ({"solver": Solver.DPM}, (20, 16, 32)),
        ({"solver": Solver.FIXED_POINT, "iterations": 3}, (20, 49, 32)),
        ({"solver": Solver.EDIT_FRIENDLY}, (20, 16, 32)),
        ({"solver": Solver.FIXED_POINT, "method": Method.SDEDIT}, (0, 0, 32)),
    ],
)
def test_what_other_settings_cost(changes, expected):
    twenty = {"steps": 20, "solver": Solver.DDIM, "guidance": Weight()}
    cost = EditRequest(photo="", query="a zebra", **{**twenty, **changes}).cost()
    assert (cost.mask, cost.encode, cost.decode) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"change": 0},
        {"change": 1.1},
        {"variation": -0.1},
        {"iterations": 0},
        {"seed": -1},
        {"feather": -1},
        {"kappa": 0},
        {"skip": 1.01},
        {"device": "tpu"},
        {"threads": 0},
        {"version": 10},
    ],
)
def test_values_out_of_range_are_refused_everywhere(wrong):
    with pytest.raises(
        ValueError, match=next(iter(wrong)).replace("kappa", "κ").replace("version", "version")
    ):
        EditRequest(photo="", query="a", **wrong)
    fields = json.loads(EditRequest(photo="", query="a").to_json()) | wrong
    with pytest.raises(InputError, match="can't be used"):
        EditRequest.from_json(json.dumps(fields))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b'{"a":' * 990, "not valid JSON"),
        (b"[]", "can't be used"),
        (b'{"photo": "", "query": "a", "sharpness": 3}', "unknown field “sharpness”"),
        (b'{"photo": ""}', "query"),
        (b'{"photo": "", "query": "a", "steps": "many"}', "steps"),
    ],
)
def test_what_is_no_recipe_is_refused_with_a_sentence(text, says):
    with pytest.raises(InputError, match=says):
        EditRequest.from_json(text)


@pytest.mark.parametrize(
    "draft",
    [
        {"draws": 0},
        {"strength": 0},
        {"threshold": 0},
        {"threshold": 1},
        {"grow": 501},
        {"settle": -0.1},
        {"windows": ()},
        {"windows": (0.1, 0.0)},
        {"windows": (1.1,)},
    ],
)
def test_the_mask_s_values_are_checked_too(draft):
    with pytest.raises(ValueError, match=r"draws|strength|threshold|grow|settle|windows"):
        MaskRequest(**draft)
    with pytest.raises(InputError):
        EditRequest.from_json(msgspec.json.encode({"photo": "", "query": "a", "find": draft}))


@pytest.mark.parametrize(
    ("version", "later", "edit", "find"),
    [
        (1, ("solver", "steps"), ("ddim", 20), {"snap": False, "settle": 0.0, "strength": 0.5}),
        (2, ("solver",), ("dpm++2m", 10), {"settle": 0.05}),
    ],
)
def test_an_earlier_recipe_keeps_the_pixels_it_gave(version, later, edit, find):
    fields = json.loads(EditRequest(photo="", query="a zebra").to_json()) | {"version": version}
    for name in later:
        del fields[name]
    for name in ("centre", "look_in", "rule", "clamp", "threshold", "windows", *find):
        del fields["find"][name]
    old = EditRequest.from_json(json.dumps(fields))
    assert (old.solver, old.steps) == edit
    then = {"rule": Rule.DIFFERENCE, "clamp": Clamp.MEAN, "threshold": 0.5, "windows": (0.22,)}
    assert old.find == MaskRequest(**find, **then, look_in=LookIn.WHOLE, centre=False)
    assert EditRequest.from_json(old.to_json()) == old
    walked = {**fields, "solver": "edit-friendly"}
    for method, solver in (("sdedit", "ddim"), ("masked-sdedit", "ddim"), ("diffedit", "edit-friendly")):
        assert EditRequest.from_json(json.dumps({**walked, "method": method})).solver == solver
    said = {**fields, "solver": "fixed-point", "find": {"threshold": 0.2}}
    kept = EditRequest.from_json(json.dumps(said))
    assert (kept.solver, kept.find.threshold, kept.find.clamp) == ("fixed-point", 0.2, Clamp.MEAN)


def test_a_recipe_of_version_3_finds_what_it_found_and_keeps_the_rest():
    today = EditRequest(photo="", query="a zebra", method="sdedit")
    fields = json.loads(today.to_json()) | {"version": 3}
    for name in ("centre", "look_in", "rule", "settle", "clamp", "threshold", "windows"):
        del fields["find"][name]
    older = {"rule": Rule.DIFFERENCE, "look_in": LookIn.WHOLE, "centre": False}
    then = MaskRequest(**older, settle=0.05, clamp=Clamp.PEAK, threshold=0.3, windows=(0.22,))
    assert EditRequest.from_json(json.dumps(fields)) == today.with_(find=then)
    fields["find"]["settle"] = 0.2
    assert EditRequest.from_json(json.dumps(fields)).find.settle == 0.2


def test_a_recipe_of_version_5_finds_by_the_difference_and_keeps_the_rest():
    today = EditRequest(photo="", query="a (zebra:1.3)", find=MaskRequest(draws=4))
    fields = json.loads(today.to_json()) | {"version": 5}
    del fields["find"]["rule"], fields["find"]["look_in"], fields["find"]["centre"]
    old = EditRequest.from_json(json.dumps(fields))
    then = {"rule": Rule.DIFFERENCE, "look_in": LookIn.WHOLE, "centre": False}
    assert old == today.with_(find=MaskRequest(draws=4, **then))
    del fields["find"]
    assert EditRequest.from_json(json.dumps(fields)).find == MaskRequest(**then)


def test_a_recipe_of_version_6_looks_in_the_whole_picture_whatever_its_area():
    today = EditRequest(photo="", query="a (zebra:1.3)", area=(8, 8, 40, 30))
    fields = json.loads(today.to_json()) | {"version": 6}
    del fields["find"]["look_in"], fields["find"]["centre"]
    old = EditRequest.from_json(json.dumps(fields))
    assert old == today.with_(find=MaskRequest(look_in=LookIn.WHOLE, centre=False))
    assert (old.searched, today.searched, today.with_(area="auto").searched) == (None, (8, 8, 40, 30), None)


def test_a_recipe_of_version_7_cuts_what_is_named_alone_as_it_was_cut():
    today = EditRequest(photo="", query="", reference="a ball", area=(8, 8, 40, 30))
    fields = json.loads(today.to_json()) | {"version": 7}
    del fields["find"]["centre"], fields["find"]["look_in"]
    old = EditRequest.from_json(json.dumps(fields))
    assert old == today.with_(find=MaskRequest(look_in=LookIn.AREA, centre=False))
    assert (today.centres, old.centres, today.with_(query="a cube").centres) == (True, False, False)
    assert EditRequest.from_json(old.to_json()) == old


def test_a_recipe_of_version_8_looks_once():
    today = EditRequest(photo="", query="a zebra", reference="a horse")
    fields = json.loads(today.to_json()) | {"version": 8}
    assert EditRequest.from_json(json.dumps(fields)) == today  # it said where
    del fields["find"]["look_in"]
    old = EditRequest.from_json(json.dumps(fields))
    assert old == today.with_(find=MaskRequest(look_in=LookIn.AREA))
    assert (today.zooms_in, old.zooms_in, today.with_(area=(8, 8, 40, 30)).zooms_in) == (True, False, False)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_prompts_of_an_earlier_recipe_are_read_as_they_stand(version):
    today = EditRequest(photo="", query="a (zebra:1.3)", find=MaskRequest(settle=0.2))
    fields = json.loads(today.to_json()) | {"version": version}
    del fields["prompt_style"]
    old = EditRequest.from_json(json.dumps(fields))
    assert old.prompt_style is PromptStyle.PLAIN
    if version == 4:
        assert old == today.with_(prompt_style=PromptStyle.PLAIN)


@pytest.mark.parametrize(
    ("place", "wrong", "says"),
    [
        ("projection", {"eta": 1.1}, "eta"),
        ("projection", {"radius": -1}, "radius"),
        ("target", {"colour": "red"}, "#rrggbb"),
        ("target", {"colour": "#d0104"}, "#rrggbb"),
        ("target", {"brightness": 1.5}, "brightness"),
        ("target", {"colour": "#d0104c", "brightness": 0.5}, "exclude each other"),
        ("target", {"strength": 2}, "strength"),
        ("target", {"until": 0}, "window"),
    ],
)
def test_the_numbers_of_guidance_are_checked_too(place, wrong, says):
    with pytest.raises(InputError, match=says):
        EditRequest.from_json(msgspec.json.encode({"photo": "", "query": "a", place: wrong}))


def test_a_recipe_from_before_is_guided_as_it_was():
    old = json.loads(EditRequest(photo="", query="a zebra").to_json())
    for name in ("projection", "skip", "target"):
        del old[name]
    request = EditRequest.from_json(json.dumps(old))
    assert (request.skip, request.target.given) == (1.0, False)
