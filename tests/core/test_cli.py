"""The command line: what it writes, what it says, and how it ends."""

import errno
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import cli
from core.commands import queries
from core.diffusion.clamp import Clamp
from core.diffusion.rule import Rule
from core.diffusion.solver import Solver
from core.diffusion.target import Target
from core.diffusion.weight import Projection
from core.edit.carried.read import generation_in
from core.edit.request import EditRequest
from core.errors import InputError
from core.photo.deep import Deep
from core.photo.files import atomic
from core.photo.files.export import export_photo
from core.photo.files.mask_files import save_mask
from core.photo.files.open import open_photo
from core.photo.masks import locality
from core.photo.photo import Photo
from core.photo.pyramid import windows
from tests.core import profiles

ROOT = Path(__file__).parents[2]


@pytest.fixture
def photo(tmp_path: Path, picture: np.ndarray) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(picture).save(path)
    return path


@pytest.fixture
def edit(tiny: Path, photo: Path, tmp_path: Path):
    """Run `palimpsest edit` on the tiny model with few steps; returns the exit code."""

    def run(*options: str, to: str = "a zebra", output: str = "out.png") -> int:
        base = ["edit", str(photo), "--from", "a horse", "--to", to, "-o", str(tmp_path / output)]
        # Random weights find no region along the picture's edges: the heat map is cut as it is.
        fixed = [
            "--no-snap",
            "--settle",
            "0",
            "--draws",
            "3",
            "--model",
            str(tiny),
            "--device",
            "cpu",
            "--steps",
            "4",
        ]
        return cli.main([*base, *fixed, *options])

    return run


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_an_edit_keeps_everything_outside_the_mask_it_saves(edit, tmp_path, picture, monkeypatch, capsys):
    monkeypatch.setattr(locality, "FAR", 1e9)  # random weights see a difference everywhere
    monkeypatch.setattr(locality, "EVERYWHERE", 1e9)
    mask, heat, report = (tmp_path / name for name in ("mask.png", "heat.png", "report.json"))
    assert edit("--save-mask", str(mask), "--save-heat", str(heat), "--report", str(report)) == 0
    out, m = read(tmp_path / "out.png"), read(mask)
    assert out.shape == picture.shape
    assert m.shape == picture.shape[:2]
    assert m.dtype == np.uint8
    assert np.array_equal(out[m == 0], picture[m == 0])
    assert not np.array_equal(out[m > 0], picture[m > 0])
    assert read(heat).shape[:2] == picture.shape[:2]
    told = json.loads(report.read_text())
    assert told["evaluations"] == {"mask": 6, "encode": 3, "decode": 5, "total": 14}
    assert set(told["seconds"]) == {"finding", "encoding", "decoding", "pasting"}
    assert told["working"] == [35, 29]
    assert (told["device"], told["model"]) == ("cpu", "tiny")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ""  # quiet when it isn't a terminal


def test_sixteen_bits_stay_outside_the_mask(edit, photo, picture, tmp_path, capsys):
    low = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    export_photo(photo, picture, Photo(picture), deep=Deep(picture, low))
    saved = tmp_path / "mask.png"
    assert edit("--save-mask", str(saved), output="out.tiff") == 0
    before, after = (open_photo(path).deep for path in (photo, tmp_path / "out.tiff"))
    mask = read(saved)
    whole = (0, 0, picture.shape[1], picture.shape[0])
    assert 0 < (mask == 0).sum() < mask.size
    assert np.array_equal(before.part(whole)[mask == 0], after.part(whole)[mask == 0])
    assert (after.part(whole)[mask == 255] % 257 == 0).all()
    capsys.readouterr()
    assert edit(output="out.jpg") == 0
    assert "JPEG holds 8 bits" in capsys.readouterr().err


