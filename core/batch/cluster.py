"""Workers on a Ray cluster: one actor per GPU or share of the processors. Between machines is only Ray."""

import time
from collections import deque
from collections.abc import Callable, Container, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.batch.connect import INSTALL, connect, import_ray, share
from core.batch.outcome import Outcome
from core.batch.pictures import Item
from core.batch.processes import TRIES, died
from core.batch.worker import PictureWorker, Setup, fills, make_folder
from core.edit.request import EditRequest
from core.errors import CoreError, InputError
from core.photo.files.atomic import write_atomic
from core.text import expanded
from resources import STARTER

PLACED = 60.0  # seconds without any worker after which it is said that one is waited for
AHEAD = 2  # pictures handed to each actor: the next one travels while it works


@dataclass
class _Post:
    """One actor's place in the cluster, taken over by another when it dies.

    starting  the reference that is answered once the actor has started; None from then on
    handed    what a started actor was handed, in order: the first is the picture it is at
    failed    how often in a row no actor could be started here
    """

    actor: Any
    starting: Any
    handed: deque[tuple[Item, Any]] = field(default_factory=deque[tuple[Item, Any]])
    failed: int = 0

    @property
    def awaited(self) -> Any:
        """The reference that is answered next; None when there is nothing to do."""
        return self.starting if self.starting is not None or not self.handed else self.handed[0][1]

    def takes(self, item: Item, suspect: Container[str]) -> bool:
        """Whether it may be handed the item: a picture that an actor may have died over shares none."""
        together = (item.name, *(other.name for other, _ in self.handed))
        return self.starting is None and (not self.handed or not any(name in suspect for name in together))


