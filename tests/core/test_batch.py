"""Batches: what is gathered, resumed, refused and reported; and workers that die."""

import csv
import json
import os
import signal
from dataclasses import replace
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import cli
from core.batch.outcome import NAME, Manifest, Outcome
from core.batch.pictures import Item, gather
from core.batch.processes import Processes
from core.batch.run import Batch, Tally
from core.batch.worker import CHANGES_ALL, FULL, PictureWorker, Setup
from core.edit.engine import Engine
from core.edit.mask_request import MaskRequest
from core.edit.request import EditRequest, Lora
from core.edit.words.weighted import PromptStyle
from core.errors import CoreError, InputError
from core.photo.files.export import export_photo
from core.photo.files.open import open_photo
from tests.core.workers import Slow

REQUEST = EditRequest(photo="", query="a zebra", reference="a horse", steps=4, device="cpu")


def save(path: Path, tone: int = 0) -> Path:
    """A small picture that no other tone's is equal to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[0:40, 0:48]
    pixels = np.stack([x * 5, y * 6, (x * y + tone) % 256], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for n, name in enumerate(("a.png", "b.jpg", "sub/c.png")):
        save(folder / name, n)
    return folder


def names(*given: Path | str, output: Path) -> list[str]:
    return [item.name for item in gather([str(text) for text in given], output).items]


# -- gathering


def test_a_folder_is_taken_with_all_below_it(photos, tmp_path):
    (photos / "notes.md").write_text("no picture")
    save(photos / ".hidden.png", 9)
    assert names(photos, output=tmp_path / "out") == ["a.png", "b.jpg", "sub/c.png"]


def test_globs_and_lists(photos, tmp_path):
    assert names(photos / "*.png", output=tmp_path / "out") == ["a.png"]
    assert names(photos / "**" / "*.png", output=tmp_path / "out") == ["a.png", "c.png"]
    (photos / "list.txt").write_text("b.jpg\n\nsub\n")
    assert names(photos / "list.txt", output=tmp_path / "out") == ["b.jpg", "c.png"]


def test_a_manifest_s_line_with_a_lone_surrogate_in_a_field_s_name_is_passed_over(batch):
    done = batch()
    done.run(Copies())
    manifest = done._output / NAME
    first = manifest.read_bytes()
    manifest.write_bytes(first + b'{"name": "z.png", "\\udcff": 1}\n')
    assert batch().skipped == 3


@pytest.mark.parametrize("line", ["\0", "*\0.png", "sub/[\0]"])
def test_a_zero_byte_in_a_list_is_a_sentence(photos, tmp_path, line):
    (photos / "list.txt").write_text(line)
    with pytest.raises(InputError):
        names(photos / "list.txt", output=tmp_path / "out")


def test_results_of_an_earlier_run_are_no_pictures(photos):
    save(photos / "out" / "a.png", 9)
    assert names(photos, output=photos / "out") == ["a.png", "b.jpg", "sub/c.png"]


def test_a_format_that_can_not_be_written_becomes_png(tmp_path):
    save(tmp_path / "in" / "a.gif")
    item = gather([str(tmp_path / "in")], tmp_path / "out").items[0]
    assert item.output == tmp_path / "out" / "a.gif.png"


def test_a_picture_that_comes_twice_is_done_once_and_told(photos, tmp_path):
    (photos / "twin.png").write_bytes((photos / "a.png").read_bytes())
    found = gather([str(photos), str(photos / "b.jpg")], tmp_path / "out")
    assert [item.name for item in found.items] == ["a.png", "b.jpg", "sub/c.png"]
    assert "twin.png is the same file as" in found.notices[0]
    assert "b.jpg was named twice" in found.notices[1]


def test_masks_go_by_name(photos, tmp_path):
    items = gather([str(photos)], tmp_path / "out", tmp_path / "masks").items
    assert [item.mask for item in items] == [tmp_path / "masks" / n for n in ("a.png", "b.png", "sub/c.png")]


@pytest.mark.parametrize("pattern", ["*", "**/*.png", "*/*"])
def test_a_glob_never_takes_the_results_of_an_earlier_run(photos, pattern):
    out = photos / "done"
    before = names(photos / pattern, output=out)
    Batch(REQUEST, gather([str(photos)], out), out).run(Copies())
    save(out / "a.png", 88)  # a copy would be left out as a twin
    assert names(photos / pattern, output=out) == before


def test_what_a_shell_makes_of_a_glob_never_takes_them_either(photos):
    out = photos / "done"
    Batch(REQUEST, gather([str(photos)], out), out).run(Copies())
    words = sorted(photos.iterdir())
    assert out in words
    assert names(*words, output=out) == ["a.png", "b.jpg", "c.png"]
    assert names(*words, *sorted(out.iterdir()), output=out) == ["a.png", "b.jpg", "c.png"]
    with pytest.raises(InputError, match="lies in the output folder"):
        names(out / "*.png", out / "b.jpg", output=out)


def test_twins_with_two_masks_are_two_pictures(photos, tmp_path):
    for name in ("one.png", "two.png", "three.png", "four.png", "five.png"):
        (photos / "twins" / name).parent.mkdir(exist_ok=True)
        (photos / "twins" / name).write_bytes((photos / "a.png").read_bytes())
    masks = tmp_path / "masks"
    save(masks / "one.png", 1)
    save(masks / "two.png", 2)
    save(masks / "three.png", 2)
    found = gather([str(photos / "twins")], tmp_path / "out", masks)
    assert [item.name for item in found.items] == ["five.png", "four.png", "one.png", "three.png"]
    assert [notice.split()[0] for notice in found.notices] == [str(photos / "twins" / "two.png")]


def test_a_list_that_can_not_be_followed(photos, tmp_path):
    (photos / "latin.txt").write_bytes("b\u00e4r.png\n".encode("latin-1"))
    (photos / "itself.txt").write_text("a.png\n../photos/itself.txt\n")
    (photos / "to.txt").write_text("fro.txt\n")
    (photos / "fro.txt").write_text("to.txt\n")
    for name, says in (("latin", "not text in UTF-8"), ("itself", "leads back"), ("to", "leads back")):
        with pytest.raises(InputError, match=says):
            names(photos / f"{name}.txt", output=tmp_path / "out")


def test_a_list_may_be_named_twice(photos, tmp_path):
    (photos / "list.txt").write_text("a.png\n")
    (photos / "both.txt").write_text("list.txt\nlist.txt\n")
    assert names(photos / "both.txt", output=tmp_path / "out") == ["a.png"]


def test_nothing_that_is_read_is_written_over(photos, tmp_path):
    masks, out = tmp_path / "masks", tmp_path / "out"
    save(masks / "a.png", 5)
    recipe, listed = out / "batch.json", tmp_path / "list.txt"
    out.mkdir()
    recipe.write_bytes(REQUEST.to_json())
    listed.write_text("photos/a.png\n")
    (out / "batch.csv").symlink_to(listed)
    for given, folder, by, made, says in (
        (photos, masks, masks, None, r"masks/a\.png would replace a mask"),
        (photos, out, None, recipe, r"out/batch\.json would replace the recipe"),
        (photos, out, None, out / ".." / "out" / NAME, "would replace the recipe"),
        (listed, out, None, None, "would replace a list"),
    ):
        with pytest.raises(InputError, match=says):
            gather([str(given)], folder, by, made)
    assert names(photos, output=out) == ["a.png", "b.jpg", "sub/c.png"]


def test_what_can_not_be_gathered(photos, tmp_path):
    (tmp_path / "empty").mkdir()
    save(tmp_path / "other" / "a.png", 7)
    for given, output, says in (
        ([tmp_path / "empty"], tmp_path / "out", "no pictures in"),
        ([tmp_path / "nowhere"], tmp_path / "out", "There is no picture, folder or list"),
        ([photos], photos, "would replace a picture"),
        ([photos, tmp_path / "other"], tmp_path / "out", "would both be written to"),
    ):
        with pytest.raises(InputError, match=says):
            gather([str(path) for path in given], output)


# -- manifest and reports, with a worker that only copies


class Copies:
    """Workers in this process. `fails` names pictures that fail; `fatal` one that ends the batch."""

    def __init__(self, fails: tuple[str, ...] = (), fatal: str = "") -> None:
        self.fails, self.fatal = fails, fatal
        self.did: list[str] = []

    def run(self, items, stopped):
        for item in items:
            if stopped():
                return
            self.did.append(item.name)
            if item.name in (*self.fails, self.fatal):
                yield Outcome(item.name, error="It would not.", fatal=item.name == self.fatal)
                continue
            item.output.parent.mkdir(parents=True, exist_ok=True)
            item.output.write_bytes(item.source.read_bytes())
            evaluations = {"mask": 20, "encode": 3, "decode": 6, "total": 29}
            notices = ("A word,", "another.") if item.name == "a.png" else ()
            yield Outcome(item.name, evaluations, {"finding": 0.5}, "here", notices=notices)


@pytest.fixture
def batch(photos, tmp_path):
    def make(request: EditRequest = REQUEST) -> Batch:
        out = tmp_path / "out"
        return Batch(request, gather([str(photos)], out), out)

    return make


def test_a_second_run_does_only_what_is_left(batch, photos, tmp_path):
    first = Copies(fails=("b.jpg",))
    assert batch().run(first).failed == 1
    second = Copies()
    tally = batch().run(second)
    assert (first.did, second.did) == (["a.png", "b.jpg", "sub/c.png"], ["b.jpg"])
    assert (tally.skipped, tally.done, tally.failed, tally.left) == (2, 1, 0, 0)
    (tmp_path / "out" / "a.png").unlink()
    save(photos / "sub" / "c.png", 77)
    third = Copies()
    batch().run(third)
    assert third.did == ["a.png", "sub/c.png"]


def test_another_quality_does_the_lossy_formats_again(photos, tmp_path):
    out = tmp_path / "out"
    found = gather([str(photos)], out)
    Batch(REQUEST, found, out, 90).run(Copies())
    assert [item.name for item in Batch(REQUEST, found, out, 80).due] == ["b.jpg"]
    assert not Batch(REQUEST, found, out, 90).due


@pytest.mark.parametrize(
    "changed", ["unet/weights.safetensors", "scheduler/config.json", "../lora.safetensors"]
)
def test_other_weights_do_everything_again(batch, tmp_path, changed):
    model = tmp_path / "model"
    for name in ("unet/weights.safetensors", "scheduler/config.json", "../lora.safetensors"):
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_bytes(b"12345")
    request = REQUEST.with_(model=str(model), loras=(Lora(str(tmp_path / "lora.safetensors")),))
    batch(request).run(Copies())
    assert not batch(request).due
    os.utime(model / changed)  # as after copying: the content is what it was
    assert not batch(request).due
    (model / changed).write_bytes(b"12354")
    assert len(batch(request).due) == 3
    batch(request).run(Copies())
    assert not batch(request).due
    (model / "unet" / "weights.safetensors").unlink()
    (model / "unet").rmdir()
    (tmp_path / "lora.safetensors").unlink()  # what isn't on this machine can't be said to have changed
    assert not batch(request).due


def test_weights_are_read_once(batch, tmp_path, monkeypatch):
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.safetensors").write_bytes(b"12345")
    request = REQUEST.with_(model=str(model))
    batch(request).run(Copies())
    monkeypatch.setattr("core.models.identity.hashlib.file_digest", None)
    assert not batch(request).due


def test_a_torn_line_costs_its_picture_only(batch, tmp_path):
    batch().run(Copies())
    manifest = tmp_path / "out" / NAME
    manifest.write_bytes(manifest.read_bytes()[:-30])
    again = Copies()
    batch().run(again)
    assert again.did == ["sub/c.png"]
    assert not batch().due


def test_a_folder_of_another_recipe_is_refused(batch):
    batch().run(Copies())
    with pytest.raises(InputError, match="another recipe"):
        batch(REQUEST.with_(seed=1))


def test_the_picture_and_mask_a_recipe_was_made_on_do_not_matter(batch):
    batch().run(Copies())
    assert not batch(REQUEST.with_(photo="abc", mask="def")).due


def test_reports_name_every_picture(batch, photos, tmp_path):
    batch().run(Copies(fails=("b.jpg",)))
    told = json.loads((tmp_path / "out" / "batch.json").read_text())
    assert (told["pictures"], told["done"], told["failed"]) == (3, 2, 1)
    assert told["evaluations"] == {"mask": 40, "encode": 6, "decode": 12, "total": 58}
    assert told["seconds"]["finding"] == 1.0
    with (tmp_path / "out" / "batch.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["done", "failed", "done"]
    assert (rows[1]["reason"], rows[1]["picture"]) == ("It would not.", str(photos / "b.jpg"))
    assert [row["notices"] for row in rows] == ["A word, another.", "", ""]
    assert [row["notices"] for row in told["outcomes"]] == [["A word,", "another."], [], []]


def test_what_nothing_can_go_on_after_ends_the_batch_and_keeps_what_is_done(batch, tmp_path):
    with pytest.raises(CoreError, match=r"It would not\. 1 of 3 pictures are done and stay"):
        batch().run(Copies(fatal="b.jpg"))
    told = json.loads((tmp_path / "out" / "batch.json").read_text())
    assert [row["state"] for row in told["outcomes"]] == ["done", "due", "due"]
    assert [item.name for item in batch().due] == ["b.jpg", "sub/c.png"]


def test_a_full_disk_is_told_once_with_what_stays(batch, tmp_path, monkeypatch):
    class Fills(Copies):
        def run(self, items, stopped):
            for outcome in super().run(items, stopped):
                if outcome.fatal:
                    monkeypatch.setattr("core.photo.files.atomic.os.fsync", full)
                yield outcome

    def full(_: int) -> None:
        raise OSError(FULL[0], os.strerror(FULL[0]))

    with pytest.raises(CoreError, match=r"It would not\. 1 of 3 pictures are done and stay"):
        batch().run(Fills(fatal="b.jpg"))
    with pytest.raises(CoreError, match=r"batch\.jsonl.* was not written: the disk is full"):
        batch().run(Copies())


def test_an_interrupt_leaves_reports(batch, tmp_path):
    def interrupt(tally: Tally) -> None:
        if tally.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch().run(Copies(), interrupt)
    assert json.loads((tmp_path / "out" / "batch.json").read_text())["done"] == 1


def test_stop_ends_it_after_the_picture_under_way(batch):
    tallies: list[Tally] = []
    batch().run(Copies(), tallies.append, stopped=lambda: len(tallies) > 1)
    assert [tally.left for tally in tallies] == [3, 2]
    assert tallies[0].rate is None
    assert tallies[1].rate > 0
    assert tallies[1].seconds_left >= 0


# -- processes that die


def items(n: int) -> list[Item]:
    return [Item(f"{i}.png", Path(f"{i}.png"), Path(f"out/{i}.png")) for i in range(n)]


def test_a_killed_worker_costs_its_picture_s_time_only(tmp_path):
    log = tmp_path / "log"
    workers = Processes(partial(Slow, str(log)), 2)
    outcomes = []
    killed = None
    for outcome in workers.run(items(6), lambda: False):
        outcomes.append(outcome)
        if killed is None:  # the other one is in the middle of a picture
            killed = next(one.pid for one in active_children() if str(one.pid) != outcome.worker)
            os.kill(killed, signal.SIGKILL)
    assert sorted(outcome.name for outcome in outcomes) == [item.name for item in items(6)]
    assert not any(outcome.error for outcome in outcomes)
    begun = [line.split()[0] for line in log.read_text().splitlines()]
    assert len(begun) <= 7  # at most the killed picture was begun again
    assert str(killed) not in {outcome.worker for outcome in outcomes}


def test_a_picture_that_kills_every_worker_is_given_up(tmp_path):
    workers = Processes(partial(Slow, str(tmp_path / "log"), "1.png"), 1)
    outcomes = {outcome.name: outcome for outcome in workers.run(items(3), lambda: False)}
    assert "died 3 times" in outcomes["1.png"].error
    assert [outcomes[name].error for name in ("0.png", "2.png")] == ["", ""]


def test_stopped_processes_are_gone(tmp_path):
    workers = Processes(partial(Slow, str(tmp_path / "log")), 2)
    run = workers.run(items(9), lambda: True)
    assert list(run) == []
    assert active_children() == []


# -- the real worker


@pytest.fixture
def request_(tiny: Path) -> EditRequest:
    return REQUEST.with_(model=str(tiny), find=MaskRequest(draws=3, settle=0, threshold=0.2))


def test_a_worker_does_what_an_edit_does_and_says_what_it_cost(request_, photos, tmp_path):
    worker = PictureWorker(Setup(request_))
    item = Item("a.png", photos / "a.png", tmp_path / "out" / "a.png")
    outcome = worker.edit(item)
    assert outcome.error == ""
    assert outcome.evaluations == {"mask": 6, "encode": 3, "decode": 5, "total": 14}
    stages = {"load", "open", "finding", "encoding", "decoding", "pasting", "write"}
    assert set(outcome.seconds) == stages
    with Image.open(item.source) as source, Image.open(item.output) as result:
        pixels = np.asarray(source)
        assert np.array_equal(np.asarray(result), Engine().run(request_, pixels).on(pixels))
    second = worker.edit(Item("b.jpg", photos / "b.jpg", tmp_path / "out" / "b.jpg"))
    assert set(second.seconds) == stages - {"load"}


def test_bytes_in_and_out_are_what_files_are(request_, photos, tmp_path):
    worker = PictureWorker(Setup(request_))
    item = Item("a.png", photos / "a.png", tmp_path / "a.png")
    outcome, data = worker.edit_bytes(item, item.source.read_bytes(), None)
    assert outcome.error == ""
    assert not item.output.exists()
    worker.edit(item)
    assert item.output.read_bytes() == data


def test_a_mask_that_is_missing_fails_its_picture_only(request_, photos, tmp_path):
    outcome = PictureWorker(Setup(request_)).edit(
        Item("a.png", photos / "a.png", tmp_path / "a.png", tmp_path / "m.png")
    )
    assert "m.png" in outcome.error
    assert not outcome.fatal


def test_what_of_a_picture_is_the_mask_can_be_said(request_, photos, tmp_path):
    masks, out = tmp_path / "masks", tmp_path / "out"
    masks.mkdir()
    with Image.open(photos / "a.png") as image:
        noise = np.random.default_rng(0).integers(0, 256, (image.height, image.width, 4), np.uint8)
    noise[..., 3] = 255
    noise[4:9, 4:9, 3] = 0
    Image.fromarray(noise).save(masks / "a.png")
    (doubtful,) = gather([str(photos / "a.png")], out, masks).items
    (said,) = gather([str(photos / "a.png")], out, masks, mask_from="transparent").items
    worker = PictureWorker(Setup(request_))
    assert "many tones" in worker.edit(doubtful).error
    assert worker.edit(said).error == ""
    manifest = Manifest.open(out, REQUEST, 95)
    manifest.add(said, Outcome(said.name))
    again = Manifest.open(out, REQUEST, 95)
    assert list(again.done((said,))) == [said.name]
    assert not again.done((replace(said, mask_from="opaque"),))


def test_what_was_noticed_is_in_the_outcome(request_, tmp_path):
    deep = tmp_path / "deep.png"
    Image.fromarray(np.arange(40 * 48, dtype=np.uint16).reshape(40, 48) * 30).save(deep)
    item = Item("deep.jpg", deep, tmp_path / "out" / "deep.jpg")
    everywhere = request_.with_(
        query="a zebra " * 100,
        prompt_style=PromptStyle.PLAIN,
        find=MaskRequest(draws=3, threshold=0.01),
    )
    outcome = PictureWorker(Setup(everywhere)).edit(item)
    assert outcome.error == ""
    photo = open_photo(deep)
    alone = Engine().run(everywhere, photo.pixels)
    assert alone.notices
    assert alone.heat is not None
    everything = (CHANGES_ALL,) if alone.heat.is_global else ()
    lost = export_photo(tmp_path / "alone.jpg", alone.on(photo.pixels), photo)
    assert outcome.notices == (*photo.notices, *alone.notices, *everything, *lost)
    assert any("16 were reduced" in notice for notice in outcome.notices)


def test_an_edit_of_everything_is_noticed(request_, photos, tmp_path, monkeypatch):
    item = Item("a.png", photos / "a.png", tmp_path / "a.png")
    for everywhere in (True, False):
        monkeypatch.setattr("core.photo.masks.locality.Reach.is_global", everywhere)
        assert (CHANGES_ALL in PictureWorker(Setup(request_)).edit(item).notices) is everywhere


def test_a_model_that_breaks_while_it_is_loaded_is_told_once(request_, photos, tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("no kernel image is available")

    monkeypatch.setattr("core.edit.engine.load", broken)
    outcome = PictureWorker(Setup(request_)).edit(Item("a.png", photos / "a.png", tmp_path / "a.png"))
    assert outcome.fatal
    assert outcome.error == "The model can't be loaded: RuntimeError: no kernel image is available"


def test_a_temporary_folder_that_is_full_is_fatal(request_, photos, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(FULL[0], os.strerror(FULL[0]))

    monkeypatch.setattr(Path, "write_bytes", full)
    item = Item("a.png", photos / "a.png", tmp_path / "a.png")
    outcome, data = PictureWorker(Setup(request_)).edit_bytes(item, b"picture", None)
    assert outcome.fatal
    assert "temporary folder: the disk is full." in outcome.error
    assert data == b""


def test_a_folder_that_can_not_be_made_fails_its_picture_only(request_, photos, tmp_path):
    (tmp_path / "out").write_bytes(b"a file")
    outcome = PictureWorker(Setup(request_)).edit(Item("a.png", photos / "a.png", tmp_path / "out" / "a.png"))
    assert "a.png” was not written" in outcome.error
    assert not outcome.fatal


def test_no_model_and_a_full_disk_are_fatal(request_, photos, tmp_path, monkeypatch):
    item = Item("a.png", photos / "a.png", tmp_path / "a.png")
    outcome = PictureWorker(Setup(request_.with_(model="/nowhere/at/all"))).edit(item)
    assert outcome.fatal
    assert "no model folder" in outcome.error

    def full(_: int) -> None:
        raise OSError(FULL[0], os.strerror(FULL[0]))

    monkeypatch.setattr("core.photo.files.atomic.os.fsync", full)
    outcome = PictureWorker(Setup(request_)).edit(item)
    assert outcome.fatal
    assert "the disk is full" in outcome.error
    assert not item.output.exists()


# -- the command


@pytest.fixture
def command(request_, photos, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_bytes(request_.to_json())

    def run(*options: str, pictures: Path = photos, out: str = "out") -> int:
        return cli.main(["batch", str(recipe), str(pictures), "-o", str(tmp_path / out), *options])

    return run


class Inside:
    """A batch's processes, one after the other in this one."""

    def __init__(self, make, *_: object) -> None:
        self._make = make

    def run(self, items, stopped):
        yield from map(self._make().edit, items)