def test_what_is_drawn_returns_into_the_picture_s_own_space(edit, photo, picture, tmp_path):
    low = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    wide = Photo(picture, icc=profiles.PROPHOTO, deep=Deep(picture, low))
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[8:30, 10:40] = 255
    save_mask(tmp_path / "m.png", mask)
    given = ("--mask", str(tmp_path / "m.png"), "--feather", "0")
    export_photo(photo, picture, wide, deep=wide.deep)
    assert edit(*given, output="out.png") == 0
    export_photo(photo, picture, wide)
    assert edit(*given, output="eight.png") == 0
    deep, eight = (open_photo(tmp_path / name) for name in ("out.png", "eight.png"))
    whole = (0, 0, picture.shape[1], picture.shape[0])
    assert deep.icc == eight.icc == wide.icc
    assert np.array_equal(deep.deep.part(whole)[mask == 0], wide.deep.part(whole)[mask == 0])
    assert np.array_equal(eight.pixels[mask == 0], picture[mask == 0])
    of_deep = deep.space.deep_to_srgb(deep.deep.part(whole))[mask == 255].astype(int)
    of_eight = eight.space.to_srgb(eight.pixels)[mask == 255]
    assert np.abs(of_deep - of_eight).mean() < 4  # the same edit; the one saw half a level more light
    assert np.abs(deep.pixels[mask == 255].astype(int) - of_eight).mean() > 8


def test_a_lossy_format_is_told_once_and_before_the_edit(edit, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("core.edit.job.Job.decode", lambda *_: 1 / 0)
    assert edit("--to", "a cow", output="out.jpg") == 1
    assert capsys.readouterr().err.count("pixels outside the mask change a little too") == 1
    assert edit("--method", "encode-decode", output="out.jpg") == 1
    assert edit(output="out.png") == 1
    assert "outside the mask" not in capsys.readouterr().err


def test_what_of_a_picture_is_the_mask_can_be_said(edit, picture, tmp_path, capsys):
    hole = np.full((*picture.shape[:2], 1), 255, np.uint8)
    hole[5:15, 5:25] = 0
    mask = tmp_path / "m.png"
    Image.fromarray(np.dstack([picture, hole])).save(mask)
    assert edit("--mask", str(mask)) == 2
    assert "many tones" in capsys.readouterr().err
    assert edit("--mask", str(mask), "--mask-from", "transparent", "--feather", "0") == 0
    changed = (read(tmp_path / "out.png") != picture).any(axis=2)
    assert changed.any()
    assert not changed[hole[..., 0] == 255].any()
    assert edit("--mask-from", "opaque") == 2
    assert "--mask-from needs a mask" in capsys.readouterr().err


def test_an_edit_that_no_mask_holds_is_told_and_goes_on(edit, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(locality, "EVERYWHERE", 0.0)
    assert edit() == 0
    assert (tmp_path / "out.png").exists()
    told = capsys.readouterr().err
    assert told == "Note: This edit seems to change the whole picture; try --method encode-decode.\n"
    assert edit("--method", "encode-decode", output="whole.png") == 0
    assert capsys.readouterr().err == ""


def test_several_queries_share_what_the_first_one_computed(edit, tmp_path):
    report = tmp_path / "report.json"
    mask = str(tmp_path / "mask.png")
    assert edit("--to", "a cow", "--report", str(report), "--save-mask", mask) == 0
    first, second = (json.loads((tmp_path / f"report-{i}.json").read_text()) for i in (1, 2))
    assert [told["request"]["query"] for told in (first, second)] == ["a zebra", "a cow"]
    assert first["evaluations"] == {"mask": 6, "encode": 3, "decode": 5, "total": 14}
    assert second["evaluations"] == {"mask": 3, "encode": 0, "decode": 5, "total": 8}
    assert edit(to="a cow", output="alone.png") == 0
    assert np.array_equal(read(tmp_path / "out-2.png"), read(tmp_path / "alone.png"))
    names = {path.name for path in tmp_path.iterdir()}
    assert {"out-1.png", "mask-1.png", "mask-2.png"} <= names
    assert not {"out.png", "report.json"} & names


def test_several_queries_may_name_their_outputs(edit, tmp_path):
    assert edit("--to", "a cow", "-o", str(tmp_path / "cow.png"), output="zebra.png") == 0
    assert (tmp_path / "zebra.png").exists()
    assert (tmp_path / "cow.png").exists()


def test_a_report_fed_back_gives_the_same_bytes(edit, tiny, photo, tmp_path):
    report = tmp_path / "report.json"
    assert edit("--guidance", "5", "--seed", "3", "--feather", "2", "--report", str(report)) == 0
    assert cli.main(["edit", str(photo), "--recipe", str(report), "-o", str(tmp_path / "again.png")]) == 0
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "out.png").read_bytes()


def test_a_recipe_says_when_the_mask_that_it_was_made_with_is_lacking(edit, photo, tmp_path, capsys):
    mask, other, report = (tmp_path / name for name in ("mask.png", "other.png", "report.json"))
    with Image.open(photo) as picture:
        size = picture.size
    Image.new("L", size, 255).save(mask)
    Image.new("L", size, 200).save(other)
    assert edit("--mask", str(mask), "--report", str(report)) == 0
    again = ["edit", str(photo), "--recipe", str(report), "-o", str(tmp_path / "again.png")]
    capsys.readouterr()
    for more, said in (
        ((), "had a mask of its own, which isn't in it: give it with --mask"),
        (("--mask", str(other)), "had another mask"),
        (("--mask", str(mask)), ""),
    ):
        assert cli.main([*again, *more]) == 0
        told = capsys.readouterr().err
        assert said in told
        assert bool(said) == ("The recipe's edit" in told)
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "out.png").read_bytes()


