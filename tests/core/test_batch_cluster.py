"""Batches on a Ray cluster of two workers, which lets in who has its token: deaths, and who is refused."""

import importlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.batch import cluster, connect
from core.batch.cluster import Cluster
from core.batch.outcome import Outcome
from core.batch.pictures import Item
from core.batch.worker import FULL, Setup
from core.edit.request import EditRequest, Lora
from core.errors import CoreError, InputError

# Ray listens on all of a machine's addresses, whatever it is told: without a token anybody could run code
# here. It reads these once, when it is imported.
os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", secrets.token_hex(32)
ray = importlib.import_module("ray") if os.environ.get("CI") == "true" else pytest.importorskip("ray")

ROOT = Path(__file__).parents[2]
SETUP = Setup(EditRequest(photo="", query="a zebra"))
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


class Slow:
    """Stands in for the engine: says in a file what it begins, and takes a moment over it."""

    def __init__(self, setup: Setup) -> None:
        self.threads = setup.threads

    def ready(self) -> str:
        return str(os.getpid())

    def edit(self, item: Item) -> Outcome:
        with item.source.open("a") as file:
            file.write(f"{item.name}\n")
        time.sleep(0.3)
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
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:  # it waits for children that have ended already
                os.killpg(process.pid, signal.SIGKILL)
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
    monkeypatch.setattr(cluster, "PictureWorker", Slow)


def items(folder: Path, n: int) -> list[Item]:
    log = folder / "log"
    log.touch()
    return [Item(f"{i}.png", log, folder / "out" / f"{i}.png") for i in range(n)]


JOIN = """
import sys
from core.batch.connect import connect, import_ray
from core.errors import CoreError
try:
    connect(import_ray(), sys.argv[1])
except CoreError as error:
    print(error)
"""


