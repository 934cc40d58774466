"""The n-th file operation fails: every file is as it was or as it should be, and a sentence says so."""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core import cli
from core.batch.outcome import Outcome
from core.batch.pictures import NAME as MANIFEST
from core.batch.pictures import REPORTS, Item, gather
from core.batch.run import Batch
from core.batch.worker import PictureWorker, Setup
from core.edit.evaluations import Evaluations
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, HeatMap, ModelInfo, Working
from core.edit.words.token_count import TokenCount
from core.photo.deep import Deep
from core.photo.files.export import export_photo
from core.photo.files.formats import EXPORTS
from core.photo.files.mask_files import save_heat, save_mask
from core.photo.files.open import open_photo
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from tests.faults import BROKEN, FORBIDDEN, FULL, KINDS, Contents, Kind, Run, check_whole, contents, tried

KIND = pytest.mark.parametrize("kind", KINDS, ids=str)
PIXELS = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
LEFT = np.repeat(np.where(np.arange(32) < 10, 255, 0).astype(np.uint8)[None], 24, axis=0)
HEAT = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)


def photo(*, deep: bool) -> Photo:
    """A photo with everything that an export writes."""
    exif = Image.Exif()
    exif[0x010E] = "a meadow"
    alpha = np.full((24, 32), 200, np.uint8)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    low = np.full_like(PIXELS, 7)
    whole = Deep(PIXELS, low, (alpha, alpha)) if deep else None
    return Photo(PIXELS, alpha, icc=icc, exif=exif.tobytes(), dpi=(300.0, 300.0), deep=whole)


def old(*names: str) -> Callable[[Path], None]:
    """Fills a folder with files that a failure must not touch."""

    def fill(folder: Path) -> None:
        for name in names:
            (folder / name).write_bytes(b"what was here before")

    return fill


# -- one file


@KIND
@pytest.mark.parametrize("deep", [False, True], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("ending", EXPORTS)
def test_an_export(tmp_path: Path, ending: str, deep: bool, kind: Kind) -> None:
    made = photo(deep=deep)

    def export(folder: Path) -> None:
        export_photo(folder / f"a{ending}", PIXELS, made, recipe="{}", deep=made.deep)

    # each pair of an ending, a depth and a kind of fault comes over an old file or where there is none
    over = (list(EXPORTS).index(ending) + deep + KINDS.index(kind)) % 2
    check_whole(list(tried(tmp_path, old(f"a{ending}") if over else old(), export, kind)))


@KIND
def test_a_mask_and_a_heat_map(tmp_path: Path, kind: Kind) -> None:
    def save(folder: Path) -> None:
        save_mask(folder / "mask.png", LEFT)
        save_heat(folder / "heat.png", HEAT, (32, 24))

    check_whole(list(tried(tmp_path, old("mask.png", "heat.png"), save, kind)))


# -- the commands, over an engine that draws at once


class Draws:
    """An engine without a model: the picture turned to its negative inside the mask."""

    def load(self, model: str, device: str, told: object = None) -> ModelInfo:
        return ModelInfo("drawn", "", 32, "cpu", "single")

    def tokens(self, texts, style) -> tuple[TokenCount, ...]:
        return ()

    def find(self, request: EditRequest, picture: Photo, on_progress=None, cancel=None) -> FindResult:
        heat, cost = HeatMap(HEAT), Evaluations(mask=20)
        return FindResult(request, heat, cost, {"finding": 1.0}, Working(32, 24), "cpu")

    def run(self, request, picture, mask=None, on_progress=None, cancel=None) -> EditResult:
        pixels = Photo.of(picture).pixels
        heat = None if mask is not None else HeatMap(HEAT)
        mask = LEFT if mask is None else BoxedMask.of(mask).whole()
        drawn = 255 - pixels
        edited = np.where(mask[..., None] > 0, drawn, pixels)
        cost, seconds = Evaluations(encode=2, decode=4), {"decoding": 1.0}
        return EditResult(
            request, edited, drawn, BoxedMask.of(mask), heat, (), cost, seconds, Working(32, 24), "cpu"
        )

    draw = run


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., int]:
    """Runs a command line on the stand-in; its exit code, after looking at what it said."""
    parser, ticks = cli._parser(cli.COMMANDS), itertools.count()
    monkeypatch.setattr(cli, "_parser", lambda _: parser)  # as long to make as the rest
    monkeypatch.setattr("time.perf_counter", lambda: float(next(ticks)))  # reports that can be compared
    monkeypatch.setattr("core.edit.engine.Engine", Draws)
    monkeypatch.setattr(
        "core.cli._engine", lambda request: (Draws(), ModelInfo("drawn", "", 64, "cpu", "float32"))
    )
    monkeypatch.setattr("core.movie.make.identity_of", lambda *_, **__: None)

    def run(*words: object) -> int:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        said = capsys.readouterr().err
        assert "inside" not in said, said
        assert "Traceback" not in said, said
        assert bool(said) >= bool(code), "a failure without a sentence"
        return code

    return run


def inputs(folder: Path) -> None:
    Image.fromarray(PIXELS).save(folder / "in.png")
    save_mask(folder / "mask.png", LEFT)


