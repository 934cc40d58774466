"""Movies on a tiny random model: what moves, what stays, what an interruption costs, what is written."""

import argparse
import errno
import io
import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from core import cli
from core.commands import movie as movies
from core.diffusion.solver import Solver
from core.edit.engine import Engine
from core.edit.evaluations import Evaluations
from core.edit.mask_request import MaskRequest
from core.edit.method import Method
from core.edit.progress import Cancel
from core.edit.request import Blend, EditRequest
from core.edit.result import EditResult, ModelInfo, Working
from core.edit.words.token_count import TokenCount
from core.errors import Cancelled, CoreError, InputError
from core.movie import film, writer
from core.movie import store as stores
from core.movie.drift import colours, drift, from_lab, hold, samples, to_lab
from core.movie.make import make, movie_report
from core.movie.request import Interpolation, MovieRequest, Pacing, Steady
from core.movie.spacing import change, even, next_place, small
from core.movie.writer import Look, check_output, durations, loses, write_movie
from core.photo.masks.boxed import BoxedMask


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def movie(tiny: Path) -> MovieRequest:
    """Two ways of two frames each: five frames of an edit in four steps."""
    edit = EditRequest(
        photo="", query="", reference="a horse", model=str(tiny), device="cpu", steps=4, feather=2,
        find=MaskRequest(draws=2, threshold=0.2),  # random weights: a flat heat map
    )  # fmt: skip
    return MovieRequest(edit, ("a horse", "a zebra", "a cow"), seconds=0.2, fps=10)


@pytest.fixture
def left(picture: np.ndarray) -> np.ndarray:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[:, :20] = 255
    return mask


class Fake:
    """An engine without a model: a picture for each place, a notice with each, the calls counted."""

    def __init__(self, draw) -> None:
        self._draw, self.drawn = draw, 0

    def load(self, model, device) -> ModelInfo:
        return ModelInfo("fake", "", 8, "cpu", "float32")

    def tokens(self, texts, style) -> tuple[TokenCount, ...]:
        return ()

    def run(self, request, pixels, mask, on_progress, cancel) -> EditResult:
        self.drawn += 1
        drawn = self._draw(request.blend.share)
        mask = BoxedMask.of(np.full(drawn.shape[:2], 255, np.uint8))
        cost, said = Evaluations(decode=3), ("The prompt is long.",)
        return EditResult(request, drawn, drawn, mask, None, (), cost, {}, Working(8, 8), "cpu", said)

    def draw(self, request, size, on_progress, cancel) -> EditResult:
        return self.run(request, None, None, on_progress, cancel)


def frames_of(folder: Path) -> list[np.ndarray]:
    return [np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))]


def test_a_request_reads_back_from_its_json(movie):
    full = movie.with_(
        interpolation=Interpolation.SPHERICAL,
        steady=Steady.CHAINED,
        pacing=Pacing.CHANGE,
        to_seed=7,
        size=(64, 48),
    )
    assert MovieRequest.from_json(full.to_json()) == full
    assert full.digest() != movie.digest() == MovieRequest.from_json(movie.to_json()).digest()
    blended = movie.at(0.5)
    assert EditRequest.from_json(blended.to_json()) == blended


@pytest.mark.parametrize(("changes", "said"), [
    ({"prompts": ("one",)}, "two prompts"), ({"prompts": ("one", " ")}, "say something"),
    ({"prompts": ("one", "one")}, "the same"), ({"fps": 0}, "1…60"), ({"seconds": 0}, "seconds"),
    ({"seconds": 3600, "fps": 60}, "more than 5000"), ({"size": (8, 64)}, "8 × 64"),
    ({"to_seed": -1}, "seed"),
])  # fmt: skip
def test_values_out_of_range_are_refused(movie, changes, said):
    with pytest.raises(ValueError, match=said):
        movie.with_(**changes)
    fields = {**json.loads(movie.to_json()), **changes}
    with pytest.raises(InputError, match=said):
        MovieRequest.from_json(json.dumps(fields))


