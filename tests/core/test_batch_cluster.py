"""Batches on a Ray cluster of two workers, bound to 127.0.0.1: what is killed, and what can't be reached."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.batch import cluster
from core.batch.cluster import Cluster
from core.batch.outcome import Outcome
from core.batch.pictures import Item
from core.batch.worker import Setup
from core.edit.request import EditRequest
from core.errors import CoreError, InputError

ray = pytest.importorskip("ray")

ROOT = Path(__file__).parents[2]
SETUP = Setup(EditRequest(photo="", query="a zebra"))
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


class Slow:
    """Stands in for the engine: says in a file what it begins, and takes a moment over it."""

    def __init__(self, setup: Setup) -> None:
        self.threads = setup.threads

    def edit(self, item: Item) -> Outcome:
        with item.source.open("a") as file:
            file.write(f"{item.name}\n")
        time.sleep(0.5)
        return Outcome(item.name, worker=str(os.getpid()))

    def edit_bytes(self, item: Item, picture: bytes, mask: bytes | None) -> tuple[Outcome, bytes]:
        return Outcome(item.name, worker=str(os.getpid())), picture[::-1] + (mask or b"")


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """A cluster of its own: the head's port, and that of Ray's client."""
    binary = Path(sys.executable).with_name("ray")
    head, client = _free(), _free()
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                binary, "start", "--head", "--block", "--node-ip-address=127.0.0.1", f"--port={head}",
                f"--ray-client-server-port={client}", "--num-cpus=2", "--num-gpus=0",
                "--include-dashboard=false", "--disable-usage-stats", "--object-store-memory=80000000",
                f"--temp-dir={folder}",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            # on the machines of a cluster the program is installed
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            for port in (head, client):
                _listening(port)
            yield head, client
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _listening(port: int) -> None:
    for _ in range(600):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Ray did not start")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "Worker", Slow)


def items(folder: Path, n: int) -> list[Item]:
    log = folder / "log"
    log.touch()
    return [Item(f"{i}.png", log, folder / "out" / f"{i}.png") for i in range(n)]


def test_a_killed_actor_costs_its_picture_s_time_only(ports, slow, tmp_path):
    due = items(tmp_path, 8)
    with Cluster(f"127.0.0.1:{ports[0]}", SETUP, workers=2, shared=True) as workers:
        assert workers.workers == 2
        outcomes: list[Outcome] = []
        for outcome in workers.run(due, lambda: False):
            outcomes.append(outcome)
            if len(outcomes) == 1:
                killed = outcome.worker
                time.sleep(0.2)  # it is in the middle of the next picture
                os.kill(int(killed), signal.SIGKILL)
    assert sorted(outcome.name for outcome in outcomes) == [item.name for item in due]
    assert not any(outcome.error for outcome in outcomes)
    begun = (tmp_path / "log").read_text().split()
    assert 8 <= len(begun) <= 9  # at most the killed picture was begun again
    assert (
        len({outcome.worker for outcome in outcomes}) == 3
    )  # two, and the one that took the killed one's place


def test_without_a_shared_folder_the_bytes_travel(ports, slow, tmp_path):
    due = items(tmp_path, 3)
    (tmp_path / "log").write_bytes(b"abc")
    lost = Item("lost.png", tmp_path / "lost.png", tmp_path / "out" / "lost.png")
    with Cluster(f"ray://127.0.0.1:{ports[1]}", SETUP, workers=1) as workers:
        outcomes = {outcome.name: outcome for outcome in workers.run([*due, lost], lambda: False)}
    assert "lost.png can't be read" in outcomes.pop("lost.png").error
    assert [outcome.error for outcome in outcomes.values()] == [""] * 3
    assert [item.output.read_bytes() for item in due] == [b"cba"] * 3


@pytest.mark.parametrize("address", ["ray://127.0.0.1:1", "127.0.0.1:1"])
def test_a_cluster_that_is_not_there(address):
    with pytest.raises(CoreError, match="can't be reached"):
        Cluster(address, SETUP)


def test_without_ray_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match="needs Ray"):
        Cluster("auto", SETUP)