def test_a_found_mask_can_be_saved_and_used(edit, tiny, photo, tmp_path):
    mask = tmp_path / "mask.png"
    words = ["mask", str(photo), "--from", "a horse", "--to", "a zebra", "-o", str(mask)]
    words += ["--no-snap", "--settle", "0", "--draws", "3", "--model", str(tiny), "--device", "cpu"]
    assert cli.main([*words, "--threshold", "0.4"]) == 0
    assert edit("--mask", str(mask), output="painted.png") == 0
    assert edit("--threshold", "0.4", output="found.png") == 0
    assert np.array_equal(read(tmp_path / "painted.png"), read(tmp_path / "found.png"))


@pytest.mark.parametrize("method", ["sdedit", "masked-sdedit", "encode-decode"])
def test_the_other_methods(edit, tmp_path, method):
    assert edit("--method", method, "--report", str(tmp_path / "r.json")) == 0
    assert json.loads((tmp_path / "r.json").read_text())["request"]["method"] == method


def request(*options: str) -> EditRequest:
    given = cli._parser(["edit"]).parse_args(["edit", "p.png", "--to", "b", "-o", "o.png", *options])
    (part,) = queries.each(given)
    return cli.request_of(part)


def test_every_option_reaches_the_request():
    words = (
        "--from a --avoid c --method masked-sdedit --steps 30 --change 0.6 --variation 0.3 "
        "--guidance 9 --decay 0.5 --decay-to 0 --shape cosine --rescale both --seed 7 "
        "--threshold 0.4 --grow -3 --settle 0.1 --solver fixed-point --iterations 3 --feather 5 "
        "--model folder --device cpu"
    )
    r = request(*words.split())
    assert (r.reference, r.query, r.avoid, r.method, r.steps) == ("a", "b", "c", "masked-sdedit", 30)
    assert (r.change, r.variation, r.rescale, r.seed) == (0.6, 0.3, "both", 7)
    assert (r.guidance.scale, r.guidance.decay, r.guidance.decay_to, r.guidance.shape) == (
        9,
        0.5,
        0,
        "cosine",
    )
    assert (r.find.threshold, r.find.grow, r.feather) == (0.4, -3, 5)
    assert (r.find.settle, r.solver, r.iterations) == (0.1, "fixed-point", 3)
    assert (r.model, r.device) == ("folder", "cpu")


