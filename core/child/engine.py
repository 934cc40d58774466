"""An engine in a process of its own: for whoever calls it, one like any other."""

import logging
import signal
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np

from core import errors, spawn
from core.calm import uncollected
from core.child.channel import Channel
from core.child.orders import Call, Done, Failed, Reached, Stop, Stopped
from core.child.serve import serve
from core.edit.pointed import Pointed, Taken
from core.edit.progress import Cancel, OnProgress, Progress
from core.edit.protocol import Edits
from core.edit.request import EditRequest
from core.edit.result import EditResult, FindResult, ModelInfo
from core.edit.words.token_count import TokenCount
from core.edit.words.weighted import PromptStyle
from core.errors import Cancelled, DeviceError, LostError
from core.photo.masks.boxed import BoxedMask
from core.photo.photo import Photo
from core.photo.rect import Size

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())
LOOKS = 0.01  # seconds between two looks at Cancel while the child is waited for
AGAIN = "Your work is as it was, and the engine starts anew."


def new_engine() -> Edits:
    """Import torch and the engine: seconds, and so only ever called in the child."""
    with uncollected():
        from core.edit.engine import Engine

    return Engine()


@dataclass(frozen=True, eq=False)
class _Child:
    """`dropped`: numbers of what is kept there and no longer wanted; it is told with the next call."""

    process: SpawnProcess
    channel: Channel
    dropped: list[int] = field(default_factory=list[int])


class _Partial:
    """What a stopped run had reached, which stays in the child until this is gone; who was told of it."""

    def __init__(self, number: int, child: _Child, on_progress: OnProgress | None) -> None:
        self.kept, self.child, self.on_progress = Reached(number), child, on_progress
        weakref.finalize(self, child.dropped.append, number)