def test_who_has_not_the_token_is_refused_and_told_what_it_takes(ports, tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    done = subprocess.run(
        [sys.executable, "-c", JOIN, f"127.0.0.1:{ports[0]}"],
        # Ray itself would ask twenty times, a second apart
        env={**clean, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "RAY_NUM_REDIS_GET_RETRIES": "1"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert "refused: " in done.stdout
    assert "RAY_AUTH_TOKEN" in done.stdout


def test_a_killed_actor_costs_its_picture_s_time_only(ports, slow, tmp_path):
    due = items(tmp_path, 8)
    with Cluster(f"127.0.0.1:{ports[0]}", SETUP, workers=2, shared=True) as workers:
        assert workers.workers == 2
        outcomes: list[Outcome] = []
        for outcome in workers.run(due, lambda: False):
            outcomes.append(outcome)
            if len(outcomes) == 1:
                killed = outcome.worker
                time.sleep(0.1)  # it is in the middle of the next picture
                os.kill(int(killed), signal.SIGKILL)
    assert sorted(outcome.name for outcome in outcomes) == [item.name for item in due]
    assert not any(outcome.error for outcome in outcomes)
    begun = (tmp_path / "log").read_text().split()
    assert 8 <= len(begun) <= 9  # at most the killed picture was begun again


def test_without_a_shared_folder_the_bytes_travel(ports, slow, tmp_path):
    due = items(tmp_path, 3)
    (tmp_path / "log").write_bytes(b"abc")
    lost = Item("lost.png", tmp_path / "lost.png", tmp_path / "out" / "lost.png")
    with Cluster(f"ray://127.0.0.1:{ports[1]}", SETUP, workers=1) as workers:
        outcomes = {outcome.name: outcome for outcome in workers.run([*due, lost], lambda: False)}
    assert "lost.png can't be read" in outcomes.pop("lost.png").error
    assert [outcome.error for outcome in outcomes.values()] == [""] * 3
    assert [item.output.read_bytes() for item in due] == [b"cba"] * 3


class Deadly(Slow):
    """Dies over one picture, before it has done anything."""

    def edit(self, item: Item) -> Outcome:
        if item.name == "1.png":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().edit(item)

    def edit_bytes(self, item: Item, picture: bytes, mask: bytes | None) -> tuple[Outcome, bytes]:
        return self.edit(item), picture


@pytest.mark.parametrize("shared", [True, False])
def test_only_the_picture_that_kills_is_given_up(ports, tmp_path, monkeypatch, shared):
    monkeypatch.setattr(cluster, "PictureWorker", Deadly)
    monkeypatch.setattr(cluster, "TRIES", 2)
    due = items(tmp_path, 4)
    address = f"127.0.0.1:{ports[0]}" if shared else f"ray://127.0.0.1:{ports[1]}"
    with Cluster(address, SETUP, workers=1, shared=shared) as workers:
        outcomes = {outcome.name: outcome.error for outcome in workers.run(due, lambda: False)}
    assert sorted(outcomes) == [item.name for item in due]
    assert {name for name, error in outcomes.items() if error} == {"1.png"}
    assert "died 2 times" in outcomes["1.png"]


@dataclass(frozen=True, eq=False)
class Answer:
    """A reference: to a picture's outcome, or to an actor's start. queue: what the actor was handed."""

    queue: list[str]
    name: str = ""


class Lossy:
    """Stands in for Ray: an actor that comes to 1.png dies, and takes with it answers not yet fetched."""

    exceptions = ray.exceptions

    def __init__(self) -> None:
        self.handed: list[list[str]] = []  # by actor

    def remote(self, **_: object) -> Callable[[type], "Lossy"]:
        made = SimpleNamespace(remote=self.actor)
        return lambda _: made

    def actor(self, _: Setup) -> SimpleNamespace:
        queue: list[str] = []
        self.handed.append(queue)

        def edit(item: Item) -> Answer:
            queue.append(item.name)
            return Answer(queue, item.name)

        ready = SimpleNamespace(remote=lambda: Answer(queue))
        return SimpleNamespace(ready=ready, edit=SimpleNamespace(remote=edit))

    def wait(self, references: list, **_: object) -> tuple[list, list]:
        return references[:1], references[1:]

    def get(self, reference: Answer) -> Outcome:
        if reference.name and "1.png" in reference.queue:
            raise ray.exceptions.ActorDiedError
        return Outcome(reference.name)

    def kill(self, *_: object) -> None: ...

    shutdown = kill


def test_an_answer_that_is_lost_with_its_actor_is_charged_to_nobody(tmp_path, monkeypatch):
    lossy = Lossy()
    monkeypatch.setattr(cluster, "import_ray", lambda: lossy)
    monkeypatch.setattr(cluster, "connect", lambda *_: None)
    monkeypatch.setattr(cluster, "share", lambda *_: (1, {"num_cpus": 1}))
    with Cluster("auto", SETUP, shared=True) as workers:
        outcomes = {one.name: one.error for one in workers.run(items(tmp_path, 4), lambda: False)}
    assert {name for name, error in outcomes.items() if error} == {"1.png"}
    assert sorted(outcomes) == ["0.png", "1.png", "2.png", "3.png"]
    assert [queue for queue in lossy.handed if "1.png" in queue][1:] == [
        ["0.png", "1.png"],
        ["1.png"],
        ["1.png"],
    ]


def test_names_travel_as_absolute_paths(ports, slow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("model").mkdir()
    due = [replace(item, source=Path("log")) for item in items(tmp_path, 1)]
    told = Setup(SETUP.request.with_(model="model", loras=(Lora("some.safetensors"),)))
    with Cluster(f"127.0.0.1:{ports[0]}", told, workers=1, shared=True) as workers:
        assert [outcome.error for outcome in workers.run(due, lambda: False)] == [""]
        assert workers._told.request.model == str(tmp_path / "model")
        assert workers._told.request.loras[0].file == str(tmp_path / "some.safetensors")
    assert (tmp_path / "log").read_text() == "0.png\n"


class Unbegun(Slow):
    def __init__(self, setup: Setup) -> None:
        import a_package_that_is_missing  # noqa: F401


@pytest.mark.parametrize("port", [0, 1])
def test_a_worker_that_can_not_begin_is_told_with_its_cause(ports, tmp_path, monkeypatch, port):
    monkeypatch.setattr(cluster, "PictureWorker", Unbegun)
    address = f"127.0.0.1:{ports[0]}" if port == 0 else f"ray://127.0.0.1:{ports[1]}"
    told: list[str] = []
    with (
        Cluster(address, SETUP, workers=2, shared=True, notify=told.append) as workers,
        pytest.raises(CoreError, match=r"can't be started.*No module named 'a_package_that_is_missing'"),
    ):
        list(workers.run(items(tmp_path, 3), lambda: False))
    assert len(told) == 1
    assert "1 are left" in told[0]


def test_a_cluster_without_room_is_told_and_waited_for(ports, slow, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PLACED", 0.5)
    told: list[str] = []
    monkeypatch.setattr(cluster, "share", lambda *_: (1, {"num_cpus": 1, "num_gpus": 1}))
    with Cluster(f"127.0.0.1:{ports[0]}", SETUP, shared=True, notify=told.append) as workers:
        assert list(workers.run(items(tmp_path, 1), lambda: bool(told))) == []
    assert "No worker has started" in told[0]


def test_pictures_go_to_the_workers_that_have_started(ports, slow, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "share", lambda *_: (2, {"num_cpus": 2}))  # of two processors
    with Cluster(f"127.0.0.1:{ports[0]}", SETUP, shared=True) as workers:
        outcomes = list(workers.run(items(tmp_path, 4), lambda: False))
    assert [outcome.error for outcome in outcomes] == [""] * 4
    assert len({outcome.worker for outcome in outcomes}) == 1


def test_a_result_that_can_not_be_written_fails_its_picture_a_full_disk_all(tmp_path, monkeypatch):
    (tmp_path / "out").write_bytes(b"a file")
    item = Item("a.png", tmp_path / "a.png", tmp_path / "out" / "a.png")
    outcome = cluster._written(item, Outcome("a.png"), b"data")
    assert "was not written" in outcome.error
    assert not outcome.fatal

    def full(_: int) -> None:
        raise OSError(FULL[0], os.strerror(FULL[0]))

    monkeypatch.setattr("core.photo.files.atomic.os.fsync", full)
    outcome = cluster._written(replace(item, output=tmp_path / "a.png"), Outcome("a.png"), b"data")
    assert "the disk is full" in outcome.error
    assert outcome.fatal


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (ConnectionError("Could not find any running Ray instance."), "No Ray cluster runs"),
        (ConnectionError("Found multiple active Ray instances: {…}."), "Several Ray clusters run"),
        (ValueError("Invalid address format: nonsense"), "RAY_ADDRESS is no address"),
    ],
)
def test_auto_that_is_not_clear(monkeypatch, raised, says):
    def find(_: str) -> str:
        raise raised

    monkeypatch.setattr("ray._private.services.canonicalize_bootstrap_address", find)
    with pytest.raises(InputError, match=says):
        Cluster("auto", SETUP)


@pytest.mark.parametrize("address", ["ray://127.0.0.1:1", "127.0.0.1:1"])
def test_a_cluster_that_is_not_there(address):
    with pytest.raises(CoreError, match="can't be reached"):
        Cluster(address, SETUP)


def test_without_ray_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match="needs Ray"):
        Cluster("auto", SETUP)


class Busy:
    """Ray with a head that is too busy for the first `failures` that ask."""

    def __init__(self, failures: int) -> None:
        self.left, self.asked = failures, 0

    def init(self, **_: object) -> None:
        self.asked += 1
        if self.asked <= self.left:
            raise ConnectionAbortedError("Starting Ray client server failed.")

    def shutdown(self) -> None:
        pass


@pytest.mark.parametrize("busy", [0, 1, connect.ATTEMPTS - 1])
def test_a_busy_head_is_asked_again(monkeypatch, busy):
    monkeypatch.setattr(connect, "PAUSE", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as head:
        ray_ = Busy(busy)
        connect.connect(ray_, f"ray://127.0.0.1:{head.getsockname()[1]}")
        assert ray_.asked == busy + 1


def test_a_head_that_stays_busy_is_told_of(monkeypatch):
    monkeypatch.setattr(connect, "PAUSE", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as head:
        ray_ = Busy(connect.ATTEMPTS)
        with pytest.raises(CoreError, match=r"refused: Starting Ray client server failed"):
            connect.connect(ray_, f"ray://127.0.0.1:{head.getsockname()[1]}")
        assert ray_.asked == connect.ATTEMPTS