@pytest.mark.parametrize("command", ["edit", "mask"])
def test_a_query_that_instructs_is_taken_apart_and_told(command, tiny, photo, tmp_path, capsys):
    report, out = tmp_path / "r.json", tmp_path / "o.png"
    words = [command, str(photo), "--to", "turn the horse into a zebra", "-o", str(out), "--no-snap"]
    words += ["--draws", "3"]
    words += ["--model", str(tiny), "--device", "cpu", "--report", str(report)]
    words += ["--steps", "2"] if command == "edit" else []
    assert cli.main(words) == 0
    said = "Note: “turn the horse into a zebra” is read as --from “a horse” --to “a zebra”."
    assert said in capsys.readouterr().err.splitlines()
    asked = json.loads(report.read_text())["request"]
    assert (asked["reference"], asked["query"]) == ("a horse", "a zebra")
    assert cli.main([*words, "--from", "a pony"]) == 0  # who says both means both
    assert json.loads(report.read_text())["request"]["query"] == "turn the horse into a zebra"


def test_projection_skip_and_target():
    words = "--rescale projected --eta 0.2 --radius 3 --skip 0.98 --colour-target #d0104c"
    r = request(*words.split())
    assert (r.rescale, r.projection, r.skip) == ("projected", Projection(0.2, 3.0), 0.98)
    assert r.target == Target(colour="#d0104c")
    words = "--brightness-target 0.7 --target-strength 1 --target-until 0.25"
    r = request(*words.split())
    assert r.target == Target(brightness=0.7, strength=1.0, until=0.25)