def test_places_are_ways_and_shares(movie):
    moved = movie.with_(to_seed=9)
    blends = [moved.at(place).blend for place in (0.0, 0.5, 1.0, 1.5, 2.0)]
    assert [blend.share for blend in blends] == [0, 0.5, 1, 0.5, 1]
    assert [blend.query for blend in blends] == ["a zebra"] * 3 + ["a cow"] * 2
    assert [blend.seed_share for blend in blends] == [0, 0.25, 0.5, 0.75, 1]
    assert moved.at(1.5).query == "a zebra"
    assert {moved.at(place).reference for place in (0.0, 1.0, 2.0)} == {movie.edit.reference}
    chained = moved.with_(steady=Steady.CHAINED)
    assert [chained.at(place).reference for place in (1.0, 1.5)] == [movie.edit.reference, "a zebra"]
    assert even(2, 2) == [0, 0.5, 1, 1.5, 2]


@pytest.mark.parametrize("method", [Method.MASKED_SDEDIT, Method.DIFFEDIT])
def test_the_ends_of_a_way_are_the_edits_themselves(engine, movie, picture, left, method):
    assert movie.edit.solver is Solver.EDIT_FRIENDLY  # whose inversion has the seed's noise too
    plain = movie.edit.with_(query="a cow", method=method, seed=4)
    from_horse = plain.with_(query="a horse", seed=3)
    away = Blend("a cow", 1.0, seed=4, seed_share=1.0)
    whole = engine.run(from_horse.with_(blend=away), picture, left).pixels
    assert np.array_equal(whole, engine.run(plain, picture, left).pixels)
    start = engine.run(from_horse.with_(blend=Blend("a cow", 0.0, True, 4, 0.0)), picture, left).pixels
    assert np.array_equal(start, engine.run(from_horse, picture, left).pixels)
    half = [
        engine.run(from_horse.with_(blend=Blend("a cow", 0.5, round_)), picture, left) for round_ in (0, 1)
    ]
    assert not np.array_equal(half[0].pixels, half[1].pixels)
    assert not np.array_equal(half[0].pixels, start)
    assert not np.array_equal(whole, engine.run(plain.with_(seed=3), picture, left).pixels)


@pytest.mark.parametrize("steady", list(Steady))
def test_outside_the_mask_every_frame_is_the_photo(engine, movie, picture, left, tmp_path, steady):
    make(movie.with_(steady=steady), engine, picture, left, tmp_path / "out")
    frames = frames_of(tmp_path / "out")
    assert len(frames) == 5
    for frame in frames:
        assert np.array_equal(frame[:, 26:], picture[:, 26:])
        assert not np.array_equal(frame[:, :18], picture[:, :18])
    assert not np.array_equal(frames[0], frames[4])
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]  # nothing is left of the frames kept meanwhile


def test_mask_and_inversion_are_shared_by_all_frames(engine, movie, picture, tmp_path):
    result = make(movie, engine, picture, None, tmp_path / "out")
    one = movie.at(0.5).with_(mask="painted").cost()
    assert result.evaluations.encode == one.encode
    assert result.evaluations.decode == 5 * one.decode
    assert 0 < result.evaluations.mask <= 2 * 2 * 2  # two searches of two draws under two prompts
    told = json.loads(movie_report(result, "tiny"))
    assert told["evaluations"]["total"] == result.evaluations.total == engine._model.evaluations
    assert told["frames"] == 5


def test_the_model_alone_draws_a_movie_of_any_size(engine, movie, tmp_path):
    alone = movie.with_(size=(40, 24), to_seed=5)
    make(alone, engine, None, None, tmp_path / "out")
    frames = frames_of(tmp_path / "out")
    assert [frame.shape for frame in frames] == [(24, 40, 3)] * 5
    assert len({frame.tobytes() for frame in frames}) == 5
    other = make(alone.with_(steady=Steady.CHAINED), engine, None, None, tmp_path / "chained")
    chained = frames_of(tmp_path / "chained")
    assert other.evaluations.encode > 0
    assert np.array_equal(chained[0], frames[0])
    assert not np.array_equal(chained[4], frames[4])


