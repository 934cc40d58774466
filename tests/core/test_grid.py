"""Grids: axes read and refused, cells that share their work, the sheet, the JSON, the command."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core import cli
from core.diffusion.solver import Solver
from core.diffusion.weight import Rescale, Weight
from core.edit.engine import Engine
from core.edit.evaluations import Evaluations
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.parameters import by_name
from core.edit.progress import Cancel
from core.edit.report import read_recipe
from core.edit.request import EditRequest
from core.edit.result import EditResult, Working
from core.errors import Cancelled, CoreError, InputError
from core.grid.parameters import axis, names
from core.grid.plan import Plan
from core.grid.report import grid_report
from core.grid.run import Cell, Grid
from core.grid.sheet import Sheet
from core.photo.files import export
from core.photo.masks.boxed import BoxedMask
from core.photo.space import Space

FLAT = ("--draws", "3", "--settle", "0", "--threshold", "0.2")  # random weights: a flat heat map
BASE = EditRequest(photo="", query="a zebra", reference="a horse", steps=4, device="cpu")


def plan(x: str, y: str | None = None, base: EditRequest = BASE) -> Plan:
    return Plan(base, axis(x), None if y is None else axis(y))


@pytest.fixture
def base(tiny: Path) -> EditRequest:
    # random weights: a flat heat map
    return BASE.with_(model=str(tiny), find=MaskRequest(draws=3, settle=0, threshold=0.2))


# -- axes


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("guidance=3,5,7.5", "guidance.scale", (3.0, 5.0, 7.5)),
        ("guidance.scale=3", "guidance.scale", (3.0,)),
        ("rescale=off, both", "rescale", (Rescale.OFF, Rescale.BOTH)),
        ("steps=10,20", "steps", (10, 20)),
        ("threshold=0.3", "find.threshold", (0.3,)),
        ('to="a zebra, striped",a cow', "query", ("a zebra, striped", "a cow")),
        ("decay-to=0,1", "guidance.decay_to", (0, 1)),
        ("interval=0.2:0.8,none", "guidance.interval", ((0.2, 0.8), None)),
        ("eta=0,0.5", "projection.eta", (0.0, 0.5)),
        ("skip=0.9,1", "skip", (0.9, 1.0)),
        ("colour-target=#d0104c,none", "target.colour", ("#d0104c", None)),
        ("target-until=0.2", "target.until", (0.2,)),
        ("snap=on,off", "find.snap", (True, False)),
        ("settle=0,0.05", "find.settle", (0.0, 0.05)),
        ('area=whole,auto,"2,4,20,30"', "area", ("whole", "auto", (2, 4, 20, 30))),
        ("kappa=0.1,none", "kappa", (0.1, None)),
        ("curve=0:7.5 0.5:4 1:1,0:3", "guidance.curve", (((0, 7.5), (0.5, 4), (1, 1)), ((0, 3),))),
    ],
)
def test_an_axis_is_read_by_the_kind_of_its_parameter(text, field, values):
    read = axis(text)
    assert (read.field, read.values) == (field, values)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("guidence=3", "A grid can vary: .*guidance, decay"),
        ("guidance", "NAME=VALUE"),
        ("guidance=", "has no values"),
        ("guidance=3,x", "guidance=x can't be: guidance is a number"),
        ("steps=2.5", "whole number"),
        ("rescale=of", "one of off, prediction, update, both, std"),
        ("method=magic", "one of diffedit, sdedit"),
        ("interval=0.2", "A:B"),
        ("curve=up", "P:W"),
        ("interval=0.2", "as 0.2:0.8, or none"),
        ("kappa=x", "kappa is a number, or none"),
        ("snap=maybe", "snap is on or off"),
        ("area=half", "area is whole, auto, or a box in double quotes"),
        ("area=10,20,30,40", "area is whole, auto, or a box in double quotes"),
        ('area="1,2,3"', "area is whole, auto, or a box in double quotes"),
        ("loras=a", "the same for a whole grid"),
        ("seed=1,2,1", "seed=1 comes twice"),
        ("photo=a,b", "the same for a whole grid"),
        ("mask=a", "the same for a whole grid"),
    ],
)
def test_what_is_no_axis_is_told_with_what_could_be(text, says):
    with pytest.raises(InputError, match=says):
        axis(text)


def test_switches_offer_both_of_their_values():
    assert by_name()["snap"].values == ("on", "off")
    assert by_name()["method"].values == tuple(Method)
    assert by_name()["seed"].values == ()


def test_every_name_that_is_offered_is_a_name():
    assert {"snap", "settle"} < set(names())
    assert "loras" not in names()
    for name in names():
        with pytest.raises(InputError, match="has no values"):
            axis(f"{name}=")


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ("guidance=3,4", "guidance.scale=5,6", "Both axes"),
        ("curve=0:3", "guidance=5,6", "exclude each other"),
        ("interval=0:0.5", "decay=0.5,1", "exclude each other"),
        ("colour-target=#d0104c", "brightness-target=0.5", "exclude each other"),
        ("steps=0,4", None, "steps=0 can't be: steps must be in 1…1000"),
        ("guidance=nan", None, "guidance scale must be"),
        ("to= ,a cow", None, "What should it be"),
        ("seed=" + ",".join(map(str, range(401))), None, "too large"),
    ],
)
def test_a_plan_that_can_not_be_is_refused_before_anything_runs(x, y, says):
    with pytest.raises(InputError, match=says):
        plan(x, y)


def test_a_cell_is_the_base_with_both_values():
    request = plan("guidance=3,5", "rescale=off,both").request(1, 0)
    assert request == BASE.with_(guidance=axis("guidance=3").put(BASE, 0).guidance, rescale=Rescale.BOTH)
    assert (request.guidance.scale, request.rescale) == (3, Rescale.BOTH)


def test_a_curve_takes_the_place_of_the_decay_in_the_base():
    decaying = axis("decay=0.5").put(BASE, 0)
    assert plan("curve=0:3", base=decaying).request(0, 0).guidance.curve == ((0, 3),)


def test_models_run_one_after_the_other():
    order = plan("model=a,b", "seed=1,2").order()
    assert order == [(0, 0), (1, 0), (0, 1), (1, 1)]


# -- running


def cells(planned: Plan, picture: np.ndarray, mask: np.ndarray | None = None) -> list[Cell]:
    return list(Grid(planned, picture, mask).cells(Engine()))


def test_sixteen_guidances_cost_one_mask_and_one_inversion(base, picture):
    planned = plan("guidance=1.5,3,5,7.5", "decay=0,0.3,0.6,0.9", base)
    done = cells(planned, picture)
    assert all(cell.error is None for cell in done)
    alone = base.cost()
    spent = sum((cell.evaluations for cell in done), Evaluations())
    assert (spent.mask, spent.encode) == (alone.mask, alone.encode)
    decays = [BASE.with_(guidance=Weight(g, decay=d)) for g in (1.5, 3, 5, 7.5) for d in (0, 0.3, 0.6, 0.9)]
    assert spent.decode == sum(one.cost().decode for one in decays)
    assert spent == planned.cost()


def test_a_cell_is_what_its_request_gives_by_itself(base, picture):
    for cell in cells(plan("threshold=0.15,0.3", "change=0.5,1", base), picture):
        again = Engine().run(cell.request, picture)
        assert np.array_equal(again.on(picture), cell.pixels)


def test_another_seed_or_prompt_is_looked_for_anew(base, picture):
    planned = plan("seed=0,1", "to=a zebra,a cow", base)
    spent = sum((cell.evaluations for cell in cells(planned, picture)), Evaluations())
    assert spent.mask == 6 * base.find.draws  # of each seed: the reference and both queries
    assert spent.encode == 2 * base.cost().encode  # of each seed: the noise that is remembered
    assert spent == planned.cost()


@pytest.mark.parametrize(("x", "y", "masks", "inversions"), [
    ("solver=ddim,fixed-point", None, 1, 2), ("iterations=1,2", None, 1, 1),
    ("solver=fixed-point", "iterations=1,2", 1, 2), ('area=whole,"0,0,32,32"', None, 2, 2),
    ("solver=dpm++2m", "change=0.5,1", 1, 2), ("seed=0,1", "solver=edit-friendly", 2, 2),
    ("change=0.5,1", "solver=edit-friendly", 1, 2), ("clamp=peak,mean", None, 1, 1),
        ("mask-rule=evidence,difference", None, 1, 1), ("centre=on,off", None, 1, 1),
])  # fmt: skip
def test_a_plan_knows_what_its_cells_will_share(base, picture, x, y, masks, inversions):
    planned = plan(x, y, base)
    done = cells(planned, picture)
    assert all(cell.error is None for cell in done)
    spent = sum((cell.evaluations for cell in done), Evaluations())
    assert sum(cell.evaluations.mask > 0 for cell in done) == masks
    assert sum(cell.evaluations.encode > 0 for cell in done) == inversions
    assert spent == planned.cost()


def test_a_plan_knows_which_blocks_of_levels_are_asked_for_anew(base, picture):
    planned = plan("change=0.8,1,0.5", None, base.with_(solver=Solver.EDIT_FRIENDLY, steps=10))
    spent = sum((cell.evaluations for cell in cells(planned, picture)), Evaluations())
    assert spent.encode == (4 + 4) + 2 + 1  # of 8, 10 and 5 levels
    assert spent == planned.cost()


def test_a_painted_mask_holds_for_every_cell(base, picture):
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[10:30, 10:30] = 255
    planned = plan("guidance=3,9", base=base)
    done = cells(planned, picture, mask)
    assert sum((cell.evaluations for cell in done), Evaluations()) == planned.cost(painted=True)
    for cell in done:
        assert np.array_equal(cell.pixels[mask == 0], picture[mask == 0])
        assert not np.array_equal(cell.pixels[mask > 0], picture[mask > 0])
        assert cell.request.mask is not None


def test_a_failing_cell_says_why_and_the_rest_go_on(base, picture):
    done = cells(plan("model=/nowhere/at/all," + base.model, base=base), picture)
    assert [cell.error is None for cell in done] == [False, True]
    assert "no model folder" in str(done[0].error)


class Faulty:
    """An engine with a fault in its first edit, and something to say in every other."""

    def __init__(self) -> None:
        self._runs = 0

    def run(self, request, photo, mask, on_progress, cancel) -> EditResult:
        self._runs += 1
        if self._runs == 1:
            raise KeyError("no such thing")
        cost, said = Evaluations(decode=2), ("The prompt is long.",)
        drawn, mask = photo.pixels, BoxedMask.of(mask)
        return EditResult(request, drawn, drawn, mask, None, (), cost, {}, Working(8, 8), "cpu", said)


def test_a_fault_of_the_program_fails_its_cell_alone(picture, caplog):
    mask = np.full(picture.shape[:2], 255, np.uint8)
    done = list(Grid(plan("seed=1,2,3"), picture, mask).cells(Faulty()))
    assert [cell.error is None for cell in done] == [False, True, True]
    assert str(done[0].error) == "Something went wrong inside: KeyError: 'no such thing'."
    assert caplog.records[0].exc_info[0] is KeyError


def test_what_the_engine_noticed_is_reported_once(picture):
    planned = plan("seed=1,2,3")
    done = list(Grid(planned, picture, np.full(picture.shape[:2], 255, np.uint8)).cells(Faulty()))
    assert json.loads(grid_report(planned, done))["notices"] == ["The prompt is long."]


@pytest.mark.parametrize("x", ["threshold=0.3,0.5", "grow=0,4", "snap=on,off"])
def test_what_a_given_mask_makes_idle_is_refused(picture, x):
    grid = Grid(plan("seed=1,2", x), picture, np.full(picture.shape[:2], 255, np.uint8))
    with pytest.raises(InputError, match="would change nothing") as said:
        next(grid.cells(Faulty()))
    assert "Leave the mask out" in said.value.hint
    next(Grid(plan("seed=1,2"), picture, np.full(picture.shape[:2], 255, np.uint8)).cells(Faulty()))


def test_a_search_is_paid_for_also_by_a_cell_that_then_fails(base, picture):
    done = cells(plan("to=a horse,a zebra", "threshold=0.5,0.4", base), picture)
    same = [cell for cell in done if cell.request.query == "a horse"]
    assert all("the two prompts say the same" in str(cell.error).lower() for cell in same)
    assert sum((cell.evaluations for cell in done), Evaluations()).mask == base.cost().mask


def test_stop_is_heard_between_two_evaluations(base, picture):
    cancel = Cancel()
    grid = Grid(plan("guidance=3,5", base=base), picture).cells(Engine(), lambda _: cancel.ask(), cancel)
    with pytest.raises(Cancelled):
        next(grid)


def test_time_left_is_told_after_the_first_cell(base, picture):
    told = []
    list(Grid(plan("guidance=3,5", base=base), picture).cells(Engine(), told.append))
    assert {step.seconds_left is None for step in told if step.done == 0} == {True}
    assert all(step.seconds_left >= 0 for step in told if step.done == 1)
    assert {step.total for step in told} == {2}


# -- the sheet


def test_every_point_of_a_picture_in_the_sheet_is_its_cell(picture):
    sheet = Sheet(plan("guidance=3,5,7.5", "rescale=off,both"), (48, 40), 100)
    layout = sheet.layout
    assert sheet.image.size == layout.size
    for row in range(2):
        for column in range(3):
            x, y, w, h = layout.box(row, column)
            assert (w, h) == (100, 83)
            corners = [(x, y), (x + w - 1, y), (x, y + h - 1), (x + w - 1, y + h - 1)]
            assert {layout.at(*corner) for corner in corners} == {(row, column)}
    assert layout.at(2, 2) is None
    assert layout.at(*layout.size) is None
    x, y, w, _ = layout.box(0, 0)
    assert layout.at(x + w + 1, y) is None


def test_the_sheet_shows_cells_labels_and_errors(picture):
    planned = plan("guidance=3,5", "seed=1,2")
    sheet = Sheet(planned, (48, 40), 96)
    empty = np.asarray(sheet.image).copy()
    red = np.full((40, 48, 3), (200, 30, 40), np.uint8)
    sheet.put(Cell(0, 1, BASE, Evaluations(), {}, red))
    sheet.put(Cell(1, 0, BASE, Evaluations(), {}, error=InputError("It went wrong.")))
    now = np.asarray(sheet.image)
    x, y, w, h = sheet.layout.box(0, 1)
    assert (now[y : y + h, x : x + w] == (200, 30, 40)).all()
    x, y, w, h = sheet.layout.box(1, 0)
    assert not np.array_equal(now[y : y + h, x : x + w], empty[y : y + h, x : x + w])
    x, y, w, h = sheet.layout.box(1, 1)
    assert np.array_equal(now[y : y + h, x : x + w], empty[y : y + h, x : x + w])
    for column in range(2):  # over each column and beside each row is ink
        x, y, w, h = sheet.layout.box(0, column)
        assert now[:y, x : x + w].min() < 100
    for row in range(2):
        x, y, w, h = sheet.layout.box(row, 0)
        assert now[y : y + h, :x].min() < 100


def test_the_sheet_is_in_srgb():
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {bytes(profile[i : i + 4]): i for i in range(132, 132 + 12 * profile[131], 12)}
    red, green = at[b"rXYZ"], at[b"gXYZ"]  # swapped: nobody can overlook the profile's loss
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    sheet = Sheet(plan("seed=1,2"), (48, 40), 96, Space.of(bytes(profile)))
    sheet.put(Cell(0, 0, BASE, Evaluations(), {}, np.full((40, 48, 3), (200, 30, 30), np.uint8)))
    x, y, w, h = sheet.layout.box(0, 0)
    shown = np.asarray(sheet.image)[y : y + h, x : x + w]
    assert np.abs(shown.astype(int) - (30, 200, 30)).max() <= 2
    sheet.preview(0, 1, np.full((4, 5, 3), (200, 30, 30), np.uint8))  # as the model drew it
    x, y, w, h = sheet.layout.box(0, 1)
    assert (np.asarray(sheet.image)[y : y + h, x : x + w] == (200, 30, 30)).all()


def test_long_labels_stay_beside_the_cells():
    words = "a very long prompt with many words that no column can hold and one " + "m" * 80
    sheet = Sheet(plan(f'to="{words}",a cow', "seed=1"), (48, 40), 96)
    x, y, w, h = sheet.layout.box(0, 0)
    picture = np.asarray(sheet.image)[y : y + h, x : x + w]
    assert (picture == picture[0, 0]).all()


# -- the command


@pytest.fixture
def grid(tiny: Path, picture: np.ndarray, tmp_path: Path):
    photo = tmp_path / "photo.png"
    Image.fromarray(picture).save(photo)

    def run(*options: str, output: str = "sheet.png") -> int:
        words = ["grid", str(photo), "--from", "a horse", "--to", "a zebra", "-o", str(tmp_path / output)]
        return cli.main([*words, "--model", str(tiny), "--device", "cpu", "--steps", "4", *FLAT, *options])

    return run


def test_the_command_writes_sheet_cells_and_json(grid, tmp_path):
    folder = tmp_path / "cells"
    options = ("--x", "guidance=3,7.5", "--y", "rescale=off,both", "--cells", str(folder), "--size", "100")
    assert grid(*options) == 0
    told = json.loads((tmp_path / "sheet.json").read_text())
    assert told["x"] == {"parameter": "guidance", "field": "guidance.scale", "values": [3, 7.5]}
    assert told["y"]["values"] == ["off", "both"]
    parts = [cell["evaluations"] for cell in told["cells"]]
    assert told["evaluations"] == {name: sum(part[name] for part in parts) for name in parts[0]}
    assert (told["evaluations"]["mask"], told["evaluations"]["encode"]) == (6, 3)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 200
    files = sorted(folder.iterdir())
    assert [file.name[:5] for file in files] == ["01-01", "01-02", "02-01", "02-02"]
    recipe = tmp_path / "cell.json"
    recipe.write_text(json.dumps(told["cells"][3]["request"]))
    assert read_recipe(recipe.read_bytes()).rescale is Rescale.BOTH
    again = tmp_path / "again.png"
    assert cli.main(["edit", str(tmp_path / "photo.png"), "--recipe", str(recipe), "-o", str(again)]) == 0
    assert np.array_equal(np.asarray(Image.open(again)), np.asarray(Image.open(files[3])))


def test_a_failed_cell_ends_with_3(grid, tmp_path, capsys):
    assert grid("--x", "to=a horse,a zebra") == 3
    assert "to=a horse: " in capsys.readouterr().err
    told = json.loads((tmp_path / "sheet.json").read_text())
    assert [cell["error"] is None for cell in told["cells"]] == [False, True]
    assert told["failed"] == 1


def test_ctrl_c_keeps_what_is_finished(grid, tmp_path, capsys, monkeypatch):
    whole = Engine.run
    calls = []

    def second_interrupted(*given, **named):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*given, **named)

    monkeypatch.setattr(Engine, "run", second_interrupted)
    assert grid("--x", "guidance=3,5,7.5") == 130
    assert "1 of 3 cells" in capsys.readouterr().err
    assert len(json.loads((tmp_path / "sheet.json").read_text())["cells"]) == 1
    assert (tmp_path / "sheet.png").exists()


def test_a_disk_that_fills_up_under_the_cells_leaves_sheet_and_json(grid, tmp_path, capsys, monkeypatch):
    write, wrote = export.write_atomic, []

    def full(path: Path, fill, **options):
        wrote.append(path)
        if len(wrote) == 2:
            raise CoreError(f"“{path.name}” was not written: the disk is full.")
        write(path, fill, **options)

    monkeypatch.setattr(export, "write_atomic", full)
    assert grid("--x", "guidance=3,5,7.5", "--cells", str(tmp_path / "cells")) == 1
    said = capsys.readouterr().err
    assert "2 of 3 cells are in" in said
    assert "the disk is full" in said
    assert len(json.loads((tmp_path / "sheet.json").read_text())["cells"]) == 2
    assert (tmp_path / "sheet.png").exists()
    assert len(list((tmp_path / "cells").iterdir())) == 1


def test_a_folder_that_can_not_be_made_is_said_before_anything_is_drawn(grid, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(Engine, "run", lambda *_, **__: pytest.fail("drawn"))
    (tmp_path / "file").write_text("")
    assert grid("--x", "guidance=3,5", "--cells", str(tmp_path / "file" / "cells")) == 2
    assert "can't be written" in capsys.readouterr().err


def test_long_prompts_make_file_names_that_every_file_system_takes(grid, tmp_path):
    words = "春の木と夏の木と秋の木と冬の木" * 12
    assert grid("--x", f"to={words},猫", "--cells", str(tmp_path / "cells")) == 0
    first, second = sorted(file.name for file in (tmp_path / "cells").iterdir())
    assert first.startswith("01-01 to=春の木")
    assert 200 < len(first.encode()) <= 255
    assert second == "01-02 to=猫.png"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--x", "guidence=3"], "is no parameter"),
        (["--x", "guidance=3", "--y", "guidance=4"], "Both axes"),
        (["--x", "guidance=3", "--size", "9"], "size must be in"),
        (["--x", "guidance=3", "--cells", "photo.png"], "is a file"),
        (["--x", "guidance=3", "-o", "photo.png"], "photo itself"),
        (["--x", "guidance=3", "--mask", "m.png"], "--mask and --threshold exclude each other"),
        (["--x", "guidance=3", "-o", "sheet.psd"], "no format"),
    ],
)
def test_wrong_grids_end_with_2_and_write_nothing(grid, tmp_path, capsys, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert grid(*options) == 2
    assert says in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("words", [
    "grid photo.png --to cow --x seed=1,2 --mask m.png -o m.png",
    "grid photo.png --to cow --x seed=1,2 --recipe r.json -o r.png",
    "grid photo.png --to cow --x seed=1,2 --report photo.png -o sheet.png",
    "movie photo.png --from horse --to cow --recipe r.json --report r.json -o m.gif",
    "movie photo.png --from horse --to cow --mask m.png --report m.png -o m.gif",
    "movie photo.png --from horse --to cow -o photo.png",
    "edit photo.png --to cow --mask m.png -o m.png",
    "edit photo.png --to cow --recipe r.json --report r.json -o o.png",
])  # fmt: skip
def test_nothing_that_is_read_is_written_over(words, tmp_path, picture, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("photo.png", "m.png"):
        Image.fromarray(picture).save(name)
    (tmp_path / "r.json").write_bytes(BASE.to_json())
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert cli.main(words.split()) == 2
    said = capsys.readouterr().err
    assert "itself" in said
    assert "so that it isn't lost" in said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("options", "says"), [
    ("--x threshold=0.2,0.3", "threshold would change nothing"),
    ("--x seed=1,2 --y grow=0,4", "grow would change nothing"),
    ("--x seed=1,2 --method sdedit", "uses no mask"),
])  # fmt: skip
def test_a_mask_that_the_grid_would_not_use_is_refused(options, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["grid", "photo.png", "--to", "cow", "--mask", "m.png", "-o", "sheet.png"]
    assert cli.main([*words, *options.split()]) == 2
    assert says in capsys.readouterr().err


def test_an_empty_value_is_written_in_quotes() -> None:
    assert axis('vae="",b.safetensors').values == ("", "b.safetensors")