class ChildEngine:
    """`core.edit.protocol.Edits`, in a process that is started by the first call and ended by `close`.

    Called from one thread. A child that ends by itself (killed, crashed) is a LostError, of the call that it
    was at or else of `check`; the next call starts another, which has no model loaded yet.

    make: called in the child, with no argument, for the engine; it is pickled
    """

    def __init__(self, make: Callable[[], Edits] = new_engine) -> None:
        self._make = make
        self._child: _Child | None = None
        self._closed = False
        self._limit: int | None = None
        self._cached = 0

    def devices(self) -> tuple[str, ...]:
        return self._call("devices")

    def load(self, model: str, device: str) -> ModelInfo:
        return self._call("load", model, device)

    def find(self, request: EditRequest, photo: Photo, on_progress: OnProgress, cancel: Cancel) -> FindResult:
        return self._call("find", request, _named(photo), on_progress=on_progress, cancel=cancel)

    def run(
        self,
        request: EditRequest,
        photo: Photo,
        mask: BoxedMask | np.ndarray | None,
        on_progress: OnProgress,
        cancel: Cancel,
    ) -> EditResult:
        return self._call("run", request, _named(photo), mask, on_progress=on_progress, cancel=cancel)

    def draw(self, request: EditRequest, size: Size, on_progress: OnProgress, cancel: Cancel) -> EditResult:
        return self._call("draw", request, size, on_progress=on_progress, cancel=cancel)

    def keep(self, partial: object) -> EditResult:
        assert isinstance(partial, _Partial)
        if partial.child is not self._child:
            raise LostError("What the stopped edit had reached is gone: the engine has ended since.", AGAIN)
        return self._call("keep", partial.kept, on_progress=partial.on_progress)

    def look(self, segmenter: str, device: str, photo: Photo) -> None:
        self._call("look", segmenter, device, _named(photo))

    def take(self, segmenter: str, device: str, digest: str, pointed: Pointed) -> Taken | None:
        return self._call("take", segmenter, device, digest, pointed)

    def tokens(self, texts: Sequence[str], style: PromptStyle) -> tuple[TokenCount, ...]:
        return self._call("tokens", tuple(texts), style)

    def limit_cache(self, limit: int) -> None:
        """As the engine's, from any thread: it holds from the next call on."""
        self._limit = limit

    @property
    def cached(self) -> int:
        """As the engine told it with its last answer; from any thread."""
        return self._cached

    def check(self) -> None:
        """Raise LostError, once, when the child has ended by itself since the last call."""
        if self._child is not None and not self._child.process.is_alive():
            raise self._lost(self._child)

    def close(self) -> None:
        """End the child, whatever it is at, from any thread. A call under way is Cancelled."""
        self._closed = True
        child = self._child
        if child is not None:
            child.process.kill()
            child.process.join()

    def _call(
        self,
        method: str,
        *arguments: object,
        on_progress: OnProgress | None = None,
        cancel: Cancel | None = None,
    ) -> Any:  # what the method returns
        """Have the child call a method, and wait; with `cancel` it is watched."""
        if cancel is not None:
            cancel.check()
        child = self._ready()
        watched = cancel is not None
        self._send(child, Call(method, arguments, watched, _taken(child.dropped), self._limit))
        while True:
            if cancel is not None and cancel.asked:
                self._send(child, Stop())
                cancel = None
            if cancel is not None and not child.channel.waits(LOOKS):
                continue
            said = self._receive(child)
            if isinstance(said, Done):
                self._cached = said.cached
            if not isinstance(said, Progress):
                return _outcome(said, child, on_progress)
            try:
                if on_progress is not None:
                    on_progress(said)
            except BaseException:
                self._abandon(child)
                raise

    def _abandon(self, child: _Child) -> None:
        """Stop the run under way, and leave out what it still says."""
        self._send(child, Stop())
        while isinstance(self._receive(child), Progress):
            pass

    def _ready(self) -> _Child:
        if self._closed:
            raise Cancelled
        with suppress(LostError):  # it was at nothing
            self.check()
        if self._child is None:
            level = logging.getLogger().getEffectiveLevel()
            process, pipe = spawn.start("engine", serve, self._make, level)
            self._child = _Child(process, Channel(pipe))
        if self._closed:  # meanwhile
            self.close()
        return self._child

    def _send(self, child: _Child, said: Call | Stop) -> None:
        try:
            child.channel.send(said, hold=isinstance(said, Call) and said.watched)
        except OSError:
            raise self._lost(child) from None
        except MemoryError as error:
            message = "There is not enough memory to hand the picture to the engine."
            raise DeviceError(message, "Close other programs, or take a smaller picture.") from error

    def _receive(self, child: _Child) -> object:
        """What the child says next; what it logs is logged."""
        while True:
            try:
                said = child.channel.receive()
            except (EOFError, OSError):
                raise self._lost(child) from None
            if not isinstance(said, logging.LogRecord):
                return said
            logging.getLogger(said.name).handle(said)

    def _lost(self, child: _Child) -> LostError | Cancelled:
        """The child is gone: why, as a sentence. Nobody wonders who has closed it."""
        child.process.kill()  # if it has only closed its pipe
        child.process.join()
        child.channel.close()
        self._child, self._cached = None, 0
        if self._closed:
            return Cancelled()
        code = child.process.exitcode or 0
        log.error("the engine's process has ended by itself, with %d", code)
        return _why(code)


class _Trace(Exception):  # noqa: N818 - a cause, never raised by itself
    """Where something was raised in the child, for the log and for Copy details."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def _why(code: int) -> LostError:
    """The sentence for how a process has ended: less than 0 is a signal."""
    if code == -getattr(signal, "SIGKILL", 9):
        why = "the system killed it, as it does when memory is full"
        hint = f"{AGAIN} If it happens again, close other programs or choose a smaller model."
    else:
        why = f"it crashed ({signal.Signals(-code).name})" if code < 0 else f"exit code {code}"
        hint = f"{AGAIN} If it happens again, copy the details and report them."
    return LostError(f"The engine ended unexpectedly: {why}.", hint)


def _named(photo: Photo) -> Photo:
    """The photo, whose digest it carries with it from now on: nobody computes it again."""
    assert photo.digest
    return photo


def _taken(numbers: list[int]) -> tuple[int, ...]:
    taken = tuple(numbers)
    del numbers[: len(taken)]
    return taken


def _outcome(said: object, child: _Child, on_progress: OnProgress | None) -> Any:  # what a method returns
    """The value that an answer brings; what it says was raised is raised here."""
    match said:
        case Done(value, _):
            return value
        case Stopped(reached):
            raise Cancelled(None if reached is None else _Partial(reached, child, on_progress))
        case Failed(kind, message, hint, trace, lacks):
            if hint is None:  # a fault, by the name of its class: that itself may be torch's
                raise type(kind, (Exception,), {})(message) from _Trace(trace)
            raise getattr(errors, kind)(message, hint, lacks) from _Trace(trace)
        case _:
            raise TypeError(f"the engine said {said!r}")