def test_what_the_model_draws_alone_needs_no_photo(engine, movie):
    drawn = engine.draw(movie.at(0.0), (32, 32))
    assert drawn.request.photo == ""
    assert drawn.evaluations.encode == drawn.evaluations.mask == 0
    assert drawn.evaluations.decode == movie.edit.with_(change=1.0).cost().decode == 7
    assert not np.array_equal(drawn.pixels, engine.draw(movie.at(0.0).with_(seed=1), (32, 32)).pixels)


@pytest.mark.parametrize(("changes", "after"), [
    ({}, 1), ({"steady": Steady.CHAINED}, 3), ({"pacing": Pacing.CHANGE}, 1), ({"pacing": Pacing.CHANGE}, 3),
    ({"size": (40, 24)}, 3), ({"size": (40, 24), "steady": Steady.CHAINED}, 1),
])  # fmt: skip
def test_an_interrupted_movie_goes_on_to_the_same_frames(movie, picture, tmp_path, changes, after):
    wanted = movie.with_(**changes)
    picture = None if "size" in changes else picture
    whole = make(wanted, Engine(), picture, None, tmp_path / "whole")
    cancel = Cancel()

    def stop(step):
        if step.frame is not None and step.done == after:
            cancel.ask()

    with pytest.raises(Cancelled):
        make(wanted, Engine(), picture, None, tmp_path / "out", stop, cancel)
    assert not (tmp_path / "out").exists()
    engine = Engine()
    result = make(wanted, engine, picture, None, tmp_path / "out")
    assert result.resumed == after
    assert result.evaluations.mask == 0
    assert result.evaluations.total == engine._model.evaluations
    assert result.evaluations.total < whole.evaluations.total <= result.altogether.total
    assert result.altogether.decode == whole.evaluations.decode == whole.altogether.decode
    for one, other in zip(frames_of(tmp_path / "out"), frames_of(tmp_path / "whole"), strict=True):
        assert np.array_equal(one, other)


def test_killed_in_mid_movie_the_frames_are_there_for_the_next_run(tiny, picture, tmp_path, monkeypatch):
    Image.fromarray(picture).save(tmp_path / "p.png")
    words = ["movie", "p.png", "--from", "a horse", "--to", "a cow", "--seconds", "0.4", "--fps", "10",
             "-o", "out",
             "--model", str(tiny), "--device", "cpu", "--steps", "4", "--report", "r.json",
             "--method", "encode-decode"]  # fmt: skip
    code = (
        "import os, signal, sys; from core.movie.store import FrameStore; from core import cli\n"
        "keep = FrameStore.keep\n"
        "def dying(self, *frame):\n"
        "    keep(self, *frame)\n"
        "    if len(self.frames) == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "FrameStore.keep = dying; cli.main(sys.argv[1:])"
    )
    root = Path(__file__).parents[2]
    died = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert died.returncode == -9
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 0
    assert json.loads((tmp_path / "r.json").read_text())["resumed"] == 2
    resumed = frames_of(tmp_path / "out")
    words[words.index("out")] = "whole"
    assert cli.main(words) == 0
    assert all(np.array_equal(a, b) for a, b in zip(resumed, frames_of(tmp_path / "whole"), strict=True))


def test_other_settings_do_not_take_each_other_s_frames(movie, picture, left, tmp_path):
    cancel = Cancel()
    with pytest.raises(Cancelled):
        make(movie, Engine(), picture, left, tmp_path / "out", lambda _: cancel.ask(), cancel)
    result = make(movie.with_(fps=20), Engine(), picture, left, tmp_path / "out")
    assert result.resumed == 0


def test_a_full_disk_says_so_and_keeps_what_is_finished(engine, movie, picture, left, tmp_path, monkeypatch):
    write = stores.write_atomic

    def full(path: Path, fill):
        if path.name == "00003.png":

            def fill(file):
                raise OSError(errno.ENOSPC, "No space left on device")

        write(path, fill)

    monkeypatch.setattr(stores, "write_atomic", full)
    with pytest.raises(CoreError, match="disk is full") as said:
        make(movie, engine, picture, left, tmp_path / "out")
    assert "2 of 5 frames are kept" in said.value.hint
    monkeypatch.undo()
    assert make(movie, engine, picture, left, tmp_path / "out").resumed == 2