def test_a_target_of_one_kind_replaces_the_recipe_s(tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_bytes(request("--colour-target", "#d0104c", "--target-until", "0.3").to_json())
    brighter = request("--recipe", str(recipe), "--brightness-target", "0.7")
    assert brighter.target == Target(brightness=0.7, until=0.3)
    assert request("--recipe", str(recipe), "--eta", "0.5").target.colour == "#d0104c"


def test_curve_and_interval():
    assert request("--curve", "0:7.5,0.5:4,1:1").guidance.curve == ((0.0, 7.5), (0.5, 4.0), (1.0, 1.0))
    assert request("--interval", "0.2:0.8").guidance.interval == (0.2, 0.8)


def test_the_starter_s_own_values_come_before_the_defaults_and_the_help_says_so(capsys):
    r = request()
    assert (r.solver, r.steps, r.change) == (Solver.EDIT_FRIENDLY, 15, 0.9)
    assert r.cost().as_dict() == {"mask": 20, "encode": 14, "decode": 28, "total": 62}
    with pytest.raises(SystemExit):
        cli.main(["edit", "--help"])
    assert "palimpsest models card starter" in " ".join(capsys.readouterr().out.split())
    assert cli.main(["models", "card", "starter"]) == 0
    assert "steps:         15" in capsys.readouterr().out


def test_the_documented_defaults():
    r = request("--model", "/nowhere")  # one with no ways of its own
    assert (r.find.draws, r.find.strength, r.find.threshold, r.find.settle) == (10, None, 0.4, 0.08)
    assert (r.solver, r.steps, r.change) == (Solver.EDIT_FRIENDLY, 10, 0.8)
    assert (r.find.clamp, request("--clamp", "mean").find.clamp) == (Clamp.RANGE, Clamp.MEAN)
    assert (r.find.rule, request("--mask-rule", "difference").find.rule) == (Rule.EVIDENCE, Rule.DIFFERENCE)
    assert r.cost().as_dict() == {"mask": 20, "encode": 8, "decode": 15, "total": 43}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--steps", "0"], "Steps must be in"),
        (["--change", "2"], "Change must be in"),
        (["--curve", "0:5,1:1", "--decay", "0.5"], "exclude each other"),
        (["--interval", "0:0.5", "--shape", "cosine"], "exclude each other"),
        (["--colour-target", "red"], "#rrggbb"),
        (["--skip", "2"], "Skip must be in"),
        (["--mask", "m.png", "--threshold", "0.4"], "exclude each other"),
        (["--mask", "m.png", "--method", "sdedit"], "uses no mask"),
        (["--save-heat", "h.png", "--method", "sdedit"], "no heat map"),
        (["--model", "/nowhere/at/all"], "no model folder"),
        (["--mask", "nowhere.png"], "nowhere.png"),
        (["--report", "/nowhere/at/all/report.json"], "no folder"),
        (["--recipe", "nowhere.json"], "nowhere.json"),
        (["--save-mask", "mask.jpg"], "must be a PNG"),
        (["--save-mask", "a.png", "--save-heat", "a.png"], "the same name"),
        (["-o", "b.png"], "1 --to, but 2 -o"),
        (["--to", "c", "-o", "other.png", "-o", "third.png"], "2 --to, but 3 -o"),
        (["--solver", "fixed-point", "--iterations", "0"], "terations must be in"),
    ],
)
def test_wrong_arguments_and_input_end_with_2_and_write_nothing(edit, tmp_path, capsys, options, says):
    before = sorted(tmp_path.iterdir())
    assert edit(*options) == 2
    said = capsys.readouterr().err
    assert says in said
    assert 1 <= len(said.strip().splitlines()) <= 3
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ["edit"],
        ["edit", "p.png", "--to", "x"],
        ["edit", "p.png", "--to", "x", "-o", "o.png", "--method", "magic"],
        ["edit", "p.png", "--to", "x", "-o", "o.png", "--curve", "nonsense"],
        ["paint"],
    ],
)
def test_what_argparse_refuses_also_ends_with_2_in_few_lines(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert 1 <= len(capsys.readouterr().err.strip().splitlines()) <= 3


@pytest.mark.parametrize("quality", ["0", "101", "good"])
@pytest.mark.parametrize(
    "words", [["edit", "p.png"], ["remove", "p.png"], ["export", "p.ora"], ["batch", "r.json", "p.png"]]
)
def test_a_quality_beyond_its_range_is_refused_by_every_command_that_has_one(words, quality, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "-o", "o.jpg", "--quality", quality])
    assert ended.value.code == 2
    assert f"--quality is a whole number in 1…100, not “{quality}”." in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_a_file_that_is_no_picture(tiny, tmp_path, capsys, content):
    path = tmp_path / "photo.png"
    path.write_bytes(content)
    words = ["edit", str(path), "--to", "b", "-o", str(tmp_path / "o.png"), "--model", str(tiny)]
    assert cli.main(words) == 2
    assert "photo.png" in capsys.readouterr().err
    assert not (tmp_path / "o.png").exists()


def test_an_unknown_format_is_refused(edit, tmp_path, capsys):
    assert edit(output="out.psd") == 2
    assert "no format" in capsys.readouterr().err


def test_the_photo_is_never_written_over(edit, photo, capsys):
    before = photo.read_bytes()
    assert edit(output=photo.name) == 2
    assert "is the photo itself" in capsys.readouterr().err
    assert photo.read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ["edit", "-o", "out.png"],
        ["edit", "-o", "out.png", "--report", "out.json"],
        ["mask", "-o", "out.png"],
        ["grid", "-o", "out.png", "--x", "guidance=3,5"],
        ["grid", "-o", "out.png", "--x", "guidance=3,5", "--cells", "cells"],
        ["movie", "-o", "out.mp4"],
        ["movie", "-o", "out.mp4", "--report", "out.json"],
    ],
)
def test_a_full_disk_is_said_before_anything_is_computed(words, photo, tiny, monkeypatch, capsys):
    """The last of the files that a command writes is the one that finds no room."""
    monkeypatch.chdir(photo.parent)
    monkeypatch.setattr("core.edit.engine.Engine.load", lambda *_: pytest.fail("too late"))
    monkeypatch.setattr("core.edit.engine.Engine.run", lambda *_: pytest.fail("too late"))
    last = {"edit": words[-1], "mask": "out.png", "grid": words[-1], "movie": words[-1]}[words[0]]
    full_for = Path("cells/cell.png" if last == "cells" else "out.png" if "=" in last else last).resolve()
    part = atomic._part

    @contextmanager
    def filled(target: Path):
        if target == full_for:
            raise OSError(errno.ENOSPC, "full")
        with part(target) as made:
            yield made

    monkeypatch.setattr(atomic, "_part", filled)
    command, *rest = words
    said = [command, "photo.png", "--from", "a horse", "--to", "a zebra", "--model", str(tiny), *rest]
    assert cli.main(said) == 1
    assert "disk is full" in capsys.readouterr().err
    assert not list(photo.parent.glob("out*"))


