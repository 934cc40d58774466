"""Downloads from a small hub on this machine's own loopback."""

import hashlib
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from core.errors import Cancelled, CoreError, InputError
from core.models.hub import is_hub_name, is_plain_name, look
from core.models.transfer import download
from tests.faults import KINDS, contents, tried

INDEX = b'{"_class_name": "StableDiffusionPipeline"}'
WEIGHTS = bytes(range(256)) * 12_000  # three blocks
FILES = {
    "model_index.json": INDEX,
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
    "unet/diffusion_pytorch_model.fp16.safetensors": b"not wanted: the plain one is there",
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "vae/diffusion_pytorch_model.fp16.safetensors": b"only in half precision",
    "safety_checker/model.safetensors": b"not wanted",
    "single.safetensors": b"not wanted",
    "tokenizer/merges.txt": b"a b",
}


class Hub(BaseHTTPRequestHandler):
    """Just enough of the hub: the model's info, its tree, and the files with Range."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        hub = self.server
        path = self.path.split("?")[0]
        if path.startswith("/api/models/"):
            if "/no/" in path or "/closed/" in path:
                code, word = (404, "RepoNotFound") if "/no/" in path else (403, "GatedRepo")
                self._answer(b"{}", code, {"X-Error-Code": word})
            elif "/tree/" in path:
                self._answer(json.dumps([self._entry(*item) for item in hub.files.items()]).encode())
            else:
                self._answer(json.dumps({"id": "some/model", "sha": "abc", "tags": []}).encode())
            return
        name = path.split("/resolve/abc/")[1]
        hub.asked.append((name, self.headers.get("Range")))
        if hub.busy.get(name, 0):
            hub.busy[name] -= 1
            self._answer(b"", 503)
            return
        data = hub.sent.get(name, hub.files[name])
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self._answer(data[start:], 206 if start else 200, cut=hub.cut.pop(name, None))

    def _answer(self, data, code=200, headers=None, cut=None):
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data if cut is None else data[:cut])
        self.close_connection = True

    @staticmethod
    def _entry(name, data):
        git = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        entry = {"type": "file", "path": name, "size": len(data), "oid": git}
        if name.endswith(".safetensors"):
            entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
        return entry


@pytest.fixture
def hub(monkeypatch):
    """The server; its `url`, and what it does wrong: `sent` other contents, `cut` short, `busy` so often."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("core.models.transfer.ATTEMPTS", 1)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    monkeypatch.setattr("core.models.transfer.PAUSE", 0.01)
    server.files, server.sent, server.cut, server.asked, server.busy = dict(FILES), {}, {}, [], {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def nothing(*_):
    pass


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
        "tokenizer/merges.txt": b"a b",
    }
    assert seen == sorted(seen)
    assert seen[-1] == (offer.bytes, offer.bytes)
    assert hub.asked[-1][0] == "model_index.json"
    asked = len(hub.asked)
    assert look("some/model", tmp_path, hub.url).left == 0
    download(offer, nothing, nothing)
    assert len(hub.asked) == asked


def test_an_interrupted_transfer_goes_on_where_it_broke_off(hub, tmp_path):
    name = "unet/diffusion_pytorch_model.safetensors"
    hub.cut[name] = 1_500_000
    offer = look("some/model", tmp_path, hub.url)
    with pytest.raises(CoreError, match="broke off"):
        download(offer, nothing, nothing)
    part = offer.folder / f"{name}.part"
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


def test_shards_of_half_precision_are_left_where_there_are_plain_weights(hub, tmp_path):
    """In as many files or not."""
    half = "text_encoder/model.fp16-00001-of-00001.safetensors"
    hub.files[half] = b"half"
    assert half in {file.path for file in look("some/model", tmp_path, hub.url).files}
    for plain in ("model-00001-of-00002.safetensors", "model.safetensors"):
        hub.files[f"text_encoder/{plain}"] = b"plain"
        chosen = {file.path for file in look("some/model", tmp_path, hub.url).files}
        assert f"text_encoder/{plain}" in chosen
        assert half not in chosen
        del hub.files[f"text_encoder/{plain}"]


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
    monkeypatch.setattr("core.models.transfer.ATTEMPTS", 2)
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


