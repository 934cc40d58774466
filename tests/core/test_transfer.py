"""Fetching from a small hub on this machine's own loopback: stopped, resumed, checked."""

from dataclasses import replace
from itertools import pairwise

import pytest

from core.errors import Cancelled, CoreError, InputError
from core.models.hub.named import look
from core.models.hub.transfer import download
from tests.faults import KINDS, contents, tried
from tests.hub_server import FILES, HALF, INDEX, SHA, UNET, WEIGHTS, nothing


def test_the_parts_come_and_nothing_else(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    assert offer.left == offer.bytes
    seen = []
    folder = download(offer, lambda done, whole: seen.append((done, whole)), nothing)
    assert folder == tmp_path / "some--model"
    have = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert have == {
        "model_index.json": INDEX,
        "unet/config.json": b"{}",
        "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
        "vae/diffusion_pytorch_model.safetensors": b"only in half precision",
        "text_encoder/model.safetensors": b"only in single precision",
        "scheduler/scheduler_config.json": b"{}",
        "tokenizer/merges.txt": b"a b",
    }
    assert seen == sorted(seen)
    assert seen[-1] == (offer.bytes, offer.bytes)
    assert hub.asked[-1][0] == "model_index.json"
    assert look("some/model", tmp_path, hub.url).left == 0
    asked = len(hub.asked)
    download(offer, nothing, nothing)
    assert len(hub.asked) == asked


def test_a_folder_is_no_model_while_it_changes(hub, tmp_path):
    """Another precision, another revision, T5 later: what lies there meanwhile is of both."""
    folder = download(look("some/model", tmp_path, hub.url), nothing, nothing)
    offer = look("some/model", tmp_path, hub.url, precision="half")
    hub.cut["unet/diffusion_pytorch_model.fp16.safetensors"] = 1_100_000
    with pytest.raises(CoreError, match="broke off"):
        download(offer, nothing, nothing)
    assert not (folder / "model_index.json").exists()
    download(offer, nothing, nothing)
    assert (folder / "model_index.json").is_file()
    assert (folder / UNET).read_bytes() == HALF


def test_what_came_of_another_content_is_not_gone_on_with(hub, tmp_path):
    """The repository has changed since, under the same name."""
    hub.cut[UNET] = 1_500_000
    with pytest.raises(CoreError, match="broke off"):
        download(look("some/model", tmp_path, hub.url), nothing, nothing)
    hub.files[UNET] = newer = WEIGHTS[::-1]
    folder = download(look("some/model", tmp_path, hub.url), nothing, nothing)
    assert (folder / UNET).read_bytes() == newer
    assert not list(folder.rglob("*.part"))


def test_a_repository_that_changes_meanwhile_is_named(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    hub.gone = True
    with pytest.raises(InputError, match="some/model has changed"):
        download(offer, nothing, nothing)
    hub.gone = False
    with pytest.raises(InputError, match="some/model has changed, or what was asked for was never in it"):
        look("some/model", tmp_path, hub.url, revision="other")


def test_only_the_revision_that_was_looked_up_is_asked_for(hub, tmp_path):
    download(look("some/model", tmp_path, hub.url), nothing, nothing)
    transfers = [path for path in hub.requests if "/resolve/" in path]
    assert all(f"/resolve/{SHA}/" in path for path in transfers)


def test_an_interrupted_transfer_goes_on_where_it_broke_off(hub, tmp_path):
    name = "unet/diffusion_pytorch_model.safetensors"
    hub.cut[name] = 1_500_000
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(CoreError, match="broke off"):
        download(offer, nothing, nothing)
    part = next(offer.folder.rglob("*.part"))
    have = part.stat().st_size
    assert 0 < have <= 1_500_000
    assert not (offer.folder / "model_index.json").exists()
    folder = download(offer, nothing, nothing)
    assert (name, f"bytes={have}-") in hub.asked
    assert (folder / name).read_bytes() == WEIGHTS
    assert not part.exists()


def test_a_file_that_was_damaged_on_the_disk_comes_anew(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    weights = download(offer, nothing, nothing) / "unet/diffusion_pytorch_model.safetensors"
    weights.write_bytes(WEIGHTS[:-1] + b"?")  # of the right size
    download(offer, nothing, nothing)
    assert weights.read_bytes() == WEIGHTS


def test_checking_what_is_there_is_seen_to_go_on(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    download(offer, nothing, nothing)
    told = []
    download(offer, lambda done, _: told.append(done), nothing)
    assert told == sorted(told)
    assert told[-1] == offer.bytes
    whole = max(file.size for file in offer.files)
    assert max(after - before for before, after in pairwise(told)) < whole


def test_checking_what_is_there_can_be_stopped(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    download(offer, nothing, nothing)
    calls = []

    def stop():
        calls.append(1)
        if len(calls) > len(offer.files):
            raise Cancelled

    with pytest.raises(Cancelled):
        download(offer, nothing, stop)
    assert len(calls) == len(offer.files) + 1


def test_a_busy_hub_is_asked_again(hub, tmp_path, monkeypatch):
    name = "unet/config.json"
    hub.busy[name] = 2
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(CoreError, match=r"busy \(HTTP 503\)"):
        download(offer, nothing, nothing)
    monkeypatch.setattr("core.models.hub.transfer.ATTEMPTS", 2)
    assert (download(offer, nothing, nothing) / name).read_bytes() == b"{}"


def test_cancel_leaves_a_part_to_go_on_with(hub, tmp_path):
    offer = look("some/model", tmp_path, hub.url)
    reached = []

    def stop():
        if reached and reached[-1] > 1_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        download(offer, lambda done, _: reached.append(done), stop)
    assert 0 < offer.left < offer.bytes
    download(offer, nothing, nothing)
    assert offer.left == 0


@pytest.mark.parametrize("name", ["unet/diffusion_pytorch_model.safetensors", "tokenizer/merges.txt"])
def test_a_wrong_checksum_is_named_and_the_file_removed(hub, tmp_path, name):
    hub.sent[name] = bytes(len(FILES[name]))
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(CoreError, match=f"{name} of some/model came damaged"):
        download(offer, nothing, nothing)
    assert not list(offer.folder.rglob(f"{name.rsplit('/', maxsplit=1)[-1]}*"))


def test_a_full_disk_and_a_dead_server_are_told(hub, tmp_path, monkeypatch):
    offer = look("some/model", tmp_path, hub.url)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
        with pytest.raises(CoreError, match=r"needs 3\.1 MB on the disk, but only 0\.0 MB are free"):
            download(offer, nothing, nothing)
    assert not list(tmp_path.iterdir())
    with pytest.raises(CoreError, match="can't be reached"):
        look("some/model", tmp_path, "http://127.0.0.1:9")


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_disk_that_fails_at_any_operation_leaves_no_file_that_is_not_whole(hub, tmp_path, kind):
    offer = look("some/model", tmp_path, hub.url)

    def fetch(folder):
        download(replace(offer, folder=folder / "model"), nothing, nothing)

    runs = []
    for run in tried(tmp_path / "runs", nothing, fetch, kind):
        runs.append(run)
        there = {name for name in run.after if run.after[name] is not None and not name.endswith(".part")}
        whole = len(there) == len(offer.files)
        assert whole or run.error is not None, run.struck
        assert whole or "model/model_index.json" not in there, run.struck
        assert run.error is None or "hub" not in run.error.message, (run.struck, run.error)
        fetch(run.folder)
        whole = contents(run.folder)
        assert there <= set(whole), run.struck
        assert all(run.after[name] == whole[name] for name in there), run.struck
        assert {name: data for name, data in whole.items() if data is not None} == {
            f"model/{file.to}": hub.files[file.path] for file in offer.files
        }, run.struck
    assert len(runs) > len(offer.files)


def test_a_body_longer_than_promised_is_stopped_at_its_length(hub, tmp_path):
    name = "unet/diffusion_pytorch_model.safetensors"
    hub.sent[name] = FILES[name] + b"more" * 1_000_000
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(InputError, match=f"sent more than the {len(FILES[name]):,} bytes of {name}"):
        download(offer, nothing, nothing)
    assert all(path.stat().st_size <= max(map(len, FILES.values())) for path in tmp_path.rglob("*.part"))


def test_a_part_that_is_a_link_is_not_written_through(hub, tmp_path):
    name, precious = "unet/diffusion_pytorch_model.safetensors", tmp_path / "precious"
    precious.write_bytes(b"x")
    offer = look("some/model", tmp_path, hub.url)
    part = next(file for file in offer.files if file.to == name).part(offer.folder)
    part.parent.mkdir(parents=True)
    part.symlink_to(precious)
    assert (download(offer, nothing, nothing) / name).read_bytes() == FILES[name]
    assert precious.read_bytes() == b"x"
    assert not (offer.folder / name).is_symlink()