def test_the_photo_is_never_written_over_by_another_name(edit, photo, capsys):
    (photo.parent / "other.png").hardlink_to(photo)
    assert edit(output="other.png") == 2
    assert "is the photo itself" in capsys.readouterr().err


def test_what_is_there_alone_is_found_as_a_mask(photo, tiny, tmp_path, capsys):
    report, out = tmp_path / "found.json", tmp_path / "mask.png"
    words = ["mask", str(photo), "--model", str(tiny), "--device", "cpu", "--draws", "2", "-o", str(out)]
    assert cli.main([*words, "--from", "a horse", "--report", str(report)]) == 0
    assert "whole picture" not in capsys.readouterr().err
    told = json.loads(report.read_text())
    assert (told["request"]["reference"], told["request"]["query"]) == ("a horse", "")
    assert told["evaluations"]["mask"] in (4, 8, 12)  # seen whole, and closer
    assert Image.open(out).getextrema()[1] == 255
    assert cli.main([*words, "--from", " "]) == 2
    assert "What is to be found?" in capsys.readouterr().err


def test_an_empty_query_asks_for_one(edit, capsys):
    assert edit(to=" ") == 2
    assert "What should it be?" in capsys.readouterr().err


def test_prompts_that_say_the_same_find_nothing(edit, tmp_path, capsys):
    assert edit(to="a horse") == 2
    assert "the two prompts say the same" in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()


def test_a_failure_while_running_ends_with_1_and_leaves_the_old_file(edit, tmp_path, capsys, monkeypatch):
    (tmp_path / "out.png").write_bytes(b"old")
    monkeypatch.setattr("core.edit.job.Job.decode", lambda *_: 1 / 0)
    assert edit() == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "Traceback" not in said
    assert (tmp_path / "out.png").read_bytes() == b"old"