def test_the_command_goes_on_after_a_failure_and_ends_with_3(command, photos, tmp_path, capsys, monkeypatch):
    (photos / "broken.png").write_bytes(b"no picture")
    assert command() == 3
    said = capsys.readouterr().err
    assert "broken.png: " in said
    assert "Traceback" not in said
    assert sorted(p.name for p in (tmp_path / "out").rglob("*") if p.is_file()) == [
        "a.png", "b.jpg", "batch.csv", "batch.json", NAME, "c.png"
    ]  # fmt: skip
    (photos / "broken.png").unlink()
    assert command() == 0
    assert "3 of 3 pictures were done before" in capsys.readouterr().err
    monkeypatch.setattr("core.batch.local.Processes", Inside)
    assert command("--quality", "50") == 0
    assert "2 of 3 pictures were done before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--workers", "0"], "--workers must be"),
        (["--masks", "/nowhere/at/all"], "no folder"),
        (["--shared"], "for a cluster"),
        (["-o", "recipe.json"], "is a file"),
        (["-o", "photos"], "would replace a picture"),
        (["--cluster", "nonsense"], "no address of a cluster"),
        (["--cluster", "ray://127.0.0.1:1"], "can't be reached"),
    ],
)
def test_wrong_batches_are_refused(command, tmp_path, capsys, monkeypatch, options, says):
    monkeypatch.chdir(tmp_path)
    if options[0] == "--cluster":
        pytest.importorskip("ray")
    assert command(*options) in (1, 2)
    assert says in capsys.readouterr().err


def test_the_command_s_own_recipe_is_never_replaced(request_, photos, tmp_path, capsys):
    recipe = tmp_path / "out" / "batch.json"
    recipe.parent.mkdir()
    recipe.write_bytes(request_.to_json())
    assert cli.main(["batch", str(recipe), str(photos), "-o", str(recipe.parent)]) == 2
    assert "would replace the recipe" in capsys.readouterr().err
    assert list(recipe.parent.iterdir()) == [recipe]


def test_a_recipe_of_another_version_is_refused(command, tmp_path, capsys):
    (tmp_path / "recipe.json").write_text('{"photo": "", "query": "a zebra", "version": 99}')
    assert command() == 2
    assert "has version 99" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
