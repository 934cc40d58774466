"""Just enough of the hub, on this machine's own loopback, with a log of all that it was asked."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from safetensors.numpy import save

SHA = "abc"
INDEX = b'{"_class_name": "StableDiffusionPipeline"}'
WEIGHTS = bytes(range(256)) * 12_000  # three blocks
HALF = bytes(range(256)) * 6_000
FILES = {
    "model_index.json": INDEX,
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
    "unet/diffusion_pytorch_model.fp16.safetensors": HALF,
    "unet/diffusion_pytorch_model.non_ema.safetensors": b"not wanted",
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "vae/diffusion_pytorch_model.fp16.safetensors": b"only in half precision",
    "text_encoder/model.safetensors": b"only in single precision",
    "text_encoder/deeper/model.safetensors": b"not wanted",
    "scheduler/scheduler_config.json": b"{}",
    "safety_checker/model.safetensors": b"not wanted",
    "single.safetensors": b"not wanted",
    "tokenizer/merges.txt": b"a b",
}
UNET = "unet/diffusion_pytorch_model.safetensors"


class Hub(ThreadingHTTPServer):
    """The server; its `url`, what it holds, what it does wrong, and what it was asked.

    files       of the one repository that it has, by path: contents, or a file of this machine
    tree        what it lists instead, if anything
    info        what it says of the repository beside its revision
    sent        other contents than are listed;  cut: how many bytes come of a file, once
    busy        how often it answers 503 for a file;  gone: its revision is there no more
    ranges      whether it sends parts of a file
    silent      until it is set, no answer comes
    token       what lets through its gate, "" where there is none;  models: what a search finds
    asked       (file, Range) of every transfer;  requests: every path, in order;  tokens: what came with them
    """

    def __init__(self, files: dict[str, bytes | Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files, self.tree, self.info, self.models = dict(files), None, {}, []
        self.sent, self.cut, self.busy, self.token, self.gone = {}, {}, {}, "", False
        self.silent = None
        self.asked, self.requests, self.tokens, self.ranges = [], [], set(), True


@contextmanager
def running(files: dict[str, bytes | Path]) -> Iterator[Hub]:
    """A hub as long as it is needed."""
    server = Hub(files)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Answers(BaseHTTPRequestHandler):
    """The model's info, its tree, search, whoami, and the files with Range."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        hub, path = self.server, unquote(self.path.split("?")[0])
        hub.requests.append(self.path)
        hub.tokens.add(self.headers.get("authorization"))
        if hub.silent is not None:
            hub.silent.wait()
        if path == "/api/whoami-v2":
            return self._whoami(hub)
        if path == "/api/models":
            return self.answer(json.dumps(hub.models).encode())
        if path.startswith("/api/models/"):
            return self._model(hub, path)
        if "/resolve/" not in path:
            return self.answer(b"{}", 404)
        return self._file(hub, path.split("/resolve/")[1])

    def _model(self, hub, path):
        if "/no/" in path:
            return self.answer(b"{}", 404, {"X-Error-Code": "RepoNotFound"})
        if "/tree/" in path:
            tree = json.dumps([entry(*item) for item in hub.files.items()]).encode()
            return self.answer(tree if hub.tree is None else hub.tree)
        if path.endswith("/revision/other"):
            return self.answer(b"{}", 404, {"X-Error-Code": "RevisionNotFound"})
        return self.answer(json.dumps({"id": "some/model", "sha": SHA, "tags": [], **hub.info}).encode())

    def _file(self, hub, path):
        revision, name = path.split("/", 1)
        hub.asked.append((name, self.headers.get("Range")))
        if hub.token and self.headers.get("authorization") != f"Bearer {hub.token}":
            return self.answer(b"", 401, {"X-Error-Code": "GatedRepo"})
        if hub.gone or revision != SHA:
            return self.answer(b"", 404, {"X-Error-Code": "RevisionNotFound"})
        if hub.busy.get(name, 0):
            hub.busy[name] -= 1
            return self.answer(b"", 503)
        data = hub.sent.get(name, hub.files[name])
        range_ = self.headers.get("Range") if hub.ranges else None
        begin, _, end = (range_ or "bytes=0-")[6:].partition("-")
        begin, end = int(begin), int(end) + 1 if end else None
        part = data[begin:end] if isinstance(data, bytes) else read(data, begin, end)
        partly = 206 if range_ else 200
        return self.answer(part, partly, cut=hub.cut.pop(name, None))

    def _whoami(self, hub):
        if self.headers.get("authorization") != f"Bearer {hub.token}":
            return self.answer(b'{"error": "Invalid credentials"}', 401)
        told = {"name": "somebody", "auth": {"accessToken": {"displayName": "test", "role": "read"}}}
        return self.answer(json.dumps(told).encode())

    def answer(self, data, code=200, headers=None, cut=None):
        self.send_response(code)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):  # the client had enough
            self.wfile.write(data if cut is None else data[:cut])
        self.close_connection = True


@contextmanager
def asked_by_itself(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that the client asks where it is told of none: the only one there is."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with running(files) as server:
        template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", server.url)
        yield server


def lora(value: float) -> bytes:
    """A LoRA file for SD 1, as short as can be."""
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    down, up = np.full((1, 768), value, np.float32), np.zeros((320, 1), np.float32)
    return save({f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up})


def read(path: Path, begin: int, end: int | None) -> bytes:
    """Some bytes of a file, which may be larger than memory."""
    with path.open("rb") as file:
        file.seek(begin)
        return file.read() if end is None else file.read(end - begin)


def entry(name: str, data: bytes | Path) -> dict[str, object]:
    """A file in the hub's list. The sum of one on this machine is wrong: it is there to be looked up."""
    known = data if isinstance(data, bytes) else b""
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    git = hashlib.sha1(f"blob {size}\0".encode() + known).hexdigest()
    told = {"type": "file", "path": name, "size": size, "oid": git}
    if name.endswith(".safetensors"):
        told["lfs"] = {"oid": hashlib.sha256(known).hexdigest(), "size": size, "pointerSize": 130}
    return told


def weights_asked(hub: Hub) -> list[str]:
    """The weights of which even one byte was asked for."""
    return [name for name, _ in hub.asked if name.endswith((".safetensors", ".bin", ".ckpt"))]


def nothing(*_: object) -> None:
    """What is told of progress, and asked about stopping."""