def test_ctrl_c_ends_with_130_and_writes_nothing(edit, tmp_path, capsys, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.edit.job.Job.decode", interrupted)
    before = sorted(tmp_path.iterdir())
    assert edit() == 130
    assert "Stopped" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_a_long_prompt_is_noted(edit, capsys):
    assert edit("--threshold", "0.2", "--prompt-style", "plain", to="zebra" * 10) == 0
    assert "reads only the first 14" in capsys.readouterr().err


def test_prompt_and_settings_are_written_for_other_programs_if_asked(edit, tmp_path):
    assert edit("--threshold", "0.2", "--seed", "6", "--parameters") == 0
    found = generation_in(open_photo(tmp_path / "out.png"))
    assert (found.prompt, found.seed) == ("a zebra", 6)
    assert edit("--threshold", "0.2", output="bare.png") == 0
    assert generation_in(open_photo(tmp_path / "bare.png")) is None


def test_models_are_listed_with_what_is_wrong(tiny, tmp_path, capsys):
    assert cli.main(["models", str(tiny), str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Storybook")
    assert any(line.startswith("tiny\t") and line.endswith("MB") for line in lines)
    assert any("model_index.json" in line for line in lines)


def test_the_version_needs_neither_torch_nor_qt():
    code = (
        "import sys\n"
        "from core import cli\n"
        "try:\n    cli.main(['--version'])\nexcept SystemExit:\n    pass\n"
        "assert not {'torch', 'PySide6', 'diffusers', 'scipy'} & set(sys.modules), sorted(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("palimpsest ")


def test_a_recipe_is_read_from_the_picture_that_carries_it(tmp_path):
    made = request("--steps", "7", "--guidance", "4")
    picture, bare = tmp_path / "made.webp", tmp_path / "bare.png"
    pixels = np.zeros((8, 8, 3), np.uint8)
    export_photo(picture, pixels, Photo(pixels), recipe=made.to_json().decode())
    again = request("--recipe", str(picture))
    assert (again.steps, again.guidance) == (7, made.guidance)
    export_photo(bare, pixels, Photo(pixels))
    with pytest.raises(InputError, match="carries no recipe"):
        request("--recipe", str(bare))


@pytest.mark.parametrize("odd", ["{" * 10, '{"request":' * 990])
def test_a_picture_with_a_recipe_that_cannot_be_read_says_so(tmp_path, odd):
    pixels = np.zeros((8, 8, 3), np.uint8)
    export_photo(tmp_path / "odd.png", pixels, Photo(pixels), recipe=odd)
    with pytest.raises(InputError, match="not a JSON object"):
        request("--recipe", str(tmp_path / "odd.png"))


def test_models_are_listed_under_a_header_in_a_terminal_and_bare_in_a_pipe(tiny, capsys, monkeypatch):
    assert cli.main(["models", str(tiny)]) == 0
    bare = capsys.readouterr().out.splitlines()
    assert bare[0].startswith("Storybook (starter)\tstarter\tstarter\t")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert cli.main(["models", str(tiny)]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split("  ")[0] == "NAME"
    assert len(lines) == len(bare)
    column = header.index("--model")
    assert lines[0][column:].startswith("starter ")
    assert lines[1][column:].startswith(str(tiny))
    assert not any("\t" in line for line in lines)


@pytest.mark.parametrize("terminal", [True, False])
def test_what_was_written_is_said_in_a_terminal(edit, tmp_path, capsys, monkeypatch, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    assert edit("--save-mask", str(tmp_path / "mask.png")) == 0
    said = f"Written: {tmp_path / 'out.png'}, {tmp_path / 'mask.png'}."
    assert (said in capsys.readouterr().err) is terminal


@pytest.mark.parametrize(
    ("size", "terminal", "options", "told"),
    [
        ((32, 32), True, (), False),
        ((96, 64), False, (), False),
        ((96, 64), True, (), True),
        ((96, 64), True, ("--look-in", "area"), False),
        ((96, 64), True, ("--area", "0,0,60,60"), False),
        ((96, 64), True, ("--method", "sdedit"), False),
    ],
)
def test_who_sees_a_terminal_is_told_what_finds_small_things_in_a_large_picture(
    edit, photo, capsys, monkeypatch, size, terminal, options, told
):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (*size[::-1], 3), np.uint8)).save(photo)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    assert edit(*options) == 0
    said = capsys.readouterr().err
    assert ("--look-in place" in said) is ("--area X,Y,W,H" in said) is told
    assert ("evaluations instead of 18)" in said) is told


def test_a_search_says_likewise_what_finds_small_things(photo, tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)).save(photo)
    words = ["mask", str(photo), "--from", "a horse", "--to", "a zebra", "-o", str(tmp_path / "mask.png")]
    assert cli.main([*words, "--model", str(tiny), "--draws", "1", "--no-snap"]) == 0
    up_to = 4 * 3 * 2 + 6 * len(windows((96, 64), 32))  # four places, each looked at three times
    assert f"--look-in place (up to {up_to} evaluations instead of 6)" in capsys.readouterr().err


def test_of_many_files_a_few_are_named():
    assert cli._done([]) == ""
    assert (
        cli._done([Path(f"{n}.png") for n in range(6)]) == "Written: 0.png, 1.png, 2.png, 3.png and 2 more."
    )