class Cluster:
    """A connection to a Ray cluster, closed by `close` (or `with`).

    address  "auto": the cluster that this machine belongs to; "ray://HOST:PORT": through Ray's client port;
             "HOST:PORT": the head's own port, from a machine of the cluster
    shared   the folders are the same on every machine, so that names travel; else the files' bytes do,
             through Ray's object store
    notify   is told, in a sentence, what keeps workers from starting
    """

    def __init__(
        self,
        address: str,
        setup: Setup,
        workers: int | None = None,
        shared: bool = False,
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ray = import_ray()
        self._shared, self._notify = shared, notify
        connect(self._ray, address)
        self.workers, resources = share(self._ray, workers)
        threads = max(1, int(resources["num_cpus"]))
        # The recipe's threads are those of one machine, by which its bytes come again; here are others.
        recipe = _absolute(setup.request).with_(threads=None)
        self._told = Setup(recipe, threads, setup.quality)
        # Ray neither starts a killed actor anew nor hands it its pictures again: it would
        # charge a picture with the deaths over the one in front of it.
        self._actor = self._ray.remote(max_restarts=0, max_task_retries=0, **resources)(PictureWorker)
        self._posts = [_Post(*self._started()) for _ in range(self.workers)]

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the actors go, and the connection."""
        for post in self._posts:
            self._kill(post.actor)
        self._ray.shutdown()

    def run(self, items: Iterable[Item], stopped: Callable[[], bool]) -> Generator[Outcome]:
        """Yield each outcome as it comes, until all are done or `stopped()`."""
        due = deque(items)
        deaths: dict[str, int] = {}  # of actors, by the picture each of them surely died over
        alone = time.monotonic()
        with self._connected():
            while not stopped():
                yield from self._hand_out(due, deaths)
                if not due and not any(post.handed for post in self._posts):
                    return
                awaited = {post.awaited: post for post in self._posts if post.awaited is not None}
                ready, _ = self._ray.wait(list(awaited), num_returns=1, timeout=0.2)
                for reference in ready:
                    outcome = self._hear(awaited[reference], due, deaths)
                    if outcome is not None:
                        yield outcome
                alone = self._since_alone(alone)

    def _since_alone(self, since: float) -> float:
        """Since when no worker has been there, or since that was last said."""
        now = time.monotonic()
        if any(post.starting is None for post in self._posts):
            return now
        if now - since <= PLACED:
            return since
        self._notify(
            f"No worker has started on the cluster for {PLACED:.0f} s: its GPUs or processors are taken. "
            "The batch waits for one; Ctrl-C ends it, and the same command goes on later."
        )
        return now

    def _hand_out(self, due: deque[Item], deaths: dict[str, int]) -> Generator[Outcome]:
        """Fill every started actor's queue, all first places first; the outcomes of what can't be read."""
        for depth in range(AHEAD):
            for post in self._posts:
                while due and len(post.handed) <= depth and post.takes(due[0], deaths):
                    item = due.popleft()
                    try:
                        files = () if self._shared else _files(item)
                    except CoreError as reason:
                        yield Outcome(item.name, error=str(reason))
                    else:
                        post.handed.append((item, self._submit(post.actor, item, files)))

    def _submit(self, actor: Any, item: Item, files: tuple[bytes | None, ...]) -> Any:
        return actor.edit_bytes.remote(item, *files) if files else actor.edit.remote(_at_root(item))

    def _hear(self, post: _Post, due: deque[Item], deaths: dict[str, int]) -> Outcome | None:
        """What the reference that the post awaits has come to: an outcome, a start, a death."""
        if post.starting is not None:
            self._welcome(post)
            return None
        item, reference = post.handed[0]
        try:
            answer = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:  # its actor lives
            outcome = Outcome(item.name, error=f"Ray gave up: {_last_line(error)}")
        except self._ray.exceptions.OutOfDiskError as error:
            raise _no_room() from error
        except self._ray.exceptions.RayError:
            return self._bury(post, due, deaths)
        else:
            outcome = answer if self._shared else _written(item, *answer)
        post.handed.popleft()
        return outcome

    def _bury(self, post: _Post, due: deque[Item], deaths: dict[str, int]) -> Outcome | None:
        """Put another actor in a dead one's place, and what it was handed back to what is due.

        Of several nobody can tell which it died over: the first may have been done and only its answer lost.
        So none is charged, but from now on each is handed out alone, and a death over it is its own.
        """
        lost = [item for item, _ in post.handed]
        post.handed.clear()
        self._replace(post)
        for item in lost:
            deaths[item.name] = deaths.get(item.name, 0) + (len(lost) == 1)
            if deaths[item.name] == TRIES:
                return Outcome(item.name, error=died(TRIES))
        due.extendleft(reversed(lost))
        return None

    def _welcome(self, post: _Post) -> None:
        """An actor has started, or could not: it is tried again, unless its own beginning raised."""
        try:
            self._ray.get(post.starting)
            post.starting, post.failed = None, 0
        except self._ray.exceptions.RayError as error:
            post.failed += 1
            hopeless = getattr(error, "actor_init_failed", False) or post.failed == TRIES
            if not hopeless:
                self._replace(post)
                return
            self._posts.remove(post)
            said = f"A worker can't be started on the cluster: {_last_line(error)}"
            if not self._posts:
                raise CoreError(said, INSTALL) from error
            self._notify(f"{said} {len(self._posts)} are left.")

    def _started(self) -> tuple[Any, Any]:
        actor = self._actor.remote(self._told)
        return actor, actor.ready.remote()

    def _replace(self, post: _Post) -> None:
        self._kill(post.actor)  # it may only be out of reach
        post.actor, post.starting = self._started()

    def _kill(self, actor: Any) -> None:
        with suppress(Exception):  # it may be dead, or the cluster gone
            self._ray.kill(actor)

    @contextmanager
    def _connected(self) -> Generator[None]:
        try:
            yield
        except ConnectionError as error:
            raise CoreError(
                "The connection to the cluster was lost.", "Run the same command again."
            ) from error
        except self._ray.exceptions.OutOfDiskError as error:
            raise _no_room() from error
        except self._ray.exceptions.RayError as error:
            raise CoreError(f"Ray gave up: {_last_line(error)}", "Run the same command again.") from error


def _no_room() -> CoreError:
    return CoreError(
        "A disk of the cluster is full: Ray has no room for pictures.", "Free some space and try again."
    )


def _last_line(error: Exception) -> str:
    """The end of what Ray says: the exception at the bottom of its traceback."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next(filter(None, reversed(lines)), type(error).__name__)


def _files(item: Item) -> tuple[bytes | None, ...]:
    """The bytes of picture and mask. CoreError for what can't be read."""
    try:
        return item.source.read_bytes(), None if item.mask is None else item.mask.read_bytes()
    except OSError as error:
        name = item.source if error.filename is None else error.filename
        raise InputError(f"{name} can't be read: {error.strerror}.") from error


def _at_root(item: Item) -> Item:
    """With absolute paths: a worker's own folder is one of Ray's."""
    mask = None if item.mask is None else item.mask.absolute()
    return replace(item, source=item.source.absolute(), output=item.output.absolute(), mask=mask)


def _absolute(request: EditRequest) -> EditRequest:
    """With absolute paths of the model and LoRA files that are here; a name on the hub stays."""
    model = expanded(request.model)
    here = request.model != STARTER and model.exists()
    loras = tuple(replace(lora, file=str(Path(lora.file).absolute())) for lora in request.loras)
    return request.with_(model=str(model.absolute()) if here else request.model, loras=loras)


def _written(item: Item, outcome: Outcome, data: bytes) -> Outcome:
    """Write the result's bytes here; the outcome says so if they can't be."""
    if outcome.error:
        return outcome
    try:
        make_folder(item.output)
        write_atomic(item.output, lambda file: file.write(data))
    except CoreError as reason:
        return replace(outcome, error=str(reason), fatal=fills(reason))
    return outcome