@pytest.mark.parametrize(
    ("repo", "says"),
    [
        ("no/model", "There is no model no/model"),
        ("closed/model", "terms"),
        ("nonsense", "no name on the hub"),
    ],
)
def test_names_that_lead_nowhere(hub, tmp_path, repo, says):
    with pytest.raises(InputError, match=says):
        look(repo, tmp_path, hub.url)


def test_repositories_without_a_usable_model(hub, tmp_path):
    hub.files = {name: data for name, data in FILES.items() if not name.endswith(".safetensors")}
    with pytest.raises(InputError, match="no safetensors weights"):
        look("some/model", tmp_path, hub.url)
    del hub.files["model_index.json"]
    with pytest.raises(InputError, match="no diffusers folder"):
        look("some/model", tmp_path, hub.url)


def test_a_full_disk_and_a_dead_server_are_told(hub, tmp_path, monkeypatch):
    offer = look("some/model", tmp_path, hub.url)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
        with pytest.raises(CoreError, match="GB on the disk"):
            download(offer, nothing, nothing)
    with pytest.raises(CoreError, match="can't be reached"):
        look("some/model", tmp_path, "http://127.0.0.1:9")


def test_offline_refuses_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
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
    part = offer.folder / f"{name}.part"
    part.parent.mkdir(parents=True)
    part.symlink_to(precious)
    assert (download(offer, nothing, nothing) / name).read_bytes() == FILES[name]
    assert precious.read_bytes() == b"x"
    assert not (offer.folder / name).is_symlink()


@pytest.mark.parametrize(
    "name",
    ["unet/..\\..\\evil.json", "unet/C:evil.json", "unet/nul.json", "unet/COM1.txt", "unet/.json",
     "unet/a\0b.json", "unet/.hidden.json", "unet/ ​\n.json"],
)  # fmt: skip
def test_names_that_lead_elsewhere_on_any_system_are_refused(hub, tmp_path, name):
    hub.files[name] = b"{}"
    with pytest.raises(InputError, match="no name for one"):
        look("some/model", tmp_path, hub.url)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["../x.json", "/etc/x.json", "unet/../../x.json", "unet\\x.json", "C:/x.json"]
)
def test_names_outside_the_parts_are_not_fetched(hub, tmp_path, name):
    hub.files[name] = b"{}"
    assert {file.path for file in look("some/model", tmp_path, hub.url).files} <= FILES.keys()


@pytest.mark.parametrize(
    "name", ["CON", "x.", "x ", "..", ".", "", "a/b", "a\\b", "a:b", "lpt9.txt", "Aux.json"]
)
def test_what_is_no_plain_name(name):
    assert not is_plain_name(name)
    assert not is_hub_name(f"owner/{name}")


@pytest.mark.parametrize(
    "name", ["config.json", "model-00001-of-00002.safetensors", "é.txt", "console.json", "_a+b"]
)
def test_what_is_a_plain_name(name):
    assert is_plain_name(name)


@pytest.mark.parametrize(
    "answer",
    ["{}", "[3]", '[{"type": "file"}]', '[{"type": "file", "path": 3, "size": 1, "oid": "a"}]',
     '[{"type": "file", "path": "model_index.json", "size": "big", "oid": "a"}]',
     '[{"type": "file", "path": "model_index.json", "size": -1, "oid": "a"}]',
     '[{"type": "file", "path": "model_index.json", "size": 1, "oid": "../x"}]',
     '[{"type": "file", "path": "model_index.json", "size": 1, "oid": "a", "lfs": 3}]', "null", "no JSON"],
)  # fmt: skip
def test_answers_of_other_types_are_a_sentence(hub, tmp_path, answer, monkeypatch):
    given = Hub._answer

    def answered(self, data, *more, **options):
        given(self, answer.encode() if "/tree/" in self.path else data, *more, **options)

    monkeypatch.setattr(Hub, "_answer", answered)
    with pytest.raises(CoreError, match=r"can't be understood|model_index\.json is missing"):
        look("some/model", tmp_path, hub.url)