def test_more_frames_go_where_the_picture_changes_faster():
    assert next_place([0, 1, 2], [1.0, 3.0], 4) == 1.5
    assert next_place([0, 1, 2], [3.0, 3.0], 4) == 0.5
    places = [0.0, 1 / 32, 1.0]
    assert next_place(places, [9.0, 1.0], 4) == (1 / 32 + 1) / 2  # a jump is left alone once it is narrow


def test_pacing_by_change_evens_out_the_steps(movie, picture, tmp_path):
    def steep(share: float) -> np.ndarray:  # as one picture turns into the other within a tenth of the way
        return np.full_like(picture, round(200 / (1 + np.exp(-40 * (share - 0.6)))))

    slow = movie.with_(prompts=("a horse", "a zebra"), seconds=0.9, edit=whole_picture(movie))
    largest = {}
    for pacing in Pacing:
        made = make(slow.with_(pacing=pacing), Fake(steep), picture, None, tmp_path / pacing)
        assert list(made.places) == sorted(set(made.places))
        assert (len(made.places), made.places[0], made.places[-1]) == (10, 0, 1)
        frames = [small(frame) for frame in frames_of(tmp_path / pacing)]
        largest[pacing] = max(change(a, b) for a, b in pairwise(frames))
    assert largest[Pacing.EVEN] > 100  # half of the whole change in one step
    assert largest[Pacing.CHANGE] < largest[Pacing.EVEN] / 2


def whole_picture(movie: MovieRequest) -> EditRequest:
    return movie.edit.with_(method=Method.ENCODE_DECODE)


@pytest.mark.parametrize("size", [None, (40, 24)])
def test_a_chained_movie_keeps_the_colours_of_its_first_frame(movie, picture, tmp_path, monkeypatch, size):
    def drifting(share: float) -> np.ndarray:
        return from_lab(to_lab(picture) * (1 - 0.2 * share) + (10 * share, 8 * share, 0))

    picture = np.clip(picture, 60, 180)  # room to move in: nothing is clipped
    chained = movie.with_(steady=Steady.CHAINED, edit=whole_picture(movie), size=size)
    start = picture if size is None else None

    def moved(folder: str) -> float:
        make(chained, Fake(drifting), start, None, tmp_path / folder)
        first, *others = (np.concatenate(colours(to_lab(frame))) for frame in frames_of(tmp_path / folder))
        return max(np.abs(other - first).max() for other in others)

    assert moved("held") < 0.6  # of a hundred: what rounding to whole levels leaves
    monkeypatch.setattr(film, "hold", lambda pixels, now, like: pixels)
    assert moved("adrift") > 5


def test_what_a_prompt_changes_does_not_pull_the_colours_of_the_rest(movie, picture, tmp_path):
    """A quarter of the picture turns red; the rest stands still, and so it stays."""
    part = picture.shape[0] // 4
    still = np.clip(picture, 60, 180)

    def turning(share: float) -> np.ndarray:
        pixels = still.astype(float)
        pixels[:part] = pixels[:part] * (1 - share) + np.array((200, 40, 40)) * share
        return pixels.astype(np.uint8)

    chained = movie.with_(steady=Steady.CHAINED, edit=whole_picture(movie))
    make(chained, Fake(turning), still, None, tmp_path / "out")
    for frame in frames_of(tmp_path / "out"):
        assert np.abs(frame[part:].astype(int) - still[part:]).max() <= 1


def test_what_was_noticed_is_told_once_also_by_a_resumed_movie(movie, picture, tmp_path):
    whole = movie.with_(edit=whole_picture(movie))
    cancel = Cancel()

    def draw(share: float) -> np.ndarray:
        cancel.ask()
        return picture

    with pytest.raises(Cancelled):
        make(whole, Fake(draw), picture, None, tmp_path / "out", lambda step: cancel.check())
    resumed = make(whole, Fake(lambda share: picture), picture, None, tmp_path / "out")
    told = json.loads(movie_report(resumed, "fake"))
    assert told["notices"] == ["The prompt is long."]
    assert (told["evaluations"]["total"], told["evaluations_of_all_runs"]["total"]) == (3 * 4, 3 * 5)


