# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Workers on a Ray cluster: one actor per GPU or share of the processors. Between machines is only Ray."""

import socket
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from core.batch.outcome import Outcome
from core.batch.pictures import Item
from core.batch.processes import TRIES, died
from core.batch.worker import Setup, Worker
from core.errors import CoreError, InputError

PATIENCE = 5.0  # seconds until a cluster that says nothing counts as unreachable
AHEAD = 2  # pictures handed to each actor: the next one travels while it works


class Cluster:
    """A connection to a Ray cluster, closed by `close` (or `with`).

    address  "auto": the cluster that this machine belongs to; "ray://HOST:PORT": through Ray's client port;
             "HOST:PORT": the head's own port, from a machine of the cluster
    shared   the folders are the same on every machine, so that names travel; else the files' bytes do,
             through Ray's object store
    """

    def __init__(self, address: str, setup: Setup, workers: int | None = None, shared: bool = False) -> None:
        self._ray = _ray()
        self._shared = shared
        _connect(self._ray, address)
        self.workers, resources = _share(self._ray, workers)
        threads = max(1, int(resources["num_cpus"]))
        # A killed actor is started anew by Ray, and with it the pictures it was handed.
        actor = self._ray.remote(max_restarts=-1, max_task_retries=TRIES - 1, **resources)(Worker)
        told = Setup(setup.request, threads, setup.quality)
        self._actors = [actor.remote(told) for _ in range(self.workers)]

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the actors go, and the connection."""
        for actor in self._actors:
            with suppress(Exception):  # the cluster may be gone
                self._ray.kill(actor)
        self._ray.shutdown()

    def run(self, items: Iterable[Item], stopped: Callable[[], bool]) -> Generator[Outcome]:
        """Yield each outcome as it comes, until all are done or `stopped()`."""
        due = deque(items)
        under_way: dict[Any, tuple[Item, Any]] = {}
        for actor in list(self._actors) * AHEAD:
            self._hand(actor, due, under_way)
        while under_way and not stopped():
            ready, _ = self._ray.wait(list(under_way), num_returns=1, timeout=0.2)
            for reference in ready:
                item, actor = under_way.pop(reference)
                outcome = self._answer(item, reference)
                self._hand(actor, due, under_way)
                yield outcome

    def _hand(self, actor: Any, due: deque[Item], under_way: dict[Any, tuple[Item, Any]]) -> None:
        if due:
            item = due.popleft()
            under_way[self._submit(actor, item)] = item, actor

    def _submit(self, actor: Any, item: Item) -> Any:
        if self._shared:
            return actor.edit.remote(item)
        try:
            picture = item.source.read_bytes()
            mask = None if item.mask is None else item.mask.read_bytes()
        except OSError as error:
            name = item.source if error.filename is None else error.filename
            reason = Outcome(item.name, error=f"{name} can't be read: {error.strerror}.")
            return self._ray.put((reason, b""))
        return actor.edit_bytes.remote(item, picture, mask)

    def _answer(self, item: Item, reference: Any) -> Outcome:
        try:
            answer = self._ray.get(reference)
        except self._ray.exceptions.RayActorError:
            return Outcome(item.name, error=died(TRIES))
        except self._ray.exceptions.RayError as error:
            return Outcome(item.name, error=f"Ray gave up: {str(error).splitlines()[0]}")
        except ConnectionError as error:
            raise CoreError(
                "The connection to the cluster was lost.", "Run the same command again."
            ) from error
        if self._shared:
            return answer
        outcome, data = answer
        return outcome if outcome.error else _written(item, outcome, data)


def _written(item: Item, outcome: Outcome, data: bytes) -> Outcome:
    from core.photo.atomic import write_atomic

    item.output.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(item.output, lambda file: file.write(data))
    return outcome


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        hint = "Install it on every machine: pip install 'palimpsest-editor[cluster]'"
        raise InputError("Working on a cluster needs Ray, which is not installed.", hint) from error
    return ray


def _connect(ray: Any, address: str) -> None:
    """Say within seconds that there is no cluster: Ray itself would try for a minute or more."""
    hint = "Start one with “ray start --head”, or name its head: --cluster ray://HOST:10001"
    where = address
    if address == "auto":
        from ray._private.services import canonicalize_bootstrap_address

        where = canonicalize_bootstrap_address("auto") or ""
        if not where:
            raise InputError("No Ray cluster runs on this machine.", hint)
    parts = urlsplit(where if "//" in where else f"//{where}")
    try:
        target = parts.hostname, parts.port
    except ValueError:
        target = None, None
    if not target[0] or not target[1]:
        raise InputError(f"“{address}” is no address of a cluster.", "Write auto, or ray://HOST:PORT.")
    try:
        socket.create_connection((target[0], target[1]), PATIENCE).close()
    except OSError as error:
        raise CoreError(f"The cluster at {target[0]}:{target[1]} can't be reached: {error}.", hint) from error
    try:
        ray.init(address=where, log_to_driver=False, logging_level="ERROR")
    except Exception as error:  # Ray raises anything: another version, no client server, a broken head
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CoreError(f"The cluster at {address} refused: {reason}", hint) from error


def _share(ray: Any, workers: int | None) -> tuple[int, dict[str, float]]:
    """How many actors, and what each of them takes: a GPU, or its share of the processors."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    gpus = int(sum(node.get("GPU", 0) for node in nodes))
    cpus = [node.get("CPU", 0) for node in nodes if node.get("CPU", 0)]
    if gpus:
        return min(workers or gpus, gpus), {"num_gpus": 1, "num_cpus": 1}
    if not cpus:
        raise CoreError("The cluster has neither processors nor GPUs to work on.", "Add a machine to it.")
    count = workers or len(cpus)
    share = min(min(cpus), sum(cpus) / count)
    return count, {"num_cpus": share if share < 1 else int(share)}
