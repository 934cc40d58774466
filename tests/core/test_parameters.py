"""The table of an edit's parameters: whole, true to the request, and what everything else is fed from."""

import argparse
import csv
import runpy
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pytest

from core.cli import _parser
from core.edit import parameters
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.parameter import Parameter
from core.edit.parameters import PARAMETERS, by_name, named
from core.edit.request import EditRequest, Lora
from core.edit.together import check_apart, put
from core.errors import InputError
from core.grid.parameters import axis, names

# No value that somebody types.
ELSEWHERE = {
    "embeddings",
    "photo",
    "mask",
    "version",
    "blend",
    "loras",
    "find.windows",
    "remove",
    "threads",
    "model_digest",
}


def leaves(instance: object, before: str = "") -> set[str]:
    found: set[str] = set()
    for one in fields(instance):  # type: ignore[arg-type]
        value = getattr(instance, one.name)
        name = before + one.name
        found |= leaves(value, f"{name}.") if is_dataclass(value) else {name}
    return found


def test_every_field_of_a_request_has_one_row_or_is_set_elsewhere():
    rows = [row.field for row in PARAMETERS]
    assert len(set(rows)) == len(rows)
    assert set(rows) == leaves(EditRequest(photo="", query="")) - ELSEWHERE


@pytest.mark.parametrize("row", PARAMETERS, ids=lambda row: row.name)
def test_a_row_speaks_of_values_that_can_be(row: Parameter):
    base = EditRequest(photo="", query="a zebra")
    texts = next(csv.reader([row.examples], skipinitialspace=True)) if row.examples else list(row.values)
    texts += [str(option.value) for option in row.options]
    for text in texts:
        changed = put(base, {row.field: row.read(text)})
        assert row.of(changed) == row.read(text)
    assert row.label
    assert row.tip.endswith(".")
    for field, values in row.needs:
        assert named(field) is not None
        assert values


@pytest.mark.parametrize("row", [row for row in PARAMETERS if row.bounds], ids=lambda row: row.name)
def test_the_range_of_a_row_is_the_request_s_own(row: Parameter):
    base, bounds = EditRequest(photo="", query="a zebra"), row.bounds
    assert bounds is not None
    whole = int in (row.kind, *getattr(row.kind, "__args__", ()))
    step = 1 if whole else 1e-9 * max(1.0, abs(bounds.high))
    for value, inside in (
        (bounds.low, not bounds.above),
        (bounds.high, not bounds.below),
        (bounds.low - step, False),
        (bounds.high + step, False),
    ):
        if inside:
            assert row.of(put(base, {row.field: value})) == value
        else:
            with pytest.raises(ValueError, match="must be in"):
                put(base, {row.field: value})
    if not whole:
        with pytest.raises(ValueError, match="must be in"):
            put(base, {row.field: float("nan")})
    if row.slide is not None:
        assert row.slide.minimum / row.slide.factor in bounds
        assert row.slide.maximum / row.slide.factor in bounds


def test_parameters_that_undo_each_other_are_told_apart():
    with pytest.raises(InputError, match="exclude each other"):
        check_apart(by_name()["curve"], by_name()["interval"])
    check_apart(by_name()["guidance"], by_name()["decay"], by_name()["steps"])


def test_what_is_put_ends_what_it_replaces():
    base = EditRequest(photo="", query="")
    curved = put(base, {"guidance.curve": ((0.0, 3.0),)})
    assert (curved.guidance.decay, curved.guidance.curve) == (0.0, ((0.0, 3.0),))
    again = put(curved, {"guidance.scale": 4.0, "guidance.decay": 0.5})
    assert (again.guidance.curve, again.guidance.scale, again.guidance.decay) == (None, 4.0, 0.5)


def test_another_model_ends_what_was_written_down_of_the_last_and_the_same_one_does_not():
    recipe = EditRequest(
        photo="", query="", model="one", kappa=0.1, find=MaskRequest(strength=0.7), model_digest="0" * 64
    )
    other = put(recipe, {"model": "other"})
    assert (other.kappa, other.find.strength, other.model_digest) == (None, None, None)
    assert put(recipe, {"model": "one"}) == recipe
    chosen = put(recipe, {"model": "other", "kappa": 0.2, "find.strength": 0.3})
    assert (chosen.kappa, chosen.find.strength) == (0.2, 0.3)
    worn = put(recipe, {"loras": (Lora("a.safetensors"),)})
    assert (worn.kappa, worn.find.strength, worn.model_digest) == (0.1, 0.7, None)


def test_a_row_says_where_it_has_no_effect():
    request = EditRequest(photo="", query="")
    assert not by_name()["variation"].idle(request)
    assert by_name()["variation"].idle(request.with_(method=Method.SDEDIT))
    assert by_name()["eta"].idle(request)
    assert not by_name()["eta"].idle(put(request, {"rescale": by_name()["rescale"].read("projected")}))


def options_of(command: str) -> set[str]:
    subcommands = next(a for a in _parser([command])._actions if isinstance(a, argparse._SubParsersAction))
    return set(subcommands.choices[command]._option_string_actions)


def test_without_its_row_a_parameter_has_neither_option_nor_axis_nor_help(monkeypatch):
    assert "--variation" in options_of("edit")
    assert "variation" in names()
    fewer = tuple(row for row in PARAMETERS if row.name != "variation")
    monkeypatch.setattr(parameters, "PARAMETERS", fewer)
    for command in ("edit", "grid", "movie"):
        assert "--variation" not in options_of(command)
    assert "variation" not in names()
    with pytest.raises(InputError, match="no parameter of an edit"):
        axis("variation=0,1")


def test_every_option_of_an_edit_is_a_row_or_about_files():
    rows = {f"--{row.name}" for row in PARAMETERS} | {"--no-snap", "--no-centre", "--no-pseudo-guidance"}
    others = {
        "-h",
        "--help",
        "-o",
        "--output",
        "--report",
        "--recipe",
        "--mask",
        "--save-mask",
        "--save-heat",
    }
    others |= {"--quality", "--lora", "--parameters"}
    assert rows <= options_of("edit")
    assert rows | others >= {option for option in options_of("edit") if not option.startswith("--mask-from")}


def test_help_gives_the_default_that_is():
    text = next(a for a in _parser(["edit"])._actions if isinstance(a, argparse._SubParsersAction))
    said = " ".join(text.choices["edit"].format_help().split())
    assert "steps of the whole schedule (default 10)" in said
    assert "noise draws of the search, at most (default 10)" in said
    assert "(default edit-friendly)" in said


def test_a_request_is_unchanged_by_a_lora_of_weight_beyond_its_range():
    with pytest.raises(ValueError, match="a LoRA's weight must be in −4…4, not 5"):
        Lora("a.safetensors", 5.0)
    assert replace(Lora("a.safetensors"), weight=-4.0).weight == -4.0


def test_the_page_of_the_documents_is_made_from_the_table():
    script = Path(__file__).parents[2] / "docs" / "parameters.py"
    assert script.with_suffix(".md").read_text(encoding="utf-8") == runpy.run_path(str(script))["page"]()