@pytest.mark.parametrize("method", [Method.DIFFEDIT, Method.ENCODE_DECODE])
def test_a_second_seed_that_nothing_reads_is_refused(engine, movie, picture, left, tmp_path, method):
    turned = movie.with_(to_seed=9, edit=movie.edit.with_(method=method, solver=Solver.DPM))
    with pytest.raises(InputError, match="second seed would change nothing") as said:
        make(turned, engine, picture, left, tmp_path / "out")
    assert "variation" in said.value.hint
    assert engine._model is None
    varied = turned.with_(edit=turned.edit.with_(variation=0.5))
    make(varied, engine, picture, left, tmp_path / "out")
    remembered = turned.with_(edit=turned.edit.with_(solver=Solver.EDIT_FRIENDLY))
    made = make(remembered, engine, picture, left, tmp_path / "remembered")
    assert made.evaluations.encode == 5 * remembered.edit.cost().encode


def test_frames_of_a_model_that_was_trained_on_are_not_mixed(movie, picture, left, tiny, tmp_path):
    model = shutil.copytree(tiny, tmp_path / "model")
    own = movie.with_(edit=movie.edit.with_(model=str(model)))

    def stopped() -> int:
        cancel, seen = Cancel(), []

        def stop(step):
            seen.append(step.frame is not None and step.frame.resumed)
            if step.done == 2:
                cancel.ask()

        with pytest.raises(Cancelled):
            make(own, Engine(), picture, left, tmp_path / "out", stop, cancel)
        return sum(seen)

    assert stopped() == 0
    assert stopped() == 2
    file = next((model / "unet").glob("*.safetensors"))
    before = file.read_bytes()
    file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert stopped() == 0
    file.write_bytes(before)
    assert stopped() == 2


