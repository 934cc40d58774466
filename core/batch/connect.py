"""Finding a Ray cluster and what it has to work with; a clear sentence when there is none."""

import socket
import time
from typing import Any
from urllib.parse import urlsplit

from core.errors import CoreError, InputError

ATTEMPTS = 4
PAUSE = 3.0  # seconds between two attempts
PATIENCE = 5.0  # seconds until a cluster that says nothing counts as unreachable
START = (
    "Start one with “RAY_AUTH_MODE=token ray start --head” (docs/scale.md tells why), "
    "or name its head: --cluster ray://HOST:10001"
)
TOKEN = (
    "If it asks for a token: RAY_AUTH_MODE=token here too, and its token in RAY_AUTH_TOKEN or "
    "~/.ray/auth_token. Else it may run another version of Ray."
)
NAMED = "Name the one to work on: --cluster HOST:PORT"
INSTALL = "Install it beside Palimpsest on every machine: python -m pip install 'ray[client]'"


def import_ray() -> Any:
    """Ray, or how to get it (InputError)."""
    try:
        import ray
    except ImportError as error:
        raise InputError("Working on a cluster needs Ray, which is not installed.", INSTALL) from error
    return ray


def connect(ray: Any, address: str) -> None:
    """Say within seconds that there is no cluster: Ray itself would try for a minute or more."""
    where = _running_here() if address == "auto" else address
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
        raise CoreError(
            f"The cluster at {target[0]}:{target[1]} can't be reached: {error}.", START
        ) from error
    try:
        _join(ray, where)
    except Exception as error:  # Ray raises anything: another version, no client server, a broken head
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CoreError(f"The cluster at {address} refused: {reason}", TOKEN) from error


def _join(ray: Any, where: str) -> None:
    """A busy head may start too late what answers its clients: then it is asked again after a pause."""
    for left in reversed(range(ATTEMPTS)):
        try:
            ray.init(address=where, log_to_driver=False, logging_level="ERROR")
            return
        except (ConnectionAbortedError, AssertionError):
            ray.shutdown()
            if not left:
                raise
            time.sleep(PAUSE)


def _running_here() -> str:
    """The address of this machine's cluster."""
    from ray._private.services import canonicalize_bootstrap_address

    try:
        where = canonicalize_bootstrap_address("auto")
    except ConnectionError as error:  # none, or (by Ray's version) several of which none is the latest
        if "multiple" in str(error):
            raise InputError("Several Ray clusters run on this machine.", NAMED) from error
        where = None
    except ValueError as error:
        raise InputError(f"RAY_ADDRESS is no address of a cluster: {error}.", NAMED) from error
    if not where:
        raise InputError("No Ray cluster runs on this machine.", START)
    return where


def share(ray: Any, workers: int | None) -> tuple[int, dict[str, float]]:
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