@KIND
def test_an_edit_with_all_that_it_writes(tmp_path: Path, commands, kind: Kind) -> None:
    def edit(folder: Path) -> int:
        out = [folder / name for name in ("out.tif", "found.png", "heat.png", "report.json")]
        to = ("-o", out[0], "--save-mask", out[1], "--save-heat", out[2], "--report", out[3])
        return commands("edit", folder / "in.png", "--to", "a zebra", *to)

    def fill(folder: Path) -> None:
        inputs(folder)
        old("out.tif", "report.json")(folder)

    check_whole(list(tried(tmp_path, fill, edit, kind, every=2)))


@KIND
def test_a_grid_with_its_cells(tmp_path: Path, commands, kind: Kind) -> None:
    def grid(folder: Path) -> int:
        to = ("-o", folder / "sheet.png", "--cells", folder / "cells", "--mask", folder / "mask.png")
        return commands("grid", folder / "in.png", "--to", "a zebra", "--x", "guidance=3,5", *to)

    runs = list(tried(tmp_path, inputs, grid, kind, every=2))
    check_whole([without(run, "sheet") for run in runs])
    for run in runs:  # the sheet holds what was drawn until then
        if "sheet.json" in run.after:
            assert len(json.loads(run.after["sheet.json"] or b"")["cells"]) in (1, 2)
        if "sheet.png" in run.after:
            (run.folder.parent / "sheet.png").write_bytes(run.after["sheet.png"] or b"")
            assert open_photo(run.folder.parent / "sheet.png").width > 0


@pytest.mark.parametrize(
    ("output", "kind", "every"),  # each output is written in a way of its own, most by the same steps
    [("out.mp4", FULL, 2), ("out.gif", BROKEN, 4), ("out", FULL, 1), ("out", FORBIDDEN, 2)],
    ids=str,
)
def test_a_movie_and_going_on_with_it(tmp_path: Path, commands, output: str, kind: Kind, every: int) -> None:
    def movie(folder: Path) -> int:
        to = ("-o", folder / output, "--mask", folder / "mask.png", "--report", folder / "report.json")
        rate = ("--seconds", "0.2", "--fps", "5")
        return commands("movie", folder / "in.png", "--from", "a horse", "--to", "a zebra", *rate, *to)

    runs, again = [], []
    for run in tried(tmp_path, inputs, movie, kind, every):
        runs.append(run)
        assert movie(run.folder) in ((0, 2) if output == "out" else (0,))  # a folder that is full stays
        again.append(contents(run.folder))
    check_whole([without(run, *BESIDE) for run in runs])
    for run, after in zip(runs, again, strict=True):
        assert names_without(after, *BESIDE) == names_without(runs[-1].after, *BESIDE), run.struck


BESIDE = ("out.frames", "report")  # kept for the next run, and how many runs there were


def without(run: Run, *names: str) -> Run:
    """A run but for the files that one cut short leaves in a third state, on purpose."""
    before, after = names_without(run.before, *names), names_without(run.after, *names)
    return replace(run, before=before, after=after)


def names_without(found: Contents, *names: str) -> Contents:
    return {name: data for name, data in found.items() if not name.startswith(names)}


# -- many pictures


class Here(PictureWorker):
    """A batch's worker in this process, on the stand-in."""

    def _load(self, seconds: dict[str, float]) -> Draws:
        return Draws()

    def run(self, items: Iterable[Item], stopped: Callable[[], bool]) -> Iterator[Outcome]:
        for item in items:
            yield self.edit(item)


BATCH = EditRequest(photo="", query="a zebra")
RESULTS = ("out/a.png", "out/sub/b.jpg")


def pictures(folder: Path) -> None:
    (folder / "in" / "sub").mkdir(parents=True)
    Image.fromarray(PIXELS).save(folder / "in" / "a.png")
    Image.fromarray(255 - PIXELS).save(folder / "in" / "sub" / "b.jpg")


def batch(folder: Path) -> Batch:
    """Everything in a folder's `in` into its `out`, as the command does it."""
    gathered = gather([str(folder / "in")], folder / "out")
    found = Batch(BATCH, gathered, folder / "out")
    found.run(Here(Setup(BATCH)))
    return found


@KIND
@pytest.mark.parametrize("resumed", [False, True], ids=["begun", "resumed"])
def test_a_batch_and_going_on_with_it(tmp_path: Path, commands, resumed: bool, kind: Kind) -> None:
    def fill(folder: Path) -> None:
        pictures(folder)
        if resumed:
            batch(folder)
            (folder / "out" / "a.png").unlink()

    runs, again = [], []
    for run in tried(tmp_path, fill, batch, kind):
        runs.append(run)
        assert not run.strays, run.struck
        for line in (run.after.get(f"out/{MANIFEST}") or b"").splitlines(keepends=True):
            assert not line.endswith(b"\n") or json.loads(line), run.struck  # torn is only what comes last
        for report in REPORTS:
            assert run.after.get(f"out/{report}") != b"", run.struck
        if run.error is None:
            failed = {item.name for item, _ in run.result.failures}
            assert {f"out/{name}" for name in failed}.isdisjoint(run.after), run.struck
        done = batch(run.folder)
        assert not done.failures
        again.append(contents(run.folder))
    for run, after in zip(runs, again, strict=True):
        for name in RESULTS:
            assert run.after.get(name) in (None, runs[-1].after[name]), run.struck
            assert after[name] == runs[-1].after[name], run.struck
        assert not [name for name in after if ".part" in name] or run.struck.startswith("unlink")