@pytest.mark.parametrize(("rgb", "lab"), [
    ((255, 255, 255), (100, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((255, 0, 0), (53.24, 80.09, 67.20)),
    ((0, 255, 0), (87.73, -86.18, 83.18)), ((0, 0, 255), (32.30, 79.19, -107.86)),
    ((119, 119, 119), (50.03, 0, 0)),
])  # fmt: skip
def test_lab_has_its_known_values(rgb, lab):
    assert to_lab(np.array([[rgb]], np.uint8))[0, 0] == pytest.approx(lab, abs=0.05)


def test_lab_and_back_is_exact_and_holding_gives_mean_and_spread():
    rng = np.random.default_rng(0)
    pixels = rng.integers(60, 180, (40, 50, 3), np.uint8)
    assert np.array_equal(from_lab(to_lab(pixels)), pixels)
    drifted = from_lab(to_lab(pixels) * 0.8 + (8, 6, 0))
    held = hold(drifted, *drift(samples(drifted), samples(pixels)))
    for now, wanted in zip(colours(to_lab(held)), colours(to_lab(pixels)), strict=True):
        assert now == pytest.approx(wanted, abs=0.5)
    assert np.abs(drifted.astype(int) - pixels).mean() > 3 * np.abs(held.astype(int) - pixels).mean()


@pytest.mark.parametrize("ending", ["mp4", "webm", "gif", "apng"])
def test_a_movie_of_every_format_can_be_read_back(tmp_path, ending):
    y, x = np.mgrid[0:33, 0:47]
    frames = [
        np.stack([x // 9 * 40, y // 9 * 60, np.full_like(x, 50 * i)], -1).astype(np.uint8) for i in range(5)
    ]
    path = tmp_path / f"m.{ending}"
    write_movie(path, frames, 12)
    if ending in ("gif", "apng"):
        with Image.open(path) as image:
            assert image.n_frames == 5
            read = []
            for i in range(5):
                image.seek(i)
                read.append(np.asarray(image.convert("RGB")))
    else:
        import av

        with av.open(path) as container:
            assert container.streams.video[0].average_rate == 12
            read = [frame.to_ndarray(format="rgb24")[:33, :47] for frame in container.decode(video=0)]
    assert len(read) == 5
    for one, other in zip(read, frames, strict=True):
        assert np.abs(one.astype(int) - other).mean() < (0.1 if ending == "apng" else 12)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_a_video_is_tagged_bt709_and_has_its_colours(tmp_path, ending):
    import av
    from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

    path = tmp_path / f"m.{ending}"
    write_movie(path, [np.full((720, 1280, 3), (200, 30, 30), np.uint8)], 12)
    with av.open(path) as container:
        context = container.streams.video[0].codec_context
        frame = next(container.decode(video=0))
    assert context.colorspace == Colorspace.ITU709
    assert context.color_primaries == ColorPrimaries.BT709
    assert context.color_trc == ColorTrc.BT709
    assert context.color_range == ColorRange.MPEG
    y, cb, cr = (float(np.median(np.frombuffer(plane, np.uint8))) for plane in frame.planes)
    luma, blue, red = (y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    r, b = luma + 1.5748 * red, luma + 1.8556 * blue  # ITU-R BT.709-6, item 3
    g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
    assert (255 * r, 255 * g, 255 * b) == pytest.approx((200, 30, 30), abs=3)


def swapped() -> bytes:
    """A profile whose red is green's primary and the other way round: nobody can overlook its loss."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {bytes(profile[i : i + 4]): i for i in range(132, 132 + 12 * profile[131], 12)}
    red, green = at[b"rXYZ"], at[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("name", ["out", "m.apng", "m.gif", "m.mp4"])
def test_a_photo_s_profile_is_embedded_or_converted(tmp_path, name):
    icc = swapped()
    frames = [np.full((16, 16, 3), (200, 30, 30), np.uint8)] * 2
    write_movie(tmp_path / name, frames, 10, Look(icc))
    path = tmp_path / name
    path = path / "00001.png" if path.is_dir() else path
    if name == "m.mp4":
        import av

        with av.open(path) as container:
            seen = next(container.decode(video=0)).to_ndarray(format="rgb24")
    else:
        with Image.open(path) as image:
            assert (image.info.get("icc_profile") == icc) == (name != "m.gif")
            seen = np.asarray(image.convert("RGB"))
    wanted = (200, 30, 30) if name in ("out", "m.apng") else (30, 200, 30)
    assert np.abs(seen.astype(int) - wanted).max() <= 4


def test_transparency_is_kept_or_told(tmp_path):
    alpha = np.zeros((16, 16), np.uint8)
    alpha[:8] = 255
    frame = np.full((16, 16, 3), (200, 30, 30), np.uint8)
    for name, file in (("out", "out/00001.png"), ("m.apng", "m.apng")):
        write_movie(tmp_path / name, [frame, frame], 10, Look(alpha=alpha))
        with Image.open(tmp_path / file) as image:
            assert np.array_equal(np.asarray(image), np.dstack([frame, alpha]))
        assert loses(Path(name), Look(alpha=alpha)) == []
    assert "transparent" in loses(Path("m.gif"), Look(alpha=alpha))[0]
    assert loses(Path("m.gif"), Look()) == []


def test_durations_add_up():
    assert sum(durations(25, 12)) == 2083
    assert sum(durations(24, 12, unit=10)) == 2000
    assert all(ms % 10 == 0 for ms in durations(24, 12, unit=10))


@pytest.mark.parametrize(("name", "said"), [
    ("m.avi", "can't be written as .avi"), ("m.png", "would be one picture"),
    ("no/m.gif", "There is no folder"),
    ("full", "something in"), ("full.gif", "is a folder"),
])  # fmt: skip
def test_places_that_no_movie_can_take_are_refused(tmp_path, name, said):
    for folder in ("full", "full.gif"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("mine")
    with pytest.raises(InputError, match=said):
        check_output(tmp_path / name)


@pytest.mark.parametrize(("name", "fps", "size", "said"), [
    ("m.gif", 51, None, "at most 50 frames a second"), ("m.mp4", 12, (17000, 16), "16384"),
    ("m.webm", 12, (16, 65538), "65536"), ("m.gif", 12, (65536, 16), "65535"),
])  # fmt: skip
def test_what_a_format_can_not_hold_is_refused_before_anything_is_drawn(tmp_path, name, fps, size, said):
    with pytest.raises(InputError, match=said):
        check_output(tmp_path / name, fps, size)
    check_output(tmp_path / name, 50, (16384, 16))
    check_output(tmp_path / "m.apng", fps, size)


def test_a_movie_too_large_for_its_format_costs_nothing(movie, tmp_path):
    fake = Fake(lambda share: pytest.fail("drawn"))
    wide = movie.with_(edit=whole_picture(movie))
    with pytest.raises(InputError, match="17000 × 16"):
        make(wide, fake, np.zeros((16, 17000, 3), np.uint8), None, tmp_path / "m.mp4")
    assert list(tmp_path.iterdir()) == []


def test_where_frames_can_not_be_kept_is_said_before_anything_is_drawn(movie, picture, tmp_path, monkeypatch):
    fake = Fake(lambda share: pytest.fail("drawn"))
    whole = movie.with_(edit=whole_picture(movie))
    with pytest.raises(InputError, match="too long"):
        make(whole, fake, picture, None, tmp_path / ("m" * 250))
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    with pytest.raises(InputError, match="not allowed to write"):
        make(whole, fake, picture, None, tmp_path / "m.gif")
    monkeypatch.undo()
    monkeypatch.setattr(Path, "mkdir", refusing)
    with pytest.raises(InputError, match="not allowed to write"):
        make(whole, fake, picture, None, tmp_path / "m.gif")
    assert list(tmp_path.iterdir()) == []


def refusing(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_movie_that_fails_at_its_first_frame_leaves_no_folder(movie, picture, tmp_path):
    def fail(share: float) -> np.ndarray:
        raise CoreError("No.")

    with pytest.raises(CoreError, match="No"):
        make(movie.with_(edit=whole_picture(movie)), Fake(fail), picture, None, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("fault", "said"), [
    (MemoryError(), "not enough memory"), (RuntimeError("std::bad_alloc"), "not enough memory"),
    (KeyError("x"), "Something went wrong inside: KeyError"),
])  # fmt: skip
@pytest.mark.parametrize("name", ["m.gif", "m.apng"])
def test_whatever_fails_says_that_the_frames_are_kept(
    movie, picture, tmp_path, monkeypatch, fault, said, name
):
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(writer, "_write_gif", fail)
    monkeypatch.setattr(writer, "_write_apng", fail)
    with pytest.raises(CoreError, match=said) as error:
        make(
            movie.with_(edit=whole_picture(movie)),
            Fake(lambda share: picture),
            picture,
            None,
            tmp_path / name,
        )
    assert "5 of 5 frames are kept in “m.frames-" in error.value.hint


def test_what_ffmpeg_refuses_is_a_sentence(tmp_path):
    with pytest.raises(CoreError, match="FFmpeg's libraries can't write this mp4 movie"):
        write_movie(tmp_path / "m.mp4", [np.zeros((16, 17000, 3), np.uint8)], 12)
    assert list(tmp_path.iterdir()) == []


class Full(io.BytesIO):
    """A disk that is full after a thousand bytes."""

    def write(self, data) -> int:
        if self.tell() + len(data) > 1000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("ending", ["mp4", "webm", "gif", "apng"])
def test_a_disk_that_fills_up_under_an_encoder_is_one_sentence(tmp_path, monkeypatch, capfd, ending):
    write = writer.write_atomic
    monkeypatch.setattr(writer, "write_atomic", lambda path, fill: write(path, lambda _: fill(Full())))
    noise = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    with pytest.raises(CoreError, match="the disk is full"):
        write_movie(tmp_path / f"m.{ending}", list(noise), 12)
    assert "Traceback" not in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_ffmpeg_without_the_codec_is_a_sentence(tmp_path, monkeypatch):
    import av

    monkeypatch.setattr(av, "codecs_available", {"libx264"})
    check_output(tmp_path / "m.mp4")
    with pytest.raises(CoreError, match="can't write WebM: libvpx-vp9 is missing") as said:
        check_output(tmp_path / "m.webm")
    assert "GIF, APNG and numbered PNGs" in said.value.hint


def test_without_ffmpeg_mp4_is_a_sentence_and_the_rest_works(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(CoreError, match="PyAV is not installed") as said:
        check_output(tmp_path / "m.mp4")
    assert "GIF, APNG and numbered PNGs" in said.value.hint
    for name in ("m.gif", "m.apng", "folder"):
        check_output(tmp_path / name)


def test_a_full_disk_while_encoding_leaves_the_old_movie(tmp_path, monkeypatch):
    path = tmp_path / "m.mp4"
    path.write_bytes(b"old")

    def frames():
        yield np.zeros((16, 16, 3), np.uint8)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CoreError, match="disk is full"):
        write_movie(path, frames(), 5)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("options", "said"), [
    (["p.png", "--to", "a cow", "-o", "m.gif"], "two prompts"),
    (["p.png", "--from", "a", "--to", "b", "--size", "64", "-o", "m.gif"], "--size is for"),
    (["--from", "a", "--to", "b", "--mask", "m.png", "-o", "m.gif"], "--mask needs a photo"),
    (["p.png", "--from", "a", "--to", "b", "-o", "p.png"], "is the photo itself"),
    (["p.png", "-o", "m.gif"], "What should it be?"),
])  # fmt: skip
def test_the_command_says_what_is_wrong_before_it_begins(options, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["movie", *options]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def command(engine: Fake | None, *words: str) -> int:
    """The movie command with another engine; None: it must not be asked for."""
    parser = argparse.ArgumentParser()
    info = ModelInfo("fake", "", 64, "cpu", "float32")
    movies.add(parser, lambda request: (engine, info) if engine else pytest.fail("loaded"))
    given = parser.parse_args(words, argparse.Namespace(written=[]))
    return given.run(given)


def test_the_command_takes_what_an_edit_takes(tiny, picture, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rgba = np.dstack([picture, np.full(picture.shape[:2], 128, np.uint8)])
    icc = swapped()
    Image.fromarray(rgba).save("p.png", icc_profile=icc)
    words = ["p.png", "--from", "a horse", "--to", "a cow", "--seconds", "0.1", "--fps", "10",
             "--method", "encode-decode", "--model", str(tiny), "--report", "r.json",
             "--solver", "fixed-point", "--iterations", "3", "--no-snap", "--settle", "0.1",
             "--area", "1,2,30,20", "--lora", "a.safetensors:0.5"]  # fmt: skip
    assert command(Fake(lambda share: picture), *words, "-o", "out") == 0
    assert capsys.readouterr().err == "Note: The prompt is long.\n"
    told = json.loads((tmp_path / "r.json").read_text())
    edit = told["movie"]["edit"]
    assert (edit["solver"], edit["iterations"], edit["area"]) == ("fixed-point", 3, [1, 2, 30, 20])
    assert (edit["find"]["snap"], edit["find"]["settle"]) == (False, 0.1)
    assert edit["loras"] == [{"file": str(tmp_path / "a.safetensors"), "weight": 0.5}]
    with Image.open(tmp_path / "out" / "00001.png") as image:
        assert image.info["icc_profile"] == icc
        assert np.array_equal(np.asarray(image), rgba)
    assert command(Fake(lambda share: picture), *words, "-o", "m.gif") == 0
    assert "a GIF movie isn't" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "said"), [
    ("p.png --to-seed 3 --solver ddim", "second seed would change nothing"),
    ("--area auto", "--area needs a photo"),
    ("p.png --fps 60", "at most 50 frames"), ("p.png --mask m.png --method sdedit", "uses no mask"),
    ("p.png --report folder", "is a folder"), ("p.png --report m.gif", "the same name"),
])  # fmt: skip
def test_the_command_refuses_before_a_model_is_loaded(options, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=said):
        command(None, *options.split(), "--from", "a", "--to", "b", "-o", "m.gif")
